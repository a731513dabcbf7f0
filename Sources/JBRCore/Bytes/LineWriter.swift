/// Writes JSON lines, one object a line, through a block of fixed size.
///
/// In `table` format the same lines come out as columns for people, with a heading wherever the
/// lines' type changes.
public struct LineWriter {
  public enum Format: String, CaseIterable, Sendable { case json, table }

  private static let blockByteCount = 1 << 16
  private var sink: any ByteSink
  private var line = LineBuilder()
  private var block: [UInt8] = []
  private var table: TableLayout?

  public init(_ sink: some ByteSink, format: Format = .json) {
    self.sink = sink
    table = format == .table ? TableLayout() : nil
    block.reserveCapacity(Self.blockByteCount)
  }

  /// Writes one line; `type` is the value of its first key, `type`.
  public mutating func write(
    _ type: String, _ fields: (inout LineBuilder) throws(Failure) -> Void
  ) throws(Failure) {
    line.begin(type)
    try fields(&line)
    line.end()
    if table == nil {
      append(line.bytes[...])
    } else {
      append((table?.row(line) ?? [])[...])
    }
    if block.count >= Self.blockByteCount { try flush() }
  }

  private mutating func append(_ bytes: ByteView) { block += bytes }

  /// Writes whole JSON lines that were made elsewhere; not for tables.
  mutating func write(lines: ByteView) throws(Failure) {
    guard lines.count < Self.blockByteCount else {
      try flush()
      return try sink.write(lines)
    }
    append(lines)
    if block.count >= Self.blockByteCount { try flush() }
  }

  /// Hands everything to the sink. To be called before an error is reported and at the end.
  public mutating func flush() throws(Failure) {
    guard !block.isEmpty else { return }
    let full = block
    block.removeAll(keepingCapacity: true)
    try sink.write(full[...])
  }
}

/// Builds one JSON object, field by field.
public struct LineBuilder {
  public private(set) var bytes: [UInt8] = []
  /// Where each top-level field's key and value lie, for tables.
  private(set) var fields: [(key: Range<Int>, value: Int)] = []
  private var depth = 0

  mutating func begin(_ type: String) {
    bytes.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    depth = 1
    bytes.append(UInt8(ascii: "{"))
    field("type", type)
  }

  mutating func end() {
    bytes.append(UInt8(ascii: "}"))
    bytes.append(UInt8(ascii: "\n"))
  }

  private mutating func key(_ key: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    let start = bytes.count
    bytes += key.utf8
    if depth == 1 { fields.append((start..<bytes.count, bytes.count + 2)) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func separate() {
    if let last = bytes.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "["),
      last != UInt8(ascii: ":")
    {
      bytes.append(UInt8(ascii: ","))
    }
  }

  /// Text; where it stands for bytes that are not UTF-8, `{"base64": …}`.
  public mutating func field(_ key: String, _ value: String) {
    self.key(key)
    text(value)
  }

  /// Bytes: a string if they are UTF-8, else `{"base64": …}`.
  public mutating func field(_ key: String, bytes value: ByteView) {
    self.key(key)
    self.bytes(value)
  }

  /// An integer: a number within ±2^53, else a decimal string, since jq rounds.
  public mutating func field(_ key: String, _ value: some FixedWidthInteger) {
    self.key(key)
    integer(value)
  }

  public mutating func field(_ key: String, _ value: Bool) {
    self.key(key)
    bytes += (value ? "true" : "false").utf8
  }

  /// Text that needs no escapes, appended straight to the line.
  mutating func field(_ key: String, plain append: (inout [UInt8]) -> Void) {
    self.key(key)
    bytes.append(UInt8(ascii: "\""))
    append(&bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  public mutating func object(_ key: String, _ fields: (inout LineBuilder) -> Void) {
    self.key(key)
    nested("{", "}", fields)
  }

  public mutating func array(_ key: String, _ elements: (inout LineBuilder) -> Void) {
    self.key(key)
    nested("[", "]", elements)
  }

  /// An element of an array.
  public mutating func element(_ fields: (inout LineBuilder) -> Void) {
    separate()
    nested("{", "}", fields)
  }

  /// An element of an array.
  public mutating func element(_ value: some FixedWidthInteger) {
    separate()
    integer(value)
  }

  /// An element of an array.
  public mutating func element(_ value: String) {
    separate()
    text(value)
  }

  private mutating func nested(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ content: (inout LineBuilder) -> Void
  ) {
    bytes.append(UInt8(ascii: open))
    depth += 1
    content(&self)
    depth -= 1
    bytes.append(UInt8(ascii: close))
  }

  private mutating func integer(_ value: some FixedWidthInteger) {
    let exact = Int64(exactly: value).map { (-(1 << 53)...(1 << 53)).contains($0) } ?? false
    if exact {
      bytes += String(value).utf8
    } else {
      text(String(value).utf8)
    }
  }

  private mutating func bytes(_ value: ByteView) {
    // What is ASCII needs no further look; most names are.
    if value.allSatisfy({ $0 < 128 }) || String(validating: value, as: UTF8.self) != nil {
      text(value)
    } else {
      nested("{", "}") { $0.field("base64", base64(value)) }
    }
  }

  private mutating func text(_ value: String) {
    // One look suffices for nearly all.
    guard value.utf8.contains(where: { Self.needsEscape($0) || $0 >= exactLeadByte }) else {
      bytes.append(UInt8(ascii: "\""))
      bytes += value.utf8
      bytes.append(UInt8(ascii: "\""))
      return
    }
    if value.hasExactBytes {
      let exact = value.exactBytes
      nested("{", "}") { $0.field("base64", base64(exact)) }
    } else {
      text(value.utf8)
    }
  }

  private mutating func text(_ utf8: some Collection<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    if utf8.contains(where: Self.needsEscape) { escape(utf8) } else { bytes += utf8 }
    bytes.append(UInt8(ascii: "\""))
  }

  // DEL is legal in JSON; escaped, it leaves a terminal alone.
  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 32 || byte == 127 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func escape(_ utf8: some Collection<UInt8>) {
    for byte in utf8 {
      guard Self.needsEscape(byte) else {
        bytes.append(byte)
        continue
      }
      bytes.append(UInt8(ascii: "\\"))
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        bytes.append(byte)
      } else {
        bytes += "u00".utf8
        bytes.append(hexadecimalDigits[Int(byte >> 4)])
        bytes.append(hexadecimalDigits[Int(byte & 15)])
      }
    }
  }
}
