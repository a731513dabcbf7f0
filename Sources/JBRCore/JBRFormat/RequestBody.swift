/// The body of a request's record. See docs/journal-format.md.
///
///     offset  size  field
///     0       16    client
///     16      16    digest
///     32      4     failed_count
///     36      4     arguments_length
///     40      4     data_file
///     44      4     reserved
///     48      8     data_offset
///     56      8     data_length
///     64      …     failed, then arguments
public struct RequestBody: Equatable, Sendable {
  static let fixedByteCount = 64

  /// The request's id at its client; null for none.
  public var client: UniqueID
  /// What the request says, payload included; the same on all replicas.
  public var digest: Digest
  /// Indices of the term that the leader has failed so far.
  public var failed: [ClosedRange<UInt64>]
  /// The number of the data file; 0 for an inline payload or none.
  public var dataFile: UInt32
  public var dataOffset: UInt64
  /// The payload's length, inline or not.
  public var dataLength: UInt64
  /// The fop's fields; `ArgumentsCodec` reads them.
  public var arguments: ByteView

  var byteCount: Int { Self.fixedByteCount + failed.count * 16 + arguments.count }

  public var encoded: [UInt8] {
    var bytes = client.bytes
    bytes.reserveCapacity(byteCount)
    bytes.append(digest: digest)
    bytes.append(integer: UInt32(failed.count))
    bytes.append(integer: UInt32(arguments.count))
    bytes.append(integer: dataFile)
    bytes.append(integer: UInt32(0))
    bytes.append(integer: dataOffset)
    bytes.append(integer: dataLength)
    for range in failed {
      bytes.append(integer: range.lowerBound)
      bytes.append(integer: range.upperBound)
    }
    bytes += arguments
    return bytes
  }

  /// Reads a body whose checksum was right.
  public init(from input: inout ByteCursor) throws(FormatError) {
    let start = input.offset
    client = try input.uniqueID("client")
    digest = try input.digest("digest")
    let failedCount = Int(try input.integer("failed_count", as: UInt32.self))
    let argumentsLength = Int(try input.integer("arguments_length", as: UInt32.self))
    dataFile = try input.integer("data_file")
    try input.reserved(4)
    dataOffset = try input.integer("data_offset")
    dataLength = try input.integer("data_length")
    guard failedCount <= input.remaining / 16 else {
      throw FormatError(
        .truncated(needed: failedCount * 16, available: input.remaining), "failed_count",
        at: start + 32)
    }
    failed = []
    for _ in 0..<failedCount {
      let place = input.offset
      let first = try input.integer("failed", as: UInt64.self)
      let last = try input.integer("failed", as: UInt64.self)
      guard first <= last else {
        throw FormatError(
          .illegal(value: last, expected: "at least \(first)"), "failed", at: place)
      }
      failed.append(first...last)
    }
    arguments = try input.take(argumentsLength, "arguments_length")
    try input.requireEnd("body_length")
  }

  public init(
    client: UniqueID = .null, digest: Digest, failed: [ClosedRange<UInt64>] = [],
    dataFile: UInt32 = 0, dataOffset: UInt64 = 0, dataLength: UInt64 = 0, arguments: ByteView
  ) {
    self.client = client
    self.digest = digest
    self.failed = failed
    self.dataFile = dataFile
    self.dataOffset = dataOffset
    self.dataLength = dataLength
    self.arguments = arguments
  }
}

extension ByteCursor {
  mutating func uniqueID(_ field: @autoclosure () -> String) throws(FormatError) -> UniqueID {
    UniqueID(try take(16, field()))
  }

  mutating func digest(_ field: @autoclosure () -> String) throws(FormatError) -> Digest {
    Digest(
      high: try integer(field(), as: UInt64.self), low: try integer(field(), as: UInt64.self))
  }

  /// Bytes that must be zero.
  mutating func reserved(_ count: Int) throws(FormatError) {
    let start = offset
    guard try take(count, "reserved").isZero else {
      throw FormatError(.illegal(value: 1, expected: "0"), "reserved", at: start)
    }
  }

  func requireEnd(_ field: @autoclosure () -> String) throws(FormatError) {
    guard remaining == 0 else {
      throw FormatError(.wrongLength(stated: remaining, used: 0), field(), at: offset)
    }
  }
}

extension [UInt8] {
  /// High half first, each little-endian.
  mutating func append(digest: Digest) {
    append(integer: digest.high)
    append(integer: digest.low)
  }
}
