import Glibc

/// Content, attributes and xattrs.
extension GlusterBrick: BrickStore {
  private static var chunkByteCount: Int { 1 << 20 }

  public func symlinkTarget(_ gfid: GFID) throws(BrickError) -> ByteView {
    let found = try require(gfid)
    guard found.type == .symlink else { throw BrickError(EINVAL, "readlink") }
    return try found.object.readLink()[...]
  }

  public func read(_ gfid: GFID, at offset: Int, count: Int) throws(BrickError) -> [UInt8] {
    let file = try reader(gfid)
    var bytes: [UInt8] = []
    while bytes.count < count {
      let part = try file.read(
        at: offset + bytes.count, count: min(count - bytes.count, Self.chunkByteCount))
      if part.isEmpty { break }
      bytes += part
    }
    return bytes
  }

  public func nextData(_ gfid: GFID, from offset: Int64) throws(BrickError) -> Int64? {
    try reader(gfid).nextData(from: offset)
  }

  public func write(_ payload: Payload, to gfid: GFID, at offset: Int) throws(BrickError) {
    guard offset >= 0, offset <= Int.max - payload.count else {
      throw BrickError(offset < 0 ? EINVAL : EFBIG, "pwrite")
    }
    let object = try requireFile(gfid)
    var done = 0
    while done < payload.count {
      let part = payload.slice(from: done, count: min(payload.count - done, Self.chunkByteCount))
      let bytes: [UInt8]
      do { bytes = try part.read() } catch { throw BrickError(EIO, "read", source: error) }
      try change(gfid) { () throws(BrickError) in try object.write(bytes, at: offset + done) }
      done += part.count
    }
  }

  public func truncate(_ gfid: GFID, to size: Int64) throws(BrickError) {
    guard size >= 0 else { throw BrickError(EINVAL, "ftruncate") }
    let object = try requireFile(gfid)
    // Not by attributes, of which GlusterFS takes the size and does nothing with it.
    try change(gfid) { () throws(BrickError) in try object.truncate(to: size) }
  }

  public func change(
    _ gfid: GFID, from offset: Int64, count: Int64, _ change: RangeChange
  ) throws(BrickError) {
    guard offset >= 0, count > 0 else { throw BrickError(EINVAL, "fallocate") }
    guard !offset.addingReportingOverflow(count).overflow else {
      throw BrickError(EFBIG, "fallocate")
    }
    let object = try requireFile(gfid)
    try self.change(gfid) { () throws(BrickError) in
      try object.open(LinuxOpen.writing).change(change.mode, from: offset, count: count)
    }
  }

  // MARK: Attributes

  public func setMode(_ gfid: GFID, _ mode: UInt32) throws(BrickError) {
    try set(AttributeChange(mode: mode), of: gfid, "chmod")
  }

  public func setOwner(_ gfid: GFID, uid: UInt32?, gid: UInt32?) throws(BrickError) {
    try set(AttributeChange(uid: uid, gid: gid), of: gfid, "chown")
  }

  public func setTimes(_ gfid: GFID, atime: FileTime?, mtime: FileTime?) throws(BrickError) {
    try set(AttributeChange(atime: atime, mtime: mtime), of: gfid, "utimensat")
  }

  /// All in one call, of which the brick takes the parts in the right order. Its file system
  /// changes an access ACL with the mode.
  public func set(_ change: AttributeChange, of gfid: GFID) throws(BrickError) {
    try set(change, of: gfid, "setattr")
  }

  private func set(
    _ change: AttributeChange, of gfid: GFID, _ call: String
  ) throws(BrickError) {
    let found = try require(gfid)
    var wanted = stat.with(atime: change.atime, mtime: change.mtime)
    var attributes: GlusterObject.Attributes = []
    // Linux keeps no mode for symlinks; GlusterFS says that it went well.
    if let mode = change.mode, let type = found.type.modeBits, found.type != .symlink {
      wanted.st_mode = type | mode & 0o7777
      attributes.insert(.mode)
    }
    if let uid = change.uid {
      wanted.st_uid = uid
      attributes.insert(.uid)
    }
    if let gid = change.gid {
      wanted.st_gid = gid
      attributes.insert(.gid)
    }
    if change.atime != nil { attributes.insert(.atime) }
    if change.mtime != nil { attributes.insert(.mtime) }
    guard !attributes.isEmpty else { return }
    let before = memory.status(gfid)
    try self.change(gfid) { () throws(BrickError) in
      try found.object.set(attributes, wanted, call)
    }
    if let before, let after = before?.after(change) { memory.keep(after, set: gfid) }
    forgetInherited(gfid, found)
  }

  /// What new objects get from a directory is to be asked for again.
  private func forgetInherited(_ gfid: GFID, _ found: GlusterMemory.Found) {
    if found.type == .directory { memory.forget(gfid) }
  }

  // MARK: xattrs

  public func xattrs(_ gfid: GFID) throws(BrickError) -> [(key: ByteView, value: ByteView)] {
    let object = try require(gfid).object
    var all: [(key: ByteView, value: ByteView)] = []
    for key in try object.xattrKeys() where !Bookkeeping.owns(key[...]) {
      guard let value = try object.xattr(key) else { continue }
      all.append((key[...], value[...]))
    }
    return all.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  public func xattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) -> ByteView? {
    let object = try require(gfid).object
    guard Self.isStored(key) else { throw BrickError(EOPNOTSUPP, "getxattr") }
    if let known = memory.xattr(gfid, key) { return known }
    return try object.xattr(key).map { $0[...] }
  }

  public func setXattr(
    _ gfid: GFID, _ key: ByteView, _ value: ByteView, _ mode: XattrMode
  ) throws(BrickError) {
    let found = try require(gfid)
    try refuseReserved(key, "setxattr")
    try change(gfid) { () throws(BrickError) in try found.object.setXattr(key, value, mode.flag) }
    memory.keep(value, set: key, of: gfid)
    // An ACL changes the mode.
    forgetInherited(gfid, found)
  }

  public func removeXattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) {
    let object = try require(gfid).object
    try refuseReserved(key, "removexattr")
    try change(gfid) { () throws(BrickError) in try object.removeXattr(key) }
  }

  /// Whether a key is of a kind that file systems store. Others are orders to GlusterFS
  /// (`glusterfs.gfid.newfile`), which a journal must not give.
  private static func isStored(_ key: ByteView) -> Bool {
    ["user.", "trusted.", "security.", "system."].contains { key.starts(with: $0.utf8) }
  }

  /// Keys that hold the layout together, that GlusterFS ignores while it says that all went well,
  /// or, as the times that features/utime keeps, of which it stores something else.
  func refuseReserved(_ key: ByteView, _ call: String) throws(BrickError) {
    guard Self.isStored(key), !key.elementsEqual("trusted.glusterfs.mdata".utf8) else {
      throw BrickError(EOPNOTSUPP, call)
    }
    let isIgnored =
      key.starts(with: "trusted.gfid".utf8) || key.elementsEqual("trusted.glusterfs.volume-id".utf8)
    guard !isIgnored else { throw BrickError(EPERM, call) }
  }

  // MARK: GlusterFS' own

  /// GlusterFS makes handles itself when it looks up a name, which this does; gfid2path it keeps.
  public func soundness(_ name: EntryName) throws(BrickError) -> Soundness {
    guard let entry = try lookup(name), let gfid = entry.gfid else { return .sound }
    guard let status = try status(gfid) else { return .broken }
    return status.type == entry.type ? .sound : .contradicted
  }

  public func mend(_ name: EntryName) throws(BrickError) {
    guard try lookup(name) != nil else { throw BrickError(ENOENT, "lookup") }
  }

  /// A running GlusterFS shows no place outside of the tree.
  public func setAside(_ name: EntryName, as label: ByteView) throws(BrickError) {
    throw BrickError(EOPNOTSUPP, "rename")
  }
}

/// Flags with which files are opened through GlusterFS.
enum LinuxOpen {
  /// O_NOATIME, which goes all the way to the brick: an access time can be something that a
  /// request has set.
  static let reading: Int32 = 0o1_000_000
  static let writing: Int32 = 2
}

extension ObjectStatus {
  /// What a change makes of it; nil where that is for the brick to tell: to change an owner can
  /// change the mode, and a symlink's mode stays.
  fileprivate func after(_ change: AttributeChange) -> ObjectStatus? {
    guard type != .symlink, change.mode != nil || (change.uid == nil && change.gid == nil) else {
      return nil
    }
    var status = self
    if let mode = change.mode { status.mode = mode & 0o7777 }
    status.uid = change.uid ?? uid
    status.gid = change.gid ?? gid
    status.atime = change.atime ?? atime
    status.mtime = change.mtime ?? mtime
    return status
  }

  /// What a brick says through GlusterFS, which does not count the handle among the names.
  init(through status: stat) {
    let type = ObjectType(mode: status.st_mode)
    let isDevice = type == .character || type == .block
    self.init(
      type: type, mode: status.st_mode & 0o7777, uid: status.st_uid, gid: status.st_gid,
      rdev: isDevice ? UInt64(status.st_rdev) : 0, size: Int64(status.st_size),
      nameCount: type == .directory ? 1 : Int(status.st_nlink),
      atime: FileTime(status.st_atim), mtime: FileTime(status.st_mtim))
  }
}

extension stat {
  /// Only times.
  static func with(atime: FileTime? = nil, mtime: FileTime? = nil) -> stat {
    var status = stat()
    if let atime { status.st_atim = timespec(atime) }
    if let mtime { status.st_mtim = timespec(mtime) }
    return status
  }
}
