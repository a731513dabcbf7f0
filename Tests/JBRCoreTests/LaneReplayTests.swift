import Foundation
import Testing

@testable import JBRCore

/// Requests that are replayed on several lanes at the same time.
@Suite("Replaying on several lanes")
struct LaneReplayTests {
  @Test(arguments: 0..<ReplayHistoryTests.seeds)
  func givesTheTreeOfOneAfterTheOther(seed: UInt64) throws {
    try #require(isRoot)
    let history = ReplayHistoryTests.History(seed: seed, count: 200)
    let directory = try TemporaryDirectory()
    let path = directory.path + "/brick"
    let replayer = try Replayer(
      history.requests, onto: NativeBrick(path: path, creating: true))
    replayer.crew.isEager = true
    // Batches follow one another while the one before is reported.
    replayer.batchCountMax = 23
    var reported: [RequestID] = []
    let summary = try replayer.run { request, _ in reported.append(request.id) }
    #expect(summary.count("failed") == 0)
    #expect(reported == history.requests.map(\.id))
    let different = try history.difference(path)
    #expect(different == [], "\(different)")
  }

  /// What touches one object is done in its order: on one lane, or parted by a meeting.
  @Test(arguments: 0..<ReplayHistoryTests.seeds)
  func keepsTheOrderWithinAnEntity(seed: UInt64) throws {
    let history = ReplayHistoryTests.History(seed: seed, count: 120)
    let plan = try ReplayPlan(
      history.requests, brick: BrickSnapshot(ModelBrick.empty()), results: AbsoluteResults())
    let order = LaneOrder(LaneSchedule(plan.items, plan.items.indices, laneCount: 3))
    for later in plan.items.indices {
      let touched = Set(plan.items[later].objects)
      for earlier in 0..<later
      where plan.items[later].movesOthers || plan.items[earlier].movesOthers
        || !touched.isDisjoint(with: plan.items[earlier].objects)
      {
        #expect(order.isBefore(earlier, later), "seed \(seed): \(earlier) and \(later)")
      }
    }
  }

  /// A failure ends all lanes, and what was done meanwhile is told.
  @Test func tellsWhatWasDoneBehindAFailure() throws {
    try #require(isRoot)
    let directory = try TemporaryDirectory()
    let path = directory.path + "/brick"
    let (a, b) = (Request.gfid(1), Request.gfid(2))
    var all: [Request] = [.mkdir("a", a), .mkdir("b", b)]
    for number in 0..<100 as Range<UInt64> {
      all.append(.create("f\(number)", Request.gfid(100 + number), in: number % 2 == 0 ? a : b))
    }
    let requests = all.enumerated().map { index, request in
      FoldRequest(
        id: RequestID(term: Term(1), index: UInt64(index + 1)), request: request, payload: nil)
    }
    let brick = try NativeBrick(path: path, creating: true)
    _ = try Replayer(Array(requests.prefix(2)), onto: brick).run { _, _ in }
    let replayer = try Replayer(Array(requests.dropFirst(2)), onto: brick)
    replayer.crew.isEager = true
    replayer.keepers.append(Remover(path: path + "/a"))
    var outcomes: [RequestID: Outcome] = [:]
    let summary = try replayer.run { outcomes[$0.id] = $1 }
    #expect(summary.count("failed") == 1)
    #expect(summary.stopped)
    for request in requests.dropFirst(2) {
      guard let gfid = request.request.requestedGFID else { continue }
      #expect(try (brick.status(gfid) != nil) == (outcomes[request.id] == .applied))
    }
  }
}

/// Takes a directory away when all was tried and nothing is done yet.
private final class Remover: ReplayKeeper {
  let path: String
  init(path: String) { self.path = path }
  func begin(_ batch: [ReplayStep]) { #expect(rmdir(path) == 0) }
  func touched(_ batch: [ReplayStep]) {}
  func flushed(_ batch: [ReplayStep]) {}
  func finish(_ steps: [ReplayStep], isWhole: Bool) { #expect(!isWhole) }
}

/// Which requests are known to be done before which others, whatever the lanes' speeds.
private struct LaneOrder {
  private var before: [Int: Set<Int>] = [:]

  init(_ schedule: LaneSchedule) {
    var places = schedule.lanes.map { _ in 0 }
    var known = schedule.lanes.map { _ in Set<Int>() }
    while let lane = schedule.lanes.indices.first(where: { lane in
      Self.canExecute(lane, schedule, places)
    }) {
      guard case .execute(let position, let others) = schedule.lanes[lane][places[lane]] else {
        return
      }
      let meeting = schedule.lanes.indices.filter { other in
        others.contains { Self.isMet($0, other, schedule, places) }
      }
      for other in meeting
      where others.contains(where: {
        $0.arrival != nil && Self.isMet($0, other, schedule, places)
      }) {
        known[lane].formUnion(known[other])
      }
      before[position] = known[lane]
      known[lane].insert(position)
      places[lane] += 1
      for other in meeting {
        known[other].formUnion(known[lane])
        places[other] += 1
      }
    }
  }

  func isBefore(_ earlier: Int, _ later: Int) -> Bool {
    before[later]?.contains(earlier) ?? false
  }

  private static func canExecute(
    _ lane: Int, _ schedule: LaneSchedule, _ places: [Int]
  ) -> Bool {
    guard places[lane] < schedule.lanes[lane].count,
      case .execute(_, let others) = schedule.lanes[lane][places[lane]]
    else { return false }
    return others.allSatisfy { meeting in
      schedule.lanes.indices.contains { isMet(meeting, $0, schedule, places) }
    }
  }

  /// Whether a lane stands where it waits for a meeting's request.
  private static func isMet(
    _ meeting: LaneSchedule.Meeting, _ lane: Int, _ schedule: LaneSchedule, _ places: [Int]
  ) -> Bool {
    guard places[lane] < schedule.lanes[lane].count,
      case .meet(let own) = schedule.lanes[lane][places[lane]]
    else { return false }
    return own.departure === meeting.departure
  }
}
