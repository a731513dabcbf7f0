import Glibc

/// Where files are looked for and read: on this machine, or on another one.
public protocol FilePlace: Sendable {
  /// What a path names; nil if there is nothing.
  func kind(_ path: String) throws(Failure) -> PathKind?
  /// The names in a directory as text, sorted.
  func names(in directory: String) throws(Failure) -> [String]
  /// A file that is opened for each read.
  func source(_ path: String) -> any ByteSource
  /// A file's length, without opening it.
  func byteCountFromOutside(_ path: String) throws(Failure) -> Int
}

/// This machine.
public struct SystemFiles: FilePlace {
  public init() {}

  public func kind(_ path: String) throws(Failure) -> PathKind? { try pathKind(path) }

  public func names(in directory: String) throws(Failure) -> [String] {
    try directoryNames(directory)
  }

  public func source(_ path: String) -> any ByteSource { PathSource(path) }

  public func byteCountFromOutside(_ path: String) throws(Failure) -> Int {
    var status = stat()
    guard unsafe stat(systemPath(path), &status) == 0 else {
      throw .system("examine", path: path, .cannotOpen)
    }
    return Int(status.st_size)
  }
}

/// A file that is looked at from outside only: it may be asked whether it is there and how long it
/// is, and is never opened.
struct UnreadFile: ByteSource {
  let path: String
  private let place: any FilePlace

  init(_ path: String, in place: any FilePlace) {
    self.path = path
    self.place = place
  }

  func byteCount() throws(Failure) -> Int { try place.byteCountFromOutside(path) }

  func opened() throws(Failure) -> any ByteSource {
    _ = try byteCount()
    return self
  }

  /// What stands there is not known, so that nothing is said to.
  func nextData(from offset: Int) -> Int? { nil }

  func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    throw Failure(.ioError, "is not to be read", path: path)
  }
}

/// Which file it is, whatever its name may be by now.
public struct FileIdentity: Hashable, Sendable {
  public var device: UInt64
  public var inode: UInt64

  public init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }
}

extension File {
  func identity() throws(Failure) -> FileIdentity {
    let status = try status()
    return FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}
