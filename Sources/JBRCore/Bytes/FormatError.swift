/// What is wrong with some bytes, and where.
///
/// The part of the library that knows formats throws this; who opened the file adds its name
/// (`Failure`).
public struct FormatError: Error, Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    /// The bytes end before the field does.
    case truncated(needed: Int, available: Int)
    /// The first byte of a record is neither a known event nor zero.
    case unknownEvent(UInt8)
    /// The record's fop has no row in the table of fops.
    case unknownFop(UInt8)
    /// A number that no writer stores there.
    case illegal(value: UInt64, expected: String)
    /// No NUL within the bytes that are left.
    case unterminated
    /// The fields ended before the record's stated length, or behind it.
    case wrongLength(stated: Int, used: Int)
    /// A length larger than any writer makes.
    case tooLong(stated: Int, limit: Int)
    /// A name that cannot be one component of a path.
    case illegalName
    /// Bytes other than zero where the file is preallocated.
    case notZero
    case checksum(expected: UInt64, found: UInt64)
    /// An event that does not fit what came before it.
    case event(String)
    /// A record stands behind one whose length was never stored.
    case lostLength
  }
  public var reason: Reason
  /// The field's name as in `docs/fops.md`.
  public var field: String
  /// Where the field starts, in bytes from the start of the file.
  public var offset: Int

  public init(_ reason: Reason, _ field: String, at offset: Int) {
    self.reason = reason
    self.field = field
    self.offset = offset
  }
}

extension FormatError.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .truncated(let needed, let available):
      "needs \(needed) bytes, and \(available) are left"
    case .unknownEvent(let event): "\(event) is not a known event"
    case .unknownFop(let fop): "\(fop) is not a known fop"
    case .illegal(let value, let expected): "\(value) is not \(expected)"
    case .unterminated: "has no end"
    case .wrongLength(let stated, let used):
      "says \(stated) bytes, and the fields take \(used)"
    case .tooLong(let stated, let limit): "says \(stated) bytes, and the limit is \(limit)"
    case .illegalName: "is not a name of one component"
    case .notZero: "is not zero behind the end of the journal"
    case .event(let message): message
    case .checksum: "does not match"
    case .lostLength: "is 0, and records follow"
    }
  }
}
