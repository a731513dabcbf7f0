import Histories
import JBRCore

/// How a history ends: everything comes back, and what all replicas together make of it must be
/// right.
extension World {
  private static let attemptCountMax = 4
  private static let stepCountMax = 1000

  package func settle(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    run(.heal)
    flights = []
    runs = []
    for replica in replicas {
      // Servers tell their clients that they end.
      replica.server?.stop()
      if random.next() % 2 == 0 { replica.kill() } else { replica.losePower(&random) }
      replica.activity = .idle
    }
    var last: Failure?
    for _ in 0..<Self.attemptCountMax {
      let run = AttemptRun(Array(replicas.indices), seed: random.next())
      for _ in 0..<Self.stepCountMax where !run.isOver { advance(run) }
      last = run.failure
      if run.failure == nil { return }
    }
    guard let last, !hasLoss, !hasPruned, meddled == nil else { return }
    truth.fail("invariant 5: there is no way on: \(last)")
  }

  /// Somebody replays a request by hand that is not agreed, onto a replica that is fenced: whoever
  /// looks at bricks and not at journals alone finds it.
  func meddle(_ replica: SimulatedReplica, _ seed: UInt64) throws(Failure) {
    // Whoever applies a plan holds the brick.
    let isHeld = runs.contains {
      !$0.isOver && $0.plan != nil && $0.members.contains(replica.number)
    }
    // An append to what was there before pruned journals is seen on no brick.
    guard meddled == nil, !hasPruned, !rotten.contains(replica.number), !isHeld, replica.isUp,
      replica.server == nil,
      try replica.superblock().opened == 0
    else { return }
    var random = SeededGenerator(seed: seed)
    let journal = try ReplicaJournal(
      name: replica.name, files: JBRDirectory.files(replica.directory, on: replica.disk))
    guard let knowledge = journal.knowledge else { return }
    let files = try JBRDirectory.files(replica.directory, on: replica.disk)
    let states = try JournalKnowledge(files)
    let open = journal.records.filter { record in
      record.id.term.rawValue > knowledge.superblock.decidedUpTo
        && states?.isUndecided(record.id) ?? false
    }
    guard let record = open.randomElement(using: &random) else { return }
    meddled = (replica.number, record.id)
    try? FopSemantics.apply(record.request, payload: record.payload, to: replica.brick)
    try? replica.brick.synchronize()
  }
}
