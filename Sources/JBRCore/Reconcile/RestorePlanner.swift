/// Plans the content that is older than the journals, or whose writing is: it is copied from the
/// brick that the base comes from.
struct RestorePlanner {
  let wanted: WantedState
  let replica: String
  let brick: any BrickStore
  /// All replicas, in the order of the request table.
  let all: [PlanReplica]
  private(set) var steps: [Step] = []
  private(set) var findings: [PlanFinding] = []

  init(wanted: WantedState, replica: PlanReplica, among all: [PlanReplica]) {
    self.wanted = wanted
    self.replica = replica.name.name
    brick = replica.brick
    self.all = all
  }

  /// `column`: the replica's column in the request table. `made`: what earlier steps make.
  mutating func plan(column: Int, made: Set<GFID>) throws(BrickError) {
    if let base = wanted.base {
      for gfid in wanted.objects.sorted() {
        try restore(gfid, base, column: column, isNew: made.contains(gfid))
      }
    }
    for lost in wanted.unrestorable where lost.column == column {
      findings.append(
        PlanFinding(
          kind: .conflict, replica: replica, gfid: lost.entity.gfid, name: nil,
          request: lost.request,
          message: """
            its \(lost.entity.word) must be restored, and no replica that never changed it is given
            """))
    }
  }

  private mutating func restore(
    _ gfid: GFID, _ base: Base, column: Int, isNew: Bool
  ) throws(BrickError) {
    guard case .present(let object) = wanted.object(gfid), object.maker == nil,
      object.type == .file, let size = object.size?.value,
      let source = try base.column(.content(gfid), of: gfid), source != column,
      isNew || wanted.settles(.content(gfid), of: gfid)
    else { return }
    if !isNew, try brick.status(gfid)?.type != .file { return }
    let whole = [0..<size]
    let touched = base.footprint.ranges[gfid]?.within(0..<size).map(\.range) ?? []
    let written = object.data.within(0..<size).map(\.range)
    for range in (isNew ? whole : touched).without(written) {
      try restore(gfid, range, from: source, isNew: isNew)
    }
  }

  private mutating func restore(
    _ gfid: GFID, _ range: Range<Int64>, from source: Int, isNew: Bool
  ) throws(BrickError) {
    let other = all[source].brick
    let right = try other.trimmedDigest(gfid, range)
    // What is behind a file's end reads as zeros once the file grows.
    let there = isNew ? Digest(of: []) : try brick.trimmedDigest(gfid, range)
    guard there != right else { return }
    let size = try other.status(gfid)?.size ?? 0
    let middle = min(range.upperBound, max(range.lowerBound, size))
    if middle > range.lowerBound {
      let copy = StepSource.brick(replica: all[source].name.name)
      let count = Int(middle - range.lowerBound)
      add(
        .write(gfid, range.lowerBound..<middle, copy), isNew: isNew,
        supplied: try other.digest(gfid, at: Int(range.lowerBound), count: count))
    }
    if middle < range.upperBound { add(.zero(gfid, middle..<range.upperBound), isNew: isNew) }
  }

  private mutating func add(_ action: Step.Action, isNew: Bool, supplied: Digest? = nil) {
    var step = Step(
      number: 0, replica: replica, action: action, request: nil,
      reason: PlanWord.restore.rawValue, before: nil, sourceDigest: supplied)
    if !isNew { step.before = (try? StepState(brick).before(step)) ?? nil }
    steps.append(step)
  }
}

extension RestorePlanner {
  /// Up to where content is written of each file.
  var ends: [GFID: Int64] {
    var found: [GFID: Int64] = [:]
    for step in steps {
      if case .write(let gfid, let range, _) = step.action {
        found[gfid] = max(found[gfid] ?? 0, range.upperBound)
      }
    }
    return found
  }
}

extension Request {
  /// The xattr keys that the request writes.
  public var xattrKeys: [ByteView] {
    entries(.dict).map(\.key) + (string(.name).map { [$0] } ?? [])
  }
}
