/// Digests of what is compared of one object: equal wherever the comparison finds it equal.
struct ObjectDigests: Equatable {
  /// Type, mode, owner, device number, and the mtime where it is compared.
  var attributes = Digest(high: 0, low: 0)
  var xattrs = Digest(high: 0, low: 0)
  /// A file's size and bytes, of which holes and zeros are the same; a symlink's target.
  var content = Digest(high: 0, low: 0)
  /// Whether the mtime is in it.
  var isTimed = false
}

/// Digests of one directory: of its names, of itself, and of all objects in it but the directories,
/// which have their own.
public struct DirectoryDigests: Equatable, Sendable {
  public var path: [UInt8]
  public var gfid: GFID
  public var nameCount = 0
  public var names = Digest(high: 0, low: 0)
  public var attributes = Digest(high: 0, low: 0)
  public var xattrs = Digest(high: 0, low: 0)
  public var content = Digest(high: 0, low: 0)
  /// The objects in it, itself among them, whose mtime is in `attributes`.
  public var timed: [GFID] = []

  init(path: [UInt8], gfid: GFID) {
    self.path = path
    self.gfid = gfid
  }
}

/// Adds up the digests of one directory. The objects' order does not matter, so that another name
/// shows in the names alone.
struct DirectoryHasher: ~Copyable {
  private var made: DirectoryDigests
  private var names = ContentHasher()

  init(path: [UInt8], gfid: GFID) { made = DirectoryDigests(path: path, gfid: gfid) }

  mutating func add(name: ByteView, _ gfid: GFID) {
    made.nameCount += 1
    names.update(counted: name)
    names.update(integer: gfid.high)
    names.update(integer: gfid.low)
  }

  mutating func add(_ gfid: GFID, _ object: ObjectDigests) {
    made.attributes.add(object.attributes, of: gfid)
    made.xattrs.add(object.xattrs, of: gfid)
    made.content.add(object.content, of: gfid)
    if object.isTimed { made.timed.append(gfid) }
  }

  consuming func digests() -> DirectoryDigests {
    var made = made
    made.names = names.digest()
    return made
  }
}

extension Digest {
  fileprivate mutating func add(_ digest: Digest, of gfid: GFID) {
    var hasher = ContentHasher()
    hasher.update(integer: gfid.high)
    hasher.update(integer: gfid.low)
    hasher.update(digest)
    let one = hasher.digest()
    high &+= one.high
    low &+= one.low
  }
}

extension ContentHasher {
  mutating func update(_ digest: Digest) {
    update(integer: digest.high)
    update(integer: digest.low)
  }

  /// Takes what is compared of an object's attributes.
  mutating func update(_ status: ObjectStatus, isTimed: Bool) {
    update(counted: status.type.rawValue.utf8)
    for number in [status.mode, status.uid, status.gid] { update(integer: number) }
    update(integer: status.rdev)
    guard isTimed else { return }
    update(integer: status.mtime.seconds)
    update(integer: status.mtime.nanoseconds)
  }
}
