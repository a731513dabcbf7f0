/// What one must know to go on behind a record.
public struct LogPoint: Equatable, Sendable {
  /// Where the next record begins, and which one that is.
  public var offset: Int
  public var sequence: UInt64
  /// The checksum of the record before, which the next one names.
  public var previous: UInt64
}

/// A place in a log where a record begins or may begin, and what that record must say.
struct LogPlace: Equatable, Sendable {
  var offset: Int
  /// nil behind damage that lost count.
  var sequence: UInt64?
  /// nil behind damage.
  var previous: UInt64?
}
