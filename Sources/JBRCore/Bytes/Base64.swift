import FoundationEssentials

/// Base64 of RFC 4648 with padding, on one line.
public func base64(_ bytes: some Collection<UInt8>) -> String {
  Data(bytes).base64EncodedString()
}

/// The bytes of a base64 string; nil if it is malformed.
public func bytes(base64 text: String) -> [UInt8]? {
  Data(base64Encoded: text).map { [UInt8]($0) }
}
