/// Keeps in an undo file what a replay is about to change, before it does, and how it left it.
final class UndoKeeper: ReplayKeeper {
  /// How much content stands in one line.
  private static let pieceByteCount: Int64 = 1 << 16
  /// How much is asked for ahead of a brick on another host.
  private static let foreseenByteCount: Int64 = 4 << 20
  private let file: UndoFile
  private let brick: any UndoableBrick
  /// The brick as the user named it.
  private let path: String

  init(_ file: UndoFile, of target: UndoTarget) {
    self.file = file
    brick = target.brick
    path = target.path
  }

  func begin(_ batch: [ReplayStep]) throws(Failure) {
    let footprint: UndoFootprint
    do throws(BrickError) { footprint = try UndoFootprint(batch, on: brick) } catch {
      throw Failure(error, path: path)
    }
    try begin(footprint)
  }

  /// Keeps all that may be touched next, and is on disk with it when this returns.
  func begin(_ footprint: UndoFootprint) throws(Failure) {
    for aside in footprint.setAsides where file.state.setAsides[aside.name] == nil {
      try file.add(.setAside(aside))
      // For all that stands there meanwhile the name was free.
      if file.state.names[aside.name] == nil { try file.add(.name(aside.name, nil)) }
    }
    let objects = footprint.objects.filter { file.state.objects[$0] == nil }.sorted()
    try eachObject(objects) { gfid throws(Failure) in try file.add(.object(try image(gfid))) }
    let names = footprint.names.filter { file.state.names[$0] == nil }.sorted()
    try eachName(names) { name throws(Failure) in
      switch try state(name) {
      case .free: try file.add(.name(name, nil))
      case .object(let gfid): try file.add(.name(name, gfid))
      case .foreign:
        throw Failure(
          .refused,
          "\(String(decoding: name.name, as: UTF8.self)) in \(name.parent) has no GFID, so that it could not be brought back",
          path: path, field: "name")
      }
    }
    for (gfid, ranges) in footprint.ranges.sorted(by: { $0.key < $1.key }) {
      try keep(gfid, ranges)
    }
    try file.mark(.begin)
  }

  func touched(_ batch: [ReplayStep]) {}
  func flushed(_ batch: [ReplayStep]) {}

  func finish(_ steps: [ReplayStep], isWhole: Bool) throws(Failure) { try finish() }

  /// Writes down how everything was left.
  func finish() throws(Failure) {
    try eachObject(file.state.objects.keys.sorted()) { gfid throws(Failure) in
      let now = try image(gfid)
      do throws(BrickError) {
        let after = UndoState.After(
          digest: try now.digest(file.state.changedRanges(gfid), on: brick),
          mtime: now.status?.mtime)
        do throws(Failure) { try file.add(.objectAfter(gfid, after)) } catch {
          throw BrickError(EIO, "write", source: error)
        }
      } catch {
        throw Failure(error, path: path)
      }
    }
    try eachName(file.state.names.keys.sorted()) { name throws(Failure) in
      if case .object(let gfid) = try state(name) {
        try file.add(.nameAfter(name, gfid))
      } else {
        try file.add(.nameAfter(name, nil))
      }
    }
    try file.mark(.end)
  }

  private func eachObject(
    _ objects: [GFID], _ body: (GFID) throws(Failure) -> Void
  ) throws(Failure) {
    let foresee = { (part: ArraySlice<GFID>) in
      self.brick.expect(part.flatMap { [.status($0), .plainXattrs($0)] })
    }
    try withForesight(objects, if: brick.isFar, foresee, body)
  }

  private func eachName(
    _ names: [EntryName], _ body: (EntryName) throws(Failure) -> Void
  ) throws(Failure) {
    let foresee = { (part: ArraySlice<EntryName>) in
      self.brick.expect(part.map { .lookup($0) })
    }
    try withForesight(names, if: brick.isFar, foresee, body)
  }

  private func image(_ gfid: GFID) throws(Failure) -> ObjectImage {
    do throws(BrickError) { return try ObjectImage(of: gfid, on: brick) } catch {
      throw Failure(error, path: path)
    }
  }

  private func state(_ name: EntryName) throws(Failure) -> NameState {
    do throws(BrickError) { return try NameState(name, on: brick) } catch {
      throw Failure(error, path: path)
    }
  }

  /// Keeps what a file has in some ranges, but for what is kept already: the first time it is
  /// still what it was before the replay.
  private func keep(_ gfid: GFID, _ ranges: RangeSet<Int64>) throws(Failure) {
    guard let status = file.state.objects[gfid]?.status, status.type == .file else { return }
    var missing = ranges.intersection(RangeSet(0..<max(0, status.size)))
    missing.subtract(file.state.kept[gfid] ?? RangeSet())
    for range in Array(missing.ranges) {
      var offset = range.lowerBound
      var foreseen = offset
      while offset < range.upperBound {
        if offset >= foreseen { foreseen = foresee(gfid, offset..<range.upperBound) }
        let end = try piece(gfid, offset, range.upperBound)
        offset = end
      }
    }
  }

  /// Tells which pieces come next; the answer is where the last of them ends.
  private func foresee(_ gfid: GFID, _ range: Range<Int64>) -> Int64 {
    guard brick.isFar else { return range.upperBound }
    let end = min(range.upperBound, range.lowerBound.addingClamped(Self.foreseenByteCount))
    for offset in stride(from: range.lowerBound, to: end, by: Int(Self.pieceByteCount)) {
      let count = Int(min(Self.pieceByteCount, range.upperBound - offset))
      brick.expect([.nextData(gfid, from: offset), .read(gfid, at: Int(offset), count: count)])
    }
    return end
  }

  /// Keeps a piece of content; the answer is where it ends. A hole is kept as one.
  private func piece(_ gfid: GFID, _ offset: Int64, _ end: Int64) throws(Failure) -> Int64 {
    do throws(BrickError) {
      let data = try brick.nextData(gfid, from: offset) ?? end
      if data > offset {
        let stop = min(data, end)
        return try add(.data(gfid, offset..<stop, nil), stop)
      }
      let count = min(Self.pieceByteCount, end - offset)
      let bytes = try brick.read(gfid, at: Int(offset), count: Int(count))
      guard bytes.count == Int(count) else { throw BrickError(EIO, "read") }
      return try add(.data(gfid, offset..<offset + count, bytes), offset + count)
    } catch {
      throw Failure(error, path: path)
    }
  }

  private func add(_ line: UndoLine, _ end: Int64) throws(BrickError) -> Int64 {
    do throws(Failure) { try file.add(line) } catch {
      throw BrickError(EIO, "write", source: error)
    }
    return end
  }
}

extension Replayer {
  /// Has what the replay changes kept, so that it can be undone; before it runs.
  public func keep(in path: String, _ target: UndoTarget) throws(Failure) {
    keep(UndoKeeper(try UndoFile(path, for: target), of: target))
  }

  func keep(_ undo: UndoKeeper) { keepers.append(undo) }
}
