import Glibc

extension NativeBrick: BrickStore {
  public func status(_ gfid: GFID) throws(BrickError) -> ObjectStatus? {
    guard let found = try find(gfid) else { return nil }
    let status = found.status
    let isDevice = found.type == .character || found.type == .block
    return ObjectStatus(
      type: found.type, mode: status.st_mode & 0o7777, uid: status.st_uid, gid: status.st_gid,
      rdev: isDevice ? UInt64(status.st_rdev) : 0, size: Int64(status.st_size),
      nameCount: found.type == .directory ? 1 : Int(status.st_nlink) - 1,
      atime: FileTime(status.st_atim), mtime: FileTime(status.st_mtim))
  }

  public func list(
    _ directory: GFID
  ) throws(BrickError) -> [(name: ByteView, entry: DirectoryEntry)] {
    let opened = try self.directory(directory).descriptor
    var entries: [(name: ByteView, entry: DirectoryEntry)] = []
    for name in try opened.names() {
      if directory == .root && name == Layout.hidden { continue }
      guard let status = try opened.status(name) else { continue }
      let entry = DirectoryEntry(
        gfid: try opened.gfid(of: name), type: ObjectType(mode: status.st_mode))
      entries.append((name[...], entry))
    }
    return entries.sorted { $0.name.lexicographicallyPrecedes($1.name) }
  }

  public func place(ofDirectory gfid: GFID) throws(BrickError) -> EntryName? {
    guard gfid != .root, try openDirectory(gfid) != nil else { return nil }
    return try handlePlace(gfid)
  }

  public func symlinkTarget(_ gfid: GFID) throws(BrickError) -> ByteView {
    let found = try require(gfid)
    guard found.type == .symlink else { throw BrickError(EINVAL, "readlink") }
    return try found.readLink()[...]
  }

  public func read(_ gfid: GFID, at offset: Int, count: Int) throws(BrickError) -> [UInt8] {
    try open(gfid, Descriptor.reading).read(at: offset, count: count)
  }

  public func xattrs(_ gfid: GFID) throws(BrickError) -> [(key: ByteView, value: ByteView)] {
    let found = try require(gfid)
    var all: [(key: ByteView, value: ByteView)] = []
    for key in try found.xattrKeys() where !Bookkeeping.owns(key[...]) {
      guard let value = try found.xattr(key) else { continue }
      all.append((key[...], value[...]))
    }
    return all.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  public func xattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) -> ByteView? {
    let found = try require(gfid)
    return try found.xattr(key).map { $0[...] }
  }

  public func nextData(_ gfid: GFID, from offset: Int64) throws(BrickError) -> Int64? {
    try open(gfid, Descriptor.reading).nextData(from: offset)
  }

  public func write(_ payload: Payload, to gfid: GFID, at offset: Int) throws(BrickError) {
    guard offset >= 0, offset <= Int.max - payload.count else {
      throw BrickError(offset < 0 ? EINVAL : EFBIG, "pwrite")
    }
    let file = try open(gfid, Descriptor.writing)
    var done = 0
    while done < payload.count {
      let part = payload.slice(from: done, count: min(payload.count - done, Self.chunkByteCount))
      do { try part.read(into: &buffer) } catch { throw BrickError(EIO, "read", source: error) }
      try file.write(buffer[...], at: offset + done)
      done += part.count
    }
  }

  private static var chunkByteCount: Int { 1 << 20 }

  public func truncate(_ gfid: GFID, to size: Int64) throws(BrickError) {
    guard size >= 0 else { throw BrickError(EINVAL, "ftruncate") }
    try open(gfid, Descriptor.writing).truncate(to: size)
  }

  public func change(
    _ gfid: GFID, from offset: Int64, count: Int64, _ change: RangeChange
  ) throws(BrickError) {
    guard offset >= 0, count > 0 else { throw BrickError(EINVAL, "fallocate") }
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard !overflow else { throw BrickError(EFBIG, "fallocate") }
    let file = try open(gfid, Descriptor.writing)
    do throws(BrickError) {
      try file.allocate(change.mode, from: offset, count: count)
    } catch {
      // A file system without this kind of fallocate: a hole reads as zeros too, and where
      // there are no holes, zeros are written.
      guard error.errno == EOPNOTSUPP, change != .allocate else { throw error }
      let size = Int64(try file.status().st_size)
      try file.writeZeros(from: offset, to: min(end, size))
      if change == .zero && end > size { try file.truncate(to: end) }
    }
  }

  /// Opens a regular file. Anything else is refused before it is opened: a device's open can
  /// do things.
  private func open(_ gfid: GFID, _ flags: CInt) throws(BrickError) -> Descriptor {
    let file = try require(gfid, .file, otherwise: EINVAL).open(flags)
    // What is written to is likely to be worked on again at once.
    if flags == Descriptor.writing { files.insert(file, gfid) }
    return file
  }

  public func setMode(_ gfid: GFID, _ mode: UInt32) throws(BrickError) {
    let found = try require(gfid)
    // Linux keeps no mode for symlinks; GlusterFS says that it went well.
    guard found.type != .symlink else { return }
    try found.setMode(mode & 0o7777)
  }

  public func setOwner(_ gfid: GFID, uid: UInt32?, gid: UInt32?) throws(BrickError) {
    try require(gfid).setOwner(uid: uid, gid: gid)
  }

  public func setTimes(_ gfid: GFID, atime: FileTime?, mtime: FileTime?) throws(BrickError) {
    try require(gfid).setTimes(
      atime: atime.map { timespec($0) }, mtime: mtime.map { timespec($0) })
  }

  public func setXattr(
    _ gfid: GFID, _ key: ByteView, _ value: ByteView, _ mode: XattrMode
  ) throws(BrickError) {
    let found = try require(gfid)
    guard !Layout.isStructural(key) else { throw BrickError(EPERM, "setxattr") }
    do throws(BrickError) {
      try found.setXattr(key, value, mode.flag)
    } catch  where error.errno == EOPNOTSUPP && Layout.isInNamespace(key) {
      // Any file system refuses a key of no namespace; this one lacks what a brick must have.
      throw BrickError(error.errno, Layout.unsupportedCall)
    }
  }

  public func removeXattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) {
    let found = try require(gfid)
    guard !Layout.isStructural(key) else { throw BrickError(EPERM, "removexattr") }
    try found.removeXattr(key)
  }
}

extension FileTime {
  init(_ time: timespec) {
    self.init(seconds: Int64(time.tv_sec), nanoseconds: UInt32(time.tv_nsec))
  }
}

extension timespec {
  init(_ time: FileTime) { self.init(tv_sec: Int(time.seconds), tv_nsec: Int(time.nanoseconds)) }
}

extension XattrMode {
  var flag: XattrFlag {
    switch self {
    case .set: .either
    case .create: .create
    case .replace: .replace
    }
  }
}

extension RangeChange {
  var mode: AllocationMode {
    switch self {
    case .allocate: .allocate
    case .punch: .punch
    case .zero: .zero
    }
  }
}

extension Descriptor {
  /// Writes zeros over a range.
  fileprivate func writeZeros(from start: Int64, to end: Int64) throws(SystemError) {
    let zeros = [UInt8](repeating: 0, count: 1 << 16)
    var at = Int(start)
    while at < Int(end) {
      let count = min(zeros.count, Int(end) - at)
      try write(zeros[..<count], at: at)
      at += count
    }
  }
}
