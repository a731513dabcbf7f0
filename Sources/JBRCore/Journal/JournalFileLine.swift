import FoundationEssentials

/// The end of a journal file as a JSON line, so that a dump holds all that an import needs.
public struct JournalFileLine: Sendable, Equatable {
  public static let type = "journal_file"

  /// How the meta file ends.
  public enum Ending: String, Sendable { case closed, preallocated, torn }

  /// The journal as the user named it.
  public var journal: String?
  public var run: Int
  public var fileNumber: UInt64
  /// The meta file's name.
  public var file: String?
  /// Whether the files lie in the journal's own folder and not in one of their run.
  public var isBesideRuns: Bool
  public var ending: Ending
  /// The lengths of the files.
  public var metaByteCount: Int
  public var dataByteCount: Int

  /// Writes the line of a file that was read to its end.
  ///
  /// - Throws: what writing does.
  public static func write(
    _ end: JournalFileEnd, journal: String, to writer: inout LineWriter
  ) throws(Failure) {
    try writer.write(type) { line in
      line.field("journal", journal)
      line.field("run", end.pair.run)
      line.field("file_number", end.pair.fileNumber)
      line.field("file", baseName(end.pair.meta.path))
      let folders = end.pair.meta.path.dropFirst(journal.count).split(separator: "/").dropLast()
      if let folder = folders.first { line.field("folder", String(folder)) }
      switch end.end {
      case .closed: line.field("end", Ending.closed.rawValue)
      case .preallocated(let offset):
        line.field("end", Ending.preallocated.rawValue)
        line.field("end_offset", offset)
      case .torn(let offset):
        line.field("end", Ending.torn.rawValue)
        line.field("end_offset", offset)
      }
      line.field("records", end.recordCount)
      line.field("meta_bytes", end.metaByteCount)
      line.field("data_bytes", end.dataByteCount)
      line.field("payload_bytes", end.payloadByteCount)
    }
  }
}

/// A stretch of bytes that no record accounts for, as a JSON line: of a torn record, or of a
/// data file behind the payloads of a live journal.
public struct JournalTailLine: Sendable, Equatable {
  public static let type = "journal_tail"

  public var journal: String?
  public var run: Int
  public var fileNumber: UInt64
  public var part: JournalPart
  public var offset: Int
  public var content: [UInt8]

  /// Writes a line for each stretch that is not zero, block by block.
  ///
  /// - Parameters:
  ///   - end: the file whose tail is meant.
  ///   - part: the meta file behind its records, or the data file behind the payloads.
  ///   - journal: as the user named it.
  ///   - writer: where the lines go.
  /// - Throws: what reading and writing do.
  public static func write(
    _ end: JournalFileEnd, _ part: JournalPart, journal: String, to writer: inout LineWriter
  ) throws(Failure) {
    let source = try (part == .meta ? end.pair.meta : end.pair.data).opened()
    var offset = part == .data ? end.payloadByteCount : 0
    if part == .meta {
      guard case .torn(let start) = end.end else { return }
      offset = start
    }
    while let start = try source.nextData(from: offset) {
      let bytes = try source.read(at: max(start, offset), count: 1 << 16)
      if bytes.isEmpty { return }
      offset = max(start, offset) + bytes.count
      guard let first = bytes.firstIndex(where: { $0 != 0 }),
        let last = bytes.lastIndex(where: { $0 != 0 })
      else { continue }
      let position = offset - bytes.count + first
      try writer.write(type) { line in
        line.field("journal", journal)
        line.field("run", end.pair.run)
        line.field("file_number", end.pair.fileNumber)
        line.field("part", part.rawValue)
        line.field("file", baseName(source.path))
        line.field("file_offset", position)
        line.field("content", base64(bytes[first...last]))
      }
    }
  }
}

/// A line that belongs to a journal.
public enum JournalLine: Sendable {
  case request(RequestLine)
  case tail(JournalTailLine)
  case file(JournalFileLine)
  case event(EventLine)

  /// Decodes a line.
  ///
  /// - Returns: nil for a line of another type.
  /// - Throws: a `damaged` failure that names the line and the key.
  static func decode(
    _ line: ByteView, lineNumber: Int, path: String
  ) throws(Failure) -> JournalLine? {
    try JSONLine.decode(AnyJournalLine.self, line, lineNumber: lineNumber, path: path).line
  }
}

private struct AnyJournalLine: Decodable {
  var line: JournalLine?

  init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: LineKey.self)
    switch try keys.decode(String.self, forKey: "type") {
    case RequestLine.type: line = .request(try RequestLine(from: keys))
    case JournalFileLine.type: line = .file(try JournalFileLine(from: keys))
    case EventLine.type: line = .event(try EventLine(from: keys))
    case JournalTailLine.type: line = .tail(try JournalTailLine(from: keys))
    default: break
    }
  }
}

extension JournalFileLine {
  fileprivate init(from keys: LineContainer) throws {
    let end = try keys.decode(String.self, forKey: "end")
    self.init(
      journal: try keys.decodeIfPresent(String.self, forKey: "journal"),
      run: try keys.integer("run"), fileNumber: try keys.integer("file_number"),
      file: try keys.decodeIfPresent(String.self, forKey: "file"),
      isBesideRuns: !keys.contains("folder"),
      ending: try keys.known(Ending(rawValue: end), end, "end"),
      metaByteCount: try keys.integer("meta_bytes"), dataByteCount: try keys.integer("data_bytes"))
  }
}

extension JournalTailLine {
  fileprivate init(from keys: LineContainer) throws {
    let part = try keys.decode(String.self, forKey: "part")
    self.init(
      journal: try keys.decodeIfPresent(String.self, forKey: "journal"),
      run: try keys.integer("run"), fileNumber: try keys.integer("file_number"),
      part: try keys.known(JournalPart(rawValue: part), part, "part"),
      offset: try keys.integer("file_offset"), content: try keys.base64("content"))
    guard offset >= 0 else { throw keys.wrong("file_offset", "\(offset) is negative") }
  }
}
