import Histories
import PlainModel

@testable import JBRCore

/// What the plain model and a real GlusterFS are told of requests. Nothing but numbers and names
/// goes through here.
extension PlainID {
  init(_ gfid: GFID) { self.init(high: gfid.high, low: gfid.low) }
  var gfid: GFID { GFID(high: high, low: low) }
}

extension PlainName {
  init(_ loc: Loc?) {
    self.init(
      PlainID(loc?.parent ?? .null), String(decoding: loc?.name ?? [], as: UTF8.self))
  }
}

extension PlainFop {
  /// nil for what changes no tree.
  init?(_ change: Change) {
    let request = change.request
    let id = PlainID(request.target)
    let new = PlainID(request.requestedGFID ?? .null)
    let name = PlainName(request.loc(.loc))
    let offset = Int(request.integer(.offset) ?? 0)
    let range = offset..<offset + Int(request.integer(.length) ?? 0)
    let flags = Int32(truncatingIfNeeded: request.integer(.flags) ?? 0)
    let pair = request.entries(.dict).first
    let key = String(decoding: pair?.key ?? request.string(.name) ?? [], as: UTF8.self)
    let value = [UInt8](pair?.value ?? [])
    switch request.fop {
    case .create, .mkdir, .mknod, .symlink: self = .make(name, new, New(request))
    case .link: self = .link(id, PlainName(request.loc(.newloc)))
    case .unlink: self = .unlink(name)
    case .rmdir: self = .rmdir(name)
    case .rename:
      self = .rename(PlainName(request.loc(.oldloc)), PlainName(request.loc(.newloc)))
    case .writev: self = .write(id, change.bytes, at: offset, appends: flags & 0x400 != 0)
    case .truncate, .ftruncate: self = .truncate(id, to: offset, open: request.fop == .ftruncate)
    case .fallocate: self = .fallocate(id, range)
    case .discard: self = .discard(id, range)
    case .zerofill: self = .zerofill(id, range)
    case .setattr, .fsetattr:
      self = .setattr(id, Attributes(request), open: request.fop == .fsetattr)
    case .setxattr, .fsetxattr:
      self = .setxattr(
        id, key: key, value: value, flags: flags, open: request.fop == .fsetxattr)
    case .removexattr, .fremovexattr:
      self = .removexattr(id, key: key, open: request.fop == .fremovexattr)
    case .xattrop, .fxattrop:
      let operation = Int32(truncatingIfNeeded: request.integer(.optype) ?? 0)
      self = .xattrop(id, operation: operation, key: key, value: value)
    case .ipc: return nil
    }
  }
}

extension PlainFop.New {
  fileprivate init(_ request: Request) {
    let kind: Kind =
      switch request.fop {
      case .mkdir: .directory
      case .mknod: .node(rdev: UInt64(bitPattern: request.integer(.rdev) ?? 0))
      case .symlink:
        .symlink(target: String(decoding: request.string(.linkpath) ?? [], as: UTF8.self))
      default: .file(flags: Int32(truncatingIfNeeded: request.integer(.flags) ?? 0))
      }
    let xattr = request.entries(.xdata).first { $0.key.starts(with: "trusted.".utf8) }
    // What a client's umask leaves.
    self.init(
      kind, mode: UInt32(request.integer(.mode) ?? 0) & ~UInt32(request.integer(.umask) ?? 0),
      xattr: xattr.map { (String(decoding: $0.key, as: UTF8.self), [UInt8]($0.value)) })
  }
}

extension PlainFop.Attributes {
  fileprivate init(_ request: Request) {
    self.init()
    guard let given = request.attributes else { return }
    let valid = request.integer(.valid) ?? 0
    func time(_ time: JournalTime) -> PlainTime {
      PlainTime(Int(time.seconds), Int(time.nanoseconds))
    }
    if valid & 0x1 != 0 { mode = given.mode }
    if valid & 0x2 != 0 { uid = given.uid }
    if valid & 0x4 != 0 { gid = given.gid }
    if valid & 0x10 != 0 { atime = time(given.atime) }
    if valid & 0x20 != 0 { mtime = time(given.mtime) }
  }
}

/// The generator draws requests against the plain model, so that what it draws does not depend
/// on what is tested.
extension PlainModel: KnownTree {
  func type(of gfid: GFID) -> ObjectType? {
    switch objects[PlainID(gfid)]?.kind {
    case .file: .file
    case .directory: .directory
    case .symlink: .symlink
    case .fifo: .fifo
    case .socket: .socket
    case .character: .character
    case .block: .block
    case nil: nil
    }
  }

  /// There is no object that cannot be reached.
  func objects(reachable: Bool) -> [GFID] { objects.keys.map(\.gfid).sorted() }

  func standing() -> [(name: EntryName, gfid: GFID)] {
    names.map { name, id in
      (EntryName(parent: name.parent.gfid, name: ByteView(name.name.utf8)), id.gfid)
    }.sorted { $0.0 < $1.0 }
  }

  func standing(at name: EntryName) -> GFID? {
    names[PlainName(PlainID(name.parent), String(decoding: name.name, as: UTF8.self))]?.gfid
  }
}
