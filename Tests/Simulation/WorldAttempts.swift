import Histories
import JBRCore

extension World {
  private static let runCountMax = 5

  func begin(_ mask: UInt64, _ seed: UInt64) {
    guard runs.count < Self.runCountMax else { return }
    let members = replicas.indices.filter { mask >> UInt64($0) & 1 == 1 }
    guard !members.isEmpty else { return }
    runs.append(AttemptRun(members, seed: seed))
  }

  func advance(_ number: Int, _ steps: Int) {
    let open = runs.filter { !$0.isOver }
    guard !open.isEmpty else { return }
    let run = open[number % open.count]
    for _ in 0..<steps where !run.isOver { advance(run) }
  }

  /// Does the next step. Whoever reconciles gives up at the first refusal, and begins anew later.
  func advance(_ run: AttemptRun) {
    do throws(Failure) { try step(run) } catch {
      // Whoever does not notice a restart goes on.
      if fault == .restartNotNoticed, error.status == .unavailable || hasCrashed(run) { return }
      run.isOver = true
      run.failure = error
      judge(error, run)
    }
    run.isOver = run.isOver || hasCrashed(run) && fault != .restartNotNoticed
  }

  private func hasCrashed(_ run: AttemptRun) -> Bool {
    run.members.contains { replicas[$0].disk.hasCrashed }
  }

  private func hasRestarted(_ run: AttemptRun) -> Bool {
    run.promises.contains { promise in
      let replica = replicas.first { $0.name == promise.replica }
      return (try? replica?.superblock().bootCount) != promise.session
    }
  }

  private func judge(_ failure: Failure, _ run: AttemptRun) {
    if hasCrashed(run) || run.members.contains(where: { !replicas[$0].isUp }) {
      if !run.recorded.isEmpty { marks.insert(.died) }
      return
    }
    switch failure.status {
    case .tryAgain, .unavailable, .refused:
      marks.insert(.refused)
      if failure.message.hasPrefix("no rule may choose") { marks.insert(.conflict) }
      // Without loss a conflict shows that something was forgotten. But what a void request
      // overwrote by hand may be on absent replicas alone, and what was before pruned journals
      // nowhere.
      let isKnown = hasLoss || run.plan != nil && (meddled != nil || hasPruned)
      if failure.message.hasPrefix("no rule may choose"), !isKnown {
        truth.fail("invariant 1: \(failure.message)")
      }
    // Steps that cannot be taken are no way on, which is for the end of the history to tell.
    case .ioError where fault == .stepsReversed || fault == .staleStepTaken: marks.insert(.refused)
    // It still reads from a disk that a participant had before it lost power and came back.
    case .ioError where hasRestarted(run): marks.insert(.refused)
    default: note(failure, "attempt \(run.number)")
    }
  }

  private func step(_ run: AttemptRun) throws(Failure) {
    if run.number == Term(0) { return try takeNumber(run) }
    if run.promises.count < run.members.count {
      return try promise(run, run.members[run.promises.count])
    }
    guard let reconciliation = run.reconciliation else { return try decide(run) }
    if let next = reconciliation.inOrderOfRecording.first(where: { one in
      !run.recorded.contains { replicas[$0].name == one.name }
    }), !(fault == .decisionAfterApply && !run.recorded.isEmpty && !run.hasBegun) {
      return try record(run, reconciliation, next.name)
    }
    guard let plan = run.plan else { return try plan(run, reconciliation) }
    if let next = run.members.first(where: { !run.begun.contains($0) }) {
      return try begin(run, reconciliation, plan, next)
    }
    if !run.steps.isEmpty { return try apply(run) }
    if let next = run.members.first(where: { !run.finished.contains($0) }) {
      try finish(run, reconciliation, next)
    }
    guard run.finished.count == run.members.count else { return }
    run.isOver = true
    try complete(run, reconciliation)
  }

  /// The participant behind a promise. A running server holds the journal, and only a promise may
  /// end it.
  private func participant(
    _ member: Int, promising: Bool = false
  ) throws(Failure) -> JournalParticipant {
    if case .serving = replicas[member].activity, !promising, fault != .fencedServerGoesOn {
      throw Failure(.tryAgain, "a server acts on the journal", path: replicas[member].name)
    }
    return try replicas[member].participant()
  }

  private func takeNumber(_ run: AttemptRun) throws(Failure) {
    let promised = try run.members.map { member throws(Failure) in
      try replicas[member].superblock().attemptFloor
    }
    run.number = Attempt.number(above: promised) ?? Term(.max)
  }

  private func promise(_ run: AttemptRun, _ member: Int) throws(Failure) {
    if fault == .fencedServerGoesOn, let server = replicas[member].server {
      return try answer(run, for: server)
    }
    if replicas[member].server != nil,
      try replicas[member].superblock().promise >= run.number.rawValue
    {
      throw Failure(.tryAgain, "another attempt was promised", path: replicas[member].name)
    }
    let participant = try participant(member, promising: true)
    var promise: Promise
    if fault == .equalPromiseTaken, participant.superblock.promise == run.number.rawValue {
      promise = try participant.read().promise(to: run.number)
    } else {
      promise = try participant.promise(run.number)
    }
    guard let journal = participant.journal else { return }
    if !journal.damages.isEmpty { marks.insert(.damaged) }
    fault?.change(&promise)
    run.promises.append(promise)
    run.journals.append(journal)
    try keepSources(run, replicas[member])
  }

  /// Damaged files are put aside before the first step, and steps take from them what can be read.
  private func keepSources(_ run: AttemptRun, _ replica: SimulatedReplica) throws(Failure) {
    guard hasLoss else { return }
    for name in try replica.disk.names(in: replica.directory) {
      let path = replica.directory + "/" + name
      run.sources[path] = try replica.disk.openForReading(path)
    }
  }

  /// What a server would answer that goes on behind the fence.
  private func answer(_ run: AttemptRun, for server: SimulatedServer) throws(Failure) {
    var next = server.journal.superblock
    next.promise = run.number.rawValue
    try server.journal.update(next)
    let replica = server.replica
    let journal = try ReplicaJournal(
      name: replica.name, files: JBRDirectory.files(replica.directory, on: replica.disk))
    run.promises.append(try journal.promise(to: run.number))
    run.journals.append(journal)
  }

  private func decide(_ run: AttemptRun) throws(Failure) {
    let members = try run.members.map { member throws(Failure) in try participant(member) }
    let promises = run.promises
    let rule = self.rule
    let fault = self.fault
    let attempt = { (promises: [Promise]) throws(AttemptRefusal) in
      let needed = fault == .noMajority ? rule.replicas - rule.quorum + 1 : nil
      let changed = QuorumRule(
        replicas: rule.replicas, quorum: rule.quorum + (fault == .decisionOffByOne ? 1 : 0))
      return try Attempt(run.number, rule: changed, needed: needed, promises: promises)
    }
    let reconciliation = try Reconciliation(members, promises: promises, journals: run.journals) {
      () throws(AttemptRefusal) in try attempt(promises)
    }
    run.reconciliation = reconciliation
    do throws(AttemptRefusal) {
      if try attempt(promises.reversed()).record() != reconciliation.decision {
        truth.fail("invariant 3: another order of the participants decides differently")
      }
    } catch { truth.fail("invariant 3: another order of the participants: \(error)") }
    note(reconciliation.attempt)
  }

  /// Notes what a decision met.
  private func note(_ attempt: Attempt) {
    for fates in (try? attempt.fates()) ?? [] {
      for (id, reason) in fates.cases where reason.fate == .void {
        let isHeld = attempt.promises.contains { $0.terms[id.term]?.held[id] != nil }
        if isHeld { marks.insert(.void) }
        if meddled?.id == id { marks.insert(.voidApplied) }
      }
    }
    for promise in attempt.promises where promise.decidedUpTo < attempt.decidedUpTo {
      if promise.decidedUpTo > 0 { marks.insert(.rejoined) }
    }
  }

  private func record(
    _ run: AttemptRun, _ reconciliation: Reconciliation, _ name: String
  ) throws(Failure) {
    guard let member = replicas.firstIndex(where: { $0.name == name }) else { return }
    let participant = try participant(member)
    let isStale = participant.superblock.promise != run.number.rawValue
    if fault == .contentNotBrought || fault == .staleRecordTaken && isStale {
      var kept = try participant.writer.decisions()
      kept.removeAll { $0.attempt == reconciliation.decision.attempt }
      try participant.writer.keep(kept + [reconciliation.decision])
    } else {
      if !reconciliation.attempt.needingFullCopy.isEmpty { marks.insert(.needsCopy) }
      try reconciliation.record(at: participant)
    }
    run.recorded.insert(member)
    noteRecorded(run.number)
  }

  private func begin(
    _ run: AttemptRun, _ reconciliation: Reconciliation, _ plan: Plan, _ member: Int
  ) throws(Failure) {
    if fault == .decisionAfterApply, !run.recorded.contains(member) {
      run.begun.insert(member)
      return
    }
    let participant = try participant(member)
    try permit(run, member, participant)
    if run.begun.isEmpty {
      try reconciliation.remake()
      truth.act(on: reconciliation.decision)
    }
    try participant.begin(run.number, plan.sums)
    run.begun.insert(member)
    guard run.hasBegun else { return }
    run.journalsWhenBegun = try run.members.map { member throws(Failure) in
      try self.participant(member).read()
    }
  }

  private func session(
    _ run: AttemptRun, _ member: Int, _ participant: JournalParticipant
  ) -> UInt64 {
    if fault == .restartNotNoticed { return participant.session }
    return run.promises.first { $0.replica == replicas[member].name }?.session ?? 0
  }

  private func permit(
    _ run: AttemptRun, _ member: Int, _ participant: JournalParticipant
  ) throws(Failure) {
    if fault == .decisionAfterApply, !run.recorded.contains(member) { return }
    try participant.permitStep(run.number, session: session(run, member, participant))
  }

  func makePlan(
    _ run: AttemptRun, _ reconciliation: Reconciliation, _ order: [ReplicaJournal],
    _ bricks: [String: any BrickStore]
  ) throws(Failure) -> Plan {
    let inputs = DecisionInputs(table: try RequestTable(order), rule: rule, leader: nil)
    let decision: Decision
    do throws(AttemptRefusal) {
      decision = try Decision(inputs, attempt: reconciliation.attempt)
    } catch { throw error.failure() }
    return try Plan(
      decision,
      replicas: inputs.table.replicas.compactMap { journal in
        bricks[journal.name].map {
          PlanReplica(name: ReplicaName(name: journal.name, journal: journal.name), brick: $0)
        }
      })
  }

  func bricks(_ run: AttemptRun) -> [String: any BrickStore] {
    Dictionary(
      uniqueKeysWithValues: run.members.map { (replicas[$0].name, replicas[$0].brick) })
  }

  private func plan(_ run: AttemptRun, _ reconciliation: Reconciliation) throws(Failure) {
    let plan = try makePlan(run, reconciliation, run.journals, bricks(run))
    run.plan = plan
    run.steps = plan.steps[...]
    if fault == .stepsReversed {
      run.steps = Array(plan.steps.reversed())[...]
    }
    if plan.hasConflicts {
      marks.insert(.conflict)
      throw Failure(.refused, "no rule may choose: the plan has conflicts")
    }
  }

  /// Does some of the steps, and flushes the bricks.
  private func apply(_ run: AttemptRun) throws(Failure) {
    var random = SeededGenerator(seed: run.seed &+ UInt64(run.steps.count))
    let count = Int.random(in: 1...run.steps.count, using: &random)
    let chunk = run.steps.prefix(count)
    run.steps = run.steps.dropFirst(count)
    for member in run.members where chunk.contains(where: { $0.replica == replicas[member].name }) {
      if fault == .staleStepTaken { continue }
      try permit(run, member, try participant(member))
    }
    let doing = applier(run)
    if fault != .stepsReversed, let problem = try doing.problems(in: Array(chunk)).first {
      throw problem
    }
    try doing.apply(Array(chunk), Self.ignore)
  }

  private static func ignore(_ step: Step, _ isDone: Bool) throws(Failure) {}

  private func applier(_ run: AttemptRun) -> Applier {
    Applier(
      bricks: bricks(run), progress: run.progress, planID: "simulated",
      source: { [self] in run.sources[$0] ?? file(at: $0) })
  }

  /// The file of a journal that a path names, on the disk of the replica that it names.
  private func file(at path: String) -> any ByteSource {
    let owner = replicas.first { path.hasPrefix($0.name + "/") }
    return (try? owner?.disk.openForReading(path)) ?? MemoryByteSource([], path: path)
  }

  private func finish(
    _ run: AttemptRun, _ reconciliation: Reconciliation, _ member: Int
  ) throws(Failure) {
    let replica = replicas[member]
    let participant = try participant(member)
    do throws(BrickError) { try replica.brick.synchronize() } catch {
      throw Failure(.ioError, "no power", path: replica.name)
    }
    if fault == .overlapForgotten { replayLate(run, reconciliation, replica) }
    try participant.finish(run.number, session: session(run, member, participant))
    truth.compare(replica.brick, replica.name, below: run.number)
    run.finished.insert(member)
  }

  /// Replays what a replica lacks of what happened, over whatever is there by now.
  private func replayLate(
    _ run: AttemptRun, _ reconciliation: Reconciliation, _ replica: SimulatedReplica
  ) {
    let lacking = run.journals.first { $0.name == replica.name }?.records.map(\.id) ?? []
    for id in reconciliation.decision.tables.flatMap({ $0.digests.keys.sorted() })
    where !lacking.contains(id) {
      let record = run.journals.lazy.flatMap(\.records).first { $0.id == id }
      guard let record else { continue }
      try? FopSemantics.apply(record.request, payload: record.payload, to: replica.brick)
    }
    try? replica.brick.synchronize()
  }

  /// All participants finished: nothing may be left to do, whoever looks in whichever order, and
  /// the new term begins.
  private func complete(_ run: AttemptRun, _ reconciliation: Reconciliation) throws(Failure) {
    marks.insert(.finished)
    // Of a file whose beginning is pruned, what is to be appended again is said by states alone.
    let begun = run.journalsNow
    let journals = hasPruned ? begun : run.journals
    // A brick may hold what came after a later attempt already.
    let isLast = run.members.allSatisfy { replicas[$0].decidedUpTo < run.number.rawValue }
    for order in [journals, journals.reversed(), begun]
    where isLast && !run.hasLoss {
      let again = try makePlan(run, reconciliation, order, bricks(run))
      if let step = again.steps.first {
        truth.fail("invariant 5: the plan is not empty when run again: \(step)")
      }
    }
    var random = SeededGenerator(seed: run.seed)
    guard let leader = run.members.randomElement(using: &random) else { return }
    try open(run.number, among: run.members, leader: leader)
  }
}
