/// Plans what makes one brick equal to another one: names first, then content and attributes,
/// then times.
struct CopyPlanner {
  /// What is compared, and copied, at once.
  private static let blockByteCount: Int64 = 1 << 20
  /// What one step writes at most: half of it may be there after a kill, and is written again.
  private static let stepByteCountMax: Int64 = 16 << 20
  /// Zeros in such pieces are left out where nothing is written over: they become holes.
  private static let holeByteCount = 1 << 16
  private static let volumeKey = ByteView("trusted.glusterfs.volume-id".utf8)
  private static let capabilityKey = ByteView("security.capability".utf8)

  let source: any BrickStore
  let supplier: String
  let brick: any BrickStore
  let replica: String
  /// Whether the brick is an empty directory until the plan is applied.
  let isVacant: Bool
  private(set) var tree: CopiedTree
  private(set) var steps: [Step] = []
  private(set) var findings: [PlanFinding] = []
  private var times: [Step] = []

  /// `brick`: an empty one stands in where it `isVacant`.
  init(
    from source: any BrickStore, of supplier: String, to brick: any BrickStore, of replica: String,
    isVacant: Bool
  ) throws(BrickError) {
    self.source = source
    self.supplier = supplier
    self.brick = brick
    self.replica = replica
    self.isVacant = isVacant
    tree = try CopiedTree(source)
  }

  mutating func plan() throws(BrickError) {
    for (name, gfid) in tree.broken {
      let why = gfid == nil ? "has no GFID" : "has no handle"
      note(.conflict, on: supplier, gfid, name, "it \(why), and cannot be copied")
    }
    try tree.addNames(of: brick)
    var names = NamePlanner(wanted: tree, brick: brick, replica: replica)
    try names.plan()
    steps = names.steps
    findings += names.findings
    var touched = Set(names.steps.flatMap(\.names).map(\.parent)).union(
      names.steps.compactMap(\.gfid))
    for gfid in tree.objects.sorted() {
      let before = steps.count
      let isNew = names.made.contains(gfid) || isVacant && gfid == .root
      guard let status = try source.status(gfid) else { continue }
      let there = isNew ? nil : try brick.status(gfid)
      // What could not be made is reported above.
      guard isNew || there != nil else { continue }
      guard there.map({ $0.type == status.type }) ?? true else {
        note(.conflict, on: replica, gfid, nil, "it is of another type than on \(supplier)")
        continue
      }
      if status.type == .file { try planData(gfid, status, there) }
      try planAttributes(gfid, status, there, isWritten: steps.count > before)
      if steps.count > before { touched.insert(gfid) }
      planTimes(gfid, status, there, isTouched: touched.contains(gfid))
    }
    steps += times
  }

  private mutating func note(
    _ kind: PlanFinding.Kind, on replica: String, _ gfid: GFID?, _ name: EntryName?,
    _ message: String
  ) {
    findings.append(
      PlanFinding(
        kind: kind, replica: replica, gfid: gfid, name: name, request: nil, message: message))
  }

  // MARK: Content

  private mutating func planData(
    _ gfid: GFID, _ status: ObjectStatus, _ there: ObjectStatus?
  ) throws(BrickError) {
    let isNew = there == nil
    if (there?.size ?? 0) != status.size { add(.truncate(gfid, status.size), isNew: isNew) }
    var pending: Range<Int64>?
    var offset = try source.nextData(gfid, from: 0) ?? status.size
    if let there, there.size > 0 { offset = 0 }
    while offset < status.size {
      let count = Int(min(Self.blockByteCount, status.size - offset))
      let right = try source.read(gfid, at: Int(offset), count: count)
      let held = isNew ? [] : try brick.read(gfid, at: Int(offset), count: count)
      for range in Self.differences(right, held) {
        let place = offset + Int64(range.lowerBound)..<offset + Int64(range.upperBound)
        if let last = pending, last.upperBound == place.lowerBound,
          place.upperBound - last.lowerBound <= Self.stepByteCountMax
        {
          pending = last.lowerBound..<place.upperBound
        } else {
          write(pending, gfid, isNew: isNew)
          pending = place
        }
      }
      offset += Int64(count)
      // What is a hole here may hold something there.
      let isBehind = there.map { offset >= $0.size } ?? true
      if isBehind { offset = try max(offset, source.nextData(gfid, from: offset) ?? status.size) }
    }
    write(pending, gfid, isNew: isNew)
  }

  private mutating func write(_ range: Range<Int64>?, _ gfid: GFID, isNew: Bool) {
    guard let range else { return }
    add(.write(gfid, range, .brick(replica: supplier)), isNew: isNew)
  }

  /// The pieces in which two blocks differ; what is missing of the second one reads as zeros.
  private static func differences(_ right: [UInt8], _ held: [UInt8]) -> [Range<Int>] {
    stride(from: 0, to: right.count, by: holeByteCount).compactMap { start in
      let end = min(right.count, start + holeByteCount)
      let there = held.dropFirst(start).prefix(end - start)
      let isSame =
        right[start..<start + there.count].elementsEqual(there)
        && right[start + there.count..<end].isZero
      return isSame ? nil : start..<end
    }
  }

  // MARK: Attributes

  private mutating func planAttributes(
    _ gfid: GFID, _ status: ObjectStatus, _ there: ObjectStatus?, isWritten: Bool
  ) throws(BrickError) {
    // `make` gives owner and mode; of the root and of what is there they are set.
    let isMade = there == nil && gfid != .root
    var mode = there?.mode
    var isChanged = isWritten
    if !isMade, there.map({ $0.uid != status.uid || $0.gid != status.gid }) ?? true {
      add(.setOwner(gfid, uid: status.uid, gid: status.gid), isNew: there == nil)
      isChanged = true
      // chown(2) may take bits away, so that the mode is set again.
      if status.type != .directory { mode = nil }
    }
    if try planXattrs(gfid, isNew: there == nil, isChanged: isChanged) { mode = nil }
    if !isMade, mode != status.mode, status.type != .symlink {
      add(.setMode(gfid, status.mode), isNew: mode == nil)
    }
  }

  /// - Returns: whether a list of access, which changes the mode, is set or removed.
  private mutating func planXattrs(
    _ gfid: GFID, isNew: Bool, isChanged: Bool
  ) throws(BrickError) -> Bool {
    var wanted = try source.xattrs(gfid)
    if isVacant, gfid == .root, let volume = try source.xattr(gfid, Self.volumeKey) {
      // A brick server does not start on a root without it.
      wanted.append((Self.volumeKey, volume))
    }
    let there = isNew ? [] : try brick.xattrs(gfid)
    var held = Dictionary(there.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    // The kernel takes these away with each write and change of owner.
    if isChanged { held[Self.capabilityKey] = nil }
    var changesMode = false
    for (key, value) in wanted where held[key] != value {
      add(.setXattr(gfid, key, value), isNew: isNew || isChanged && key == Self.capabilityKey)
      changesMode = changesMode || key.elementsEqual(AccessList.accessKey)
    }
    let keys = Set(wanted.map(\.key))
    for (key, _) in there where !keys.contains(key) && held[key] != nil {
      add(.removeXattr(gfid, key), isNew: isNew)
      changesMode = changesMode || key.elementsEqual(AccessList.accessKey)
    }
    return changesMode
  }

  private mutating func planTimes(
    _ gfid: GFID, _ status: ObjectStatus, _ there: ObjectStatus?, isTouched: Bool
  ) {
    guard isTouched || there?.mtime != status.mtime else { return }
    let step = step(
      .setTimes(gfid, atime: status.atime, mtime: status.mtime), isNew: isTouched || there == nil)
    times.append(step)
  }

  private mutating func add(_ action: Step.Action, isNew: Bool) {
    steps.append(step(action, isNew: isNew))
  }

  private func step(_ action: Step.Action, isNew: Bool) -> Step {
    var step = Step(
      number: 0, replica: replica, action: action, request: nil,
      reason: tree.label(of: nil) ?? "", before: nil)
    if !isNew { step.before = (try? StepState(brick).before(step)) ?? nil }
    return step
  }
}
