extension BrickLook: Wire {
  init(from reader: inout WireReader) throws(FormatError) {
    let number: UInt8 = try reader.integer()
    if number == 2 || number == 12 {
      let name = try EntryName(from: &reader)
      self = number == 2 ? .lookup(name) : .soundness(name)
      return
    }
    if (14...16).contains(number) {
      self = try Self.ofWhole(number, &reader)
      return
    }
    let gfid = try GFID(from: &reader)
    switch number {
    case 1: self = .status(gfid)
    case 3: self = .list(gfid, from: try reader.offset())
    case 4: self = .place(gfid)
    case 5: self = .symlinkTarget(gfid)
    case 6: self = .read(gfid, at: try reader.offset(), count: try Self.count(&reader))
    case 7: self = .nextData(gfid, from: try reader.offset())
    case 8: self = .xattrs(gfid)
    case 9: self = .xattr(gfid, try reader.counted())
    case 10: self = .digest(gfid, at: try reader.offset(), count: try Self.count(&reader))
    case 11: self = .trimmedDigest(gfid, try Self.range(&reader))
    case 13: self = .plainXattrs(gfid)
    case 17: self = .contentDigest(gfid, try Self.range(&reader))
    default: throw reader.illegal(number, "a look at a brick")
    }
  }

  /// What is no single object's or name's.
  private static func ofWhole(
    _ number: UInt8, _ reader: inout WireReader
  ) throws(FormatError) -> BrickLook {
    switch number {
    case 14: .isSetAside(try reader.counted())
    case 15: .identity
    case 16: .room
    default: throw reader.illegal(number, "a look at a brick")
    }
  }

  private static func range(_ reader: inout WireReader) throws(FormatError) -> Range<Int64> {
    let first: Int64 = try reader.offset()
    let end: Int64 = try reader.offset()
    guard first <= end else { throw reader.illegal(end, "a range's end") }
    return first..<end
  }

  private static func count(_ reader: inout WireReader) throws(FormatError) -> Int {
    let value: Int = try reader.integer()
    guard (0...RemoteBrick.blockByteCount).contains(value) else {
      throw reader.illegal(0, "a block's length")
    }
    return value
  }

  func write(to writer: inout WireWriter) {
    switch self {
    case .status(let gfid): writer.put(1, gfid)
    case .lookup(let name): writer.put(2, name)
    case .list(let gfid, let first): writer.put(3, gfid, first)
    case .place(let gfid): writer.put(4, gfid)
    case .symlinkTarget(let gfid): writer.put(5, gfid)
    case .read(let gfid, let offset, let count): writer.put(6, gfid, offset, count)
    case .nextData(let gfid, let offset): writer.put(7, gfid, offset)
    case .xattrs(let gfid): writer.put(8, gfid)
    case .xattr(let gfid, let key): writer.put(9, gfid, key)
    case .digest(let gfid, let offset, let count): writer.put(10, gfid, offset, count)
    case .trimmedDigest(let gfid, let range):
      writer.put(11, gfid, range.lowerBound, range.upperBound)
    case .soundness(let name): writer.put(12, name)
    case .plainXattrs(let gfid): writer.put(13, gfid)
    case .isSetAside(let label): writer.put(14, label)
    case .identity: writer.put(15)
    case .room: writer.put(16)
    case .contentDigest(let gfid, let range):
      writer.put(17, gfid, range.lowerBound, range.upperBound)
    }
  }
}

/// Something that is done to a far brick.
enum BrickChange: Wire {
  case make(NewObject, EntryName)
  case link(GFID, EntryName)
  case unlink(EntryName)
  case removeDirectory(EntryName)
  case rename(EntryName, EntryName)
  case mend(EntryName)
  case setAside(EntryName, ByteView)
  case write(GFID, Int, ByteView)
  case truncate(GFID, Int64)
  case range(GFID, Int64, Int64, RangeChange)
  case setMode(GFID, UInt32)
  case setOwner(GFID, UInt32?, UInt32?)
  case setTimes(GFID, FileTime?, FileTime?)
  case set(GFID, AttributeChange)
  case setXattr(GFID, ByteView, ByteView, XattrMode)
  case removeXattr(GFID, ByteView)
  case synchronize
  case finishHalfDone
  case putBack(SetAside)
  case hide(EntryName)
  /// Leaves nothing changed, and may only be asked for where changes may.
  case tryToChange

  init(from reader: inout WireReader) throws(FormatError) {
    let number: UInt8 = try reader.integer()
    switch number {
    case 1: self = .make(try NewObject(from: &reader), try EntryName(from: &reader))
    case 2: self = .link(try GFID(from: &reader), try EntryName(from: &reader))
    case 3: self = .unlink(try EntryName(from: &reader))
    case 4: self = .removeDirectory(try EntryName(from: &reader))
    case 5: self = .rename(try EntryName(from: &reader), try EntryName(from: &reader))
    case 6: self = .mend(try EntryName(from: &reader))
    case 7: self = .setAside(try EntryName(from: &reader), try reader.counted())
    case 8:
      self = .write(
        try GFID(from: &reader), try reader.offset(), try reader.counted())
    case 9: self = .truncate(try GFID(from: &reader), try reader.offset())
    case 10:
      self = .range(
        try GFID(from: &reader), try reader.offset(), try reader.offset(),
        try RangeChange(from: &reader))
    case 11: self = .setMode(try GFID(from: &reader), try reader.integer())
    default: self = try Self.attributes(number, &reader)
    }
  }

  private static func attributes(
    _ number: UInt8, _ reader: inout WireReader
  ) throws(FormatError) -> BrickChange {
    switch number {
    case 12:
      .setOwner(
        try GFID(from: &reader), try UInt32?(from: &reader), try UInt32?(from: &reader))
    case 13:
      .setTimes(
        try GFID(from: &reader), try FileTime?(from: &reader), try FileTime?(from: &reader))
    case 14: .set(try GFID(from: &reader), try AttributeChange(from: &reader))
    case 15:
      .setXattr(
        try GFID(from: &reader), try reader.counted(), try reader.counted(),
        try XattrMode(from: &reader))
    case 16: .removeXattr(try GFID(from: &reader), try reader.counted())
    case 17: .synchronize
    case 18: .finishHalfDone
    case 19: .putBack(try SetAside(from: &reader))
    case 20: .tryToChange
    case 21: .hide(try EntryName(from: &reader))
    default: throw reader.illegal(number, "a change of a brick")
    }
  }

  func write(to writer: inout WireWriter) {
    switch self {
    case .make(let object, let name): writer.put(1, object, name)
    case .link(let gfid, let name): writer.put(2, gfid, name)
    case .unlink(let name): writer.put(3, name)
    case .removeDirectory(let name): writer.put(4, name)
    case .rename(let old, let new): writer.put(5, old, new)
    case .mend(let name): writer.put(6, name)
    case .setAside(let name, let label): writer.put(7, name, label)
    case .write(let gfid, let offset, let bytes): writer.put(8, gfid, offset, bytes)
    case .truncate(let gfid, let size): writer.put(9, gfid, size)
    case .range(let gfid, let offset, let count, let change):
      writer.put(10, gfid, offset, count, change)
    case .setMode(let gfid, let mode): writer.put(11, gfid, mode)
    case .setOwner(let gfid, let uid, let group): writer.put(12, gfid, uid, group)
    case .setTimes(let gfid, let atime, let mtime): writer.put(13, gfid, atime, mtime)
    case .set(let gfid, let change): writer.put(14, gfid, change)
    case .setXattr(let gfid, let key, let value, let mode): writer.put(15, gfid, key, value, mode)
    case .removeXattr(let gfid, let key): writer.put(16, gfid, key)
    case .synchronize: writer.put(17)
    case .finishHalfDone: writer.put(18)
    case .putBack(let aside): writer.put(19, aside)
    case .hide(let name): writer.put(21, name)
    case .tryToChange: writer.put(20)
    }
  }
}

extension BrickChange {
  /// Does it.
  func perform(on brick: any CheckableBrick) throws(BrickError) {
    switch self {
    case .make(let object, let name): try brick.make(object, at: name)
    case .link(let gfid, let name): try brick.link(gfid, at: name)
    case .unlink(let name): try brick.unlink(name)
    case .removeDirectory(let name): try brick.removeDirectory(name)
    case .rename(let old, let new): try brick.rename(old, to: new)
    case .mend(let name): try brick.mend(name)
    case .setAside(let name, let label): try brick.setAside(name, as: label)
    case .write(let gfid, let offset, let bytes):
      try brick.write(Payload(Array(bytes)), to: gfid, at: offset)
    case .truncate(let gfid, let size): try brick.truncate(gfid, to: size)
    case .range(let gfid, let offset, let count, let change):
      try brick.change(gfid, from: offset, count: count, change)
    case .setMode(let gfid, let mode): try brick.setMode(gfid, mode)
    case .setOwner(let gfid, let uid, let group): try brick.setOwner(gfid, uid: uid, gid: group)
    case .setTimes(let gfid, let atime, let mtime):
      try brick.setTimes(gfid, atime: atime, mtime: mtime)
    case .set(let gfid, let change): try brick.set(change, of: gfid)
    case .setXattr(let gfid, let key, let value, let mode):
      try brick.setXattr(gfid, key, value, mode)
    case .removeXattr(let gfid, let key): try brick.removeXattr(gfid, key)
    case .synchronize: try brick.synchronize()
    case .finishHalfDone: try brick.finishHalfDone()
    case .putBack(let aside): try brick.putBack(aside)
    case .hide(let name): try brick.hide(name)
    case .tryToChange: try brick.tryToChange()
    }
  }
}
