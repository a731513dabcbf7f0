/// The first eight bytes of every record. See docs/fops.md.
///
///     offset  size  field
///     0       1     event_type    'N'; 0 means never written
///     1       1     fop_type      see `Fop`
///     2       2     request_id    always 0
///     4       4     ext_length    bytes behind the header; stored last, 0 means torn
public struct RecordHeader: Equatable, Sendable {
  public static let byteCount = 8
  static let event = UInt8(ascii: "N")

  public var fop: Fop
  public var extensionLength: Int

  /// Reads a header that is known not to begin with a zero.
  init(from input: inout ByteCursor) throws(FormatError) {
    let start = input.offset
    let event = try input.byte("event_type")
    guard event == Self.event else {
      throw FormatError(.unknownEvent(event), "event_type", at: start)
    }
    let number = try input.byte("fop_type")
    guard let known = Fop(rawValue: number) else {
      throw FormatError(.unknownFop(number), "fop_type", at: start + 1)
    }
    let request = try input.integer("request_id", as: UInt16.self)
    guard request == 0 else {
      throw FormatError(
        .illegal(value: UInt64(request), expected: "0"), "request_id", at: start + 2)
    }
    fop = known
    extensionLength = Int(try input.integer("ext_length", as: UInt32.self))
  }
}

extension Request {
  /// Reads the fields that the table lists, and requires that they fill the record exactly.
  init(fop: Fop, from body: ByteCursor) throws(FormatError) {
    let layouts: [Attributes.Layout] =
      fop.layout.contains { $0.kind == .iatt } ? [.wide, .narrow] : [.wide]
    var first: FormatError?
    for layout in layouts {
      do throws(FormatError) {
        self = try Request(fop: fop, from: body, attributes: layout)
        return
      } catch { first = first ?? error }
    }
    throw first ?? FormatError(.unterminated, "ext_length", at: body.offset)
  }

  /// Reads a whole record, header included, which must end where the bytes do.
  init(record bytes: [UInt8], at offset: Int) throws(FormatError) {
    var input = ByteCursor(bytes[...], base: offset)
    let header = try RecordHeader(from: &input)
    guard header.extensionLength == input.remaining else {
      throw FormatError(
        .wrongLength(stated: header.extensionLength, used: input.remaining), "ext_length",
        at: offset + 4)
    }
    try self.init(fop: header.fop, from: input)
  }

  private init(
    fop: Fop, from body: ByteCursor, attributes: Attributes.Layout
  ) throws(FormatError) {
    var input = body
    var values: [FieldValue] = []
    values.reserveCapacity(fop.layout.count)
    for (name, kind) in fop.layout {
      values.append(try input.value(kind, name.rawValue, attributes))
    }
    guard input.remaining == 0 else {
      let used = body.remaining - input.remaining
      throw FormatError(
        .wrongLength(stated: body.remaining, used: used), "ext_length", at: body.offset - 4)
    }
    self.init(fop: fop, values: values)
  }

  /// The record's bytes, header included.
  public var encoded: [UInt8] {
    var bytes: [UInt8] = [RecordHeader.event, fop.rawValue, 0, 0, 0, 0, 0, 0]
    for value in values { bytes.append(value) }
    var length: [UInt8] = []
    length.append(integer: UInt32(bytes.count - RecordHeader.byteCount))
    bytes.replaceSubrange(4..<8, with: length)
    return bytes
  }
}

extension ByteCursor {
  fileprivate mutating func value(
    _ kind: FieldKind, _ field: String, _ layout: Attributes.Layout
  ) throws(FormatError) -> FieldValue {
    switch kind {
    case .loc: .loc(try loc(field))
    case .gfid: .gfid(try gfid(field))
    case .u32: .u32(try integer(field))
    case .i32: .i32(try integer(field))
    case .u64, .payload: .u64(try integer(field))
    case .i64: .i64(try integer(field))
    case .stringBeforeLoc:
      .string(
        try flagged(field) { cursor throws(FormatError) in
          try cursor.take(try cursor.lengthToNUL(field), field)
        })
    case .stringBeforeXdata:
      .string(
        try flagged(field) { cursor throws(FormatError) in
          try cursor.stringBeforeXdata(field)
        })
    case .dict: .dict(try dict(field))
    case .iatt: .attributes(try attributes(field, layout))
    }
  }

  /// A flag byte, and what it announces.
  private mutating func flagged(
    _ field: @autoclosure () -> String, _ read: (inout ByteCursor) throws(FormatError) -> ByteView
  ) throws(FormatError) -> ByteView? {
    let start = offset
    switch try byte(field()) {
    case 0: return nil
    case 1: return try read(&self)
    case let flag:
      throw FormatError(.illegal(value: UInt64(flag), expected: "0 or 1"), field(), at: start)
    }
  }

  private mutating func gfid(_ field: @autoclosure () -> String) throws(FormatError) -> GFID {
    let bytes = try take(GFID.byteCount, field())
    return GFID(bytes: bytes) ?? .null
  }

  private mutating func loc(_ field: @autoclosure () -> String) throws(FormatError) -> Loc {
    let object = try gfid(field() + ".gfid")
    let parent = try gfid(field() + ".pargfid")
    let start = offset
    let name = try flagged(field() + ".name") { cursor throws(FormatError) in
      try cursor.terminated(field() + ".name")
    }
    if let name, !FileName.isComponent(name) {
      throw FormatError(.illegalName, field() + ".name", at: start + 1)
    }
    return Loc(gfid: object, parent: parent, name: name)
  }

  /// The writer stores neither a length nor the NUL, so the next field's bytes must tell: an
  /// empty xdata is four zeros and the record's end; any other begins with a key length below
  /// 256, whose first byte is not zero and whose second is.
  private mutating func stringBeforeXdata(_ field: @autoclosure () -> String) throws(FormatError)
    -> ByteView
  {
    let toNUL = try lengthToNUL(field())
    let xdataIsEmpty = remaining - toNUL == 4
    guard xdataIsEmpty || toNUL > 0 else {
      throw FormatError(.unterminated, field(), at: offset)
    }
    return try take(xdataIsEmpty ? toNUL : toNUL - 1, field())
  }

  private mutating func dict(_ field: @autoclosure () -> String) throws(FormatError) -> [DictEntry]
  {
    var entries: [DictEntry] = []
    while true {
      let start = offset
      let keyLength = try integer(field() + ".key_len", as: Int32.self)
      if keyLength == 0 { return entries }
      guard keyLength > 0 else { throw Self.negative(keyLength, field() + ".key_len", start) }
      let key = try take(Int(keyLength), field() + ".key")
      guard key.firstIndex(of: 0) == key.endIndex - 1 else {
        throw FormatError(.unterminated, field() + ".key", at: start + 4)
      }
      let valueStart = offset
      let valueLength = try integer(field() + ".value_len", as: Int32.self)
      guard valueLength >= 0 else {
        throw Self.negative(valueLength, field() + ".value_len", valueStart)
      }
      entries.append(
        DictEntry(key: key.dropLast(), value: try take(Int(valueLength), field() + ".value")))
    }
  }

  private static func negative(_ value: Int32, _ field: @autoclosure () -> String, _ offset: Int)
    -> FormatError
  {
    FormatError(
      .illegal(value: UInt64(UInt32(bitPattern: value)), expected: "a length"), field(), at: offset)
  }

  private mutating func attributes(
    _ field: @autoclosure () -> String, _ layout: Attributes.Layout
  ) throws(FormatError) -> Attributes {
    let start = offset
    var mode: UInt32 = 0
    // Four bytes of three bits each: special bits, owner, group and others. The special bits
    // count up from setuid, the others from read, so each byte is the octal digit mirrored.
    for bits in try take(4, field() + ".ia_prot") {
      guard bits < 8 else {
        throw FormatError(
          .illegal(value: UInt64(bits), expected: "below 8"), field() + ".ia_prot", at: start)
      }
      mode = mode << 3 | UInt32(mirroredBits(bits))
    }
    let uid = try integer(field() + ".uid", as: UInt32.self)
    let gid = try integer(field() + ".gid", as: UInt32.self)
    let atime = try time(field() + ".atime", layout)
    let mtime = try time(field() + ".mtime", layout)
    return Attributes(
      layout: layout, mode: mode, uid: uid, gid: gid, atime: atime, mtime: mtime)
  }

  private mutating func time(
    _ field: @autoclosure () -> String, _ layout: Attributes.Layout
  ) throws(FormatError) -> JournalTime {
    let seconds = try integer(field(), as: UInt32.self)
    if layout == .wide {
      let start = offset
      let upper = try integer(field(), as: UInt32.self)
      guard upper == 0 else {
        throw FormatError(.illegal(value: UInt64(upper), expected: "0"), field(), at: start)
      }
    }
    return JournalTime(seconds: seconds, nanoseconds: try integer(field() + "_nsec"))
  }
}

/// Turns rwx as 1, 2, 4 into an octal digit's 4, 2, 1, and back.
private func mirroredBits(_ bits: UInt8) -> UInt8 {
  (bits & 1) << 2 | bits & 2 | (bits & 4) >> 2
}

extension [UInt8] {
  fileprivate mutating func append(_ value: FieldValue) {
    switch value {
    case .loc(let loc):
      append(contentsOf: loc.gfid.bytes)
      append(contentsOf: loc.parent.bytes)
      append(flagged: loc.name)
      if loc.name != nil { append(0) }
    case .gfid(let gfid): append(contentsOf: gfid.bytes)
    case .u32(let value): append(integer: value)
    case .i32(let value): append(integer: value)
    case .u64(let value): append(integer: value)
    case .i64(let value): append(integer: value)
    case .string(let bytes): append(flagged: bytes)
    case .dict(let entries): append(entries)
    case .attributes(let attributes): append(attributes)
    }
  }

  private mutating func append(flagged bytes: ByteView?) {
    append(bytes == nil ? 0 : 1)
    if let bytes { append(contentsOf: bytes) }
  }

  private mutating func append(_ entries: [DictEntry]) {
    for entry in entries {
      append(integer: UInt32(entry.key.count + 1))
      append(contentsOf: entry.key)
      append(0)
      append(integer: UInt32(entry.value.count))
      append(contentsOf: entry.value)
    }
    append(integer: UInt32(0))
  }

  private mutating func append(_ attributes: Attributes) {
    for shift in [9, 6, 3, 0] as [UInt32] {
      append(mirroredBits(UInt8(attributes.mode >> shift & 7)))
    }
    append(integer: attributes.uid)
    append(integer: attributes.gid)
    for time in [attributes.atime, attributes.mtime] {
      append(integer: UInt32(truncatingIfNeeded: time.seconds))
      if attributes.layout == .wide { append(integer: UInt32(0)) }
      append(integer: time.nanoseconds)
    }
  }
}
