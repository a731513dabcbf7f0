extension ModelBrick {
  public func make(_ new: NewObject, at name: EntryName) throws(BrickError) {
    let isPlaced = placed[new.gfid] != nil
    if !isPlaced {
      try requireDirectory(name.parent, "create")
      guard try lookup(name) == nil else { throw BrickError(EEXIST, "create") }
      guard try known(new.gfid) == nil else { throw BrickError(EEXIST, "create") }
    }
    var object = ModelObject(type: new.type, rdev: new.rdev, target: new.target, maker: writer)
    // The group goes down from a directory that is setgid, and so does that bit, unless the
    // group is given.
    let parent = objects[name.parent]
    let inherits = new.gid == nil && (parent?.mode?.value ?? 0) & 0o2000 != 0
    let inherited: UInt32 = new.type == .directory && inherits ? 0o2000 : 0
    let group = inherits ? parent?.gid?.value : nil
    object.mode = Written(new.mode | inherited, by: writer)
    object.uid = Written(new.uid ?? 0, by: writer)
    object.gid = Written(new.gid ?? group ?? 0, by: writer)
    if new.type == .file {
      object.size = Written(0, by: writer)
      object.data.insert(Extent(range: 0..<Int64.max, content: .zeros, writer: writer))
    }
    object.names = placed.removeValue(forKey: new.gfid) ?? []
    objects[new.gfid] = object
    removed[new.gfid] = nil
    if !isPlaced { put(new.gfid, at: name) }
  }

  /// Takes what stands at a name to be known before what made the object is applied: then `make`
  /// makes the object alone, and leaves its names as they are.
  func place(_ gfid: GFID?, at name: EntryName, by writer: RequestID?) {
    names[name] = Written(gfid, by: writer)
    guard let gfid else { return }
    placed[gfid, default: []].insert(name)
    children[name.parent, default: []].insert(name.name)
  }

  public func link(_ gfid: GFID, at name: EntryName) throws(BrickError) {
    let object = try object(gfid, "link")
    try requireDirectory(name.parent, "link")
    guard try lookup(name) == nil else { throw BrickError(EEXIST, "link") }
    guard object.type != .directory else { throw BrickError(EPERM, "link") }
    put(gfid, at: name)
  }

  public func unlink(_ name: EntryName) throws(BrickError) {
    guard let entry = try lookup(name) else { throw BrickError(ENOENT, "unlink") }
    guard entry.type != .directory else { throw BrickError(EISDIR, "unlink") }
    clear(name)
    if let gfid = entry.gfid { dropIfUnnamed(gfid) }
  }

  public func removeDirectory(_ name: EntryName) throws(BrickError) {
    guard let entry = try lookup(name), let gfid = entry.gfid else {
      throw BrickError(ENOENT, "rmdir")
    }
    guard entry.type.mayBe(.directory) else { throw BrickError(ENOTDIR, "rmdir") }
    guard try list(gfid).isEmpty else { throw BrickError(ENOTEMPTY, "rmdir") }
    clear(name)
    drop(gfid)
  }

  public func rename(_ old: EntryName, to new: EntryName) throws(BrickError) {
    guard let moved = try lookup(old), let gfid = moved.gfid else {
      throw BrickError(ENOENT, "rename")
    }
    try requireDirectory(new.parent, "rename")
    let victim = try lookup(new)
    // rename(2): two names of one file are left as they are.
    if let victim, victim.gfid == gfid { return }
    if moved.type == .directory, try isInside(new.parent, gfid) {
      throw BrickError(EINVAL, "rename")
    }
    // Linux looks at the directories above both names before it looks at types.
    if victim?.type == .directory, let above = victim?.gfid, try isInside(old.parent, above) {
      throw BrickError(ENOTEMPTY, "rename")
    }
    if let victim { try replace(victim, at: new, with: moved) }
    clear(old)
    put(gfid, at: new)
  }

  // A model has no handles, so that nothing can be wrong with them.
  public func soundness(_ name: EntryName) -> Soundness { .sound }
  public func mend(_ name: EntryName) {}

  public func setAside(_ name: EntryName, as label: ByteView) throws(BrickError) {
    guard let entry = try lookup(name) else { throw BrickError(ENOENT, "rename") }
    clear(name)
    if let gfid = entry.gfid { drop(gfid) }
  }

  private func replace(
    _ victim: DirectoryEntry, at name: EntryName, with moved: DirectoryEntry
  ) throws(BrickError) {
    if victim.type == .directory {
      guard moved.type.mayBe(.directory) else { throw BrickError(EISDIR, "rename") }
      if let gfid = victim.gfid, try !list(gfid).isEmpty {
        throw BrickError(ENOTEMPTY, "rename")
      }
    } else if moved.type == .directory, victim.type != .unknown {
      throw BrickError(ENOTDIR, "rename")
    }
    clear(name)
    if let gfid = victim.gfid {
      if victim.type == .directory { drop(gfid) } else { dropIfUnnamed(gfid) }
    }
  }

  /// Whether a directory is another one or lies somewhere below it.
  private func isInside(_ directory: GFID, _ ancestor: GFID) throws(BrickError) -> Bool {
    var current = directory
    var seen: Set<GFID> = []
    while current != ancestor {
      guard seen.insert(current).inserted, let place = try place(ofDirectory: current) else {
        return false
      }
      current = place.parent
    }
    return true
  }

  private func requireDirectory(_ gfid: GFID, _ call: String) throws(BrickError) {
    guard try object(gfid, call).type.mayBe(.directory) else { throw BrickError(ENOTDIR, call) }
  }

  private func put(_ gfid: GFID, at name: EntryName) {
    names[name] = Written(gfid, by: writer)
    objects[gfid]?.names.insert(name)
    children[name.parent, default: []].insert(name.name)
    objects[name.parent]?.mtime = nil
  }

  private func clear(_ name: EntryName) {
    if let gfid = names[name]?.value { objects[gfid]?.names.remove(name) }
    names[name] = Written(nil, by: writer)
    children[name.parent]?.remove(name.name)
    objects[name.parent]?.mtime = nil
  }

  /// What was there before may have names that no request has shown, so it stays; a base tells.
  private func dropIfUnnamed(_ gfid: GFID) {
    guard let object = objects[gfid], object.names.isEmpty else { return }
    guard object.maker != nil || isBaseWhole && object.unseenNames == 0 else { return }
    drop(gfid)
  }

  /// Takes an object that was there before, and has no name that is known, to be gone.
  func dropUnnamed(_ gfid: GFID, by writer: RequestID) {
    guard let object = objects[gfid], object.maker == nil, object.names.isEmpty else { return }
    drop(gfid)
    removed[gfid] = .some(writer)
  }

  private func drop(_ gfid: GFID) {
    objects[gfid] = nil
    children[gfid] = nil
    removed[gfid] = .some(writer)
  }

  // MARK: Content

  public func write(_ payload: Payload, to gfid: GFID, at offset: Int) throws(BrickError) {
    let end = Int64(offset) + Int64(payload.count)
    let writer = writer
    try requireFile(gfid, "write")
    try change(gfid, "write") { object in
      object.data.insert(
        Extent(range: Int64(offset)..<end, content: .payload(payload), writer: writer))
      object.grow(to: end, by: writer)
      object.mtime = nil
    }
  }

  public func truncate(_ gfid: GFID, to size: Int64) throws(BrickError) {
    let writer = writer
    try requireFile(gfid, "truncate")
    guard size >= 0 else { throw BrickError(EINVAL, "truncate") }
    try change(gfid, "truncate") { object in
      object.data.insert(Extent(range: size..<Int64.max, content: .zeros, writer: writer))
      object.size = Written(size, by: writer)
      object.otherSizes = []
      object.grown = nil
      object.mtime = nil
    }
  }

  public func change(
    _ gfid: GFID, from offset: Int64, count: Int64, _ change: RangeChange
  ) throws(BrickError) {
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard offset >= 0, count > 0, !overflow else { throw BrickError(EINVAL, "fallocate") }
    let writer = writer
    try requireFile(gfid, "fallocate")
    try self.change(gfid, "fallocate") { object in
      if change != .allocate {
        object.data.insert(Extent(range: offset..<end, content: .zeros, writer: writer))
      }
      let before = object.otherSizes.union(object.size.map { [$0.value] } ?? [])
      if change != .punch { object.grow(to: end, by: writer) }
      if change == .allocate { object.mayHaveKept(before) }
      object.mtime = nil
    }
  }

  private func requireFile(_ gfid: GFID, _ call: String) throws(BrickError) {
    let type = try object(gfid, call).type
    guard type != .directory else { throw BrickError(EISDIR, call) }
    guard type.mayBe(.file) else { throw BrickError(EINVAL, call) }
  }

  // MARK: Attributes

  public func setMode(_ gfid: GFID, _ mode: UInt32) throws(BrickError) {
    let writer = writer
    try change(gfid, "chmod") { object in
      // Linux keeps no mode for symlinks.
      guard object.type != .symlink else { return }
      object.mode = Written(mode & 0o7777, by: writer)
      object.modeIfDirectory = nil
    }
  }

  public func setOwner(_ gfid: GFID, uid: UInt32?, gid: UInt32?) throws(BrickError) {
    let writer = writer
    try change(gfid, "chown") { object in
      if let uid { object.uid = Written(uid, by: writer) }
      if let gid { object.gid = Written(gid, by: writer) }
      guard object.type != .directory, let mode = object.mode?.value else { return }
      var cleared = mode & ~0o4000
      if mode & 0o010 != 0 { cleared &= ~0o2000 }
      guard cleared != mode else { return }
      if object.type == .unknown { object.modeIfDirectory = object.modeIfDirectory ?? mode }
      object.mode = Written(cleared, by: writer)
    }
  }

  public func setTimes(_ gfid: GFID, atime: FileTime?, mtime: FileTime?) throws(BrickError) {
    let writer = writer
    try change(gfid, "utimens") { object in
      if let atime { object.atime = Written(atime, by: writer) }
      if let mtime { object.mtime = Written(mtime, by: writer) }
    }
  }

  public func setXattr(
    _ gfid: GFID, _ key: ByteView, _ value: ByteView, _ mode: XattrMode
  ) throws(BrickError) {
    let present = try hasXattr(gfid, key, "setxattr")
    if mode == .create, present { throw BrickError(EEXIST, "setxattr") }
    if mode == .replace, !present, try isFullyKnown(gfid, key) {
      throw BrickError(ENODATA, "setxattr")
    }
    let writer = writer
    try change(gfid, "setxattr") { $0.xattrs[key] = Written(value, by: writer) }
  }

  public func removeXattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) {
    let present = try hasXattr(gfid, key, "removexattr")
    if !present, try isFullyKnown(gfid, key) { throw BrickError(ENODATA, "removexattr") }
    let writer = writer
    try change(gfid, "removexattr") { $0.xattrs[key] = Written(nil, by: writer) }
  }

  /// Whether a key that is to be changed is there. The kernel lets nobody change user xattrs but
  /// on files and directories.
  private func hasXattr(
    _ gfid: GFID, _ key: ByteView, _ call: String
  ) throws(BrickError) -> Bool {
    let object = try object(gfid, call)
    guard object.type.mayBe(.file) || object.type == .directory || !key.starts(with: "user.".utf8)
    else { throw BrickError(EPERM, call) }
    return object.xattrs[key]?.value != nil
  }

  /// Whether the model knows if an object has an xattr: it made the object, saw the key, or has
  /// a base to look at.
  private func isFullyKnown(_ gfid: GFID, _ key: ByteView) throws(BrickError) -> Bool {
    let object = try object(gfid, "getxattr")
    return object.maker != nil || object.xattrs[key] != nil || base != nil
  }
}

extension ModelObject {
  /// Raises the size to an end that was written to. A write up to the very end counts as the
  /// size's last writer, since it alone would give the file that size.
  mutating func grow(to end: Int64, by writer: RequestID?) {
    guard let size else {
      if end >= grown?.value ?? 0 { grown = Written(end, by: writer) }
      return
    }
    if end >= size.value { self.size = Written(end, by: writer) }
    otherSizes = Set(otherSizes.map { max($0, end) }).subtracting([self.size?.value ?? end])
  }

  /// Notes the sizes that a fallocate may have left as they were. More than a few are beyond
  /// what a brick is asked about: the size is then what the journal says.
  mutating func mayHaveKept(_ sizes: Set<Int64>) {
    otherSizes.formUnion(sizes.filter { $0 < (size?.value ?? 0) })
    if otherSizes.count > 16 { otherSizes = [] }
  }
}
