/// Plans the content that void requests overwrote in files of which the journals do not hold
/// everything: it is copied from a brick that never changed it.
struct RestorePlanner {
  private static let blockByteCount: Int64 = 1 << 20
  let wanted: WantedState
  let replica: String
  let brick: any BrickStore
  /// All replicas, in the order of the request table.
  let all: [PlanReplica]
  private var restoration: Restoration
  private(set) var steps: [Step] = []
  private(set) var findings: [PlanFinding] = []

  init(wanted: WantedState, replica: PlanReplica, among all: [PlanReplica]) {
    self.wanted = wanted
    self.replica = replica.name.name
    brick = replica.brick
    self.all = all
    restoration = Restoration(wanted.decision, bricks: all.map(\.brick))
  }

  /// `column`: the replica's column in the request table.
  mutating func plan(column: Int) throws(BrickError) {
    for decided in wanted.decision.takenBack {
      guard decided.row.cells[column].record != nil,
        let (_, record) = wanted.decision.inputs.table.record(of: decided.row)
      else { continue }
      try restore(record.request, decided.row.id)
    }
    for lost in wanted.unrestorable where lost.column == column {
      missing(lost.entity.gfid, lost.entity.word, lost.request)
    }
  }

  private mutating func restore(_ request: Request, _ id: RequestID) throws(BrickError) {
    let gfid = request.target
    guard request.changesSize || request.fop == .discard, gfid != .null,
      let mine = try brick.status(gfid), mine.type == .file
    else { return }
    switch wanted.object(gfid) {
    // Of an object that a request made, the fold knows everything.
    case .present(let object) where object.maker != nil: return
    case .absent: return
    default: break
    }
    guard
      let size = wanted.model.objects[gfid]?.size?.value
        ?? (request.fop == .discard ? mine.size : nil)
    else { return missing(gfid, "size", id) }
    let start = FopSemantics.isAppend(request) ? 0 : max(0, request.integer(.offset) ?? 0)
    let offset = min(start, size)
    let (end, overflow) = start.addingReportingOverflow(request.integer(.length) ?? 0)
    // Where an append came to lie is not journaled.
    let isOpen =
      [.truncate, .ftruncate].contains(request.fop) || FopSemantics.isAppend(request) || overflow
    for range in uncovered(gfid, offset..<(isOpen ? size : max(offset, min(end, size)))) {
      try restore(gfid, range, id)
    }
  }

  private mutating func restore(
    _ gfid: GFID, _ range: Range<Int64>, _ id: RequestID
  ) throws(BrickError) {
    guard let column = try restoration.source(of: gfid, range) else {
      return missing(gfid, "data", id)
    }
    let count = Int(range.upperBound - range.lowerBound)
    let there = try brick.read(gfid, at: Int(range.lowerBound), count: count)
    let right = try all[column].brick.read(gfid, at: Int(range.lowerBound), count: count)
    // What is behind a file's end reads as zeros once the file grows.
    let zeros = { (bytes: [UInt8]) in bytes + [UInt8](repeating: 0, count: count - bytes.count) }
    guard zeros(there) != zeros(right) else { return }
    let middle = range.lowerBound + Int64(right.count)
    if !right.isEmpty {
      let source = StepSource.brick(replica: all[column].name.name)
      add(.write(gfid, range.lowerBound..<middle, source), id)
    }
    if middle < range.upperBound { add(.zero(gfid, middle..<range.upperBound), id) }
  }

  /// The parts of a range that no forward request writes, in blocks that are compared at once.
  private func uncovered(_ gfid: GFID, _ bounds: Range<Int64>) -> [Range<Int64>] {
    var found: [Range<Int64>] = []
    var start = bounds.lowerBound
    let covered = wanted.model.objects[gfid]?.data.within(bounds).map(\.range) ?? []
    for range in covered + [bounds.upperBound..<bounds.upperBound] {
      while start < range.lowerBound {
        let end = min(start + Self.blockByteCount, range.lowerBound)
        found.append(start..<end)
        start = end
      }
      start = max(start, range.upperBound)
    }
    return found
  }

  private mutating func missing(_ gfid: GFID, _ what: String, _ id: RequestID) {
    findings.append(
      PlanFinding(
        kind: .conflict, replica: replica, gfid: gfid, name: nil, request: id,
        message: "its \(what) must be restored, and no replica that never changed it is given"))
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
