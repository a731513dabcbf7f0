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
}

extension ByteSource {
  public var mayChange: Bool { false }

  public func read(at offset: Int, count: Int, into buffer: inout [UInt8]) throws(Failure) {
    buffer = try read(at: offset, count: count)
  }

  public func opened() throws(Failure) -> any ByteSource { self }

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
