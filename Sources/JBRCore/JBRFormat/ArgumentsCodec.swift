/// A request's fields as a jbr journal stores them, in the order of the table of fops.
///
/// Unlike fdl's, every string states its length, and times have 64 bits.
public enum ArgumentsCodec {
  /// "No string" where a length stands.
  static let absentLength = UInt32.max

  /// The fields' bytes.
  public static func encode(_ request: Request) -> [UInt8] {
    var bytes: [UInt8] = []
    for value in request.values { bytes.append(argument: value) }
    return bytes
  }

  /// Reads the fields of a fop, which must fill the bytes exactly.
  public static func decode(_ fop: Fop, _ arguments: ByteCursor) throws(FormatError) -> Request {
    var input = arguments
    var values: [FieldValue] = []
    values.reserveCapacity(fop.layout.count)
    for (name, kind) in fop.layout { values.append(try input.argument(kind, name.rawValue)) }
    guard input.remaining == 0 else {
      throw FormatError(
        .wrongLength(stated: arguments.remaining, used: arguments.remaining - input.remaining),
        "arguments_length", at: arguments.offset)
    }
    return Request(fop: fop, values: values)
  }
}

extension ByteCursor {
  fileprivate mutating func argument(
    _ kind: FieldKind, _ field: String
  ) throws(FormatError) -> FieldValue {
    switch kind {
    case .loc: .loc(try location(field))
    case .gfid: .gfid(try identity(field))
    case .u32: .u32(try integer(field))
    case .i32: .i32(try integer(field))
    case .u64, .payload: .u64(try integer(field))
    case .i64: .i64(try integer(field))
    case .stringBeforeLoc, .stringBeforeXdata: .string(try optionalString(field))
    case .dict: .dict(try entries(field))
    case .iatt: .attributes(try attributes(field))
    }
  }

  mutating func identity(_ field: @autoclosure () -> String) throws(FormatError) -> GFID {
    GFID(bytes: try take(GFID.byteCount, field())) ?? .null
  }

  /// A count, and as many bytes.
  mutating func countedString(_ field: @autoclosure () -> String) throws(FormatError) -> ByteView {
    let count = try integer(field(), as: UInt32.self)
    return try take(Int(count), field())
  }

  private mutating func optionalString(
    _ field: @autoclosure () -> String
  ) throws(FormatError) -> ByteView? {
    let count = try integer(field(), as: UInt32.self)
    return count == ArgumentsCodec.absentLength ? nil : try take(Int(count), field())
  }

  private mutating func location(_ field: @autoclosure () -> String) throws(FormatError) -> Loc {
    let object = try identity(field() + ".gfid")
    let parent = try identity(field() + ".pargfid")
    let start = offset
    let name = try optionalString(field() + ".name")
    if let name, !FileName.isComponent(name) {
      throw FormatError(.illegalName, field() + ".name", at: start)
    }
    return Loc(gfid: object, parent: parent, name: name)
  }

  /// A dict. Its count is checked against the bytes that its entries need at least.
  mutating func entries(_ field: @autoclosure () -> String) throws(FormatError) -> [DictEntry] {
    let start = offset
    let count = try integer(field(), as: UInt32.self)
    guard Int(count) <= remaining / 8 else {
      throw FormatError(
        .truncated(needed: Int(count) * 8, available: remaining), field(), at: start)
    }
    var entries: [DictEntry] = []
    entries.reserveCapacity(Int(count))
    for _ in 0..<count {
      let key = try countedString(field() + ".key")
      entries.append(DictEntry(key: key, value: try countedString(field() + ".value")))
    }
    return entries
  }

  private mutating func attributes(
    _ field: @autoclosure () -> String
  ) throws(FormatError) -> Attributes {
    let start = offset
    let number = try integer(field(), as: UInt32.self)
    guard let layout = UInt8(exactly: number).flatMap(Attributes.Layout.init) else {
      throw FormatError(
        .illegal(value: UInt64(number), expected: "28 or 36"), field() + ".layout", at: start)
    }
    return Attributes(
      layout: layout, mode: try integer(field()), uid: try integer(field()),
      gid: try integer(field()), atime: try time(field()), mtime: try time(field()))
  }

  private mutating func time(
    _ field: @autoclosure () -> String
  ) throws(FormatError) -> JournalTime {
    JournalTime(seconds: try integer(field(), as: Int64.self), nanoseconds: try integer(field()))
  }
}

extension [UInt8] {
  fileprivate mutating func append(argument value: FieldValue) {
    switch value {
    case .loc(let loc):
      append(contentsOf: loc.gfid.bytes)
      append(contentsOf: loc.parent.bytes)
      append(optional: loc.name)
    case .gfid(let gfid): append(contentsOf: gfid.bytes)
    case .u32(let value): append(integer: value)
    case .i32(let value): append(integer: value)
    case .u64(let value): append(integer: value)
    case .i64(let value): append(integer: value)
    case .string(let bytes): append(optional: bytes)
    case .dict(let entries): append(entries: entries)
    case .attributes(let attributes):
      append(integer: UInt32(attributes.layout.rawValue))
      for number in [attributes.mode, attributes.uid, attributes.gid] { append(integer: number) }
      for time in [attributes.atime, attributes.mtime] {
        append(integer: time.seconds)
        append(integer: time.nanoseconds)
      }
    }
  }

  /// A count, and the bytes.
  mutating func append(counted bytes: some Collection<UInt8>) {
    append(integer: UInt32(bytes.count))
    append(contentsOf: bytes)
  }

  private mutating func append(optional bytes: ByteView?) {
    guard let bytes else { return append(integer: ArgumentsCodec.absentLength) }
    append(counted: bytes)
  }

  mutating func append(entries: [DictEntry]) {
    append(integer: UInt32(entries.count))
    for entry in entries {
      append(counted: entry.key)
      append(counted: entry.value)
    }
  }
}
