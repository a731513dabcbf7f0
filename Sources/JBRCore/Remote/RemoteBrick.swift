/// A brick on a far host: every primitive is done there by a `NativeBrick`.
final class RemoteBrick: CheckableBrick {
  /// How much content goes in one message.
  static let blockByteCount = 4 << 20
  private let connection: RemoteConnection
  private let prefix: String
  private let number: UInt32

  /// - Throws: what the far host says of a path that is no brick.
  init(_ path: String, _ connection: RemoteConnection, prefix: String) throws(Failure) {
    self.connection = connection
    self.prefix = prefix
    do throws(RemoteTrouble) {
      number = try connection.openBrick(path, prefix: prefix)
    } catch {
      switch error {
      case .failure(let failure): throw failure
      case .brick(let error): throw Failure(error, path: prefix + path)
      }
    }
  }

  var isFar: Bool { true }

  func expect(_ looks: [BrickLook]) { connection.expect(looks.map { .look(number, $0) }) }

  func expect(_ objects: Set<GFID>) { expect(objects.flatMap { [.status($0), .xattrs($0)] }) }

  private func look<Value: Wire>(_ look: BrickLook) throws(BrickError) -> Value {
    do throws(RemoteTrouble) {
      return try connection.ask(.look(number, look), prefix: prefix)
    } catch {
      throw brickError(error)
    }
  }

  private func change(_ change: BrickChange) throws(BrickError) {
    try begin(change)
    try settle()
  }

  private func begin(_ change: BrickChange) throws(BrickError) {
    do throws(Failure) { try connection.begin(.change(number, change)) } catch {
      throw brickError(.failure(error))
    }
  }

  private func settle() throws(BrickError) {
    do throws(RemoteTrouble) { try connection.settle(prefix: prefix) } catch {
      throw brickError(error)
    }
  }

  private func brickError(_ trouble: RemoteTrouble) -> BrickError {
    switch trouble {
    case .failure(let failure): BrickError(EIO, "reach", source: failure)
    case .brick(let error): error
    }
  }

  private func wrong() -> BrickError {
    let failure = Failure(.ioError, "the far host's answer cannot be right", path: prefix)
    return BrickError(EIO, "read", source: failure)
  }
}

extension RemoteBrick {
  func status(_ gfid: GFID) throws(BrickError) -> ObjectStatus? { try look(.status(gfid)) }

  func lookup(_ name: EntryName) throws(BrickError) -> DirectoryEntry? { try look(.lookup(name)) }

  func list(_ directory: GFID) throws(BrickError) -> [(name: ByteView, entry: DirectoryEntry)] {
    var all: [(name: ByteView, entry: DirectoryEntry)] = []
    while true {
      let part: FarListing = try look(.list(directory, from: all.count))
      for pair in part.second.elements {
        guard FileName.isComponent(pair.first) else { throw wrong() }
        all.append((pair.first, pair.second))
      }
      if all.count >= part.first || part.second.elements.isEmpty { return all }
    }
  }

  func place(ofDirectory gfid: GFID) throws(BrickError) -> EntryName? { try look(.place(gfid)) }

  func symlinkTarget(_ gfid: GFID) throws(BrickError) -> ByteView {
    try look(.symlinkTarget(gfid))
  }

  func read(_ gfid: GFID, at offset: Int, count: Int) throws(BrickError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let wanted = min(Self.blockByteCount, count - bytes.count)
      let block: ByteView = try look(.read(gfid, at: offset + bytes.count, count: wanted))
      guard block.count <= wanted else { throw wrong() }
      if bytes.isEmpty { bytes = Array(block) } else { bytes += block }
      if block.count < wanted { break }
    }
    return bytes
  }

  func nextData(_ gfid: GFID, from offset: Int64) throws(BrickError) -> Int64? {
    let next: Int64? = try look(.nextData(gfid, from: offset))
    if let next, next < offset { throw wrong() }
    return next
  }

  func xattrs(_ gfid: GFID) throws(BrickError) -> [(key: ByteView, value: ByteView)] {
    let list: WireList<WirePair<ByteView, ByteView>> = try look(.xattrs(gfid))
    return list.elements.map { ($0.first, $0.second) }
  }

  func plainXattrs(_ gfid: GFID) throws(BrickError) -> [(key: ByteView, value: ByteView)] {
    let list: WireList<WirePair<ByteView, ByteView>> = try look(.plainXattrs(gfid))
    return list.elements.map { ($0.first, $0.second) }
  }

  func xattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) -> ByteView? {
    try look(.xattr(gfid, key))
  }

  func digest(_ gfid: GFID, at offset: Int, count: Int) throws(BrickError) -> Digest {
    try look(.digest(gfid, at: offset, count: count))
  }

  func trimmedDigest(_ gfid: GFID, _ range: Range<Int64>) throws(BrickError) -> Digest {
    try look(.trimmedDigest(gfid, range))
  }

  func contentDigest(_ gfid: GFID, _ range: Range<Int64>) throws(BrickError) -> Digest {
    try look(.contentDigest(gfid, range))
  }

  func soundness(_ name: EntryName) throws(BrickError) -> Soundness { try look(.soundness(name)) }

  func isSetAside(_ label: ByteView) throws(BrickError) -> Bool { try look(.isSetAside(label)) }

  func identity() throws(BrickError) -> BrickIdentity {
    let place: FileIdentity = try look(.identity)
    return .directory(device: place.device, inode: place.inode)
  }

  func room() throws(BrickError) -> FileSystemRoom {
    var room: FileSystemRoom = try look(.room)
    // Hosts number their file systems alike; those of two of them share no room.
    room.device ^= xxh3(ByteView(prefix.utf8), seed: 0)
    return room
  }
}

extension RemoteBrick {
  func make(_ object: NewObject, at name: EntryName) throws(BrickError) {
    try change(.make(object, name))
  }
  func link(_ gfid: GFID, at name: EntryName) throws(BrickError) { try change(.link(gfid, name)) }
  func unlink(_ name: EntryName) throws(BrickError) { try change(.unlink(name)) }
  func removeDirectory(_ name: EntryName) throws(BrickError) {
    try change(.removeDirectory(name))
  }
  func rename(_ old: EntryName, to new: EntryName) throws(BrickError) {
    try change(.rename(old, new))
  }
  func mend(_ name: EntryName) throws(BrickError) { try change(.mend(name)) }
  func setAside(_ name: EntryName, as label: ByteView) throws(BrickError) {
    try change(.setAside(name, label))
  }

  func write(_ payload: Payload, to gfid: GFID, at offset: Int) throws(BrickError) {
    var done = 0
    repeat {
      let part = payload.slice(from: done, count: min(Self.blockByteCount, payload.count - done))
      try begin(.write(gfid, offset + done, try part.brickRead()[...]))
      done += part.count
    } while done < payload.count
    try settle()
  }

  func truncate(_ gfid: GFID, to size: Int64) throws(BrickError) {
    try change(.truncate(gfid, size))
  }
  func change(
    _ gfid: GFID, from offset: Int64, count: Int64, _ change: RangeChange
  ) throws(BrickError) { try self.change(.range(gfid, offset, count, change)) }
  func setMode(_ gfid: GFID, _ mode: UInt32) throws(BrickError) {
    try change(.setMode(gfid, mode))
  }
  func setOwner(_ gfid: GFID, uid: UInt32?, gid: UInt32?) throws(BrickError) {
    try change(.setOwner(gfid, uid, gid))
  }
  func setTimes(_ gfid: GFID, atime: FileTime?, mtime: FileTime?) throws(BrickError) {
    try change(.setTimes(gfid, atime, mtime))
  }
  func set(_ change: AttributeChange, of gfid: GFID) throws(BrickError) {
    try self.change(.set(gfid, change))
  }
  func setXattr(
    _ gfid: GFID, _ key: ByteView, _ value: ByteView, _ mode: XattrMode
  ) throws(BrickError) { try change(.setXattr(gfid, key, value, mode)) }
  func removeXattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) {
    try change(.removeXattr(gfid, key))
  }
  func synchronize() throws(BrickError) { try change(.synchronize) }
  func finishHalfDone() throws(BrickError) { try change(.finishHalfDone) }
  func putBack(_ aside: SetAside) throws(BrickError) { try change(.putBack(aside)) }
  func hide(_ name: EntryName) throws(BrickError) { try change(.hide(name)) }
  func tryToChange() throws(BrickError) { try change(.tryToChange) }
}
