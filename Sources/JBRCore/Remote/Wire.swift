/// What can go from one host to another, and come from one that is not trusted.
protocol Wire {
  /// Reads one; every length is compared with what is left before anything is allocated.
  init(from reader: inout WireReader) throws(FormatError)
  func write(to writer: inout WireWriter)
}

/// Collects the bytes of a message.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append(integer: some FixedWidthInteger) { bytes.append(integer: integer) }

  /// Bytes behind their count.
  mutating func append(counted view: some Collection<UInt8>) {
    bytes.append(integer: UInt32(clamping: view.count))
    bytes += view
  }

  /// A case of an enumeration: its number, and then what it holds.
  mutating func put(_ number: UInt8, _ fields: any Wire...) {
    append(integer: number)
    for field in fields { field.write(to: &self) }
  }
}

/// Reads the fields of a message.
struct WireReader {
  private var cursor: ByteCursor

  init(_ bytes: ByteView) { cursor = ByteCursor(bytes, base: -bytes.startIndex) }

  mutating func integer<Value: FixedWidthInteger>() throws(FormatError) -> Value {
    try cursor.integer("integer")
  }

  mutating func counted() throws(FormatError) -> ByteView {
    try cursor.take(Int(clamping: try cursor.integer("count", as: UInt32.self)), "bytes")
  }

  /// How many elements follow, of which each has at least one byte.
  mutating func count() throws(FormatError) -> Int {
    let count = Int(clamping: try cursor.integer("count", as: UInt32.self))
    try cursor.require(count, "elements")
    return count
  }

  /// An offset or a length of a file, far from where sums of them run over.
  mutating func offset<Value: FixedWidthInteger & SignedInteger>() throws(FormatError) -> Value {
    let value: Value = try integer()
    guard (0...Value.max / 4).contains(value) else { throw illegal(0, "an offset") }
    return value
  }

  /// An error about what was read last.
  func illegal(_ value: some BinaryInteger, _ expected: String) -> FormatError {
    FormatError(
      .illegal(value: UInt64(clamping: value), expected: expected), expected, at: cursor.offset)
  }

  /// The only thing that a message holds.
  static func read<Value: Wire>(_ bytes: ByteView) throws(FormatError) -> Value {
    var reader = WireReader(bytes)
    let value = try Value(from: &reader)
    guard reader.cursor.remaining == 0 else {
      throw FormatError(
        .wrongLength(stated: bytes.count, used: bytes.count - reader.cursor.remaining), "message",
        at: reader.cursor.offset)
    }
    return value
  }
}

extension Wire {
  /// A message that holds nothing else.
  var message: [UInt8] {
    var writer = WireWriter()
    write(to: &writer)
    return writer.bytes
  }
}

extension Wire where Self: FixedWidthInteger {
  init(from reader: inout WireReader) throws(FormatError) { self = try reader.integer() }
  func write(to writer: inout WireWriter) { writer.append(integer: self) }
}

extension UInt8: Wire {}
extension UInt32: Wire {}
extension UInt64: Wire {}
extension Int32: Wire {}
extension Int64: Wire {}
extension Int: Wire {}

extension Bool: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    let byte: UInt8 = try reader.integer()
    guard byte < 2 else { throw reader.illegal(byte, "0 or 1") }
    self = byte == 1
  }
  func write(to writer: inout WireWriter) { writer.append(integer: UInt8(self ? 1 : 0)) }
}

extension String: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    let bytes = try reader.counted()
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw reader.illegal(bytes.count, "UTF-8")
    }
    self = text
  }
  func write(to writer: inout WireWriter) { writer.append(counted: utf8) }
}

extension ByteView: Wire {
  init(from reader: inout WireReader) throws(FormatError) { self = try reader.counted() }
  func write(to writer: inout WireWriter) { writer.append(counted: self) }
}

extension Optional: Wire where Wrapped: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    self = try Bool(from: &reader) ? try Wrapped(from: &reader) : nil
  }
  func write(to writer: inout WireWriter) {
    (self != nil).write(to: &writer)
    self?.write(to: &writer)
  }
}

/// Any number of values.
struct WireList<Element: Wire>: Wire {
  var elements: [Element]

  init(_ elements: [Element]) { self.elements = elements }

  init(from reader: inout WireReader) throws(FormatError) {
    elements = []
    for _ in 0..<(try reader.count()) { elements.append(try Element(from: &reader)) }
  }
  func write(to writer: inout WireWriter) {
    writer.append(integer: UInt32(clamping: elements.count))
    for element in elements { element.write(to: &writer) }
  }
}

/// Two values.
struct WirePair<First: Wire, Second: Wire>: Wire {
  var first: First
  var second: Second

  init(_ first: First, _ second: Second) {
    self.first = first
    self.second = second
  }

  init(from reader: inout WireReader) throws(FormatError) {
    first = try First(from: &reader)
    second = try Second(from: &reader)
  }
  func write(to writer: inout WireWriter) {
    first.write(to: &writer)
    second.write(to: &writer)
  }
}

/// That something was done.
struct WireNothing: Wire {
  init() {}
  init(from reader: inout WireReader) {}
  func write(to writer: inout WireWriter) {}
}
