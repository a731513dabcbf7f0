/// Finds where a text stops being JSON, which FoundationEssentials does not say; it takes a comma
/// before a closing brace, too.
struct JSONFlaw {
  /// No deeper than the decoder itself goes.
  private static let depthMax = 512
  private let bytes: [UInt8]
  private var index = 0

  /// The offset at which no JSON goes on; nil if nothing is wrong that is looked for here.
  static func offset(in bytes: [UInt8]) -> Int? {
    var scan = JSONFlaw(bytes: bytes)
    guard scan.value(0) else { return scan.index }
    scan.skipSpace()
    return scan.index < bytes.count ? scan.index : nil
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

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
    case "{": return list("}") { $0.member(depth) }
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

  private mutating func member(_ depth: Int) -> Bool {
    skipSpace()
    guard string() else { return false }
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
