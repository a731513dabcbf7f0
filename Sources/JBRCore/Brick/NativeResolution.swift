import Glibc

/// What tells one file from another while both are there.
struct InodeNumber: Equatable {
  private let device: dev_t
  private let number: ino_t

  init(_ status: stat) {
    device = status.st_dev
    number = status.st_ino
  }
}

extension ObjectType {
  init(mode: mode_t) {
    self =
      switch mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      case S_IFLNK: .symlink
      case S_IFIFO: .fifo
      case S_IFSOCK: .socket
      case S_IFCHR: .character
      case S_IFBLK: .block
      default: .unknown
      }
  }

  /// The bits of a mode that say the type; nil for the unknown.
  var modeBits: mode_t? {
    switch self {
    case .file: S_IFREG
    case .directory: S_IFDIR
    case .symlink: S_IFLNK
    case .fifo: S_IFIFO
    case .socket: S_IFSOCK
    case .character: S_IFCHR
    case .block: S_IFBLK
    case .unknown: nil
    }
  }
}

extension NativeBrick {
  /// Finds an object; nil if there is none of that GFID.
  func find(_ gfid: GFID) throws(BrickError) -> Located? {
    if let known = try openDirectory(gfid, known: true) { return try Located(known.descriptor) }
    if let known = files[gfid] {
      let found = try Located(known)
      // Somebody else may have removed it since.
      if found.status.st_nlink > 0 { return found }
      files.remove(gfid)
    }
    guard let handles = try handleDirectory(gfid, making: false) else { return nil }
    let name = [UInt8](gfid.description.utf8)
    guard let status = try handles.status(name), status.st_mode & S_IFMT != S_IFDIR else {
      return nil
    }
    // A symlink with the GFID is that object; one without is the handle of a directory. What was
    // seen to carry its GFID still does while the handle is the same inode.
    let inode = InodeNumber(status)
    var isObject = identified[gfid] == inode
    if !isObject, try handles.gfid(of: name) == gfid {
      identified.insert(inode, gfid)
      isObject = true
    }
    if isObject { return Located(handles, name, status) }
    guard let found = try openDirectory(gfid) else { return nil }
    return try Located(found.descriptor)
  }

  /// Finds an object that must be there.
  func require(_ gfid: GFID) throws(BrickError) -> Located {
    guard let found = try find(gfid) else { throw BrickError(ESTALE, "lookup") }
    return found
  }

  /// Finds an object that must be there and be of one type.
  func require(
    _ gfid: GFID, _ type: ObjectType, otherwise number: Int32
  ) throws(BrickError) -> Located {
    let found = try require(gfid)
    guard found.type == type else {
      throw BrickError(found.type == .directory ? EISDIR : number, "open")
    }
    return found
  }

  /// Opens a directory that must be there.
  func directory(_ gfid: GFID) throws(BrickError) -> OpenDirectory {
    if let opened = try openDirectory(gfid) { return opened }
    throw BrickError(try find(gfid) == nil ? ESTALE : ENOTDIR, "open")
  }

  /// Opens a directory, or nil if there is none of that GFID; where `known`, only looks among
  /// those that are open.
  func openDirectory(_ gfid: GFID, known: Bool = false) throws(BrickError) -> OpenDirectory? {
    if gfid == .root { return OpenDirectory(descriptor: root, depth: 0) }
    if let found = directories[gfid] {
      // Somebody else may have removed it since.
      if try found.descriptor.status().st_nlink > 0 { return found }
      directories.remove(gfid)
    }
    return known ? nil : try walk(to: gfid)
  }

  /// Where the handle says that a directory stands; nil where no directory has that handle.
  func handlePlace(_ gfid: GFID) throws(BrickError) -> EntryName? {
    guard let handles = try handleDirectory(gfid, making: false) else { return nil }
    let name = gfid.description.utf8
    guard let status = try handles.status(name),
      ObjectType(mode: status.st_mode) == .symlink
    else { return nil }
    return Layout.place(fromHandle: try handles.readLink(name))
  }

  /// Follows handles from a directory up to the root or to one that is open, then opens down.
  ///
  /// Handles only name the way: each directory on it is opened as a component of its parent and
  /// must carry the GFID of its handle, so that a forged handle leads nowhere.
  private func walk(to gfid: GFID) throws(BrickError) -> OpenDirectory? {
    var way: [(gfid: GFID, name: ByteView)] = []
    var at = gfid
    var current: OpenDirectory?
    while current == nil {
      // A chain of handles that goes in circles ends here too.
      guard way.count < Layout.depthMax else { throw BrickError(ELOOP, "lookup") }
      guard let place = try handlePlace(at) else { return nil }
      way.append((at, place.name))
      at = place.parent
      current = try openDirectory(at, known: true)
    }
    for step in way.reversed() {
      guard let parent = current, let next = try parent.descriptor.subdirectory(step.name),
        try next.gfid(of: Layout.itself) == step.gfid
      else { return nil }
      guard parent.depth < Layout.depthMax else { throw BrickError(ELOOP, "lookup") }
      let opened = OpenDirectory(descriptor: next, depth: parent.depth + 1)
      directories.insert(opened, step.gfid)
      current = opened
    }
    return current
  }

  /// Opens `.glusterfs/aa/bb`; nil if it is missing and not to be made.
  func handleDirectory(_ gfid: GFID, making: Bool) throws(BrickError) -> Descriptor? {
    let key = UInt16(gfid.high >> 48)
    if let known = handleDirectories[key] { return known }
    let outer = Layout.firstLevel(gfid)
    let inner = Layout.secondLevel(gfid)
    let opened: Descriptor?
    if making {
      opened = try hidden.directory(outer).directory(inner)
    } else {
      opened = try hidden.subdirectory(outer)?.subdirectory(inner)
    }
    if let opened { handleDirectories.insert(opened, key) }
    return opened
  }

  /// `.glusterfs/aa/bb`, made where it is missing.
  func handles(for gfid: GFID) throws(BrickError) -> Descriptor {
    guard let made = try handleDirectory(gfid, making: true) else {
      throw BrickError(ENOENT, "open")
    }
    return made
  }
}

extension Descriptor {
  /// Opens a directory; nil if there is none of that name, or something else.
  func subdirectory(_ name: some Collection<UInt8>) throws(SystemError) -> Descriptor? {
    do throws(SystemError) {
      return try open(name, Descriptor.directory)
    } catch {
      guard [ENOENT, ENOTDIR, ELOOP].contains(error.errno) else { throw error }
      return nil
    }
  }
}
