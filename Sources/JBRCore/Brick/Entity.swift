/// The smallest things that a request writes and that can be compared between replicas.
public enum Entity: Hashable, Sendable {
  /// The existence, type, device number and symlink target of an object.
  case object(GFID)
  case name(EntryName)
  case size(GFID)
  /// Offsets in a file; never beyond its size.
  case data(GFID, Range<Int64>)
  case mode(GFID)
  case uid(GFID)
  case gid(GFID)
  case atime(GFID)
  case mtime(GFID)
  case xattr(GFID, ByteView)

  /// The word for it in output.
  public var word: String {
    switch self {
    case .object: "object"
    case .name: "name"
    case .size: "size"
    case .data: "data"
    case .mode: "mode"
    case .uid: "uid"
    case .gid: "gid"
    case .atime: "atime"
    case .mtime: "mtime"
    case .xattr: "xattr"
    }
  }

  /// The object that it belongs to; of a name, the directory.
  public var gfid: GFID {
    switch self {
    case .object(let gfid), .size(let gfid), .data(let gfid, _), .mode(let gfid), .uid(let gfid),
      .gid(let gfid), .atime(let gfid), .mtime(let gfid), .xattr(let gfid, _):
      gfid
    case .name(let name): name.parent
    }
  }
}

/// A value, and the request that wrote it last; nil for one that was there before.
public struct Written<Value> {
  public var value: Value
  public var writer: RequestID?

  public init(_ value: Value, by writer: RequestID?) {
    self.value = value
    self.writer = writer
  }
}

extension Written: Sendable where Value: Sendable {}

/// What a `ModelBrick` knows of an object. An attribute that is nil is not known, or is no
/// entity now: nothing in the journal says what it must be.
public struct ModelObject: Sendable {
  public var type: ObjectType
  public var rdev: UInt64 = 0
  public var target: ByteView = []
  /// The request that made it; nil for what was there before.
  public var maker: RequestID?
  public var mode: Written<UInt32>?
  /// The mode that an object of unknown type has if it is a directory, from which chown(2) takes
  /// no bits; nil where that makes no difference.
  var modeIfDirectory: UInt32?
  public var uid: Written<UInt32>?
  public var gid: Written<UInt32>?
  public var atime: Written<FileTime>?
  /// Set by a (f)setattr and by nothing later. The time of a write is not in the journal.
  public var mtime: Written<FileTime>?
  public var size: Written<Int64>?
  /// Where the size is not known, what it has grown to at least.
  var grown: Written<Int64>?
  /// What the size may be instead: FDL does not journal a fallocate's mode (KEEP_SIZE), so that
  /// only a brick can tell whether one beyond the end changed the size. Empty where it is certain.
  public var otherSizes: Set<Int64> = []
  public var data = ExtentMap()
  /// By key; a nil value is a key that was removed.
  public var xattrs: [ByteView: Written<ByteView?>] = [:]
  /// All names if the object was made here, else those that requests have shown.
  public var names: Set<EntryName> = []
  /// How many more names it has on the base; without one, nobody knows.
  var unseenNames = 0
}
