/// Finds where a text stops being JSON, which FoundationEssentials does not say; it takes a comma
/// before a closing brace, too.
struct JSONFlaw {
  /// A key that an object has already; nil if it is something else that is wrong.
  private(set) var key: String?
  /// Where no JSON goes on.
  var offset: Int { index }

  /// No deeper than the decoder itself goes.
  private static let depthMax = 512
  private let bytes: [UInt8]
  private var index = 0

  /// Nil if nothing is wrong that is looked for here.
  init?(in bytes: [UInt8]) {
    self.bytes = bytes
    guard value(0) else { return }
    skipSpace()
    if index == bytes.count { return nil }
  }

  private mutating func skipSpace() {
    while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
  }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard index < bytes.count, bytes[index] == UInt8(ascii: byte) else { return false }
    index += 1
    return true
  }

  private mutating func value(_ depth: Int) -> Bool {
    skipSpace()
    guard index < bytes.count, depth < Self.depthMax else { return false }
    switch Unicode.Scalar(bytes[index]) {
    case "{":
      var keys: Set<ByteView> = []
      return list("}") { $0.member(depth, besides: &keys) }
    case "[": return list("]") { $0.value(depth + 1) }
    case "\"": return string()
    case "t": return word("true")
    case "f": return word("false")
    case "n": return word("null")
    default: return number()
    }
  }

  private mutating func list(
    _ end: Unicode.Scalar, _ element: (inout JSONFlaw) -> Bool
  ) -> Bool {
    index += 1
    skipSpace()
    if take(end) { return true }
    while element(&self) {
      skipSpace()
      if take(end) { return true }
      guard take(",") else { return false }
    }
    return false
  }

  private mutating func member(_ depth: Int, besides keys: inout Set<ByteView>) -> Bool {
    skipSpace()
    let start = index
    guard string() else { return false }
    // Of two values readers take different ones.
    let name = bytes[start..<index]
    guard keys.insert(name).inserted else {
      key = String(decoding: name.dropFirst().dropLast(), as: UTF8.self)
      index = start
      return false
    }
    skipSpace()
    return take(":") && value(depth + 1)
  }

  private mutating func string() -> Bool {
    guard take("\"") else { return false }
    while index < bytes.count, bytes[index] >= 0x20 {
      if take("\"") { return true }
      if take("\\") {
        guard index < bytes.count, "\"\\/bfnrtu".utf8.contains(bytes[index]) else { return false }
      }
      index += 1
    }
    return false
  }

  private mutating func word(_ text: String) -> Bool {
    for scalar in text.unicodeScalars where !take(scalar) { return false }
    return true
  }

  private mutating func number() -> Bool {
    let start = index
    while index < bytes.count, "+-.0123456789eE".utf8.contains(bytes[index]) { index += 1 }
    return index > start
  }
}
