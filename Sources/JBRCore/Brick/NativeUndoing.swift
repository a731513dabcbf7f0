import Glibc

/// What undoing a replay needs beside the primitives that fops are made of.
extension NativeBrick {
  /// A brick is known again by the device and inode number of its directory.
  func identity() throws(BrickError) -> (device: UInt64, inode: UInt64) {
    let status = try root.status()
    return (UInt64(status.st_dev), UInt64(status.st_ino))
  }

  /// All xattrs but those that hold the layout together; a translator's own are among them, since
  /// a request may name them. Sorted by key.
  func plainXattrs(_ gfid: GFID) throws(BrickError) -> [(key: ByteView, value: ByteView)] {
    let found = try require(gfid)
    var all: [(key: ByteView, value: ByteView)] = []
    for key in try found.xattrKeys() where !Layout.isStructural(key[...]) {
      guard let value = try found.xattr(key) else { continue }
      all.append((key[...], value[...]))
    }
    return all.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  /// Takes a name from anything but a directory, and keeps the object by its handle even if it
  /// was the last, so that it can be linked again.
  func detach(_ name: EntryName) throws(BrickError) {
    let parent = try directory(name.parent).descriptor
    guard let status = try parent.status(name.name), let gfid = try parent.gfid(of: name.name)
    else { throw BrickError(ENOENT, "unlink") }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw BrickError(EISDIR, "unlink") }
    let handles = try handles(for: gfid)
    let handle = [UInt8](gfid.description.utf8)
    guard let there = try handles.status(handle) else {
      try parent.link(name.name, to: handles, as: handle)
      return try detach(name)
    }
    guard there.st_ino == status.st_ino, there.st_dev == status.st_dev else {
      throw BrickError(EEXIST, "link")
    }
    try parent.removePathXattr(name.name, name)
    try parent.unlink(name.name)
  }

  /// Removes an object that has no name left; one that has, stays.
  func dropNameless(_ gfid: GFID) throws(BrickError) {
    guard let handles = try handleDirectory(gfid, making: false),
      let there = try handles.status(gfid.description.utf8), there.st_nlink == 1,
      there.st_mode & S_IFMT != S_IFDIR
    else { return }
    files.remove(gfid)
    try handles.unlink(gfid.description.utf8)
  }
}
