/// A brick in memory: the twin of `NativeBrick`, and the fold of a sequence of requests.
///
/// It remembers for every entity the request that wrote it last (`writer` is set before each
/// request is applied). It may begin empty, or with facts that requests themselves show: an
/// object that a request names and that nothing here made was there before (`assume`).
public final class ModelBrick: BrickStore {
  /// The request that is being applied.
  public var writer: RequestID?
  public internal(set) var objects: [GFID: ModelObject] = [:]
  /// What stands at a name; a nil value is a name that is free. Names that are not here are
  /// free too, if the directory was made here, and else not known.
  public internal(set) var names: [EntryName: Written<GFID?>] = [:]
  /// The objects that are gone, and who removed them.
  public internal(set) var removed: [GFID: RequestID?] = [:]
  var children: [GFID: Set<ByteView>] = [:]
  /// Names that were set by `place`, of objects that are not here yet.
  var placed: [GFID: Set<EntryName>] = [:]
  /// What was known before; read where this model knows nothing of its own.
  let base: (any ReadableBrick)?
  /// Whether the base is all that was there before, and not a brick on which some of what comes was
  /// done already.
  let isBaseWhole: Bool

  /// `base`: a brick whose state is the beginning; nil for one that holds nothing but
  ///   the root and what requests show.
  ///
  /// `isBaseWhole`: whether the base is the state before all that comes.
  public init(base: (any ReadableBrick)? = nil, isBaseWhole: Bool = false) {
    self.base = base
    self.isBaseWhole = isBaseWhole
    if !isBaseWhole { objects[.root] = ModelObject(type: .directory) }
  }

  /// Takes what a request shows to have been there before: the object that it names, if nothing
  /// is known of it, at the name that it gives.
  public func assume(_ loc: Loc, type: ObjectType = .unknown) {
    if loc.parent != .null, objects[loc.parent] == nil, removed[loc.parent] == nil {
      objects[loc.parent] = ModelObject(type: .directory)
    }
    guard loc.gfid != .null, removed[loc.gfid] == nil else { return }
    if let known = objects[loc.gfid] {
      // An object that requests named by its GFID alone so far, or by its place in a name, stands
      // somewhere. Of one that was made here, or has a name, that is known.
      guard known.maker == nil, known.names.isEmpty, loc.gfid != .root else { return }
    } else {
      objects[loc.gfid] = ModelObject(type: type)
    }
    guard let name = loc.name else { return }
    let entry = EntryName(parent: loc.parent, name: name)
    guard entry.illegality == nil else { return }
    // In a directory that was made here every name is known, so that nothing is assumed there.
    guard names[entry] == nil, objects[loc.parent]?.maker == nil else { return }
    names[entry] = Written(loc.gfid, by: nil)
    objects[loc.gfid]?.names.insert(entry)
    children[loc.parent, default: []].insert(name)
  }

  /// Takes over what is known to have stood at a name before, of which nothing was known here.
  func take(_ gfid: GFID, type: ObjectType, at name: EntryName) {
    guard names[name] == nil else { return }
    if objects[gfid] == nil, removed[gfid] == nil { objects[gfid] = ModelObject(type: type) }
    names[name] = Written(gfid, by: nil)
    objects[gfid]?.names.insert(name)
    children[name.parent, default: []].insert(name.name)
  }

  func object(_ gfid: GFID, _ call: String) throws(BrickError) -> ModelObject {
    guard let object = try known(gfid) else { throw BrickError(ESTALE, call) }
    return object
  }

  /// An object of the model, taken over from the base if it is there only.
  func known(_ gfid: GFID) throws(BrickError) -> ModelObject? {
    if let object = objects[gfid] { return object }
    guard removed[gfid] == nil, let base, let status = try base.status(gfid) else { return nil }
    var object = ModelObject(type: status.type, rdev: status.rdev)
    object.mode = Written(status.mode, by: nil)
    object.uid = Written(status.uid, by: nil)
    object.gid = Written(status.gid, by: nil)
    object.size = Written(status.size, by: nil)
    for (key, value) in try base.xattrs(gfid) { object.xattrs[key] = Written(value, by: nil) }
    object.names = placed[gfid] ?? []
    if status.type == .symlink { object.target = try base.symlinkTarget(gfid) }
    if status.type != .directory {
      object.unseenNames = max(0, status.nameCount - object.names.count)
    } else if object.names.isEmpty, let place = try base.place(ofDirectory: gfid) {
      object.names = [place]
    }
    objects[gfid] = object
    return object
  }

  func change(
    _ gfid: GFID, _ call: String, _ body: (inout ModelObject) -> Void
  ) throws(BrickError) {
    guard try known(gfid) != nil, let place = objects.index(forKey: gfid) else {
      throw BrickError(ESTALE, call)
    }
    // In place: a copy would have all of a file's extents copied at each write.
    body(&objects.values[place])
  }

  // MARK: Looking

  public func status(_ gfid: GFID) throws(BrickError) -> ObjectStatus? {
    guard let object = try known(gfid) else { return nil }
    let none = FileTime(seconds: 0, nanoseconds: 0)
    let before = object.maker == nil ? try base?.status(gfid) : nil
    return ObjectStatus(
      type: object.type, mode: object.mode?.value ?? 0, uid: object.uid?.value ?? 0,
      gid: object.gid?.value ?? 0, rdev: object.rdev, size: object.size?.value ?? 0,
      nameCount: object.names.count, atime: object.atime?.value ?? before?.atime ?? none,
      mtime: object.mtime?.value ?? before?.mtime ?? none)
  }

  public func lookup(_ name: EntryName) throws(BrickError) -> DirectoryEntry? {
    if let known = names[name] {
      guard let gfid = known.value else { return nil }
      let type = try placed[gfid] == nil ? objects[gfid]?.type : self.known(gfid)?.type
      return DirectoryEntry(gfid: gfid, type: type ?? .unknown)
    }
    guard objects[name.parent]?.maker == nil, let base else { return nil }
    guard let entry = try base.lookup(name) else { return nil }
    if let gfid = entry.gfid {
      names[name] = Written(gfid, by: nil)
      children[name.parent, default: []].insert(name.name)
      _ = try known(gfid)
      if objects[gfid]?.names.insert(name).inserted == true { objects[gfid]?.unseenNames -= 1 }
    }
    return entry
  }

  public func list(
    _ directory: GFID
  ) throws(BrickError) -> [(name: ByteView, entry: DirectoryEntry)] {
    if let base, objects[directory]?.maker == nil, try base.status(directory) != nil {
      for (name, _) in try base.list(directory) {
        _ = try lookup(EntryName(parent: directory, name: name))
      }
    }
    var found: [(name: ByteView, entry: DirectoryEntry)] = []
    let sorted = (children[directory] ?? []).sorted { $0.lexicographicallyPrecedes($1) }
    for name in sorted {
      if let entry = try lookup(EntryName(parent: directory, name: name)) {
        found.append((name, entry))
      }
    }
    return found
  }

  public func place(ofDirectory gfid: GFID) throws(BrickError) -> EntryName? {
    guard let object = try known(gfid), object.type.mayBe(.directory) else { return nil }
    return object.names.first
  }

  public func symlinkTarget(_ gfid: GFID) throws(BrickError) -> ByteView {
    let object = try object(gfid, "readlink")
    if object.maker == nil, let base { return try base.symlinkTarget(gfid) }
    guard object.type.mayBe(.symlink) else { throw BrickError(EINVAL, "readlink") }
    return object.target
  }

  public func read(_ gfid: GFID, at offset: Int, count: Int) throws(BrickError) -> [UInt8] {
    let object = try object(gfid, "read")
    let end = min(object.size?.value ?? 0, Int64(offset) + Int64(count))
    guard Int64(offset) < end else { return [] }
    // An object that was made here has nothing of the base.
    var bytes = object.maker == nil ? try base?.read(gfid, at: offset, count: count) ?? [] : []
    let needed = Int(end) - offset
    bytes += [UInt8](repeating: 0, count: max(0, needed - bytes.count))
    for extent in object.data.within(Int64(offset)..<end) {
      let start = Int(extent.range.lowerBound) - offset
      let range = start..<start + Int(extent.range.upperBound - extent.range.lowerBound)
      switch extent.content {
      case .zeros: bytes.replaceSubrange(range, with: repeatElement(0, count: range.count))
      case .payload(let payload): bytes.replaceSubrange(range, with: try payload.brickRead())
      }
    }
    return Array(bytes.prefix(needed))
  }

  public func nextData(_ gfid: GFID, from offset: Int64) throws(BrickError) -> Int64? {
    let object = try object(gfid, "read")
    let size = object.size?.value ?? 0
    guard offset < size else { return nil }
    var position = offset
    let end = Extent(range: size..<size, content: .zeros, writer: nil)
    for extent in object.data.within(offset..<size) + [end] {
      // What no extent covers is the base's, or nothing.
      if position < extent.range.lowerBound, let base, object.maker == nil,
        let found = try base.nextData(gfid, from: position), found < extent.range.lowerBound
      {
        return max(found, position)
      }
      if case .payload = extent.content { return extent.range.lowerBound }
      position = max(position, extent.range.upperBound)
    }
    return nil
  }

  public func xattrs(_ gfid: GFID) throws(BrickError) -> [(key: ByteView, value: ByteView)] {
    try object(gfid, "listxattr").xattrs
      .compactMap { key, written in Bookkeeping.owns(key) ? nil : written.value.map { (key, $0) } }
      .sorted { $0.0.lexicographicallyPrecedes($1.0) }
  }

  public func xattr(_ gfid: GFID, _ key: ByteView) throws(BrickError) -> ByteView? {
    let object = try object(gfid, "getxattr")
    if let known = object.xattrs[key] { return known.value }
    // Translators' own are not taken over from the base with the others.
    guard object.maker == nil, Bookkeeping.owns(key), let base, try base.status(gfid) != nil else {
      return nil
    }
    return try base.xattr(gfid, key)
  }

  public func synchronize() {}
}

extension Payload {
  /// The bytes, with trouble in the source told apart from the brick's.
  func brickRead() throws(BrickError) -> [UInt8] {
    do { return try read() } catch { throw BrickError(EIO, "read payload", source: error) }
  }
}
