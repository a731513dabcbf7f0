/// Where the fields of plain requests go: into a line, or nowhere.
protocol PlainSink: AnyObject {
  func append(_ text: StaticString)
  func append(_ bytes: [UInt8])
  func append(number: Int64)
  func append(number: UInt64)
  func append(uuid high: UInt64, _ low: UInt64)
  /// Takes text; false where it cannot.
  func append(text: ByteView) -> Bool
}

extension LineBuffer: PlainSink {}

/// A record that holds what nearly all records of a busy journal hold: a legal request, of the
/// usual kinds of fields, with a payload that is whole or in a data file that is open already.
///
/// The loops that must see a million requests a second look at it where it lies. Whatever is not
/// plain goes the way of all others, where what is wrong with it is told.
struct PlainRequest {
  private let header: EventHeader
  private let body: ByteView
  private let fop: Fop
  /// 0 for an inline payload or none.
  let dataFile: UInt32
  private let dataOffset: UInt64
  let dataLength: UInt64

  /// nil for a record that is not plain; its fields are not looked at yet.
  init?(_ record: EventRecord, _ content: TermContent, _ openedData: Set<UInt32>) {
    let (header, body) = (record.header, record.body)
    guard header.type == EventType.request.rawValue, let fop = Fop(rawValue: header.fop),
      fop != .ipc, record.payloadIsWhole, body.count >= RequestBody.fixedByteCount
    else { return nil }
    let (failed, arguments): (UInt32, UInt32) = (body.load(32), body.load(36))
    let reserved: UInt32 = body.load(44)
    (dataFile, dataOffset, dataLength) = (body.load(40), body.load(48), body.load(56))
    let isInline = dataFile == 0
    guard failed == 0, reserved == 0, header.payloadIsInDataFile == !isInline,
      Int(arguments) == body.count - RequestBody.fixedByteCount,
      !isInline || dataLength == UInt64(header.payloadLength),
      isInline || openedData.contains(dataFile), dataLength == 0 || fop == .writev,
      content.states.state(header.index, sub: header.sub) == nil
    else { return nil }
    (self.header, self.body, self.fop) = (header, body, fop)
  }

  /// Counts the request in its term.
  func count(in content: inout TermContent) {
    content.count(
      header, digest: Digest(high: body.load(16), low: body.load(24)), dataFile: dataFile,
      dataOffset: dataOffset, dataLength: dataLength)
  }

  /// Gives the fields to a sink; false where they are not plain, legal and of the right length.
  /// `keys` stand in front of each.
  func write<Sink: PlainSink>(to sink: Sink, keys: [[UInt8]]) -> Bool {
    var place = RequestBody.fixedByteCount
    var range: (offset: Int64?, length: Int64?)
    for (position, (name, kind)) in fop.layout.enumerated() {
      sink.append(keys[position])
      switch kind {
      case .gfid:
        guard place + 16 <= body.count else { return false }
        let gfid = GFID(bytesOf: body, at: place)
        guard (gfid == .null) == (fop == .create) else { return false }
        sink.append(uuid: gfid.high, gfid.low)
        place += 16
      case .u32, .i32:
        guard place + 4 <= body.count else { return false }
        let bits: UInt32 = body.load(place)
        let value = kind == .u32 ? Int64(bits) : Int64(Int32(bitPattern: bits))
        guard fop.allows(value, in: name) else { return false }
        sink.append(number: value)
        place += 4
      case .u64, .i64, .payload:
        guard place + 8 <= body.count else { return false }
        let bits: UInt64 = body.load(place)
        let value = Int64(bitPattern: bits)
        guard fop.allows(value, in: name), kind != .payload || bits == dataLength else {
          return false
        }
        if kind == .i64 { sink.append(number: value) } else { sink.append(number: bits) }
        if name == .offset { range.offset = value } else if name == .length { range.length = value }
        place += 8
      case .dict: guard write(dict: &place, sink) else { return false }
      case .loc: guard write(loc: &place, name, sink) else { return false }
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
  private func counted(_ place: inout Int) -> ByteView? {
    guard place + 4 <= body.count else { return nil }
    let count = Int(body.load(place, as: UInt32.self))
    guard count <= body.count - place - 4 else { return nil }
    let bytes = body.slice(place + 4, count)
    place += 4 + count
    return bytes
  }

  private func write<Sink: PlainSink>(dict place: inout Int, _ sink: Sink) -> Bool {
    guard place + 4 <= body.count else { return false }
    let count = body.load(place, as: UInt32.self)
    place += 4
    if count == 0 {
      sink.append("[]")
      return true
    }
    sink.append("[")
    for number in 0..<count {
      guard let key = counted(&place), let value = counted(&place),
        Request.isPlainEntry(key, value)
      else { return false }
      sink.append(number == 0 ? #"{"key":"# : #",{"key":"#)
      guard sink.append(text: key) else { return false }
      sink.append(#","value":"#)
      guard sink.append(text: value) else { return false }
      sink.append("}")
    }
    sink.append("]")
    return true
  }

  private func write<Sink: PlainSink>(
    loc place: inout Int, _ field: FieldName, _ sink: Sink
  ) -> Bool {
    guard place + 36 <= body.count else { return false }
    var loc = Loc(gfid: GFID(bytesOf: body, at: place), parent: GFID(bytesOf: body, at: place + 16))
    place += 32
    if body.load(place) == ArgumentsCodec.absentLength {
      place += 4
    } else {
      guard let name = counted(&place), FileName.isComponent(name) else { return false }
      loc.name = name
    }
    guard fop.allows(loc, in: field) else { return false }
    sink.append(#"{"gfid":"#)
    sink.append(uuid: loc.gfid.high, loc.gfid.low)
    if loc.parent != .null {
      sink.append(#","parent":"#)
      sink.append(uuid: loc.parent.high, loc.parent.low)
    }
    if let name = loc.name {
      sink.append(#","name":"#)
      guard sink.append(text: name) else { return false }
    }
    sink.append("}")
    return true
  }
}

/// Takes fields and does nothing with them.
final class NoLines: PlainSink {
  /// No key in front of any field, of which no fop has more.
  static let keys = [[UInt8]](repeating: [], count: 16)

  func append(_ text: StaticString) {}
  func append(_ bytes: [UInt8]) {}
  func append(number: Int64) {}
  func append(number: UInt64) {}
  func append(uuid high: UInt64, _ low: UInt64) {}
  func append(text: ByteView) -> Bool { true }
}

extension GFID {
  /// Sixteen bytes that are known to be there.
  init(bytesOf bytes: ByteView, at place: Int) {
    self.init(
      high: bytes.load(place, as: UInt64.self).byteSwapped,
      low: bytes.load(place + 8, as: UInt64.self).byteSwapped)
  }
}
