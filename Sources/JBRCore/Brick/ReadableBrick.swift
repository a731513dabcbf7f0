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
  /// The digest of what `read` gives.
  func digest(_ gfid: GFID, at offset: Int, count: Int) throws(BrickError) -> Digest
  /// The digest of all that the file has in a range, however long it is.
  func contentDigest(_ gfid: GFID, _ range: Range<Int64>) throws(BrickError) -> Digest
  /// The digest of a range less its trailing zeros, so that it stays when the file grows.
  func trimmedDigest(_ gfid: GFID, _ range: Range<Int64>) throws(BrickError) -> Digest
  /// Whether the brick is on another host, so that digests are had more cheaply than bytes.
  var isFar: Bool { get }
  /// Tells what will be asked for, so that a brick on another host can be asked for all at once.
  func expect(_ looks: [BrickLook])
}

/// Something that a brick can be asked for ahead.
public enum BrickLook: Hashable, Sendable {
  case status(GFID)
  case lookup(EntryName)
  /// A part of a directory's names, from a number on; all parts together are `list`.
  case list(GFID, from: Int)
  case place(GFID)
  case symlinkTarget(GFID)
  case read(GFID, at: Int, count: Int)
  case nextData(GFID, from: Int64)
  case xattrs(GFID)
  case xattr(GFID, ByteView)
  case digest(GFID, at: Int, count: Int)
  case trimmedDigest(GFID, Range<Int64>)
  case contentDigest(GFID, Range<Int64>)
  case soundness(EntryName)
  case plainXattrs(GFID)
  case isSetAside(ByteView)
  case identity
  case room
}

extension ReadableBrick {
  public func has(_ gfid: GFID) throws(BrickError) -> Bool { try status(gfid) != nil }

  public func xattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) -> ByteView? {
    try xattrs(gfid).first { $0.key == key }?.value
  }

  public var isFar: Bool { false }

  public func expect(_ looks: [BrickLook]) {}

  public func digest(_ gfid: GFID, at offset: Int, count: Int) throws(BrickError) -> Digest {
    Digest(of: try read(gfid, at: offset, count: count))
  }

  public func contentDigest(_ gfid: GFID, _ range: Range<Int64>) throws(BrickError) -> Digest {
    var hasher = ContentHasher()
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = Int(min(1 << 20, range.upperBound - offset))
      let bytes = try read(gfid, at: Int(offset), count: count)
      hasher.update(bytes)
      offset += Int64(bytes.count)
      if bytes.count < count { break }
    }
    return hasher.digest()
  }

  public func trimmedDigest(_ gfid: GFID, _ range: Range<Int64>) throws(BrickError) -> Digest {
    var hasher = ContentHasher()
    var offset = range.lowerBound
    var zeroCount = 0
    while offset < range.upperBound {
      let count = Int(min(1 << 20, range.upperBound - offset))
      let bytes = try read(gfid, at: Int(offset), count: count)
      if let last = bytes.lastIndex(where: { $0 != 0 }) {
        hasher.update(zeros: zeroCount)
        hasher.update(bytes[...last])
        zeroCount = bytes.count - last - 1
      } else {
        zeroCount += bytes.count
      }
      if bytes.count < count { break }
      offset += Int64(count)
    }
    return hasher.digest()
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

extension ContentHasher {
  fileprivate mutating func update(zeros count: Int) {
    let block = [UInt8](repeating: 0, count: min(count, 1 << 16))
    var left = count
    while left > 0 {
      update(block.prefix(left))
      left -= min(left, block.count)
    }
  }
}
