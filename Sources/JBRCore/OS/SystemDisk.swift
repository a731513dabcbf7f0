import CLinux
import Glibc

/// The disk that Linux gives us.
public final class SystemDisk: Disk {
  /// What stands before each call in tests.
  private let faults: (any CallFaults)?

  public init() { faults = nil }

  init(faults: any CallFaults) { self.faults = faults }

  public func names(in directory: String) throws(Failure) -> [String] {
    try directoryNames(directory)
  }

  public func exists(_ path: String) throws(Failure) -> Bool { try pathKind(path) != nil }

  public func makeDirectory(_ path: String) throws(Failure) {
    guard retrying("mkdir", faults, { unsafe mkdir(systemPath(path), 0o777) }) == 0 else {
      throw .system("create", path: path, .cannotCreate)
    }
  }

  public func create(_ path: String) throws(Failure) -> any DiskFile {
    SystemFile(try File(path, O_RDWR | O_CREAT | O_EXCL, failing: .cannotCreate, faults: faults))
  }

  public func open(_ path: String) throws(Failure) -> any DiskFile {
    SystemFile(try File(path, O_RDWR | O_NOFOLLOW, faults: faults))
  }

  public func openForReading(_ path: String) throws(Failure) -> any ByteSource {
    try File.regular(path, faults: faults)
  }

  public func rename(_ path: String, to new: String) throws(Failure) {
    guard retrying("rename", faults, { unsafe Glibc.rename(path, new) }) == 0 else {
      throw .system("rename", path: path, .ioError)
    }
  }

  public func remove(_ path: String) throws(Failure) {
    guard retrying("unlink", faults, { unsafe unlink(systemPath(path)) }) == 0 else {
      throw .system("remove", path: path, .ioError)
    }
  }

  public func synchronizeDirectory(_ path: String) throws(Failure) {
    try File(path, O_RDONLY | O_DIRECTORY, faults: faults).synchronize()
  }

  public func freeByteCount(_ path: String) throws(Failure) -> Int {
    var status = statvfs()
    guard retrying("statvfs", faults, { unsafe statvfs(systemPath(path), &status) }) == 0 else {
      throw .system("examine", path: path, .ioError)
    }
    let (count, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
      by: Int(clamping: status.f_frsize))
    return overflow ? .max : count
  }

  public func lock(_ path: String) throws(Failure) -> any AnyObject & Sendable {
    let file = try File(path, O_RDWR | O_CREAT, failing: .cannotCreate, faults: faults)
    guard file.making("flock", { flock(file.descriptor, LOCK_EX | LOCK_NB) }) == 0 else {
      guard errno == EWOULDBLOCK else { throw .system("lock", path: path, .ioError) }
      throw Failure(
        .tryAgain, "another writer holds the journal", path: path, errno: errno)
    }
    return file
  }

  public func time() -> Int64 {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }

  public func randomBytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }
}

/// An open file of the system's.
final class SystemFile: DiskFile {
  private let file: File

  init(_ file: File) { self.file = file }

  var path: String { file.path }
  var mayChange: Bool { true }
  func byteCount() throws(Failure) -> Int { try file.byteCount() }
  func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    try file.read(at: offset, count: count)
  }
  func read(at offset: Int, count: Int, into buffer: inout [UInt8]) throws(Failure) {
    try file.read(at: offset, count: count, into: &buffer)
  }
  func nextData(from offset: Int) throws(Failure) -> Int? { try file.nextData(from: offset) }
  func write(_ bytes: ByteView, at offset: Int) throws(Failure) {
    try file.write(bytes, at: offset)
  }
  func truncate(to count: Int) throws(Failure) { try file.truncate(to: count) }

  func allocate(to count: Int) throws(Failure) {
    let old = try file.byteCount()
    guard count > old else { return }
    let done = file.making("fallocate") {
      fallocate(file.descriptor, 0, off_t(old), off_t(count - old))
    }
    if done == 0 { return }
    // A file system that cannot reserve space can still grow the file.
    guard errno == EOPNOTSUPP else { throw .system("allocate", path: path, .ioError) }
    try file.truncate(to: count)
  }

  func synchronize() throws(Failure) {
    guard file.making("fdatasync", { fdatasync(file.descriptor) }) == 0 else {
      throw .system("flush", path: path, .ioError)
    }
  }
}
