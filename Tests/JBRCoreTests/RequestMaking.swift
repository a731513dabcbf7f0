@testable import JBRCore

/// Requests as a client would make them, in few words.
extension Request {
  static func gfid(_ number: UInt64) -> GFID { GFID(high: 0xabcd_0000_0000_0000, low: number) }

  static func place(_ name: String, in parent: GFID = .root, gfid: GFID = .null) -> FieldValue {
    .loc(Loc(gfid: gfid, parent: parent, name: ByteView(name.utf8)))
  }

  static func object(_ gfid: GFID) -> FieldValue { .loc(Loc(gfid: gfid)) }

  static func xdata(_ gfid: GFID, _ more: [DictEntry] = []) -> FieldValue {
    .dict([DictEntry("gfid-req", gfid.bytes)] + more)
  }

  static let none = FieldValue.dict([])

  static func mkdir(
    _ name: String, _ gfid: GFID, in parent: GFID = .root, mode: UInt32 = 0o755,
    umask: UInt32 = 0, xdata: [DictEntry] = []
  ) -> Request {
    Request(
      fop: .mkdir,
      values: [place(name, in: parent), .u32(mode), .u32(umask), Self.xdata(gfid, xdata)])
  }

  static func create(
    _ name: String, _ gfid: GFID, in parent: GFID = .root, mode: UInt32 = 0o644,
    flags: Int32 = 0o102, umask: UInt32 = 0, xdata: [DictEntry] = []
  ) -> Request {
    Request(
      fop: .create,
      values: [
        place(name, in: parent), .i32(flags), .u32(mode), .u32(umask), .gfid(.null),
        Self.xdata(gfid, xdata),
      ])
  }

  static func mknod(_ name: String, _ gfid: GFID, mode: UInt32, rdev: UInt64 = 0) -> Request {
    Request(
      fop: .mknod, values: [place(name), .u32(mode), .u64(rdev), .u32(0), xdata(gfid)])
  }

  static func symlink(_ name: String, _ gfid: GFID, to target: String) -> Request {
    Request(
      fop: .symlink,
      values: [.string(ByteView(target.utf8)), place(name), .u32(0), xdata(gfid)])
  }

  static func unlink(_ name: String, in parent: GFID = .root) -> Request {
    Request(fop: .unlink, values: [place(name, in: parent), .i32(0), none])
  }

  static func rmdir(_ name: String, in parent: GFID = .root) -> Request {
    Request(fop: .rmdir, values: [place(name, in: parent), .i32(0), none])
  }

  static func rename(
    _ name: String, in parent: GFID = .root, to new: String, under other: GFID = .root
  ) -> Request {
    Request(fop: .rename, values: [place(name, in: parent), place(new, in: other), none])
  }

  static func link(_ gfid: GFID, to name: String, in parent: GFID = .root) -> Request {
    Request(fop: .link, values: [object(gfid), place(name, in: parent, gfid: gfid), none])
  }

  static func write(_ gfid: GFID, count: Int, at offset: Int64, flags: UInt32 = 1) -> Request {
    Request(
      fop: .writev,
      values: [.gfid(gfid), .u64(UInt64(count)), .i64(offset), .u32(flags), none])
  }

  static func truncate(_ gfid: GFID, to size: Int64) -> Request {
    Request(fop: .truncate, values: [object(gfid), .i64(size), none])
  }

  static func range(_ fop: Fop, _ gfid: GFID, from offset: Int64, count: Int64) -> Request {
    switch fop {
    case .fallocate:
      Request(
        fop: fop, values: [.gfid(gfid), .u32(0), .i64(offset), .u64(UInt64(count)), none])
    case .zerofill:
      Request(fop: fop, values: [.gfid(gfid), .i64(offset), .i64(count), none])
    default:
      Request(fop: fop, values: [.gfid(gfid), .i64(offset), .u64(UInt64(count)), none])
    }
  }

  static func setattr(
    _ gfid: GFID, valid: Int32, mode: UInt32 = 0, uid: UInt32 = 0, gid: UInt32 = 0,
    atime: UInt32 = 0, mtime: UInt32 = 0, nanoseconds: UInt32 = 0,
    layout: Attributes.Layout = .wide, open: Bool = false
  ) -> Request {
    let attributes = Attributes(
      layout: layout, mode: mode, uid: uid, gid: gid,
      atime: JournalTime(seconds: atime, nanoseconds: nanoseconds),
      mtime: JournalTime(seconds: mtime, nanoseconds: nanoseconds))
    return Request(
      fop: open ? .fsetattr : .setattr,
      values: [open ? .gfid(gfid) : object(gfid), .attributes(attributes), .i32(valid), none])
  }

  static func setxattr(
    _ gfid: GFID, _ key: String, _ value: [UInt8], flags: Int32 = 0
  ) -> Request {
    Request(
      fop: .setxattr,
      values: [object(gfid), .dict([DictEntry(key, value)]), .i32(flags), none])
  }

  static func removexattr(_ gfid: GFID, _ key: String) -> Request {
    Request(fop: .removexattr, values: [object(gfid), .string(ByteView(key.utf8)), none])
  }

  static func xattrop(_ gfid: GFID, _ key: String, _ value: [UInt8], type: Int32) -> Request {
    Request(
      fop: .xattrop, values: [object(gfid), .i32(type), .dict([DictEntry(key, value)]), none])
  }
}
