import Glibc

extension NativeBrick: UndoableBrick {
  public func identity() throws(BrickError) -> BrickIdentity {
    let status = try root.status()
    return .directory(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  public func plainXattrs(
    _ gfid: GFID
  ) throws(BrickError) -> [(key: ByteView, value: ByteView)] {
    let found = try require(gfid)
    var all: [(key: ByteView, value: ByteView)] = []
    for key in try found.xattrKeys() where canSet(key[...]) {
      guard let value = try found.xattr(key) else { continue }
      all.append((key[...], value[...]))
    }
    return all.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  /// The xattr goes first, as of any name: after a crash in between the name can be hidden again.
  public func hide(_ name: EntryName) throws(BrickError) {
    let parent = try parent(of: name).descriptor
    guard let status = try parent.status(name.name), status.st_mode & S_IFMT != S_IFDIR,
      let gfid = try parent.gfid(of: name.name),
      let handle = try handleDirectory(gfid, making: false)?.status(gfid.description.utf8),
      handle.st_ino == status.st_ino, handle.st_dev == status.st_dev
    else { throw BrickError(ESTALE, "unlink") }
    try parent.removePathXattr(name.name, name)
    try parent.unlink(name.name)
  }

  public func finishHalfDone() throws(BrickError) { _ = try openScratch() }
}
