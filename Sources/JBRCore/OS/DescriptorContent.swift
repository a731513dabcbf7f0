import CLinux
import Glibc

/// Attributes and xattrs of what stands at a name. `.` is the directory itself.
extension Descriptor {
  func setMode(_ name: some Collection<UInt8>, _ mode: UInt32) throws(SystemError) {
    try checked("chmod") {
      unsafe withName(name) { unsafe fchmodat(number, $0, mode, AT_SYMLINK_NOFOLLOW) }
    }
  }

  /// nil leaves it.
  func setOwner(
    _ name: some Collection<UInt8>, uid: UInt32?, gid: UInt32?
  ) throws(SystemError) {
    try checked("chown") {
      unsafe withName(name) {
        unsafe fchownat(number, $0, uid ?? .max, gid ?? .max, AT_SYMLINK_NOFOLLOW)
      }
    }
  }

  /// nil leaves it.
  func setTimes(
    _ name: some Collection<UInt8>, atime: timespec?, mtime: timespec?
  ) throws(SystemError) {
    let times = Self.times(atime, mtime)
    try checked("utimensat") {
      unsafe withName(name) { unsafe utimensat(number, $0, times, AT_SYMLINK_NOFOLLOW) }
    }
  }

  /// Times as the calls want them; nil leaves one.
  static func times(_ atime: timespec?, _ mtime: timespec?) -> [timespec] {
    let omit = timespec(tv_sec: 0, tv_nsec: Int(LINUX_UTIME_OMIT))
    return [atime ?? omit, mtime ?? omit]
  }

  /// The path under which the l*xattr calls, which know no descriptors, find a name.
  ///
  /// The link in /proc stands for the open directory itself, so that no other directory that
  /// takes its place meanwhile is met.
  private func path(_ name: some Collection<UInt8>) -> [UInt8] {
    [UInt8]("/proc/self/fd/\(number)/".utf8) + name
  }

  /// nil if there is no such xattr, or no such name.
  func xattr(
    _ name: some Collection<UInt8>, _ key: some Collection<UInt8>
  ) throws(SystemError) -> [UInt8]? {
    let path = path(name)
    return unsafe try Self.xattrValue { space in
      unsafe withName(path) { path in
        unsafe withName(key) { key in
          making("getxattr") { unsafe lgetxattr(path, key, space.baseAddress, space.count) }
        }
      }
    }
  }

  /// What a getxattr call fills a space with, which grows to the system's limit; nil for nothing.
  static func xattrValue(
    _ call: (UnsafeMutableRawBufferPointer) -> Int
  ) throws(SystemError) -> [UInt8]? {
    for spaceCount in [256, 1 << 16] {
      var count = 0
      let value = unsafe withUnsafeTemporaryAllocation(byteCount: spaceCount, alignment: 1) {
        space in
        unsafe count = call(space)
        // Safe: the call fills no more than the space.
        return unsafe [UInt8](space.prefix(max(count, 0)))
      }
      if count >= 0 { return value }
      if errno == ERANGE, spaceCount < 1 << 16 { continue }
      guard errno == ENODATA || errno == ENOENT else { break }
      return nil
    }
    throw .last("getxattr")
  }

  func setXattr(
    _ name: some Collection<UInt8>, _ key: some Collection<UInt8>, _ value: some Collection<UInt8>,
    _ mode: XattrFlag = .either
  ) throws(SystemError) {
    let bytes = [UInt8](value)
    try checked("setxattr") {
      unsafe withName(path(name)) { path in
        unsafe withName(key) { key in unsafe lsetxattr(path, key, bytes, bytes.count, mode.rawValue)
        }
      }
    }
  }

  func removeXattr(
    _ name: some Collection<UInt8>, _ key: some Collection<UInt8>
  ) throws(SystemError) {
    try checked("removexattr") {
      unsafe withName(path(name)) { path in
        unsafe withName(key) { key in unsafe lremovexattr(path, key) }
      }
    }
  }

  /// The keys of all xattrs, unsorted.
  func xattrKeys(_ name: some Collection<UInt8>) throws(SystemError) -> [[UInt8]] {
    let path = path(name)
    return unsafe try Self.xattrList { space in
      unsafe withName(path) { path in
        making("listxattr") { unsafe llistxattr(path, space.baseAddress, space.count) }
      }
    }
  }

  /// The keys that a listxattr call fills a space of the system's limit with.
  static func xattrList(
    _ call: (UnsafeMutableBufferPointer<CChar>) -> Int
  ) throws(SystemError) -> [[UInt8]] {
    var list = [CChar](repeating: 0, count: 1 << 16)
    let count = unsafe list.withUnsafeMutableBufferPointer { unsafe call($0) }
    guard count >= 0 else { throw .last("listxattr") }
    return list[..<count].split(separator: 0).map { key in key.map { UInt8(bitPattern: $0) } }
  }
}

/// How a setxattr treats a key that is there, or is not; as in setxattr(2).
enum XattrFlag: CInt {
  case either = 0
  case create = 1
  case replace = 2
}

/// The content of an open file.
extension Descriptor {
  /// Fewer bytes only at the file's end.
  func read(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    var failed = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, used in
      while used < count, let start = buffer.baseAddress {
        // Safe: used is below count, which is the buffer's capacity.
        let got = making("pread") {
          unsafe pread(number, start + used, count - used, off_t(offset + used))
        }
        if got < 0 { failed = true }
        if got <= 0 { return }
        used += got
      }
    }
    if failed { throw .last("pread") }
    return bytes
  }

  /// The first offset from `offset` on that is not in a hole; nil behind the last.
  func nextData(from offset: Int64) throws(SystemError) -> Int64? {
    let found = making("lseek") { lseek(number, off_t(offset), CInt(LINUX_SEEK_DATA)) }
    if found >= 0 { return Int64(found) }
    guard errno == ENXIO else { throw .last("lseek") }
    return nil
  }

  /// Writes all of the bytes.
  func write(_ bytes: ByteView, at offset: Int) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let written = unsafe bytes.withUnsafeBytes { buffer in
        guard let start = buffer.baseAddress else { return 0 }
        let left = buffer.count - done
        let count = faults?.countTaken(of: left) ?? left
        // Safe: done is below the count, so the rest lies inside the buffer.
        return making("pwrite") { unsafe pwrite(number, start + done, count, off_t(offset + done)) }
      }
      guard written > 0 else { throw .last("pwrite") }
      done += written
    }
  }

  func truncate(to size: Int64) throws(SystemError) {
    try checked("ftruncate") { ftruncate(number, off_t(size)) }
  }

  /// fallocate(2) with its modes' numbers.
  func allocate(_ mode: AllocationMode, from offset: Int64, count: Int64) throws(SystemError) {
    try checked("fallocate") { fallocate(number, mode.rawValue, off_t(offset), off_t(count)) }
  }
}

/// What fallocate(2) does to a range.
enum AllocationMode: CInt {
  /// Space, and a size that grows to the range's end.
  case allocate = 0
  /// A hole; the size stays.
  case punch = 3
  /// Zeros; the size grows to the range's end.
  case zero = 16
}

/// An extended attribute of what a path names, a symlink itself; nil if there is none.
func pathXattr(_ path: String, _ key: String) throws(SystemError) -> [UInt8]? {
  unsafe try Descriptor.xattrValue { space in
    retrying { unsafe lgetxattr(systemPath(path), key, space.baseAddress, space.count) }
  }
}

/// Whether this process may read and set `trusted.*` xattrs: to others the kernel shows none.
func maySeeTrustedXattrs() -> Bool {
  guard let text = try? File("/proc/self/status").readAll() else { return geteuid() == 0 }
  for line in String(decoding: text, as: UTF8.self).split(separator: "\n")
  where line.hasPrefix("CapEff:") {
    let digits = line.dropFirst("CapEff:".count).drop(while: \.isWhitespace)
    guard let rights = UInt64(digits, radix: 16) else { break }
    // CAP_SYS_ADMIN, of capabilities(7).
    return rights & 1 << 21 != 0
  }
  return geteuid() == 0
}
