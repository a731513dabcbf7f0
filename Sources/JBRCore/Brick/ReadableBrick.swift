/// One replica's tree, by GFID, for who only looks at it.
///
/// Objects are named by GFID and names by parent's GFID and one component; no path is ever
/// resolved. An error has the errno that the file system gave: `ESTALE` means that a GFID is not
/// there, `ENOENT` that a name is not.
public protocol ReadableBrick: AnyObject {
  /// nil if there is no such object.
  func status(_ gfid: GFID) throws(BrickError) -> ObjectStatus?
  /// Whether there is such an object.
  func has(_ gfid: GFID) throws(BrickError) -> Bool
  /// nil if the name is free.
  func lookup(_ name: EntryName) throws(BrickError) -> DirectoryEntry?
  /// A directory's names, sorted; without `.glusterfs` in the root.
  func list(_ directory: GFID) throws(BrickError) -> [(name: ByteView, entry: DirectoryEntry)]
  /// Where a directory stands; nil for the root and for what has no directory of that GFID.
  func place(ofDirectory gfid: GFID) throws(BrickError) -> EntryName?
  func symlinkTarget(_ gfid: GFID) throws(BrickError) -> ByteView
  /// Fewer bytes only at the file's end.
  func read(_ gfid: GFID, at offset: Int, count: Int) throws(BrickError) -> [UInt8]
  /// The first offset from `offset` on that may hold anything but zeros; nil behind the last.
  func nextData(_ gfid: GFID, from offset: Int64) throws(BrickError) -> Int64?
  /// All xattrs but a translator's own bookkeeping (`Bookkeeping`), sorted by key.
  func xattrs(_ gfid: GFID) throws(BrickError) -> [(key: ByteView, value: ByteView)]
  /// One xattr, whoever owns it; nil if the object has none of that key.
  func xattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) -> ByteView?
}

extension ReadableBrick {
  public func has(_ gfid: GFID) throws(BrickError) -> Bool { try status(gfid) != nil }

  public func xattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) -> ByteView? {
    try xattrs(gfid).first { $0.key == key }?.value
  }

  public func nextData(_ gfid: GFID, from offset: Int64) throws(BrickError) -> Int64? {
    guard let size = try status(gfid)?.size, offset < size else { return nil }
    return offset
  }
}

extension ReadableBrick {
  /// What stands at a name; nil too where there is no such directory.
  func entry(_ name: EntryName) throws(BrickError) -> DirectoryEntry? {
    do throws(BrickError) {
      return try lookup(name)
    } catch  where error.errno == ESTALE || error.errno == ENOTDIR {
      return nil
    }
  }
}
