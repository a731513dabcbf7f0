import Glibc

/// What GlusterFS' server leaves if it is killed while it makes an object.
extension NativeBrick {
  /// Removes what stands at a name if it has no GFID, and nobody has done anything with it: it is
  /// empty, has no other name and no xattr but those that it was born with. The answer is whether
  /// it was so. GlusterFS itself would take it for an object of somebody else's.
  func removeHalfMade(_ name: EntryName) throws(BrickError) -> Bool {
    let parent = try directory(name.parent).descriptor
    guard let status = try parent.status(name.name),
      try !parent.xattrKeys(name.name).contains(where: { !Self.isInborn($0) })
    else { return false }
    if status.st_mode & S_IFMT == S_IFDIR {
      do throws(BrickError) { try parent.removeDirectory(name.name) } catch
        where
        error.errno == ENOTEMPTY
      { return false }
      return true
    }
    guard status.st_nlink == 1, status.st_mode & S_IFMT != S_IFREG || status.st_size == 0
    else { return false }
    try parent.unlink(name.name)
    return true
  }

  /// Whether the kernel gives xattrs of this kind to new objects: ACLs and labels.
  private static func isInborn(_ key: [UInt8]) -> Bool {
    key.starts(with: "system.".utf8) || key.starts(with: "security.".utf8)
  }
}
