import Synchronization

/// Executes batches of a plan on several lanes, each with a way of its own to the same brick.
final class ReplayCrew {
  /// Below, starting threads costs more than they save.
  private static let requestCountMin = 64
  private let lanes: [Lane]
  /// Whether several lanes work where one alone would be as fast; for tests.
  var isEager = false

  init(_ executions: [ReplayExecution]) { lanes = executions.map(Lane.init) }

  /// Begins to execute some requests, and stops where one fails unless it goes on. What other
  /// lanes did meanwhile of later requests is done.
  /// - Returns: nil, and nothing is done, where one lane alone will do.
  func begin(
    _ items: [ReplayPlan.Item], _ positions: [Int], keepsGoing: Bool
  ) -> Running? {
    guard lanes.count > 1, isEager || positions.count >= Self.requestCountMin else { return nil }
    let schedule = LaneSchedule(items, positions, laneCount: lanes.count)
    guard isEager || schedule.isWorthwhile else { return nil }
    let end = Lane.End(keepsGoing: keepsGoing)
    for (lane, tasks) in zip(lanes, schedule.lanes) { lane.prepare(tasks, end) }
    // Lanes wait for each other, so that none begins before all are there.
    let threads = lanes.compactMap { lane in
      try? Thread {
        lane.gate.wait()
        lane.work()
      }
    }
    let isComplete = threads.count == lanes.count
    for lane in lanes {
      if !isComplete { lane.cancel() }
      lane.gate.post()
    }
    guard isComplete else {
      for thread in threads { thread.join() }
      return nil
    }
    return Running(lanes: lanes, threads: threads)
  }

  /// A batch that lanes are working on.
  struct Running {
    fileprivate let lanes: [Lane]
    fileprivate let threads: [Thread]

    /// What became of each request that had its turn, once all are done; to be called once.
    func wait() -> [Int: Outcome] {
      for thread in threads { thread.join() }
      var outcomes: [Int: Outcome] = [:]
      outcomes.reserveCapacity(lanes.reduce(0) { $0 + $1.outcomes.count })
      for lane in lanes {
        for (position, outcome) in lane.outcomes { outcomes[position] = outcome }
      }
      return outcomes
    }
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
      guard outcome.isFailed, !keepsGoing else { return }
      position.min(failed, ordering: .acquiringAndReleasing)
    }
  }

  /// Opened when the lane may begin.
  private(set) var gate = Semaphore()
  private let execution: ReplayExecution
  private var tasks: [LaneSchedule.Task] = []
  private var end = End(keepsGoing: false)
  private(set) var outcomes: [(Int, Outcome)] = []

  init(_ execution: ReplayExecution) { self.execution = execution }

  func prepare(_ tasks: [LaneSchedule.Task], _ end: End) {
    gate = Semaphore()
    self.tasks = tasks
    self.end = end
    outcomes = []
    outcomes.reserveCapacity(tasks.count)
  }

  func cancel() { tasks = [] }

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
