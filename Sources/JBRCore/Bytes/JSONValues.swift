// What `LineBuilder` writes in more than one way, as it is read back.

/// What `bytes(base64:)` gives, under a name that no property has.
private func decoded(base64 text: String) -> [UInt8]? { bytes(base64: text) }

/// Bytes in JSON: a string, or `{"base64": …}`.
struct JSONBytes: Decodable {
  var bytes: ByteView

  private enum Key: String, CodingKey { case base64 }

  init(from decoder: any Decoder) throws {
    if let text = try? decoder.singleValueContainer().decode(String.self) {
      bytes = ByteView(text.utf8)
      return
    }
    let container = try decoder.container(keyedBy: Key.self)
    let text = try container.decode(String.self, forKey: .base64)
    guard let decoded = decoded(base64: text) else {
      throw DecodingError.dataCorruptedError(
        forKey: .base64, in: container, debugDescription: "is no base64")
    }
    bytes = decoded[...]
  }
}

/// An integer in JSON: a number, or a decimal string beyond ±2^53.
struct JSONInteger: Decodable {
  var value: Int64

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int64.self) {
      value = number
      return
    }
    guard let number = Int64(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "is no integer")
    }
    value = number
  }
}

/// An integer without a sign in JSON: a number, or a decimal string beyond 2^53.
struct JSONUnsigned: Decodable {
  var value: UInt64

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(UInt64.self) {
      value = number
      return
    }
    guard let number = UInt64(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "is no integer")
    }
    value = number
  }
}
