package import JBRCore

/// What must be known of a tree to draw requests for it.
package protocol KnownTree {
  func type(of gfid: GFID) -> ObjectType?
  /// All objects, or those that can be reached, sorted.
  func objects(reachable: Bool) -> [GFID]
  /// All names of objects in directories that are there, sorted.
  func standing() -> [(name: EntryName, gfid: GFID)]
  func standing(at name: EntryName) -> GFID?
}

extension ModelBrick: KnownTree {
  package func type(of gfid: GFID) -> ObjectType? { objects[gfid]?.type }

  package func objects(reachable: Bool) -> [GFID] {
    objects.filter { !reachable || $0.key == .root || !$0.value.names.isEmpty }.keys.sorted()
  }

  package func standing() -> [(name: EntryName, gfid: GFID)] {
    names.compactMap { name, written in written.value.map { (name, $0) } }
      .filter { objects[$0.0.parent] != nil }.sorted { $0.0 < $1.0 }
  }

  package func standing(at name: EntryName) -> GFID? { names[name]?.value }
}

/// Draws requests that a client could make of a tree, few names and few blocks, so that
/// everything collides.
package struct ChangeGenerator {
  package var random: SeededGenerator
  private var lastGFID: UInt64 = 0
  /// Objects that are gone, of which a client may still hold a descriptor.
  private var gone: [GFID] = []
  /// Whether setuid and setgid come: what a chown takes away from a mode that no journal knows,
  /// no journal tells.
  package var hasSpecialBits = true
  /// Whether requests come of which ModelBrick cannot tell all, or that make journals large: files
  /// of several pages, devices, changes of symlinks, all of xattrop's operations, and requests
  /// that must be refused.
  package var isWide = false

  package static let names = ["a", "b", "c", "d"].map { ByteView($0.utf8) }
  /// Content lies at multiples of this.
  private var block: Int64 { isWide ? 2048 : 4 }
  package static let blockCount: Int64 = 6

  package init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  package mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  private mutating func newGFID() -> GFID {
    lastGFID += 1
    return GFID(
      high: 0xabcd_0000_0000_0000 | UInt64.random(in: 0...0xffff, using: &random),
      low: 0x8000_0000_0000_0000 | lastGFID)
  }

  /// A request against what a brick holds now.
  package mutating func change(_ brick: some KnownTree, index: UInt64) -> Change {
    let maker = RequestMaker(index: index)
    for _ in 0..<20 {
      if let change = attempt(brick, maker) { return change }
    }
    return Change(request: maker.mkdir(newGFID(), at: freeName(brick), mode: 0o755))
  }

  private mutating func freeName(_ brick: some KnownTree) -> EntryName {
    let directories = brick.objects(reachable: false).filter { brick.type(of: $0) == .directory }
    return EntryName(
      parent: directories.randomElement(using: &random) ?? .root,
      name: Self.names.randomElement(using: &random) ?? [97])
  }

  private mutating func attempt(_ brick: some KnownTree, _ maker: RequestMaker) -> Change? {
    // Wide files are the more interesting the more is done to their content.
    let kind = Int.random(in: 0..<100, using: &random)
    if isWide, 35..<50 ~= kind { return content(brick, maker) }
    switch kind {
    case 0..<25: return Change(request: making(brick, maker))
    case 25..<60: return naming(brick, maker).map { Change(request: $0) }
    case 60..<80: return content(brick, maker)
    default: return attributes(brick, maker).map { Change(request: $0) }
    }
  }

  private mutating func making(_ brick: some KnownTree, _ maker: RequestMaker) -> Request {
    let name = freeName(brick)
    let gfid = newGFID()
    let mode: UInt32 =
      (hasSpecialBits ? [0o644, 0o600, 0o4755, 0o2770] : [0o644, 0o755]).randomElement(
        using: &random) ?? 0
    switch Int.random(in: 0..<16, using: &random) {
    case 0..<6:
      let flags: Int32 = [0xc2, 0x42, 0x242].randomElement(using: &random) ?? 0
      return maker.create(gfid, at: name, flags: flags, mode: mode)
    case 6..<12: return maker.mkdir(gfid, at: name, mode: mode & 0o777)
    case 12 where isWide:
      let type: UInt32 =
        [0o010000, 0o020000, 0o060000, 0o140000].randomElement(using: &random) ?? 0
      let rdev: UInt64 = [0, 0x103, 0x1117_0370].randomElement(using: &random) ?? 0
      return maker.mknod(gfid, at: name, mode: type | mode, rdev: rdev)
    case 12: return maker.mknod(gfid, at: name, mode: 0o010000 | mode)
    case 13: return maker.mknod(gfid, at: name, mode: 0o100000 | mode)
    default: return maker.symlink(gfid, at: name, to: ByteView("to/\(mode)".utf8))
    }
  }

  private mutating func naming(_ brick: some KnownTree, _ maker: RequestMaker) -> Request? {
    guard let (name, gfid) = brick.standing().randomElement(using: &random) else { return nil }
    let isDirectory = brick.type(of: gfid) == .directory
    let target = freeName(brick)
    if isWide, chance(6) {
      // Of what is not there, or another thing than the request says.
      return [
        isDirectory ? maker.unlink(gfid, name) : maker.rmdir(gfid, name),
        maker.unlink(gfid, target), maker.rmdir(gfid, target),
        maker.rename(gfid, target, to: name, over: gfid), maker.link(gfid, from: name, at: name),
      ].randomElement(using: &random)
    }
    switch Int.random(in: 0..<16, using: &random) {
    case 0..<3: return isDirectory ? nil : maker.link(gfid, from: name, at: target)
    case 3..<10:
      return maker.rename(gfid, name, to: target, over: brick.standing(at: target))
    default:
      if !isDirectory, !chance(90) { gone.append(gfid) }
      return isDirectory ? maker.rmdir(gfid, name) : maker.unlink(gfid, name)
    }
  }

  private mutating func file(_ brick: some KnownTree) -> GFID? {
    if chance(2), let gfid = gone.randomElement(using: &random) { return gfid }
    let files = brick.objects(reachable: false).filter { brick.type(of: $0) == .file }
    return files.randomElement(using: &random)
  }

  private mutating func content(_ brick: some KnownTree, _ maker: RequestMaker) -> Change? {
    guard let gfid = file(brick) else { return nil }
    let offset = Int64.random(in: 0..<Self.blockCount, using: &random) * block
    let isWhole = isWide && chance(30)
    let count = isWhole ? 2 * block : Int64.random(in: 1...2 * block, using: &random)
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<12:
      let bytes = [UInt8](random.bytes(Int(count)))
      let isAppend = chance(25)
      return Change(
        request: maker.write(gfid, at: offset, count: bytes.count, append: isAppend), bytes: bytes)
    case 12..<14: return Change(request: maker.truncate(gfid, to: offset + count - 1))
    case 14: return Change(request: maker.ftruncate(gfid, to: offset))
    case 15: return Change(request: maker.fallocate(gfid, offset, count))
    case 16, 17: return Change(request: maker.discard(gfid, offset, count))
    default: return Change(request: maker.zerofill(gfid, offset, count))
    }
  }

  private mutating func attributes(_ brick: some KnownTree, _ maker: RequestMaker) -> Request? {
    let known = brick.objects(reachable: true)
    guard let gfid = known.randomElement(using: &random), let type = brick.type(of: gfid),
      isWide || type != .symlink
    else { return nil }
    let isOpen = type == .file && chance(30)
    // User xattrs stand on files and directories alone.
    let isPlain = type == .file || type == .directory || isWide && chance(10)
    let key = ByteView((isPlain && chance(50) ? "user.k" : "trusted.k").utf8)
    let value = random.bytes(4 * Int.random(in: 1...2, using: &random))
    switch Int.random(in: 0..<12, using: &random) {
    case 0..<6: return setattr(gfid, maker, isOpen)
    case 6..<8:
      // What the root had before the journal no journal tells, so that whether a key can be
      // replaced there is not known.
      let flags: Int32 = [0, 0, 1, gfid == .root ? 0 : 2].randomElement(using: &random) ?? 0
      return maker.setxattr(gfid, key, value, flags: flags, open: isOpen)
    case 8..<10: return maker.removexattr(gfid, key, open: isOpen)
    default:
      let operation: Int32 =
        isWide ? [0, 0, 0, 1, 1, 2, 3, 4].randomElement(using: &random) ?? 0 : 0
      return maker.xattrop(
        gfid, ByteView("trusted.sum".utf8), value, operation: operation, open: isOpen)
    }
  }

  private mutating func setattr(_ gfid: GFID, _ maker: RequestMaker, _ isOpen: Bool) -> Request {
    func time(_ random: inout SeededGenerator) -> JournalTime {
      JournalTime(
        seconds: UInt32.random(in: 1...4_000_000_000, using: &random),
        nanoseconds: UInt32.random(in: 0..<1_000_000_000, using: &random))
    }
    let values = Attributes(
      layout: .wide,
      mode: (hasSpecialBits ? [0o755, 0o640, 0o6711] : [0o755, 0o640]).randomElement(
        using: &random) ?? 0,
      uid: UInt32.random(in: 0...2, using: &random), gid: UInt32.random(in: 0...2, using: &random),
      atime: time(&random), mtime: time(&random))
    let valid: Int32 =
      [0x1, 0x6, 0x2, 0x4, 0x7, 0x30, 0x20, 0x37].randomElement(using: &random) ?? 1
    return maker.setattr(gfid, values, valid, open: isOpen)
  }
}
