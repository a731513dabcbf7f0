/// Any bytes as one word of bash, in ASCII alone.
///
/// What has nothing but letters, digits and harmless signs stays as it is.
public func shellWord(_ bytes: some Collection<UInt8>) -> String {
  if !bytes.isEmpty, bytes.allSatisfy(isHarmless) { return String(decoding: bytes, as: UTF8.self) }
  let apostrophe = UInt8(ascii: "'")
  if bytes.allSatisfy({ (32..<127).contains($0) && $0 != apostrophe }) {
    return "'" + String(decoding: bytes, as: UTF8.self) + "'"
  }
  return "$'" + bytes.map(escaped).joined() + "'"
}

/// Any bytes as one word that people can read and a terminal can print: text in any writing stays,
/// everything else is as in `shellWord`.
public func readableWord(_ bytes: some Collection<UInt8>) -> String {
  guard let text = String(validating: bytes, as: UTF8.self) else { return shellWord(bytes) }
  let scalars = text.unicodeScalars
  if !scalars.isEmpty, scalars.allSatisfy({ isWord($0) }) { return text }
  if scalars.allSatisfy({ isPrintable($0) && $0 != "'" }) { return "'\(text)'" }
  let parts = scalars.map { scalar in
    isPrintable(scalar) && !scalar.isASCII
      ? String(scalar) : String(scalar).utf8.map(escaped).joined()
  }
  return "$'" + parts.joined() + "'"
}

private func isHarmless(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    true
  default: "_./:@%+,-".utf8.contains(byte)
  }
}

private func isWord(_ scalar: Unicode.Scalar) -> Bool {
  if let byte = UInt8(exactly: scalar.value), byte < 128 { return isHarmless(byte) }
  return isPrintable(scalar) && !scalar.properties.isWhitespace
}

private func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  // Among these are the signs that turn the direction of text and so hide what a name is.
  case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
    .paragraphSeparator:
    false
  default: true
  }
}

/// A byte within `$'…'`. Octal, since it always has three digits.
private func escaped(_ byte: UInt8) -> String {
  switch byte {
  case UInt8(ascii: "'"): return "\\'"
  case UInt8(ascii: "\\"): return "\\\\"
  case UInt8(ascii: "\n"): return "\\n"
  case UInt8(ascii: "\t"): return "\\t"
  case 32..<127: return String(UnicodeScalar(byte))
  default:
    let digits = String(byte, radix: 8)
    return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
  }
}
