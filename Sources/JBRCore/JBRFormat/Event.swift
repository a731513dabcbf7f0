/// What an event of a term's log says, beside its header. See docs/journal-format.md.
public enum Event: Equatable, Sendable {
  case request(RequestBody)
  /// Requests from the header's index to `last` have come into a state; `results` are the
  /// absolute values of a sum that is about to be applied.
  case state(RequestState, last: UInt64, results: [DictEntry])
  /// The request of the header's index is void; it may come later than this.
  case rollback(Digest)
  /// Requests from the header's index to `last` have their quorum.
  case agreed(last: UInt64, byDecision: Bool)
  /// The request of the header's index covers an older one.
  case overlap(Overlap)
  /// A request whose payload reconciliation brought; its holder does not count as one.
  case copied(attempt: Term, RequestBody)
  case decision(DecisionRecord)
  /// `attempt` is 0 where the term was opened by hand.
  case opened(attempt: Term, leader: ByteView)
  case closed
  case sealed(Trailer)
  /// A writer cut a torn tail, which a file beside keeps.
  case recovered(offset: UInt64, length: UInt64, keptAs: ByteView)
  case mark

  public var type: EventType {
    switch self {
    case .request: .request
    case .state: .state
    case .rollback: .rollback
    case .agreed: .agreed
    case .overlap: .overlap
    case .copied: .copied
    case .decision: .decision
    case .opened: .opened
    case .closed: .closed
    case .sealed: .sealed
    case .recovered: .recovered
    case .mark: .mark
    }
  }
}

/// That a newer request covers bytes of an older one.
public struct Overlap: Equatable, Sendable {
  /// The older request.
  public var covered: RequestID
  /// Nothing of the older one is left.
  public var isWhole: Bool
  /// Bytes of the file.
  public var offset: UInt64
  public var length: UInt64

  public init(covered: RequestID, isWhole: Bool, offset: UInt64, length: UInt64) {
    self.covered = covered
    self.isWhole = isWhole
    self.offset = offset
    self.length = length
  }
}

/// What a reconciliation decided, as each participant records it.
public struct DecisionRecord: Equatable, Sendable {
  public struct Participant: Equatable, Sendable {
    public var name: ByteView
    public var vouched: Bool
  }
  public struct Forward: Equatable, Sendable {
    public var index: UInt64
    public var sub: UInt32
    public var digest: Digest
    public var client: UniqueID
  }
  public struct Table: Equatable, Sendable {
    public var term: Term
    public var digest: Digest
    /// What is not listed is void.
    public var forward: [Forward]
  }
  public var attempt: Term
  public var terms: ClosedRange<UInt64>
  public var participants: [Participant]
  public var tables: [Table]
}

/// The last record of a frozen term: what the log and its data files hold.
public struct Trailer: Equatable, Sendable {
  public struct DataFile: Equatable, Sendable {
    public var byteCount: UInt64
    public var digest: Digest

    public init(byteCount: UInt64, digest: Digest) {
      self.byteCount = byteCount
      self.digest = digest
    }
  }
  /// Without the trailer itself.
  public var records: UInt64 = 0
  public var requests: UInt64 = 0
  public var firstIndex: UInt64 = 0
  public var lastIndex: UInt64 = 0
  public var digest = Digest(high: 0, low: 0)
  public var committed: UInt64 = 0
  public var invalid: UInt64 = 0
  public var dataFiles: [DataFile] = []

  public init() {}
}

extension Digest {
  /// Adds a request to the digest of a term, which does not depend on their order.
  mutating func add(index: UInt64, sub: UInt32, digest: Digest) {
    add(Digest(index, sub, digest))
  }

  /// Takes a request out of the digest again.
  mutating func subtract(index: UInt64, sub: UInt32, digest: Digest) {
    let one = Digest(index, sub, digest)
    high &-= one.high
    low &-= one.low
  }

  /// Adds the digest of other requests.
  mutating func add(_ other: Digest) {
    high &+= other.high
    low &+= other.low
  }
}
