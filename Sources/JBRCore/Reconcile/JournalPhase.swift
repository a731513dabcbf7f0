/// The part of applying a plan that is about jbr journals: what comes before the first step and
/// behind the last one.
public struct JournalPhase {
  private let reconciliation: Reconciliation

  /// Locks and fences all journals, and decides again: under the fence nothing can move any more.
  ///
  /// - Throws: `tryAgain` where a journal is in use, or something else is decided than the plan says.
  public init(_ plan: PlanFile, on disk: any Disk = SystemDisk()) throws(Failure) {
    guard let rule = plan.rule else { throw Failure(.damaged, "names no quorum", path: plan.path) }
    let participants = try plan.replicas.map { replica throws(Failure) in
      try JournalParticipant(name: replica.name, disk: disk, directory: replica.journal)
    }
    reconciliation = try Reconciliation(
      participants, rule: rule, needed: plan.isUnsafe ? 1 : nil)
    try plan.requireAgreement(reconciliation.attempt)
  }

  public var attempt: Term { reconciliation.attempt.number }

  /// Brings content to all journals, records the decision in all of them, and says in each what is
  /// about to be applied.
  ///
  /// - Returns: what was copied from journal to journal.
  public func decide() throws(Failure) -> [Supply] {
    try reconciliation.record()
    try reconciliation.begin()
    return reconciliation.supplies
  }

  /// Checks that a step may touch a replica's brick.
  public func permitStep(on replica: String) throws(Failure) {
    try reconciliation.permitStep(on: replica)
  }

  /// Says in all journals that everything is decided and applied. The bricks must be durable.
  public func finish() throws(Failure) { try reconciliation.finish() }
}

extension PlanFile {
  /// Whether the plan is about jbr journals of a replica set, which remember decisions.
  public var decidesInJournals: Bool { attempt != nil }

  var rule: QuorumRule? {
    guard let replicaCount, let quorum else { return nil }
    var rule = QuorumRule(replicas: replicaCount, percent: 100)
    rule.quorum = quorum
    return rule
  }

  /// Refuses to go on where something else is decided than the plan says.
  func requireAgreement(_ attempt: Attempt) throws(Failure) {
    let agrees: Bool
    do throws(AttemptRefusal) { agrees = try attempt.agrees(with: terms) } catch {
      throw error.failure()
    }
    guard agrees else {
      throw Failure(
        .tryAgain, "the journals lead to other decisions than the plan's: plan again", path: path)
    }
  }

  /// Whether a run of this plan has recorded its decisions already: then the journals are not what
  /// the plan saw any more, and need not be.
  func isRecorded(in journals: [ReplicaJournal]) throws(Failure) -> Bool {
    guard decidesInJournals, let rule else { return false }
    let isKnown = journals.contains { journal in
      terms.allSatisfy { planned in
        journal.knowledge?.decisions.table(of: planned.term)?.table.digest == planned.digest
      }
    }
    guard isKnown else { return false }
    try requireAgreement(Attempt.foreseen(journals, rule: rule, unsafe: isUnsafe))
    return true
  }
}

extension Supply {
  /// Writes what was copied, or will be.
  public static func write(_ supplies: [Supply], to writer: inout LineWriter) throws(Failure) {
    for supply in supplies { try writer.write("supply") { supply.write(to: &$0) } }
  }
}
