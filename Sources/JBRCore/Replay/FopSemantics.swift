/// What each journaled fop does to a brick, and which error it gives: the rules of GlusterFS'
/// storage/posix and access-control translators, made of a brick's primitives.
///
/// It works on a brick on disk and on the model alike, so that what is expected and what is done
/// cannot differ. Not knowing an object's type is no error.
public enum FopSemantics {
  /// Does what a request says. `payload` is that of a write, and nil for any other fop.
  ///
  /// It throws the errno that a real brick would answer with. As there, an error in the middle
  /// of a (f)setattr or (f)setxattr leaves what was done before.
  public static func apply(
    _ request: Request, payload: Payload?, to store: some BrickStore
  ) throws(BrickError) {
    switch request.fop {
    case .create: try create(request, store)
    case .mkdir, .mknod, .symlink:
      let name = try name(request.loc(.loc))
      guard try store.lookup(name) == nil else { throw BrickError(EEXIST, request.fop.name) }
      try make(request, name, store)
    case .link, .rename, .unlink, .rmdir: try changeName(request, store)
    case .writev: try write(request, payload, store)
    case .truncate, .ftruncate:
      try store.truncate(request.target, to: request.integer(.offset) ?? 0)
    case .fallocate: try change(request, .allocate, store)
    case .discard: try change(request, .punch, store)
    case .zerofill: try change(request, .zero, store)
    case .setattr, .fsetattr: try setAttributes(request, store)
    case .setxattr, .fsetxattr: try setXattrs(request, store)
    case .removexattr, .fremovexattr:
      try store.removeXattr(request.target, request.string(.name) ?? [])
    case .xattrop, .fxattrop: try combineXattrs(request, store)
    // It carries a rollback, which is a statement about another request.
    case .ipc: return
    }
  }

  /// open(2)'s flags as Linux numbers them; the client's were stored as they are.
  enum OpenFlag {
    static let accessMask: Int64 = 0x3
    static let exclusive: Int64 = 0x80
    static let truncate: Int64 = 0x200
    static let append: Int64 = 0x400
  }

  // MARK: Names

  private static func name(_ loc: Loc?) throws(BrickError) -> EntryName {
    guard let loc, let text = loc.name else { throw BrickError(EINVAL, "lookup") }
    let name = EntryName(parent: loc.parent, name: text)
    // Damage or malice, and no path.
    if let illegality = name.illegality { throw BrickError(illegality, "lookup") }
    return name
  }

  private static func create(_ request: Request, _ store: some BrickStore) throws(BrickError) {
    let name = try name(request.loc(.loc))
    guard let entry = try store.lookup(name) else { return try make(request, name, store) }
    let flags = request.integer(.flags) ?? 0
    guard flags & OpenFlag.exclusive == 0 else { throw BrickError(EEXIST, "open") }
    guard entry.type != .directory else { throw BrickError(EISDIR, "open") }
    guard entry.type != .symlink else { throw BrickError(ELOOP, "open") }
    let writes = flags & OpenFlag.accessMask != 0
    if let gfid = entry.gfid, writes, flags & OpenFlag.truncate != 0, entry.type.mayBe(.file) {
      try store.truncate(gfid, to: 0)
    }
  }

  /// Makes an object at a name that is free.
  static func make(
    _ request: Request, _ name: EntryName, _ store: some BrickStore
  ) throws(BrickError) {
    guard let gfid = request.requestedGFID, gfid != .null else {
      throw BrickError(EINVAL, request.fop.name)
    }
    let type = try type(request)
    var object = NewObject(gfid: gfid, type: type, mode: 0o777)
    var access: ByteView?
    var inherited: ByteView?
    if type == .symlink {
      object.target = request.string(.linkpath) ?? []
    } else {
      let wanted = UInt32(truncatingIfNeeded: request.integer(.mode) ?? 0)
      object.mode = wanted & (type == .directory ? 0o1777 : 0o7777)
      if type == .character || type == .block {
        object.rdev = UInt64(bitPattern: request.integer(.rdev) ?? 0)
      }
      inherited = try store.xattr(name.parent, AccessList.defaultKey)
      object.mayInheritList = inherited != nil
      if let inherited, let list = AccessList(inherited) {
        access = list.inherited(mode: &object.mode)
      } else {
        object.mode &= ~UInt32(truncatingIfNeeded: request.integer(.umask) ?? 0)
      }
    }
    try store.make(object, at: name)
    if let access { try store.setXattr(gfid, AccessList.accessKey, access, .set) }
    if let inherited, type == .directory {
      try store.setXattr(gfid, AccessList.defaultKey, inherited, .set)
    }
    try storeExtras(request, gfid, store)
  }

  static func type(_ request: Request) throws(BrickError) -> ObjectType {
    switch request.fop {
    case .mkdir: return .directory
    case .symlink: return .symlink
    case .create: return .file
    default:
      switch (request.integer(.mode) ?? 0) & 0o170000 {
      case 0, 0o100000: return .file
      case 0o010000: return .fifo
      case 0o020000: return .character
      case 0o060000: return .block
      case 0o140000: return .socket
      case 0o040000: throw BrickError(EPERM, "mknod")
      default: throw BrickError(EINVAL, "mknod")
      }
    }
  }

  /// storage/posix stores what xdata brings along with a new object as its xattrs: ACLs, and
  /// translators' own. Keys without a namespace are orders to translators.
  private static func storeExtras(
    _ request: Request, _ gfid: GFID, _ store: some BrickStore
  ) throws(BrickError) {
    for entry in request.entries(.xdata) {
      if AccessList.isKey(entry.key) {
        guard request.fop != .symlink else { continue }
        try setAccessList(gfid, entry.key, entry.value, .set, store)
      } else if entry.key.starts(with: "trusted.".utf8), !isReserved(entry.key) {
        try store.setXattr(gfid, entry.key, entry.value, .set)
      }
    }
  }

  private static func changeName(_ request: Request, _ store: some BrickStore) throws(BrickError) {
    switch request.fop {
    case .link:
      let new = try name(request.loc(.newloc))
      try store.link(request.target, at: new)
    case .rename:
      let old = try name(request.loc(.oldloc))
      try store.rename(old, to: try name(request.loc(.newloc)))
    case .unlink: try store.unlink(try name(request.loc(.loc)))
    default: try store.removeDirectory(try name(request.loc(.loc)))
    }
  }

  // MARK: Content

  private static func write(
    _ request: Request, _ payload: Payload?, _ store: some BrickStore
  ) throws(BrickError) {
    guard let payload else { throw BrickError(EIO, "read payload") }
    var offset = request.integer(.offset) ?? 0
    if isAppend(request) {
      // The client's idea of the end is in the journal; the brick wrote at its own.
      guard let status = try store.status(request.target) else { throw BrickError(ESTALE, "write") }
      offset = status.size
    }
    guard offset >= 0 else { throw BrickError(EINVAL, "write") }
    guard offset <= Int64.max - Int64(payload.count) else { throw BrickError(EFBIG, "write") }
    guard payload.count > 0 else { return }
    try store.write(payload, to: request.target, at: Int(offset))
  }

  private static func change(
    _ request: Request, _ change: RangeChange, _ store: some BrickStore
  ) throws(BrickError) {
    try store.change(
      request.target, from: request.integer(.offset) ?? 0, count: request.integer(.length) ?? 0,
      change)
  }
}
