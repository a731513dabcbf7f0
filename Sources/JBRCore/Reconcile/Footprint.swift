/// A part of a brick that requests change.
enum Part: Hashable {
  case name(EntryName)
  /// Whether an object is there, and what it is.
  case object(GFID)
  /// A file's data and size.
  case content(GFID)
  /// Mode, owner, group and ACLs.
  case attributes(GFID)
  case xattr(GFID, ByteView)
  /// Where directories are moved: two moves can make a circle without a name in common.
  case moves
}

/// Parts whose states depend on one another, with all requests that write any of them.
struct PartGroup {
  var parts: [Part] = []
  /// The requests' positions, in order.
  var members: [Int] = []
}

/// Which requests depend on which parts, worked out before anything is known of their results.
///
/// A request belongs to the group of what it writes; what only an object's existence connects is
/// kept apart where nothing removes the object, so that a file's content does not depend on its
/// neighbours. A part that may be met is taken to be met, which makes groups larger, never wrong.
struct Footprint {
  struct Item {
    /// The request, or all that replicas hold under its name.
    var requests: [Request]
    var isForward: Bool
  }
  private(set) var groups: [PartGroup] = []
  /// For each request its groups, that of names first.
  private(set) var groupsOfItem: [[Int]] = []
  /// Stretches of files that requests write, void ones included.
  private(set) var ranges: [GFID: ExtentMap] = [:]
  private(set) var xattrKeys: [GFID: Set<ByteView>] = [:]
  /// Who makes an object, and in which directory.
  private(set) var makers: [GFID: (item: Int, parent: GFID)] = [:]
  /// Objects that a create may have cut at one of their names.
  private(set) var cut: Set<GFID> = []
  /// Objects whose attributes when made depend on what other requests did to the directory.
  private(set) var inheriting: Set<GFID> = []
  private var ids: [Part: Int] = [:]
  private var parts: [Part] = []
  private var links: [Int] = []
  private var groupOfPart: [Int] = []
  /// What may stand at a name at any time, on any replica.
  private var candidates: [EntryName: Set<GFID>] = [:]
  private var directories: [GFID: Bool] = [:]
  private var removable: Set<GFID> = []
  private var reattributed: Set<GFID> = []

  /// `bricks`: those that are looked at for what stands at names.
  init(_ items: [Item], bricks: [any BrickStore]) throws(BrickError) {
    for (position, item) in items.enumerated() {
      for request in item.requests { note(request, position, isForward: item.isForward) }
    }
    try look(at: bricks)
    followMoves(items)
    for item in items {
      for request in item.requests { noteRemovals(request) }
    }
    var handles: [[Int]] = []
    for item in items {
      var found: [Int] = []
      for request in item.requests { found += connect(request) }
      // What two replicas hold under one name is one question.
      for handle in found.dropFirst() where item.requests.count > 1 { join(handle, found[0]) }
      handles.append(found)
    }
    for name in candidates.keys where removable.contains(name.parent) {
      join(id(.name(name)), id(.object(name.parent)))
    }
    finish(handles)
  }

  /// The group of a part; nil if no request touches it.
  func group(of part: Part) -> Int? { ids[part].map { groupOfPart[$0] } }

  /// What may stand at a name at any time.
  func occupants(of name: EntryName) -> Set<GFID> { candidates[name] ?? [] }

  /// All names that requests touch.
  var names: some Sequence<EntryName> { candidates.keys }

  /// All objects that requests touch, or that stand at names that they touch.
  var objects: Set<GFID> { Set(candidates.values.joined()).union(directories.keys) }

  // MARK: What there is

  private mutating func note(_ request: Request, _ position: Int, isForward: Bool) {
    for name in request.touched.names { candidates[name, default: []] = candidates[name] ?? [] }
    for field in [FieldName.loc, .oldloc, .newloc] {
      guard let loc = request.loc(field), let name = loc.entry, loc.gfid != .null else { continue }
      candidates[name, default: []].insert(loc.gfid)
    }
    if request.fop == .link, let old = request.loc(.oldloc), let new = request.loc(.newloc)?.entry {
      if old.gfid != .null { candidates[new, default: []].insert(old.gfid) }
    }
    if let made = request.requestedGFID, let name = request.loc(.loc)?.entry {
      candidates[name, default: []].insert(made)
      makers[made] = makers[made] ?? (position, name.parent)
      directories[made] = request.fop == .mkdir
      if !isForward { removable.insert(made) }
    }
    let target = request.target
    if request.changesAttributes { reattributed.insert(target) }
    for key in request.xattrKeys where request.isAboutXattrs {
      xattrKeys[target, default: []].insert(key)
    }
    if let range = request.writtenRange {
      ranges[target, default: ExtentMap()].insert(
        Extent(range: range, content: .zeros, writer: nil))
    }
  }

  private mutating func look(at bricks: [any BrickStore]) throws(BrickError) {
    for name in candidates.keys {
      for brick in bricks {
        if let gfid = try brick.entry(name)?.gfid { candidates[name, default: []].insert(gfid) }
      }
    }
    for gfid in Set(candidates.values.joined()) where directories[gfid] == nil {
      if let type = try bricks.firstStatus(gfid)?.type { directories[gfid] = type == .directory }
    }
  }

  /// What may stand at a name may stand wherever that is moved.
  private mutating func followMoves(_ items: [Item]) {
    var moves: [(old: EntryName, new: EntryName)] = []
    for request in items.lazy.flatMap(\.requests) where request.fop == .rename {
      guard let old = request.loc(.oldloc)?.entry, let new = request.loc(.newloc)?.entry else {
        continue
      }
      moves.append((old, new))
    }
    var changed = !moves.isEmpty
    while changed {
      changed = false
      for (old, new) in moves {
        let before = candidates[new]?.count ?? 0
        candidates[new, default: []].formUnion(candidates[old] ?? [])
        if candidates[new]?.count != before { changed = true }
      }
    }
  }

  private mutating func noteRemovals(_ request: Request) {
    let field: FieldName = request.fop == .rename ? .newloc : .loc
    guard [.rmdir, .rename].contains(request.fop), let name = request.loc(field)?.entry else {
      return
    }
    removable.formUnion((candidates[name] ?? []).filter { directories[$0] != false })
  }

  // MARK: What depends on what

  /// Joins what a request reads and writes, and returns a part of each of its groups.
  private mutating func connect(_ request: Request) -> [Int] {
    let names = request.touched.names
    if request.changesNames, let first = names.first {
      let handle = id(.name(first))
      for name in names {
        join(id(.name(name)), handle)
        for gfid in candidates[name] ?? [] { join(id(.object(gfid)), handle) }
      }
      if request.fop == .rename, mayMoveDirectory(request) { join(id(.moves), handle) }
      cutWhatStands(request, handle)
      return [handle] + inherit(request)
    }
    let gfid = request.target
    if request.changesContent { return [id(.content(gfid))] }
    var handles = request.isAboutXattrs ? request.xattrKeys.map { id(.xattr(gfid, $0)) } : []
    if request.changesAttributes { handles.append(id(.attributes(gfid))) }
    for handle in handles.dropFirst() { join(handle, handles[0]) }
    return Array(handles.prefix(1))
  }

  private func mayMoveDirectory(_ request: Request) -> Bool {
    guard let name = request.loc(.oldloc)?.entry else { return false }
    return (candidates[name] ?? []).contains { directories[$0] != false }
  }

  /// A create that cuts what stands at its name writes the content of whatever that is.
  private mutating func cutWhatStands(_ request: Request, _ handle: Int) {
    guard request.fop == .create, let name = request.loc(.loc)?.entry,
      (request.integer(.flags) ?? 0) & FopSemantics.OpenFlag.truncate != 0
    else { return }
    for gfid in candidates[name] ?? [] where gfid != request.requestedGFID {
      guard directories[gfid] != true else { continue }
      join(id(.content(gfid)), handle)
      cut.insert(gfid)
      ranges[gfid, default: ExtentMap()].insert(
        Extent(range: 0..<Int64.max, content: .zeros, writer: nil))
    }
  }

  /// A new object's group and ACLs may come from its directory, whose attributes at that time are
  /// not known if others changed them later, or it is gone.
  private mutating func inherit(_ request: Request) -> [Int] {
    guard let made = request.requestedGFID, let parent = request.loc(.loc)?.parent,
      reattributed.contains(parent) || removable.contains(parent) || inheriting.contains(parent)
    else { return [] }
    inheriting.insert(made)
    let handle = id(.attributes(made))
    join(id(.attributes(parent)), handle)
    return [handle]
  }

  // MARK: Groups

  private mutating func id(_ part: Part) -> Int {
    if let known = ids[part] { return known }
    ids[part] = parts.count
    links.append(parts.count)
    parts.append(part)
    return parts.count - 1
  }

  private mutating func root(_ start: Int) -> Int {
    var current = start
    while links[current] != current {
      // Halves the way for those that come behind.
      links[current] = links[links[current]]
      current = links[current]
    }
    return current
  }

  private mutating func join(_ left: Int, _ right: Int) {
    let (left, right) = (root(left), root(right))
    guard left != right else { return }
    links[max(left, right)] = min(left, right)
  }

  private mutating func finish(_ handles: [[Int]]) {
    var numbers: [Int: Int] = [:]
    for part in parts.indices {
      let top = root(part)
      let number = numbers[top] ?? groups.count
      if number == groups.count {
        numbers[top] = number
        groups.append(PartGroup())
      }
      groups[number].parts.append(parts[part])
      groupOfPart.append(number)
    }
    for (position, found) in handles.enumerated() {
      var own: [Int] = []
      for handle in found where !own.contains(groupOfPart[handle]) {
        own.append(groupOfPart[handle])
        groups[groupOfPart[handle]].members.append(position)
      }
      groupsOfItem.append(own)
    }
  }
}

extension Loc {
  /// The name that it gives; nil for none.
  var entry: EntryName? { name.map { EntryName(parent: parent, name: $0) } }
}

extension Request {
  var changesNames: Bool {
    [.create, .mkdir, .mknod, .symlink, .link, .rename, .unlink, .rmdir].contains(fop)
  }

  var changesContent: Bool {
    [.writev, .truncate, .ftruncate, .fallocate, .discard, .zerofill].contains(fop)
  }

  var isAboutXattrs: Bool {
    [.setxattr, .fsetxattr, .removexattr, .fremovexattr, .xattrop, .fxattrop].contains(fop)
  }

  /// Whether the request may write mode, owner, group or ACLs.
  var changesAttributes: Bool {
    typealias Valid = FopSemantics.Valid
    if [.setattr, .fsetattr].contains(fop) {
      return (integer(.valid) ?? 0) & (Valid.mode | Valid.uid | Valid.gid) != 0
    }
    return isAboutXattrs && xattrKeys.contains { AccessList.isKey($0) }
  }

  /// Whether doing it again, and all that came behind it, leaves what doing all of it once does:
  /// it says what comes of it whatever was there.
  var isRepeatable: Bool {
    switch fop {
    case .writev: !FopSemantics.isAppend(self)
    case .truncate, .ftruncate, .discard, .zerofill, .setattr, .fsetattr: true
    case .removexattr, .fremovexattr: true
    case .setxattr, .fsetxattr: (integer(.flags) ?? 0) & 3 == 0
    // A fallocate may have kept the size, and no journal says so.
    default: false
    }
  }

  /// The stretch of its file that the request may write; nil for none.
  var writtenRange: Range<Int64>? {
    guard changesContent else { return nil }
    let start = FopSemantics.isAppend(self) ? 0 : max(0, integer(.offset) ?? 0)
    let (end, overflow) = start.addingReportingOverflow(max(0, integer(.length) ?? 0))
    // Where an append came to lie is not journaled.
    let isOpen = [.truncate, .ftruncate].contains(fop) || FopSemantics.isAppend(self) || overflow
    return start..<(isOpen ? Int64.max : end)
  }
}
