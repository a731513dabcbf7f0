import Synchronization

/// Executes a plan's requests, side by side where the brick and they allow it: on the brick itself,
/// or, to find out what would become of them, on one in memory on top of it.
final class ReplayExecution {
  /// A request's payload is written in parts of this size where a rate is to be kept.
  private static let partByteCount = 1 << 18

  private let plan: ReplayPlan
  private let choice: ReplayPlan.Choice
  private let brick: any BrickStore
  private let comparison: EntityComparison
  private let isDryRun: Bool
  private let throttle: Throttle?
  private let written = Mutex<Int64>(0)
  /// Payload bytes that were written.
  var byteCount: Int64 { written.withLock { $0 } }
  /// What the last request changed or would change; only kept in a dry run.
  private(set) var changes: [EntityChange] = []

  init(
    _ plan: ReplayPlan, _ choice: ReplayPlan.Choice, on brick: any BrickStore, isDryRun: Bool,
    throttle: Throttle? = nil
  ) {
    self.plan = plan
    self.choice = choice
    self.brick = brick
    self.isDryRun = isDryRun
    self.throttle = throttle
    comparison = EntityComparison(wanted: plan.model, brick: brick)
  }

  /// What is known of a request without a look at the brick; nil if it is executed.
  func foregone(_ position: Int) -> Outcome? {
    let item = plan.items[position]
    if item.request.request.fop == .ipc { return .skipped(.changesNothing) }
    if let remover = item.remover {
      return .skipped(.objectRemoved(by: plan.items[remover].request.id))
    }
    if let refusal = item.refusal {
      guard item.survivors.isEmpty else { return nil }
      return refusal.source == nil ? Outcome(refusal) : .failed(refusal)
    }
    if item.survivors.isEmpty, !choice.contains(position) {
      guard let later = item.lastToucher else { return .skipped(.changesNothing) }
      return .skipped(.overlapped(by: plan.items[later].request.id))
    }
    return nil
  }

  /// Does what there is to do of the requests from `start` on that can be executed at once, and
  /// tells what became of each. If one fails and `stopsAtFailure`, those behind it that were not
  /// begun are left out.
  func outcomes(
    from start: Int, below end: Int, stopsAtFailure: Bool
  ) -> (below: Int, outcomes: [(position: Int, outcome: Outcome)]) {
    // What limits the rate, and what notes changes, counts on one request at a time.
    guard brick.threadCount > 1, throttle == nil, !isDryRun else {
      return (start + 1, [(start, outcome(of: start))])
    }
    var window = ReplayWindow(from: start, below: end, of: plan)
    if !isIndependent(window) { window.takeInOrder() }
    let found = Mutex<[Int: Outcome]>([:])
    let failure = Mutex<Int?>(nil)
    sideBySide(window.chains, threads: brick.threadCount) { chain in
      for position in chain {
        if let first = failure.withLock({ $0 }), first < position { return }
        let outcome = outcome(of: position)
        found.withLock { $0[position] = outcome }
        guard case .failed = outcome, stopsAtFailure else { continue }
        failure.withLock { $0 = min($0 ?? position, position) }
      }
    }
    let outcomes = found.withLock { $0 }
    return (
      window.range.upperBound,
      window.range.compactMap { position in outcomes[position].map { (position, $0) } }
    )
  }

  /// Whether no name at which an object is to be made leads to another, which a create would cut
  /// to nothing.
  private func isIndependent(_ window: ReplayWindow) -> Bool {
    let others = Atomic(false)
    sideBySide(window.made, threads: brick.threadCount) { name, gfid in
      guard let entry = try? brick.entry(name), entry.gfid != gfid else { return }
      others.store(true, ordering: .relaxed)
    }
    return !others.load(ordering: .relaxed)
  }

  /// Does what there is to do of a request, and tells what became of it.
  func outcome(of position: Int) -> Outcome {
    if isDryRun { changes = [] }
    if let foregone = foregone(position) { return foregone }
    let item = plan.items[position]
    let outcome = execute(item, position)
    // An error on the way leaves what was done before it, as on the brick that journaled it.
    guard let refusal = item.refusal else { return outcome }
    if case .failed = outcome { return outcome }
    return refusal.source == nil ? Outcome(refusal) : .failed(refusal)
  }

  /// Does what is still wanted of a request, unless the brick holds it by now.
  private func execute(_ item: ReplayPlan.Item, _ position: Int) -> Outcome {
    do throws(BrickError) {
      // Looked at again, since requests before this one have changed the brick.
      if !choice.isNeeded(position), try comparison.holdsAll(item.survivors) {
        return .alreadyApplied
      }
      if isDryRun { changes = try comparison.changes(item.survivors) }
      var refusal: BrickError?
      do throws(BrickError) {
        try apply(item)
      } catch {
        refusal = error
      }
      if let refusal, item.refusal == nil, try !isHalfMade(item, refusal) {
        return Outcome(refusal)
      }
      // Owners first, since chown can change the mode.
      var look = EntityComparison.Look()
      for entity in item.survivors where entity.isOwner { try settle(entity, &look) }
      for entity in item.survivors where !entity.isOwner { try settle(entity, &look) }
      return isDryRun ? .wouldApply : .applied
    } catch {
      return Outcome(error)
    }
  }

  /// Whether a request that makes an object finds that very object there: made by a replay that
  /// was killed before the object had all its attributes. What it lacks is settled.
  private func isHalfMade(
    _ item: ReplayPlan.Item, _ refusal: BrickError
  ) throws(BrickError) -> Bool {
    let request = item.request.request
    guard refusal.errno == EEXIST, let gfid = request.requestedGFID, gfid != .null,
      let loc = request.loc(.loc), let name = loc.name,
      try brick.entry(EntryName(parent: loc.parent, name: name))?.gfid == gfid
    else { return false }
    return try comparison.holds(.object(gfid))
  }

  /// Applies a request to the brick; of a write, only what no later request writes over.
  private func apply(_ item: ReplayPlan.Item) throws(BrickError) {
    let request = item.request.request
    guard request.fop == .writev, let payload = item.request.payload, item.refusal == nil else {
      return try FopSemantics.apply(request, payload: item.request.payload, to: brick)
    }
    let start = request.integer(.offset) ?? 0
    for case .data(let gfid, let range) in item.survivors {
      try write(payload, from: start, range, to: gfid)
    }
  }

  /// Writes a range of a file from a payload that begins at `start`, no faster than is allowed.
  private func write(
    _ payload: Payload, from start: Int64, _ range: Range<Int64>, to gfid: GFID
  ) throws(BrickError) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let left = Int(range.upperBound - offset)
      let count = throttle == nil ? left : min(left, Self.partByteCount)
      throttle?.wait(for: count)
      let part = payload.slice(from: Int(offset - start), count: count)
      try brick.write(part, to: gfid, at: Int(offset))
      written.withLock { $0 += Int64(count) }
      offset += Int64(count)
    }
  }

  /// Brings an attribute to what the fold says where the fop alone did not: its result can
  /// depend on requests that were left out, as chown's does on the mode before.
  private func settle(
    _ entity: Entity, _ look: inout EntityComparison.Look
  ) throws(BrickError) {
    let gfid = entity.gfid
    guard let object = plan.model.objects[gfid] else { return }
    switch entity {
    case .object, .name, .data: return
    case .size, .mode, .uid, .gid, .atime, .mtime, .xattr: break
    }
    guard try !comparison.holds(entity, &look) else { return }
    look = EntityComparison.Look()
    switch entity {
    case .size: if let size = object.size?.value { try brick.truncate(gfid, to: size) }
    case .mode: if let mode = object.mode?.value { try brick.setMode(gfid, mode) }
    case .uid: try brick.setOwner(gfid, uid: object.uid?.value, gid: nil)
    case .gid: try brick.setOwner(gfid, uid: nil, gid: object.gid?.value)
    case .atime: try brick.setTimes(gfid, atime: object.atime?.value, mtime: nil)
    case .mtime: try brick.setTimes(gfid, atime: nil, mtime: object.mtime?.value)
    case .xattr(_, let key):
      if let value = object.xattrs[key]?.value {
        try brick.setXattr(gfid, key, value, .set)
      } else {
        try brick.removeXattr(gfid, key)
      }
    case .object, .name, .data: return
    }
  }
}

extension Entity {
  fileprivate var isOwner: Bool {
    switch self {
    case .uid, .gid: true
    default: false
    }
  }
}
