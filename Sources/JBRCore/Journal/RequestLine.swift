/// A request as one JSON line: what `jbr-journal dump` prints, and what `jbr-journal import`,
/// `jbr-replay` and others take.
///
/// Keys are those of docs/json.md; the fop's own fields come from the table of fops. A line that
/// is decoded gives a request that is equal to the one that was written.
public struct RequestLine: Sendable {
  /// The value of the key `type`.
  public static let type = "request"

  public var id: RequestID
  public var request: Request
  /// nil where the fop has none, and where the line leaves it out.
  public var payload: Payload?
  /// Where the id comes from; nil in a line that was made by hand.
  public var idSource: IDSource?
  /// The journal as the user named it; nil in a line that was made by hand.
  public var journal: String?
  /// The writer's run, from 1.
  public var run: Int
  public var fileNumber: UInt64
  /// The meta file's name without its folder; nil in a line that was made by hand.
  public var file: String?
  /// Where the record starts in the meta file; nil in a line that was made by hand.
  public var fileOffset: Int?
  /// Which record of its file it is, from 1; nil in a line that was made by hand.
  public var ordinal: Int?
  /// What a jbr journal says beside the request; nil in a line of an fdl journal.
  public var details: JournaledDetails?
  /// Where the object stood before the request; nil where nobody asked.
  public var path: [UInt8]?

  public init(id: RequestID, request: Request, payload: Payload? = nil) {
    self.id = id
    self.request = request
    self.payload = payload
    run = 1
    fileNumber = 1
  }

  /// The line of a record that was read from a journal.
  public init(_ record: JournalRecord, journal: String, idSource: IDSource) {
    self.init(id: record.id, request: record.request, payload: record.payload)
    self.journal = journal
    self.idSource = idSource
    run = record.run
    fileNumber = record.fileNumber
    file = baseName(record.path)
    fileOffset = record.record.offset
    ordinal = record.ordinal
    details = record.details
  }
}

/// How a line carries a request's payload.
public enum PayloadForm: Equatable, Sendable {
  case omitted
  case base64
  /// In a file of its own, named here.
  case file(String)
}

/// The last component of a path.
func baseName(_ path: String) -> String {
  path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.utf8.index(after: $0)...]) }
    ?? path
}

extension LineBuilder {
  /// Adds all of a request's keys.
  /// - Throws: what reading the payload does.
  public mutating func fields(
    of line: RequestLine, payload form: PayloadForm = .omitted
  ) throws(Failure) {
    field("id", line.id.description)
    field("term", line.id.term.rawValue)
    field("index", line.id.index)
    if line.id.sub > 0 { field("sub", line.id.sub) }
    if let source = line.idSource { field("id_source", source.rawValue) }
    if let journal = line.journal { field("journal", journal) }
    field("run", line.run)
    field("file_number", line.fileNumber)
    if let file = line.file { field("file", file) }
    if let offset = line.fileOffset { field("file_offset", offset) }
    if let ordinal = line.ordinal { field("ordinal", ordinal) }
    if let details = line.details { fields(of: details) }
    if let path = line.path { field("path", bytes: path[...]) }
    fields(of: line.request)
    guard let payload = line.payload else { return }
    switch form {
    case .omitted: break
    case .base64: field("payload", JBRCore.base64(try payload.read()))
    case .file(let path): field("payload_file", path)
    }
  }

  private mutating func fields(of details: JournaledDetails) {
    field("sequence", details.sequence)
    field("time", JournalTime(sinceEpoch: details.time))
    if details.client != .null { field("client", details.client.description) }
    if !details.failed.isEmpty { field("failed", details.failed) }
    field("digest", details.digest.description)
    if let attempt = details.copiedBy { field("copied_by", attempt.rawValue) }
  }

  /// Ranges of indices, both ends included.
  mutating func field(_ key: String, _ ranges: [ClosedRange<UInt64>]) {
    array(key) { array in
      for range in ranges {
        array.element { object in
          object.field("first", range.lowerBound)
          object.field("last", range.upperBound)
        }
      }
    }
  }

  /// Adds the fop and its fields, each under the table's name.
  public mutating func fields(of request: Request) {
    field("fop", request.fop.name)
    for (index, entry) in request.fop.layout.enumerated() {
      field(entry.name.rawValue, request.values[index])
    }
  }

  private mutating func field(_ key: String, _ value: FieldValue) {
    switch value {
    case .loc(let loc): field(key, loc)
    case .gfid(let gfid): field(key, gfid)
    case .u32(let value): field(key, value)
    case .i32(let value): field(key, value)
    case .u64(let value): field(key, value)
    case .i64(let value): field(key, value)
    case .string(let bytes): if let bytes { field(key, bytes: bytes) }
    case .dict(let entries): field(key, entries)
    case .attributes(let attributes): field(key, attributes)
    }
  }

  private mutating func field(_ key: String, _ loc: Loc) {
    object(key) { object in
      object.field("gfid", loc.gfid)
      if loc.parent != .null { object.field("parent", loc.parent) }
      if let name = loc.name { object.field("name", bytes: name) }
    }
  }

  mutating func field(_ key: String, _ entries: [DictEntry]) {
    array(key) { array in
      for entry in entries {
        array.element { object in
          object.field("key", bytes: entry.key)
          object.field("value", bytes: entry.value)
        }
      }
    }
  }

  private mutating func field(_ key: String, _ attributes: Attributes) {
    object(key) { object in
      object.field("layout", attributes.layout.rawValue)
      object.field("mode", attributes.mode)
      object.field("uid", attributes.uid)
      object.field("gid", attributes.gid)
      object.field("atime", attributes.atime)
      object.field("mtime", attributes.mtime)
    }
  }

  public mutating func field(_ key: String, _ time: JournalTime) {
    if let text = time.text { return field(key, text) }
    object(key) { object in
      object.field("seconds", time.seconds)
      object.field("nanoseconds", time.nanoseconds)
    }
  }
}
