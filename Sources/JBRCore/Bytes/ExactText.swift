import Glibc

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

extension String {
  /// The names of a path. Slashes are looked for byte by byte: an accent that stands behind one is
  /// the first character of a name, and to `split` the slash would be another character with it.
  public var pathNames: [Substring] {
    utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
  }

  public var isAbsolutePath: Bool { utf8.first == UInt8(ascii: "/") }
}

/// A text that is equal only to one of the same bytes, as names of files and of volumes are.
///
/// To `String` two spellings of one text are equal, such as an é and an e with an accent behind it.
public struct ExactText: Hashable, Comparable, Sendable {
  public var text: String

  public init(_ text: String) { self.text = text }

  public static func == (left: Self, right: Self) -> Bool {
    // Safe: the pointers are used only while both texts are there.
    unsafe left.withBytes { one in
      unsafe right.withBytes { two in
        guard one.count == two.count, let start = one.baseAddress,
          let other = two.baseAddress
        else { return one.count == two.count }
        return unsafe memcmp(start, other, one.count) == 0
      }
    }
  }

  public static func < (left: Self, right: Self) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  public func hash(into hasher: inout Hasher) {
    // Safe: the pointer is used only while the text is there.
    unsafe withBytes { bytes in unsafe hasher.combine(bytes: bytes) }
    hasher.combine(text.utf8.count)
  }

  private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let direct = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
      unsafe body(UnsafeRawBufferPointer(bytes))
    }
    if let direct { return direct }
    let bytes = [UInt8](text.utf8)
    return unsafe bytes.withUnsafeBytes { bytes in unsafe body(bytes) }
  }
}
