/// What a replica knows of the requests of the term in which it acts, and which of them may be
/// destaged.
public struct TermKnowledge: Sendable {
  public let term: Term
  /// Requests that are in the journal, flushed, and not destaged yet.
  public private(set) var held: [UInt64: Digest] = [:]
  /// Requests that failed, be they here or not.
  public private(set) var failed = AgreedRanges()
  public private(set) var agreed = AgreedRanges()
  /// Requests that an earlier life of this process has destaged. One before them may come to be
  /// known as failed only now; they must not be done again over what came behind them.
  private var done = AgreedRanges()
  /// All before this is destaged or failed.
  public private(set) var next: UInt64 = 1

  public init(_ term: Term) { self.term = term }

  /// What a journal remembers of the term after a restart.
  public init(
    _ term: Term, states: RequestStates, agreed: AgreedRanges, digests: [UInt64: Digest]
  ) {
    self.term = term
    self.agreed = agreed
    for id in states.failed where id.sub == 0 { failed.insert(id.index, through: id.index) }
    for run in states.runs where run.state == .committed {
      done.insert(run.first, through: run.last)
    }
    for (index, digest) in digests where !failed.contains(index) && !done.contains(index) {
      held[index] = digest
      // Destaging had begun, which it does only with what has its quorum.
      if states.state(index) != .uncommitted { self.agreed.insert(index, through: index) }
    }
    pass()
  }

  /// Whether a request is in the journal here and did not fail.
  public func holds(_ index: UInt64) -> Bool {
    held[index] != nil || index < next || done.contains(index)
  }

  mutating func hold(_ index: UInt64, _ digest: Digest) { held[index] = digest }

  mutating func agree(_ ranges: AgreedRanges) {
    for range in ranges.ranges { agreed.insert(range.lowerBound, through: range.upperBound) }
  }

  /// Takes that requests failed. The answer is what is held of them, in order.
  mutating func fail(_ range: ClosedRange<UInt64>) -> [(index: UInt64, digest: Digest)] {
    guard range.upperBound >= next else { return [] }
    failed.insert(range.lowerBound, through: range.upperBound)
    // What is held decides how long this takes, and not what a message says.
    let lost = held.filter { range.contains($0.key) }.sorted { $0.key < $1.key }
    for (index, _) in lost { held[index] = nil }
    pass()
    return lost.map { (index: $0.key, digest: $0.value) }
  }

  /// The requests that may be destaged now: agreed ones, in order, up to the first of which it is
  /// not known what becomes of it. So nothing is ever laid under or over what it should not be,
  /// in whichever order requests arrive (finding 11).
  public func destageable(limit: Int) -> [UInt64] {
    var found: [UInt64] = []
    var index = next
    while found.count < limit, index < .max {
      if let end = settledEnd(of: index) {
        guard end < .max else { break }
        index = end + 1
        continue
      }
      guard held[index] != nil, agreed.contains(index) else { break }
      found.append(index)
      index += 1
    }
    return found
  }

  /// Takes that what `destageable` gave is on the brick, flushed, up to an index.
  public mutating func destaged(through index: UInt64) {
    guard index >= next, index < .max else { return }
    for passed in held.keys.filter({ $0 <= index }) { held[passed] = nil }
    next = index + 1
    pass()
  }

  /// The last of the indices from one on of which nothing is to be destaged; nil if it is.
  private func settledEnd(of index: UInt64) -> UInt64? {
    failed.end(of: index) ?? done.end(of: index)
  }

  private mutating func pass() {
    while let end = settledEnd(of: next), end < .max { next = end + 1 }
  }
}
