/// Replays a selection of requests, in the order given, onto a brick.
///
/// The selection is folded first. A request is executed if something that it was the last to
/// write is not on the brick, or if one that is executed needs it; one whose effects the brick
/// holds is left alone, so that a second replay changes nothing. What a killed replay has done
/// is found on the brick in the same way.
///
/// A class, since a run uses it up: its summary is that of one run.
public final class Replayer {
  public struct Options: Sendable {
    /// Changes nothing, and says what would be done.
    public var isDryRun: Bool
    /// Goes on behind a request that failed.
    public var keepsGoing: Bool
    /// How many bytes of payload are written in a second at most; nil for any number.
    public var byteCountPerSecond: Int?

    public init(
      isDryRun: Bool = false, keepsGoing: Bool = false, byteCountPerSecond: Int? = nil
    ) {
      self.isDryRun = isDryRun
      self.keepsGoing = keepsGoing
      self.byteCountPerSecond = byteCountPerSecond
    }
  }

  /// A brick that a replay works on.
  public struct Target {
    let brick: any BrickStore
    /// Further ways to the same brick, each of which may be used while the others are.
    let twins: [any BrickStore]
    let record: any ResultsRecord
    /// What is flushed while the brick is worked on; nil where it is flushed in between.
    let aside: Descriptor?
    /// As the user named it, for messages.
    let path: String

    /// A brick on disk, which keeps its record itself.
    public init(_ brick: NativeBrick) {
      self.init(
        brick, twins: brick.makeTwins(), record: brick, path: brick.path,
        aside: brick.flushedAside)
    }

    public init(_ brick: any BrickStore, record: any ResultsRecord, path: String) {
      self.init(brick, twins: [], record: record, path: path, aside: nil)
    }

    private init(
      _ brick: any BrickStore, twins: [any BrickStore], record: any ResultsRecord, path: String,
      aside: Descriptor?
    ) {
      self.brick = brick
      self.twins = twins
      self.record = record
      self.aside = aside
      self.path = path
    }
  }

  /// What was found on the brick before anything was changed; nil from then on.
  private var snapshot: BrickSnapshot?
  /// Where the brick's changes become durable; nil where nothing is changed.
  private let target: Target?
  private let options: Options
  private let plan: ReplayPlan
  private let choice: ReplayPlan.Choice
  /// One for the brick itself, and one for each of its twins.
  private let executions: [ReplayExecution]
  private var execution: ReplayExecution { executions[0] }
  let crew: ReplayCrew
  private var summary: ReplaySummary
  /// The flush of a batch that runs beside the next one.
  private var flushing: (AsideFlush, [ReplayStep])?
  /// What is kept beside the replay; set before it runs.
  var keepers: [any ReplayKeeper] = []
  /// A batch that keepers are told of holds no more requests, and hardly more bytes.
  var batchCountMax = 1 << 16
  var batchByteCountMax = 64 << 20

  /// Bytes of payload that were written so far.
  public var byteCount: Int64 { summary.byteCount }

  /// What the request that is being reported would change; in a dry run only.
  public var changes: [EntityChange] { execution.changes }

  /// Folds the requests and looks at what they touch on the brick, and changes nothing yet, but
  /// for what a killed replay left half-done.
  public convenience init(
    _ requests: [FoldRequest], onto brick: NativeBrick, _ options: Options = Options()
  ) throws(Failure) {
    if !options.isDryRun {
      do throws(BrickError) { _ = try brick.openScratch() } catch {
        throw Failure(error, path: brick.path)
      }
    }
    try self.init(requests, onto: Target(brick), options)
  }

  /// Folds the requests and looks at what they touch on the brick, and changes nothing yet.
  public convenience init(
    _ requests: [FoldRequest], onto target: Target, _ options: Options = Options()
  ) throws(Failure) {
    let results = AbsoluteResults(text: try target.record.recorded())
    do throws(BrickError) {
      if options.isDryRun {
        try self.init(
          requests, store: Self.overlay(on: target.brick), target: nil, options, results)
      } else {
        try self.init(requests, store: target.brick, target: target, options, results)
      }
    } catch {
      throw Failure(error, path: target.path)
    }
  }

  /// A dry run onto a brick that is yet to be made.
  public convenience init(
    dryRunOntoEmptyBrick requests: [FoldRequest], keepsGoing: Bool = false
  ) throws(Failure) {
    do throws(BrickError) {
      try self.init(
        requests, store: Self.overlay(on: nil), target: nil,
        Options(isDryRun: true, keepsGoing: keepsGoing), AbsoluteResults())
    } catch {
      throw Failure(error, path: "empty brick")
    }
  }

  /// A brick in memory on top of another, on which a dry run does all that is to be done.
  private static func overlay(on brick: (any ReadableBrick)?) -> ModelBrick {
    let overlay = ModelBrick(base: brick)
    // What it makes must be told from what the base has; whose it is does not matter here.
    overlay.writer = RequestID(term: Term(0), index: 0)
    return overlay
  }

  private init(
    _ requests: [FoldRequest], store: some BrickStore, target: Target?, _ options: Options,
    _ results: AbsoluteResults
  ) throws(BrickError) {
    self.target = target
    self.options = options
    if store.threadCount > 1 {
      store.expect(requests.reduce(into: []) { $0.formUnion($1.request.touched.objects) })
    }
    let snapshot = BrickSnapshot(store)
    let plan = try ReplayPlan(requests, brick: snapshot, results: results)
    let choice = try plan.choice(on: snapshot)
    self.plan = plan
    self.choice = choice
    self.snapshot = snapshot
    let throttle = options.byteCountPerSecond.map { Throttle(byteCountPerSecond: $0) }
    // At a rate that one keeps there is nothing to be gained by more.
    let twins = throttle == nil ? target?.twins ?? [] : []
    executions = ([store] + twins).map { store in
      ReplayExecution(plan, choice, on: store, isDryRun: options.isDryRun, throttle: throttle)
    }
    crew = ReplayCrew(executions)
    summary = ReplaySummary()
  }

  /// Executes what there is to do, reports each request, and flushes the brick at the end.
  ///
  /// Unless it keeps going, all is tried in memory first: where a request would fail, those that
  /// would are reported, and nothing is touched.
  public func run(
    _ report: (FoldRequest, Outcome) throws(Failure) -> Void
  ) throws(Failure) -> ReplaySummary {
    let failing = foreseenFailures()
    snapshot = nil
    guard failing.isEmpty else {
      for (position, outcome) in failing {
        try tell(plan.items[position].original, outcome, report)
      }
      summary.stopped = true
      return summary
    }
    if let target, !plan.newResults.isEmpty {
      try target.record.record(ByteView(plan.newResults.flatMap(\.line)))
    }
    var steps = plan.items.indices.map { position in
      ReplayStep(item: plan.items[position], foregone: execution.foregone(position))
    }
    var start = 0
    var before: Executed?
    while start < steps.count, !summary.stopped {
      let end = batchEnd(start, steps)
      try run(start..<end, &steps, &before, report)
      start = end
    }
    if let done = before { try conclude(done, &steps, report) }
    // One that failed when all had their turn has stopped nothing.
    summary.stopped = summary.stopped && steps.contains { $0.outcome == nil }
    try awaitFlush()
    try flush()
    let isWhole = !summary.stopped && summary.count("failed") == 0
    for keeper in keepers { try keeper.finish(steps, isWhole: isWhole) }
    return summary
  }

  /// A batch that was executed on several lanes, and that keepers and the user are to hear of.
  private struct Executed {
    var batch: Range<Int>
    var outcomes: [Int: Outcome]
    var byteCount: Int64
  }

  /// Executes a batch: on one lane, or on several while the one before is reported.
  private func run(
    _ batch: Range<Int>, _ steps: inout [ReplayStep], _ before: inout Executed?,
    _ report: (FoldRequest, Outcome) throws(Failure) -> Void
  ) throws(Failure) {
    if isKept(batch, steps) {
      for keeper in keepers { try keeper.begin([ReplayStep](steps[batch])) }
    }
    let executed = batch.filter { steps[$0].foregone == nil }
    let running = crew.begin(plan.items, executed, keepsGoing: options.keepsGoing)
    do throws(Failure) {
      if let done = before { try conclude(done, &steps, report) }
      before = nil
    } catch {
      _ = running?.wait()
      throw error
    }
    if let running {
      let outcomes = running.wait()
      before = Executed(batch: batch, outcomes: outcomes, byteCount: executedByteCount)
      summary.stopped = !options.keepsGoing && outcomes.values.contains(where: \.isFailed)
    } else {
      try executeInOrder(batch, &steps, report)
      try conclude(batch, steps)
    }
  }

  private func isKept(_ batch: Range<Int>, _ steps: [ReplayStep]) -> Bool {
    !keepers.isEmpty && steps[batch].contains { $0.foregone == nil }
  }

  private var executedByteCount: Int64 { executions.reduce(0) { $0 + $1.byteCount } }

  /// Executes a batch on one lane, and reports each request at once.
  private func executeInOrder(
    _ batch: Range<Int>, _ steps: inout [ReplayStep],
    _ report: (FoldRequest, Outcome) throws(Failure) -> Void
  ) throws(Failure) {
    var start = batch.lowerBound
    while start < batch.upperBound, !summary.stopped {
      let (end, outcomes) = execution.outcomes(
        from: start, below: batch.upperBound, stopsAtFailure: !options.keepsGoing)
      summary.stopped = !options.keepsGoing && outcomes.contains { $0.outcome.isFailed }
      summary.byteCount = executedByteCount
      for (position, outcome) in outcomes {
        steps[position].outcome = outcome
        try tell(steps[position].item.original, outcome, report)
      }
      start = end
    }
  }

  /// Reports what several lanes have executed, each request in its order.
  private func conclude(
    _ done: Executed, _ steps: inout [ReplayStep],
    _ report: (FoldRequest, Outcome) throws(Failure) -> Void
  ) throws(Failure) {
    summary.byteCount = done.byteCount
    var hasFailed = false
    for position in done.batch {
      // Those that had no turn stand behind one that failed.
      guard
        let outcome = done.outcomes[position]
          ?? (hasFailed ? nil : steps[position].foregone)
      else { continue }
      steps[position].outcome = outcome
      hasFailed = hasFailed || !options.keepsGoing && outcome.isFailed
      try tell(steps[position].item.original, outcome, report)
    }
    try conclude(done.batch, steps)
  }

  /// Tells keepers of an executed batch, and begins to flush it: beside the next one, if it can be.
  private func conclude(_ batch: Range<Int>, _ steps: [ReplayStep]) throws(Failure) {
    let isKept = isKept(batch, steps)
    let done = isKept ? [ReplayStep](steps[batch]) : []
    for keeper in keepers where isKept { try keeper.touched(done) }
    try awaitFlush()
    if isKept || target?.aside != nil { try beginFlush(done) }
  }

  private func tell(
    _ request: FoldRequest, _ outcome: Outcome,
    _ report: (FoldRequest, Outcome) throws(Failure) -> Void
  ) throws(Failure) {
    summary.requests += 1
    summary.counts[outcome.word, default: 0] += 1
    try report(request, outcome)
  }

  /// Where the batch that begins at a position ends.
  private func batchEnd(_ start: Int, _ steps: [ReplayStep]) -> Int {
    var end = start
    var byteCount = 0
    while end < steps.count, end - start < batchCountMax, byteCount < batchByteCountMax {
      if steps[end].foregone == nil { byteCount += steps[end].item.request.payload?.count ?? 0 }
      end += 1
    }
    return end
  }

  /// Tries all requests on a brick in memory on top of the real one, and tells which would fail.
  private func foreseenFailures() -> [(position: Int, outcome: Outcome)] {
    guard target != nil, let snapshot, !options.keepsGoing, !choice.isEmpty else { return [] }
    let trial = ReplayExecution(plan, choice, on: Self.overlay(on: snapshot), isDryRun: false)
    var found: [(position: Int, outcome: Outcome)] = []
    for position in plan.items.indices {
      var outcome = trial.outcome(of: position)
      if outcome == .applied, let error = plan.items[position].request.payload?.shortage() {
        outcome = .failed(error)
      }
      guard case .failed(let error) = outcome else { continue }
      found.append((position, outcome))
      // Behind trouble with the disk the rest would only fail for want of this one.
      if error.errno != ESTALE { break }
    }
    return found
  }

  /// Begins to flush what was done so far; `done` is what keepers are told of then.
  private func beginFlush(_ done: [ReplayStep]) throws(Failure) {
    guard let target else { return }
    if let aside = target.aside, let running = AsideFlush(aside) {
      flushing = (running, done)
    } else {
      try flush()
      for keeper in keepers { try keeper.flushed(done) }
    }
  }

  /// Waits for the flush that was begun, if any, and tells keepers of it.
  private func awaitFlush() throws(Failure) {
    guard let (running, done) = flushing, let target else { return }
    flushing = nil
    do throws(BrickError) { try running.wait() } catch { throw Failure(error, path: target.path) }
    for keeper in keepers where !done.isEmpty { try keeper.flushed(done) }
  }

  private func flush() throws(Failure) {
    guard let target else { return }
    do throws(BrickError) { try target.brick.synchronize() } catch {
      throw Failure(error, path: target.path)
    }
  }
}

extension Payload {
  /// Why its source cannot have all of it, as far as that can be told without reading it.
  fileprivate func shortage() -> BrickError? {
    do throws(Failure) {
      let there = try source.byteCount()
      guard offset >= 0, count >= 0, count <= there - offset else {
        throw shortage(left: max(0, there - offset))
      }
      return nil
    } catch {
      return BrickError(EIO, "read payload", source: error)
    }
  }
}
