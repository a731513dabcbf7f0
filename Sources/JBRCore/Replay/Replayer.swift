/// How many requests ended in which way, and how much was written.
public struct ReplaySummary: Equatable, Sendable {
  public var requests = 0
  /// By `Outcome.word`.
  public var counts: [String: Int] = [:]
  /// Payload bytes written to the brick; in a dry run, that would be.
  public var byteCount: Int64 = 0
  /// Whether it ended before the last request, because one failed.
  public var stopped = false

  public init() {}

  public func count(_ word: String) -> Int { counts[word] ?? 0 }

  /// Counts requests that were reported as skipped without being replayed.
  public mutating func add(skipped count: Int) {
    guard count > 0 else { return }
    requests += count
    counts["skipped", default: 0] += count
  }

  /// The tool's exit status.
  public var status: ExitStatus {
    if count("failed") > 0 { return .ioError }
    return count("refused") > 0 ? .found : .ok
  }
}

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
    let record: any ResultsRecord
    /// As the user named it, for messages.
    let path: String

    /// A brick on disk, which keeps its record itself.
    public init(_ brick: NativeBrick) { self.init(brick, record: brick, path: brick.path) }

    public init(_ brick: any BrickStore, record: any ResultsRecord, path: String) {
      self.brick = brick
      self.record = record
      self.path = path
    }
  }

  private let brick: any BrickStore
  /// Where the brick's changes become durable; nil where nothing is changed.
  private let target: Target?
  private let options: Options
  private let plan: ReplayPlan
  private let choice: ReplayPlan.Choice
  private let execution: ReplayExecution
  private var summary: ReplaySummary
  /// What is kept beside the replay; set before it runs.
  var keepers: [any ReplayKeeper] = []
  /// A batch that keepers are told of holds no more requests, and hardly more bytes.
  var batchCountMax = 1024
  var batchByteCountMax = 64 << 20

  /// Bytes of payload that were written so far.
  public var byteCount: Int64 { execution.byteCount }

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
  public convenience init(dryRunOntoEmptyBrick requests: [FoldRequest]) throws(Failure) {
    do throws(BrickError) {
      try self.init(
        requests, store: Self.overlay(on: nil), target: nil, Options(isDryRun: true),
        AbsoluteResults())
    } catch {
      throw Failure(error, path: "empty brick")
    }
  }

  /// A brick in memory on top of another, on which a dry run does all that is to be done.
  private static func overlay(on brick: (any BrickStore)?) -> ModelBrick {
    let overlay = ModelBrick(base: brick)
    // What it makes must be told from what the base has; whose it is does not matter here.
    overlay.writer = RequestID(term: Term(0), index: 0)
    return overlay
  }

  private init(
    _ requests: [FoldRequest], store: some BrickStore, target: Target?, _ options: Options,
    _ results: AbsoluteResults
  ) throws(BrickError) {
    brick = store
    self.target = target
    self.options = options
    if store.threadCount > 1 {
      store.expect(requests.reduce(into: []) { $0.formUnion($1.request.touched.objects) })
    }
    plan = try ReplayPlan(requests, brick: store, results: results)
    choice = try plan.choice(on: store)
    execution = ReplayExecution(
      plan, choice, on: store, isDryRun: options.isDryRun,
      throttle: options.byteCountPerSecond.map { Throttle(byteCountPerSecond: $0) })
    summary = ReplaySummary()
  }

  /// Executes what there is to do, reports each request, and flushes the brick at the end.
  ///
  /// Unless it keeps going, all is tried in memory first: where a request would fail, those that
  /// would are reported, and nothing is touched.
  public func run(
    _ report: (FoldRequest, Outcome) throws(Failure) -> Void
  ) throws(Failure) -> ReplaySummary {
    let failing = try foreseenFailures()
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
    while start < steps.count, !summary.stopped {
      let end = batchEnd(start, steps)
      try run(start..<end, &steps, report)
      start = end
    }
    try flush()
    let isWhole = !summary.stopped && summary.count("failed") == 0
    for keeper in keepers { try keeper.finish(steps, isWhole: isWhole) }
    return summary
  }

  /// Executes a batch, between what keepers do before and behind it.
  private func run(
    _ batch: Range<Int>, _ steps: inout [ReplayStep],
    _ report: (FoldRequest, Outcome) throws(Failure) -> Void
  ) throws(Failure) {
    let isKept = !keepers.isEmpty && steps[batch].contains { $0.foregone == nil }
    if isKept {
      for keeper in keepers { try keeper.begin([ReplayStep](steps[batch])) }
    }
    var start = batch.lowerBound
    while start < batch.upperBound, !summary.stopped {
      let (end, outcomes) = execution.outcomes(
        from: start, below: batch.upperBound, stopsAtFailure: !options.keepsGoing)
      let failed = outcomes.contains { if case .failed = $0.outcome { true } else { false } }
      let isWhole = outcomes.count == end - start && end == steps.count
      summary.stopped = failed && !options.keepsGoing && !isWhole
      for (position, outcome) in outcomes {
        steps[position].outcome = outcome
        try tell(steps[position].item.original, outcome, report)
      }
      start = end
    }
    guard isKept else { return }
    let done = [ReplayStep](steps[batch])
    for keeper in keepers { try keeper.touched(done) }
    try flush()
    for keeper in keepers { try keeper.flushed(done) }
  }

  private func tell(
    _ request: FoldRequest, _ outcome: Outcome,
    _ report: (FoldRequest, Outcome) throws(Failure) -> Void
  ) throws(Failure) {
    summary.requests += 1
    summary.counts[outcome.word, default: 0] += 1
    summary.byteCount = execution.byteCount
    try report(request, outcome)
  }

  /// Where the batch that begins at a position ends.
  private func batchEnd(_ start: Int, _ steps: [ReplayStep]) -> Int {
    guard !keepers.isEmpty else { return steps.count }
    var end = start
    var byteCount = 0
    while end < steps.count, end - start < batchCountMax, byteCount < batchByteCountMax {
      if steps[end].foregone == nil { byteCount += steps[end].item.request.payload?.count ?? 0 }
      end += 1
    }
    return end
  }

  /// Tries all requests on a brick in memory on top of the real one, and tells which would fail.
  private func foreseenFailures() throws(Failure) -> [(position: Int, outcome: Outcome)] {
    guard let target, !options.keepsGoing, !choice.isEmpty else { return [] }
    let trial = ReplayExecution(
      plan, choice, on: Self.overlay(on: target.brick), isDryRun: false)
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
        throw Failure(
          .damaged, "the payload needs \(count) bytes, and \(max(0, there - offset)) are left",
          path: source.path, at: .offset(offset))
      }
      return nil
    } catch {
      return BrickError(EIO, "read payload", source: error)
    }
  }
}
