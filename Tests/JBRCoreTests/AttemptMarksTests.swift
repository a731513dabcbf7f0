import Testing

@testable import JBRCore

private let request = RequestID(term: Term(1), index: 1)
private let held = HeldRequest(digest: Digest(of: [1]), client: UniqueID(high: 1, low: 1))

@Suite("Marks of attempts")
struct AttemptMarksTests {
  private let rule = QuorumRule(replicas: 3, percent: 51)

  private func member(_ number: UInt64) -> AttemptMarks {
    var block = Superblock(
      volume: .null, replica: UniqueID(high: 0, low: number), created: 0, name: [65])
    block.promise = 1
    block.opened = 1
    block.join(Term(1))
    return AttemptMarks(block)
  }

  private func view(_ holds: Bool) -> [Term: TermView] {
    [Term(1): TermView(standing: .whole, held: holds ? [request: held] : [:])]
  }

  /// Brings replicas to one state, as far as their marks go.
  private func reconcile(
    _ number: UInt64, _ members: inout [String: AttemptMarks], _ names: [String],
    holders: Set<String>
  ) throws -> Attempt {
    let attempt = Term(number)
    var promises: [Promise] = []
    for name in names {
      try members[name]?.promise(attempt)
      promises.append(
        try #require(members[name]).answer(attempt, as: name, terms: view(holders.contains(name))))
    }
    let made = try Attempt(attempt, rule: rule, promises: promises)
    #expect(
      try made.record() == Attempt(attempt, rule: rule, promises: promises.reversed()).record())
    var progress = AttemptProgress(made)
    let record = try made.record()
    for name in names {
      #expect(!progress.mayApply)
      #expect(throws: AttemptRefusal.notRecorded(attempt: attempt)) {
        try members[name]?.permitStep(attempt, session: 0)
      }
      let catchUp = try #require(made.catchUp(of: name))
      try members[name]?.record(record, catchUp: catchUp) { _, _ in true }
      progress.noteRecorded(name)
    }
    #expect(progress.mayApply)
    for name in names {
      #expect(!progress.mayLead(name))
      try members[name]?.finish(attempt, session: 0)
      progress.noteFinished(name)
      #expect(members[name]?.mayAct(in: attempt) == true)
    }
    #expect(progress.mayLead(names[0]))
    return made
  }

  @Test func onlyAGreaterNumberIsPromised() throws {
    var marks = member(1)
    #expect(marks.mayAct(in: Term(1)) && !marks.mayAct(in: Term(0)))
    #expect(throws: AttemptRefusal.serverIsRunning) {
      try marks.promise(Term(5), serverIsRunning: true)
    }
    try marks.promise(Term(5))
    #expect(!marks.mayAct(in: Term(1)))
    for number in [UInt64(0), 4, 5] {
      #expect(throws: AttemptRefusal.stale(attempt: Term(number), promised: Term(5))) {
        try marks.promise(Term(number))
      }
    }
    #expect(throws: AttemptRefusal.stale(attempt: Term(4), promised: Term(5))) {
      try marks.answer(Term(4), as: "a", terms: [:])
    }
  }

  @Test func anAttemptIsNumberedAboveAllThatWasPromised() {
    #expect(Attempt.number(above: [Term(3), Term(7)]) == Term(8))
    // Term 1 is opened by hand.
    #expect(Attempt.number(above: []) == Term(2))
    #expect(Attempt.number(above: [Term(.max)]) == nil)
  }

  @Test func whoWasAwayCatchesUpWithTheSameIDs() throws {
    var members = ["a": member(1), "b": member(2), "c": member(3)]
    _ = try reconcile(2, &members, ["a", "b"], holders: ["a"])
    let second = try reconcile(3, &members, ["b", "c"], holders: ["b"])
    #expect(second.decidedUpTo == 1)
    let blocks = ["a", "b", "c"].compactMap { members[$0]?.superblock }
    let ids = Set(blocks.map { $0.terms[Term(1)]?.reconciliation })
    #expect(ids.count == 1 && !ids.contains(nil) && !ids.contains(0))
    for block in blocks {
      #expect(block.clients[held.client] == Superblock.Client(term: Term(1), index: 1))
    }
    #expect(blocks.map(\.decidedUpTo) == [1, 2, 2])
  }

  @Test func whereContentIsGoneTheWholeBrickIsCopied() throws {
    var members = ["a": member(1), "b": member(2), "c": member(3)]
    _ = try reconcile(2, &members, ["a", "b"], holders: ["a"])
    let second = try reconcile(3, &members, ["b", "c"], holders: [])
    #expect(second.catchUp(of: "c") == .fullCopy)
    #expect(second.catchUp(of: "b") == .decisions([]))
    #expect(second.catchUp(of: "a") == nil)
    #expect(members["c"]?.decisions.map(\.attempt) == [Term(3)])
  }

  @Test func recordsThatDoNotFitAreRefused() throws {
    var marks = member(1)
    try marks.promise(Term(4))
    let table = DecisionRecord.Table(
      term: Term(1), forward: [DecisionRecord.Forward(request, held)])
    var record = DecisionRecord(
      attempt: Term(4), terms: 1...3, participants: [], tables: [table])
    #expect(throws: AttemptRefusal.contentMissing(request)) {
      try marks.record(record) { _, _ in false }
    }
    record.tables = [table, table]
    #expect(throws: AttemptRefusal.malformed(Term(4))) { try marks.record(record) { _, _ in true } }
    record.tables = [table]
    record.terms = 2...3
    #expect(throws: AttemptRefusal.termsMissing(from: Term(1))) {
      try marks.record(record) { _, _ in true }
    }
    record.attempt = Term(3)
    #expect(throws: AttemptRefusal.stale(attempt: Term(3), promised: Term(4))) {
      try marks.record(record) { _, _ in true }
    }
    #expect(marks.decisions.isEmpty)
  }

  @Test func aRestartAsksForAllStepsAgain() throws {
    var marks = member(1)
    try marks.promise(Term(2))
    let record = DecisionRecord(attempt: Term(2), terms: 1...1, participants: [], tables: [])
    try marks.record(record) { _, _ in true }
    marks.superblock.bootCount += 1
    #expect(throws: AttemptRefusal.restarted(was: 0, now: 1)) {
      try marks.finish(Term(2), session: 0)
    }
    try marks.finish(Term(2), session: try marks.resume(Term(2)))
    #expect(marks.superblock.decidedUpTo == 1)
  }

  @Test func aTermThatTooFewVouchForDecidesNothing() throws {
    var promises: [Promise] = []
    for name in ["a", "b"] {
      var marks = member(1)
      try marks.promise(Term(3))
      promises.append(try marks.answer(Term(3), as: name, terms: view(true)))
    }
    promises[1].terms[Term(1)]?.standing = .damaged
    let refusal = AttemptRefusal.tooFewVouch(Term(1), needed: 2, vouching: ["a"])
    #expect(throws: refusal) {
      try Attempt(Term(3), rule: rule, promises: promises).record()
    }
    #expect(try Attempt(Term(3), rule: rule, needed: 1, promises: promises).record().terms == 1...2)
    promises[1].replica = "a"
    #expect(throws: AttemptRefusal.duplicateReplica("a")) {
      try Attempt(Term(3), rule: rule, promises: promises)
    }
  }

  /// What one attempt closed stays closed, also for a term of which that attempt knew nothing.
  @Test func aTermThatARecordDoesNotListIsClosedByItsRange() throws {
    var promises: [Promise] = []
    let late = RequestID(term: Term(2), index: 1)
    for name in ["a", "b"] {
      var marks = member(1)
      try marks.promise(Term(3))
      if name == "a" {
        let record = DecisionRecord(attempt: Term(3), terms: 1...2, participants: [], tables: [])
        try marks.record(record) { _, _ in true }
      }
      try marks.promise(Term(4))
      let views = name == "b" ? [Term(2): TermView(standing: .whole, held: [late: held])] : [:]
      promises.append(try marks.answer(Term(4), as: name, terms: views))
    }
    let fates = try Attempt(Term(4), rule: rule, promises: promises).decided()
    #expect(fates.first { $0.term == Term(2) }?.reason(of: late) == .recordedVoid)
  }
}
