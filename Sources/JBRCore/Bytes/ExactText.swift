// Texts that hold any bytes, as names of files and words of volfiles do.
//
// A byte that is not of UTF-8 stands there as one of the last 128 characters of the last private
// plane: U+10FF80 for 0x80, and so on. These characters themselves are spelled byte by byte in the
// same way, so that every text has its bytes and all bytes have their text. None of these bytes is
// a slash, a dot or NUL, so that no path leads elsewhere by them.

/// The character for the byte 0x80 is this one and 0x80 less.
private let exactScalarBase: UInt32 = 0x10FF00
/// The first byte of the characters in question, and of few others: a test that is cheap.
let exactLeadByte: UInt8 = 0xF4

private func isStandIn(_ scalar: Unicode.Scalar) -> Bool {
  (exactScalarBase + 0x80...exactScalarBase + 0xFF).contains(scalar.value)
}

private func standIn(for byte: UInt8) -> Unicode.Scalar {
  // Only bytes from 0x80 on come here, all of which have a character.
  Unicode.Scalar(exactScalarBase + UInt32(byte)) ?? "\u{FFFD}"
}

extension String {
  /// A text from which the same bytes can be had again, whatever they are.
  public init(exactly bytes: some Collection<UInt8>) {
    if !bytes.contains(exactLeadByte), let text = String(validating: bytes, as: UTF8.self) {
      self = text
      return
    }
    let all = [UInt8](bytes)
    var scalars = String.UnicodeScalarView()
    var parser = UTF8.ForwardParser()
    var rest = all.makeIterator()
    var index = 0
    loop: while true {
      let count: Int
      switch parser.parseScalar(from: &rest) {
      case .emptyInput: break loop
      case .valid(let encoded):
        let scalar = UTF8.decode(encoded)
        count = encoded.count
        if isStandIn(scalar) {
          scalars.append(contentsOf: all[index..<index + count].map(standIn))
        } else {
          scalars.append(scalar)
        }
      case .error(let length):
        count = length
        scalars.append(contentsOf: all[index..<index + count].map(standIn))
      }
      index += count
    }
    self = String(scalars)
  }

  /// The bytes that the text was made of.
  public var exactBytes: [UInt8] {
    guard utf8.contains(exactLeadByte) else { return [UInt8](utf8) }
    var bytes: [UInt8] = []
    for scalar in unicodeScalars {
      if let byte = scalar.exactByte {
        bytes.append(byte)
      } else {
        bytes += String(scalar).utf8
      }
    }
    return bytes
  }

  /// Whether there are bytes among them that are not of UTF-8.
  var hasExactBytes: Bool {
    utf8.contains(exactLeadByte) && unicodeScalars.contains(where: isStandIn)
  }
}

extension Unicode.Scalar {
  /// The byte for which the character stands in a text of any bytes; nil for all others.
  var exactByte: UInt8? { isStandIn(self) ? UInt8(truncatingIfNeeded: value) : nil }
}
