/// Bytes that can be read at any offset: a file, or memory in tests and simulations.
///
/// What is read may grow or shrink meanwhile: a journal is preallocated, filled and truncated
/// by its writer while we look.
public protocol ByteSource: Sendable {
  /// The name for error messages.
  var path: String { get }
  /// The number of bytes there are now.
  func byteCount() throws(Failure) -> Int
  /// Reads at most `count` bytes; fewer only where the bytes end.
  func read(at offset: Int, count: Int) throws(Failure) -> [UInt8]
  /// Reads as `read(at:count:)` does, into a buffer that is used again and again.
  func read(at offset: Int, count: Int, into buffer: inout [UInt8]) throws(Failure)
  /// The first offset from `offset` on that may hold anything but zeros; nil if only a hole
  /// follows. Lets a reader pass over what is preallocated.
  func nextData(from offset: Int) throws(Failure) -> Int?
  /// Whether somebody else may write to it while we read.
  var mayChange: Bool { get }
  /// The same bytes, held open where that means something.
  func opened() throws(Failure) -> any ByteSource
  /// Whether the bytes are on another host, so that sums of them are had more cheaply than they.
  var isFar: Bool { get }
  /// The sums of a stretch, without its bytes where it is far away.
  func sums(of stretch: Stretch) throws(Failure) -> ContentSums
  /// Tells that these sums will be asked for, so that a far host can be asked for all at once.
  func expect(sumsOf stretch: Stretch)
  /// Tells that the file is compressed as a journal's data files are: the bytes that it was made
  /// of, where whoever holds the file can read it so; nil elsewhere.
  func decompressedThere() throws(Failure) -> (any ByteSource)?
}

/// Some bytes of a source, and how they are summed up.
public struct Stretch: Hashable, Sendable {
  public var offset: Int
  public var count: Int
  /// What stands before the bytes in the digest.
  public var prefix: [UInt8] = []
  /// The checksum's.
  public var seed: UInt64 = 0

  public init(at offset: Int, count: Int) {
    self.offset = offset
    self.count = count
  }
}

/// What some bytes add up to.
public struct ContentSums: Equatable, Sendable {
  public var digest: Digest
  /// XXH3-64 with a seed, of the bytes without the prefix.
  public var checksum: UInt64
  /// Less than was asked for only where the bytes end.
  public var byteCount: Int

  public init(digest: Digest, checksum: UInt64, byteCount: Int) {
    self.digest = digest
    self.checksum = checksum
    self.byteCount = byteCount
  }
}

extension ByteSource {
  public var mayChange: Bool { false }

  public func read(at offset: Int, count: Int, into buffer: inout [UInt8]) throws(Failure) {
    buffer = try read(at: offset, count: count)
  }

  public func opened() throws(Failure) -> any ByteSource { self }

  public var isFar: Bool { false }

  public func expect(sumsOf stretch: Stretch) {}

  public func decompressedThere() throws(Failure) -> (any ByteSource)? { nil }

  public func sums(of stretch: Stretch) throws(Failure) -> ContentSums {
    var digest = ContentHasher()
    var checksum = SeededHasher(seed: stretch.seed)
    digest.update(stretch.prefix)
    var done = 0
    var buffer: [UInt8] = []
    while done < stretch.count {
      let wanted = min(1 << 20, stretch.count - done)
      try read(at: stretch.offset + done, count: wanted, into: &buffer)
      digest.update(buffer)
      checksum.update(buffer[...])
      done += buffer.count
      if buffer.count < wanted { break }
    }
    return ContentSums(
      digest: digest.digest(), checksum: checksum.checksum(), byteCount: done)
  }

  public func nextData(from offset: Int) throws(Failure) -> Int? {
    try offset < byteCount() ? offset : nil
  }
}

/// The in-memory twin of a file.
public struct MemoryByteSource: ByteSource {
  public var path: String
  public var bytes: [UInt8]

  public init(_ bytes: [UInt8], path: String = "memory") {
    self.path = path
    self.bytes = bytes
  }

  public func byteCount() -> Int { bytes.count }

  public func read(at offset: Int, count: Int) -> [UInt8] {
    guard offset < bytes.count else { return [] }
    return [UInt8](bytes[offset..<min(bytes.count, offset + count)])
  }
}

/// Where output goes: a file descriptor, or memory in tests.
public protocol ByteSink {
  /// Writes all of the bytes.
  mutating func write(_ bytes: ByteView) throws(Failure)
}

/// The in-memory twin of an output; a class, so that who handed it out can read it.
public final class MemoryByteSink: ByteSink {
  public private(set) var bytes: [UInt8] = []
  public init() {}
  public func write(_ bytes: ByteView) { self.bytes += bytes }
}
