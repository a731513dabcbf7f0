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
    guard let plain = PlainRequest(record, content, openedData) else { return false }
    let body = record.body
    let start = buffer.count
    // No byte of a body becomes more than six of its line: a name's six at most, a number's four
    // eleven, an entry's eight (its lengths) 22. Beside them and `place` stand the other fixed
    // parts and at most seven keys, together far below the buffer's slack.
    buffer.reserve(body.count * 6 + place.count)
    append(record, body)
    buffer.append(fops[Int(record.header.fop)])
    guard plain.write(to: buffer, keys: keys[Int(record.header.fop)]) else {
      buffer.cut(to: start)
      return false
    }
    buffer.append("}\n")
    plain.count(in: &content)
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
    let client = GFID(bytesOf: body, at: 0)
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
}
