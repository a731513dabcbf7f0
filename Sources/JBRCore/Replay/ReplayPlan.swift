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

  /// One request of the selection; a class, since many hold it and few change it.
  final class Item {
    /// As it was journaled.
    var original: FoldRequest
    /// As it is executed: with absolute results, and without conditions that are known to be met.
    var request: FoldRequest
    /// What it was last to write.
    var survivors: [Entity] = []
    var needs: [Need] = []
    var names: [EntryName] = []
    /// The answer of the file system's rules, where it is no.
    var refusal: BrickError?
    /// The last request that touched what this one touches.
    var lastToucher: Int?
    /// The request that removed the object on which it works.
    var remover: Int?
    /// The objects that it touches: those at its names are among them, and their directories.
    var objects: [GFID] = []
    /// Whether it changes where other objects are found.
    var movesOthers = false

    init(_ original: FoldRequest) {
      self.original = original
      request = original
    }
  }

  let model = ModelBrick()
  private(set) var items: [Item] = []
  /// What is to be written down before the brick is touched.
  private(set) var newResults: [AbsoluteResult] = []
  private var namesBelow: [GFID: Set<EntryName>] = [:]
  /// Names that more than one request touches.
  private var contested: Set<EntryName> = []

  /// Reads the brick where a request's result is not determined by the selection, and nothing
  /// that the tool's own record holds of an earlier run.
  init(
    _ requests: [FoldRequest], brick: some ReadableBrick, results: AbsoluteResults
  ) throws(BrickError) {
    items.reserveCapacity(requests.count)
    var unnamed: [GFID: Int] = [:]
    for (position, original) in requests.enumerated() {
      model.writer = Self.writer(position)
      let item = Item(original)
      // Of several, a later one may have put there what the brick shows, when they are done again.
      if requests.count == 1,
        let taken = try AbsoluteRequest.resolveTaken(original, model, brick, results)
      {
        newResults.append(taken)
      }
      let resolved = try AbsoluteRequest(original, model, brick, results)
      item.request.request = resolved.request
      newResults += resolved.newResults
      let knowsXattrs = model.knowsXattrs(of: item.request.request)
      try gatherNeeds(of: item, brick)
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
  private mutating func gatherNeeds(
    of item: Item, _ brick: some ReadableBrick
  ) throws(BrickError) {
    let request = item.request.request
    let touched = request.touched
    item.names = touched.names
    var names = Set(touched.names)
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
    item.objects = Array(
      try standing(at: touched.names, brick).union(objects).union(touched.objects))
    item.movesOthers = request.fop == .rename && !isFile(request)
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
    for name in touched.names where !namesBelow[name.parent, default: []].insert(name).inserted {
      contested.insert(name)
    }
  }

  /// What stands at some names when a request's turn comes.
  private func standing(
    at names: [EntryName], _ brick: some ReadableBrick
  ) throws(BrickError) -> Set<GFID> {
    var found: Set<GFID> = []
    for name in names where name.illegality == nil {
      if let known = model.names[name] {
        if let gfid = known.value { found.insert(gfid) }
      } else if model.objects[name.parent]?.maker == nil, let gfid = try brick.entry(name)?.gfid {
        found.insert(gfid)
      }
    }
    return found
  }

  /// Whether what a rename moves is known to be no directory.
  private func isFile(_ request: Request) -> Bool {
    guard let type = model.objects[request.target]?.type else { return false }
    return type != .directory && type != .unknown
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
    private struct Mark: OptionSet {
      var rawValue: UInt8
      static let unheld = Mark(rawValue: 1)
      static let needed = Mark(rawValue: 2)
      static let revisited = Mark(rawValue: 4)
    }
    private var marks: [Mark]
    /// Whether the brick holds all that is wanted.
    private(set) var isEmpty = true

    fileprivate init(count: Int) { marks = Array(repeating: [], count: count) }

    /// Whether a request is executed.
    func contains(_ position: Int) -> Bool {
      !marks[position].isDisjoint(with: [.unheld, .needed])
    }

    /// Whether a request is executed whatever the brick holds, since others need it.
    func isNeeded(_ position: Int) -> Bool { marks[position].contains(.needed) }

    /// Whether a request is looked at again when its turn comes, since requests before it change
    /// names that it writes. What it needs must be there too.
    fileprivate func isRevisited(_ position: Int) -> Bool { marks[position].contains(.revisited) }

    /// Takes a request of which something is wanted that the brick does not hold.
    fileprivate mutating func insert(unheld position: Int) {
      marks[position].insert(.unheld)
      isEmpty = false
    }

    /// Takes a request that others need.
    fileprivate mutating func insert(needed position: Int) {
      marks[position].insert(.needed)
      isEmpty = false
    }

    fileprivate mutating func insert(revisited position: Int) {
      marks[position].insert(.revisited)
    }
  }

  /// Finds what must be executed on a brick as it is now.
  ///
  /// A request that nothing survives of is executed only where a later one cannot do without:
  /// a directory that was there for a while only, a name on the way to another.
  func choice(on brick: some ReadableBrick) throws(BrickError) -> Choice {
    let comparison = EntityComparison(wanted: model, brick: brick)
    var choice = Choice(count: items.count)
    var pending: [Int] = []
    for position in items.indices where !(try comparison.holdsAll(items[position].survivors)) {
      choice.insert(unheld: position)
      pending.append(position)
    }
    while !pending.isEmpty {
      while let position = pending.popLast() {
        for need in items[position].needs {
          let (by, isMet) = try check(need, brick)
          guard !isMet, items[by].refusal == nil else { continue }
          let isNew = !choice.contains(by)
          choice.insert(needed: by)
          if isNew { pending.append(by) }
        }
      }
      pending = disturbed(by: choice)
      for position in pending {
        if items[position].survivors.isEmpty {
          choice.insert(needed: position)
        } else {
          choice.insert(revisited: position)
        }
      }
    }
    return choice
  }

  /// Requests that write a name behind an executed one that writes it too: what the name holds
  /// is only right again once all of them are executed.
  private func disturbed(by choice: Choice) -> [Int] {
    guard !contested.isEmpty else { return [] }
    var names: Set<EntryName> = []
    var found: [Int] = []
    for (position, item) in items.enumerated() where item.refusal == nil {
      let own = item.names.filter { contested.contains($0) }
      if choice.contains(position) || choice.isRevisited(position) {
        names.formUnion(own)
      } else if own.contains(where: { names.contains($0) }) {
        found.append(position)
        names.formUnion(own)
      }
    }
    return found
  }

  private func check(
    _ need: Need, _ brick: some ReadableBrick
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
