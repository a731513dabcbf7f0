import Synchronization

/// Executes batches of a plan on several lanes, each with a way of its own to the same brick.
final class ReplayCrew {
  /// Below, starting threads costs more than they save.
  private static let requestCountMin = 64
  /// Where more of the requests than one of so many are met by another lane, waiting costs more
  /// than is saved.
  private static let requestsPerMeeting = 8
  private let lanes: [Lane]

  init(_ executions: [ReplayExecution]) { lanes = executions.map(Lane.init) }

  /// Executes some requests, and stops where one fails unless it goes on. What other lanes did
  /// meanwhile of later requests is done.
  /// - Returns: nil, and nothing is done, where one lane alone will do; else what became of each
  ///   request that had its turn.
  func run(
    _ items: [ReplayPlan.Item], _ positions: [Int], keepsGoing: Bool
  ) -> [Int: Outcome]? {
    guard lanes.count > 1, positions.count >= Self.requestCountMin else { return nil }
    let schedule = LaneSchedule(items, positions, laneCount: lanes.count)
    guard schedule.lanes.count(where: { $0.count > positions.count / 16 }) > 1,
      schedule.meetingCount <= positions.count / Self.requestsPerMeeting
    else { return nil }
    let end = Lane.End(keepsGoing: keepsGoing)
    for (lane, tasks) in zip(lanes, schedule.lanes) { lane.prepare(tasks, end) }
    // Lanes wait for each other, so that none begins before all are there.
    let threads = lanes.dropFirst().compactMap { lane in
      try? Thread {
        lane.gate.wait()
        lane.work()
      }
    }
    let isComplete = threads.count == lanes.count - 1
    for lane in lanes {
      if !isComplete { lane.prepare([], end) }
      lane.gate.post()
    }
    lanes[0].gate.wait()
    lanes[0].work()
    for thread in threads { thread.join() }
    guard isComplete else { return nil }
    var outcomes: [Int: Outcome] = [:]
    for lane in lanes { outcomes.merge(lane.outcomes) { first, _ in first } }
    return outcomes
  }
}

/// One lane's work. It is prepared and asked by one thread, which waits while another works.
private final class Lane: @unchecked Sendable {
  /// The first request that failed, behind which nothing new is begun.
  final class End: Sendable {
    private let position = Atomic(Int.max)
    private let keepsGoing: Bool

    init(keepsGoing: Bool) { self.keepsGoing = keepsGoing }

    func isBehind(_ other: Int) -> Bool { other > position.load(ordering: .acquiring) }

    func note(_ outcome: Outcome, at failed: Int) {
      guard case .failed = outcome, !keepsGoing else { return }
      position.min(failed, ordering: .acquiringAndReleasing)
    }
  }

  /// Opened when the lane may begin.
  let gate = Semaphore()
  private let execution: ReplayExecution
  private var tasks: [LaneSchedule.Task] = []
  private var end = End(keepsGoing: false)
  private(set) var outcomes: [(Int, Outcome)] = []

  init(_ execution: ReplayExecution) { self.execution = execution }

  func prepare(_ tasks: [LaneSchedule.Task], _ end: End) {
    self.tasks = tasks
    self.end = end
    outcomes = []
    outcomes.reserveCapacity(tasks.count)
  }

  func work() {
    for task in tasks {
      switch task {
      case .meet(let meeting):
        meeting.arrival?.post()
        meeting.departure.wait()
      case .execute(let position, let others):
        for meeting in others { meeting.arrival?.wait() }
        if !end.isBehind(position) {
          let outcome = execution.outcome(of: position)
          outcomes.append((position, outcome))
          end.note(outcome, at: position)
        }
        for meeting in others { meeting.departure.post() }
      }
    }
    tasks = []
  }
}
