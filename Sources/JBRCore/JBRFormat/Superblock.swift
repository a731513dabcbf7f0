/// What a replica must remember for ever. See docs/journal-format.md.
public struct Superblock: Equatable, Sendable {
  /// Where a term stands in its life on this replica; 1, next, is no term's.
  public enum TermState: UInt8, CaseIterable, Sendable {
    case current = 2
    case draining = 3
    case frozen = 4
    case retired = 5
    /// The state's name as users write it.
    public var name: String { "\(self)" }
  }
  public struct TermEntry: Equatable, Sendable {
    public var state: TermState
    /// Equal and not 0 on all replicas: the term is reconciled.
    public var reconciliation: UInt64
  }
  public struct Client: Equatable, Sendable {
    public var term: Term
    public var index: UInt64
  }

  static let magic = [UInt8]("JBRsupr\n".utf8)
  static let version: UInt16 = 1
  static let byteCountMax = 1 << 26

  public var generation: UInt64 = 1
  public var volume: UniqueID
  public var replica: UniqueID
  public var created: Int64
  public var bootCount: UInt64 = 0
  public var promise: UInt64 = 0
  /// 0 for none.
  public var opened: UInt64 = 0
  public var decidedUpTo: UInt64 = 0
  public var prunedUpTo: UInt64 = 0
  /// 0 if not known.
  public var replicas: UInt32 = 0
  public var quorumPercent: UInt32 = 0
  public var name: [UInt8]
  /// Ascending and apart.
  public private(set) var joined: [ClosedRange<UInt64>] = []
  public var terms: [Term: TermEntry] = [:]
  /// Client ids of forward requests, so that a retry is answered and not done again.
  public var clients: [UniqueID: Client] = [:]

  public init(volume: UniqueID, replica: UniqueID, created: Int64, name: [UInt8]) {
    self.volume = volume
    self.replica = replica
    self.created = created
    self.name = name
  }

  /// Whether the replica ever took part in a term.
  public func hasJoined(_ term: Term) -> Bool { joined.contains { $0.contains(term.rawValue) } }

  /// Remembers that the replica takes part in a term.
  public mutating func join(_ term: Term) {
    guard !hasJoined(term) else { return }
    var ranges: [ClosedRange<UInt64>] = []
    var new = term.rawValue...term.rawValue
    for range in joined {
      if range.upperBound < .max, range.upperBound + 1 == new.lowerBound {
        new = range.lowerBound...new.upperBound
      } else if new.upperBound < .max, new.upperBound + 1 == range.lowerBound {
        new = new.lowerBound...range.upperBound
      } else {
        ranges.append(range)
      }
    }
    joined = (ranges + [new]).sorted { $0.lowerBound < $1.lowerBound }
  }

  /// Why one superblock cannot follow another; nil if it can.
  public func refusal(of next: Superblock) -> String? {
    func fell(_ what: String, _ from: UInt64, _ to: UInt64) -> String? {
      to < from ? "\(what) would fall from \(from) to \(to)" : nil
    }
    if next.volume != volume || next.replica != replica { return "it belongs to another replica" }
    if next.opened > next.promise { return "term \(next.opened) was not promised" }
    for range in joined where !next.joined.contains(where: { $0.contains(range) }) {
      return "terms \(range.lowerBound)..\(range.upperBound) would not have been joined"
    }
    for (client, place) in clients where next.clients[client] != place {
      return "the client id \(client) would be forgotten"
    }
    return fell("generation", generation + 1, next.generation)
      ?? fell("the promise", promise, next.promise)
      ?? fell("decided_up_to", decidedUpTo, next.decidedUpTo)
      ?? fell("pruned_up_to", prunedUpTo, next.prunedUpTo)
      ?? fell("boot_count", bootCount, next.bootCount)
  }
}

extension Superblock {
  /// The file's bytes.
  public var encoded: [UInt8] {
    var bytes = Self.magic
    bytes.append(integer: Self.version)
    bytes.append(integer: UInt16(0))
    bytes.append(integer: UInt32(0))
    bytes.append(integer: UInt64(0))
    bytes.append(integer: generation)
    bytes += volume.bytes + replica.bytes
    bytes.append(integer: created)
    for number in [bootCount, promise, opened, decidedUpTo, prunedUpTo] {
      bytes.append(integer: number)
    }
    bytes.append(integer: replicas)
    bytes.append(integer: quorumPercent)
    bytes.append(counted: name)
    bytes.append(integer: UInt32(joined.count))
    for range in joined {
      bytes.append(integer: range.lowerBound)
      bytes.append(integer: range.upperBound)
    }
    bytes.append(integer: UInt32(terms.count))
    for (term, entry) in terms.sorted(by: { $0.key < $1.key }) {
      bytes.append(integer: term.rawValue)
      bytes.append(integer: UInt64(entry.state.rawValue))
      bytes.append(integer: entry.reconciliation)
    }
    bytes.append(integer: UInt32(clients.count))
    let sorted = clients.sorted {
      ($0.value.term, $0.value.index) < ($1.value.term, $1.value.index)
    }
    for (client, place) in sorted {
      bytes.append(contentsOf: client.bytes)
      bytes.append(integer: place.term.rawValue)
      bytes.append(integer: place.index)
    }
    bytes.store(UInt64(bytes.count + 8), at: 16)
    bytes.append(integer: xxh3(bytes, seed: 0))
    return bytes
  }

  /// Reads a file's bytes, whose checksum must be right.
  public init(_ bytes: [UInt8]) throws(FormatError) {
    var input = ByteCursor(bytes[...], base: 0)
    guard bytes.count >= 128, bytes.count <= Self.byteCountMax else {
      throw FormatError(.truncated(needed: 128, available: bytes.count), "length", at: 0)
    }
    let stated: UInt64 = bytes[...].load(bytes.count - 8)
    let computed = xxh3(bytes.dropLast(8), seed: 0)
    guard stated == computed else {
      throw FormatError(.checksum(expected: stated, found: computed), "checksum", at: 0)
    }
    guard try input.take(8, "magic").elementsEqual(Self.magic) else {
      throw FormatError(.illegal(value: 0, expected: "a superblock's"), "magic", at: 0)
    }
    try input.expect(UInt64(Self.version), try input.integer("version", as: UInt16.self), "version")
    try input.reserved(2)
    try input.expect(0, try input.integer("incompatible", as: UInt32.self), "incompatible")
    try input.expect(
      UInt64(bytes.count), try input.integer("length", as: UInt64.self), "length")
    let generation = try input.integer("generation", as: UInt64.self)
    let volume = try input.uniqueID("volume")
    let replica = try input.uniqueID("replica")
    self.init(
      volume: volume, replica: replica, created: try input.integer("created"), name: [])
    self.generation = generation
    bootCount = try input.integer("boot_count")
    promise = try input.integer("promise")
    opened = try input.integer("opened")
    decidedUpTo = try input.integer("decided_up_to")
    prunedUpTo = try input.integer("pruned_up_to")
    replicas = try input.integer("replicas")
    quorumPercent = try input.integer("quorum_percent")
    name = [UInt8](try input.countedString("name"))
    try readLists(&input)
    _ = try input.take(8, "checksum")
    try input.requireEnd("length")
  }

  private mutating func readLists(_ input: inout ByteCursor) throws(FormatError) {
    for _ in 0..<(try input.count(of: 16, "joined")) {
      let start = input.offset
      let first = try input.integer("joined", as: UInt64.self)
      let last = try input.integer("joined", as: UInt64.self)
      guard first <= last, joined.last.map({ $0.upperBound < first }) ?? true else {
        throw FormatError(.illegal(value: first, expected: "ascending"), "joined", at: start)
      }
      joined.append(first...last)
    }
    for _ in 0..<(try input.count(of: 24, "terms")) {
      let start = input.offset
      let term = Term(try input.integer("terms", as: UInt64.self))
      let number = try input.byte("state")
      guard let state = TermState(rawValue: number), terms[term] == nil else {
        throw FormatError(.illegal(value: UInt64(number), expected: "a state"), "state", at: start)
      }
      try input.reserved(7)
      terms[term] = TermEntry(state: state, reconciliation: try input.integer("reconciliation"))
    }
    for _ in 0..<(try input.count(of: 32, "clients")) {
      let client = try input.uniqueID("clients")
      let term = Term(try input.integer("clients", as: UInt64.self))
      clients[client] = Client(term: term, index: try input.integer("clients"))
    }
  }
}

extension ByteCursor {
  /// Throws unless a field that was just read has the one value that is legal.
  fileprivate func expect(
    _ wanted: UInt64, _ value: some FixedWidthInteger, _ field: @autoclosure () -> String
  ) throws(FormatError) {
    guard UInt64(clamping: value) == wanted else {
      throw FormatError(
        .illegal(value: UInt64(clamping: value), expected: "\(wanted)"), field(), at: offset)
    }
  }
}

extension ClosedRange where Bound == UInt64 {
  /// Whether all of another range lies in it.
  fileprivate func contains(_ other: ClosedRange<UInt64>) -> Bool {
    lowerBound <= other.lowerBound && other.upperBound <= upperBound
  }
}
