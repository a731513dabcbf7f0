// How what an event log's own host says of it goes over the wire.

extension LogPlace: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(
      offset: try reader.offset(), sequence: try UInt64?(from: &reader),
      previous: try UInt64?(from: &reader))
  }
  func write(to writer: inout WireWriter) {
    writer.append(integer: offset)
    sequence.write(to: &writer)
    previous.write(to: &writer)
  }
}

extension LogPoint: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(
      offset: try reader.offset(), sequence: try reader.integer(), previous: try reader.integer())
  }
  func write(to writer: inout WireWriter) {
    writer.append(integer: offset)
    writer.append(integer: sequence)
    writer.append(integer: previous)
  }
}

extension RecordHead: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(offset: try reader.offset(), bytes: try reader.counted())
  }
  func write(to writer: inout WireWriter) {
    writer.append(integer: offset)
    writer.append(counted: bytes)
  }
}

extension RequestBlock: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    count = try reader.integer()
    digest = try Digest(from: &reader)
    isSpecial = try Bool(from: &reader)
    start = try reader.offset()
    end = try reader.offset()
  }
  func write(to writer: inout WireWriter) {
    writer.append(integer: count)
    digest.write(to: &writer)
    isSpecial.write(to: &writer)
    writer.append(integer: start)
    writer.append(integer: end)
  }
}

extension AgreedRanges: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init()
    for pair in try WireList<WirePair<UInt64, UInt64>>(from: &reader).elements {
      guard pair.first <= pair.second else { throw reader.illegal(pair.second, "a range") }
      insert(pair.first, through: pair.second)
    }
  }
  func write(to writer: inout WireWriter) {
    WireList(ranges.map { WirePair($0.lowerBound, $0.upperBound) }).write(to: &writer)
  }
}

extension RequestState: Wire {}

extension RequestStates: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    let term = Term(try reader.integer())
    var runs: [Run] = []
    for pair in try WireList<WirePair<WirePair<UInt64, UInt64>, RequestState>>(from: &reader)
      .elements
    {
      runs.append(Run(first: pair.first.first, last: pair.first.second, state: pair.second))
    }
    var subs: [RequestID: RequestState] = [:]
    for pair in try WireList<WirePair<WirePair<UInt64, UInt32>, RequestState>>(from: &reader)
      .elements
    {
      subs[RequestID(term: term, index: pair.first.first, sub: pair.first.second)] = pair.second
    }
    let overtaken = try WireList<WirePair<UInt64, UInt32>>(from: &reader).elements.map {
      RequestID(term: term, index: $0.first, sub: $0.second)
    }
    guard
      let states = RequestStates(term: term, runs: runs, subs: subs, overtaken: Set(overtaken))
    else { throw reader.illegal(runs.count, "runs of states, ascending") }
    self = states
  }

  func write(to writer: inout WireWriter) {
    writer.append(integer: term.rawValue)
    WireList(runs.map { WirePair(WirePair($0.first, $0.last), $0.state) }).write(to: &writer)
    WireList(
      subs.sorted { $0.key < $1.key }.map { WirePair(WirePair($0.key.index, $0.key.sub), $0.value) }
    ).write(to: &writer)
    WireList(overtaken.sorted().map { WirePair($0.index, $0.sub) }).write(to: &writer)
  }
}

extension LogEnd: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    let number: UInt8 = try reader.integer()
    switch number {
    case 1: self = .sealed
    case 2: self = .open(at: try reader.offset())
    default: throw reader.illegal(number, "a log's end")
    }
  }
  /// A torn end is none that goes over the wire: `TermSums.isOrdinary`.
  func write(to writer: inout WireWriter) {
    switch self {
    case .sealed: writer.put(1)
    case .open(let offset): writer.put(2, offset)
    case .torn: writer.put(0)
    }
  }
}

extension TermSums: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    content = try TermContent(from: &reader)
    end = try LogEnd(from: &reader)
    byteCount = try reader.offset()
    resume = try LogPoint(from: &reader)
    trailer = try LogPoint?(from: &reader)
    blocks = [:]
    for pair in try WireList<WirePair<UInt64, RequestBlock>>(from: &reader).elements {
      blocks[pair.first] = pair.second
    }
    failed = try AgreedRanges(from: &reader)
  }

  /// Sums that are ordinary.
  func write(to writer: inout WireWriter) {
    content.write(to: &writer)
    end?.write(to: &writer)
    writer.append(integer: byteCount)
    resume?.write(to: &writer)
    trailer.write(to: &writer)
    WireList(blocks.sorted { $0.key < $1.key }.map { WirePair($0.key, $0.value) })
      .write(to: &writer)
    failed.write(to: &writer)
  }
}

extension DictEntry: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self.init(key: try reader.counted(), value: try reader.counted())
  }
  func write(to writer: inout WireWriter) {
    writer.append(counted: key)
    writer.append(counted: value)
  }
}

extension TermContent: Wire {
  private static func sums(
    from reader: inout WireReader
  ) throws(FormatError) -> [UInt64: [DictEntry]] {
    var found: [UInt64: [DictEntry]] = [:]
    for pair in try WireList<WirePair<UInt64, WireList<DictEntry>>>(from: &reader).elements {
      found[pair.first] = pair.second.elements
    }
    return found
  }

  init(from reader: inout WireReader) throws(FormatError) {
    self.init(
      states: try RequestStates(from: &reader), totals: try Trailer(from: &reader),
      agreed: try AgreedRanges(from: &reader), sums: try Self.sums(from: &reader),
      isClosed: try Bool(from: &reader), trailer: try Trailer?(from: &reader),
      dataFileCount: try reader.integer(), dataEnd: try reader.integer())
  }

  func write(to writer: inout WireWriter) {
    states.write(to: &writer)
    totals.write(to: &writer)
    agreed.write(to: &writer)
    WireList(sums.sorted { $0.key < $1.key }.map { WirePair($0.key, WireList($0.value)) })
      .write(to: &writer)
    isClosed.write(to: &writer)
    trailer.write(to: &writer)
    writer.append(integer: dataFileCount)
    writer.append(integer: dataEnd)
  }
}

/// As a log has it.
extension Trailer: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    let bytes = try reader.counted()
    guard case .sealed(let trailer) = try Event(.sealed, from: ByteCursor(bytes, base: 0)) else {
      throw reader.illegal(bytes.count, "a trailer")
    }
    self = trailer
  }
  func write(to writer: inout WireWriter) {
    writer.append(counted: Event.sealed(self).encoded)
  }
}
