/// A path on another host as a user writes it: `host:/path`, `user@host:path`, `[::1]:/path`.
public struct RemotePath: Equatable, Sendable {
  /// As it is given to ssh: without brackets.
  public var host: String
  /// What stands before the host's own path: all up to and with the colon.
  public var prefix: String
  /// On that host; one that does not begin with a slash is relative to the user's home there.
  public var path: String

  /// - Returns: nil for a path of this machine: one without a colon before its first slash.
  /// - Throws: `usage` for a host that cannot be one.
  public init?(parsing text: String) throws(Failure) {
    guard let colon = Self.colon(of: text) else { return nil }
    let before = text[..<colon]
    host = String(before).replacing("[", with: "").replacing("]", with: "")
    prefix = String(text[...colon])
    path = String(text[text.index(after: colon)...])
    guard Self.isHost(host) else {
      throw Failure(
        .usage, "begins with no host's name; a file with a colon in its name is ./NAME here",
        path: text)
    }
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw Failure(.usage, "names no path on \(host): write HOST:/PATH", path: text)
    }
  }

  private static func colon(of text: String) -> String.Index? {
    let start = text.firstIndex(of: "/") ?? text.endIndex
    // Colons within brackets are those of an IPv6 address.
    if let open = text[..<start].firstIndex(of: "["),
      text[..<open].isEmpty || text[..<open].hasSuffix("@"),
      let close = text[open..<start].firstIndex(of: "]")
    {
      let colon = text.index(after: close)
      return colon < start && text[colon] == ":" ? colon : nil
    }
    return text[..<start].firstIndex(of: ":")
  }

  /// Only what a name, an address or a user can hold. What begins with a hyphen would be an
  /// option to ssh, and one of those runs commands.
  private static func isHost(_ host: String) -> Bool {
    let name = host.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    guard !name.isEmpty, !host.hasPrefix("-"), !name.hasPrefix("-"), !host.hasPrefix("@") else {
      return false
    }
    return host.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "._-:%@+".utf8.contains(byte)
      }
    }
  }
}
