/// Lower-case hexadecimal digits by value.
let hexadecimalDigits = [UInt8]("0123456789abcdef".utf8)

/// The value of a hexadecimal digit of either case; nil for any other byte.
func hexadecimalValue(_ digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
  default: nil
  }
}

extension UInt64 {
  /// All 16 digits, most significant first.
  public var hexadecimal: String {
    var text = [UInt8](repeating: 0, count: 16)
    for index in 0..<16 {
      text[index] = hexadecimalDigits[Int(truncatingIfNeeded: self >> UInt64(60 - 4 * index)) & 15]
    }
    return String(decoding: text, as: UTF8.self)
  }
}
