package import JBRCore

/// A brick in memory that loses what was not flushed when the power goes, as a file system may: of
/// what was done since, the end, and any of the content that was written before that end.
package final class SimulatedBrick: BrickStore, ResultsRecord {
  private struct Change {
    var isContent: Bool
    var run: (ModelBrick) throws(BrickError) -> Void
  }

  /// What a reader of the running machine sees.
  package private(set) var model: ModelBrick
  private var durable: ModelBrick
  private var unflushed: [Change] = []
  private var results: [UInt8] = []
  /// The disk beside it, which loses power with it.
  private let disk: SimulatedDisk
  /// How many more changes come before the power goes; nil for as many as one likes.
  package var changesLeft: Int?

  package init(_ disk: SimulatedDisk, model: ModelBrick = .empty()) {
    self.disk = disk
    self.model = model
    // Who wrote what is for plans to know. That a brick made an object itself is what counts.
    model.writer = RequestID(term: Term(0), index: 1)
    durable = model.copy()
  }

  /// The brick that a power loss leaves, beside the disk that it leaves.
  package func afterCrash(
    beside disk: SimulatedDisk, random: inout some RandomNumberGenerator
  ) -> SimulatedBrick {
    let end = Int.random(in: 0...unflushed.count, using: &random)
    for change in unflushed[..<end] {
      if change.isContent, Int.random(in: 0..<3, using: &random) == 0 { continue }
      // What needed content that is lost fails, and is lost with it.
      try? change.run(durable)
    }
    let brick = SimulatedBrick(disk, model: durable)
    brick.results = results
    return brick
  }

  /// The brick that the end of the process leaves, beside the disk that it leaves: all of it.
  package func afterKill(beside disk: SimulatedDisk) -> SimulatedBrick {
    let brick = SimulatedBrick(disk, model: model)
    brick.durable = durable
    brick.unflushed = unflushed
    brick.results = results
    return brick
  }

  /// Counts a change, which may be the one before which the power goes.
  private func requirePower() throws(BrickError) {
    if changesLeft == 0 { disk.losePower() }
    guard !disk.hasCrashed else { throw BrickError(EIO, "no power") }
    changesLeft? -= 1
  }

  private func change(
    isContent: Bool = false, _ run: @escaping (ModelBrick) throws(BrickError) -> Void
  ) throws(BrickError) {
    try requirePower()
    try run(model)
    unflushed.append(Change(isContent: isContent, run: run))
  }

  package func synchronize() throws(BrickError) {
    try requirePower()
    durable = model.copy()
    unflushed = []
  }

  // MARK: What replays keep

  package func recorded() -> [UInt8] { results }

  package func record(_ lines: ByteView) throws(Failure) {
    do { try requirePower() } catch { throw Failure(.ioError, "no power", path: "results") }
    results += lines
  }
}

private let EIO: Int32 = 5

extension SimulatedBrick {
  package func make(_ object: NewObject, at name: EntryName) throws(BrickError) {
    try change { model throws(BrickError) in try model.make(object, at: name) }
  }

  package func link(_ gfid: GFID, at name: EntryName) throws(BrickError) {
    try change { model throws(BrickError) in try model.link(gfid, at: name) }
  }

  package func unlink(_ name: EntryName) throws(BrickError) {
    try change { model throws(BrickError) in try model.unlink(name) }
  }

  package func removeDirectory(_ name: EntryName) throws(BrickError) {
    try change { model throws(BrickError) in try model.removeDirectory(name) }
  }

  package func rename(_ old: EntryName, to new: EntryName) throws(BrickError) {
    try change { model throws(BrickError) in try model.rename(old, to: new) }
  }

  package func soundness(_ name: EntryName) -> Soundness { model.soundness(name) }

  package func mend(_ name: EntryName) {}

  package func setAside(_ name: EntryName, as label: ByteView) throws(BrickError) {
    try change { model throws(BrickError) in try model.setAside(name, as: label) }
  }

  package func write(
    _ payload: Payload, to gfid: GFID, at offset: Int
  ) throws(BrickError) {
    let bytes: [UInt8]
    do { bytes = try payload.read() } catch {
      throw BrickError(EIO, "read payload", source: error)
    }
    // Its own bytes: the journal that they come from may be pruned, or rot.
    try change(isContent: true) { model throws(BrickError) in
      try model.write(Payload(bytes), to: gfid, at: offset)
    }
  }

  package func truncate(_ gfid: GFID, to size: Int64) throws(BrickError) {
    try change { model throws(BrickError) in try model.truncate(gfid, to: size) }
  }

  package func change(
    _ gfid: GFID, from offset: Int64, count: Int64, _ change: RangeChange
  ) throws(BrickError) {
    try self.change(isContent: true) { model throws(BrickError) in
      try model.change(gfid, from: offset, count: count, change)
    }
  }

  package func setMode(_ gfid: GFID, _ mode: UInt32) throws(BrickError) {
    try change { model throws(BrickError) in try model.setMode(gfid, mode) }
  }

  package func setOwner(_ gfid: GFID, uid: UInt32?, gid: UInt32?) throws(BrickError) {
    try change { model throws(BrickError) in try model.setOwner(gfid, uid: uid, gid: gid) }
  }

  package func setTimes(_ gfid: GFID, atime: FileTime?, mtime: FileTime?) throws(BrickError) {
    try change { model throws(BrickError) in
      try model.setTimes(gfid, atime: atime, mtime: mtime)
    }
  }

  package func set(_ new: AttributeChange, of gfid: GFID) throws(BrickError) {
    try change { model throws(BrickError) in try model.set(new, of: gfid) }
  }

  package func setXattr(
    _ gfid: GFID, _ key: ByteView, _ value: ByteView, _ mode: XattrMode
  ) throws(BrickError) {
    try change { model throws(BrickError) in try model.setXattr(gfid, key, value, mode) }
  }

  package func removeXattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) {
    try change { model throws(BrickError) in try model.removeXattr(gfid, key) }
  }
}

extension SimulatedBrick {
  package func status(_ gfid: GFID) throws(BrickError) -> ObjectStatus? { try model.status(gfid) }

  package func lookup(_ name: EntryName) throws(BrickError) -> DirectoryEntry? {
    try model.lookup(name)
  }

  package func list(
    _ directory: GFID
  ) throws(BrickError) -> [(name: ByteView, entry: DirectoryEntry)] {
    try model.list(directory)
  }

  package func place(ofDirectory gfid: GFID) throws(BrickError) -> EntryName? {
    try model.place(ofDirectory: gfid)
  }

  package func symlinkTarget(_ gfid: GFID) throws(BrickError) -> ByteView {
    try model.symlinkTarget(gfid)
  }

  package func read(_ gfid: GFID, at offset: Int, count: Int) throws(BrickError) -> [UInt8] {
    try model.read(gfid, at: offset, count: count)
  }

  package func nextData(_ gfid: GFID, from offset: Int64) throws(BrickError) -> Int64? {
    try model.nextData(gfid, from: offset)
  }

  package func xattrs(_ gfid: GFID) throws(BrickError) -> [(key: ByteView, value: ByteView)] {
    try model.xattrs(gfid)
  }

  package func xattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) -> ByteView? {
    try model.xattr(gfid, key)
  }
}
