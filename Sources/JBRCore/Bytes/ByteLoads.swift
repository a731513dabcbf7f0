import Glibc

/// Integers at known places of bytes whose count was checked, for readers of fixed structures.
extension ByteView {
  /// The little-endian integer at `offset` from the view's start.
  ///
  /// The caller must have checked that it lies inside: a precondition, not an error.
  @inline(__always)
  func load<Value: FixedWidthInteger>(_ offset: Int, as type: Value.Type = Value.self) -> Value {
    precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count)
    // Safe: the range was checked in the line before.
    let value = unsafe withUnsafeBytes {
      unsafe $0.loadUnaligned(fromByteOffset: offset, as: Value.self)
    }
    return Value(littleEndian: value)
  }

  /// A part of it, by offsets from the view's start.
  func slice(_ offset: Int, _ count: Int) -> ByteView {
    self[startIndex + offset..<startIndex + offset + count]
  }

  /// Whether nothing but zeros is in it.
  var isZero: Bool {
    unsafe withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress, unsafe !buffer.isEmpty else { return true }
      // Safe: the bytes are compared with their neighbours, all of which lie in the buffer.
      return unsafe start.load(as: UInt8.self) == 0
        && memcmp(start, start + 1, buffer.count - 1) == 0
    }
  }
}

extension [UInt8] {
  /// Stores an integer over bytes that are there, little-endian.
  mutating func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
    var rest = value
    for index in 0..<(Value.bitWidth / 8) {
      self[offset + index] = UInt8(truncatingIfNeeded: rest)
      rest >>= 8
    }
  }

  /// Appends zeros up to a multiple of 8.
  mutating func padToEight() {
    while count % 8 != 0 { append(0) }
  }
}

/// The next multiple of 8, for counts far below overflow.
func pad8(_ count: Int) -> Int { (count + 7) & ~7 }
