/// A brick of which what was looked at is remembered, for as long as nobody changes it.
final class BrickSnapshot: ReadableBrick {
  private let brick: any ReadableBrick
  private var statuses: [GFID: ObjectStatus?] = [:]
  private var entries: [EntryName: DirectoryEntry?] = [:]

  init(_ brick: any ReadableBrick) { self.brick = brick }

  func status(_ gfid: GFID) throws(BrickError) -> ObjectStatus? {
    if let known = statuses[gfid] { return known }
    let status = try brick.status(gfid)
    statuses[gfid] = .some(status)
    return status
  }

  func lookup(_ name: EntryName) throws(BrickError) -> DirectoryEntry? {
    if let known = entries[name] { return known }
    let entry = try brick.lookup(name)
    entries[name] = .some(entry)
    return entry
  }

  func list(_ directory: GFID) throws(BrickError) -> [(name: ByteView, entry: DirectoryEntry)] {
    try brick.list(directory)
  }

  func place(ofDirectory gfid: GFID) throws(BrickError) -> EntryName? {
    try brick.place(ofDirectory: gfid)
  }

  func symlinkTarget(_ gfid: GFID) throws(BrickError) -> ByteView { try brick.symlinkTarget(gfid) }

  func read(_ gfid: GFID, at offset: Int, count: Int) throws(BrickError) -> [UInt8] {
    try brick.read(gfid, at: offset, count: count)
  }

  func nextData(_ gfid: GFID, from offset: Int64) throws(BrickError) -> Int64? {
    try brick.nextData(gfid, from: offset)
  }

  func xattrs(_ gfid: GFID) throws(BrickError) -> [(key: ByteView, value: ByteView)] {
    try brick.xattrs(gfid)
  }

  func xattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) -> ByteView? {
    try brick.xattr(gfid, key)
  }
}
