/// What an object was before a replay touched it.
struct ObjectImage: Equatable {
  struct Xattr: Equatable {
    var key: ByteView
    var value: ByteView
  }
  var gfid: GFID
  /// nil for one that was not there.
  var status: ObjectStatus?
  /// Of a symlink.
  var target: ByteView = []
  /// All but those that hold the layout together, sorted by key.
  var xattrs: [Xattr] = []

  /// Looks at an object.
  init(of gfid: GFID, on brick: any UndoableBrick) throws(BrickError) {
    self.gfid = gfid
    guard let status = try brick.status(gfid) else { return }
    self.status = status
    if status.type == .symlink { target = try brick.symlinkTarget(gfid) }
    xattrs = try brick.plainXattrs(gfid).map { Xattr(key: $0.key, value: $0.value) }
  }

  init(gfid: GFID, status: ObjectStatus?) {
    self.gfid = gfid
    self.status = status
  }

  /// A digest of what it is, and of some of its content; nil where it is not there.
  ///
  /// The access time is not in it, nor how many names it has, nor a directory's mtime, nor what
  /// translators keep for themselves: all change without anybody changing what the replay did,
  /// and GlusterFS does not show all of it.
  func digest(_ ranges: [Range<Int64>], on brick: any UndoableBrick) throws(BrickError) -> Digest? {
    guard let status else { return nil }
    var hasher = ContentHasher()
    hasher.update(counted: status.type.rawValue.utf8)
    for number in [status.mode, status.uid, status.gid] { hasher.update(integer: number) }
    hasher.update(integer: status.rdev)
    if status.type != .directory {
      hasher.update(integer: status.size)
      hasher.update(integer: status.mtime.seconds)
      hasher.update(integer: status.mtime.nanoseconds)
    }
    hasher.update(counted: target)
    for xattr in xattrs where !Bookkeeping.owns(xattr.key) {
      hasher.update(counted: xattr.key)
      hasher.update(counted: xattr.value)
    }
    guard status.type == .file else { return hasher.digest() }
    for range in ranges {
      let part = range.clamped(to: 0..<max(0, status.size))
      guard !part.isEmpty else { continue }
      hasher.update(integer: part.lowerBound)
      try update(&hasher, part, on: brick)
    }
    return hasher.digest()
  }

  private static let blockByteCount: Int64 = 1 << 20
  private static let zeroBlock = zeros(blockByteCount)

  private static func zeros(_ count: Int64) -> Digest {
    Digest(of: [UInt8](repeating: 0, count: Int(count)))
  }

  /// Takes what a file has in a range, block by block; zeros are left out, as files may have far more
  /// of them than could be read.
  private func update(
    _ hasher: inout ContentHasher, _ range: Range<Int64>, on brick: any UndoableBrick
  ) throws(BrickError) {
    var offset = range.lowerBound
    while let data = try brick.nextData(gfid, from: offset), data < range.upperBound {
      let start = max(data / Self.blockByteCount * Self.blockByteCount, range.lowerBound)
      let end = min(start + Self.blockByteCount, range.upperBound)
      let content = try brick.contentDigest(gfid, start..<end)
      let isWhole = end - start == Self.blockByteCount
      if content != (isWhole ? Self.zeroBlock : Self.zeros(end - start)) {
        hasher.update(integer: start)
        hasher.update(integer: content.high)
        hasher.update(integer: content.low)
      }
      offset = end
    }
  }
}

/// What stands at a name.
enum NameState: Equatable {
  case free
  case object(GFID)
  /// Something without a GFID.
  case foreign

  init(_ name: EntryName, on brick: any UndoableBrick) throws(BrickError) {
    guard let entry = try brick.entry(name) else {
      self = .free
      return
    }
    self = entry.gfid.map { .object($0) } ?? .foreign
  }
}

/// All that is known of how things were before a replay, and of how it left them.
struct UndoState {
  /// How the replay left an object.
  struct After {
    /// nil where it is gone.
    var digest: Digest?
    var mtime: FileTime?
  }
  var objects: [GFID: ObjectImage] = [:]
  var names: [EntryName: GFID?] = [:]
  /// The ranges whose former content is kept.
  var kept: [GFID: RangeSet<Int64>] = [:]
  var objectsAfter: [GFID: After] = [:]
  var namesAfter: [EntryName: GFID?] = [:]
  /// What was taken out of the tree, by the name at which it stood.
  var setAsides: [EntryName: SetAside] = [:]
  /// Whether the replay wrote down how it left everything.
  var isEnded = false
  var isUndoing = false
  /// Whether an undoing was begun more than once: how an earlier one left things, nobody knows.
  var isResumed = false
  var isUndone = false

  /// The stretches of a file's content that a replay may have changed: those that are kept, and
  /// all behind the former end.
  func changedRanges(_ gfid: GFID) -> [Range<Int64>] {
    var ranges = kept[gfid] ?? RangeSet()
    ranges.insert(contentsOf: (objects[gfid]?.status?.size ?? 0)..<Int64.max)
    return Array(ranges.ranges)
  }
}
