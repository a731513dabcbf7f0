/// Bytes that a record's field holds: a view into the block that was read, never a copy.
public typealias ByteView = ArraySlice<UInt8>

/// Reads little-endian fields one after the other, and fails with the field's name and offset.
///
/// The field's name is made only for an error. Every read checks what is left first, so that no number from a file is added or allocated
/// before it is known to fit.
public struct ByteCursor {
  @usableFromInline let bytes: ByteView
  /// The file offset of the first index of the array that `bytes` views.
  @usableFromInline let base: Int
  @usableFromInline var position: Int

  /// `base` is the file offset of index 0 of the array behind `bytes`.
  public init(_ bytes: ByteView, base: Int) {
    self.bytes = bytes
    self.base = base
    position = bytes.startIndex
  }

  /// The file offset of the next byte.
  public var offset: Int { base + position }

  /// The number of bytes that are left.
  public var remaining: Int { bytes.endIndex - position }

  /// Throws unless `count` more bytes are there.
  @inline(__always)
  func require(_ count: Int, _ field: @autoclosure () -> String) throws(FormatError) {
    guard count <= remaining else {
      throw FormatError(.truncated(needed: count, available: remaining), field(), at: offset)
    }
  }

  /// Reads an integer of any width, little-endian.
  public mutating func integer<Value: FixedWidthInteger>(
    _ field: @autoclosure () -> String, as type: Value.Type = Value.self
  ) throws(FormatError) -> Value {
    let width = Value.bitWidth / 8
    try require(width, field())
    var value: Value = 0
    for index in (0..<width).reversed() {
      value = (value << 8) | Value(truncatingIfNeeded: bytes[position + index])
    }
    position += width
    return value
  }

  /// Reads a byte.
  public mutating func byte(_ field: @autoclosure () -> String) throws(FormatError) -> UInt8 {
    try require(1, field())
    defer { position += 1 }
    return bytes[position]
  }

  /// Takes the next `count` bytes.
  public mutating func take(_ count: Int, _ field: @autoclosure () -> String) throws(FormatError)
    -> ByteView
  {
    try require(count, field())
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// How many bytes lie before the next NUL.
  func lengthToNUL(_ field: @autoclosure () -> String) throws(FormatError) -> Int {
    guard let end = bytes[position...].firstIndex(of: 0) else {
      throw FormatError(.unterminated, field(), at: offset)
    }
    return end - position
  }

  /// Takes bytes up to a NUL, and steps over it.
  public mutating func terminated(_ field: @autoclosure () -> String) throws(FormatError)
    -> ByteView
  {
    let count = try lengthToNUL(field())
    defer { position += count + 1 }
    return bytes[position..<position + count]
  }
}

extension [UInt8] {
  /// Appends an integer, little-endian.
  mutating func append<Value: FixedWidthInteger>(integer value: Value) {
    var rest = value
    for _ in 0..<(Value.bitWidth / 8) {
      append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }
}
