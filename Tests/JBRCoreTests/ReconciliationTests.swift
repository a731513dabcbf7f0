import Histories
import Testing

@testable import JBRCore

/// A killed application.
struct Killed: Error {}

/// One history with what the toolkit makes of it.
struct Reconciliation {
  let history: RandomHistory
  let decision: Decision
  let plan: Plan
  let before: [any BrickStore]
  let wanted: String
  let timed: Set<GFID>

  /// `given`: the replicas whose bricks are given; the others come with journals alone.
  init(
    _ history: RandomHistory, bricks: [any BrickStore], given: Set<Int> = [0, 1, 2],
    application: @escaping (RequestRow, Int) -> RequestCell.Application = { row, column in
      row.cells[column].application
    }
  ) throws {
    self.history = history
    decision = try history.decision()
    before = bricks
    let table = decision.inputs.table
    plan = try Plan(
      decision,
      replicas: bricks.enumerated().map { column, brick in
        PlanReplica(
          name: ReplicaName(name: "r\(column)", journal: "r\(column)"),
          brick: given.contains(column) ? brick : table.fold(of: column),
          hasBrick: given.contains(column))
      }, application: application)
    timed = Set(plan.wanted.model.objects.filter { $0.value.mtime != nil }.keys)
    wanted = try treeText(history.wanted(decision), timed: timed)
  }

  init(_ history: RandomHistory) throws {
    try self.init(history, bricks: (0...2).map { history.model(replica: $0) })
  }

  /// Copies of the bricks as they were before.
  func copies() -> [any BrickStore] {
    before.map { ($0 as? ModelBrick)?.copy() ?? $0 }
  }

  /// Applies steps; killed behind some number of them if one is given.
  func apply(
    _ steps: [Step], to bricks: [any BrickStore], _ progress: MemoryProgress = MemoryProgress(),
    killedBehind count: Int? = nil, groupCount: Int = 3
  ) throws {
    for brick in bricks {
      // Who wrote what does not matter any more, but a brick's own objects are known to it.
      (brick as? ModelBrick)?.writer = RequestID(term: Term(99), index: 1)
    }
    let named = Dictionary(
      uniqueKeysWithValues: bricks.enumerated().map { ("r\($0.offset)", $0.element) })
    var applier = Applier(
      bricks: named, progress: progress, planID: "test", source: history.source)
    applier.groupCount = groupCount
    if let first = try applier.problems(in: steps).first { throw first }
    var done = 0
    try applier.apply(steps) { _, _ throws(Failure) in
      done += 1
      if done == count { throw Failure(.ioError, "killed") }
    }
  }

  func trees(_ bricks: [any BrickStore]) throws -> [String] {
    try bricks.map { try treeText($0, timed: timed) }
  }

  func replanned(_ bricks: [any BrickStore]) throws -> [Step] {
    try Reconciliation(history, bricks: bricks).plan.steps
  }

  var text: String {
    let requests = decision.requests.map { decided in
      let marks = decided.row.cells.map { $0.state.rawValue }
      let request = decision.inputs.table.record(of: decided.row)?.record.request
      let refusal = plan.wanted.fold.refusals[decided.row.id].map { errorName($0.errno) } ?? ""
      return
        "\(decided.row.id) \(decided.reason) \(marks) \(request.map(describe) ?? "") \(refusal)"
    }
    let steps = plan.steps.map {
      "\($0.number) \($0.replica) \($0.action) \($0.request?.description ?? "")"
    }
    return (requests + steps).joined(separator: "\n")
  }
}

/// The first lines in which two trees differ.
func firstDifferences(_ left: String, _ right: String) -> String {
  let left = Set(left.split(separator: "\n"))
  let right = Set(right.split(separator: "\n"))
  let lost = left.subtracting(right).sorted().prefix(6).map { "- " + $0 }
  let extra = right.subtracting(left).sorted().prefix(6).map { "+ " + $0 }
  return (lost + extra).joined(separator: "\n")
}

@Suite("Reconciling random histories")
struct ReconciliationTests {
  static let kinds: [HistoryOptions] = [
    HistoryOptions(),
    HistoryOptions(requests: 60, void: 0, away: 10),
    HistoryOptions(requests: 40, void: 30, away: 0),
    HistoryOptions(requests: 40, void: 25, lostRollbacks: 60),
    HistoryOptions(requests: 12, void: 40, lostRollbacks: 30, away: 20),
    HistoryOptions(requests: 120, void: 8, lostRollbacks: 10, away: 2),
  ]

  /// A history of each kind by turns; nil where a follower holds nothing that another one holds
  /// too, so that nobody can tell which reign its records belong to: that is refused.
  static func history(_ seed: UInt64) -> RandomHistory? {
    let history = RandomHistory(seed: seed, kinds[Int(seed % UInt64(kinds.count))])
    return history.isConnected ? history : nil
  }

  @Test(arguments: seeds(240))
  func givesEveryBrickTheOutcomeOfTheForwardRequests(seed: UInt64) throws {
    guard let history = Self.history(seed) else { return }
    let made = try Reconciliation(history)
    #expect(made.plan.findings.isEmpty, "seed \(seed): \(made.plan.findings)\n\(made.text)")
    let bricks = made.copies()
    do { try made.apply(made.plan.steps, to: bricks) } catch {
      Issue.record("seed \(seed): \(error)\n\(made.text)")
      return
    }
    for (replica, tree) in try made.trees(bricks).enumerated() where tree != made.wanted {
      Issue.record(
        "seed \(seed) r\(replica):\n\(firstDifferences(made.wanted, tree))\n\(made.text)")
      return
    }
    #expect(try made.replanned(bricks) == [], "seed \(seed)")
  }

  @Test(arguments: seeds(60), [1, 3, 64])
  func anApplicationKilledBehindAnyStepFinishesWhenItIsResumed(
    seed: UInt64, groupCount: Int
  ) throws {
    guard let history = Self.history(seed) else { return }
    let made = try Reconciliation(history)
    for count in 0..<made.plan.steps.count {
      let bricks = made.copies()
      let progress = MemoryProgress()
      if count == 0 {
        // Announced, and killed before the first step.
        progress.start(upTo: min(groupCount, made.plan.steps.count))
      } else {
        #expect(throws: Failure.self) {
          try made.apply(
            made.plan.steps, to: bricks, progress, killedBehind: count, groupCount: groupCount)
        }
      }
      #expect(!progress.isFinished)
      do {
        try made.apply(made.plan.steps, to: bricks, progress, groupCount: groupCount)
      } catch {
        Issue.record("seed \(seed) behind step \(count): \(error)\n\(made.text)")
        return
      }
      #expect(progress.isFinished)
      for (replica, tree) in try made.trees(bricks).enumerated() where tree != made.wanted {
        Issue.record(
          """
          seed \(seed) behind step \(count), r\(replica):
          \(firstDifferences(made.wanted, tree))
          \(made.text)
          """)
        return
      }
    }
  }

  @Test(arguments: seeds(60))
  func theSameInputsGiveTheSamePlanAndAnotherOrderTheSameOutcome(seed: UInt64) throws {
    guard let history = Self.history(seed) else { return }
    let made = try Reconciliation(history)
    let again = try Reconciliation(history)
    #expect(try planText(made.plan) == planText(again.plan), "seed \(seed)")
    let other = try history.decision([2, 0, 1])
    #expect(other.requests.map(\.row.id) == made.decision.requests.map(\.row.id), "seed \(seed)")
    #expect(other.requests.map(\.reason) == made.decision.requests.map(\.reason), "seed \(seed)")
  }

  @Test(arguments: seeds(60))
  func theComparisonOfTreesSeesWhatTheTestsSee(seed: UInt64) throws {
    guard let history = Self.history(seed) else { return }
    let made = try Reconciliation(history)
    func areEqual(_ bricks: [any BrickStore]) throws -> Bool {
      var comparison = TreeComparison(bricks) { made.timed.contains($0) }
      try comparison.run { _ in }
      return comparison.differenceCount == 0
    }
    let bricks = made.copies()
    let before = try made.trees(bricks)
    #expect(try areEqual(bricks) == (Set(before).count == 1), "seed \(seed)")
    try made.apply(made.plan.steps, to: bricks)
    #expect(try areEqual(bricks), "seed \(seed)")
  }
}

/// The lines of a plan.
func planText(_ plan: Plan) throws -> String {
  let sink = SharedSink()
  var writer = LineWriter(sink)
  try plan.write(to: &writer)
  try writer.flush()
  return String(decoding: sink.bytes, as: UTF8.self)
}
