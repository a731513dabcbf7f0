import Histories
import Testing

@testable import JBRCore

/// A long random life of a journal, with an account of what was acknowledged.
///
/// The same seed does the same; where a fault stops it, `acknowledged` is what a client may rely on.
struct JournalWorkload {
  static let directory = "j"

  /// What was acknowledged, and therefore must be there for ever.
  struct Account: Sendable {
    var requests: [RequestID: Digest] = [:]
    var states: [RequestID: RequestState] = [:]
    /// Terms whose files may be gone.
    var pruned: Set<Term> = []
    var superblock: Superblock?
    var frozen: Set<Term> = []
    /// Indices that were marked as agreed.
    var agreed: [Term: AgreedRanges] = [:]
    /// Terms of which it was asked that they open, freeze or retire.
    var opening: Set<Term> = []
    var freezing: Set<Term> = []
    var retiring: Set<Term> = []
    /// What was asked for last: it may be there, and nobody was told so.
    var onTheWay = OnTheWay()
  }

  /// What a commit takes along that has not come back.
  struct OnTheWay: Sendable {
    var requests: [RequestID: Digest] = [:]
    var states: [RequestID: RequestState] = [:]
    var agreed: (term: Term, indices: ClosedRange<UInt64>)?
  }

  let seed: UInt64
  let stepCount: Int
  private(set) var account = Account()
  private var random: SeededGenerator

  init(seed: UInt64, stepCount: Int = 20) {
    self.seed = seed
    self.stepCount = stepCount
    random = SeededGenerator(seed: seed &+ 77, byteCountMax: 40)
  }

  static var limits: WriterLimits {
    var limits = WriterLimits()
    limits.inlineByteCount = 600
    limits.dataFileByteCount = 9_000
    limits.reserveByteCount = 0
    return limits
  }

  static func superblock() -> Superblock {
    Superblock(
      volume: UniqueID(high: 1, low: 2), replica: UniqueID(high: 3, low: 4), created: 5,
      name: [UInt8]("a".utf8))
  }

  /// That of one member of a set of three.
  static func superblock(member number: UInt64) -> Superblock {
    var superblock = Superblock(
      volume: UniqueID(high: 1, low: 2), replica: UniqueID(high: 3, low: number), created: 5,
      name: [UInt8]("r\(number)".utf8))
    superblock.replicas = 3
    superblock.quorumPercent = 50
    return superblock
  }

  /// The journal of one member of a set of three, whose first term is open.
  static func journal(ofMember number: UInt64, on disk: SimulatedDisk) throws -> JournalWriter {
    try JournalWriter.create(on: disk, directory: directory, superblock: superblock(member: number))
    let journal = try JournalWriter(on: disk, directory: directory, limits: limits)
    try journal.open(Term(1))
    return journal
  }

  /// Runs until the end or the first failure, which it throws.
  mutating func run(on disk: SimulatedDisk) throws(Failure) {
    try JournalWriter.create(on: disk, directory: Self.directory, superblock: Self.superblock())
    let journal = try JournalWriter(
      on: disk, directory: Self.directory, limits: Self.limits)
    try open(journal, Term(1))
    account.superblock = journal.superblock
    for _ in 0..<stepCount {
      try step(journal)
      account.superblock = journal.superblock
    }
  }

  private mutating func step(_ journal: JournalWriter) throws(Failure) {
    guard let term = journal.currentTerm else { return }
    switch Int.random(in: 0..<12, using: &random) {
    case 0..<6: try append(journal)
    case 6..<9: try advance(journal, term)
    case 9: try agree(journal, term)
    case 10: try open(journal, Term(term.rawValue + UInt64.random(in: 1...2, using: &random)))
    default: try finish(journal)
    }
  }

  private mutating func open(_ journal: JournalWriter, _ term: Term) throws(Failure) {
    account.opening.insert(term)
    try journal.open(term)
  }

  private mutating func append(_ journal: JournalWriter) throws(Failure) {
    guard let term = journal.currentTerm else { return }
    let last = account.requests.keys.filter { $0.term == term }.map(\.index).max() ?? 0
    var events: [NewEvent] = []
    var digests: [Digest] = []
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let (request, payload) = random.journaled()
      var new = NewRequest(request, payload: payload)
      new.client = UniqueID(high: random.next(), low: random.next())
      events.append(.request(new))
      digests.append(try request.contentDigest(payload: payload))
    }
    for (number, digest) in digests.enumerated() {
      account.onTheWay.requests[
        RequestID(term: term, index: last + 1 + UInt64(number))] = digest
    }
    let ids = try journal.commit(events)
    for (id, digest) in zip(ids, digests) {
      account.requests[id] = digest
      account.states[id] = .uncommitted
    }
    account.onTheWay = OnTheWay()
  }

  /// Marks requests of a term as agreed.
  private mutating func agree(_ journal: JournalWriter, _ term: Term) throws(Failure) {
    let indices = account.requests.keys.filter { $0.term == term }.map(\.index).sorted()
    guard let first = indices.randomElement(using: &random),
      let last = indices.filter({ $0 >= first }).randomElement(using: &random)
    else { return }
    account.onTheWay.agreed = (term, first...last)
    _ = try journal.commit([.agreed(first: first, last: last, byDecision: false)])
    account.agreed[term, default: AgreedRanges()].insert(first, through: last)
    account.onTheWay = OnTheWay()
  }

  private mutating func change(
    _ journal: JournalWriter, _ id: RequestID, to state: RequestState
  ) throws(Failure) {
    account.onTheWay.states[id] = state
    _ = try journal.commit(
      [.state(state, index: id.index, sub: 0, last: id.index, results: [])], in: id.term)
    account.states[id] = state
    account.onTheWay = OnTheWay()
  }

  /// Takes requests of a term on in their states, or back.
  private mutating func advance(_ journal: JournalWriter, _ term: Term) throws(Failure) {
    let open = account.states.filter { $0.key.term == term && !$0.value.isFinal }
    guard let id = open.keys.sorted().randomElement(using: &random), let old = open[id] else {
      return
    }
    let next = RequestState.allCases.filter { old.mayBecome($0) && $0 != old }
    guard let state = next.randomElement(using: &random) else { return }
    try change(journal, id, to: state)
  }

  /// Brings the oldest term to its end, step by step.
  private mutating func finish(_ journal: JournalWriter) throws(Failure) {
    guard let term = journal.superblock.terms.keys.min() else { return }
    switch journal.superblock.terms[term]?.state {
    case .draining: try freeze(journal, term)
    case .frozen:
      account.retiring.insert(term)
      try journal.retire(term, reconciliation: 9)
    case .retired:
      account.pruned.insert(term)
      _ = try journal.prune()
    default: break
    }
  }

  private mutating func freeze(_ journal: JournalWriter, _ term: Term) throws(Failure) {
    for (id, state) in account.states.sorted(by: { $0.key < $1.key })
    where id.term == term && !state.isFinal {
      let final: RequestState = state == .uncommitted ? .invalid : .committed
      try change(journal, id, to: final)
    }
    account.freezing.insert(term)
    try journal.freeze(term)
    account.frozen.insert(term)
  }
}

extension SeededGenerator {
  /// A request with a payload that fits it, small, inline or for a data file, at times of zeros.
  mutating func journaled() -> (Request, Payload?) {
    let gfid = GFID(high: 7, low: UInt64.random(in: 1...3, using: &self))
    guard Bool.random(using: &self) else {
      let parent = Loc(gfid: .null, parent: .root, name: name(1...20))
      return (
        Request(
          fop: .mkdir,
          values: [
            .loc(parent), .u32(0o755), .u32(0o22),
            .dict([DictEntry("gfid-req", gfid.bytes)]),
          ]), nil
      )
    }
    let count = [0, 1, 200, 513, 700, 1500, 3000].randomElement(using: &self) ?? 0
    let isZero = Int.random(in: 0..<4, using: &self) == 0
    let content = isZero ? [UInt8](repeating: 0, count: count) : [UInt8](bytes(count))
    let offset = Int64.random(in: 0...4000, using: &self)
    let request = Request(
      fop: .writev,
      values: [.gfid(gfid), .u64(UInt64(count)), .i64(offset), .u32(0x8001), .dict([])])
    return (request, count > 0 ? Payload(content) : nil)
  }
}
