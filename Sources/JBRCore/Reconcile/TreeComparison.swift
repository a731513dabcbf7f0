/// Something in which replicas differ.
public struct TreeDifference: Sendable {
  public var path: [UInt8]
  public var gfid: GFID?
  /// What differs: `name`, `gfid`, `type`, `mode`, `data`, `xattr KEY` …
  public var entity: String
  /// What each replica has, in their order.
  public var values: [String]
}

/// Compares whole bricks with each other: the trees themselves, not the journals.
public struct TreeComparison {
  private static let blockByteCount = 1 << 20
  let bricks: [any BrickStore]
  /// Whether an object's mtime is compared: nothing in an FDL journal says what it must be,
  /// unless a setattr was the last to set it.
  let comparesTimes: (GFID) -> Bool
  private var seen: Set<GFID> = [.root]
  private var queue: [(gfid: GFID, path: [UInt8])] = [(.root, [])]
  public private(set) var objectCount = 0
  public private(set) var byteCount: Int64 = 0
  public private(set) var differenceCount = 0

  public init(
    _ bricks: [any BrickStore], comparesTimes: @escaping (GFID) -> Bool
  ) {
    self.bricks = bricks
    self.comparesTimes = comparesTimes
  }

  /// Walks all trees at once, and tells of every difference.
  public mutating func run(
    _ report: (TreeDifference) throws(Failure) -> Void
  ) throws(Failure) {
    do throws(BrickError) {
      try compareObject(.root, [], report)
      while let (gfid, path) = queue.popLast() { try compareDirectory(gfid, path, report) }
    } catch { throw Failure(brick: error, replica: "a brick") }
  }

  private mutating func compareDirectory(
    _ directory: GFID, _ path: [UInt8], _ report: (TreeDifference) throws(Failure) -> Void
  ) throws(BrickError) {
    var lists: [[ByteView: DirectoryEntry]] = []
    for brick in bricks {
      var list: [ByteView: DirectoryEntry] = [:]
      for (name, entry) in try brick.list(directory) { list[name] = entry }
      lists.append(list)
    }
    for (brick, list) in zip(bricks, lists) where brick.isFar {
      let objects = list.values.compactMap(\.gfid)
      brick.expect(objects.flatMap { [.status($0), .xattrs($0)] })
    }
    let names = Set(lists.flatMap(\.keys)).sorted { $0.lexicographicallyPrecedes($1) }
    for name in names {
      let child = path.isEmpty ? Array(name) : path + [UInt8(ascii: "/")] + name
      let entries = lists.map { $0[name] }
      let same = try agree(
        "name", entries[0]?.gfid, child,
        entries.map { $0.map { $0.gfid?.description ?? "no gfid" } ?? "absent" }, report)
      guard same, let entry = entries[0], let gfid = entry.gfid,
        seen.insert(gfid).inserted
      else { continue }
      try compareObject(gfid, child, report)
      if entry.type == .directory { queue.append((gfid, child)) }
    }
  }

  private mutating func compareObject(
    _ gfid: GFID, _ path: [UInt8], _ report: (TreeDifference) throws(Failure) -> Void
  ) throws(BrickError) {
    objectCount += 1
    var found: [ObjectStatus] = []
    for brick in bricks {
      if let status = try brick.status(gfid) { found.append(status) }
    }
    let presence = try bricks.map { brick throws(BrickError) in
      try brick.status(gfid) == nil ? "no handle" : "present"
    }
    guard try agree("handle", gfid, path, presence, report), found.count == bricks.count,
      try agree("type", gfid, path, found.map(\.type.rawValue), report)
    else { return }
    _ = try agree("mode", gfid, path, found.map { String($0.mode, radix: 8) }, report)
    _ = try agree("uid", gfid, path, found.map { String($0.uid) }, report)
    _ = try agree("gid", gfid, path, found.map { String($0.gid) }, report)
    _ = try agree("rdev", gfid, path, found.map { String($0.rdev) }, report)
    try compareTimes(gfid, path, found, report)
    try compareXattrs(gfid, path, report)
    switch found[0].type {
    case .file: try compareData(gfid, path, found, report)
    case .symlink:
      let targets = try bricks.map { brick throws(BrickError) in
        String(decoding: try brick.symlinkTarget(gfid), as: UTF8.self)
      }
      _ = try agree("target", gfid, path, targets, report)
    default: break
    }
  }

  private mutating func compareTimes(
    _ gfid: GFID, _ path: [UInt8], _ found: [ObjectStatus],
    _ report: (TreeDifference) throws(Failure) -> Void
  ) throws(BrickError) {
    // atime moves with every read, so that replicas differ in it by nature.
    guard comparesTimes(gfid) else { return }
    _ = try agree("mtime", gfid, path, found.map { $0.mtime.text }, report)
  }

  private mutating func compareXattrs(
    _ gfid: GFID, _ path: [UInt8], _ report: (TreeDifference) throws(Failure) -> Void
  ) throws(BrickError) {
    var all: [[ByteView: ByteView]] = []
    for brick in bricks {
      var list: [ByteView: ByteView] = [:]
      for (key, value) in try brick.xattrs(gfid) { list[key] = value }
      all.append(list)
    }
    let keys = Set(all.flatMap(\.keys)).sorted { $0.lexicographicallyPrecedes($1) }
    for key in keys {
      let values = all.map { $0[key].map { Digest(of: $0).description } ?? "absent" }
      let word = "xattr " + String(decoding: key, as: UTF8.self)
      _ = try agree(word, gfid, path, values, report)
    }
  }

  private mutating func compareData(
    _ gfid: GFID, _ path: [UInt8], _ found: [ObjectStatus],
    _ report: (TreeDifference) throws(Failure) -> Void
  ) throws(BrickError) {
    guard try agree("size", gfid, path, found.map { String($0.size) }, report) else { return }
    var offset: Int64 = 0
    let size = found[0].size
    while offset < size {
      // Where all have a hole there is nothing to compare.
      let starts = try bricks.map { brick throws(BrickError) in
        try brick.nextData(gfid, from: offset) ?? size
      }
      offset = min(size, max(offset, starts.min() ?? size))
      let count = Int(min(Int64(Self.blockByteCount), size - offset))
      if count == 0 { break }
      byteCount += Int64(count)
      guard try haveSame(gfid, at: Int(offset), count: count) else {
        let parts = try bricks.map { brick throws(BrickError) in
          try brick.read(gfid, at: Int(offset), count: count)
        }
        let first = parts.dropFirst().compactMap { part in
          zip(part, parts[0]).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        }.min()
        let values = parts.map { Digest(of: $0).description }
        _ = try agree("data at \(offset + Int64(first ?? 0))", gfid, path, values, report)
        return
      }
      offset += Int64(count)
    }
  }

  /// Whether a block is the same on all bricks; of those on other hosts only digests are moved.
  private func haveSame(_ gfid: GFID, at offset: Int, count: Int) throws(BrickError) -> Bool {
    guard bricks.contains(where: \.isFar) else {
      let first = try bricks[0].read(gfid, at: offset, count: count)
      for brick in bricks.dropFirst()
      where try brick.read(gfid, at: offset, count: count) != first { return false }
      return true
    }
    for brick in bricks { brick.expect([.digest(gfid, at: offset, count: count)]) }
    let digests = try bricks.map { brick throws(BrickError) in
      try brick.digest(gfid, at: offset, count: count)
    }
    return digests.allSatisfy { $0 == digests[0] }
  }

  private mutating func agree(
    _ entity: String, _ gfid: GFID?, _ path: [UInt8], _ values: [String],
    _ report: (TreeDifference) throws(Failure) -> Void
  ) throws(BrickError) -> Bool {
    if values.allSatisfy({ $0 == values[0] }) { return true }
    differenceCount += 1
    do throws(Failure) {
      try report(TreeDifference(path: path, gfid: gfid, entity: entity, values: values))
    } catch { throw BrickError(EIO, "report", source: error) }
    return false
  }
}

extension FileTime {
  /// Seconds and nanoseconds with a point between.
  var text: String {
    let digits = String(nanoseconds)
    return "\(seconds)." + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
  }
}
