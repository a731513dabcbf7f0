import CLinux
import Glibc

/// An object on a brick behind GlusterFS, known by its GFID and not by a path.
@safe final class GlusterObject: @unchecked Sendable {
  /// The library's marks for what of a status is to be set.
  struct Attributes: OptionSet {
    let rawValue: CInt
    static let mode = Attributes(rawValue: 0x1)
    static let uid = Attributes(rawValue: 0x2)
    static let gid = Attributes(rawValue: 0x4)
    static let atime = Attributes(rawValue: 0x10)
    static let mtime = Attributes(rawValue: 0x20)
  }

  private static let idByteCount = 16
  /// The system's limit for one xattr, and for a list of keys.
  private static let xattrByteCountMax = 1 << 16

  let client: GlusterClient
  private let pointer: GlusterLibrary.Object
  private var library: GlusterLibrary { client.library }
  private var instance: GlusterLibrary.Instance { unsafe client.instance }

  init(_ client: GlusterClient, _ pointer: GlusterLibrary.Object) {
    self.client = client
    unsafe self.pointer = pointer
  }

  deinit { _ = unsafe client.library.closeObject(pointer) }

  /// The GFID's 16 bytes.
  func id() throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.idByteCount)
    let count = client.perform {
      unsafe library.identity(pointer, &bytes, CInt(bytes.count))
    }
    guard count == bytes.count else { throw GlusterClient.last("lookup") }
    return bytes
  }

  // MARK: Names

  /// What stands at a name in this directory; nil if the name is free.
  func lookup(
    _ name: some Collection<UInt8>
  ) throws(SystemError) -> (object: GlusterObject, status: stat)? {
    var status = stat()
    let found = unsafe client.perform {
      unsafe withName(name) { unsafe library.lookup(instance, pointer, $0, &status, 0) }
    }
    guard let found = unsafe found else {
      if errno == ENOENT { return nil }
      // As the call is named that does this on a disk.
      throw GlusterClient.last("stat")
    }
    return (unsafe GlusterObject(client, found), status)
  }

  /// Gives this object one more name.
  func link(to parent: GlusterObject, as name: some Collection<UInt8>) throws(SystemError) {
    try client.checked("link") {
      unsafe withName(name) { unsafe library.link(instance, pointer, parent.pointer, $0) }
    }
  }

  /// Removes a name from this directory; `call` says what stands there.
  func unlink(_ name: some Collection<UInt8>, _ call: String) throws(SystemError) {
    try client.checked(call) {
      unsafe withName(name) { unsafe library.unlink(instance, pointer, $0) }
    }
  }

  func rename(
    _ name: some Collection<UInt8>, to parent: GlusterObject, as new: some Collection<UInt8>
  ) throws(SystemError) {
    try client.checked("rename") {
      unsafe withName(name) { name in
        unsafe withName(new) { new in
          unsafe library.rename(instance, pointer, name, parent.pointer, new)
        }
      }
    }
  }

  // MARK: Attributes

  func set(_ attributes: Attributes, _ status: stat, _ call: String) throws(SystemError) {
    var status = status
    try client.checked(call) {
      unsafe library.setAttributes(instance, pointer, &status, attributes.rawValue)
    }
  }

  /// nil if there is no such xattr.
  func xattr(_ key: some Collection<UInt8>) throws(SystemError) -> [UInt8]? {
    unsafe try answer("getxattr") { space, count in
      unsafe withName(key) { unsafe library.getXattr(instance, pointer, $0, space, count) }
    }
  }

  /// The keys of all xattrs, unsorted.
  func xattrKeys() throws(SystemError) -> [[UInt8]] {
    let list = unsafe try answer("listxattr") { space, count in
      unsafe library.getXattr(instance, pointer, nil, space, count)
    }
    return (list ?? []).split(separator: 0).map { [UInt8]($0) }
  }

  private func answer(
    _ call: String, _ body: (UnsafeMutableRawPointer, Int) -> CInt
  ) throws(SystemError) -> [UInt8]? {
    var count: CInt = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.xattrByteCountMax) { space, used in
      guard let start = space.baseAddress else { return }
      count = client.perform { unsafe body(start, space.count) }
      // Safe: the library writes no more than it was told there is room for.
      used = min(max(Int(count), 0), space.count)
    }
    if count >= 0 { return bytes }
    if errno == ENODATA { return nil }
    throw GlusterClient.last(call)
  }

  func setXattr(
    _ key: some Collection<UInt8>, _ value: some Collection<UInt8>, _ mode: XattrFlag = .either,
    call: String = "setxattr"
  ) throws(SystemError) {
    // The library wants an address, also of nothing.
    let bytes = [UInt8](value) + [0]
    try client.checked(call) {
      unsafe withName(key) {
        unsafe library.setXattr(instance, pointer, $0, bytes, bytes.count - 1, mode.rawValue)
      }
    }
  }

  func removeXattr(_ key: some Collection<UInt8>) throws(SystemError) {
    try client.checked("removexattr") {
      unsafe withName(key) { unsafe library.removeXattr(instance, pointer, $0) }
    }
  }

  /// The target of a symlink.
  func readLink() throws(SystemError) -> [UInt8] {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = client.perform {
      unsafe library.readLink(instance, pointer, &target, target.count)
    }
    guard count >= 0 else { throw GlusterClient.last("readlink") }
    return target[..<Int(count)].map { UInt8(bitPattern: $0) }
  }

  // MARK: Content

  func truncate(to size: Int64) throws(SystemError) {
    try client.checked("ftruncate") { unsafe library.truncate(instance, pointer, off_t(size)) }
  }

  /// Writes all of the bytes.
  func write(_ bytes: [UInt8], at offset: Int) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let written = unsafe bytes.withUnsafeBytes { buffer in
        guard let start = buffer.baseAddress else { return 0 }
        // Safe: done is below the count, so the rest lies inside the buffer.
        return client.perform {
          unsafe library.write(
            instance, pointer, start + done, buffer.count - done, off_t(offset + done))
        }
      }
      guard written > 0 else { throw GlusterClient.last("pwrite") }
      done += written
    }
  }

  func open(_ flags: CInt) throws(SystemError) -> GlusterFile {
    let opened = unsafe client.perform { unsafe library.open(instance, pointer, flags) }
    guard let opened = unsafe opened else { throw GlusterClient.last("open") }
    return unsafe GlusterFile(client, opened, isDirectory: false)
  }

  func openDirectory() throws(SystemError) -> GlusterFile {
    let opened = unsafe client.perform { unsafe library.openDirectory(instance, pointer) }
    guard let opened = unsafe opened else { throw GlusterClient.last("open") }
    return unsafe GlusterFile(client, opened, isDirectory: true)
  }
}

/// An open file or directory on a brick behind GlusterFS.
@safe final class GlusterFile: @unchecked Sendable {
  private let client: GlusterClient
  private let descriptor: GlusterLibrary.Descriptor
  private let isDirectory: Bool
  private var library: GlusterLibrary { client.library }

  init(_ client: GlusterClient, _ descriptor: GlusterLibrary.Descriptor, isDirectory: Bool) {
    self.client = client
    unsafe self.descriptor = descriptor
    self.isDirectory = isDirectory
  }

  deinit {
    _ =
      isDirectory
      ? unsafe client.library.closeDirectory(descriptor) : unsafe client.library.close(descriptor)
  }

  /// Fewer bytes only at the file's end.
  func read(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    var failed = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, used in
      while used < count, let start = buffer.baseAddress {
        // Safe: used is below count, which is the buffer's capacity.
        let got = client.perform {
          unsafe library.read(
            descriptor, start + used, count - used, off_t(offset + used), 0, nil)
        }
        if got < 0 { failed = true }
        if got <= 0 { return }
        used += got
      }
    }
    if failed { throw GlusterClient.last("pread") }
    return bytes
  }

  /// The first offset from `offset` on that is not in a hole; nil behind the last.
  func nextData(from offset: Int64) throws(SystemError) -> Int64? {
    // SEEK_DATA, which glibc's headers show to GNU sources only.
    let found = client.perform { unsafe library.seek(descriptor, off_t(offset), 3) }
    if found >= 0 { return Int64(found) }
    guard errno == ENXIO else { throw GlusterClient.last("lseek") }
    return nil
  }

  func change(
    _ mode: AllocationMode, from offset: Int64, count: Int64
  ) throws(SystemError) {
    let (offset, count) = (off_t(offset), Int(count))
    try client.checked("fallocate") {
      switch mode {
      case .allocate: unsafe library.allocate(descriptor, 0, offset, count)
      case .punch: unsafe library.punch(descriptor, offset, count)
      case .zero: unsafe library.zero(descriptor, offset, off_t(count))
      }
    }
  }

  /// Has the brick flush this file or directory to its disk.
  func synchronize() throws(SystemError) {
    try client.checked("fsync") { unsafe library.synchronize(descriptor, nil, nil) }
  }

  /// Locks the object against other clients that do so, until the connection ends. The answer is
  /// false if another holds the lock.
  func lock() throws(SystemError) -> Bool { try lock(CShort(F_WRLCK)) }

  /// Gives the lock back. The brick would take its time to see that the connection has ended.
  func unlock() throws(SystemError) { _ = try lock(CShort(F_UNLCK)) }

  private func lock(_ type: CShort) throws(SystemError) -> Bool {
    var lock = linux_file_lock()
    lock.type = type
    let done = client.perform { unsafe library.lock(descriptor, F_SETLK, &lock) }
    if done == 0 { return true }
    guard errno == EAGAIN || errno == EACCES else { throw GlusterClient.last("lock") }
    return false
  }

  /// The names in the directory, unsorted, without `.` and `..`.
  func names() throws(SystemError) -> [[UInt8]] {
    var names: [[UInt8]] = []
    var entry = dirent()
    while true {
      var found: UnsafeMutablePointer<dirent>?
      let status = client.perform {
        unsafe library.readDirectory(descriptor, &entry, &found)
      }
      guard status == 0 else { throw GlusterClient.last("readdir") }
      guard unsafe found != nil else { return names }
      // Safe: d_name lies within the entry, and ends with a NUL.
      let name = unsafe withUnsafeBytes(of: &entry.d_name) { unsafe [UInt8]($0.prefix { $0 != 0 }) }
      if !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) { names.append(name) }
    }
  }
}
