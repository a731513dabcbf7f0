extension NativeBrick {
  /// One rename, so that a crash finds the object at one place or the other. Its handle goes
  /// too, so that the GFID no longer leads to it; a directory's handle leads nowhere then.
  public func setAside(_ name: EntryName, as label: ByteView) throws(BrickError) {
    let parent = try directory(name.parent).descriptor
    guard FileName.isComponent(name.name), let there = try lookup(name) else {
      throw BrickError(ENOENT, "rename")
    }
    let shelf = try hidden.directory([UInt8]("jbr-set-aside".utf8))
    guard try shelf.status(label) == nil else { throw BrickError(EEXIST, "rename") }
    try parent.rename(name.name, to: shelf, as: label, replacing: false)
    guard let gfid = there.gfid else { return }
    directories.removeAll()
    files.removeAll()
    let handles = try handles(for: gfid)
    // A directory that GlusterFS never met has no handle.
    if try handles.status([UInt8](gfid.description.utf8)) != nil {
      try handles.unlink(gfid.description.utf8)
    }
  }
}
