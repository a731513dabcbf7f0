extension Event {
  /// The body's bytes.
  public var encoded: [UInt8] {
    var bytes: [UInt8] = []
    switch self {
    case .request(let body): return body.encoded
    case .state(let state, let last, let results):
      bytes.append(integer: UInt64(state.rawValue))
      bytes.append(integer: last)
      bytes.append(entries: results)
    case .rollback(let digest): bytes.append(digest: digest)
    case .agreed(let last, let byDecision):
      bytes.append(integer: last)
      bytes.append(integer: UInt64(byDecision ? 1 : 0))
    case .overlap(let overlap): bytes.append(overlap)
    case .copied(let attempt, let body):
      bytes.append(integer: attempt.rawValue)
      bytes += body.encoded
    case .decision(let decision): bytes.append(decision)
    case .opened(let attempt, let leader):
      bytes.append(integer: attempt.rawValue)
      bytes.append(counted: leader)
    case .closed, .mark: break
    case .sealed(let trailer): bytes.append(trailer)
    case .recovered(let offset, let length, let name):
      bytes.append(integer: offset)
      bytes.append(integer: length)
      bytes.append(counted: name)
    }
    return bytes
  }

  /// Reads a body whose checksum was right.
  ///
  /// - Throws: an error for a field that no writer of this version stores.
  public init(_ type: EventType, from body: ByteCursor) throws(FormatError) {
    var input = body
    switch type {
    case .request: self = .request(try RequestBody(from: &input))
    case .state: self = try .state(from: &input)
    case .rollback: self = .rollback(try input.digest("digest"))
    case .agreed:
      let last = try input.integer("last", as: UInt64.self)
      let byDecision = try input.flag("by")
      try input.reserved(7)
      self = .agreed(last: last, byDecision: byDecision)
    case .overlap: self = .overlap(try Overlap(from: &input))
    case .copied:
      let attempt = try input.integer("attempt", as: UInt64.self)
      self = .copied(attempt: Term(attempt), try RequestBody(from: &input))
    case .decision: self = .decision(try DecisionRecord(from: &input))
    case .opened:
      let attempt = try input.integer("attempt", as: UInt64.self)
      self = .opened(attempt: Term(attempt), leader: try input.countedString("leader"))
    case .closed: self = .closed
    case .mark: self = .mark
    case .sealed: self = .sealed(try Trailer(from: &input))
    case .recovered:
      self = .recovered(
        offset: try input.integer("offset"), length: try input.integer("length"),
        keptAs: try input.countedString("name"))
    }
    try input.requireEnd("body_length")
  }

  private static func state(from input: inout ByteCursor) throws(FormatError) -> Event {
    let start = input.offset
    let number = try input.byte("state")
    guard let state = RequestState(rawValue: number) else {
      throw FormatError(.illegal(value: UInt64(number), expected: "a state"), "state", at: start)
    }
    try input.reserved(7)
    return .state(
      state, last: try input.integer("last"), results: try input.entries("results"))
  }
}

extension ByteCursor {
  /// A byte that is 0 or 1.
  fileprivate mutating func flag(_ field: @autoclosure () -> String) throws(FormatError) -> Bool {
    let start = offset
    let value = try byte(field())
    guard value < 2 else {
      throw FormatError(.illegal(value: UInt64(value), expected: "0 or 1"), field(), at: start)
    }
    return value == 1
  }

  /// A count of things that take at least `byteCount` bytes each.
  mutating func count(
    of byteCount: Int, _ field: @autoclosure () -> String
  ) throws(FormatError) -> Int {
    let start = offset
    let count = Int(try integer(field(), as: UInt32.self))
    guard count <= remaining / byteCount else {
      throw FormatError(
        .truncated(needed: count * byteCount, available: remaining), field(), at: start)
    }
    return count
  }
}

extension Overlap {
  fileprivate init(from input: inout ByteCursor) throws(FormatError) {
    let term = try input.integer("term", as: UInt64.self)
    let index = try input.integer("index", as: UInt64.self)
    let sub = try input.integer("sub", as: UInt32.self)
    let start = input.offset
    let whole = try input.integer("whole", as: UInt32.self)
    guard whole < 2 else {
      throw FormatError(.illegal(value: UInt64(whole), expected: "0 or 1"), "whole", at: start)
    }
    self.init(
      covered: RequestID(term: Term(term), index: index, sub: sub), isWhole: whole == 1,
      offset: try input.integer("offset"), length: try input.integer("length"))
  }
}

extension DecisionRecord {
  fileprivate init(from input: inout ByteCursor) throws(FormatError) {
    attempt = Term(try input.integer("attempt", as: UInt64.self))
    let first = try input.integer("first_term", as: UInt64.self)
    let start = input.offset
    let last = try input.integer("last_term", as: UInt64.self)
    guard first <= last else {
      throw FormatError(
        .illegal(value: last, expected: "at least \(first)"), "last_term", at: start)
    }
    terms = first...last
    participants = []
    for _ in 0..<(try input.count(of: 5, "participants")) {
      let name = try input.countedString("name")
      participants.append(Participant(name: name, vouched: try input.flag("vouched")))
    }
    tables = []
    for _ in 0..<(try input.count(of: 28, "terms")) { tables.append(try Table(from: &input)) }
  }
}

extension DecisionRecord.Table {
  fileprivate init(from input: inout ByteCursor) throws(FormatError) {
    term = Term(try input.integer("term", as: UInt64.self))
    digest = try input.digest("digest")
    forward = []
    for _ in 0..<(try input.count(of: 44, "forward")) {
      forward.append(
        DecisionRecord.Forward(
          index: try input.integer("index"), sub: try input.integer("sub"),
          digest: try input.digest("digest"), client: try input.uniqueID("client")))
    }
  }
}

extension Trailer {
  fileprivate init(from input: inout ByteCursor) throws(FormatError) {
    records = try input.integer("records")
    requests = try input.integer("requests")
    firstIndex = try input.integer("first_index")
    lastIndex = try input.integer("last_index")
    digest = try input.digest("digest")
    committed = try input.integer("committed")
    invalid = try input.integer("invalid")
    let count = try input.count(of: 1, "data_files")
    try input.reserved(4)
    for _ in 0..<count {
      dataFiles.append(
        DataFile(
          byteCount: try input.integer("data_file.length"),
          digest: try input.digest("data_file.digest")))
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ overlap: Overlap) {
    append(integer: overlap.covered.term.rawValue)
    append(integer: overlap.covered.index)
    append(integer: overlap.covered.sub)
    append(integer: UInt32(overlap.isWhole ? 1 : 0))
    append(integer: overlap.offset)
    append(integer: overlap.length)
  }

  fileprivate mutating func append(_ decision: DecisionRecord) {
    append(integer: decision.attempt.rawValue)
    append(integer: decision.terms.lowerBound)
    append(integer: decision.terms.upperBound)
    append(integer: UInt32(decision.participants.count))
    for participant in decision.participants {
      append(counted: participant.name)
      append(participant.vouched ? 1 : 0)
    }
    append(integer: UInt32(decision.tables.count))
    for table in decision.tables {
      append(integer: table.term.rawValue)
      append(digest: table.digest)
      append(integer: UInt32(table.forward.count))
      for forward in table.forward {
        append(integer: forward.index)
        append(integer: forward.sub)
        append(digest: forward.digest)
        append(contentsOf: forward.client.bytes)
      }
    }
  }

  fileprivate mutating func append(_ trailer: Trailer) {
    append(integer: trailer.records)
    append(integer: trailer.requests)
    append(integer: trailer.firstIndex)
    append(integer: trailer.lastIndex)
    append(digest: trailer.digest)
    append(integer: trailer.committed)
    append(integer: trailer.invalid)
    append(integer: UInt32(trailer.dataFiles.count))
    append(integer: UInt32(0))
    for file in trailer.dataFiles {
      append(integer: file.byteCount)
      append(digest: file.digest)
    }
  }
}
