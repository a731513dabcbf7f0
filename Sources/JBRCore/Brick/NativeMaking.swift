import Glibc

/// Making objects, so that each appears at its name whole: with its GFID, attributes and handle.
extension NativeBrick {
  public func make(_ object: NewObject, at name: EntryName) throws(BrickError) {
    guard let type = object.type.modeBits else { throw BrickError(EINVAL, "mknod") }
    let parent = try parent(of: name)
    guard object.gfid != .null else { throw BrickError(EINVAL, "mknod") }
    if object.type == .directory && parent.depth + 1 >= Layout.depthMax {
      throw BrickError(ENAMETOOLONG, "mkdir")
    }
    if object.type == .file, !object.mayInheritList,
      let file = try parent.descriptor.makeNameless(mode: object.mode & 0o7777)
    {
      return try makeFile(file, object, at: name, in: parent.descriptor)
    }
    guard try parent.descriptor.status(name.name) == nil else { throw BrickError(EEXIST, "mknod") }
    try clearHandle(for: object.gfid, at: name)
    try makeInScratch(object, type, at: name, in: parent.descriptor)
  }

  /// Gives a file that has no name yet what it must have, then its handle and its name.
  ///
  /// A crash between the two leaves an empty file at its handle that no name leads to; see
  /// `isLeftover`.
  private func makeFile(
    _ file: Descriptor, _ object: NewObject, at name: EntryName, in parent: Descriptor
  ) throws(BrickError) {
    try nameGFID { () throws(BrickError) in
      try file.setXattr(Layout.gfidKey, object.gfid.bytes)
    }
    let path = Layout.pathXattr(name)
    try file.setXattr(path.key, path.value)
    // A directory that is setgid has given its group; the process' mask may have taken bits.
    if object.uid != nil || object.gid != nil {
      try file.setOwner(uid: object.uid, gid: object.gid)
    }
    if try file.status().st_mode & 0o7777 != mode_t(object.mode & 0o7777) {
      try file.setMode(object.mode & 0o7777)
    }
    let handles = try handles(for: object.gfid)
    let handle = [UInt8](object.gfid.description.utf8)
    do throws(BrickError) {
      try file.link(to: handles, as: handle)
    } catch  where error.errno == EEXIST {
      try clearHandle(for: object.gfid, at: name)
      try file.link(to: handles, as: handle)
    }
    do throws(BrickError) {
      try file.link(to: parent, as: name.name)
    } catch {
      // What cannot be taken back now is taken back when the object is made again.
      try? handles.unlink(handle)
      throw error
    }
    files.insert(file, object.gfid)
  }

  /// Frees the handle of an object that is to be made at a name from what leads to no object: a
  /// directory's handle that outlived it, or what a crash left.
  private func clearHandle(for gfid: GFID, at name: EntryName) throws(BrickError) {
    if let found = try find(gfid) {
      guard try isLeftover(found, of: name) else { throw BrickError(EEXIST, "mknod") }
      files.remove(gfid)
    }
    let handles = try handles(for: gfid)
    let handle = [UInt8](gfid.description.utf8)
    if try handles.status(handle) != nil { try handles.unlink(handle) }
  }

  /// Whether a crash left it when it was made: an empty file that only its handle leads to, and
  /// that was to get just this name.
  private func isLeftover(_ found: Located, of name: EntryName) throws(BrickError) -> Bool {
    guard found.type == .file, found.status.st_nlink == 1, found.status.st_size == 0 else {
      return false
    }
    let path = Layout.pathXattr(name)
    return try found.xattr(path.key) == path.value
  }

  /// Makes an object in the tool's own directory and moves it to its name: directories, whose
  /// handles are no links to them, and what only `Scratch` can make safely.
  private func makeInScratch(
    _ object: NewObject, _ type: mode_t, at name: EntryName, in parent: Descriptor
  ) throws(BrickError) {
    let scratch = try openScratch()
    let handles = try handles(for: object.gfid)
    let handle = [UInt8](object.gfid.description.utf8)
    do throws(BrickError) {
      try makeNew(object, type, in: parent, scratch)
      if object.type == .directory {
        try handles.makeSymlink(handle, to: Layout.handleTarget(name))
      } else {
        let path = Layout.pathXattr(name)
        try scratch.directory.setXattr(scratch.new, path.key, path.value)
        try scratch.directory.link(scratch.new, to: handles, as: handle)
      }
      try scratch.directory.rename(scratch.new, to: parent, as: name.name, replacing: false)
    } catch {
      // What cannot be taken back now is taken back when the brick is opened next.
      try? handles.unlink(handle)
      try? scratch.remove(scratch.new)
      throw error
    }
  }

  /// Makes an object with its attributes where nobody sees it.
  private func makeNew(
    _ object: NewObject, _ type: mode_t, in parent: Descriptor, _ scratch: Scratch
  ) throws(BrickError) {
    switch object.type {
    case .directory: try scratch.directory.makeDirectory(scratch.new, mode: 0o700)
    case .symlink: try scratch.directory.makeSymlink(scratch.new, to: object.target)
    default: try scratch.directory.makeNode(scratch.new, mode: type | 0o600, device: object.rdev)
    }
    try nameGFID { () throws(BrickError) in
      try scratch.directory.setXattr(scratch.new, Layout.gfidKey, object.gfid.bytes)
    }
    // The group goes down from a directory that is setgid, and so does that bit, unless the
    // group is given.
    let above = try parent.status()
    let inherits = object.gid == nil && above.st_mode & S_ISGID != 0
    let group = object.gid ?? (inherits ? above.st_gid : nil)
    if object.uid != nil || group != nil {
      try scratch.directory.setOwner(scratch.new, uid: object.uid, gid: group)
    }
    guard object.type != .symlink else { return }
    let inherited = object.type == .directory && inherits ? S_ISGID : 0
    try scratch.directory.setMode(scratch.new, object.mode & 0o7777 | inherited)
  }

  /// Has an error of setting a GFID say that the file system will not do as a brick.
  private func nameGFID(_ body: () throws(BrickError) -> Void) throws(BrickError) {
    do throws(BrickError) { try body() } catch { throw BrickError(error.errno, Layout.gfidCall) }
  }
}
