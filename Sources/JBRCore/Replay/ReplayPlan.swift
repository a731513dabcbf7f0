/// The fold of a selection: what is wanted in the end, and of each request what of it survives
/// and on which earlier ones it depends.
///
/// Requests are known by their position in the selection, since a rollback has the id of the
/// request that it names, and lines may come twice.
struct ReplayPlan {
  /// What a request needs of those before it.
  enum Need {
    /// The object that the request at this position made.
    case object(GFID, by: Int)
    /// What a name holds since the request at this position; nil: nothing.
    case name(EntryName, GFID?, by: Int)
  }

  /// One request of the selection.
  struct Item {
    /// As it was journaled.
    var original: FoldRequest
    /// As it is executed: with absolute results, and without conditions that are known to be met.
    var request: FoldRequest
    /// What it was last to write.
    var survivors: [Entity] = []
    var needs: [Need] = []
    var names: Set<EntryName> = []
    /// The answer of the file system's rules, where it is no.
    var refusal: BrickError?
    /// The last request that touched what this one touches.
    var lastToucher: Int?
    /// The request that removed the object on which it works.
    var remover: Int?
  }

  let model = ModelBrick()
  private(set) var items: [Item] = []
  /// What is to be written down before the brick is touched.
  private(set) var newResults: [AbsoluteResult] = []
  private var namesBelow: [GFID: Set<EntryName>] = [:]

  /// Reads the brick where a request's result is not determined by the selection, and nothing
  /// that the tool's own record holds of an earlier run.
  init(
    _ requests: [FoldRequest], brick: some BrickStore, results: AbsoluteResults
  ) throws(BrickError) {
    items.reserveCapacity(requests.count)
    var unnamed: [GFID: Int] = [:]
    for (position, original) in requests.enumerated() {
      model.writer = Self.writer(position)
      var item = Item(original: original, request: original)
      let resolved = try AbsoluteRequest(original, model, brick, results)
      item.request.request = resolved.request
      newResults += resolved.newResults
      let knowsXattrs = model.knowsXattrs(of: item.request.request)
      gatherNeeds(of: &item)
      let losers = model.losers(by: item.request.request)
      do throws(BrickError) {
        try FopSemantics.apply(item.request.request, payload: original.payload, to: model)
        for gfid in losers { unnamed[gfid] = position }
        if knowsXattrs {
          item.request.request = FopSemantics.settingAnyway(item.request.request)
        }
      } catch {
        item.refusal = error
        if error.errno == ESTALE, let remover = model.removed[original.request.target] {
          item.remover = remover.map(Self.position)
        }
      }
      items.append(item)
    }
    // What was there before the selection may have names that no request shows. If the brick has
    // no such object any more, it went with the last that one takes away.
    for (gfid, position) in unnamed where try brick.status(gfid) == nil {
      model.dropUnnamed(gfid, by: Self.writer(position))
    }
    findSurvivors()
    findLastTouchers()
  }

  private static func writer(_ position: Int) -> RequestID {
    RequestID(term: Term(0), index: UInt64(position))
  }

  private static func position(_ writer: RequestID) -> Int { Int(writer.index) }

  /// Looks up who wrote what a request is about to use.
  private mutating func gatherNeeds(of item: inout Item) {
    let request = item.request.request
    let touched = request.touched
    item.names = touched.names
    var names = touched.names
    var objects = Set(touched.names.map(\.parent))
    if request.target != .null { objects.insert(request.target) }
    // A directory that is removed or replaced must be empty.
    for field in [FieldName.loc, .newloc] where request.fop == .rmdir || request.fop == .rename {
      if let loc = request.loc(field), let name = loc.name {
        let there = model.names[EntryName(parent: loc.parent, name: name)]?.value ?? loc.gfid
        names.formUnion(namesBelow[there] ?? [])
      }
    }
    names.formUnion(namesThatKeep(request))
    for gfid in objects {
      if let maker = model.objects[gfid]?.maker {
        item.needs.append(.object(gfid, by: Self.position(maker)))
      }
    }
    for name in names {
      if let written = model.names[name], let writer = written.writer {
        item.needs.append(.name(name, written.value, by: Self.position(writer)))
      }
    }
    for name in touched.names { namesBelow[name.parent, default: []].insert(name) }
  }

  /// The other names of an object of which the request takes one away. Without them, on a brick
  /// where the requests that gave them were left out, the object would go with its last name.
  private func namesThatKeep(_ request: Request) -> Set<EntryName> {
    guard request.fop == .unlink || request.fop == .rename,
      let loc = request.loc(.loc) ?? request.loc(.newloc), let name = loc.name
    else { return [] }
    let taken = EntryName(parent: loc.parent, name: name)
    guard let gfid = model.names[taken]?.value, let object = model.objects[gfid] else { return [] }
    return object.names.subtracting([taken])
  }

  private mutating func findSurvivors() {
    for (entity, writer) in model.survivors() {
      items[Self.position(writer)].survivors.append(entity)
    }
    for (gfid, object) in model.objects {
      for (key, written) in object.xattrs where Bookkeeping.owns(key) {
        guard let writer = written.writer else { continue }
        items[Self.position(writer)].survivors.append(.xattr(gfid, key))
      }
    }
  }

  private mutating func findLastTouchers() {
    var objects: [GFID: Int] = [:]
    var names: [EntryName: Int] = [:]
    for position in items.indices.reversed() where items[position].refusal == nil {
      let touched = items[position].request.request.touched
      let later =
        touched.objects.compactMap { objects[$0] } + touched.names.compactMap { names[$0] }
      let remover = model.removed[items[position].request.request.target]
        .flatMap { $0.map(Self.position) }.flatMap { $0 > position ? $0 : nil }
      items[position].lastToucher = (later + [remover].compactMap { $0 }).max()
      for gfid in touched.objects where objects[gfid] == nil { objects[gfid] = position }
      for name in touched.names where names[name] == nil { names[name] = position }
    }
  }

  // MARK: Choosing

  /// What must be executed on a brick as it is now.
  struct Choice {
    /// Requests of which something is wanted that the brick does not hold.
    var unheld: Set<Int> = []
    /// Those that others need, whatever the brick holds.
    var needed: Set<Int> = []
    /// Those that are looked at again when their turn comes, since requests before them change
    /// names that they write. What they need must be there too.
    var revisited: Set<Int> = []

    /// Whether the brick holds all that is wanted.
    var isEmpty: Bool { unheld.isEmpty && needed.isEmpty }

    func contains(_ position: Int) -> Bool {
      unheld.contains(position) || needed.contains(position)
    }
  }

  /// Finds what must be executed on a brick as it is now.
  ///
  /// A request that nothing survives of is executed only where a later one cannot do without:
  /// a directory that was there for a while only, a name on the way to another.
  func choice(on brick: some BrickStore) throws(BrickError) -> Choice {
    let comparison = EntityComparison(wanted: model, brick: brick)
    var choice = Choice()
    var look = EntityComparison.Look()
    for position in items.indices
    where !(try comparison.holdsAll(items[position].survivors, &look)) {
      choice.unheld.insert(position)
    }
    var pending = [Int](choice.unheld)
    while !pending.isEmpty {
      while let position = pending.popLast() {
        for need in items[position].needs {
          let (by, isMet) = try check(need, brick)
          guard !isMet, items[by].refusal == nil else { continue }
          let isNew = !choice.contains(by)
          choice.needed.insert(by)
          if isNew { pending.append(by) }
        }
      }
      pending = disturbed(by: choice)
      for position in pending {
        if items[position].survivors.isEmpty {
          choice.needed.insert(position)
        } else {
          choice.revisited.insert(position)
        }
      }
    }
    return choice
  }

  /// Requests that write a name behind an executed one that writes it too: what the name holds
  /// is only right again once all of them are executed.
  private func disturbed(by choice: Choice) -> [Int] {
    var names: Set<EntryName> = []
    var found: [Int] = []
    for (position, item) in items.enumerated() where item.refusal == nil {
      if choice.contains(position) || choice.revisited.contains(position) {
        names.formUnion(item.names)
      } else if !item.names.isDisjoint(with: names) {
        found.append(position)
        names.formUnion(item.names)
      }
    }
    return found
  }

  private func check(
    _ need: Need, _ brick: some BrickStore
  ) throws(BrickError) -> (by: Int, isMet: Bool) {
    switch need {
    case .object(let gfid, let by): return (by, try brick.status(gfid) != nil)
    case .name(let name, let gfid, let by):
      return (by, try brick.entry(name)?.gfid == gfid)
    }
  }
}

extension ModelBrick {
  /// The objects that lose a name by a request.
  fileprivate func losers(by request: Request) -> [GFID] {
    guard [.unlink, .rename].contains(request.fop),
      let loc = request.loc(.loc) ?? request.loc(.newloc), let name = loc.name
    else { return [] }
    let place = EntryName(parent: loc.parent, name: name)
    return (names[place]?.value).map { [$0] } ?? []
  }

  /// Whether it knows what a (f)setxattr finds: the object was made here, or the keys were seen.
  fileprivate func knowsXattrs(of request: Request) -> Bool {
    guard request.fop == .setxattr || request.fop == .fsetxattr,
      let object = objects[request.target]
    else { return false }
    return object.maker != nil
      || request.entries(.dict).allSatisfy { object.xattrs[$0.key] != nil }
  }
}

extension EntityComparison {
  /// Whether the brick holds all of some entities.
  func holdsAll(_ entities: [Entity]) throws(BrickError) -> Bool {
    var look = Look()
    return try holdsAll(entities, &look)
  }

  func holdsAll(_ entities: [Entity], _ look: inout Look) throws(BrickError) -> Bool {
    for entity in entities {
      if try holds(entity, &look) { continue }
      // What has no such xattr, be it for lack of an object, need not lose it.
      guard case .xattr(let gfid, let key) = entity,
        let written = wanted.objects[gfid]?.xattrs[key], written.value == nil,
        try brick.status(gfid) == nil
      else { return false }
    }
    return true
  }
}
