/// The tree of a brick that another one shall equal.
struct CopiedTree: WantedTree {
  private(set) var names: Set<EntryName> = []
  private(set) var objects: Set<GFID> = [.root]
  /// Of names and attributes, sizes and times: whether the brick is still as it was. Contents are
  /// not read for it, since no content changes without its file's mtime.
  private(set) var digest = Digest(high: 0, low: 0)
  /// Names that cannot be copied: their objects have no GFID, or no handle.
  private(set) var broken: [(name: EntryName, gfid: GFID?)] = []
  private var known: [GFID: ModelObject] = [:]
  private var entries: [EntryName: GFID] = [:]

  var isWhole: Bool { true }

  /// Walks all of a brick.
  init(_ brick: any BrickStore) throws(BrickError) {
    var hasher = ContentHasher()
    if let status = try brick.status(.root) { try take(.root, status, brick, &hasher) }
    var queue = [GFID.root]
    while let directory = queue.popLast() {
      for (name, entry) in try brick.list(directory) {
        let place = EntryName(parent: directory, name: name)
        hasher.update(place, entry)
        guard let gfid = entry.gfid, let status = try brick.status(gfid) else {
          broken.append((place, entry.gfid))
          continue
        }
        names.insert(place)
        entries[place] = gfid
        if objects.insert(gfid).inserted {
          try take(gfid, status, brick, &hasher)
          if status.type == .directory { queue.append(gfid) }
        }
        known[gfid]?.names.insert(place)
      }
    }
    digest = hasher.digest()
  }

  private mutating func take(
    _ gfid: GFID, _ status: ObjectStatus, _ brick: any BrickStore, _ hasher: inout ContentHasher
  ) throws(BrickError) {
    var object = ModelObject(type: status.type, rdev: status.rdev)
    object.mode = Written(status.mode, by: nil)
    object.uid = Written(status.uid, by: nil)
    object.gid = Written(status.gid, by: nil)
    if status.type == .symlink { object.target = try brick.symlinkTarget(gfid) }
    known[gfid] = object
    hasher.update(status, target: object.target, try brick.xattrs(gfid))
  }

  /// Takes the names of the brick that shall equal this one, as far as they matter: in directories
  /// that are here too everything, elsewhere only what belongs somewhere else.
  mutating func addNames(of brick: any BrickStore) throws(BrickError) {
    var queue = [GFID.root]
    var seen: Set<GFID> = [.root]
    while let directory = queue.popLast() {
      guard try brick.status(directory)?.type == .directory else { continue }
      for (name, entry) in try brick.list(directory) {
        let isKnown = entry.gfid.map { knows($0) } ?? false
        if isKnown || known[directory]?.type == .directory {
          names.insert(EntryName(parent: directory, name: name))
        }
        guard entry.type == .directory, let gfid = entry.gfid, seen.insert(gfid).inserted else {
          continue
        }
        queue.append(gfid)
      }
    }
  }

  func object(_ gfid: GFID) -> Want<ModelObject> { known[gfid].map { .present($0) } ?? .absent }

  func entry(_ name: EntryName) -> Want<GFID> { entries[name].map { .present($0) } ?? .absent }

  func knows(_ gfid: GFID) -> Bool { known[gfid] != nil }

  func writer(of name: EntryName) -> RequestID? { nil }

  func writer(of gfid: GFID) -> RequestID? { nil }

  func label(of id: RequestID?) -> String? { "full-copy" }

  func shownName(of gfid: GFID) -> EntryName? { known[gfid]?.names.min() }
}
