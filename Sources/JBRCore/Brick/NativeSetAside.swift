import Glibc

/// Something that was taken out of a brick's tree and is kept: what is needed to put it back.
public struct SetAside: Equatable, Sendable {
  /// Where it stood.
  public var name: EntryName
  /// Under which name it is kept.
  public var label: ByteView
  /// nil for something without a GFID.
  public var gfid: GFID?
  /// Whether its GFID led to it: what GlusterFS never met has no handle.
  public var hasHandle: Bool

  public init(name: EntryName, label: ByteView, gfid: GFID?, hasHandle: Bool) {
    self.name = name
    self.label = label
    self.gfid = gfid
    self.hasHandle = hasHandle
  }
}

extension NativeBrick {
  private static let shelf = [UInt8]("jbr-set-aside".utf8)

  /// The handle goes first, so that a crash in between leaves the object at its name, to be set
  /// aside again; a directory's handle would lead nowhere afterwards.
  public func setAside(_ name: EntryName, as label: ByteView) throws(BrickError) {
    let parent = try parent(of: name).descriptor
    guard let status = try parent.status(name.name) else { throw BrickError(ENOENT, "rename") }
    let shelf = try hidden.directory(Self.shelf)
    guard try shelf.status(label) == nil else { throw BrickError(EEXIST, "rename") }
    let gfid = try parent.gfid(of: name.name)
    let hasHandle = try gfid.map { gfid throws(BrickError) in
      try dropHandle(of: gfid, at: name, status)
    }
    do throws(BrickError) {
      try parent.rename(name.name, to: shelf, as: label, replacing: false)
    } catch {
      if hasHandle == true, let gfid { try? giveHandle(to: gfid, at: name, in: parent) }
      throw error
    }
  }

  /// Removes the handle that leads to an object; whether there was one.
  private func dropHandle(
    of gfid: GFID, at name: EntryName, _ status: stat
  ) throws(BrickError) -> Bool {
    directories.removeAll()
    files.removeAll()
    guard let handles = try handleDirectory(gfid, making: false),
      let handle = try handles.status(gfid.description.utf8)
    else { return false }
    // Another object with the same GFID keeps its own.
    let isDirectory = status.st_mode & S_IFMT == S_IFDIR
    let isOwn =
      isDirectory
      ? try handlePlace(gfid) == name
      : handle.st_ino == status.st_ino && handle.st_dev == status.st_dev
    guard isOwn else { return false }
    try handles.unlink(gfid.description.utf8)
    return true
  }

  private func giveHandle(
    to gfid: GFID, at name: EntryName, in parent: Descriptor
  ) throws(BrickError) {
    guard let status = try parent.status(name.name) else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      return try setHandle(ofDirectory: gfid, to: name, openScratch())
    }
    let handles = try handles(for: gfid)
    guard try handles.status(gfid.description.utf8) == nil else { return }
    try parent.link(name.name, to: handles, as: [UInt8](gfid.description.utf8))
  }

  public func isSetAside(_ label: ByteView) throws(BrickError) -> Bool {
    guard let shelf = try hidden.subdirectory(Self.shelf) else { return false }
    return try shelf.status(label) != nil
  }

  public func putBack(_ aside: SetAside) throws(BrickError) {
    guard FileName.isComponent(aside.label) else { throw BrickError(EINVAL, "rename") }
    let parent = try parent(of: aside.name).descriptor
    if let shelf = try hidden.subdirectory(Self.shelf), try shelf.status(aside.label) != nil {
      try shelf.rename(aside.label, to: parent, as: aside.name.name, replacing: false)
    }
    guard aside.hasHandle, let gfid = aside.gfid, try parent.gfid(of: aside.name.name) == gfid
    else { return }
    try giveHandle(to: gfid, at: aside.name, in: parent)
  }
}
