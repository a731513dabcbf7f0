import Glibc

/// Handles and gfid2path xattrs of names that are right, where something else than GlusterFS has
/// made them or a crash has parted them.
extension NativeBrick {
  public func soundness(_ name: EntryName) throws(BrickError) -> Soundness {
    let parent = try directory(name.parent).descriptor
    guard let status = try parent.status(name.name), let gfid = try parent.gfid(of: name.name)
    else { return .sound }
    if status.st_mode & S_IFMT == S_IFDIR {
      return try handlePlace(gfid) == name ? .sound : .broken
    }
    switch try handleFits(gfid, status) {
    case nil: return .broken
    case false?: return .contradicted
    case true?:
      let path = Layout.pathXattr(name)
      return try parent.xattr(name.name, path.key) == path.value ? .sound : .broken
    }
  }

  public func mend(_ name: EntryName) throws(BrickError) {
    let parent = try directory(name.parent).descriptor
    guard let status = try parent.status(name.name), let gfid = try parent.gfid(of: name.name)
    else { throw BrickError(ENOENT, "lookup") }
    if status.st_mode & S_IFMT == S_IFDIR {
      return try setHandle(ofDirectory: gfid, to: name, openScratch())
    }
    switch try handleFits(gfid, status) {
    case nil:
      try parent.link(name.name, to: handles(for: gfid), as: [UInt8](gfid.description.utf8))
    case false?: throw BrickError(EEXIST, "link")
    case true?: break
    }
    let path = Layout.pathXattr(name)
    try parent.setXattr(name.name, path.key, path.value)
  }

  /// Whether the handle is the object itself, or for a device, FIFO or socket that a copy by
  /// tar made, another file of the same kind; nil if there is none.
  private func handleFits(_ gfid: GFID, _ status: stat) throws(BrickError) -> Bool? {
    guard let handles = try handleDirectory(gfid, making: false),
      let handle = try handles.status(gfid.description.utf8)
    else { return nil }
    if handle.st_ino == status.st_ino && handle.st_dev == status.st_dev { return true }
    let isSpecial = ![S_IFREG, S_IFLNK].contains(status.st_mode & S_IFMT)
    return isSpecial && handle.st_mode == status.st_mode
  }
}
