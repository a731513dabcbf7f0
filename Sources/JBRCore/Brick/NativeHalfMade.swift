import Glibc

extension NativeBrick {
  /// Takes away what a GlusterFS server left at a name that was killed while it made an object
  /// there, before the object had its GFID. The answer is what it was; nil where nothing was.
  ///
  /// Only something that is expected goes (by its type and, of a symlink, its target), that has no
  /// GFID, no other name and nothing in it: a file without bytes, an empty directory.
  func removeHalfMade(
    at name: EntryName, if isExpected: (ObjectType, ByteView) -> Bool
  ) throws(BrickError) -> ObjectType? {
    guard name.illegality == nil, let parent = try openDirectory(name.parent)?.descriptor,
      let status = try parent.status(name.name), try parent.gfid(of: name.name) == nil
    else { return nil }
    let type = ObjectType(mode: status.st_mode)
    let target = type == .symlink ? try parent.readLink(name.name)[...] : []
    guard isExpected(type, target) else { return nil }
    if type == .directory {
      do throws(BrickError) {
        try parent.removeDirectory(name.name)
        return type
      } catch  where error.errno == ENOTEMPTY || error.errno == EEXIST {
        return nil
      }
    }
    guard status.st_nlink == 1, type != .file || status.st_size == 0 else { return nil }
    try parent.unlink(name.name)
    return type
  }
}
