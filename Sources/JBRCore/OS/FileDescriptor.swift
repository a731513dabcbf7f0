public import Glibc

/// An open file, closed with its last reference.
///
/// Every call that a signal interrupts is made again, and every error carries the path.
public final class File: Sendable {
  public let descriptor: CInt
  public let path: String
  /// What stands before each call in tests.
  private let faults: (any CallFaults)?

  init(descriptor: CInt, path: String, faults: (any CallFaults)? = nil) {
    self.descriptor = descriptor
    self.path = path
    self.faults = faults
  }

  deinit { _ = close(descriptor) }

  /// Opens a path; `failing` is the status of an error: `cannotCreate` where the file is written.
  public convenience init(
    _ path: String, _ flags: CInt = O_RDONLY, mode: mode_t = 0o666,
    failing: ExitStatus = .cannotOpen
  ) throws(Failure) {
    try self.init(path, flags, mode: mode, failing: failing, faults: nil)
  }

  convenience init(
    _ path: String, _ flags: CInt = O_RDONLY, mode: mode_t = 0o666,
    failing: ExitStatus = .cannotOpen, faults: (any CallFaults)?
  ) throws(Failure) {
    let descriptor = retrying("open", faults) {
      unsafe open(systemPath(path), flags | O_CLOEXEC, mode)
    }
    guard descriptor >= 0 else { throw .system("open", path: path, failing) }
    self.init(descriptor: descriptor, path: path, faults: faults)
  }

  /// Makes a call, and again if a signal came between.
  func making<Result: FixedWidthInteger>(_ name: String, _ call: () -> Result) -> Result {
    retrying(name, faults, call)
  }

  /// The file's metadata.
  public func status() throws(Failure) -> stat {
    var result = stat()
    guard making("fstat", { unsafe fstat(descriptor, &result) }) == 0 else {
      throw .system("examine", path: path, .ioError)
    }
    return result
  }

  /// Makes what was written durable.
  public func synchronize() throws(Failure) {
    guard making("fsync", { fsync(descriptor) }) == 0 else {
      throw .system("flush", path: path, .ioError)
    }
  }

  /// Sets the length.
  public func truncate(to count: Int) throws(Failure) {
    guard making("ftruncate", { ftruncate(descriptor, count) }) == 0 else {
      throw .system("truncate", path: path, .ioError)
    }
  }

  /// Writes all of the bytes at an offset.
  public func write(_ bytes: ByteView, at offset: Int) throws(Failure) {
    unsafe try writeAll(bytes) { unsafe pwrite(descriptor, $0, $1, off_t(offset + $2)) }
  }

  /// Writes all of the bytes where the file stands.
  public func write(_ bytes: ByteView) throws(Failure) {
    unsafe try writeAll(bytes) { pointer, count, _ in unsafe Glibc.write(descriptor, pointer, count)
    }
  }

  private func writeAll(
    _ bytes: ByteView, _ call: (UnsafeRawPointer, Int, Int) -> Int
  ) throws(Failure) {
    var done = 0
    while done < bytes.count {
      let written = unsafe bytes.withUnsafeBytes { buffer in
        guard let start = buffer.baseAddress else { return 0 }
        let left = buffer.count - done
        let count = faults?.countTaken(of: left) ?? left
        // Safe: done is below the count, so the rest lies inside the buffer.
        return making("write") { unsafe call(start + done, count, done) }
      }
      guard written > 0 else { throw .system("write", path: path, .ioError) }
      done += written
    }
  }
}

extension File: ByteSource {
  public var mayChange: Bool { true }

  public func byteCount() throws(Failure) -> Int { Int(try status().st_size) }

  public func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    var failed = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, used in
      while used < count, let start = buffer.baseAddress {
        // Safe: used is below count, which is the buffer's capacity.
        let got = making("pread") {
          unsafe pread(descriptor, start + used, count - used, off_t(offset + used))
        }
        if got < 0 { failed = true }
        if got <= 0 { return }
        used += got
      }
    }
    if failed { throw .system("read", path: path, .ioError) }
    return bytes
  }
}

extension File {
  public func read(at offset: Int, count: Int, into buffer: inout [UInt8]) throws(Failure) {
    if buffer.count != count {
      buffer.removeAll(keepingCapacity: true)
      buffer.append(contentsOf: repeatElement(0, count: count))
    }
    var done = 0
    var failed = false
    unsafe buffer.withUnsafeMutableBytes { space in
      while done < count, let start = space.baseAddress {
        // Safe: done is below count, which is the buffer's.
        let got = making("pread") {
          unsafe pread(descriptor, start + done, count - done, off_t(offset + done))
        }
        if got < 0 { failed = true }
        if got <= 0 { return }
        done += got
      }
    }
    if failed { throw .system("read", path: path, .ioError) }
    if done < count { buffer.removeLast(count - done) }
  }

  /// Opens a regular file for reading; anything else is an error, and a FIFO does not block.
  public static func regular(_ path: String) throws(Failure) -> File {
    try regular(path, faults: nil)
  }

  static func regular(_ path: String, faults: (any CallFaults)?) throws(Failure) -> File {
    let file = try File(path, O_RDONLY | O_NONBLOCK, faults: faults)
    switch try file.status().st_mode & S_IFMT {
    case S_IFREG: return file
    case S_IFDIR: throw Failure(.cannotOpen, "is a directory", path: path)
    default: throw Failure(.cannotOpen, "is not a regular file", path: path)
    }
  }

  /// Opens a file for writing behind its end; makes it if it is missing.
  public static func appending(_ path: String) throws(Failure) -> File {
    try File(path, O_WRONLY | O_APPEND | O_CREAT, failing: .cannotCreate)
  }

  public func nextData(from offset: Int) throws(Failure) -> Int? {
    // SEEK_DATA, which glibc's headers show to GNU sources only.
    let found = making("lseek") { lseek(descriptor, off_t(offset), 3) }
    if found >= 0 { return Int(found) }
    if errno == ENXIO { return nil }
    // A file system without SEEK_DATA: everything may be data.
    return try offset < byteCount() ? offset : nil
  }
}

/// A file that is opened for each read, so that any number of them can be referred to.
public struct PathSource: ByteSource {
  public var path: String
  public init(_ path: String) { self.path = path }

  public func byteCount() throws(Failure) -> Int { try File.regular(path).byteCount() }

  public func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    try File.regular(path).read(at: offset, count: count)
  }

  public func opened() throws(Failure) -> any ByteSource { try File.regular(path) }
}

/// Waits, for a writer that is in the middle of something.
func pause(milliseconds: UInt32) { _ = usleep(milliseconds * 1000) }

/// Makes a call, which `faults` may have fail, and again if a signal came between.
func retrying<Result: FixedWidthInteger>(
  _ name: String, _ faults: (any CallFaults)?, _ call: () -> Result
) -> Result {
  retrying {
    if let number = faults?.failure(of: name) {
      errno = number
      return -1
    }
    return call()
  }
}

/// Makes a call again as long as a signal interrupts it.
func retrying<Result: FixedWidthInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result == -1 && errno == EINTR { continue }
    return result
  }
}

extension Failure {
  /// What `errno` says of a call that just failed.
  static func system(_ verb: String, path: String, _ status: ExitStatus) -> Failure {
    let number = Glibc.errno
    return Failure(
      status, "cannot \(verb): \(errorText(number))", path: path, errno: number)
  }
}

/// The C library's text for an error number.
public func errorText(_ number: CInt) -> String {
  guard let text = unsafe strerror(number) else { return "error \(number)" }
  return unsafe String(cString: text)
}
