import FoundationEssentials

extension RequestLine {
  /// Decodes a line.
  ///
  /// - Parameters:
  ///   - line: without its newline.
  ///   - lineNumber: from 1, for errors.
  ///   - path: where the line comes from, for errors.
  /// - Returns: nil for a line of another type.
  /// - Throws: a `damaged` failure that names the line and the key.
  public static func decode(
    _ line: ByteView, lineNumber: Int, path: String
  ) throws(Failure) -> RequestLine? {
    try JSONLine.decode(OptionalRequestLine.self, line, lineNumber: lineNumber, path: path).line
  }
}

/// Decodes JSON lines, and says what is wrong with one by line and key.
enum JSONLine {
  static func decode<Value: Decodable>(
    _ type: Value.Type, _ line: ByteView, lineNumber: Int, path: String
  ) throws(Failure) -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(line))
    } catch let error as DecodingError {
      throw failure(error, lineNumber: lineNumber, path: path)
    } catch let error as Failure {
      // A file that the line names: its own name and status say more than the line's.
      throw error
    } catch {
      throw Failure(.damaged, "\(error)", path: path, at: .line(lineNumber))
    }
  }

  private static func failure(
    _ error: DecodingError, lineNumber: Int, path: String
  ) -> Failure {
    var message = "is not a JSON object of this kind"
    var keys: [any CodingKey] = []
    switch error {
    case .keyNotFound(let key, let context):
      keys = context.codingPath + [key]
      message = "is missing"
    case .typeMismatch(let type, let context):
      keys = context.codingPath
      message = "is not of type \(type)"
    case .valueNotFound(_, let context):
      keys = context.codingPath
      message = "is null"
    case .dataCorrupted(let context):
      keys = context.codingPath
      message = keys.isEmpty ? "is not a JSON object" : context.debugDescription
    @unknown default: break
    }
    let field = keys.map { $0.intValue.map { "[\($0)]" } ?? "." + $0.stringValue }.joined()
    return Failure(
      .damaged, message, path: path, at: .line(lineNumber),
      field: field.isEmpty ? nil : String(field.dropFirst(field.hasPrefix(".") ? 1 : 0)))
  }
}

/// A key that comes from a table.
struct LineKey: CodingKey, ExpressibleByStringLiteral {
  var stringValue: String
  var intValue: Int? { nil }
  init(_ name: String) { stringValue = name }
  init(stringLiteral name: String) { stringValue = name }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

typealias LineContainer = KeyedDecodingContainer<LineKey>

private struct OptionalRequestLine: Decodable {
  var line: RequestLine?

  init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: LineKey.self)
    guard try keys.decode(String.self, forKey: "type") == RequestLine.type else { return }
    line = try RequestLine(from: keys)
  }
}

extension RequestLine {
  init(from keys: LineContainer) throws {
    let id = try keys.id()
    let request = try keys.request()
    self.init(id: id, request: request, payload: try keys.payload(of: request))
    idSource = try keys.decodeIfPresent(String.self, forKey: "id_source").map {
      try keys.known(IDSource(rawValue: $0), $0, "id_source")
    }
    journal = try keys.decodeIfPresent(String.self, forKey: "journal")
    run = try keys.integerIfPresent("run") ?? 1
    fileNumber = try keys.integerIfPresent("file_number") ?? 1
    file = try keys.decodeIfPresent(String.self, forKey: "file")
    fileOffset = try keys.integerIfPresent("file_offset")
    ordinal = try keys.integerIfPresent("ordinal")
    path = try keys.contains("path") ? [UInt8](keys.bytes("path")) : nil
    details = try keys.details()
  }
}

extension LineContainer {
  /// What a jbr journal says beside the request; nil where the line says none of it.
  fileprivate func details() throws -> JournaledDetails? {
    guard contains("time") || contains("client") || contains("failed") else { return nil }
    var details = JournaledDetails(
      sequence: try integerIfPresent("sequence") ?? 0, time: 0, client: .null, failed: [],
      digest: Digest(high: 0, low: 0), copiedBy: nil)
    if contains("time") {
      guard let time = try time("time").sinceEpoch else {
        throw wrong("time", "is not a time from 1678 to 2262")
      }
      details.time = time
    }
    if let text = try decodeIfPresent(String.self, forKey: "client") {
      details.client = try known(UniqueID(text), text, "client")
    }
    if let attempt: UInt64 = try integerIfPresent("copied_by") { details.copiedBy = Term(attempt) }
    guard contains("failed") else { return details }
    var ranges = try nestedUnkeyedContainer(forKey: "failed")
    while !ranges.isAtEnd {
      let range = try ranges.nestedContainer(keyedBy: LineKey.self)
      let first: UInt64 = try range.integer("first")
      let last: UInt64 = try range.integer("last")
      guard first <= last else { throw range.wrong("last", "\(last) is below \(first)") }
      details.failed.append(first...last)
    }
    return details
  }

  func wrong(_ key: LineKey, _ message: String) -> DecodingError {
    DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: message)
  }

  func known<Value>(_ value: Value?, _ text: String, _ key: LineKey) throws -> Value {
    guard let value else { throw wrong(key, "\"\(text)\" is not a known value") }
    return value
  }

  /// An integer: a number within ±2^53, or a decimal string of any size.
  func integer<Value: FixedWidthInteger & Decodable>(_ key: LineKey) throws -> Value {
    if let text = try? decode(String.self, forKey: key) {
      guard let value = Value(text) else {
        throw wrong(key, "\"\(text)\" \(Self.limits(Value.self))")
      }
      return value
    }
    // Whatever the type is, a number is read as 64 bits first, so that errors name its limits.
    let number = try decode(Int64.self, forKey: key)
    guard (-(1 << 53)...(1 << 53)).contains(number) else {
      throw wrong(key, "\(number) is beyond 2^53, where tools round: write it as a string")
    }
    guard let value = Value(exactly: number) else {
      throw wrong(key, "\(number) \(Self.limits(Value.self))")
    }
    return value
  }

  private static func limits<Value: FixedWidthInteger>(_ type: Value.Type) -> String {
    "is not a whole number from \(Value.min) to \(Value.max)"
  }

  func integerIfPresent<Value: FixedWidthInteger & Decodable>(_ key: LineKey) throws -> Value? {
    try contains(key) ? integer(key) : nil
  }

  /// Bytes: a string, or `{"base64": …}`.
  func bytes(_ key: LineKey) throws -> ByteView {
    if let text = try? decode(String.self, forKey: key) { return ByteView(text.utf8) }
    let nested = try nestedContainer(keyedBy: LineKey.self, forKey: key)
    return try nested.base64("base64")[...]
  }

  func base64(_ key: LineKey) throws -> [UInt8] {
    guard let bytes = JBRCore.bytes(base64: try decode(String.self, forKey: key)) else {
      throw wrong(key, "is not base64")
    }
    return bytes
  }

  func gfid(_ key: LineKey) throws -> GFID {
    let text = try decode(String.self, forKey: key)
    guard let gfid = GFID(text) else { throw wrong(key, "\"\(text)\" is not a GFID") }
    return gfid
  }

  /// From `id`, or from `term`, `index` and `sub`; where all are there, they must agree.
  fileprivate func id() throws -> RequestID {
    var parts: RequestID?
    if contains("term") || contains("index") {
      parts = RequestID(
        term: Term(try integer("term")), index: try integer("index"),
        sub: try integerIfPresent("sub") ?? 0)
    }
    guard contains("id") else {
      guard let parts else {
        throw DecodingError.keyNotFound(
          LineKey("id"), .init(codingPath: codingPath, debugDescription: ""))
      }
      return parts
    }
    let text = try decode(String.self, forKey: "id")
    guard let id = RequestID(text) else { throw wrong("id", "\"\(text)\" is not TERM/INDEX") }
    if let parts, parts != id { throw wrong("id", "\(id) is not term, index and sub: \(parts)") }
    return id
  }

  fileprivate func request() throws -> Request {
    let name = try decode(String.self, forKey: "fop")
    let fop = try known(Fop(name: name), name, "fop")
    var values: [FieldValue] = []
    for (field, kind) in fop.layout {
      values.append(try value(kind, LineKey(field.rawValue)))
    }
    return Request(fop: fop, values: values)
  }

  private func value(_ kind: FieldKind, _ key: LineKey) throws -> FieldValue {
    switch kind {
    case .loc: .loc(try loc(key))
    case .gfid: .gfid(try gfid(key))
    case .u32: .u32(try integer(key))
    case .i32: .i32(try integer(key))
    case .u64, .payload: .u64(try integer(key))
    case .i64: .i64(try integer(key))
    case .stringBeforeLoc, .stringBeforeXdata: .string(contains(key) ? try bytes(key) : nil)
    case .dict: .dict(try dict(key))
    case .iatt: .attributes(try attributes(key))
    }
  }

  private func loc(_ key: LineKey) throws -> Loc {
    let nested = try nestedContainer(keyedBy: LineKey.self, forKey: key)
    let loc = Loc(
      gfid: try nested.gfid("gfid"),
      parent: try nested.contains("parent") ? nested.gfid("parent") : .null,
      name: try nested.contains("name") ? nested.bytes("name") : nil)
    if let name = loc.name, !FileName.isComponent(name) {
      throw nested.wrong("name", "is not a name of one component")
    }
    return loc
  }

  private func dict(_ key: LineKey) throws -> [DictEntry] {
    var list = try nestedUnkeyedContainer(forKey: key)
    var entries: [DictEntry] = []
    while !list.isAtEnd {
      let entry = try list.nestedContainer(keyedBy: LineKey.self)
      let key = try entry.bytes("key")
      guard !key.contains(0) else { throw entry.wrong("key", "holds a NUL") }
      entries.append(DictEntry(key: key, value: try entry.bytes("value")))
    }
    return entries
  }

  private func attributes(_ key: LineKey) throws -> Attributes {
    let nested = try nestedContainer(keyedBy: LineKey.self, forKey: key)
    let layout: UInt8 = try nested.integer("layout")
    let mode: UInt32 = try nested.integer("mode")
    guard mode <= 0o7777 else { throw nested.wrong("mode", "\(mode) is not below 4096") }
    return Attributes(
      layout: try known(Attributes.Layout(rawValue: layout), "\(layout)", key),
      mode: mode, uid: try nested.integer("uid"), gid: try nested.integer("gid"),
      atime: try nested.time("atime"), mtime: try nested.time("mtime"))
  }

  /// RFC 3339 in UTC, or the numbers where a clock cannot show them.
  fileprivate func time(_ key: LineKey) throws -> JournalTime {
    if let text = try? decode(String.self, forKey: key) {
      guard let time = JournalTime(text: text) else {
        throw wrong(key, "\"\(text)\" is not a time as in 2001-02-03T04:05:06Z")
      }
      return time
    }
    let nested = try nestedContainer(keyedBy: LineKey.self, forKey: key)
    let seconds: Int64 = try nested.integer("seconds")
    return JournalTime(seconds: seconds, nanoseconds: try nested.integer("nanoseconds"))
  }

  /// The payload that the line carries, which must be as long as the request says.
  fileprivate func payload(of request: Request) throws -> Payload? {
    let expected = request.payloadByteCount
    if contains("payload") {
      let bytes = try base64("payload")
      guard request.fop == .writev, UInt64(bytes.count) == expected else {
        throw wrong("payload", "has \(bytes.count) bytes, and length says \(expected)")
      }
      return Payload(bytes)
    }
    guard contains("payload_file") else { return nil }
    let path = try decode(String.self, forKey: "payload_file")
    let source = PathSource(path)
    let count = try source.byteCount()
    guard request.fop == .writev, UInt64(count) == expected else {
      throw wrong("payload_file", "\(path) has \(count) bytes, and length says \(expected)")
    }
    return Payload(source: source, offset: 0, count: count)
  }
}
