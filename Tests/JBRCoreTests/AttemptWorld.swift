@testable import JBRCore

/// A rule of reconciliation to leave out, which the invariants must notice.
enum AttemptFault: String, CaseIterable {
  case noAdoption, staleRecordTaken, staleStepTaken, equalPromiseTaken, noMajority, quorumOffByOne
  case damagedCountedAsAbsent, lostDiskVotes, fenceKeepsLicence, restartNotNoticed
  case contentNotBroughtFirst, appliedBeforeRecordedByAll
}

/// A replica with its journal, its brick, and what is lost in a crash.
struct WorldReplica {
  var marks: AttemptMarks
  var journal: [RequestID: HeldRequest] = [:]
  var brick: Set<RequestID> = []
  /// The brick as a crash would leave it.
  var durableBrick: Set<RequestID> = []
  var isDamaged = false

  init(_ number: Int) {
    let id = UniqueID(high: 0, low: UInt64(number) + 1)
    marks = AttemptMarks(Superblock(volume: .null, replica: id, created: 0, name: [65]))
  }

  mutating func restart() {
    marks.superblock.bootCount += 1
    brick = durableBrick
  }
}

/// An attempt as a tool runs it, one step at a time; it may stop for ever at any of them.
struct WorldAttempt {
  var members: [Int]
  var number: Term?
  var promises: [Promise] = []
  var attempt: Attempt?
  var decision: DecisionRecord?
  var progress: AttemptProgress?
  var sessions: [Int: UInt64] = [:]
  var step = 0
  var isOver = false
}

/// Replicas, clients, and whoever tries to reconcile, with everything that must never break.
struct AttemptWorld {
  let rule: QuorumRule
  let fault: AttemptFault?
  var replicas: [WorldReplica]
  private(set) var acknowledged: Set<RequestID> = []
  /// What was first acted on, of each term.
  private(set) var bound: [Term: DecisionRecord.Table] = [:]
  private(set) var broken: [String] = []
  private(set) var finishedAttempts = 0
  private(set) var recordingAttempts: Set<Term> = []
  private(set) var hasDamage = false
  private var lastIndex: UInt64 = 0

  init(_ rule: QuorumRule, fault: AttemptFault? = nil) {
    self.rule = rule
    self.fault = fault
    replicas = (0..<rule.replicas).map { WorldReplica($0) }
    for position in replicas.indices {
      // The first term is opened by hand.
      replicas[position].marks.superblock.promise = 1
      replicas[position].marks.superblock.opened = 1
      replicas[position].marks.superblock.join(Term(1))
    }
  }

  /// Sends a request of a term to some replicas; those that may act in the term journal it.
  mutating func write(_ term: Term, to members: [Int]) {
    lastIndex += 1
    let id = RequestID(term: term, index: lastIndex)
    var count = 0
    for member in members where replicas[member].marks.mayAct(in: term) {
      let client = UniqueID(high: 1, low: lastIndex)
      replicas[member].journal[id] = HeldRequest(digest: Digest(of: [1]), client: client)
      count += 1
    }
    if count >= rule.quorum { acknowledged.insert(id) }
  }

  mutating func restart(_ member: Int) { replicas[member].restart() }

  mutating func damage(_ member: Int) {
    hasDamage = true
    replicas[member].isDamaged = true
    replicas[member].journal = [:]
  }

  mutating func loseDisk(_ member: Int) {
    hasDamage = true
    replicas[member] = WorldReplica(member + rule.replicas)
    if fault == .lostDiskVotes { replicas[member].marks.superblock.join(Term(1)) }
  }

  private func views(_ member: Int) -> [Term: TermView] {
    let replica = replicas[member]
    let block = replica.marks.superblock
    var terms = Set(replica.journal.keys.map(\.term))
    for range in block.joined { terms.formUnion(range.map { Term($0) }) }
    let isDamaged = replica.isDamaged && fault != .damagedCountedAsAbsent
    return Dictionary(
      uniqueKeysWithValues: terms.map { term in
        let held = replica.journal.filter { $0.key.term == term }
        let standing = block.standing(of: term, log: isDamaged ? .damaged : .whole)
        return (term, TermView(standing: standing, held: held))
      })
  }

  /// Does the next step of an attempt. An attempt that is refused anything ends there.
  mutating func advance(_ run: inout WorldAttempt) {
    guard !run.isOver else { return }
    let count = run.members.count
    let position = run.step
    run.step += 1
    do throws(AttemptRefusal) {
      switch position {
      case 0:
        run.number = Attempt.number(
          above: run.members.map { Term(replicas[$0].marks.superblock.promise) })
      case 1...count: try promise(&run, run.members[position - 1])
      case count + 1: try decide(&run)
      case count + 2...2 * count + 1: try record(&run, run.members[position - count - 2])
      case 2 * count + 2...3 * count + 1: try apply(&run, run.members[position - 2 * count - 2])
      case 3 * count + 2...4 * count + 1: try finish(&run, run.members[position - 3 * count - 2])
      default: run.isOver = true
      }
    } catch {
      run.isOver = true
      if case .conflicts = error, !hasDamage { broken.append("a conflict without any damage") }
      if case .recordsDisagree = error { broken.append("one attempt has two records") }
    }
    noteBound()
  }

  private mutating func promise(_ run: inout WorldAttempt, _ member: Int) throws(AttemptRefusal) {
    guard let number = run.number else { return }
    let opened = replicas[member].marks.superblock.opened
    if fault == .equalPromiseTaken, replicas[member].marks.superblock.promise == number.rawValue {
      replicas[member].marks.superblock.promise -= 1
    }
    try replicas[member].marks.promise(number)
    if fault == .fenceKeepsLicence { replicas[member].marks.superblock.opened = opened }
    var promise = try replicas[member].marks.answer(
      number, as: String(member), terms: views(member))
    if fault == .noAdoption { promise.decisions = [] }
    run.promises.append(promise)
    run.sessions[member] = promise.session
  }

  private mutating func decide(_ run: inout WorldAttempt) throws(AttemptRefusal) {
    guard let number = run.number else { return }
    var changed = rule
    if fault == .quorumOffByOne { changed.quorum += 1 }
    let few = rule.replicas - rule.quorum + 1
    let attempt = try Attempt(
      number, rule: changed, needed: fault == .noMajority ? few : rule.needed,
      promises: run.promises)
    run.attempt = attempt
    run.decision = try attempt.record()
    run.progress = AttemptProgress(attempt)
  }

  private mutating func record(_ run: inout WorldAttempt, _ member: Int) throws(AttemptRefusal) {
    guard let decision = run.decision, let attempt = run.attempt else { return }
    let catchUp = attempt.catchUp(of: String(member)) ?? .fullCopy
    var wanted = [decision]
    if case .decisions(let earlier) = catchUp { wanted += earlier }
    for table in wanted.flatMap(\.tables) {
      for (id, digest) in table.digests
      where replicas[member].journal[id] == nil && fault != .contentNotBroughtFirst {
        // Brought from whoever answered with it.
        let isThere = run.promises.contains { $0.terms[id.term]?.hasContent(id, digest) ?? false }
        if isThere { replicas[member].journal[id] = HeldRequest(digest: digest, isCopy: true) }
      }
    }
    let promised = replicas[member].marks.superblock.promise
    if fault == .staleRecordTaken {
      replicas[member].marks.superblock.promise = decision.attempt.rawValue
    }
    defer {
      if fault == .staleRecordTaken { replicas[member].marks.superblock.promise = promised }
    }
    let journal = replicas[member].journal
    let isLax = fault == .contentNotBroughtFirst
    try replicas[member].marks.record(decision, catchUp: catchUp) { id, digest in
      isLax || journal[id]?.digest == digest
    }
    recordingAttempts.insert(decision.attempt)
    run.progress?.noteRecorded(String(member))
    if fault == .appliedBeforeRecordedByAll { try apply(&run, member) }
  }

  /// The state that a replica is brought to: all that happened, as far as it is decided here.
  private func wanted(_ member: Int, _ decision: DecisionRecord) -> Set<RequestID> {
    var wanted = replicas[member].brick.filter { !decision.terms.contains($0.term.rawValue) }
    for (term, table) in bound
    where term < decision.attempt && !decision.terms.contains(term.rawValue) {
      wanted = wanted.filter { $0.term != term }.union(table.digests.keys)
    }
    return wanted.union(decision.tables.flatMap { $0.digests.keys })
  }

  private mutating func apply(_ run: inout WorldAttempt, _ member: Int) throws(AttemptRefusal) {
    guard let decision = run.decision else { return }
    let mayApply = run.progress?.mayApply ?? false
    guard mayApply || fault == .appliedBeforeRecordedByAll else { return }
    try withFault(.staleStepTaken, member, decision) { world throws(AttemptRefusal) in
      try world.replicas[member].marks.permitStep(
        decision.attempt, session: world.session(run, member))
    }
    act(on: decision)
    replicas[member].brick = wanted(member, decision)
  }

  private mutating func finish(_ run: inout WorldAttempt, _ member: Int) throws(AttemptRefusal) {
    guard let decision = run.decision, run.progress?.mayApply == true else { return }
    // What was applied is flushed only if no restart came between, which the session tells.
    try withFault(.staleStepTaken, member, decision) { world throws(AttemptRefusal) in
      let session = world.session(run, member)
      try world.replicas[member].marks.permitStep(decision.attempt, session: session)
      let old = world.replicas[member].marks.superblock
      try world.replicas[member].marks.finish(decision.attempt, session: session)
      var next = world.replicas[member].marks.superblock
      next.generation += 1
      if let reason = old.refusal(of: next) { world.broken.append("superblock: \(reason)") }
    }
    replicas[member].durableBrick = replicas[member].brick
    replicas[member].isDamaged = false
    let wrong = replicas[member].brick.symmetricDifference(wanted(member, decision))
    if !wrong.isEmpty { broken.append("a finished brick is wrong") }
    run.progress?.noteFinished(String(member))
    finishedAttempts += 1
  }

  private func session(_ run: WorldAttempt, _ member: Int) -> UInt64 {
    fault == .restartNotNoticed
      ? replicas[member].marks.superblock.bootCount : run.sessions[member] ?? 0
  }

  /// Does a step with the promise made to fit where that rule is to be left out.
  private mutating func withFault(
    _ left: AttemptFault, _ member: Int, _ decision: DecisionRecord,
    _ body: (inout AttemptWorld) throws(AttemptRefusal) -> Void
  ) throws(AttemptRefusal) {
    let promised = replicas[member].marks.superblock.promise
    if fault == left { replicas[member].marks.superblock.promise = decision.attempt.rawValue }
    defer {
      if fault == left {
        replicas[member].marks.superblock.promise = max(
          promised, replicas[member].marks.superblock.promise)
      }
    }
    try body(&self)
  }

  /// What was acted on once is what every later act must agree with.
  private mutating func act(on decision: DecisionRecord) {
    for range in decision.terms {
      let term = Term(range)
      let table =
        decision.tables.first { $0.term == term }
        ?? DecisionRecord.Table(term: term, forward: [])
      if let first = bound[term], first.digests != table.digests {
        broken.append("term \(term) was decided twice, differently")
      }
      bound[term] = bound[term] ?? table
      for id in acknowledged where id.term == term && table.digests[id] == nil {
        broken.append("an acknowledged request is void")
      }
    }
  }

  /// Nothing may be acknowledged in a term once it is decided.
  private mutating func noteBound() {
    for id in acknowledged {
      if let table = bound[id.term], table.digests[id] == nil {
        broken.append("a request was acknowledged in a term that is decided")
      }
    }
  }
}
