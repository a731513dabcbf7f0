/// A brick that a running GlusterFS serves, reached by GFID through its client library.
///
/// What it does and which errors it gives is what `NativeBrick` does on the same brick. Where
/// GlusterFS alone would do something else (make a directory with a GFID that is taken, say), it
/// is asked first and not told; each such place says so. Between asking and telling somebody else
/// could change the brick, and `lock` keeps off only those who lock it too.
public final class GlusterBrick {
  let client: GlusterClient
  /// What makes everything durable; nil where each object is flushed through GlusterFS.
  private let flush: (() throws(BrickError) -> Void)?
  /// Objects that were asked for lately.
  private var objects = RecentCache<GFID, GlusterObject>()
  private var seen = Seen()
  /// The file that is being read.
  private var reading: (gfid: GFID, file: GlusterFile)?
  /// What has been changed since it was last flushed.
  private var dirty: Set<GFID> = []
  private var held: GlusterFile?

  /// What the brick said since it was last changed, so that what is compared field by field is
  /// not asked for each of them.
  private struct Seen {
    private static let countMax = 1 << 14
    private(set) var statuses: [GFID: ObjectStatus?] = [:]
    private(set) var entries: [EntryName: DirectoryEntry?] = [:]

    mutating func keep(_ status: ObjectStatus?, _ gfid: GFID) {
      if statuses.count >= Self.countMax { statuses = [:] }
      statuses[gfid] = .some(status)
    }

    mutating func keep(_ entry: DirectoryEntry?, _ name: EntryName) {
      if entries.count >= Self.countMax { entries = [:] }
      entries[name] = .some(entry)
    }
  }

  init(_ client: GlusterClient, flush: (() throws(BrickError) -> Void)?) {
    self.client = client
    self.flush = flush
  }

  /// Keeps other replays off the brick until `unlock`, or the process' end. The answer is false
  /// if one is at work. A brick takes a while to see that the last one was killed.
  func lock() throws(BrickError) -> Bool {
    let root = try require(.root).object.openDirectory()
    var left = Self.lockAttemptCount
    while try !root.lock() {
      left -= 1
      guard left > 0 else { return false }
      sleep(microseconds: Self.lockIntervalMicroseconds)
    }
    held = root
    return true
  }

  private static let lockAttemptCount = 30
  private static let lockIntervalMicroseconds: UInt32 = 50_000

  /// Where this fails, the connection's end does it.
  func unlock() {
    try? held?.unlock()
    held = nil
  }

  // MARK: Finding

  /// Finds an object that must be there.
  func require(_ gfid: GFID) throws(BrickError) -> (object: GlusterObject, status: ObjectStatus) {
    if let known = seen.statuses[gfid], let status = known, let object = objects[gfid] {
      return (object, status)
    }
    guard let found = try client.object(gfid.bytes) else {
      objects.remove(gfid)
      seen.keep(nil as ObjectStatus?, gfid)
      throw BrickError(ESTALE, "lookup")
    }
    let status = ObjectStatus(through: found.status)
    objects.insert(found.object, gfid)
    seen.keep(status, gfid)
    return (found.object, status)
  }

  /// Finds an object that must be there and be a file.
  func requireFile(_ gfid: GFID) throws(BrickError) -> GlusterObject {
    let found = try require(gfid)
    guard found.status.type == .file else {
      throw BrickError(found.status.type == .directory ? EISDIR : EINVAL, "open")
    }
    return found.object
  }

  /// Finds an object that must be there and be a directory.
  func requireDirectory(
    _ gfid: GFID
  ) throws(BrickError) -> (object: GlusterObject, status: ObjectStatus) {
    guard try status(gfid) != nil else { throw BrickError(ESTALE, "open") }
    let found = try require(gfid)
    guard found.status.type == .directory else { throw BrickError(ENOTDIR, "open") }
    return found
  }

  /// Finds the directory of a name. The library takes `a/b` and `..` for paths, and
  /// features/gfid-access shows a directory of its own as `.gfid` in the root, but would make
  /// another there.
  func parent(
    of name: EntryName
  ) throws(BrickError) -> (object: GlusterObject, status: ObjectStatus) {
    guard FileName.isComponent(name.name) else { throw BrickError(EINVAL, "lookup") }
    guard name.parent != .root || !Self.reserved.contains(where: name.name.elementsEqual) else {
      throw BrickError(EPERM, "lookup")
    }
    return try requireDirectory(name.parent)
  }

  private static let reserved = [Layout.hidden, [UInt8](".gfid".utf8)]

  public func status(_ gfid: GFID) throws(BrickError) -> ObjectStatus? {
    guard gfid != .null else { return nil }
    if let known = seen.statuses[gfid] { return known }
    do throws(BrickError) {
      return try require(gfid).status
    } catch  where error.errno == ESTALE {
      return nil
    }
  }

  public func lookup(_ name: EntryName) throws(BrickError) -> DirectoryEntry? {
    if let known = seen.entries[name] { return known }
    let parent = try parent(of: name).object
    var entry: DirectoryEntry?
    if let found = try parent.lookup(name.name), let gfid = GFID(bytes: try found.object.id()) {
      let status = ObjectStatus(through: found.status)
      entry = DirectoryEntry(gfid: gfid, type: status.type)
      objects.insert(found.object, gfid)
      seen.keep(status, gfid)
    }
    seen.keep(entry, name)
    return entry
  }

  // MARK: Changing

  /// Changes something; all that was seen before may be different now. `touched` is what must be
  /// flushed for it to last.
  func change<Result>(
    _ touched: GFID..., body: () throws(BrickError) -> Result
  ) throws(BrickError) -> Result {
    reading = nil
    defer { seen = Seen() }
    dirty.formUnion(touched)
    do throws(BrickError) {
      return try body()
    } catch {
      // An object that another client removed meanwhile: to the caller, a GFID that is missing.
      if error.errno == ESTALE { for gfid in touched { objects.remove(gfid) } }
      throw error
    }
  }

  /// Forgets an object whose last name may have gone, so that the brick can let go of it.
  func forget(_ gfid: GFID) { objects.remove(gfid) }

  /// An open file to read from; looking leaves no trace.
  func reader(_ gfid: GFID) throws(BrickError) -> GlusterFile {
    if let reading, reading.gfid == gfid { return reading.file }
    let file = try requireFile(gfid).open(LinuxOpen.reading)
    reading = (gfid, file)
    return file
  }

  /// Makes everything done so far durable. Where the brick is on this machine, its file system is
  /// flushed. Else each file and directory that was changed is opened and glfs_fsync called on
  /// it; one that is gone again is flushed with the directory that it was in.
  public func synchronize() throws(BrickError) {
    reading = nil
    if let flush { return try flush() }
    for gfid in dirty.sorted() {
      guard try status(gfid) != nil else { continue }
      let (object, status) = try require(gfid)
      switch status.type {
      case .file: try object.open(LinuxOpen.reading).synchronize()
      case .directory: try object.openDirectory().synchronize()
      // They cannot be opened; their names are flushed with their directories.
      case .symlink, .fifo, .socket, .character, .block, .unknown: continue
      }
    }
    dirty = []
  }
}
