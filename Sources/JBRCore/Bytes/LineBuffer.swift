import Glibc

/// Builds JSON lines in one stretch of memory, for the one loop that must write a million lines a
/// second. Everything else uses `LineBuilder`, and both write the same.
@safe final class LineBuffer {
  private static let slack = 4096
  private var capacity = 1 << 17
  private var base: UnsafeMutablePointer<UInt8>
  /// How many bytes are there.
  private(set) var count = 0

  init() { unsafe base = .allocate(capacity: capacity) }

  deinit { unsafe base.deallocate() }

  /// Makes room for so many bytes, and for `slack` more: fixed text and numbers that the caller
  /// knows to need less.
  func reserve(_ more: Int) {
    guard count + more + Self.slack > capacity else { return }
    let larger = max(capacity * 2, count + more + Self.slack)
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    unsafe moved.update(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = moved
    capacity = larger
  }

  /// Takes back what was appended behind a count.
  func cut(to count: Int) { self.count = min(self.count, count) }

  /// Gives the bytes, and begins anew.
  func drain() -> [UInt8] {
    defer { count = 0 }
    return unsafe [UInt8](UnsafeBufferPointer(start: base, count: count))
  }

  // The appends below are not checked in a release: `reserve` was asked for the whole line.

  /// Fails in a debug build where `reserve` was asked for too little.
  @inline(__always)
  private func requireRoom(_ size: Int) { assert(count + size <= capacity) }

  @inline(__always)
  func append(_ text: StaticString) {
    let size = text.utf8CodeUnitCount
    requireRoom(size)
    unsafe memcpy(base + count, text.utf8Start, size)
    count += size
  }

  @inline(__always)
  func append(_ bytes: [UInt8]) {
    requireRoom(bytes.count)
    unsafe bytes.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      unsafe memcpy(base + count, start, source.count)
    }
    count += bytes.count
  }

  @inline(__always)
  private func append(_ byte: UInt8) {
    requireRoom(1)
    unsafe base[count] = byte
    count += 1
  }

  func append(decimal value: UInt64) {
    var width = 1
    var limit: UInt64 = 10
    while width < 20, value >= limit {
      width += 1
      let (next, overflow) = limit.multipliedReportingOverflow(by: 10)
      if overflow { break }
      limit = next
    }
    append(decimal: value, width: width)
  }

  /// A number of so many digits, with zeros before it.
  @inline(__always)
  func append(decimal value: UInt64, width: Int) {
    requireRoom(width)
    var rest = value
    var place = count + width
    while place > count {
      place -= 1
      let tenth = rest / 10
      unsafe base[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest &- tenth &* 10)
      rest = tenth
    }
    count += width
  }

  /// As `LineBuilder` writes an integer: beyond ±2^53 as text.
  func append(number value: Int64) {
    let isExact = (-(1 << 53)...(1 << 53)).contains(value)
    if !isExact { append(UInt8(ascii: "\"")) }
    if value < 0 { append(UInt8(ascii: "-")) }
    append(decimal: value.magnitude)
    if !isExact { append(UInt8(ascii: "\"")) }
  }

  func append(number value: UInt64) {
    if value <= 1 << 53 { return append(decimal: value) }
    append("\"")
    append(decimal: value)
    append("\"")
  }

  /// Eight digits at once: each nibble is spread to a byte, and 0x27 added to those above 9.
  @inline(__always)
  private func append(digits value: UInt32) {
    requireRoom(8)
    var spread = UInt64(value)
    spread = (spread & 0xffff_0000) << 16 | (spread & 0xffff)
    spread = (spread << 8 | spread) & 0x00ff_00ff_00ff_00ff
    spread = (spread << 4 | spread) & 0x0f0f_0f0f_0f0f_0f0f
    let letters = ((spread &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
    let text = spread &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    // Safe: within what `reserve` was asked for.
    unsafe UnsafeMutableRawPointer(base + count).storeBytes(of: text.bigEndian, as: UInt64.self)
    count += 8
  }

  func append(hexadecimal value: UInt64) {
    append(digits: UInt32(truncatingIfNeeded: value >> 32))
    append(digits: UInt32(truncatingIfNeeded: value))
  }

  /// The canonical form of a UUID, in quotes.
  func append(uuid high: UInt64, _ low: UInt64) {
    append(UInt8(ascii: "\""))
    append(digits: UInt32(truncatingIfNeeded: high >> 32))
    append(UInt8(ascii: "-"))
    append(digits: UInt32(truncatingIfNeeded: high))
    splitLastDigits()
    append(UInt8(ascii: "-"))
    append(digits: UInt32(truncatingIfNeeded: low >> 32))
    splitLastDigits()
    append(digits: UInt32(truncatingIfNeeded: low))
    append(UInt8(ascii: "\""))
  }

  /// Puts a hyphen before the last four of the eight digits that were appended.
  @inline(__always)
  private func splitLastDigits() {
    requireRoom(1)
    // Safe: four bytes are moved on by one, for which there is room.
    unsafe memmove(base + count - 3, base + count - 4, 4)
    unsafe base[count - 4] = UInt8(ascii: "-")
    count += 1
  }

  /// A JSON string of ASCII bytes; false, and nothing that may stay, for any others.
  func append(text: ByteView) -> Bool {
    append(UInt8(ascii: "\""))
    for byte in text {
      if byte > 127 { return false }
      if byte < 32 || byte == 127 {
        append("\\u00")
        append(hexadecimalDigits[Int(byte >> 4)])
        append(hexadecimalDigits[Int(byte & 15)])
        continue
      }
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { append(UInt8(ascii: "\\")) }
      append(byte)
    }
    append(UInt8(ascii: "\""))
    return true
  }
}
