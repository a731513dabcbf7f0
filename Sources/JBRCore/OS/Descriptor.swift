import CLinux
import Glibc

/// An open directory or file without a path, closed with its last reference.
///
/// Names are single components, relative to the directory; no call follows a symlink.
final class Descriptor: Sendable {
  let number: CInt
  /// What stands before each call in tests; whatever is opened from here has it too.
  let faults: (any CallFaults)?

  init(number: CInt, faults: (any CallFaults)? = nil) {
    self.number = number
    self.faults = faults
  }

  deinit { _ = close(number) }

  /// Looking leaves no trace, since an access time can be something that a request has set.
  private static let untraced = CInt(LINUX_O_NOATIME)
  /// Flags to open a directory, and never what a symlink leads to.
  static let directory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | untraced
  /// Flags to open a file without waiting for a fifo's other end.
  static let reading = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | untraced
  static let writing = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | untraced

  /// Opens a path of the user's, whose symlinks are followed.
  convenience init(
    directory path: String, faults: (any CallFaults)? = nil
  ) throws(SystemError) {
    let number = retrying {
      unsafe Glibc.open(systemPath(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    guard number >= 0 else { throw .last("open") }
    self.init(number: number, faults: faults)
  }

  /// Makes a directory at a path of the user's, if there is nothing.
  static func ensureDirectory(_ path: String) throws(SystemError) {
    guard unsafe mkdir(systemPath(path), 0o755) == 0 || errno == EEXIST else {
      throw .last("mkdir")
    }
  }

  func open(
    _ name: some Collection<UInt8>, _ flags: CInt, mode: mode_t = 0
  ) throws(SystemError) -> Descriptor {
    let opened = unsafe withName(name) { name in
      making("open") { unsafe openat(number, name, flags | O_CLOEXEC, mode) }
    }
    guard opened >= 0 else { throw .last("open") }
    return Descriptor(number: opened, faults: faults)
  }

  /// Makes a file without a name in the directory, to be given names with `link(to:as:)`; nil
  /// where the file system has no such files.
  func makeNameless(mode: UInt32) throws(SystemError) -> Descriptor? {
    let flags = CInt(LINUX_O_TMPFILE) | O_RDWR | O_CLOEXEC | Self.untraced
    let opened = making("mknod") { unsafe openat(number, ".", flags, mode_t(mode)) }
    if opened >= 0 { return Descriptor(number: opened, faults: faults) }
    // Linux before 3.11 takes it for an attempt to open a directory for writing.
    guard errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL else { throw .last("mknod") }
    return nil
  }

  /// Gives the open file itself a name.
  func link(to directory: Descriptor, as new: some Collection<UInt8>) throws(SystemError) {
    try checked("link") {
      unsafe withName(new) { new in
        unsafe linkat(number, "", directory.number, new, CInt(LINUX_AT_EMPTY_PATH))
      }
    }
  }

  /// Metadata of what stands at a name; nil if the name is free.
  func status(_ name: some Collection<UInt8>) throws(SystemError) -> stat? {
    var result = stat()
    let done = unsafe withName(name) { name in
      making("stat") { unsafe fstatat(number, name, &result, AT_SYMLINK_NOFOLLOW) }
    }
    if done == 0 { return result }
    guard errno == ENOENT else { throw .last("stat") }
    return nil
  }

  /// Metadata of the descriptor itself.
  func status() throws(SystemError) -> stat {
    var result = stat()
    guard making("stat", { unsafe fstat(number, &result) }) == 0 else { throw .last("stat") }
    return result
  }

  func makeDirectory(_ name: some Collection<UInt8>, mode: UInt32) throws(SystemError) {
    try checked("mkdir") { unsafe withName(name) { unsafe mkdirat(number, $0, mode) } }
  }

  /// The mode has the type in it, as mknod(2) wants it.
  func makeNode(
    _ name: some Collection<UInt8>, mode: UInt32, device: UInt64 = 0
  ) throws(SystemError) {
    try checked("mknod") {
      unsafe withName(name) { unsafe mknodat(number, $0, mode, dev_t(device)) }
    }
  }

  func makeSymlink(
    _ name: some Collection<UInt8>, to target: some Collection<UInt8>
  ) throws(SystemError) {
    try checked("symlink") {
      unsafe withName(name) { name in
        unsafe withName(target) { target in unsafe symlinkat(target, number, name) }
      }
    }
  }

  /// The target of a symlink.
  func readLink(_ name: some Collection<UInt8>) throws(SystemError) -> [UInt8] {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe withName(name) { name in
      making("readlink") { unsafe readlinkat(number, name, &target, target.count) }
    }
    guard count >= 0 else { throw .last("readlink") }
    return target[..<count].map { UInt8(bitPattern: $0) }
  }

  func link(
    _ name: some Collection<UInt8>, to directory: Descriptor, as new: some Collection<UInt8>
  ) throws(SystemError) {
    try checked("link") {
      unsafe withName(name) { name in
        unsafe withName(new) { new in unsafe linkat(number, name, directory.number, new, 0) }
      }
    }
  }

  /// Where `replacing`, what stands at the new name gives way.
  func rename(
    _ name: some Collection<UInt8>, to directory: Descriptor, as new: some Collection<UInt8>,
    replacing: Bool
  ) throws(SystemError) {
    let flags = CUnsignedInt(replacing ? 0 : LINUX_RENAME_NOREPLACE)
    try checked("rename") {
      unsafe withName(name) { name in
        unsafe withName(new) { new in unsafe renameat2(number, name, directory.number, new, flags) }
      }
    }
  }

  func unlink(_ name: some Collection<UInt8>) throws(SystemError) {
    try checked("unlink") { unsafe withName(name) { unsafe unlinkat(number, $0, 0) } }
  }

  func removeDirectory(_ name: some Collection<UInt8>) throws(SystemError) {
    try checked("rmdir") { unsafe withName(name) { unsafe unlinkat(number, $0, AT_REMOVEDIR) } }
  }

  /// Flushes the whole file system on which this lies.
  func synchronizeFileSystem() throws(SystemError) {
    try checked("syncfs") { syncfs(number) }
  }

  /// Flushes this file or directory.
  func synchronize() throws(SystemError) {
    try checked("fsync") { fsync(number) }
  }

  /// Locks against other processes that do so, until it is closed.
  /// The answer is false if another holds the lock.
  func lock() throws(SystemError) -> Bool {
    if making("flock", { flock(number, LOCK_EX | LOCK_NB) }) == 0 { return true }
    guard errno == EWOULDBLOCK else { throw .last("flock") }
    return false
  }

  /// The names in the directory, unsorted, without `.` and `..`.
  func names() throws(SystemError) -> [[UInt8]] {
    // A descriptor of its own, since readdir moves the place at which one reads.
    let own = making("open") { unsafe openat(number, ".", Self.directory | O_CLOEXEC) }
    guard own >= 0 else { throw .last("open") }
    guard let stream = unsafe fdopendir(own) else {
      _ = close(own)
      throw .last("opendir")
    }
    defer { unsafe closedir(stream) }
    var names: [[UInt8]] = []
    guard making("readdir", { 0 }) == 0 else { throw .last("readdir") }
    errno = 0
    while let entry = unsafe readdir(stream) {
      // Safe: d_name lies within the entry that readdir returned, and ends with a NUL.
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
        unsafe [UInt8]($0.prefix { $0 != 0 })
      }
      if name != [UInt8(ascii: ".")] && name != [UInt8(ascii: "."), UInt8(ascii: ".")] {
        names.append(name)
      }
      errno = 0
    }
    guard errno == 0 else { throw .last("readdir") }
    return names
  }

  func checked(_ call: String, _ body: () -> CInt) throws(SystemError) {
    guard making(call, body) == 0 else { throw .last(call) }
  }

  /// Makes a call, and again if a signal came between.
  func making<Result: FixedWidthInteger>(_ name: String, _ call: () -> Result) -> Result {
    retrying(name, faults, call)
  }
}

/// Stands between a brick or a file and the system, so that tests can have any call fail.
protocol CallFaults: AnyObject, Sendable {
  /// The error with which the next call fails without being made; nil lets it through.
  func failure(of call: String) -> Int32?
  /// How many of so many bytes the next write takes, at least one.
  func countTaken(of count: Int) -> Int
}

/// Calls with a name as C wants it.
func withName<Result>(
  _ name: some Collection<UInt8>, _ body: (UnsafePointer<CChar>) -> Result
) -> Result {
  let count = name.count
  // A component of a path fits on the stack.
  return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { buffer in
    var used = 0
    // Safe: a collection gives as many elements as it counts.
    for byte in name {
      unsafe buffer[used] = CChar(bitPattern: byte)
      used += 1
    }
    unsafe buffer[used] = 0
    guard let start = buffer.baseAddress else {
      preconditionFailure("a name and its end take more than no bytes")
    }
    return unsafe body(UnsafePointer(start))
  }
}
