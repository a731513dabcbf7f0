/// Where a step takes bytes from.
public enum StepSource: Equatable, Sendable {
  /// A stretch of a journal's data file, by its path.
  case journal(replica: String, file: String, offset: Int)
  /// The same range of the same file on another replica's brick.
  case brick(replica: String)

  /// The replica that supplies the bytes.
  public var replica: String {
    switch self {
    case .journal(let replica, _, _), .brick(let replica): replica
    }
  }
}

/// One thing to do on one brick: the smallest that a kill can come between.
public struct Step: Equatable, Sendable {
  public enum Action: Equatable, Sendable {
    case make(NewObject, at: EntryName)
    case link(GFID, at: EntryName)
    case rename(GFID, from: EntryName, to: EntryName)
    case unlink(GFID, EntryName)
    case removeDirectory(GFID, EntryName)
    /// Gives the object at its name the handle and gfid2path that it must have.
    case mend(GFID, EntryName)
    /// Moves an object that no journal knows out of the tree, and keeps it.
    case setAside(EntryName, DirectoryEntry)
    case write(GFID, Range<Int64>, StepSource)
    case zero(GFID, Range<Int64>)
    case truncate(GFID, Int64)
    case setMode(GFID, UInt32)
    case setOwner(GFID, uid: UInt32, gid: UInt32)
    case setTimes(GFID, atime: FileTime?, mtime: FileTime?)
    case setXattr(GFID, ByteView, ByteView)
    case removeXattr(GFID, ByteView)
  }
  /// From 1, over the whole plan.
  public var number: Int
  public var replica: String
  public var action: Action
  /// The request that wrote what the step brings about; nil for a restore of what was there
  /// before all requests, and for what no journal knows.
  public var request: RequestID?
  /// The case of the decision table behind it, or why the step is needed otherwise.
  public var reason: String
  /// What stands there now, as `StepState` puts it; nil where an earlier step changes it.
  public var before: String?
  /// The replica whose journal or brick says what is brought about, for all but writes, which
  /// have their source; nil for what no journal knows.
  public var origin: String? = nil
  /// The digest of the bytes that are copied from another brick.
  public var sourceDigest: Digest? = nil

  /// The object that the step works on.
  public var gfid: GFID? {
    switch action {
    case .make(let object, _): object.gfid
    case .link(let gfid, _), .rename(let gfid, _, _), .unlink(let gfid, _),
      .removeDirectory(let gfid, _), .mend(let gfid, _), .write(let gfid, _, _), .zero(let gfid, _),
      .truncate(let gfid, _), .setMode(let gfid, _), .setOwner(let gfid, _, _),
      .setTimes(let gfid, _, _), .setXattr(let gfid, _, _), .removeXattr(let gfid, _):
      gfid
    case .setAside(_, let entry): entry.gfid
    }
  }

  /// The names that the step gives or takes.
  public var names: [EntryName] {
    switch action {
    case .make(_, let name), .link(_, let name), .unlink(_, let name),
      .removeDirectory(_, let name), .mend(_, let name), .setAside(let name, _):
      [name]
    case .rename(_, let old, let new): [old, new]
    default: []
    }
  }

  /// How many bytes of content the step writes.
  public var byteCount: Int64 {
    switch action {
    case .write(_, let range, _), .zero(_, let range): range.upperBound - range.lowerBound
    default: 0
    }
  }

  /// The attributes and xattrs that the step sets.
  var entities: [Entity] {
    switch action {
    case .truncate(let gfid, _): [.size(gfid)]
    case .setMode(let gfid, _): [.mode(gfid)]
    case .setOwner(let gfid, _, _): [.uid(gfid), .gid(gfid)]
    case .setXattr(let gfid, let key, _), .removeXattr(let gfid, let key): [.xattr(gfid, key)]
    default: []
    }
  }

  /// The action's name in a plan.
  public var word: String {
    switch action {
    case .make: "make"
    case .link: "link"
    case .rename: "rename"
    case .unlink: "unlink"
    case .removeDirectory: "rmdir"
    case .mend: "mend"
    case .setAside: "set_aside"
    case .write: "write"
    case .zero: "zero"
    case .truncate: "truncate"
    case .setMode: "set_mode"
    case .setOwner: "set_owner"
    case .setTimes: "set_times"
    case .setXattr: "set_xattr"
    case .removeXattr: "remove_xattr"
    }
  }
}

/// Looks at a brick for what a step is about.
public struct StepState {
  let brick: any BrickStore

  public init(_ brick: any BrickStore) { self.brick = brick }

  /// Whether nothing is left to do: the brick is as the step, or a later one of the same plan,
  /// leaves it.
  public func isDone(_ step: Step) throws(BrickError) -> Bool {
    switch step.action {
    case .make(let object, let name):
      return try brick.entry(name)?.gfid == object.gfid
    case .link(let gfid, let name): return try brick.entry(name)?.gfid == gfid
    case .rename(let gfid, let old, _): return try brick.entry(old)?.gfid != gfid
    case .unlink(let gfid, let name), .removeDirectory(let gfid, let name):
      return try brick.entry(name)?.gfid != gfid
    case .mend(_, let name): return try brick.soundness(name) == .sound
    case .setAside(let name, let entry):
      guard let there = try brick.entry(name) else { return true }
      return there.gfid != entry.gfid
    case .write: return false
    case .zero(let gfid, let range):
      let bytes = try brick.read(
        gfid, at: Int(range.lowerBound), count: Int(range.upperBound - range.lowerBound))
      return Int64(bytes.count) == range.upperBound - range.lowerBound
        && bytes.allSatisfy { $0 == 0 }
    case .truncate(let gfid, let size): return try brick.status(gfid)?.size == size
    case .setMode(let gfid, let mode): return try brick.status(gfid)?.mode == mode
    case .setOwner(let gfid, let uid, let group):
      let status = try brick.status(gfid)
      return status?.uid == uid && status?.gid == group
    case .setTimes(let gfid, let atime, let mtime):
      let status = try brick.status(gfid)
      return (atime == nil || status?.atime == atime) && (mtime == nil || status?.mtime == mtime)
    case .setXattr(let gfid, let key, let value):
      return try xattr(gfid, key) == value
    case .removeXattr(let gfid, let key): return try xattr(gfid, key) == nil
    }
  }

  private func xattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) -> ByteView? {
    let all = try brick.xattrs(gfid)
    return all.first { $0.key == key }?.value
  }

  /// What stands on the brick where the step works, as text that two looks can be compared by.
  public func before(_ step: Step) throws(BrickError) -> String {
    switch step.action {
    case .make(_, let name), .link(_, let name), .unlink(_, let name),
      .removeDirectory(_, let name), .mend(_, let name), .setAside(let name, _):
      return try entry(name)
    case .rename(_, let old, let new): return try "\(entry(old)) \(entry(new))"
    case .write(let gfid, let range, _), .zero(let gfid, let range):
      return try brick.trimmedDigest(gfid, range).description
    case .truncate(let gfid, _): return try brick.status(gfid).map { "\($0.size)" } ?? "absent"
    case .setMode(let gfid, _):
      return try brick.status(gfid).map { String($0.mode, radix: 8) } ?? "absent"
    case .setOwner(let gfid, _, _):
      return try brick.status(gfid).map { "\($0.uid):\($0.gid)" } ?? "absent"
    case .setTimes(let gfid, _, _):
      // Whoever reads moves the atime, and changes nothing by that.
      return try brick.status(gfid).map { text($0.mtime) } ?? "absent"
    case .setXattr(let gfid, let key, _), .removeXattr(let gfid, let key):
      return try xattr(gfid, key).map { Digest(of: $0).description } ?? "absent"
    }
  }

  private func entry(_ name: EntryName) throws(BrickError) -> String {
    guard let entry = try brick.entry(name) else { return "absent" }
    return entry.gfid?.description ?? "foreign"
  }

  private func text(_ time: FileTime) -> String { "\(time.seconds).\(time.nanoseconds)" }
}
