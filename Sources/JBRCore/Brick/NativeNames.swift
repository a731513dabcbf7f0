import Glibc

/// Linking, moving and removing names, each with handles and gfid2path xattrs.
extension NativeBrick {
  /// Opens the directory of a name that is to be made or removed.
  func parent(of name: EntryName) throws(BrickError) -> OpenDirectory {
    guard FileName.isComponent(name.name) else { throw BrickError(EINVAL, "lookup") }
    guard name.parent != .root || !name.name.elementsEqual(Layout.hidden) else {
      throw BrickError(EPERM, "lookup")
    }
    return try directory(name.parent)
  }

  public func lookup(_ name: EntryName) throws(BrickError) -> DirectoryEntry? {
    let parent = try parent(of: name).descriptor
    guard let status = try parent.status(name.name) else { return nil }
    return DirectoryEntry(
      gfid: try parent.gfid(of: name.name), type: ObjectType(mode: status.st_mode))
  }

  public func link(_ gfid: GFID, at name: EntryName) throws(BrickError) {
    let parent = try parent(of: name).descriptor
    let found = try require(gfid)
    // Of both reasons link(2) gives the name's.
    guard try parent.status(name.name) == nil else { throw BrickError(EEXIST, "link") }
    guard found.type != .directory else { throw BrickError(EPERM, "link") }
    let path = Layout.pathXattr(name)
    try found.setXattr(path.key, path.value)
    do throws(BrickError) {
      try found.link(to: parent, as: name.name)
    } catch {
      try? found.removeXattr(path.key)
      throw error
    }
  }

  public func unlink(_ name: EntryName) throws(BrickError) {
    let parent = try parent(of: name).descriptor
    guard let status = try parent.status(name.name) else { throw BrickError(ENOENT, "unlink") }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw BrickError(EISDIR, "unlink") }
    do throws(BrickError) {
      try forget(name, status, in: parent)
      try parent.unlink(name.name)
    } catch {
      remember(name)
      throw error
    }
  }

  /// Gives a name back what was taken off the books for a step that failed. Where that fails too,
  /// replaying the request completes it.
  private func remember(_ name: EntryName) {
    do throws(BrickError) { try mend(name) } catch { return }
  }

  /// Takes a name off the books before it goes: the gfid2path, or with an object's last name
  /// its handle. After a crash between, the name is still there to be removed again.
  private func forget(
    _ name: EntryName, _ status: stat, in parent: Descriptor
  ) throws(BrickError) {
    guard let gfid = try parent.gfid(of: name.name),
      let handles = try handleDirectory(gfid, making: false)
    else { return }
    let handle = gfid.description.utf8
    let other = try handles.status(handle)
    let hasHandle = other?.st_ino == status.st_ino && other?.st_dev == status.st_dev
    // A device, FIFO or socket that a copy by tar made is another file than its handle.
    let isSplit = other?.st_nlink == 1 && status.st_nlink == 1 && other?.st_mode == status.st_mode
    if (hasHandle && status.st_nlink == 2) || (!hasHandle && isSplit) {
      files.remove(gfid)
      try handles.unlink(handle)
    } else if status.st_nlink > 1 {
      try parent.removePathXattr(name.name, name)
    }
  }

  public func removeDirectory(_ name: EntryName) throws(BrickError) {
    let parent = try parent(of: name).descriptor
    guard let status = try parent.status(name.name) else { throw BrickError(ENOENT, "rmdir") }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw BrickError(ENOTDIR, "rmdir") }
    do throws(BrickError) {
      try forgetDirectory(name, in: parent)
      try parent.removeDirectory(name.name)
    } catch {
      // What is not empty was not touched.
      if error.errno != ENOTEMPTY { remember(name) }
      throw error
    }
  }

  /// Removes the handle of a directory that is about to go, unless it is not empty.
  private func forgetDirectory(_ name: EntryName, in parent: Descriptor) throws(BrickError) {
    if let gfid = try emptyDirectory(name, in: parent) { try dropHandle(ofDirectory: gfid) }
  }

  /// The GFID of a directory that must be empty; nil if its handle is not that of this name.
  private func emptyDirectory(
    _ name: EntryName, in parent: Descriptor
  ) throws(BrickError) -> GFID? {
    let victim = try parent.open(name.name, Descriptor.directory)
    guard try victim.names().isEmpty else { throw BrickError(ENOTEMPTY, "rmdir") }
    guard let gfid = try victim.gfid(of: Layout.itself), try handlePlace(gfid) == name else {
      return nil
    }
    return gfid
  }

  private func dropHandle(ofDirectory gfid: GFID) throws(BrickError) {
    directories.remove(gfid)
    try handles(for: gfid).unlink(gfid.description.utf8)
  }

  public func rename(_ old: EntryName, to new: EntryName) throws(BrickError) {
    let source = try parent(of: old).descriptor
    let target = try parent(of: new).descriptor
    guard let moved = try source.status(old.name) else { throw BrickError(ENOENT, "rename") }
    let victim = try target.status(new.name)
    // Two names of one object: rename(2) does nothing.
    if let victim, victim.st_ino == moved.st_ino, victim.st_dev == moved.st_dev { return }
    let isDirectory = moved.st_mode & S_IFMT == S_IFDIR
    if let victim {
      let givesWay = victim.st_mode & S_IFMT == S_IFDIR
      guard givesWay == isDirectory else {
        // It fails; the kernel knows which of its rules comes first.
        return try source.rename(old.name, to: target, as: new.name, replacing: true)
      }
    }
    if isDirectory {
      // The rules may still refuse the move (into itself, say), so that a directory that gives
      // way is forgotten behind it. A handle that a crash leaves then leads nowhere.
      let displaced: GFID?
      do throws(BrickError) {
        displaced = victim == nil ? nil : try emptyDirectory(new, in: target)
      } catch  where error.errno == ENOTEMPTY {
        return try source.rename(old.name, to: target, as: new.name, replacing: true)
      }
      try moveDirectory(old, in: source, to: new, in: target)
      if let displaced { try dropHandle(ofDirectory: displaced) }
    } else {
      try moveFile(old, in: source, to: new, over: victim, in: target)
    }
  }

  private func moveFile(
    _ old: EntryName, in source: Descriptor, to new: EntryName, over victim: stat?,
    in target: Descriptor
  ) throws(BrickError) {
    let path = Layout.pathXattr(new)
    do throws(BrickError) {
      if let victim { try forget(new, victim, in: target) }
      try source.setXattr(old.name, path.key, path.value)
      try source.removePathXattr(old.name, old)
      try source.rename(old.name, to: target, as: new.name, replacing: true)
    } catch {
      try? source.removeXattr(old.name, path.key)
      remember(old)
      if victim != nil { remember(new) }
      throw error
    }
  }

  private func moveDirectory(
    _ old: EntryName, in source: Descriptor, to new: EntryName, in target: Descriptor
  ) throws(BrickError) {
    guard let gfid = try source.gfid(of: old.name) else {
      return try source.rename(old.name, to: target, as: new.name, replacing: true)
    }
    let scratch = try openScratch()
    // Until it is known what became of the move, the announcement stays: whoever needs the
    // scratch directory next finishes it, and the next flush does in any case.
    self.scratch = nil
    hasOpenMove = true
    try announceMove(of: gfid, to: new, scratch)
    do throws(BrickError) {
      try source.rename(old.name, to: target, as: new.name, replacing: true)
    } catch {
      try scratch.remove(scratch.moving)
      self.scratch = scratch
      hasOpenMove = false
      throw error
    }
    // Depths below have changed.
    directories.removeAll()
    try setHandle(ofDirectory: gfid, to: new, scratch)
    try scratch.remove(scratch.moving)
    self.scratch = scratch
    hasOpenMove = false
  }
}

extension Descriptor {
  /// Removes the gfid2path of a name from the object at it.
  func removePathXattr(_ name: ByteView, _ place: EntryName) throws(SystemError) {
    do throws(SystemError) {
      try removeXattr(name, Layout.pathXattr(place).key)
    } catch  where error.errno == ENODATA {}
  }
}
