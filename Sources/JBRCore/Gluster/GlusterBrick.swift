import Synchronization

/// A brick that a running GlusterFS serves, reached by GFID through its client library.
///
/// What it does and which errors it gives is what `NativeBrick` does on the same brick. Where
/// GlusterFS alone would do something else (make a directory with a GFID that is taken, say), it
/// is asked first and not told; each such place says so. Between asking and telling somebody else
/// could change the brick, and `lock` keeps off only those who lock it too.
///
/// Several threads may use it at once, as long as none uses an object or name that another
/// changes; that names are added to a directory by several is no such use.
public final class GlusterBrick {
  let client: GlusterClient
  let memory = GlusterMemory()
  /// The brick's directory, where it is on this machine and its server is ours.
  private let native: NativeBrick?
  /// The file that was read last.
  private let reading = Mutex<(gfid: GFID, file: GlusterFile)?>(nil)
  /// Held by who makes an object, or removes what is half made.
  let making = ThreadLock()
  private var held: GlusterFile?

  init(_ client: GlusterClient, native: NativeBrick?) {
    self.client = client
    self.native = native
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

  /// Asks the brick for an object; nil if there is none.
  func ask(
    _ gfid: GFID
  ) throws(BrickError) -> (object: GlusterObject, status: ObjectStatus)? {
    let asked = memory.moment()
    let answer = try client.object(gfid.bytes)
    let found = answer.map { (object: $0.object, status: ObjectStatus(through: $0.status)) }
    memory.keep(found, gfid, asked)
    return found
  }

  /// Finds an object that must be there. One that was met before is not asked for again: what is
  /// done with it fails if it has gone.
  func require(_ gfid: GFID) throws(BrickError) -> GlusterMemory.Found {
    if let known = memory.object(gfid) { return known }
    guard memory.status(gfid) != .some(nil), let found = try ask(gfid) else {
      throw BrickError(ESTALE, "lookup")
    }
    return GlusterMemory.Found(found.object, found.status)
  }

  /// Finds an object that must be there and be a file.
  func requireFile(_ gfid: GFID) throws(BrickError) -> GlusterObject {
    let found = try require(gfid)
    guard found.type == .file else {
      throw BrickError(found.type == .directory ? EISDIR : EINVAL, "open")
    }
    return found.object
  }

  /// Finds an object that must be there and be a directory.
  func requireDirectory(_ gfid: GFID) throws(BrickError) -> GlusterMemory.Found {
    if memory.object(gfid) == nil, try status(gfid) == nil { throw BrickError(ESTALE, "open") }
    let found = try require(gfid)
    guard found.type == .directory else { throw BrickError(ENOTDIR, "open") }
    return found
  }

  /// Finds the directory of a name. The library takes `a/b` and `..` for paths, and
  /// features/gfid-access shows a directory of its own as `.gfid` in the root, but would make
  /// another there.
  func parent(of name: EntryName) throws(BrickError) -> GlusterMemory.Found {
    guard FileName.isComponent(name.name) else { throw BrickError(EINVAL, "lookup") }
    guard name.parent != .root || !Self.reserved.contains(where: name.name.elementsEqual) else {
      throw BrickError(EPERM, "lookup")
    }
    return try requireDirectory(name.parent)
  }

  private static let reserved = [Layout.hidden, [UInt8](".gfid".utf8)]

  public func status(_ gfid: GFID) throws(BrickError) -> ObjectStatus? {
    guard gfid != .null else { return nil }
    if let known = memory.status(gfid) { return known }
    return try ask(gfid)?.status
  }

  public func has(_ gfid: GFID) throws(BrickError) -> Bool {
    if memory.object(gfid) != nil { return true }
    return try status(gfid) != nil
  }

  public func lookup(_ name: EntryName) throws(BrickError) -> DirectoryEntry? {
    if let known = memory.entry(name) { return known }
    let parent = try parent(of: name).object
    let entry = try ask(name, in: parent)
    memory.keep(entry, name)
    return entry
  }

  /// Asks the brick what stands at a name.
  func ask(
    _ name: EntryName, in parent: GlusterObject
  ) throws(BrickError) -> DirectoryEntry? {
    let asked = memory.moment()
    guard let found = try parent.lookup(name.name), let gfid = GFID(bytes: try found.object.id())
    else { return nil }
    let status = ObjectStatus(through: found.status)
    memory.keep((found.object, status), gfid, asked)
    return DirectoryEntry(gfid: gfid, type: status.type)
  }

  /// How many requests the brick has to answer at once: enough that neither side waits for the
  /// other.
  private static let callCountMax = 8

  /// How many threads are to change the brick: each of them waits for the brick's answers.
  public var threadCount: Int { Self.callCountMax }

  /// Asks for many objects at once. Those that cannot be told now are asked for in their turn.
  public func expect(_ objects: Set<GFID>) {
    guard objects.count <= GlusterMemory.countMax else { return }
    let unknown = objects.filter { $0 != .null && memory.status($0) == nil }
    sideBySide([GFID](unknown), threads: Self.callCountMax) { gfid in _ = try? ask(gfid) }
  }

  // MARK: Changing

  /// Changes something. `touched` is what must be flushed for it to last, and what is not known
  /// any more, as is what stands at the names.
  func change<Result>(
    _ touched: GFID..., names: [EntryName] = [], body: () throws(BrickError) -> Result
  ) throws(BrickError) -> Result {
    stopReading()
    memory.note(touched, names)
    defer { memory.note(touched, names) }
    do throws(BrickError) {
      return try body()
    } catch {
      // An object that another client removed meanwhile: to the caller, a GFID that is missing.
      if error.errno == ESTALE { for gfid in touched { memory.forget(gfid) } }
      throw error
    }
  }

  /// An open file to read from; looking leaves no trace.
  func reader(_ gfid: GFID) throws(BrickError) -> GlusterFile {
    if let last = reading.withLock({ $0 }), last.gfid == gfid { return last.file }
    let file = try requireFile(gfid).open(LinuxOpen.reading)
    let last = reading.withLock { reading in
      let last = reading
      reading = (gfid, file)
      return last
    }
    // Closed here, where nobody waits for it.
    withExtendedLifetime(last) {}
    return file
  }

  private func stopReading() {
    let last = reading.withLock { reading in
      let last = reading
      reading = nil
      return last
    }
    withExtendedLifetime(last) {}
  }

  /// Makes everything done so far durable. Where the brick is on this machine, its file system is
  /// flushed. Else each file and directory that was changed is opened and glfs_fsync called on
  /// it, many at once, so that one commit of the brick's file system serves many; one that is gone
  /// again is flushed with the directory that it was in.
  public func synchronize() throws(BrickError) {
    stopReading()
    if let native { return try native.synchronize() }
    let failed = Mutex<BrickError?>(nil)
    sideBySide(memory.dirty, threads: Self.callCountMax) { gfid in
      guard failed.withLock({ $0 == nil }) else { return }
      do throws(BrickError) { try synchronize(gfid) } catch {
        failed.withLock { $0 = $0 ?? error }
      }
    }
    if let error = failed.withLock({ $0 }) { throw error }
    memory.allIsFlushed()
  }

  private func synchronize(_ gfid: GFID) throws(BrickError) {
    guard try has(gfid) else { return }
    let found = try require(gfid)
    do throws(BrickError) {
      switch found.type {
      case .file: try found.object.open(LinuxOpen.reading).synchronize()
      case .directory: try found.object.openDirectory().synchronize()
      // They cannot be opened; their names are flushed with their directories.
      case .symlink, .fifo, .socket, .character, .block, .unknown: return
      }
    } catch  where error.errno == ESTALE || error.errno == ENOENT {
      // Gone since it was met, or so it seems.
      memory.forget(gfid)
      guard try ask(gfid) != nil else { return }
      throw error
    }
  }
}
