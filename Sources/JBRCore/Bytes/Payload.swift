/// Bytes to be written: a stretch of a journal's data file, or of another brick's file, read
/// only when it is needed.
public struct Payload: Sendable {
  public var source: any ByteSource
  public var offset: Int
  public var count: Int

  public init(source: any ByteSource, offset: Int, count: Int) {
    self.source = source
    self.offset = offset
    self.count = count
  }

  public init(_ bytes: [UInt8]) {
    self.init(source: MemoryByteSource(bytes), offset: 0, count: bytes.count)
  }

  /// A part of it.
  public func slice(from start: Int, count: Int) -> Payload {
    Payload(source: source, offset: offset + start, count: count)
  }

  /// All of the bytes; throws if the source ends before.
  public func read() throws(Failure) -> [UInt8] {
    let bytes = try source.read(at: offset, count: count)
    guard bytes.count == count else { throw shortage(left: bytes.count) }
    return bytes
  }

  /// The same, into a buffer that is used again and again.
  func read(into buffer: inout [UInt8]) throws(Failure) {
    try source.read(at: offset, count: count, into: &buffer)
    guard buffer.count == count else { throw shortage(left: buffer.count) }
  }

  /// The digest of the bytes behind a prefix, which are not moved where they are far away.
  func digest(behind prefix: [UInt8] = []) throws(Failure) -> Digest {
    let sums = try source.sums(of: stretch(behind: prefix))
    guard sums.byteCount == count else { throw shortage(left: sums.byteCount) }
    return sums.digest
  }

  /// Tells that the digest will be asked for.
  func expectDigest(behind prefix: [UInt8] = []) { source.expect(sumsOf: stretch(behind: prefix)) }

  private func stretch(behind prefix: [UInt8]) -> Stretch {
    var stretch = Stretch(at: offset, count: count)
    stretch.prefix = prefix
    return stretch
  }

  /// Why its source cannot have all of it.
  func shortage(left: Int) -> Failure {
    Failure(
      .damaged, "the payload needs \(count) bytes, and \(left) are left",
      path: source.path, at: .offset(offset))
  }
}
