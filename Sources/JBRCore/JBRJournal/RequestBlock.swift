/// What one replica holds of a stretch of a term's indices, without saying which requests.
struct RequestBlock: Equatable, Sendable {
  /// How many indices a block has.
  static let size: UInt64 = 4096

  var count: UInt64 = 0
  /// The sum of the requests' digests, as of a term.
  var digest = Digest(high: 0, low: 0)
  /// Whether something must be looked at singly: a copy, a request that stands twice or is damaged.
  var isSpecial = false
  /// Where its first request begins in the log, and its last one ends.
  var start = Int.max
  var end = 0

  /// Whether two replicas hold the same there.
  func holdsTheSame(as other: RequestBlock) -> Bool {
    count == other.count && digest == other.digest && !isSpecial && !other.isSpecial
  }

  fileprivate mutating func take(_ record: EventRecord, _ digest: Digest) {
    let header = record.header
    count += 1
    self.digest.add(index: header.index, sub: header.sub, digest: digest)
    start = min(start, record.offset)
    end = max(end, record.end)
  }
}

/// The blocks of a term by their number, as they are summed up record by record.
struct RequestBlocks: Sendable {
  private(set) var found: [UInt64: RequestBlock] = [:]
  /// The one that the last request was of, which the next one nearly always is of too.
  private var current = (number: UInt64.max, block: RequestBlock())
  private let size: UInt64

  init(size: UInt64) { self.size = size }

  /// Takes a request; a special one must be looked at singly.
  mutating func take(_ record: EventRecord, _ digest: Digest, isSpecial: Bool = false) {
    enter(record.header.index / size)
    current.block.take(record, digest)
    if isSpecial { current.block.isSpecial = true }
  }

  /// Has the requests around an index looked at singly.
  mutating func mark(_ index: UInt64) {
    enter(index / size)
    current.block.isSpecial = true
  }

  private mutating func enter(_ number: UInt64) {
    guard number != current.number else { return }
    finish()
    current = (number, found[number] ?? RequestBlock())
  }

  /// Counts in the block that the last request was of.
  mutating func finish() {
    if current.number != .max { found[current.number] = current.block }
  }
}
