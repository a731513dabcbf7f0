/// Undoes a replay: checks that the brick is as that left it, and brings back what was before.
///
/// Killed anywhere and run again it finishes: the undo file says that the check was passed, and
/// each step looks at what is there.
public final class UndoRun {
  public enum Outcome: String, Sendable {
    /// It is there again.
    case recreated
    /// The replay had made it.
    case removed
    /// It is as it was before, or was so already.
    case restored
  }

  public struct Summary: Sendable {
    /// The brick as the undo file names it.
    public var brick: String
    public var objects = 0
    public var names = 0
    /// Bytes of content that were written back; holes are none.
    public var byteCount: Int64 = 0

    public init(brick: String) { self.brick = brick }
  }

  private let file: UndoFile
  private let target: UndoTarget
  private var brick: any UndoableBrick { target.brick }
  /// The brick's path, or its address behind GlusterFS.
  public var brickPath: String { file.brick }
  /// Whether the undoing of a replay that was cut off may go without a check.
  private let isUnchecked: Bool

  public init(_ file: UndoFile, of target: UndoTarget, isUnchecked: Bool = false) {
    self.file = file
    self.target = target
    self.isUnchecked = isUnchecked
  }

  /// Looks whether everything is as the replay left it. Touches nothing.
  ///
  /// - Throws: `tryAgain` where it is not, or where nobody wrote down how it was left.
  public func check() throws(Failure) {
    do throws(BrickError) {
      guard file.header.identity == target.header.identity else {
        throw refusal("it undoes a replay onto another brick, \(file.header.brick)")
      }
      // What was begun is in between, and is finished.
      if file.state.isUndoing, !file.state.isUndone { return }
      if file.state.isUndone {
        throw refusal("it was undone already, and can be removed")
      }
      guard file.state.isEnded else {
        if isUnchecked { return }
        throw refusal(
          "the replay was cut off before it wrote down how it left the brick: run it again with this --undo, or give --unchecked"
        )
      }
      let differences = try UndoCheck(state: file.state, brick: brick).differences()
      guard let first = differences.first else { return }
      let more = differences.count > 1 ? " (and \(differences.count - 1) more)" : ""
      throw refusal("the brick has changed since the replay: \(first)\(more)")
    } catch {
      throw Failure(error, path: target.path)
    }
  }

  private func refusal(_ message: String) -> BrickError {
    BrickError(EBUSY, "undo", source: Failure(.tryAgain, message, path: file.path))
  }

  /// Brings back what was before, and reports each object. To be called behind `check`.
  public func run(
    _ report: (GFID, Outcome) throws(Failure) -> Void
  ) throws(Failure) -> Summary {
    try file.mark(.undoing)
    var summary = Summary(brick: brickPath)
    do throws(BrickError) {
      // What a replay or an undoing left half-done when it was cut off.
      try brick.finishHalfDone()
      let outcomes = try outcomes()
      let times = try directoriesAsLeft()
      let names = UndoNames(file.state, on: brick, path: target.path)
      try names.restore()
      try names.putBack()
      summary.byteCount = try restoreContent()
      let attributes = UndoAttributes(file.state, on: brick, directories: times)
      try attributes.restore()
      try names.removeMade()
      try names.hideNameless()
      try attributes.restoreTimes()
      try brick.synchronize()
      summary.names = file.state.names.count
      for (gfid, outcome) in outcomes {
        summary.objects += 1
        do throws(Failure) { try report(gfid, outcome) } catch {
          throw BrickError(EIO, "report", source: error)
        }
      }
    } catch {
      throw Failure(error, path: target.path)
    }
    try file.mark(.undone)
    return summary
  }

  /// What would become of each object.
  public func foreseen() throws(Failure) -> [(GFID, Outcome)] {
    do throws(BrickError) { return try outcomes() } catch {
      throw Failure(error, path: target.path)
    }
  }

  /// What becomes of each object, before anything is done.
  private func outcomes() throws(BrickError) -> [(GFID, Outcome)] {
    var found: [(GFID, Outcome)] = []
    for (gfid, before) in file.state.objects.sorted(by: { $0.key < $1.key }) {
      let isThere = try brick.status(gfid) != nil
      switch (before.status != nil, isThere) {
      case (true, true): found.append((gfid, .restored))
      case (true, false): found.append((gfid, .recreated))
      case (false, true): found.append((gfid, .removed))
      case (false, false): continue
      }
    }
    return found
  }

  /// The directories that nobody changed since the replay, whose times may go back.
  private func directoriesAsLeft() throws(BrickError) -> Set<GFID> {
    var found: Set<GFID> = []
    for (gfid, before) in file.state.objects where before.status?.type == .directory {
      let now = try brick.status(gfid)?.mtime
      guard let after = file.state.objectsAfter[gfid] else {
        found.insert(gfid)
        continue
      }
      if now == nil || now == after.mtime || file.state.isResumed { found.insert(gfid) }
    }
    return found
  }

  private func restoreContent() throws(BrickError) -> Int64 {
    for (gfid, before) in file.state.objects.sorted(by: { $0.key < $1.key }) {
      guard let status = before.status, status.type == .file,
        let now = try brick.status(gfid), now.size != status.size
      else { continue }
      try brick.truncate(gfid, to: status.size)
    }
    var byteCount: Int64 = 0
    do throws(Failure) {
      try file.eachContent { gfid, range, bytes throws(Failure) in
        do throws(BrickError) { byteCount += try restore(gfid, range, bytes) } catch {
          throw Failure(error, path: target.path)
        }
      }
    } catch {
      throw BrickError(EIO, "undo", source: error)
    }
    return byteCount
  }

  private func restore(
    _ gfid: GFID, _ range: Range<Int64>, _ bytes: [UInt8]?
  ) throws(BrickError) -> Int64 {
    guard let bytes else {
      if let data = try brick.nextData(gfid, from: range.lowerBound), data < range.upperBound {
        try brick.change(
          gfid, from: range.lowerBound, count: range.upperBound - range.lowerBound, .punch)
      }
      return 0
    }
    let now = try brick.read(gfid, at: Int(range.lowerBound), count: bytes.count)
    if now != bytes { try brick.write(Payload(bytes), to: gfid, at: Int(range.lowerBound)) }
    return Int64(bytes.count)
  }
}

/// Brings back owners, modes, xattrs and times.
struct UndoAttributes {
  private let images: [ObjectImage]
  private let brick: any UndoableBrick
  /// Those whose times may go back.
  private let directories: Set<GFID>

  init(_ state: UndoState, on brick: any UndoableBrick, directories: Set<GFID>) {
    images = state.objects.values.filter { $0.status != nil }.sorted { $0.gfid < $1.gfid }
    self.brick = brick
    self.directories = directories
  }

  func restore() throws(BrickError) {
    for image in images {
      guard let wanted = image.status, let now = try brick.status(image.gfid) else { continue }
      if now.uid != wanted.uid || now.gid != wanted.gid {
        try brick.setOwner(image.gfid, uid: wanted.uid, gid: wanted.gid)
      }
      try restoreXattrs(image)
      // Last, since a change of owner and an ACL change it.
      if try brick.status(image.gfid)?.mode != wanted.mode {
        try brick.setMode(image.gfid, wanted.mode)
      }
    }
  }

  private func restoreXattrs(_ image: ObjectImage) throws(BrickError) {
    let now = try brick.plainXattrs(image.gfid)
    // What a translator keeps for itself may only not have been shown: a brick without its
    // volume-id is served no more.
    for (key, _) in now
    where !Bookkeeping.owns(key) && !image.xattrs.contains(where: { $0.key == key }) {
      try brick.removeXattr(image.gfid, key)
    }
    for xattr in image.xattrs where !now.contains(where: { $0 == (xattr.key, xattr.value) }) {
      // On the directory it was seen; through GlusterFS it is left as it is.
      guard brick.canSet(xattr.key) else { continue }
      try brick.setXattr(image.gfid, xattr.key, xattr.value, .set)
    }
  }

  /// Behind everything else, which changes them.
  func restoreTimes() throws(BrickError) {
    for image in images {
      guard let wanted = image.status, let now = try brick.status(image.gfid),
        wanted.type != .directory || directories.contains(image.gfid),
        now.mtime != wanted.mtime || now.atime != wanted.atime
      else { continue }
      try brick.setTimes(image.gfid, atime: wanted.atime, mtime: wanted.mtime)
    }
  }
}
