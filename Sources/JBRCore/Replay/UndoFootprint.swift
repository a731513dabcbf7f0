/// What the requests of a batch may touch on a brick.
///
/// Rather too much than too little: what a name holds when a request's turn comes depends on the
/// requests before it, so that everything counts that it may hold.
struct UndoFootprint {
  private(set) var objects: Set<GFID> = []
  private(set) var names: Set<EntryName> = []
  /// Ranges of content that may be written over or cut off.
  private(set) var ranges: [GFID: RangeSet<Int64>] = [:]
  /// What is taken out of the tree.
  var setAsides: [SetAside] = []
  /// All that may stand at a name at some time.
  private var holders: [EntryName: Set<GFID>] = [:]
  /// How many names may be taken from an object.
  private var losses: [GFID: Int] = [:]

  init(_ steps: [ReplayStep], on brick: any BrickStore) throws(BrickError) {
    // Undoing may put directories there for a while.
    objects.insert(.root)
    for step in steps where step.foregone == nil { try add(step.item, brick) }
    try addLost(brick)
  }

  /// An empty one, to be added to.
  init() { objects.insert(.root) }

  mutating func add(object gfid: GFID) { objects.insert(gfid) }

  /// An object gets a name.
  mutating func give(_ name: EntryName, to gfid: GFID) { holders[name, default: []].insert(gfid) }

  /// All that may stand at a name loses it.
  mutating func take(_ name: EntryName) {
    for gfid in holders[name] ?? [] { losses[gfid, default: 0] += 1 }
  }

  mutating func move(_ old: EntryName, to new: EntryName) {
    take(new)
    holders[new, default: []].formUnion(holders[old] ?? [])
  }

  /// With its last name an object loses all.
  mutating func addLost(_ brick: any BrickStore) throws(BrickError) {
    for (gfid, count) in losses {
      guard let status = try brick.status(gfid), count >= status.nameCount else { continue }
      ranges[gfid, default: RangeSet()].insert(contentsOf: 0..<Int64.max)
    }
  }

  private mutating func add(_ item: ReplayPlan.Item, _ brick: any BrickStore) throws(BrickError) {
    let request = item.request.request
    let touched = request.touched
    objects.formUnion(touched.objects)
    objects.formUnion(item.survivors.map(\.gfid))
    for name in touched.names { try look(at: name, brick) }
    if let made = request.requestedGFID, let name = Self.name(request.loc(.loc)) {
      give(name, to: made)
    }
    switch request.fop {
    case .rename:
      guard let old = Self.name(request.loc(.oldloc)), let new = Self.name(request.loc(.newloc))
      else { return }
      move(old, to: new)
    case .link:
      if let new = Self.name(request.loc(.newloc)) { give(new, to: request.target) }
    case .unlink:
      guard let name = Self.name(request.loc(.loc)) else { return }
      take(name)
    case .create:
      // Over a file that is there, O_TRUNC cuts it.
      guard let name = Self.name(request.loc(.loc)) else { return }
      for gfid in holders[name] ?? [] { add(0..<Int64.max, gfid) }
    default: addContent(item)
    }
  }

  private static func name(_ loc: Loc?) -> EntryName? {
    loc.flatMap { loc in loc.name.map { EntryName(parent: loc.parent, name: $0) } }
  }

  mutating func look(at name: EntryName, _ brick: any BrickStore) throws(BrickError) {
    guard names.insert(name).inserted else { return }
    objects.insert(name.parent)
    // What no name can be is refused when its turn comes.
    guard FileName.isComponent(name.name) else {
      names.remove(name)
      return
    }
    holders[name] = []
    guard name.parent != .root || !name.name.elementsEqual(Layout.hidden) else { return }
    // It is brought back as a whole.
    if setAsides.contains(where: { $0.name == name }) { return }
    if let gfid = try brick.entry(name)?.gfid {
      holders[name] = [gfid]
      objects.insert(gfid)
    }
  }

  private mutating func addContent(_ item: ReplayPlan.Item) {
    let request = item.request.request
    guard let range = request.dataRange else { return }
    let start = Int64(clamping: range.lowerBound)
    let end = range.upperBound == .max ? Int64.max : Int64(clamping: range.upperBound + 1)
    if request.fop != .fallocate { add(start..<end, request.target) }
    // Where the fop alone does not bring the size to what is wanted, the file is cut behind it.
    for case .size(let gfid) in item.survivors { add(end..<Int64.max, gfid) }
  }

  mutating func add(_ range: Range<Int64>, _ gfid: GFID) {
    ranges[gfid, default: RangeSet()].insert(contentsOf: range)
  }
}
