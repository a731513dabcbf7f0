/// Folds all forward requests over a base, each group from where its brick stands.
struct BaseFold {
  private let base: Base
  private let decision: Decision
  private let footprint: Footprint
  private(set) var fold: Fold
  /// Groups of attributes that turned out not to be known.
  private(set) var lost: Set<Int> = []
  /// What the last sums of xattrs that were there before come to.
  private(set) var sums: [SumResult] = []

  init(_ base: Base) throws(BrickError) {
    self.base = base
    decision = base.decision
    footprint = base.footprint
    fold = Fold(base: base, isBaseWhole: true)
    try placeNames()
    for position in decision.requests.indices where decision.requests[position].fate == .forward {
      guard let request = decision.foldRequest(position) else { continue }
      try apply(request, position)
    }
    try lookAtTheRest()
  }

  private func start(_ group: Int) -> Int { base.sources[group]?.start ?? 0 }

  /// What stands at names as the first requests left them on the brick that they come from.
  private func placeNames() throws(BrickError) {
    var writers: [EntryName: RequestID] = [:]
    for (position, decided) in decision.requests.enumerated() where decided.fate == .forward {
      guard let group = footprint.groupsOfItem[position].first, position < start(group),
        let request = decision.foldRequest(position)?.request
      else { continue }
      for name in request.touched.names { writers[name] = decided.row.id }
    }
    for name in footprint.names {
      guard let group = footprint.group(of: .name(name)), base.doubts[group] == nil,
        start(group) > 0
      else { continue }
      let entry = try base.lookup(name)
      // What has no GFID is asked for when it is needed.
      if let entry, entry.gfid == nil { continue }
      fold.model.place(entry?.gfid, at: name, by: writers[name])
    }
  }

  private mutating func apply(_ request: FoldRequest, _ position: Int) throws(BrickError) {
    let groups = footprint.groupsOfItem[position]
    fold.model.writer = request.id
    if request.request.changesNames {
      guard let group = groups.first, base.doubts[group] == nil else {
        return try forgetTimes(request.request)
      }
      if position < start(group) {
        try makePlaced(request, base.sources[group]?.column)
      } else {
        try run(request, position, group)
      }
      try inherit(request.request, position, groups.dropFirst())
      return
    }
    let target = request.request.target
    guard !base.isDoubtful(.object(target)), groups.allSatisfy({ base.doubts[$0] == nil }) else {
      if request.request.changesContent { fold.model.objects[target]?.mtime = nil }
      return
    }
    guard let group = groups.first, position < start(group),
      !isFoldedWhole(target, request.request)
    else {
      if let sum = groups.first.flatMap({ base.recorded[$0] }), sum.position == position {
        try set(sum, target)
      } else {
        try run(request, position, groups.first)
      }
      if let group = groups.first { noteSum(request, position, group) }
      return
    }
    try keepTimes(request.request, target, base.sources[group]?.column)
  }

  /// Whether an object was made here, so that what requests do to it needs no base.
  private func isFoldedWhole(_ gfid: GFID, _ request: Request) -> Bool {
    guard fold.model.objects[gfid]?.maker != nil else { return false }
    if request.changesContent { return !footprint.cut.contains(gfid) }
    return !(request.changesAttributes && footprint.inheriting.contains(gfid))
  }

  private mutating func run(
    _ request: FoldRequest, _ position: Int, _ group: Int?
  ) throws(BrickError) {
    fold.apply(request)
    // A disk's trouble is no refusal.
    if let trouble = base.trouble { throw trouble }
    // What is folded again over itself may be refused now, and was not then.
    let end = group.flatMap { base.sources[$0]?.end } ?? 0
    if position < end { fold.forgetRefusal(of: request.id) }
  }

  /// Notes what the last sum of a group comes to, which is written down before it is applied: once
  /// every brick may have it, nothing else tells.
  private mutating func noteSum(_ request: FoldRequest, _ position: Int, _ group: Int) {
    guard request.request.isSum, base.needsSource(group),
      let (gfid, keys) = footprint.groups[group].xattrs, base.lastSum(group) == position,
      let object = fold.model.objects[gfid]
    else { return }
    let values = keys.compactMap { key in
      (object.xattrs[key]?.value).map { DictEntry(key: key, value: $0) }
    }
    sums.append(SumResult(id: request.id, gfid: gfid, values: values))
  }

  /// Gives xattrs the values that somebody has written down before they were applied.
  private func set(_ sum: RecordedSum, _ gfid: GFID) throws(BrickError) {
    guard try fold.model.known(gfid) != nil else { return }
    for entry in sum.values {
      try fold.model.setXattr(gfid, entry.key, entry.value, .set)
    }
  }

  /// Of a request whose outcome is not looked at, what it may do to times.
  ///
  /// `column`: the replica that has executed it.
  private func forgetTimes(_ request: Request, _ column: Int? = nil) throws(BrickError) {
    for name in request.touched.names {
      try forgetTime(name.parent, column)
      guard request.fop == .create else { continue }
      for gfid in footprint.occupants(of: name) where footprint.cut.contains(gfid) {
        try forgetTime(gfid, column)
      }
    }
  }

  /// Forgets an object's mtime, unless a replica that has executed what may have moved it shows that
  /// it was refused.
  private func forgetTime(_ gfid: GFID, _ column: Int?) throws(BrickError) {
    guard let known = fold.model.objects[gfid]?.mtime?.value else { return }
    if let brick = column.flatMap({ base.bricks[$0] }), try brick.status(gfid)?.mtime == known {
      return
    }
    fold.model.objects[gfid]?.mtime = nil
  }

  /// Makes an object of which the base says that it was made: all else of it is in the journals.
  private mutating func makePlaced(
    _ request: FoldRequest, _ column: Int?
  ) throws(BrickError) {
    try forgetTimes(request.request, column)
    guard let made = request.request.requestedGFID, !footprint.cut.contains(made),
      let name = request.request.loc(.loc)?.entry, fold.model.placed[made] != nil
    else { return }
    // A directory that is gone by now was there.
    let isGone = try fold.model.known(name.parent) == nil
    if isGone { fold.model.objects[name.parent] = ModelObject(type: .directory) }
    try? FopSemantics.make(request.request, name, fold.model)
    if isGone { fold.model.objects[name.parent] = nil }
    if let trouble = base.trouble { throw trouble }
  }

  /// Takes a new object's attributes from the brick where its directory's are no longer known.
  private mutating func inherit(
    _ request: Request, _ position: Int, _ groups: ArraySlice<Int>
  ) throws(BrickError) {
    guard let made = request.requestedGFID, let maker = fold.model.objects[made]?.maker,
      let group = groups.first, base.doubts[group] == nil
    else { return }
    let isFolded = position >= start(group)
    // The directory's attributes are known while the fold is where their brick stands.
    if isFolded, let parent = request.loc(.loc)?.parent, try fold.model.known(parent) != nil {
      return
    }
    guard !isFolded, let status = try base.own(.attributes(made), of: made) else {
      lost.insert(group)
      return
    }
    fold.model.objects[made]?.mode = Written(status.mode, by: maker)
    fold.model.objects[made]?.uid = Written(status.uid, by: maker)
    fold.model.objects[made]?.gid = Written(status.gid, by: maker)
    for key in [AccessList.accessKey, AccessList.defaultKey] {
      fold.model.objects[made]?.xattrs[key] = Written(try base.xattr(made, key), by: maker)
    }
  }

  /// Of a request whose outcome is in the base only the times are left, which are no part of it.
  ///
  /// `column`: the replica that has executed it.
  private func keepTimes(
    _ request: Request, _ gfid: GFID, _ column: Int?
  ) throws(BrickError) {
    guard try fold.model.known(gfid) != nil else { return }
    if request.changesContent { try forgetTime(gfid, column) }
    guard [.setattr, .fsetattr].contains(request.fop) else { return }
    let change = try FopSemantics.change(by: request).change
    try fold.model.setTimes(gfid, atime: change.atime, mtime: change.mtime)
  }

  /// Loads what requests touch and no forward request looked at, so that all of it is compared.
  private func lookAtTheRest() throws(BrickError) {
    let model = fold.model
    for name in footprint.names where !base.isDoubtful(.name(name)) && model.names[name] == nil {
      do throws(BrickError) {
        guard try model.lookup(name) == nil else { continue }
      } catch  where error.errno == ESTALE {}
      model.names[name] = Written(nil, by: nil)
    }
    for gfid in footprint.objects.union(decision.targets) { _ = try model.known(gfid) }
  }
}

extension Decision {
  /// A request as the fold wants it; nil if no replica holds it whole.
  func foldRequest(_ position: Int) -> FoldRequest? {
    let row = requests[position].row
    return inputs.table.record(of: row).map { _, record in
      FoldRequest(id: row.id, request: record.request, payload: record.payload)
    }
  }

  /// The objects that requests work on.
  fileprivate var targets: Set<GFID> {
    Set(requests.indices.flatMap { foldRequest($0)?.request.touched.objects ?? [] })
  }
}
