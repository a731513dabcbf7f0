import Glibc

/// A brick on disk, in the layout of GlusterFS' `storage/posix`.
///
/// Everything is reached by GFID through the handles under `.glusterfs`, one component at a time
/// relative to open directories and never through a symlink, and what was reached must carry the
/// GFID that was asked for. So nothing that stands in a brick leads out of it.
///
/// Steps that a crash could part are ordered so that doing the operation again completes them;
/// what that cannot mend, `Scratch` remembers.
public final class NativeBrick {
  /// The path as the user named it, for messages.
  public let path: String
  let root: Descriptor
  /// `.glusterfs`.
  let hidden: Descriptor
  /// Open directories of the tree.
  var directories = RecentCache<GFID, OpenDirectory>()
  /// Open files that were made or written to.
  var files = RecentCache<GFID, Descriptor>(countMax: 32)
  /// Open `.glusterfs/aa/bb`, by the GFID's first two bytes.
  var handleDirectories = RecentCache<UInt16, Descriptor>()
  /// Objects other than directories whose GFID was compared, by the inode that has it.
  var identified = RecentCache<GFID, InodeNumber>()
  /// What is written next: memory that is new for each write costs more than the write.
  var buffer: [UInt8] = []
  var scratch: Scratch?
  /// Whether a directory was moved whose handle may not have followed.
  var hasOpenMove = false
  /// Others that work on this brick at the same time; see `makeTwins`.
  private var twins: [NativeBrick] = []
  /// 0, or which of the twins it is.
  let number: Int

  /// Opens a brick. A directory that is no brick is refused; if `creating`, an empty or missing
  /// one becomes an empty brick.
  public convenience init(path: String, creating: Bool = false) throws(Failure) {
    try self.init(path: path, creating: creating, faults: nil)
  }

  /// `faults` stand before every call of the system's that the brick makes.
  init(path: String, creating: Bool = false, faults: (any CallFaults)?) throws(Failure) {
    self.path = path
    number = 0
    do {
      if creating { try Descriptor.ensureDirectory(path) }
      root = try Descriptor(directory: path, faults: faults)
    } catch {
      let status: ExitStatus = creating ? .cannotCreate : .cannotOpen
      throw Failure(
        status, "cannot \(error.call): \(errorText(error.errno))", path: path, errno: error.errno)
    }
    let found: GFID
    do throws(BrickError) {
      if creating, try Self.isVacant(root) { try Self.initialise(root) }
      guard let gfid = try root.gfid(of: Layout.itself) else {
        throw BrickError(ENODATA, "getxattr")
      }
      found = gfid
    } catch { throw Self.noBrick(path, error) }
    guard found == .root else {
      throw Failure(
        .cannotOpen,
        "is not a brick: its trusted.gfid is \(found), not a root's: name the top directory",
        path: path, errno: ESTALE)
    }
    do throws(BrickError) { hidden = try root.open(Layout.hidden, Descriptor.directory) } catch {
      throw Self.noBrick(path, error)
    }
  }

  /// Gives an empty directory what every brick has. `.glusterfs` comes first, so that a
  /// directory with a root's GFID is a brick.
  private static func initialise(_ root: Descriptor) throws(BrickError) {
    let hidden = try root.directory(Layout.hidden)
    let outer = try hidden.directory(Layout.firstLevel(.root))
    let inner = try outer.directory(Layout.secondLevel(.root))
    do throws(BrickError) {
      try inner.makeSymlink(GFID.root.description.utf8, to: Layout.rootHandle)
    } catch  where error.errno == EEXIST {}
    try root.setXattr(Layout.itself, Layout.gfidKey, GFID.root.bytes)
  }

  private static func noBrick(_ path: String, _ error: BrickError) -> Failure {
    switch error.errno {
    // The kernel hides these xattrs from those who may not read them.
    case ENODATA where !maySeeTrustedXattrs():
      return Failure(
        .cannotOpen, "cannot read trusted.gfid, which only root may: run as root", path: path,
        errno: EPERM)
    case ENODATA:
      return Failure(
        .cannotOpen, "is not a brick: it has no trusted.gfid", path: path, errno: error.errno)
    case ENOENT, ENOTDIR, ELOOP:
      return Failure(
        .cannotOpen, "is not a brick: no .glusterfs", path: path, errno: error.errno)
    case EPERM, ENOTSUP:
      return Failure(
        .cannotOpen, "trusted.* xattrs need root and a file system that has them", path: path,
        errno: error.errno)
    case EACCES:
      return Failure(
        .cannotOpen, "cannot \(error.call): \(errorText(EACCES)): run as root", path: path,
        errno: EACCES)
    default:
      return Failure(
        .ioError, "cannot \(error.call): \(errorText(error.errno))", path: path,
        errno: error.errno)
    }
  }

  /// Whether a directory is one that `init(path:creating:)` makes a brick of: empty or missing.
  public static func isVacant(path: String) -> Bool {
    do throws(BrickError) {
      return try isVacant(Descriptor(directory: path))
    } catch {
      return error.errno == ENOENT
    }
  }

  /// Whether nothing is there, or no more than a killed `initialise` leaves.
  private static func isVacant(_ root: Descriptor) throws(BrickError) -> Bool {
    let names = try root.names()
    guard names == [Layout.hidden] else { return names.isEmpty }
    // Whoever may not see a brick's GFID must not take it for no brick.
    return maySeeTrustedXattrs() ? try root.gfid(of: Layout.itself) == nil : false
  }

  /// Keeps other replays and reconciliations off the brick until this is gone.
  public func lock() throws(Failure) {
    let isLocked: Bool
    do throws(BrickError) { isLocked = try root.lock() } catch {
      throw Failure(error, path: path)
    }
    guard isLocked else {
      throw Failure(.tryAgain, "is in use by another replay or reconciliation", path: path)
    }
  }

  private init(twin number: Int, of brick: NativeBrick) {
    path = brick.path
    root = brick.root
    hidden = brick.hidden
    self.number = number
    directories = RecentCache(countMax: Self.twinCacheCountMax)
    handleDirectories = RecentCache(countMax: Self.twinCacheCountMax)
  }

  /// All caches of all twins together stay below the usual limit of 1024 open files.
  private static let twinCacheCountMax = 64
  private static let twinCountMax = 3

  /// Makes further ways to the brick, as many as processors can use: each may be used by a thread
  /// of its own, as long as no two work on the same object or directory.
  func makeTwins() -> [NativeBrick] {
    // Tests count the calls of one thread.
    guard root.faults == nil, twins.isEmpty else { return twins }
    let count = min(processorCount() - 1, Self.twinCountMax)
    twins = (0..<max(0, count)).map { NativeBrick(twin: $0 + 1, of: self) }
    return twins
  }

  /// What may be flushed while the brick is worked on.
  var flushedAside: Descriptor? { root.faults == nil ? root : nil }

  /// Makes everything done so far durable.
  public func synchronize() throws(BrickError) {
    for brick in [self] + twins where brick.hasOpenMove { _ = try brick.openScratch() }
    try root.synchronizeFileSystem()
  }
}

/// Names and values of the layout on disk.
enum Layout {
  static let itself = [UInt8(ascii: ".")]
  static let hidden = [UInt8](".glusterfs".utf8)
  static let gfidKey = [UInt8]("trusted.gfid".utf8)
  static let pathKeyPrefix = [UInt8]("trusted.gfid2path.".utf8)
  /// What a call that could not set a GFID says: the file system will not do as a brick.
  static let gfidCall = "setxattr trusted.gfid"
  /// What a call says for which the file system has no xattrs: it will not do either.
  static let unsupportedCall = "setxattr on a file system without these xattrs"
  static let rootHandle = [UInt8]("../../..".utf8)
  /// GlusterFS reaches directories by paths of at most PATH_MAX bytes: two for each level.
  static let depthMax = 2048

  static func firstLevel(_ gfid: GFID) -> [UInt8] { hexadecimal(UInt8(gfid.high >> 56)) }
  static func secondLevel(_ gfid: GFID) -> [UInt8] {
    hexadecimal(UInt8(truncatingIfNeeded: gfid.high >> 48))
  }

  private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
    [hexadecimalDigits[Int(byte >> 4)], hexadecimalDigits[Int(byte & 15)]]
  }

  /// What a directory's handle leads to: `../../aa/bb/PARENT/NAME`.
  static func handleTarget(_ place: EntryName) -> [UInt8] {
    let slash = [UInt8(ascii: "/")]
    return [UInt8]("../..".utf8) + slash + firstLevel(place.parent) + slash
      + secondLevel(place.parent) + slash + place.parent.description.utf8 + slash + place.name
  }

  /// The place that a directory's handle leads to; nil for anything but what `handleTarget` makes.
  static func place(fromHandle target: [UInt8]) -> EntryName? {
    let head = "../../aa/bb/".utf8.count
    let nameStart = head + 36 + 1
    guard target.count > nameStart,
      let parent = GFID(String(decoding: target[head..<head + 36], as: UTF8.self))
    else { return nil }
    let place = EntryName(parent: parent, name: target[nameStart...])
    guard FileName.isComponent(place.name), handleTarget(place) == target else { return nil }
    return place
  }

  /// The xattr that remembers one name of a file: `PARENT/NAME` under its XXH64.
  static func pathXattr(_ place: EntryName) -> (key: [UInt8], value: [UInt8]) {
    let value = [UInt8](place.parent.description.utf8) + [UInt8(ascii: "/")] + place.name
    return (pathKeyPrefix + xxh64(value).hexadecimal.utf8, value)
  }

  /// Whether Linux knows what an xattr is for by the beginning of its key.
  static func isInNamespace(_ key: ByteView) -> Bool {
    ["user.", "trusted.", "security.", "system."].contains { key.starts(with: $0.utf8) }
  }

  /// Whether an xattr holds the layout itself together, so that nobody but the brick sets it.
  static func isStructural(_ key: ByteView) -> Bool {
    key.elementsEqual(gfidKey) || key.starts(with: pathKeyPrefix)
  }
}

extension Descriptor {
  /// The GFID of what stands at a name; nil if it has none.
  func gfid(of name: some Collection<UInt8>) throws(SystemError) -> GFID? {
    try xattr(name, Layout.gfidKey).flatMap { GFID(bytes: $0) }
  }

  /// Opens a sub-directory of `.glusterfs`, and makes it where it is missing.
  func directory(_ name: some Collection<UInt8>) throws(SystemError) -> Descriptor {
    do throws(SystemError) {
      return try open(name, Descriptor.directory)
    } catch  where error.errno == ENOENT {
      do throws(SystemError) {
        try makeDirectory(name, mode: 0o700)
      } catch  where error.errno == EEXIST {}
      return try open(name, Descriptor.directory)
    }
  }
}

/// An open directory of the tree.
struct OpenDirectory {
  var descriptor: Descriptor
  /// 0 for the root.
  var depth: Int
}

/// Open directories and the like, of which those that were not asked for in a while are dropped.
struct RecentCache<Key: Hashable, Value> {
  let countMax: Int
  private var recent: [Key: Value] = [:]
  private var older: [Key: Value] = [:]

  /// Two caches of the usual size stay well below the usual limit of 1024 open files.
  init(countMax: Int = 192) { self.countMax = countMax }

  /// Two generations stand for an exact order of use: whatever was asked for since the last
  /// change of generations survives the next.
  subscript(key: Key) -> Value? {
    mutating get {
      if let found = recent[key] { return found }
      guard let found = older.removeValue(forKey: key) else { return nil }
      insert(found, key)
      return found
    }
  }

  mutating func insert(_ value: Value, _ key: Key) {
    if recent.count >= countMax / 2 {
      older = recent
      recent = [:]
    }
    recent[key] = value
  }

  mutating func remove(_ key: Key) {
    recent[key] = nil
    older[key] = nil
  }

  mutating func removeAll() {
    recent = [:]
    older = [:]
  }
}
