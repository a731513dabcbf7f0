/// How selections are written on a command line. Every error is a usage error that names the
/// option.
extension Selection {
  /// Parses `3`, `3..7`, `3..` or `..7`; both ends are included.
  public static func range(
    _ text: String, option: String
  ) throws(Failure) -> ClosedRange<UInt64> {
    guard let dots = text.firstRange(of: "..") else {
      let value = try number(text, option: option)
      return value...value
    }
    let (low, high) = (text[..<dots.lowerBound], text[dots.upperBound...])
    guard !low.isEmpty || !high.isEmpty else {
      throw usage(option, "\"..\" has no end: write 3..7, 3.. or ..7")
    }
    let first = try low.isEmpty ? 0 : number(low, option: option)
    let last = try high.isEmpty ? UInt64.max : number(high, option: option)
    guard first <= last else { throw usage(option, "\(text) ends before it begins") }
    return first...last
  }

  /// Parses a decimal number without a sign.
  static func number(_ text: some StringProtocol, option: String) throws(Failure) -> UInt64 {
    guard !text.isEmpty, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
    else {
      throw usage(option, "\"\(text)\" is not a number or a range of numbers")
    }
    guard let value = UInt64(text) else {
      throw usage(option, "\(text) is too large: the highest number is \(UInt64.max)")
    }
    return value
  }

  /// Parses the name of a request's state.
  public static func state(_ text: String, option: String) throws(Failure) -> RequestState {
    guard let state = RequestState(name: text) else {
      let names = RequestState.allCases.map(\.name).joined(separator: ", ")
      throw usage(option, "\"\(text)\" is not a state: \(names)")
    }
    return state
  }

  /// Parses the ends of a stretch of time, both included; nil where neither is given.
  public static func times(
    since: String?, until: String?
  ) throws(Failure) -> ClosedRange<Int64>? {
    guard since != nil || until != nil else { return nil }
    let first = try time(since, option: "--since") ?? .min
    let last = try time(until, option: "--until") ?? .max
    guard first <= last else { throw usage("--until", "is before --since") }
    return first...last
  }

  private static func time(_ text: String?, option: String) throws(Failure) -> Int64? {
    guard let text else { return nil }
    guard let time = JournalTime(text: text)?.sinceEpoch else {
      throw usage(option, "\"\(text)\" is not a time as in 2026-02-03T04:05:06Z")
    }
    return time
  }

  /// Parses how many requests are wanted at most.
  public static func count(_ text: String, option: String) throws(Failure) -> Int {
    guard let count = Int(exactly: try number(text, option: option)) else {
      throw usage(option, "\(text) is too large: the highest number is \(Int.max)")
    }
    return count
  }

  /// Parses `3/17` or `3/17+1`.
  public static func request(_ text: String, option: String) throws(Failure) -> RequestID {
    guard let id = RequestID(text) else {
      throw usage(option, "\"\(text)\" is not a request: write TERM/INDEX, as in 3/17 or 3/17+1")
    }
    return id
  }

  /// Parses `create,writev`, or `!setattr` for all but that; several are joined.
  /// - Returns: nil if there are none.
  public static func fops(_ texts: [String], option: String) throws(Failure) -> Set<Fop>? {
    var wanted: Set<Fop> = []
    var unwanted: Set<Fop> = []
    for name in texts.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
      let isNegated = name.hasPrefix("!")
      guard let fop = Fop(name: isNegated ? name.dropFirst() : name) else {
        throw usage(option, "\"\(name)\" is not a known fop: --fop list prints them")
      }
      if isNegated { unwanted.insert(fop) } else { wanted.insert(fop) }
    }
    if wanted.isEmpty && unwanted.isEmpty { return nil }
    return (wanted.isEmpty ? Set(Fop.allCases) : wanted).subtracting(unwanted)
  }

  /// Parses a GFID with its hyphens.
  public static func gfid(_ text: String, option: String) throws(Failure) -> GFID {
    guard let gfid = GFID(text) else {
      throw usage(
        option,
        "\"\(text)\" is not a GFID: write it as 00000000-0000-0000-0000-000000000001")
    }
    return gfid
  }

  /// Parses `OFFSET+LENGTH` in bytes.
  public static func bytes(
    _ text: String, option: String
  ) throws(Failure) -> ClosedRange<UInt64> {
    let parts = text.split(separator: "+", omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw usage(option, "\"\(text)\" is not a range of bytes: write OFFSET+LENGTH, as in 0+4096")
    }
    let start = try number(parts[0], option: option)
    let count = try number(parts[1], option: option)
    guard count > 0 else { throw usage(option, "\(text) is empty: the length is at least 1") }
    let (end, overflow) = start.addingReportingOverflow(count - 1)
    guard !overflow else { throw usage(option, "\(text) ends beyond \(UInt64.max)") }
    return start...end
  }

  /// Parses a name: text, or `{"base64":"…"}` as the tools print a name that is not UTF-8.
  public static func name(_ text: String, option: String) throws(Failure) -> [UInt8] {
    let bytes = try self.bytes(printed: text, option: option)
    guard FileName.isComponent(bytes) else {
      throw usage(option, "\"\(text)\" is not the name of a file: --path takes paths")
    }
    return bytes
  }

  /// Parses a path from the brick's root, with or without the slash before it.
  public static func path(_ text: String, option: String) throws(Failure) -> PathPattern {
    guard let pattern = PathPattern(try bytes(printed: text, option: option)) else {
      throw usage(option, "\"\(text)\" is not a path from the brick's root without . and ..")
    }
    return pattern
  }

  private static func bytes(printed text: String, option: String) throws(Failure) -> [UInt8] {
    let (prefix, suffix) = ("{\"base64\":\"", "\"}")
    guard text.hasPrefix(prefix), text.hasSuffix(suffix) else { return [UInt8](text.utf8) }
    let encoded = text.dropFirst(prefix.count).dropLast(suffix.count)
    guard let decoded = JBRCore.bytes(base64: String(encoded)) else {
      throw usage(option, "\"\(encoded)\" is not base64")
    }
    return decoded
  }

  static func usage(_ option: String, _ message: String) -> Failure {
    Failure(.usage, message, field: option)
  }
}
