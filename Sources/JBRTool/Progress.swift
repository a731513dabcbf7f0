import JBRCore

/// A bar on standard error, where people look at it, for what takes longer than a second.
public struct Progress {
  private static let intervalSeconds = 0.2
  private let total: Int
  private let tool: String
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var done = 0
  private var shown: ContinuousClock.Instant
  private var isShown = false

  public init(total: Int, tool: String) {
    self.total = total
    self.tool = tool
    start = clock.now
    shown = start
  }

  /// Counts one more, and shows it if it is time.
  public mutating func advance() {
    done += 1
    guard standardErrorIsTerminal(), clock.now - start > .seconds(1),
      clock.now - shown > .seconds(Self.intervalSeconds)
    else { return }
    shown = clock.now
    isShown = true
    let seconds = max(0.001, Double((clock.now - start).components.seconds))
    let rate = Double(done) / seconds
    let left = Int(Double(total - done) / max(rate, 0.001))
    write("\r\(tool): \(done) of \(total), \(Int(rate))/s, \(left) s left \u{1b}[K")
  }

  /// Clears the bar.
  public func finish() {
    if isShown { write("\r\u{1b}[K") }
  }

  private func write(_ text: String) {
    try? DescriptorSink.standardError.write(ByteView(text.utf8))
  }
}
