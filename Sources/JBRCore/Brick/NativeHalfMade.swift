import Glibc

extension NativeBrick {
  /// Takes away what a GlusterFS server left at a name that was killed while it made an object
  /// there, before the object had its GFID; whether there was such a thing.
  ///
  /// Only something of the very type goes that has no GFID, no other name and nothing in it: a
  /// file without bytes, an empty directory, a symlink to the same target.
  func removeHalfMade(
    _ type: ObjectType, target: ByteView, at name: EntryName
  ) throws(BrickError) -> Bool {
    guard name.illegality == nil, let parent = try openDirectory(name.parent)?.descriptor,
      let status = try parent.status(name.name), ObjectType(mode: status.st_mode) == type,
      try parent.gfid(of: name.name) == nil
    else { return false }
    if type == .directory {
      do throws(BrickError) {
        try parent.removeDirectory(name.name)
        return true
      } catch  where error.errno == ENOTEMPTY || error.errno == EEXIST {
        return false
      }
    }
    guard status.st_nlink == 1, type != .file || status.st_size == 0 else { return false }
    if type == .symlink, try !parent.readLink(name.name).elementsEqual(target) { return false }
    try parent.unlink(name.name)
    return true
  }
}
