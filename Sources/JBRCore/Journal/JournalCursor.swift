/// A place behind a request of a journal, from which reading can go on another day.
///
/// Its text is opaque to users: the format, the file's number or the term, the run, where the
/// record begins, and a checksum, by which a journal is known that is not the one of which the
/// cursor was taken. "Behind" is meant in the journal's order: what a reconciliation copies later
/// into an earlier term stands before the cursor.
public struct JournalCursor: Equatable, Sendable, CustomStringConvertible {
  private let fileNumber: UInt64
  private let run: Int
  private let offset: Int
  private let check: UInt64
  private let isJBR: Bool

  /// The cursor behind a record.
  public init(_ record: JournalRecord) {
    fileNumber = record.fileNumber
    run = record.run
    offset = record.record.offset
    // Of a jbr journal it is salted; an fdl journal has nothing of its own but its files' names.
    check =
      record.checksum
      ?? xxh3(record.request.encoded, seed: xxh3([UInt8](baseName(record.path).utf8), seed: 0))
    isJBR = record.details != nil
  }

  public var description: String {
    "\(isJBR ? "j" : "f")-\(fileNumber)-\(run)-\(offset)-\(check.hexadecimal)"
  }

  /// Parses what `description` writes.
  ///
  /// - Throws: a `usage` failure that names the option.
  public init(_ text: String, option: String) throws(Failure) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0] == "j" || parts[0] == "f", let file = UInt64(parts[1]),
      let run = Int(parts[2]), let offset = Int(parts[3]), parts[4].utf8.count == 16,
      let check = UInt64(parts[4], radix: 16)
    else {
      throw Failure(.usage, "\"\(text)\" is no cursor that dump --cursor printed", field: option)
    }
    (fileNumber, self.run, self.offset, self.check) = (file, run, offset, check)
    isJBR = parts[0] == "j"
    guard description == text else {
      throw Failure(.usage, "\"\(text)\" is no cursor that dump --cursor printed", field: option)
    }
  }

  /// Whether this place is behind another one of the same journal.
  public func isBehind(_ other: JournalCursor) -> Bool {
    (run, fileNumber, offset) > (other.run, other.fileNumber, other.offset)
  }

  /// Whether a record is the one that the cursor stands behind.
  ///
  /// - Throws: `tryAgain` for a record at or behind the place that is another one: the journal was
  ///   pruned, made anew, or is not the one that the cursor is of.
  public func isBehind(_ record: JournalRecord) throws(Failure) -> Bool {
    let here = (record.run, record.fileNumber, record.record.offset)
    if here < (run, fileNumber, offset) { return false }
    guard here == (run, fileNumber, offset), isJBR == (record.details != nil),
      JournalCursor(record) == self
    else { throw gone(record.path) }
    return true
  }

  /// That the record of the cursor is not in the journal.
  public func gone(_ path: String) -> Failure {
    Failure(
      .tryAgain, "the request of cursor \(self) is not there any more", path: path,
      field: "--after-cursor")
  }
}
