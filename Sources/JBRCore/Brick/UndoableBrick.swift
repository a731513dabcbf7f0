/// By what a brick is known again.
public enum BrickIdentity: Equatable, Sendable {
  /// A directory of this machine's, wherever it has been moved to since.
  case directory(device: UInt64, inode: UInt64)
  /// One behind GlusterFS: the host and the directory that its server names, whatever the port
  /// may be today. All bricks of a volume have its id, and no client can read that.
  case served(location: String)
}

/// What undoing a replay needs of a brick beside the primitives that fops are made of.
public protocol UndoableBrick: BrickStore {
  func identity() throws(BrickError) -> BrickIdentity
  /// Whether anybody but the brick itself can set an xattr of this key. A rule about keys, the
  /// same for all bricks that are directories, wherever they are.
  func canSet(_ key: ByteView) -> Bool
  /// All xattrs that can be set; a translator's own are among them, since a request may name
  /// them. Sorted by key.
  func plainXattrs(_ gfid: GFID) throws(BrickError) -> [(key: ByteView, value: ByteView)]
  /// Finishes what a replay or an undoing left half-done when it was cut off.
  func finishHalfDone() throws(BrickError)
  /// Whether something is kept under this name that `setAside` took away.
  func isSetAside(_ label: ByteView) throws(BrickError) -> Bool
  /// Puts back what was set aside, at a name that must be free, with the handle that it had. What
  /// stands there already only gets its handle.
  func putBack(_ aside: SetAside) throws(BrickError)
  /// Takes the last name from anything but a directory, and keeps the object with its handle alone,
  /// as a brick may hold what lost its names otherwise.
  func hide(_ name: EntryName) throws(BrickError)
}

extension UndoableBrick {
  public func canSet(_ key: ByteView) -> Bool { !Layout.isStructural(key) }

  // Where nothing is set aside there is nothing to put back.
  public func isSetAside(_ label: ByteView) throws(BrickError) -> Bool { false }

  public func putBack(_ aside: SetAside) throws(BrickError) {
    throw BrickError(EOPNOTSUPP, "rename")
  }

  /// GlusterFS keeps nothing without a name, so that the name stays.
  public func hide(_ name: EntryName) throws(BrickError) {}
}
