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

  public func finishHalfDone() throws(BrickError) { _ = try openScratch() }
}
