/// How many requests ended in which way, and how much was written.
public struct ReplaySummary: Equatable, Sendable {
  public var requests = 0
  /// By `Outcome.word`.
  public var counts: [String: Int] = [:]
  /// Payload bytes written to the brick; in a dry run, that would be.
  public var byteCount: Int64 = 0
  /// Whether it ended before the last request, because one failed.
  public var stopped = false

  public init() {}

  public func count(_ word: String) -> Int { counts[word] ?? 0 }

  /// Counts requests that were reported as skipped without being replayed.
  public mutating func add(skipped count: Int) {
    guard count > 0 else { return }
    requests += count
    counts["skipped", default: 0] += count
  }

  /// The tool's exit status.
  public var status: ExitStatus {
    if count("failed") > 0 { return .ioError }
    return count("refused") > 0 ? .found : .ok
  }
}
