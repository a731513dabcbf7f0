/// Plans the content and attributes of one object on one brick: what differs from the wanted
/// state is written again, each stretch from the request that wrote it last.
struct ContentPlanner {
  let wanted: WantedState
  let brick: any BrickStore
  let replica: String
  /// Where a request's payload is found, by request: the supplying replica's name.
  let supplier: (RequestID) -> String?
  /// Up to where restores write each file, which need no truncation before.
  var restoredEnds: [GFID: Int64] = [:]
  private(set) var steps: [Step] = []
  /// Times come last of all, since everything else changes them.
  private(set) var times: [Step] = []

  init(
    wanted: WantedState, brick: any BrickStore, replica: String,
    supplier: @escaping (RequestID) -> String?
  ) {
    self.wanted = wanted
    self.brick = brick
    self.replica = replica
    self.supplier = supplier
  }

  /// Plans one object. `isNew`: whether an earlier step makes it. `isTouched`: whether another
  /// step changes what its mtime tells of: a directory's names, a file's content.
  mutating func plan(
    _ gfid: GFID, _ object: ModelObject, isNew: Bool, isTouched: Bool
  ) throws(BrickError) {
    let there = isNew ? nil : try brick.status(gfid)
    guard isNew || there != nil else { return }
    if let there, object.type != .unknown, there.type != object.type { return }
    // What a new object is like before its content is written: as `make` leaves it.
    let status =
      there
      ?? ObjectStatus(
        type: object.type, mode: object.mode?.value ?? 0, uid: object.uid?.value ?? 0,
        gid: object.gid?.value ?? 0)
    let before = steps.count
    if object.type.mayBe(.file), status.type == .file, isNew || settles(.content(gfid), gfid) {
      try planData(gfid, object, status, isNew: isNew)
    }
    let isChanged = isNew || isTouched || steps.count > before
    if isNew || settles(.attributes(gfid), gfid) {
      planOwner(gfid, object, status, isNew: isNew)
    }
    try planXattrs(gfid, object, isNew: isNew)
    planTimes(
      gfid, object.rememberingTimes(of: isNew ? try wanted.base?.status(gfid) : nil), status,
      changed: isChanged)
  }

  private func settles(_ part: Part, _ gfid: GFID) -> Bool { wanted.settles(part, of: gfid) }

  private mutating func planData(
    _ gfid: GFID, _ object: ModelObject, _ status: ObjectStatus, isNew: Bool
  ) throws(BrickError) {
    var size = status.size
    let sizeWriter = object.size?.writer
    if let wantedSize = object.size, status.size > wantedSize.value {
      add(.truncate(gfid, wantedSize.value), sizeWriter, isNew: isNew)
      size = wantedSize.value
    }
    let comparison = EntityComparison(wanted: wanted.model, brick: brick)
    for extent in object.data.within(0..<(object.size?.value ?? Int64.max)) {
      if extent.range.upperBound == Int64.max { continue }
      if isNew, case .zeros = extent.content { continue }
      if !isNew, try comparison.holds(extent, gfid, status) { continue }
      // What a truncation above has cut off is not found any more when its turn comes.
      let isNew = isNew || size < status.size && extent.range.upperBound > size
      switch extent.content {
      case .zeros: add(.zero(gfid, extent.range), extent.writer, isNew: isNew)
      case .payload(let payload):
        let source = StepSource.journal(
          replica: extent.writer.flatMap(supplier) ?? "", file: payload.source.path,
          offset: payload.offset)
        add(.write(gfid, extent.range, source), extent.writer, isNew: isNew)
      }
      size = max(size, extent.range.upperBound)
    }
    size = max(size, restoredEnds[gfid] ?? 0)
    if let wantedSize = object.size ?? object.grown, size < wantedSize.value {
      add(.truncate(gfid, wantedSize.value), sizeWriter ?? wantedSize.writer, isNew: true)
    }
  }

  private mutating func planOwner(
    _ gfid: GFID, _ object: ModelObject, _ status: ObjectStatus, isNew: Bool
  ) {
    var mode = status.mode
    let uid = object.uid?.value ?? status.uid
    let group = object.gid?.value ?? status.gid
    if uid != status.uid || group != status.gid {
      let writer =
        [object.uid?.writer, object.gid?.writer].compactMap { $0 }.max()
        ?? wanted.restorers[.uid(gfid)]?.request
        ?? wanted.restorers[.gid(gfid)]?.request
      add(.setOwner(gfid, uid: uid, gid: group), writer, isNew: isNew)
      // chown(2) takes these bits away, so that they must be set again.
      if status.type != .directory { mode &= ~0o6000 }
    }
    if let wantedMode = object.mode, wantedMode.value != mode {
      add(
        .setMode(gfid, wantedMode.value),
        wantedMode.writer ?? wanted.restorers[.mode(gfid)]?.request,
        isNew: isNew || mode != status.mode)
    }
  }

  private mutating func planXattrs(
    _ gfid: GFID, _ object: ModelObject, isNew: Bool
  ) throws(BrickError) {
    var there: [ByteView: ByteView] = [:]
    if !isNew { for (key, value) in try brick.xattrs(gfid) { there[key] = value } }
    for (key, value) in object.xattrs.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      guard !Bookkeeping.owns(key), there[key] != value.value else { continue }
      guard isNew || settles(AccessList.part(of: key, gfid), gfid) else { continue }
      let writer = value.writer ?? wanted.restorers[.xattr(gfid, key)]?.request
      if let bytes = value.value {
        add(.setXattr(gfid, key, bytes), writer, isNew: isNew)
      } else {
        add(.removeXattr(gfid, key), writer, isNew: isNew)
      }
    }
    // A key that shall not be there, on an object of which everything is known.
    let touched = wanted.base?.footprint.xattrKeys[gfid] ?? []
    guard object.maker != nil || wanted.base != nil else { return }
    let void = wanted.voidXattrs[gfid] ?? [:]
    for key in touched.union(void.keys).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      guard !Bookkeeping.owns(key), object.xattrs[key] == nil, there[key] != nil,
        settles(AccessList.part(of: key, gfid), gfid)
      else { continue }
      add(.removeXattr(gfid, key), void[key], isNew: isNew)
    }
  }

  private mutating func planTimes(
    _ gfid: GFID, _ object: ModelObject, _ status: ObjectStatus, changed: Bool
  ) {
    let mtime = object.mtime.flatMap { $0.value != status.mtime || changed ? $0 : nil }
    // Reading moves atime, and no journal holds that: by itself it is no reason for a step.
    guard let mtime else { return }
    let atime = object.atime
    let writer = [atime?.writer, mtime.writer].compactMap { $0 }.max()
    times.append(
      step(.setTimes(gfid, atime: atime?.value, mtime: mtime.value), writer, isNew: changed))
  }

  private mutating func add(_ action: Step.Action, _ writer: RequestID?, isNew: Bool) {
    steps.append(step(action, writer, isNew: isNew))
  }

  private func step(_ action: Step.Action, _ writer: RequestID?, isNew: Bool) -> Step {
    var step = Step(
      number: 0, replica: replica, action: action, request: writer,
      reason: wanted.label(of: writer) ?? PlanWord.restore.rawValue, before: nil)
    if !isNew { step.before = (try? StepState(brick).before(step)) ?? nil }
    return step
  }
}

extension ModelObject {
  /// With the times that an object had before, where it must be made again and nothing changed
  /// them.
  fileprivate func rememberingTimes(of base: ObjectStatus?) -> ModelObject {
    guard maker == nil, let base else { return self }
    var object = self
    object.atime = atime ?? Written(base.atime, by: nil)
    object.mtime = mtime ?? Written(base.mtime, by: nil)
    return object
  }
}

extension AccessList {
  /// The part of an object that an xattr belongs to.
  static func part(of key: ByteView, _ gfid: GFID) -> Part {
    isKey(key) ? .attributes(gfid) : .xattr(gfid, key)
  }
}
