/// The part of applying a plan that is about jbr journals: what comes before the first step and
/// behind the last one.
public struct JournalPhase {
  private let reconciliation: Reconciliation
  /// The replicas whose brick becomes a copy.
  private let copied: Set<String>
  private let sums: [SumResult]

  /// Locks and fences all journals, and decides again: under the fence nothing can move any more.
  ///
  /// - Throws: `tryAgain` where a journal is in use, or something else is decided than the plan says.
  public init(_ plan: PlanFile, through hosts: Hosts) throws(Failure) {
    guard let rule = plan.rule else { throw Failure(.damaged, "names no quorum", path: plan.path) }
    let known = try hosts.known(for: plan.replicas.map(\.journal))
    let participants = try plan.replicas.map { replica throws(Failure) in
      let (disk, directory) = try hosts.disk(of: replica.journal)
      return try JournalParticipant(
        name: replica.name, disk: disk, directory: directory, known: known)
    }
    reconciliation = try Reconciliation(
      participants, rule: rule, needed: plan.isUnsafe ? 1 : nil, preferring: plan.preferred)
    copied = Set(plan.copies.map(\.replica))
    sums = plan.sums
    try plan.requireAgreement(reconciliation.attempt)
  }

  /// Whether anything is left to be done in the journals: not where they remember nothing, or say
  /// already that all that the plan decides is decided and applied.
  public static func isNeeded(_ plan: PlanFile, through hosts: Hosts) throws(Failure) -> Bool {
    guard plan.decidesInJournals else { return false }
    for replica in plan.replicas {
      let files = try hosts.journal(replica.journal)
      let decided = files.superblock?.superblock?.decidedUpTo ?? 0
      guard plan.terms.allSatisfy({ $0.term.rawValue <= decided }) else { return true }
    }
    return false
  }

  public var attempt: Term { reconciliation.attempt.number }

  /// Brings content to all journals, records the decision in all of them, and says in each what is
  /// about to be applied.
  ///
  /// - Returns: what was copied from journal to journal.
  public func decide() throws(Failure) -> [Supply] {
    try reconciliation.record(copiedWhole: copied)
    try reconciliation.begin(copiedWhole: copied, sums)
    return reconciliation.supplies
  }

  /// Checks that a step may touch a replica's brick.
  public func permitStep(on replica: String) throws(Failure) {
    try reconciliation.permitStep(on: replica)
  }

  /// Says in all journals that everything is decided and applied. The bricks must be durable.
  public func finish() throws(Failure) { try reconciliation.finish(copiedWhole: copied) }
}

extension PlanFile {
  /// Whether the plan is about jbr journals of a replica set, which remember decisions.
  public var decidesInJournals: Bool { attempt != nil }

  /// About what the next term's files and the marks of an attempt take.
  private static let openingByteCount: Int64 = 4 << 20

  /// The journals whose file systems have no room for what applying the plan writes into them: found
  /// out only behind the promise, it would leave the set fenced.
  func journalProblems(through hosts: Hosts) throws(Failure) -> [Failure] {
    // Requests leave some space free; what is said of them may take it.
    let reserve = Int64(WriterLimits().reserveByteCount)
    var problems: [Failure] = []
    for replica in replicas {
      let (disk, directory) = try hosts.disk(of: replica.journal)
      let free = Int64(clamping: try disk.freeByteCount(directory))
      let copied = copiedByteCounts[replica.name] ?? 0
      let needed = Self.openingByteCount.addingClamped(
        copied == 0 ? 0 : copied.addingClamped(reserve))
      guard free < needed else { continue }
      problems.append(
        Failure(
          .ioError, "its file system has \(free) bytes free, and \(needed) are needed: make room",
          path: replica.journal, errno: noSpace))
    }
    return problems
  }

  /// The journals that cannot be written, although marks and decisions must be.
  func unwritableJournals(through hosts: Hosts) throws(Failure) -> [Failure] {
    guard decidesInJournals else { return [] }
    var problems: [Failure] = []
    for replica in replicas {
      let (disk, directory) = try hosts.disk(of: replica.journal)
      do throws(Failure) {
        for name in JournalNames.superblocks {
          let path = directory + "/" + name
          if try disk.exists(path) { _ = try disk.open(path) }
        }
      } catch {
        var problem = error
        if let errno = error.errno {
          problem.status = .ioError
          problem.message = "cannot be written: \(errorText(errno)): nothing was touched"
        }
        problems.append(problem)
      }
    }
    return problems
  }

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

  /// The same of what these journals lead to as they are.
  func requireAgreement(of journals: [ReplicaJournal], rule: QuorumRule) throws(Failure) {
    try requireAgreement(
      Attempt.foreseen(journals, rule: rule, ManualChoices(isUnsafe, preferring: preferred)))
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
    try requireAgreement(of: journals, rule: rule)
    return true
  }
}

extension Supply {
  /// Writes what was copied, or will be.
  public static func write(_ supplies: [Supply], to writer: inout LineWriter) throws(Failure) {
    for supply in supplies { try writer.write("content_supply") { supply.write(to: &$0) } }
  }
}
