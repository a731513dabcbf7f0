/// A plan that is about to be applied to its bricks: what must be checked first, and then done.
public final class Application {
  /// Where an application keeps what it needs to go on, and to be undone.
  public struct Places: Sendable {
    public var progress: String
    public var undo: String

    /// `undo`: where the user wants the undo files; nil for beside the plan.
    public init(plan: String, undo: String?) {
      progress = plan + ".progress"
      self.undo = undo ?? plan + ".undo"
    }
  }

  public let plan: PlanFile
  private let places: Places
  private let progress: ProgressFile
  private var locks: [any AnyObject & Sendable] = []
  private let hosts: Hosts
  private var bricks: [String: any BrickStore] = [:]
  /// Whether `check` has met a damaged journal.
  public private(set) var sawDamage = false

  public init(_ plan: PlanFile, places: Places, through hosts: Hosts) {
    self.plan = plan
    self.hosts = hosts
    self.places = places
    progress = ProgressFile(path: places.progress, planID: plan.id)
  }

  /// Phase 0: checks everything that can be checked before a brick is touched, and keeps the
  /// bricks locked.
  ///
  /// - Returns: all that stands in the way; empty if the plan can be applied.
  public func check() throws(Failure) -> [Failure] {
    var problems = takeBricks()
    let started = try progress.started()
    var states: [Failure] = []
    do throws(Failure) {
      states = try plan.inputProblems(
        bricks: started == 0 ? bricks : [:], through: hosts, sawDamage: &sawDamage)
    } catch { problems.append(error) }
    do throws(Failure) { try plan.requireSuppliers(bricks) } catch { problems.append(error) }
    // All that follows asks the bricks.
    guard Set(plan.steps.map(\.replica)).isSubset(of: Set(bricks.keys)) else {
      return problems + states
    }
    let applier = Applier(bricks: bricks, progress: progress, planID: plan.id)
    let moved = try applier.problems(in: plan.steps)
    // A step tells more exactly what has moved.
    problems += states.filter { state in
      state.field != PlanFile.stateField || !moved.contains { $0.path == state.path }
    }
    problems += moved
    if started < .max {
      do throws(Failure) { problems += try plan.unwritableJournals(through: hosts) } catch {
        problems.append(error)
      }
      problems += sourceProblems()
      problems += writingProblems(started: started)
    }
    return problems
  }

  /// Phase 1: does the steps.
  ///
  /// For jbr journals the decisions must be recorded at every participant before this, and what
  /// finishes a participant (ids and marks) is written behind it (`JournalPhase`).
  ///
  /// `permit`: throws where a replica's brick may not be touched any more.
  public func apply(
    byteCountPerSecond: Int?, permit: @escaping (String) throws(Failure) -> Void,
    _ report: (Step, Bool) throws(Failure) -> Void
  ) throws(Failure) {
    if bricks.values.contains(where: { $0 is ModelBrick }) {
      // Until now an empty brick stood in for a directory that becomes one.
      bricks = try plan.openBricks(creating: true, through: hosts)
    }
    var applier = Applier(
      bricks: bricks, progress: progress, planID: plan.id, undo: try undo(),
      byteCountPerSecond: byteCountPerSecond, source: source)
    applier.permit = permit
    try applier.apply(plan.steps, report)
  }

  /// The bytes of a journal's file, which may be set aside as evidence before the first step.
  private var source: (String) -> any ByteSource {
    { [hosts, plan] path in
      (try? RemotePath(parsing: path)) ?? nil == nil
        ? plan.source(path) : hosts.journalFile(path)
    }
  }

  /// Whether steps have begun and are not all done.
  public func isUnfinished() throws(Failure) -> Bool {
    (1..<Int.max).contains(try progress.started())
  }

  /// Whether all steps are done.
  public func isFinished() throws(Failure) -> Bool { try progress.started() == .max }

  // MARK: Bricks

  /// Locks and opens all bricks; what kept it from that.
  private func takeBricks() -> [Failure] {
    var problems: [Failure] = []
    for replica in plan.replicas {
      var one = plan
      one.replicas = [replica]
      do throws(Failure) {
        locks += try one.lockBricks(through: hosts)
        bricks.merge(try one.openBricks(creating: false, through: hosts)) { _, new in new }
      } catch {
        problems.append(error)
      }
    }
    for name in Set(plan.steps.map(\.replica)).sorted() {
      guard plan.replicas.first(where: { $0.name == name })?.brick == nil else { continue }
      problems.append(
        Failure(.usage, "no brick is given, and the plan changes it", path: name))
    }
    return problems
  }

  /// The changed bricks, as what can be undone.
  private func targets() throws(Failure) -> [String: UndoTarget] {
    var targets: [String: UndoTarget] = [:]
    for name in Set(plan.steps.map(\.replica)) {
      guard let brick = bricks[name] as? any UndoableBrick else {
        throw Failure(.refused, "nothing that is done to this brick could be undone", path: name)
      }
      let path = plan.replicas.first { $0.name == name }?.brick ?? name
      targets[name] = try UndoTarget(
        brick, at: path, of: brick as? NativeBrick, path: path)
    }
    return targets
  }

  private func undo() throws(Failure) -> PlanUndo {
    PlanUndo(directory: places.undo, planID: plan.id, bricks: try targets())
  }

  // MARK: Checks

  /// The files and bricks that supply bytes and cannot.
  private func sourceProblems() -> [Failure] {
    var problems: [Failure] = []
    var ends: [String: Int] = [:]
    for step in plan.steps {
      guard case .write(let gfid, let range, let source) = step.action else { continue }
      let count = Int(range.upperBound - range.lowerBound)
      switch source {
      case .journal(_, let file, let offset):
        let (end, overflow) = offset.addingReportingOverflow(count)
        ends[file] = max(ends[file] ?? 0, offset < 0 || overflow ? .max : end)
      case .brick(let replica):
        if let problem = problem(of: step, gfid, range.lowerBound, count, replica) {
          problems.append(problem)
        }
      }
    }
    for (file, end) in ends.sorted(by: { $0.key < $1.key }) {
      do throws(Failure) {
        let there = try source(file).byteCount()
        guard there < end else { continue }
        problems.append(
          Failure(
            .damaged, "ends before what steps take from it: bring the journal back",
            path: file, at: .offset(there)))
      } catch {
        problems.append(error)
      }
    }
    return problems
  }

  private func problem(
    of step: Step, _ gfid: GFID, _ offset: Int64, _ count: Int, _ replica: String
  ) -> Failure? {
    guard let brick = bricks[replica] else {
      return Failure(
        .cannotOpen, "step \(step.number) copies from this replica's brick, which is not here",
        path: replica)
    }
    do throws(BrickError) {
      let found = try brick.contentDigest(gfid, offset..<offset + Int64(count))
      guard let digest = step.sourceDigest, found != digest else { return nil }
      return Failure(
        .tryAgain, "what step \(step.number) copies from here has changed: plan again",
        path: replica)
    } catch {
      return Failure(brick: error, replica: replica)
    }
  }

  /// Whether bricks, undo files and progress can be written, and have room.
  private func writingProblems(started: Int) -> [Failure] {
    var problems: [Failure] = []
    var ledger = RoomLedger()
    let own = directoryPath(of: places.undo)
    var ownRooms: [(String, FileSystemRoom)] = []
    for path in Set([own, directoryPath(of: places.progress)]).sorted() {
      do throws(SystemError) {
        let directory = try Descriptor(directory: path)
        try directory.tryMakingFile { _ in }
        ownRooms.append((path, try directory.room()))
      } catch {
        problems.append(
          Failure(
            .cannotCreate,
            "cannot keep progress and undo files here: \(errorText(error.errno)): put the plan, and what --undo names, where one may write",
            path: path, errno: error.errno))
      }
    }
    // Of a directory that becomes a brick first there is nothing yet that could be kept.
    if !bricks.values.contains(where: { $0 is ModelBrick }) {
      do throws(Failure) {
        if let problem = try undo().obstacle(isResumed: started > 0) { problems.append(problem) }
      } catch { problems.append(error) }
    }
    let left = plan.steps.filter { $0.number > started }
    for replica in plan.replicas {
      let steps = left.filter { $0.replica == replica.name }
      guard !steps.isEmpty, let brick = bricks[replica.name] as? any CheckableBrick else {
        continue
      }
      do throws(BrickError) { try brick.tryToChange() } catch {
        problems.append(Failure(unwritable: replica.brick ?? replica.name, error))
        continue
      }
      do throws(BrickError) {
        let room = try brick.room()
        let needs = try ApplyNeeds(steps, on: brick, blockByteCount: room.blockByteCount)
        ledger.add(needs, room, path: replica.brick ?? replica.name)
        let kept = try ApplyNeeds(keeping: steps, planID: plan.id, on: brick)
        for (path, room) in ownRooms where path == own { ledger.add(kept, room, path: places.undo) }
      } catch {
        problems.append(Failure(brick: error, replica: replica.brick ?? replica.name))
      }
    }
    return problems + ledger.shortages
  }

  // MARK: Undoing

  /// Takes back all that was done, as far as it was done; killed anywhere and run again, it
  /// finishes. Then the plan counts as one of which nothing was done.
  ///
  /// `onTouch`: told before anything is touched; `report`: of each object; `finished`: of each brick
  ///   with its undo file.
  /// - Returns: what stands in the way; empty if all was taken back.
  public func undo(
    isUnchecked: Bool, isDryRun: Bool, onTouch: () -> Void,
    _ report: (String, GFID, UndoRun.Outcome) throws(Failure) -> Void,
    finished: (String, UndoRun.Summary) throws(Failure) -> Void
  ) throws(Failure) -> [Failure] {
    let problems = try takeBricks() + plan.usageProblems(through: hosts)
    guard problems.isEmpty else { return problems }
    for (replica, path, run) in try undo().runs(isUnchecked: isUnchecked) {
      var summary = UndoRun.Summary(brick: run.brickPath)
      if isDryRun {
        for (gfid, outcome) in try run.foreseen() {
          summary.objects += 1
          try report(replica, gfid, outcome)
        }
      } else {
        onTouch()
        summary = try run.run { gfid, outcome throws(Failure) in
          try report(replica, gfid, outcome)
        }
      }
      try finished(path, summary)
    }
    if !isDryRun { try progress.start(upTo: 0) }
    return []
  }

  /// Removes the undo files of a plan that was applied to its end; whether there were any.
  public func forgetUndo() throws(Failure) -> Bool {
    guard try isFinished(), try pathKind(places.undo) == .directory else { return false }
    bricks = try plan.openBricks(creating: false, through: hosts)
    try undo().remove()
    return true
  }
}

extension Failure {
  /// That nothing can be written to a brick.
  fileprivate init(unwritable path: String, _ error: BrickError) {
    self.init(brick: error, replica: path)
    guard error.source == nil else { return }
    message = "cannot be written (\(error.call)): \(errorText(error.errno)): nothing was touched"
  }
}
