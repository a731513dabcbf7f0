import GlusterTesting
import Histories
import Synchronization
import Testing

@testable import JBRCore

/// Requests that are executed side by side.
@Suite struct ReplayWindowTests {
  private func selection(_ seed: UInt64) -> [FoldRequest] {
    var options = HistoryOptions()
    options.requests = 150
    options.void = 0
    return RandomHistory(seed: seed, options).taken.enumerated().map { index, change in
      FoldRequest(
        id: RequestID(term: Term(1), index: UInt64(index + 1)), request: change.request,
        payload: change.payload)
    }
  }

  private func windows(_ plan: ReplayPlan) -> [ReplayWindow] {
    var windows: [ReplayWindow] = []
    while let start = windows.isEmpty ? 0 : windows.last?.range.upperBound,
      start < plan.items.count
    {
      windows.append(ReplayWindow(from: start, below: plan.items.count, of: plan))
    }
    return windows
  }

  @Test(arguments: seeds(40))
  func chainsOfAWindowShareNothing(seed: UInt64) throws {
    let requests = selection(seed)
    let plan = try ReplayPlan(requests, brick: ModelBrick.empty(), results: AbsoluteResults())
    let windows = windows(plan)
    #expect(windows.flatMap { $0.chains.joined().sorted() } == [Int](plan.items.indices))
    for window in windows {
      var owners: [GFID: Int] = [:]
      var places: [EntryName: Int] = [:]
      for (chain, positions) in window.chains.enumerated() {
        #expect(positions == positions.sorted())
        for position in positions {
          let touched = plan.items[position].request.request.touched
          for gfid in touched.objects {
            #expect(owners.updateValue(chain, forKey: gfid) ?? chain == chain)
          }
          for name in touched.names { #expect(places.updateValue(chain, forKey: name) == nil) }
        }
      }
      // Names are added only to directories that nothing else is done with.
      if window.range.count > 1 { #expect(places.keys.allSatisfy { owners[$0.parent] == nil }) }
    }
  }

  @Test func whatIsIndependentIsOneWindow() throws {
    let d = Request.gfid(100)
    var requests = [Request.mkdir("d", d)]
    for number in 1...3 as ClosedRange<UInt64> {
      requests.append(.create("f\(number)", Request.gfid(number), in: d))
      requests.append(.truncate(Request.gfid(number), to: 5))
    }
    requests += [.setattr(d, valid: 1, mode: 0o700), .create("g", Request.gfid(4), in: d)]
    requests += [.truncate(Request.gfid(1), to: 6), .unlink("f2", in: d)]
    let all = requests.enumerated().map { index, request in
      FoldRequest(
        id: RequestID(term: Term(1), index: UInt64(index + 1)), request: request, payload: nil)
    }
    let plan = try ReplayPlan(all, brick: ModelBrick.empty(), results: AbsoluteResults())
    let found = windows(plan).map(\.chains)
    #expect(found == [[[0]], [[1, 2], [3, 4], [5, 6]], [[7]], [[8], [9]], [[10]]])
  }

  /// Through GlusterFS side by side, on disk one after the other.
  @Test(arguments: seeds(8))
  func theOrderMakesNoDifference(seed: UInt64) throws {
    let twins = try GlusterTwins()
    try twins.native.setMode(.root, 0o755)
    try twins.gluster.setMode(.root, 0o755)
    let requests = selection(seed)
    let record = ResultsFile(path: twins.served.directory + "/results", brick: "twin")
    let there = Replayer.Target(twins.gluster, record: record, path: "twin")
    let replays = [
      try Replayer(requests, onto: twins.native), try Replayer(requests, onto: there),
    ]
    var outcomes: [[Outcome]] = []
    for replay in replays {
      var found: [Outcome] = []
      _ = try replay.run { found.append($1) }
      outcomes.append(found)
    }
    #expect(outcomes[0] == outcomes[1], "seed \(seed)")
    let timed = Set(Fold(requests).model.objects.filter { $0.value.mtime != nil }.keys)
    let (left, right) = (
      try treeText(twins.native, timed: timed), try treeText(twins.gluster, timed: timed)
    )
    #expect(left == right, "seed \(seed):\n\(firstDifferences(left, right))")
    #expect(try twins.differences() == "", "seed \(seed)")
  }

  @Test func everyElementHasItsTurn() {
    let elements = [Int](0..<1000)
    let seen = elements.map { _ in Counter() }
    sideBySide(elements, threads: 8) { seen[$0].value.add(1, ordering: .relaxed) }
    #expect(seen.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
  }
}

private final class Counter: Sendable { let value = Atomic(0) }
