import Glibc

/// What a GlusterFS brick holds, as plainly as it can be said: a dictionary of objects and one of
/// names, with bytes in arrays. It knows nothing of journals, folds or bricks on disk, and shares
/// no code with what it is to judge.
public struct PlainModel: Sendable {
  public enum Kind: Sendable { case file, directory, symlink, fifo, socket, character, block }

  public struct Object: Sendable {
    public var kind: Kind
    public var mode: UInt32 = 0
    public var uid: UInt32 = 0
    public var gid: UInt32 = 0
    public var rdev: UInt64 = 0
    public var target = ""
    public var content: [UInt8] = []
    /// The pages in which something is stored, zeros too.
    public var stored: Set<Int> = []
    /// Pages of which all that there was has been discarded, but not all that there could be.
    public var loose: Set<Int> = []
    /// The pages that a fallocate has reserved.
    public var reserved: Set<Int> = []
    /// The pages that a zerofill ever touched.
    public var zeroFilled: Set<Int> = []
    public var xattrs: [String: [UInt8]] = [:]
    public var names: Set<PlainName> = []
    /// nil where no setattr has set it since the object was last changed.
    public var atime: PlainTime?
    public var mtime: PlainTime?
    /// Whether a rename over one of its names has taken place.
    public var isRenamedOver = false
  }

  public static let pageByteCount = 4096

  public internal(set) var objects: [PlainID: Object] = [.root: Object(kind: .directory)]
  public internal(set) var names: [PlainName: PlainID] = [:]

  public init() {}

  /// A refusal, by the number that a brick answers with.
  struct Refusal: Error {
    var number: Int32
    init(_ number: Int32) { self.number = number }
  }

  /// Does what a fop says; 0, or the errno that it is refused with.
  public mutating func apply(_ fop: PlainFop) -> Int32 {
    do throws(Refusal) {
      switch fop {
      case .make(let name, let id, let new): try make(name, id, new)
      case .link(let id, let name): try link(id, name)
      case .unlink(let name): try unlink(name)
      case .rmdir(let name): try removeDirectory(name)
      case .rename(let old, let new): try rename(old, new)
      case .write(let id, let bytes, let offset, let appends):
        try write(id, bytes, at: offset, appends)
      case .truncate(let id, let size, _): try truncate(id, to: size)
      case .fallocate(let id, let range): try fallocate(id, range)
      case .discard(let id, let range): try discard(id, range)
      case .zerofill(let id, let range): try zerofill(id, range)
      case .setattr(let id, let attributes, _): try setattr(id, attributes)
      case .setxattr(let id, let key, let value, let flags, _):
        try setxattr(id, key, value, flags)
      case .removexattr(let id, let key, _): try removexattr(id, key)
      case .xattrop(let id, let operation, let key, let value):
        try xattrop(id, operation, key, value)
      }
      return 0
    } catch { return error.number }
  }

  func object(_ id: PlainID) throws(Refusal) -> Object {
    guard let object = objects[id] else { throw Refusal(ESTALE) }
    return object
  }

  /// What a fop is that no client with a kernel sends, since the kernel answers itself, and that
  /// GlusterFS gets wrong; nil for any other.
  public func unsent(_ fop: PlainFop) -> String? {
    switch fop {
    // rename(2) does nothing then, but a brick loses the handle.
    case .rename(let old, let new):
      names[old] != nil && names[new] == names[old] ? "a rename within one object" : nil
    // A brick follows the symlink, also out of itself, or opens the device or the FIFO.
    case .make(let name, _, let new):
      if case .file(let flags) = new.kind, flags & O_EXCL == 0, let id = names[name],
        let kind = objects[id]?.kind, kind != .file, kind != .directory
      {
        "a create at a symlink or special file"
      } else {
        nil
      }
    default: nil
    }
  }

  /// The names in a directory.
  public func children(_ id: PlainID) -> [PlainName] {
    names.keys.filter { $0.parent == id }
  }

  // MARK: Names

  private func there(_ name: PlainName) throws(Refusal) -> (PlainID, Object)? {
    guard try object(name.parent).kind == .directory else { throw Refusal(ENOTDIR) }
    guard let id = names[name] else { return nil }
    return (id, try object(id))
  }

  private mutating func make(
    _ name: PlainName, _ id: PlainID, _ new: PlainFop.New
  ) throws(Refusal) {
    if case .file(let flags) = new.kind, let (known, object) = try there(name) {
      return try openKnown(known, object, flags)
    }
    guard try there(name) == nil else { throw Refusal(EEXIST) }
    var object = try object(new)
    let parent = try self.object(name.parent)
    if parent.mode & S_ISGID != 0 {
      object.gid = parent.gid
      if object.kind == .directory { object.mode |= S_ISGID }
    }
    if let xattr = new.xattr { object.xattrs[xattr.key] = xattr.value }
    objects[id] = object
    put(id, name)
  }

  /// A create where there is something.
  private mutating func openKnown(
    _ id: PlainID, _ object: Object, _ flags: Int32
  ) throws(Refusal) {
    if flags & O_EXCL != 0 { throw Refusal(EEXIST) }
    switch object.kind {
    case .directory: throw Refusal(EISDIR)
    case .symlink: throw Refusal(ELOOP)
    case .file: if flags & O_TRUNC != 0 { try truncate(id, to: 0) }
    default: break
    }
  }

  private func object(_ new: PlainFop.New) throws(Refusal) -> Object {
    switch new.kind {
    case .file: return Object(kind: .file, mode: new.mode & 0o7777)
    // mkdir(2) takes the sticky bit alone; the group's bit comes down from the parent.
    case .directory: return Object(kind: .directory, mode: new.mode & 0o1777)
    case .symlink(let target):
      var object = Object(kind: .symlink, mode: 0o777)
      object.target = target
      return object
    case .node(let rdev):
      let kinds: [UInt32: Kind] = [
        0: .file, S_IFREG: .file, S_IFIFO: .fifo, S_IFSOCK: .socket, S_IFCHR: .character,
        S_IFBLK: .block,
      ]
      guard let kind = kinds[new.mode & S_IFMT] else { throw Refusal(EPERM) }
      var object = Object(kind: kind, mode: new.mode & 0o7777)
      if kind == .character || kind == .block { object.rdev = rdev }
      return object
    }
  }

  private mutating func link(_ id: PlainID, _ name: PlainName) throws(Refusal) {
    let kind = try object(id).kind
    guard try there(name) == nil else { throw Refusal(EEXIST) }
    guard kind != .directory else { throw Refusal(EPERM) }
    put(id, name)
  }

  private mutating func unlink(_ name: PlainName) throws(Refusal) {
    guard let (id, object) = try there(name) else { throw Refusal(ENOENT) }
    guard object.kind != .directory else { throw Refusal(EISDIR) }
    clear(name, of: id)
  }

  private mutating func removeDirectory(_ name: PlainName) throws(Refusal) {
    guard let (id, object) = try there(name) else { throw Refusal(ENOENT) }
    guard object.kind == .directory else { throw Refusal(ENOTDIR) }
    guard children(id).isEmpty else { throw Refusal(ENOTEMPTY) }
    clear(name, of: id)
  }

  private mutating func rename(_ old: PlainName, _ new: PlainName) throws(Refusal) {
    guard let (id, moved) = try there(old) else { throw Refusal(ENOENT) }
    if let (victim, object) = try there(new) {
      if victim == id { return }
      try refuse(moved, id, to: new, over: object, victim, from: old)
      objects[victim]?.isRenamedOver = true
      clear(new, of: victim)
    } else if moved.kind == .directory, isInside(new.parent, id) {
      throw Refusal(EINVAL)
    }
    names[old] = nil
    objects[id]?.names.remove(old)
    objects[old.parent]?.mtime = nil
    put(id, new)
  }

  /// rename(2)'s reasons, in the order in which Linux looks for them.
  private func refuse(
    _ moved: Object, _ id: PlainID, to new: PlainName, over object: Object, _ victim: PlainID,
    from old: PlainName
  ) throws(Refusal) {
    if moved.kind == .directory, isInside(new.parent, id) { throw Refusal(EINVAL) }
    if object.kind == .directory, isInside(old.parent, victim) { throw Refusal(ENOTEMPTY) }
    if object.kind == .directory {
      guard moved.kind == .directory else { throw Refusal(EISDIR) }
      guard children(victim).isEmpty else { throw Refusal(ENOTEMPTY) }
    } else if moved.kind == .directory {
      throw Refusal(ENOTDIR)
    }
  }

  /// Whether a directory is another one or lies somewhere below it.
  private func isInside(_ directory: PlainID, _ ancestor: PlainID) -> Bool {
    var current: PlainID? = directory
    while let id = current, id != ancestor { current = objects[id]?.names.first?.parent }
    return current != nil
  }

  private mutating func put(_ id: PlainID, _ name: PlainName) {
    names[name] = id
    objects[id]?.names.insert(name)
    objects[name.parent]?.mtime = nil
  }

  /// Takes a name away, and with the last one the object.
  private mutating func clear(_ name: PlainName, of id: PlainID) {
    names[name] = nil
    objects[id]?.names.remove(name)
    objects[name.parent]?.mtime = nil
    if objects[id]?.names.isEmpty == true { objects[id] = nil }
  }
}
