package import JBRCore

/// Requests as a client of a replica set makes them: each with JBR's index in xdata.
package struct RequestMaker {
  package var index: UInt64?

  package init(index: UInt64?) { self.index = index }

  package func xdata(_ gfid: GFID? = nil) -> FieldValue {
    var entries: [DictEntry] = []
    if let gfid { entries.append(DictEntry("gfid-req", gfid.bytes)) }
    if let index {
      entries.append(DictEntry("trusted.jbr.index", [UInt8]("\(index)".utf8) + [0]))
    }
    return .dict(entries)
  }

  private func place(_ name: EntryName, _ gfid: GFID = .null) -> FieldValue {
    .loc(Loc(gfid: gfid, parent: name.parent, name: name.name))
  }

  private func object(_ gfid: GFID) -> FieldValue { .loc(Loc(gfid: gfid)) }

  package func create(_ gfid: GFID, at name: EntryName, flags: Int32, mode: UInt32) -> Request {
    Request(
      fop: .create,
      values: [place(name), .i32(flags), .u32(mode), .u32(0o22), .gfid(.null), xdata(gfid)])
  }

  package func mkdir(_ gfid: GFID, at name: EntryName, mode: UInt32) -> Request {
    Request(fop: .mkdir, values: [place(name), .u32(mode), .u32(0o22), xdata(gfid)])
  }

  package func mknod(_ gfid: GFID, at name: EntryName, mode: UInt32, rdev: UInt64 = 0) -> Request {
    Request(fop: .mknod, values: [place(name), .u32(mode), .u64(rdev), .u32(0o22), xdata(gfid)])
  }

  package func symlink(_ gfid: GFID, at name: EntryName, to target: ByteView) -> Request {
    Request(fop: .symlink, values: [.string(target), place(name), .u32(0), xdata(gfid)])
  }

  package func link(_ gfid: GFID, from old: EntryName, at name: EntryName) -> Request {
    Request(fop: .link, values: [place(old, gfid), place(name, gfid), xdata()])
  }

  package func rename(_ gfid: GFID, _ old: EntryName, to new: EntryName, over victim: GFID?)
    -> Request
  {
    Request(fop: .rename, values: [place(old, gfid), place(new, victim ?? .null), xdata()])
  }

  package func unlink(_ gfid: GFID, _ name: EntryName) -> Request {
    Request(fop: .unlink, values: [place(name, gfid), .i32(0), xdata()])
  }

  package func rmdir(_ gfid: GFID, _ name: EntryName) -> Request {
    Request(fop: .rmdir, values: [place(name, gfid), .i32(0), xdata()])
  }

  package func write(_ gfid: GFID, at offset: Int64, count: Int, append: Bool = false) -> Request {
    Request(
      fop: .writev,
      values: [
        .gfid(gfid), .u64(UInt64(count)), .i64(offset), .u32(append ? 0x402 : 0x2), xdata(),
      ])
  }

  package func truncate(_ gfid: GFID, to size: Int64) -> Request {
    Request(fop: .truncate, values: [object(gfid), .i64(size), xdata()])
  }

  package func ftruncate(_ gfid: GFID, to size: Int64) -> Request {
    Request(fop: .ftruncate, values: [.gfid(gfid), .i64(size), xdata()])
  }

  package func fallocate(_ gfid: GFID, _ offset: Int64, _ count: Int64) -> Request {
    Request(
      fop: .fallocate,
      values: [.gfid(gfid), .u32(0), .i64(offset), .u64(UInt64(count)), xdata()])
  }

  package func discard(_ gfid: GFID, _ offset: Int64, _ count: Int64) -> Request {
    Request(
      fop: .discard, values: [.gfid(gfid), .i64(offset), .u64(UInt64(count)), xdata()])
  }

  package func zerofill(_ gfid: GFID, _ offset: Int64, _ count: Int64) -> Request {
    Request(fop: .zerofill, values: [.gfid(gfid), .i64(offset), .i64(count), xdata()])
  }

  package func setattr(_ gfid: GFID, _ attributes: Attributes, _ valid: Int32, open: Bool)
    -> Request
  {
    Request(
      fop: open ? .fsetattr : .setattr,
      values: [
        open ? .gfid(gfid) : object(gfid), .attributes(attributes), .i32(valid), xdata(),
      ])
  }

  package func setxattr(
    _ gfid: GFID, _ key: ByteView, _ value: ByteView, flags: Int32, open: Bool
  ) -> Request {
    Request(
      fop: open ? .fsetxattr : .setxattr,
      values: [
        open ? .gfid(gfid) : object(gfid), .dict([DictEntry(key: key, value: value)]),
        .i32(flags), xdata(),
      ])
  }

  package func removexattr(_ gfid: GFID, _ key: ByteView, open: Bool) -> Request {
    Request(
      fop: open ? .fremovexattr : .removexattr,
      values: [open ? .gfid(gfid) : object(gfid), .string(key), xdata()])
  }

  package func xattrop(
    _ gfid: GFID, _ key: ByteView, _ value: ByteView, operation: Int32 = 0, open: Bool
  ) -> Request {
    Request(
      fop: open ? .fxattrop : .xattrop,
      values: [
        open ? .gfid(gfid) : object(gfid), .i32(operation),
        .dict([DictEntry(key: key, value: value)]), xdata(),
      ])
  }

  /// The rollback of the request with this maker's index.
  package func rollback(of fop: Fop) -> Request {
    guard case .dict(let entries) = xdata() else { return Request(fop: .ipc, values: [xdata()]) }
    let number = DictEntry("rollback-fop", [UInt8]("\(fop.rawValue)".utf8) + [0])
    return Request(fop: .ipc, values: [.dict(entries + [number])])
  }
}

/// A request with the bytes that it writes.
package struct Change {
  package var request: Request
  package var bytes: [UInt8] = []

  package init(request: Request, bytes: [UInt8] = []) {
    self.request = request
    self.bytes = bytes
  }

  package var payload: Payload? { request.fop == .writev ? Payload(bytes) : nil }

  /// Does it as a brick does: what the rules refuse is not done.
  package func apply(to brick: any BrickStore) {
    try? FopSemantics.apply(request, payload: payload, to: brick)
  }
}
