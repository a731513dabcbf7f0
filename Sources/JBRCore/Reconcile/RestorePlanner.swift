/// Plans what void requests changed on objects of which the journals do not hold everything:
/// the value is taken from a replica that never had the request.
struct RestorePlanner {
  let wanted: WantedState
  let replica: String
  let brick: any BrickStore
  /// The other bricks, by replica name, in the replicas' order.
  let others: [(name: String, column: Int, brick: any BrickStore)]
  private(set) var steps: [Step] = []
  private(set) var findings: [PlanFinding] = []

  init(
    wanted: WantedState, replica: String, brick: any BrickStore,
    others: [(name: String, column: Int, brick: any BrickStore)]
  ) {
    self.wanted = wanted
    self.replica = replica
    self.brick = brick
    self.others = others
  }

  /// `column`: the replica's column in the request table.
  mutating func plan(column: Int) throws(BrickError) {
    for decided in wanted.decision.requests where decided.fate == .void {
      guard decided.row.cells[column].record != nil,
        let (_, record) = wanted.decision.inputs.table.record(of: decided.row)
      else { continue }
      try restore(record.request, decided)
    }
  }

  private mutating func restore(
    _ request: Request, _ decided: DecidedRequest
  ) throws(BrickError) {
    let gfid = request.target
    guard gfid != .null, let mine = try brick.status(gfid) else { return }
    // Of an object that a request made, the fold knows everything.
    if case .present(let object) = wanted.object(gfid), object.maker != nil { return }
    if case .absent = wanted.object(gfid) { return }
    guard
      let source = others.first(where: { decided.row.cells[$0.column].record == nil }),
      let right = try source.brick.status(gfid)
    else { return missing(gfid, decided.row.id) }
    switch request.fop {
    case .setattr, .fsetattr: restoreAttributes(gfid, mine, right, decided.row.id)
    case .setxattr, .fsetxattr, .removexattr, .fremovexattr, .xattrop, .fxattrop:
      try restoreXattrs(gfid, request, source.brick, decided.row.id)
    case .writev, .truncate, .ftruncate, .fallocate, .discard, .zerofill:
      try restoreData(gfid, request, (mine, right), source, decided.row.id)
    default: break
    }
  }

  private mutating func restoreAttributes(
    _ gfid: GFID, _ mine: ObjectStatus, _ right: ObjectStatus, _ id: RequestID
  ) {
    if mine.uid != right.uid || mine.gid != right.gid {
      add(.setOwner(gfid, uid: right.uid, gid: right.gid), id)
    }
    if mine.mode != right.mode { add(.setMode(gfid, right.mode), id) }
  }

  private mutating func restoreXattrs(
    _ gfid: GFID, _ request: Request, _ source: any BrickStore, _ id: RequestID
  ) throws(BrickError) {
    let mine = try brick.xattrs(gfid)
    let right = try source.xattrs(gfid)
    for key in request.xattrKeys where !Bookkeeping.owns(key) {
      // A later forward request has the last word on its key.
      guard wanted.model.objects[gfid]?.xattrs[key] == nil else { continue }
      let value = right.first { $0.key == key }?.value
      guard mine.first(where: { $0.key == key })?.value != value else { continue }
      if let value {
        add(.setXattr(gfid, key, value), id)
      } else {
        add(.removeXattr(gfid, key), id)
      }
    }
  }

  private mutating func restoreData(
    _ gfid: GFID, _ request: Request, _ status: (mine: ObjectStatus, right: ObjectStatus),
    _ source: (name: String, column: Int, brick: any BrickStore), _ id: RequestID
  ) throws(BrickError) {
    let size = wanted.model.objects[gfid]?.size?.value ?? status.right.size
    let offset = min(max(0, request.integer(.offset) ?? 0), size)
    let (end, overflow) = offset.addingReportingOverflow(request.integer(.length) ?? 0)
    let open = request.fop == .truncate || request.fop == .ftruncate || overflow
    if status.mine.size > size { add(.truncate(gfid, size), id) }
    for range in uncovered(gfid, offset..<(open ? size : max(offset, min(end, size)))) {
      let count = Int(range.upperBound - range.lowerBound)
      let mine = try brick.read(gfid, at: Int(range.lowerBound), count: count)
      let right = try source.brick.read(gfid, at: Int(range.lowerBound), count: count)
      if mine != right { add(.write(gfid, range, .brick(replica: source.name)), id) }
    }
    if status.mine.size < size { add(.truncate(gfid, size), id) }
  }

  /// The parts of a range that no forward request writes, in blocks that are compared at once.
  private func uncovered(_ gfid: GFID, _ bounds: Range<Int64>) -> [Range<Int64>] {
    let block: Int64 = 1 << 20
    var found: [Range<Int64>] = []
    var start = bounds.lowerBound
    let covered = wanted.model.objects[gfid]?.data.within(bounds).map(\.range) ?? []
    for range in covered + [bounds.upperBound..<bounds.upperBound] {
      while start < range.lowerBound {
        let end = min(start + block, range.lowerBound)
        found.append(start..<end)
        start = end
      }
      start = max(start, range.upperBound)
    }
    return found
  }

  private mutating func missing(_ gfid: GFID, _ id: RequestID) {
    findings.append(
      PlanFinding(
        kind: .conflict, replica: replica, gfid: gfid, name: nil, request: id,
        message: "it must be restored, and no replica that never had the request is given"))
  }

  private mutating func add(_ action: Step.Action, _ id: RequestID) {
    var step = Step(
      number: 0, replica: replica, action: action, request: id,
      reason: wanted.label(of: id) ?? "restore", before: nil)
    step.before = (try? StepState(brick).before(step)) ?? nil
    // Two void requests on one entity need one restore.
    if !steps.contains(where: { $0.action == action }) { steps.append(step) }
  }
}

extension Request {
  /// The xattr keys that the request writes.
  public var xattrKeys: [ByteView] {
    entries(.dict).map(\.key) + (string(.name).map { [$0] } ?? [])
  }
}
