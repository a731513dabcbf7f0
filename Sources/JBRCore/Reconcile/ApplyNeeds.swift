/// What a number of steps takes of a file system.
struct ApplyNeeds: Equatable {
  var byteCount: Int64 = 0
  var inodeCount: Int64 = 0

  init() {}

  /// What steps add to their brick. Content that is written over needs no room; what they free
  /// may come too late to count.
  init(_ steps: [Step], on brick: any BrickStore, blockByteCount: Int64) throws(BrickError) {
    try withForesight(steps, if: brick.isFar, brick.expectNeeds(of:)) { step throws(BrickError) in
      switch step.action {
      case .make(let object, _):
        // The object and, of a directory, its handle; names and handles take room in directories.
        inodeCount += object.type == .directory ? 2 : 1
        add(blockByteCount)
      case .link, .rename: add(blockByteCount)
      case .write(let gfid, let range, _), .zero(let gfid, let range):
        add(try Self.newByteCount(gfid, range, brick))
      case .setXattr(_, let key, let value): add(Int64(key.count) + Int64(value.count))
      default: break
      }
    }
  }

  /// What keeping the same for undoing takes of the undo file's file system: content is kept as
  /// base64, four bytes for three.
  init(
    keeping steps: [Step], planID: String, on brick: any BrickStore
  ) throws(BrickError) {
    let footprint = try UndoFootprint(steps, planID: planID, on: brick)
    inodeCount = 1
    for (gfid, ranges) in footprint.ranges {
      guard let status = try brick.status(gfid), status.type == .file else { continue }
      for range in ranges.intersection(RangeSet(0..<max(0, status.size))).ranges {
        add(try Self.storedByteCount(gfid, range, brick) / 3 * 4)
      }
    }
    // How each was before, and how it was left.
    let lineByteCount: Int64 = 1024
    add(Int64(footprint.objects.count + footprint.names.count) * lineByteCount)
  }

  private mutating func add(_ count: Int64) { byteCount = byteCount.addingClamped(count) }

  static func + (left: ApplyNeeds, right: ApplyNeeds) -> ApplyNeeds {
    var sum = left
    sum.add(right.byteCount)
    sum.inodeCount = left.inodeCount.addingClamped(right.inodeCount)
    return sum
  }

  /// How much of a range has no room yet: what lies behind the file's end or in its first hole.
  private static func newByteCount(
    _ gfid: GFID, _ range: Range<Int64>, _ brick: any BrickStore
  ) throws(BrickError) -> Int64 {
    guard let size = try brick.status(gfid)?.size else {
      return range.upperBound - range.lowerBound
    }
    guard range.lowerBound < size else { return range.upperBound - range.lowerBound }
    let beyond = max(0, range.upperBound - size)
    let inside = range.lowerBound..<min(size, range.upperBound)
    let data = try brick.nextData(gfid, from: inside.lowerBound) ?? inside.upperBound
    return beyond + min(data, inside.upperBound) - inside.lowerBound
  }

  /// How much of a range is more than holes.
  private static func storedByteCount(
    _ gfid: GFID, _ range: Range<Int64>, _ brick: any BrickStore
  ) throws(BrickError) -> Int64 {
    let pieceByteCount: Int64 = 1 << 16
    var count: Int64 = 0
    var offset = range.lowerBound
    while offset < range.upperBound {
      guard let data = try brick.nextData(gfid, from: offset), data < range.upperBound else {
        break
      }
      let end = min(data + pieceByteCount, range.upperBound)
      count += end - data
      offset = end
    }
    return count
  }

  /// Why a file system has not enough; nil if it has.
  func shortage(in room: FileSystemRoom, path: String) -> Failure? {
    if byteCount > room.freeByteCount {
      return Failure(
        .ioError,
        "the steps need about \(byteCount) bytes, and its file system has \(room.freeByteCount) left: make room",
        path: path, errno: ENOSPC)
    }
    if let free = room.freeInodeCount, inodeCount > free {
      return Failure(
        .ioError,
        "the steps need \(inodeCount) inodes, and its file system has \(free) left: make room",
        path: path, errno: ENOSPC)
    }
    return nil
  }
}

/// All that is needed of each file system.
struct RoomLedger {
  private var entries: [UInt64: (room: FileSystemRoom, needs: ApplyNeeds, path: String)] = [:]

  mutating func add(_ needs: ApplyNeeds, _ room: FileSystemRoom, path: String) {
    let known = entries[room.device] ?? (room, ApplyNeeds(), path)
    entries[room.device] = (known.room, known.needs + needs, known.path)
  }

  var shortages: [Failure] {
    entries.values.sorted { $0.path < $1.path }
      .compactMap { $0.needs.shortage(in: $0.room, path: $0.path) }
  }
}
