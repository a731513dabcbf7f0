import JBRCore

/// A bar on standard error, where people look at it, for what takes longer than a second.
public struct Progress {
  private static let intervalSeconds = 0.2
  private static let barWidth = 20
  private let total: Int
  /// How many bytes will be written in all; 0 where nobody knows.
  private let totalByteCount: Int64
  private let tool: String
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var done = 0
  private var shown: ContinuousClock.Instant
  private var isShown = false
  private let isWatched = standardErrorIsTerminal()

  public init(total: Int, tool: String, byteCount: Int64 = 0) {
    self.total = total
    totalByteCount = byteCount
    self.tool = tool
    start = clock.now
    shown = start
  }

  /// Counts one more, and shows it if it is time. `byteCount`: how much was written in all.
  public mutating func advance(byteCount: Int64 = 0) {
    done += 1
    guard isWatched, clock.now - start > .seconds(1),
      clock.now - shown > .seconds(Self.intervalSeconds)
    else { return }
    shown = clock.now
    isShown = true
    let seconds = max(0.001, (clock.now - start) / .seconds(1))
    let rate = Double(done) / seconds
    // What takes longer of the two that are left: steps, or bytes.
    let byteRate = max(Double(byteCount) / seconds, 0.001)
    let left = Int(
      max(
        Double(total - done) / max(rate, 0.001),
        byteCount > 0 ? Double(max(0, totalByteCount - byteCount)) / byteRate : 0))
    let share = total > 0 ? done * Self.barWidth / total : 0
    let bar =
      String(repeating: "#", count: share) + String(repeating: ".", count: Self.barWidth - share)
    let bytes =
      byteCount > 0 ? ", \(Self.mebibytes(Double(byteCount) / seconds)) MiB/s" : ""
    write(
      "\r\(tool): [\(bar)] \(done) of \(total), \(Int(rate))/s\(bytes), \(left) s left \u{1b}[K")
  }

  /// With one digit behind the point.
  private static func mebibytes(_ bytes: Double) -> String {
    let tenths = Int(bytes * 10 / 1_048_576)
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// Clears the bar.
  public func finish() {
    if isShown { write("\r\u{1b}[K") }
  }

  private func write(_ text: String) {
    try? DescriptorSink.standardError.write(ByteView(text.utf8))
  }
}
