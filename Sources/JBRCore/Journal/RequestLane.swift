/// Writes the lines of plain requests straight from their records, without building a `Request`.
///
/// It takes what nearly all records of a busy journal are, and leaves anything else to the way
/// that every tool goes: damage, illegal fields, bytes that are no ASCII, the rarer kinds of
/// fields. Both write the same lines, which a test compares.
public struct RequestLane {
  private static let drainByteCount = 1 << 16

  /// Where the lines of both ways go.
  public var writer: LineWriter
  private let buffer = LineBuffer()
  private let journal: [UInt8]
  /// What stands between a line's changing parts in the term that is read.
  private var place: [UInt8] = []
  private var opening: [UInt8] = []
  private var middle: [UInt8] = []
  /// Each fop as JSON, and in front of each of its fields the key; made once.
  private let fops: [[UInt8]]
  private let keys: [[[UInt8]]]
  /// Day and text, since most requests are of the same day.
  private var day: (number: Int64, text: [UInt8]) = (.min, [])
  var ordinal = 0

  /// `journal` is as the user named it.
  public init(_ writer: LineWriter, journal: String) {
    self.writer = writer
    self.journal = Self.json(journal)
    keys = (0...255).map { number in
      Fop(rawValue: UInt8(number))?.layout.map { [UInt8](",\"\($0.name.rawValue)\":".utf8) } ?? []
    }
    fops = (0...255).map { number in
      Fop(rawValue: UInt8(number)).map { [UInt8](",\"fop\":\"\($0.name)\"".utf8) } ?? []
    }
  }

  private static func json(_ text: String) -> [UInt8] {
    var builder = LineBuilder()
    builder.begin("t")
    builder.field("v", text)
    return [UInt8](builder.bytes[#"{"type":"t","v":"#.utf8.count...])
  }

  mutating func begin(_ term: Term, path: String) {
    ordinal = 0
    opening = [UInt8](#"{"type":"request","id":"\#(term)/"#.utf8)
    let number = [UInt8]((term.rawValue <= 1 << 53 ? "\(term)" : "\"\(term)\"").utf8)
    middle = [UInt8](#"","term":"#.utf8) + number + [UInt8](#","index":"#.utf8)
    place =
      [UInt8](#","id_source":"journal","journal":"#.utf8) + journal
      + [UInt8](#","run":1,"file_number":"#.utf8)
    place += number
    place += [UInt8](#","file":"#.utf8) + Self.json(baseName(path))
    place += [UInt8](#","file_offset":"#.utf8)
  }

  /// Hands what was written to the writer.
  private mutating func drain() throws(Failure) {
    guard buffer.count > 0 else { return }
    try writer.write(lines: buffer.drain()[...])
  }

  /// The next item that is left to others, once the lines before it are with the writer; nil at
  /// the journal's end. Also where reading fails, what was read before is with the writer.
  public mutating func next(_ reader: inout JournalReader) throws(Failure) -> JournalItem? {
    let item: JournalItem?
    do throws(Failure) { item = try reader.next(&self) } catch {
      try drain()
      throw error
    }
    try drain()
    return item
  }

  /// Writes a record's line and counts it in the term; false for what must go the other way. That
  /// is also the first request with a payload in a data file, for which the file is opened.
  mutating func take(
    _ record: EventRecord, _ content: inout TermContent, _ openedData: Set<UInt32>
  ) throws(Failure) -> Bool {
    let header = record.header
    let body = record.body
    guard header.type == EventType.request.rawValue, let fop = Fop(rawValue: header.fop),
      fop != .ipc, record.payloadIsWhole, body.count >= RequestBody.fixedByteCount
    else { return false }
    let (failed, arguments): (UInt32, UInt32) = (body.load(32), body.load(36))
    let (dataFile, reserved): (UInt32, UInt32) = (body.load(40), body.load(44))
    let (dataOffset, dataLength): (UInt64, UInt64) = (body.load(48), body.load(56))
    let isInline = dataFile == 0
    guard failed == 0, reserved == 0, header.payloadIsInDataFile == !isInline,
      Int(arguments) == body.count - RequestBody.fixedByteCount,
      !isInline || dataLength == UInt64(header.payloadLength),
      isInline || openedData.contains(dataFile), dataLength == 0 || fop == .writev,
      content.states.state(header.index, sub: header.sub) == nil
    else { return false }
    let start = buffer.count
    // No byte of a body becomes more than six of its line: a name's six at most, a number's four
    // eleven, an entry's eight (its lengths) 22. Beside them and `place` stand the other fixed
    // parts and at most seven keys, together far below the buffer's slack.
    buffer.reserve(body.count * 6 + place.count)
    append(record, body)
    buffer.append(fops[Int(header.fop)])
    guard append(fop, body, dataLength) else {
      buffer.cut(to: start)
      return false
    }
    buffer.append("}\n")
    let digest = Digest(high: body.load(16), low: body.load(24))
    content.count(
      header, digest: digest, dataFile: dataFile, dataOffset: dataOffset, dataLength: dataLength)
    ordinal += 1
    if buffer.count >= Self.drainByteCount { try drain() }
    return true
  }

  private mutating func append(_ record: EventRecord, _ body: ByteView) {
    let header = record.header
    buffer.append(opening)
    buffer.append(decimal: header.index)
    if header.sub > 0 {
      buffer.append("+")
      buffer.append(decimal: UInt64(header.sub))
    }
    buffer.append(middle)
    buffer.append(number: header.index)
    if header.sub > 0 {
      buffer.append(#","sub":"#)
      buffer.append(decimal: UInt64(header.sub))
    }
    buffer.append(place)
    buffer.append(decimal: UInt64(record.offset))
    buffer.append(#","ordinal":"#)
    buffer.append(decimal: UInt64(ordinal + 1))
    buffer.append(#","sequence":"#)
    buffer.append(number: header.sequence)
    buffer.append(#","time":"#)
    append(time: header.time)
    let client = GFID(body, at: 0)
    if client != .null {
      buffer.append(#","client":"#)
      buffer.append(uuid: client.high, client.low)
    }
    buffer.append(#","digest":""#)
    buffer.append(hexadecimal: body.load(16))
    buffer.append(hexadecimal: body.load(24))
    buffer.append("\"")
  }

  /// All times of a jbr journal lie in years of four digits.
  private mutating func append(time: Int64) {
    let perDay: Int64 = 86_400_000_000_000
    var (number, rest) = time.quotientAndRemainder(dividingBy: perDay)
    if rest < 0 {
      number -= 1
      rest += perDay
    }
    if number != day.number {
      let text = JournalTime(seconds: number * 86_400, nanoseconds: 0).text ?? ""
      day = (number, [UInt8]("\"\(text.prefix(11))".utf8))
    }
    buffer.append(day.text)
    let (seconds, nanoseconds) = rest.quotientAndRemainder(dividingBy: 1_000_000_000)
    buffer.append(decimal: UInt64(seconds / 3600), width: 2)
    buffer.append(":")
    buffer.append(decimal: UInt64(seconds / 60 % 60), width: 2)
    buffer.append(":")
    buffer.append(decimal: UInt64(seconds % 60), width: 2)
    buffer.append(".")
    buffer.append(decimal: UInt64(nanoseconds), width: 9)
    buffer.append("Z\"")
  }

  /// Appends a fop's fields; false where they are not plain, legal and of the right length.
  private func append(_ fop: Fop, _ body: ByteView, _ dataLength: UInt64) -> Bool {
    var place = RequestBody.fixedByteCount
    var range: (offset: Int64?, length: Int64?)
    let keys = keys[Int(fop.rawValue)]
    for (position, (name, kind)) in fop.layout.enumerated() {
      buffer.append(keys[position])
      switch kind {
      case .gfid:
        guard place + 16 <= body.count else { return false }
        let gfid = GFID(body, at: place)
        guard (gfid == .null) == (fop == .create) else { return false }
        buffer.append(uuid: gfid.high, gfid.low)
        place += 16
      case .u32, .i32:
        guard place + 4 <= body.count else { return false }
        let bits: UInt32 = body.load(place)
        let value = kind == .u32 ? Int64(bits) : Int64(Int32(bitPattern: bits))
        guard fop.allows(value, in: name) else { return false }
        buffer.append(number: value)
        place += 4
      case .u64, .i64, .payload:
        guard place + 8 <= body.count else { return false }
        let bits: UInt64 = body.load(place)
        let value = Int64(bitPattern: bits)
        guard fop.allows(value, in: name), kind != .payload || bits == dataLength else {
          return false
        }
        if kind == .i64 { buffer.append(number: value) } else { buffer.append(number: bits) }
        if name == .offset { range.offset = value } else if name == .length { range.length = value }
        place += 8
      case .dict: guard append(dict: body, &place) else { return false }
      case .loc: guard append(loc: body, &place, name, fop) else { return false }
      case .stringBeforeLoc, .stringBeforeXdata, .iatt: return false
      }
    }
    if let offset = range.offset, let length = range.length,
      offset.addingReportingOverflow(length).overflow
    {
      return false
    }
    return place == body.count
  }

  /// A count and as many bytes.
  private func counted(_ body: ByteView, _ place: inout Int) -> ByteView? {
    guard place + 4 <= body.count else { return nil }
    let count = Int(body.load(place, as: UInt32.self))
    guard count <= body.count - place - 4 else { return nil }
    let bytes = body.slice(place + 4, count)
    place += 4 + count
    return bytes
  }

  private func append(dict body: ByteView, _ place: inout Int) -> Bool {
    guard place + 4 <= body.count else { return false }
    let count = body.load(place, as: UInt32.self)
    place += 4
    if count == 0 {
      buffer.append("[]")
      return true
    }
    buffer.append("[")
    for number in 0..<count {
      guard let key = counted(body, &place), let value = counted(body, &place),
        Request.isPlainEntry(key, value)
      else { return false }
      buffer.append(number == 0 ? #"{"key":"# : #",{"key":"#)
      guard buffer.append(text: key) else { return false }
      buffer.append(#","value":"#)
      guard buffer.append(text: value) else { return false }
      buffer.append("}")
    }
    buffer.append("]")
    return true
  }

  private func append(
    loc body: ByteView, _ place: inout Int, _ field: FieldName, _ fop: Fop
  ) -> Bool {
    guard place + 36 <= body.count else { return false }
    var loc = Loc(gfid: GFID(body, at: place), parent: GFID(body, at: place + 16))
    place += 32
    if body.load(place) == ArgumentsCodec.absentLength {
      place += 4
    } else {
      guard let name = counted(body, &place), FileName.isComponent(name) else { return false }
      loc.name = name
    }
    guard fop.allows(loc, in: field) else { return false }
    buffer.append(#"{"gfid":"#)
    buffer.append(uuid: loc.gfid.high, loc.gfid.low)
    if loc.parent != .null {
      buffer.append(#","parent":"#)
      buffer.append(uuid: loc.parent.high, loc.parent.low)
    }
    if let name = loc.name {
      buffer.append(#","name":"#)
      guard buffer.append(text: name) else { return false }
    }
    buffer.append("}")
    return true
  }
}

extension GFID {
  /// Sixteen bytes that are known to be there.
  fileprivate init(_ bytes: ByteView, at place: Int) {
    self.init(
      high: bytes.load(place, as: UInt64.self).byteSwapped,
      low: bytes.load(place + 8, as: UInt64.self).byteSwapped)
  }
}
