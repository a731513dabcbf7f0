/// Making, linking, moving and removing names. Handles and gfid2path xattrs are GlusterFS' own.
extension GlusterBrick {
  public func list(
    _ directory: GFID
  ) throws(BrickError) -> [(name: ByteView, entry: DirectoryEntry)] {
    let object = try requireDirectory(directory).object
    let before = try status(directory)
    let names = try object.openDirectory().names()
    // GlusterFS has no way of opening a directory that leaves its access time alone.
    if let before, let now = try client.object(directory.bytes)?.status,
      ObjectStatus(through: now).atime != before.atime
    {
      try object.set(.atime, .with(atime: before.atime), "utimensat")
    }
    var entries: [(name: ByteView, entry: DirectoryEntry)] = []
    for name in names {
      let place = EntryName(parent: directory, name: name[...])
      do throws(BrickError) {
        let parent = try parent(of: place).object
        if let entry = try ask(place, in: parent) { entries.append((name[...], entry)) }
        // What GlusterFS keeps for itself is listed nowhere.
      } catch  where error.errno == EPERM {}
    }
    return entries.sorted { $0.name.lexicographicallyPrecedes($1.name) }
  }

  public func place(ofDirectory gfid: GFID) throws(BrickError) -> EntryName? {
    guard gfid != .root, let status = try status(gfid), status.type == .directory else {
      return nil
    }
    let object = try require(gfid).object
    guard let above = try object.lookup("..".utf8), let parent = GFID(bytes: try above.object.id()),
      let path = try object.xattr("glusterfs.ancestry.path".utf8),
      let name = path.split(separator: UInt8(ascii: "/")).last?.prefix(while: { $0 != 0 })
    else { return nil }
    return EntryName(parent: parent, name: name)
  }

  public func make(_ object: NewObject, at name: EntryName) throws(BrickError) {
    guard let type = object.type.modeBits else { throw BrickError(EINVAL, "mknod") }
    let parent = try parent(of: name)
    guard try lookup(name) == nil else { throw BrickError(EEXIST, "mknod") }
    guard object.gfid != .null else { throw BrickError(EINVAL, "mknod") }
    // GlusterFS makes a second directory with a GFID that is taken, and takes the first one's
    // handle away, so that what is known of it is not enough. Of anything else it says ENODATA.
    if object.type == .directory { _ = try ask(object.gfid) }
    guard try status(object.gfid) == nil else { throw BrickError(EEXIST, "mknod") }
    guard object.rdev <= UInt32.max else { throw BrickError(EINVAL, "mknod") }
    if object.type == .symlink, object.target.isEmpty { throw BrickError(ENOENT, "symlink") }
    let wanted = Owned(object, in: parent)
    memory.forget(object.gfid)
    try change(name.parent, object.gfid, names: [name]) { () throws(BrickError) in
      // One at a time: a server that is killed in the middle leaves an object without a GFID.
      making.lock()
      defer { making.unlock() }
      do throws(BrickError) {
        try parent.object.makeNew(object, type, wanted.uid, wanted.gid, name.name)
      } catch  where error.errno == EACCES && (wanted.uid, wanted.gid) != (0, 0) {
        // With features/access-control the owner must be one who may write in the directory.
        try parent.object.makeNew(object, type, 0, 0, name.name)
      } catch  where error.errno == ENODATA {
        throw BrickError(EEXIST, "mknod")
      }
    }
    try settle(object, wanted)
    if object.type == .directory { memory.noteNew(directory: object.gfid) }
  }

  /// Owner and mode of an object to be made, where the file system decides what was left open.
  private struct Owned {
    var uid: UInt32
    var gid: UInt32
    var mode: UInt32

    /// The group goes down from a directory that is setgid, and so does that bit, unless the
    /// group is given.
    init(_ object: NewObject, in parent: GlusterMemory.Found) {
      let setGroup: UInt32 = 0o2000
      let inherits = object.gid == nil && parent.mode & setGroup != 0
      uid = object.uid ?? 0
      gid = object.gid ?? (inherits ? parent.gid : 0)
      mode = object.mode & 0o7777 | (inherits && object.type == .directory ? setGroup : 0)
    }
  }

  /// Gives a new object what GlusterFS did not: setuid and setgid of files are lost, and a setgid
  /// parent's group wins over a given one.
  private func settle(_ object: NewObject, _ wanted: Owned) throws(BrickError) {
    guard let made = try status(object.gfid) else { throw BrickError(ESTALE, "lookup") }
    if (made.uid, made.gid) != (wanted.uid, wanted.gid) {
      try setOwner(object.gfid, uid: wanted.uid, gid: wanted.gid)
    }
    guard object.type != .symlink, try status(object.gfid)?.mode != wanted.mode else { return }
    try setMode(object.gfid, wanted.mode)
  }

  public func link(_ gfid: GFID, at name: EntryName) throws(BrickError) {
    let parent = try parent(of: name).object
    let found = try require(gfid)
    guard try lookup(name) == nil else { throw BrickError(EEXIST, "link") }
    guard found.type != .directory else { throw BrickError(EPERM, "link") }
    try change(gfid, name.parent, names: [name]) { () throws(BrickError) in
      try found.object.link(to: parent, as: name.name)
    }
  }

  public func unlink(_ name: EntryName) throws(BrickError) {
    let parent = try parent(of: name).object
    guard let entry = try lookup(name) else { throw BrickError(ENOENT, "unlink") }
    // The library removes whatever stands there, a directory too.
    guard entry.type != .directory else { throw BrickError(EISDIR, "unlink") }
    try remove(name, entry, from: parent, "unlink")
  }

  public func removeDirectory(_ name: EntryName) throws(BrickError) {
    let parent = try parent(of: name).object
    guard let entry = try lookup(name) else { throw BrickError(ENOENT, "rmdir") }
    guard entry.type == .directory else { throw BrickError(ENOTDIR, "rmdir") }
    try remove(name, entry, from: parent, "rmdir")
  }

  private func remove(
    _ name: EntryName, _ entry: DirectoryEntry, from parent: GlusterObject, _ call: String
  ) throws(BrickError) {
    let gfid = entry.gfid ?? .null
    // So that the brick can let go of it.
    memory.forget(gfid)
    try change(name.parent, gfid, names: [name]) { () throws(BrickError) in
      try parent.unlink(name.name, call)
    }
  }

  public func rename(_ old: EntryName, to new: EntryName) throws(BrickError) {
    let source = try parent(of: old).object
    let target = try parent(of: new).object
    guard let moved = try lookup(old) else { throw BrickError(ENOENT, "rename") }
    let victim = try lookup(new)
    // Two names of one object: rename(2) does nothing, but GlusterFS forgets one of them.
    if let victim, victim.gfid == moved.gfid { return }
    try refuseRename(old, moved, new, victim)
    if let gfid = victim?.gfid, victim?.type != .directory,
      let status = try status(gfid), status.nameCount > 1
    {
      // GlusterFS leaves the gfid2path of a name that gives way on the file's other names. After
      // a crash in between, the new name is free, and the rename can be done again.
      try remove(new, DirectoryEntry(gfid: gfid, type: status.type), from: target, "rename")
    }
    let lost = victim?.gfid ?? .null
    memory.forget(lost)
    do throws(BrickError) {
      try change(old.parent, new.parent, lost, names: [old, new]) { () throws(BrickError) in
        try source.rename(old.name, to: target, as: new.name)
      }
    } catch {
      // Looking up its name gives a directory its handle back.
      _ = try? source.lookup(old.name)
      throw error
    }
  }

  /// Answers as the kernel does, of whose reasons the first that applies counts. GlusterFS must
  /// not be asked: its library says EEXIST where one of the two is a directory, and its brick
  /// removes a directory's handle before it finds out that the directory stays where it is.
  private func refuseRename(
    _ old: EntryName, _ moved: DirectoryEntry, _ new: EntryName, _ victim: DirectoryEntry?
  ) throws(BrickError) {
    if moved.type == .directory, let gfid = moved.gfid, try isInside(new.parent, gfid) {
      throw BrickError(EINVAL, "rename")
    }
    guard let victim else { return }
    if victim.type == .directory {
      if let gfid = victim.gfid, try isInside(old.parent, gfid) {
        throw BrickError(ENOTEMPTY, "rename")
      }
      guard moved.type == .directory else { throw BrickError(EISDIR, "rename") }
      if let gfid = victim.gfid, try !list(gfid).isEmpty { throw BrickError(ENOTEMPTY, "rename") }
    } else if moved.type == .directory {
      throw BrickError(ENOTDIR, "rename")
    }
  }

  /// Whether a directory is another one or lies somewhere below it.
  private func isInside(_ directory: GFID, _ ancestor: GFID) throws(BrickError) -> Bool {
    var current = directory
    for _ in 0..<Layout.depthMax {
      if current == ancestor { return true }
      guard let place = try place(ofDirectory: current) else { return false }
      current = place.parent
    }
    return false
  }
}

extension GlusterObject {
  /// Has features/gfid-access make an object in this directory, by the one request with which a
  /// client chooses a GFID: integers of 32 bits, most significant byte first, and texts that end
  /// with a NUL.
  fileprivate func makeNew(
    _ object: NewObject, _ type: UInt32, _ uid: UInt32, _ gid: UInt32, _ name: ByteView
  ) throws(BrickError) {
    let mode = type | object.mode & 0o7777
    var order: [UInt8] = []
    func add(_ value: UInt32) { order.append(contentsOf: value.bigEndianBytes) }
    func add(text: some Collection<UInt8>) {
      order.append(contentsOf: text.prefix { $0 != 0 })
      order.append(0)
    }
    add(uid)
    add(gid)
    add(text: object.gfid.description.utf8)
    add(mode)
    add(text: name)
    switch object.type {
    case .symlink: add(text: object.target)
    case .directory: add(mode)
    default:
      add(mode)
      add(UInt32(truncatingIfNeeded: object.rdev))
    }
    // The umask, which counts only where access-control is; the mode has it taken off already.
    if object.type != .symlink { add(0) }
    let call =
      switch object.type {
      case .symlink: "symlink"
      case .directory: "mkdir"
      default: "mknod"
      }
    try setXattr("glusterfs.gfid.newfile".utf8, order, call: call)
  }
}

extension UInt32 {
  fileprivate var bigEndianBytes: [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) }
  }
}
