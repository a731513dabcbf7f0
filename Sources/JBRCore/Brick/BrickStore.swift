/// What kind of thing a GFID names.
public enum ObjectType: String, Sendable, CaseIterable {
  case file, directory, symlink, fifo, socket
  case character = "character_device"
  case block = "block_device"
  /// Known to exist only because a request names it: what is not in the journal may be anything.
  case unknown

  /// Whether an object of this type can serve where `wanted` is needed.
  public func mayBe(_ wanted: ObjectType) -> Bool { self == wanted || self == .unknown }
}

/// A time of a file: seconds since 1970, which may be negative, and nanoseconds below 10^9.
public struct FileTime: Hashable, Sendable, Comparable {
  public var seconds: Int64
  public var nanoseconds: UInt32

  public init(seconds: Int64, nanoseconds: UInt32) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  public static func < (left: FileTime, right: FileTime) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}

/// The metadata of an object on a brick.
public struct ObjectStatus: Equatable, Sendable {
  public var type: ObjectType
  /// Permission bits with setuid, setgid and sticky: 0o7777.
  public var mode: UInt32
  public var uid: UInt32
  public var gid: UInt32
  /// glibc's encoding of a device's number; 0 for anything else.
  public var rdev: UInt64
  public var size: Int64
  /// The number of names, the handle under `.glusterfs` not counted; 1 for a directory.
  public var nameCount: Int
  public var atime: FileTime
  public var mtime: FileTime

  public init(
    type: ObjectType, mode: UInt32 = 0, uid: UInt32 = 0, gid: UInt32 = 0, rdev: UInt64 = 0,
    size: Int64 = 0, nameCount: Int = 0, atime: FileTime = FileTime(seconds: 0, nanoseconds: 0),
    mtime: FileTime = FileTime(seconds: 0, nanoseconds: 0)
  ) {
    self.type = type
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.rdev = rdev
    self.size = size
    self.nameCount = nameCount
    self.atime = atime
    self.mtime = mtime
  }
}

/// What stands at a name.
public struct DirectoryEntry: Equatable, Sendable {
  /// nil for an object without `trusted.gfid`: nothing that GlusterFS made or has met.
  public var gfid: GFID?
  public var type: ObjectType

  public init(gfid: GFID?, type: ObjectType) {
    self.gfid = gfid
    self.type = type
  }
}

/// A name in a directory.
public struct EntryName: Hashable, Sendable, Comparable {
  public var parent: GFID
  public var name: ByteView

  public init(parent: GFID, name: ByteView) {
    self.parent = parent
    self.name = name
  }

  public static func < (left: EntryName, right: EntryName) -> Bool {
    left.parent == right.parent
      ? left.name.lexicographicallyPrecedes(right.name) : left.parent < right.parent
  }
}

extension EntryName {
  /// Why nothing can have this name: it is no component, or it is the brick's own directory.
  var illegality: Int32? {
    guard FileName.isComponent(name) else { return EINVAL }
    return parent == .root && name.elementsEqual(".glusterfs".utf8) ? EPERM : nil
  }
}

/// An object to be made.
public struct NewObject: Equatable, Sendable {
  public var gfid: GFID
  public var type: ObjectType
  public var mode: UInt32
  /// nil: as the file system gives them (the process', or a setgid parent's). Where a group is
  /// given, the mode is taken as it is too: nothing comes down from the parent.
  public var uid: UInt32?
  public var gid: UInt32?
  public var rdev: UInt64
  /// Of a symlink.
  public var target: ByteView
  /// Whether the directory may have a default ACL, which a file system hands down by itself.
  public var mayInheritList = true

  public init(
    gfid: GFID, type: ObjectType, mode: UInt32, uid: UInt32? = nil, gid: UInt32? = nil,
    rdev: UInt64 = 0, target: ByteView = []
  ) {
    self.gfid = gfid
    self.type = type
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.rdev = rdev
    self.target = target
  }
}

/// Attributes that are set together; nil leaves one as it is.
public struct AttributeChange: Equatable, Sendable {
  public var mode: UInt32?
  public var uid: UInt32?
  public var gid: UInt32?
  public var atime: FileTime?
  public var mtime: FileTime?

  public init(
    mode: UInt32? = nil, uid: UInt32? = nil, gid: UInt32? = nil, atime: FileTime? = nil,
    mtime: FileTime? = nil
  ) {
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.atime = atime
    self.mtime = mtime
  }
}

/// Why a brick did not do what it was asked to: the file system's answer.
public typealias BrickError = SystemError

/// How a setxattr treats a key that is there, or is not (XATTR_CREATE, XATTR_REPLACE).
public enum XattrMode: Sendable { case set, create, replace }

/// Whether a name has its handle and gfid2path.
public enum Soundness: Sendable {
  case sound
  /// Something is missing and can be made again.
  case broken
  /// The handle is another object with the same GFID.
  case contradicted
}

/// How a range of a file is given space or loses its content.
public enum RangeChange: Sendable, Equatable {
  /// fallocate: space, and a size that grows to the range's end.
  case allocate
  /// discard: a hole; the size stays.
  case punch
  /// zerofill: zeros; the size grows to the range's end.
  case zero
}

/// One replica's tree, by GFID, as `storage/posix` keeps it: the primitives of which both fops
/// and plan steps are made.
///
/// `NativeBrick` is a directory on disk, `ModelBrick` its twin in memory that also remembers
/// who wrote what. A primitive either does what it says, handles and gfid2path xattrs included,
/// or throws with the errno that the file system gave.
public protocol BrickStore: ReadableBrick {
  /// Makes an object with its handle, at a name that must be free.
  func make(_ object: NewObject, at name: EntryName) throws(BrickError)
  /// Gives an existing object other than a directory one more name, which must be free.
  func link(_ gfid: GFID, at name: EntryName) throws(BrickError)
  /// Removes the name of anything but a directory, and the object with its last name.
  func unlink(_ name: EntryName) throws(BrickError)
  /// Removes an empty directory.
  func removeDirectory(_ name: EntryName) throws(BrickError)
  /// Moves an object to another name, over what stands there, as rename(2) does.
  func rename(_ old: EntryName, to new: EntryName) throws(BrickError)

  /// Whether the object at a name has what GlusterFS keeps of it: its handle, and the name's
  /// gfid2path. Sound where the name is free or its object has no GFID.
  func soundness(_ name: EntryName) throws(BrickError) -> Soundness
  /// Gives the object at a name its handle and gfid2path; `EEXIST` where the handle is another
  /// object.
  func mend(_ name: EntryName) throws(BrickError)
  /// Takes whatever stands at a name out of the tree, with all that is below it, and keeps it
  /// under `.glusterfs/jbr-set-aside/LABEL`. For objects that no journal knows.
  func setAside(_ name: EntryName, as label: ByteView) throws(BrickError)

  func write(_ payload: Payload, to gfid: GFID, at offset: Int) throws(BrickError)
  func truncate(_ gfid: GFID, to size: Int64) throws(BrickError)
  func change(
    _ gfid: GFID, from offset: Int64, count: Int64, _ change: RangeChange
  ) throws(BrickError)

  func setMode(_ gfid: GFID, _ mode: UInt32) throws(BrickError)
  /// nil leaves it. As chown(2) does, this clears setuid, and setgid of what a group may run.
  func setOwner(_ gfid: GFID, uid: UInt32?, gid: UInt32?) throws(BrickError)
  /// nil leaves it.
  func setTimes(_ gfid: GFID, atime: FileTime?, mtime: FileTime?) throws(BrickError)
  /// Sets the owner, then the mode and what an access ACL says of it, then the times.
  func set(_ change: AttributeChange, of gfid: GFID) throws(BrickError)
  func setXattr(
    _ gfid: GFID, _ key: ByteView, _ value: ByteView, _ mode: XattrMode
  ) throws(BrickError)
  func removeXattr(_ gfid: GFID, _ key: ByteView) throws(BrickError)

  /// Makes everything done so far durable.
  func synchronize() throws(BrickError)

  /// How many threads may use the brick at once, and gain by it: each by objects and names of its
  /// own, while several add names to the same directory.
  var threadCount: Int { get }
  /// Tells that these objects will be asked for, so that a brick that is far away can be asked for
  /// all of them at once.
  func expect(_ objects: Set<GFID>)
}

extension BrickStore {
  public var threadCount: Int { 1 }

  public func expect(_ objects: Set<GFID>) {}
}

/// xattrs that translators keep for themselves on each brick. No user sees them, replicas may
/// differ in them, and neither plan nor verify compares them. What a journaled request writes by
/// name, DHT's layout or AFR's counters say, is none of them.
public enum Bookkeeping {
  private static let keys: Set<String> = ["trusted.glusterfs.volume-id", "trusted.glusterfs.mdata"]
  /// The first is that of gfid2path's keys too.
  private static let prefixes = [
    "trusted.gfid", "trusted.jbr.", "trusted.pgfid.", "trusted.bit-rot.",
    "trusted.glusterfs.quota.",
  ].map { [UInt8]($0.utf8) }
  /// Marker's time stamps.
  private static let suffix = [UInt8](".xtime".utf8)

  /// Whether a key belongs to a translator.
  public static func owns(_ key: ByteView) -> Bool {
    prefixes.contains { key.starts(with: $0) } || key.suffix(suffix.count).elementsEqual(suffix)
      || keys.contains(String(decoding: key, as: UTF8.self))
  }
}
