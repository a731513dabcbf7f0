/// The fops that change attributes and xattrs.
extension FopSemantics {
  /// The bits of a (f)setattr's `valid`; -1 has them all.
  enum Valid {
    static let mode: Int64 = 0x1
    static let uid: Int64 = 0x2
    static let gid: Int64 = 0x4
    static let atime: Int64 = 0x10
    static let mtime: Int64 = 0x20
  }

  /// What a (f)setattr changes, and whether it would set times, and cannot.
  static func change(
    by request: Request
  ) throws(BrickError) -> (change: AttributeChange, lacksTimes: Bool) {
    guard let attributes = request.attributes else { throw BrickError(EINVAL, "setattr") }
    let valid = request.integer(.valid) ?? 0
    var change = AttributeChange()
    if valid & Valid.uid != 0 { change.uid = attributes.uid }
    if valid & Valid.gid != 0 { change.gid = attributes.gid }
    if valid & Valid.mode != 0 { change.mode = attributes.mode & 0o7777 }
    // The release that writes the narrow layout cannot set times through a descriptor.
    let setsTimes = valid & (Valid.atime | Valid.mtime) != 0
    let lacksTimes = setsTimes && attributes.layout == .narrow && request.fop == .fsetattr
    if !lacksTimes {
      if valid & Valid.atime != 0 { change.atime = attributes.time(attributes.atime) }
      if valid & Valid.mtime != 0 { change.mtime = attributes.time(attributes.mtime) }
    }
    return (change, lacksTimes)
  }

  /// Owner first, since it clears setuid, then mode, then times.
  static func setAttributes(_ request: Request, _ store: some BrickStore) throws(BrickError) {
    let (change, lacksTimes) = try change(by: request)
    let gfid = request.target
    try store.set(change, of: gfid)
    if lacksTimes { throw BrickError(ENOSYS, "futimens") }
    if request.integer(.valid) ?? 0 == 0, try !store.has(gfid) {
      throw BrickError(ESTALE, "setattr")
    }
  }

  /// xattrs that a brick takes note of and ignores, as storage/posix does.
  static func isReserved(_ key: ByteView) -> Bool {
    key.starts(with: "trusted.gfid".utf8)
      || key.elementsEqual("trusted.glusterfs.volume-id".utf8)
  }

  static func setXattrs(_ request: Request, _ store: some BrickStore) throws(BrickError) {
    let mode: XattrMode =
      switch request.integer(.flags) ?? 0 {
      case let flags where flags & 1 != 0: .create
      case let flags where flags & 2 != 0: .replace
      default: .set
      }
    guard try store.has(request.target) else { throw BrickError(ESTALE, "setxattr") }
    for entry in request.entries(.dict) where !isReserved(entry.key) {
      if AccessList.isKey(entry.key) {
        try setAccessList(request.target, entry.key, entry.value, mode, store)
      } else {
        try store.setXattr(request.target, entry.key, entry.value, mode)
      }
    }
  }

  /// Sets an ACL as the file system does: an access ACL changes the mode too, and one that says
  /// no more than a mode is not kept.
  static func setAccessList(
    _ gfid: GFID, _ key: ByteView, _ value: ByteView, _ mode: XattrMode, _ store: some BrickStore
  ) throws(BrickError) {
    let isAccess = key.elementsEqual(AccessList.accessKey)
    let status = try store.status(gfid)
    if !isAccess, status?.type.mayBe(.directory) == false { throw BrickError(EACCES, "setxattr") }
    let list = value.isEmpty ? nil : AccessList(value)
    guard value.isEmpty || list != nil else { throw BrickError(EINVAL, "setxattr") }
    if isAccess, let list, let status {
      try store.setMode(gfid, status.mode & 0o7000 | list.permissions)
    }
    if let list, !(isAccess && list.isMinimal), !list.entries.isEmpty {
      try store.setXattr(gfid, key, value, mode)
    } else if try store.xattr(gfid, key) != nil {
      try store.removeXattr(gfid, key)
    }
  }

  /// GlusterFS' numbers of what xattrop does with its arrays.
  private enum ArrayOperation: Int64 {
    case add = 0
    case addWide = 1
    case getAndSet = 4
    case addWithDefault = 5
    case addWideWithDefault = 6

    var width: Int { self == .addWide || self == .addWideWithDefault ? 8 : 4 }
    var hasDefault: Bool { self == .addWithDefault || self == .addWideWithDefault }
  }

  /// Adds arrays of big-endian integers to xattrs, of which a missing one counts as zeros.
  static func combineXattrs(_ request: Request, _ store: some BrickStore) throws(BrickError) {
    let gfid = request.target
    guard try store.has(gfid) else { throw BrickError(ESTALE, "xattrop") }
    for entry in request.entries(.dict) where !isReserved(entry.key) {
      let sum = try combined(request, entry, with: try store.xattr(gfid, entry.key))
      try store.setXattr(gfid, entry.key, sum, .set)
    }
  }

  /// What one key of a (f)xattrop comes to with the value that is there.
  static func combined(
    _ request: Request, _ entry: DictEntry, with there: ByteView?
  ) throws(BrickError) -> ByteView {
    let operation = ArrayOperation(rawValue: request.integer(.optype) ?? -1)
    var operand = [UInt8](entry.value)
    var base: [UInt8] = []
    // With a default, the array's second half is what a missing xattr counts as.
    if operation?.hasDefault == true {
      base = [UInt8](operand[(operand.count / 2)...])
      operand.removeLast(operand.count - operand.count / 2)
    }
    if let there {
      // A brick reads what is there before it looks at the operation.
      guard there.count <= operand.count else { throw BrickError(ERANGE, "getxattr") }
      base = [UInt8](there)
    }
    guard let operation else { throw BrickError(EINVAL, "xattrop") }
    guard operation != .getAndSet else { return entry.value }
    return sum(operand, base, width: operation.width)[...]
  }

  /// Adds whole elements to what was there; a rest that fills none stays as it was.
  private static func sum(_ left: [UInt8], _ right: [UInt8], width: Int) -> [UInt8] {
    var result = [UInt8](right.prefix(left.count))
    result += [UInt8](repeating: 0, count: left.count - result.count)
    for start in stride(from: 0, through: left.count - width, by: width) {
      var carry: UInt16 = 0
      for index in (start..<start + width).reversed() {
        carry += UInt16(left[index]) + UInt16(result[index])
        result[index] = UInt8(truncatingIfNeeded: carry)
        carry >>= 8
      }
    }
    return result
  }
}

extension BrickStore {
  public func set(_ change: AttributeChange, of gfid: GFID) throws(BrickError) {
    if change.uid != nil || change.gid != nil {
      try setOwner(gfid, uid: change.uid, gid: change.gid)
    }
    if let mode = change.mode {
      try setMode(gfid, mode)
      // chmod(2) also changes an access ACL, as the file system does where there is one. Symlinks
      // have none, and must not be asked for it.
      if try status(gfid)?.type != .symlink, let stored = try xattr(gfid, AccessList.accessKey),
        let changed = AccessList(stored)?.changed(to: mode), changed != stored
      {
        try setXattr(gfid, AccessList.accessKey, changed, .set)
      }
    }
    if change.atime != nil || change.mtime != nil {
      try setTimes(gfid, atime: change.atime, mtime: change.mtime)
    }
  }
}

extension Attributes {
  /// A time as the brick that journaled it set it: 32 bits without a sign, and in whole
  /// microseconds in the release that writes the narrow layout.
  func time(_ time: JournalTime) -> FileTime {
    FileTime(
      seconds: time.seconds,
      nanoseconds: layout == .narrow
        ? time.nanoseconds / 1000 * 1000 : time.nanoseconds)
  }
}
