/// Compares one entity between what is wanted and what a brick holds.
public struct EntityComparison {
  /// How much of a file is compared at once.
  private static let blockByteCount: Int64 = 1 << 20
  let wanted: ModelBrick
  let brick: any ReadableBrick

  public init(wanted: ModelBrick, brick: any ReadableBrick) {
    self.wanted = wanted
    self.brick = brick
  }

  /// The object that was looked at last, and its status, which stands as long as nobody changes
  /// the brick.
  struct Look {
    private var gfid: GFID?
    fileprivate private(set) var status: ObjectStatus?
    fileprivate private(set) var object: ModelObject?

    fileprivate mutating func look(
      at gfid: GFID, _ comparison: EntityComparison
    ) throws(BrickError) {
      if self.gfid == gfid { return }
      status = try comparison.brick.status(gfid)
      object = comparison.wanted.objects[gfid]
      self.gfid = gfid
    }
  }

  /// Whether the brick holds the entity as it is wanted.
  public func holds(_ entity: Entity) throws(BrickError) -> Bool {
    var look = Look()
    return try holds(entity, &look)
  }

  /// The same of several entities one behind the other, with one look at each object.
  func holds(_ entity: Entity, _ look: inout Look) throws(BrickError) -> Bool {
    if case .name(let name) = entity {
      let entry = try brick.entry(name)
      guard let known = wanted.names[name], let gfid = known.value else { return entry == nil }
      return entry?.gfid == gfid
    }
    try look.look(at: entity.gfid, self)
    guard let object = look.object else { return look.status == nil }
    guard let status = look.status else { return false }
    switch entity {
    case .object(let gfid): return try sameKind(object, status, gfid)
    case .name: return true
    case .size:
      if let size = object.size { return size.value == status.size }
      return object.grown.map { $0.value <= status.size } ?? true
    case .mode:
      // What no journal tells the type of may be a symlink, which has no mode to be set.
      return status.type == .symlink || object.mode.map { $0.value == status.mode } ?? true
    case .uid: return object.uid.map { $0.value == status.uid } ?? true
    case .gid: return object.gid.map { $0.value == status.gid } ?? true
    case .atime: return object.atime.map { $0.value == status.atime } ?? true
    case .mtime: return object.mtime.map { $0.value == status.mtime } ?? true
    case .xattr(let gfid, let key):
      let value = try brick.xattr(gfid, key)
      return object.xattrs[key].map { $0.value == value } ?? true
    case .data(let gfid, let range):
      for extent in object.data.within(range) {
        guard try holds(extent, gfid, status) else { return false }
      }
      return true
    }
  }

  private func sameKind(
    _ object: ModelObject, _ status: ObjectStatus, _ gfid: GFID
  ) throws(BrickError) -> Bool {
    guard object.type == .unknown || object.type == status.type else { return false }
    guard object.maker != nil else { return true }
    switch object.type {
    case .symlink: return try brick.symlinkTarget(gfid) == object.target
    case .character, .block: return status.rdev == object.rdev
    default: return true
    }
  }

  /// Whether the brick's file has a stretch's bytes. What lies beyond the file's end reads as
  /// zeros, which is what it becomes when the size grows.
  public func holds(
    _ extent: Extent, _ gfid: GFID, _ status: ObjectStatus
  ) throws(BrickError) -> Bool {
    guard status.type == .file else { return false }
    var offset = extent.range.lowerBound
    let end = min(extent.range.upperBound, max(status.size, extent.range.lowerBound))
    while offset < end {
      if case .zeros = extent.content {
        // Holes are zeros that need no reading.
        guard let data = try brick.nextData(gfid, from: offset), data < end else { break }
        offset = max(offset, data)
      }
      let count = min(Self.blockByteCount, end - offset)
      let part = extent.clipped(to: offset..<offset + count)
      guard try holds(part, gfid, at: Int(offset), count: Int(count)) else { return false }
      offset += count
    }
    guard end < extent.range.upperBound else { return true }
    return try extent.clipped(to: end..<extent.range.upperBound).isZero()
  }

  /// Compares a block's bytes, or their digests where either side is on another host.
  private func holds(
    _ part: Extent, _ gfid: GFID, at offset: Int, count: Int
  ) throws(BrickError) -> Bool {
    guard brick.isFar || part.isFar else {
      return try part.matches(try brick.read(gfid, at: offset, count: count))
    }
    return try part.digest(count: count) == brick.digest(gfid, at: offset, count: count)
  }

  /// Tells that `holds` will be asked about an extent.
  func expect(_ extent: Extent, _ gfid: GFID, _ status: ObjectStatus) {
    guard brick.isFar || extent.isFar else { return }
    let end = min(extent.range.upperBound, status.size, extent.range.lowerBound + 1 << 24)
    var offset = extent.range.lowerBound
    if brick.isFar, case .zeros = extent.content {
      return brick.expect([.nextData(gfid, from: offset)])
    }
    while offset < end {
      let count = min(Self.blockByteCount, end - offset)
      extent.clipped(to: offset..<offset + count).expectDigest()
      brick.expect([.digest(gfid, at: Int(offset), count: Int(count))])
      offset += count
    }
  }
}

extension Extent {
  fileprivate var isFar: Bool {
    if case .payload(let payload) = content { payload.source.isFar } else { false }
  }

  fileprivate func expectDigest() {
    if case .payload(let payload) = content { payload.expectDigest() }
  }

  /// The digest of so many bytes; the extent is a block.
  fileprivate func digest(count: Int) throws(BrickError) -> Digest {
    switch content {
    case .zeros: return Digest(of: [UInt8](repeating: 0, count: count))
    case .payload(let payload):
      do throws(Failure) { return try payload.digest() } catch {
        throw BrickError(EIO, "read payload", source: error)
      }
    }
  }

  fileprivate func matches(_ bytes: [UInt8]) throws(BrickError) -> Bool {
    switch content {
    case .zeros: return bytes.allSatisfy { $0 == 0 }
    case .payload(let payload): return try payload.brickRead() == bytes
    }
  }

  /// Whether all of it is zeros.
  func isZero() throws(BrickError) -> Bool {
    switch content {
    case .zeros: return true
    case .payload(let payload):
      // Its beginning tells it of most.
      let beginning = payload.slice(from: 0, count: min(payload.count, 4096))
      guard try beginning.brickRead().allSatisfy({ $0 == 0 }) else { return false }
      return try payload.brickRead().allSatisfy { $0 == 0 }
    }
  }
}
