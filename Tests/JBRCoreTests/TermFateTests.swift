import Testing

@testable import JBRCore

/// One replica in a world where we know what it did, and what of that can still be seen.
private struct Witness: CaseIterable, Hashable {
  enum Condition: CaseIterable { case visible, payloadDamaged, away, diskLost, logDamaged }
  enum Mark: CaseIterable { case none, failed, agreed }
  var held: Bool
  var condition: Condition
  var mark: Mark

  static var allCases: [Witness] {
    [false, true].flatMap { held in
      Condition.allCases.flatMap { condition in
        Mark.allCases.map { Witness(held: held, condition: condition, mark: $0) }
      }
    }.filter { witness in
      // Marks and payloads that nobody can see make no difference, nor ones of what is not held.
      let isSeen = witness.condition == .visible || witness.condition == .payloadDamaged
      return (isSeen || witness.mark == .none)
        && (witness.held || witness.mark != .agreed && witness.condition != .payloadDamaged)
    }
  }

  /// What it says; nil where it cannot be reached.
  var view: TermView? {
    var view = TermView(standing: .whole)
    switch condition {
    case .away: return nil
    case .diskLost: return TermView(standing: .unproven)
    case .logDamaged: return TermView(standing: .damaged)
    case .visible, .payloadDamaged: break
    }
    let isReadable = condition == .visible
    if held { view.held[request] = HeldRequest(digest: content, isReadable: isReadable) }
    if mark == .failed { view.failed = [request] }
    if mark == .agreed { view.agreed = [request] }
    return view
  }
}

private let request = RequestID(term: Term(1), index: 1)
private let content = Digest(of: [1])

/// All ways to take `count` of the elements, however often each, in one order each.
func everyChoice<Element>(
  _ elements: [Element], _ count: Int, _ body: ([Element]) throws -> Void
) rethrows {
  func choose(_ chosen: [Element], from first: Int) throws {
    guard chosen.count < count else { return try body(chosen) }
    for position in first..<elements.count {
      try choose(chosen + [elements[position]], from: position)
    }
  }
  try choose([], from: 0)
}

/// Every world of at most five replicas that can come about.
private func everyWorld(_ body: (QuorumRule, [Witness]) throws -> Void) rethrows {
  for replicas in 1...5 {
    try everyChoice(Witness.allCases, replicas) { world in
      for quorum in 1...replicas {
        let wasAcknowledged = world.count(where: \.held) >= quorum
        // The leader fails only what it did not acknowledge, and marks only what it did.
        if world.contains(where: { $0.mark == .failed }), wasAcknowledged { continue }
        if world.contains(where: { $0.mark == .agreed }), !wasAcknowledged { continue }
        try body(QuorumRule(replicas: replicas, quorum: quorum), world)
      }
    }
  }
}

extension QuorumRule {
  init(replicas: Int, quorum: Int) {
    self.init(replicas: replicas, percent: 100)
    self.quorum = quorum
  }
}

/// What breaks in a world when it is decided from these views; nil if all is well.
private func violation(
  _ rule: QuorumRule, _ world: [Witness], decidedBy changed: QuorumRule? = nil,
  _ change: (inout TermView) -> Void = { _ in }
) -> String? {
  var views = world.compactMap(\.view)
  for position in views.indices { change(&views[position]) }
  let rule2 = changed ?? rule
  guard views.count(where: \.standing.vouches) >= rule2.needed else { return nil }
  guard let fates = try? TermFates(Term(1), views: views, rule: rule2) else {
    return "not decided"
  }
  let fate = fates.reason(of: request).fate
  let wasAcknowledged = world.count(where: \.held) >= rule.quorum
  let copies = world.contains { $0.held && $0.condition == .visible }
  if wasAcknowledged, fate == .void { return "an acknowledged request is void" }
  if wasAcknowledged, copies, fate != .forward { return "an acknowledged request is not forward" }
  if world.contains(where: { $0.mark == .failed }), fate != .void {
    return "what its leader failed is not void"
  }
  if fate == .forward, !copies { return "a forward request has no content" }
  let wasPossible =
    world.count { $0.held && $0.view?.held.isEmpty == false }
    + world.count { $0.view?.standing.vouches != true } >= rule.quorum
  if !wasPossible, fate == .forward { return "what cannot have been acknowledged is forward" }
  return nil
}

@Suite("Fates of a term")
struct TermFateTests {
  @Test func everyWorldIsDecidedRightly() {
    everyWorld { rule, world in
      if let broken = violation(rule, world) { Issue.record("\(broken): \(rule), \(world)") }
    }
  }

  /// Each rule is needed: without it some world comes out wrong.
  @Test func everyRuleIsMissed() {
    var missed: Set<String> = []
    everyWorld { rule, world in
      let present = world.count { $0.condition != .away }
      let oneMore = QuorumRule(replicas: rule.replicas, quorum: rule.quorum + 1)
      let onlyPresent = QuorumRule(replicas: max(1, present), quorum: rule.quorum)
      func note(_ fault: String, _ broken: String?) {
        if broken != nil { missed.insert(fault) }
      }
      if rule.quorum < rule.replicas {
        note("quorum off by one", violation(rule, world, decidedBy: oneMore))
      }
      note("absent counted as without", violation(rule, world, decidedBy: onlyPresent))
      note(
        "damaged counted as absent",
        violation(rule, world) { if $0.standing == .damaged { $0.standing = .whole } })
      note(
        "lost disk votes",
        violation(rule, world) { if $0.standing == .unproven { $0.standing = .neverJoined } })
      note("rollbacks ignored", violation(rule, world) { $0.failed = [] })
      note(
        "damaged payload counted as absent",
        violation(rule, world) { $0.held = $0.held.filter(\.value.isReadable) })
      note(
        "damaged payload counted as readable",
        violation(rule, world) { $0.held[request]?.isReadable = true })
    }
    #expect(missed.count == 7, "\(missed)")
  }

  @Test func theOrderOfParticipantsChangesNothing() throws {
    try everyWorld { rule, world in
      let views = world.compactMap(\.view)
      guard views.count > 1 else { return }
      let first = try TermFates(Term(1), views: views, rule: rule)
      let second = try TermFates(Term(1), views: views.reversed(), rule: rule)
      #expect(first.cases == second.cases && first.table == second.table)
    }
  }

  /// Whoever comes back with nothing but what it said before takes nothing back: it was counted as
  /// one that may hold anything.
  @Test func oneMoreParticipantThatHoldsItTakesNothingBack() throws {
    try everyWorld { rule, world in
      guard world.contains(where: { $0.condition == .away && $0.held }) else { return }
      let views = world.compactMap(\.view)
      guard views.count(where: \.standing.vouches) >= rule.needed else { return }
      let before = try TermFates(Term(1), views: views, rule: rule).reason(of: request).fate
      let back = Witness(held: true, condition: .visible, mark: .none).view
      let after = try TermFates(Term(1), views: views + [try #require(back)], rule: rule)
      if before == .forward { #expect(after.reason(of: request).fate == .forward) }
    }
  }

  /// Every way in which participants may have recorded earlier attempts, of which 1 and 2 differ.
  @Test func theHighestRecordStandsWhateverElseIsSeen() throws {
    let forward = DecisionRecord.Table(
      term: Term(1), forward: [DecisionRecord.Forward(request, HeldRequest(digest: content))])
    let empty = DecisionRecord.Table(term: Term(1), forward: [])
    let records: [RecordedTable?] = [
      nil, RecordedTable(attempt: Term(2), table: forward),
      RecordedTable(attempt: Term(3), table: empty),
      RecordedTable(attempt: Term(4), table: forward),
    ]
    let all = records.flatMap { record in
      [
        Witness(held: true, condition: .visible, mark: .none),
        Witness(held: false, condition: .visible, mark: .none),
        Witness(held: true, condition: .visible, mark: .failed),
        Witness(held: true, condition: .payloadDamaged, mark: .none),
        Witness(held: false, condition: .logDamaged, mark: .none),
      ].compactMap { witness in
        var view = witness.view
        view?.record = record
        return view
      }
    }
    for count in 1...4 {
      try everyChoice(all, count) { views in
        let vouching = views.filter(\.standing.vouches).compactMap(\.record)
        guard let highest = vouching.max(by: { $0.attempt < $1.attempt }) else { return }
        let rule = QuorumRule(replicas: 5, quorum: 3)
        let fates = try TermFates(Term(1), views: views.reversed(), rule: rule)
        #expect(fates.table == highest.table && fates.adopted == highest.attempt)
        let hasContent = views.contains { $0.hasContent(request, content) }
        let wanted: FateCase =
          highest.table == empty
          ? .recordedVoid : hasContent ? .recordedForward : .recordedWithoutContent
        #expect(fates.reason(of: request) == wanted)
      }
    }
  }

  @Test func whatNoParticipantKnowsIsVoidByTheClosing() throws {
    let views = [TermView(standing: .whole), TermView(standing: .neverJoined)]
    let rule = QuorumRule(replicas: 3, percent: 51)
    let fates = try TermFates(Term(1), views: views, rule: rule)
    #expect(fates.reason(of: request) == .neverSeen)
    #expect(fates.table.forward.isEmpty)
  }

  @Test func aCopyIsContentAndNoHolder() throws {
    var views = Array(repeating: TermView(standing: .whole), count: 3)
    views[0].held[request] = HeldRequest(digest: content, isCopy: true)
    views[1].held[request] = HeldRequest(digest: content)
    let rule = QuorumRule(replicas: 3, percent: 51)
    #expect(try TermFates(Term(1), views: views, rule: rule).reason(of: request) == .tooFew)
    views[1].held[request]?.isReadable = false
    views[2].held[request] = HeldRequest(digest: content, isReadable: false)
    #expect(
      try TermFates(Term(1), views: views, rule: rule).reason(of: request) == .quorumPossible)
    views[2].held[request]?.digest = Digest(of: [2])
    #expect(
      try TermFates(Term(1), views: views, rule: rule).reason(of: request) == .contentConflict)
  }

  @Test func oneAttemptThatRecordedTwoTablesIsRefused() {
    var views = Array(repeating: TermView(standing: .whole), count: 2)
    let held = HeldRequest(digest: content)
    views[0].record = RecordedTable(
      attempt: Term(2), table: DecisionRecord.Table(term: Term(1), forward: []))
    views[1].record = RecordedTable(
      attempt: Term(2),
      table: DecisionRecord.Table(
        term: Term(1), forward: [DecisionRecord.Forward(request, held)]))
    #expect(throws: AttemptRefusal.recordsDisagree(Term(1), attempt: Term(2))) {
      try TermFates(Term(1), views: views, rule: QuorumRule(replicas: 3, percent: 51))
    }
  }

  @Test func aReplicaVouchesByItsMarks() {
    var block = Superblock(
      volume: .null, replica: UniqueID(high: 0, low: 1), created: 0, name: [UInt8]("a".utf8))
    #expect(block.standing(of: Term(1), log: .absent) == .unproven)
    #expect(block.standing(of: Term(1), log: .whole) == .unproven)
    block.join(Term(2))
    #expect(block.standing(of: Term(1), log: .absent) == .neverJoined)
    #expect(block.standing(of: Term(1), log: .damaged) == .damaged)
    #expect(block.standing(of: Term(2), log: .absent) == .missing)
    #expect(block.standing(of: Term(2), log: .damaged) == .damaged)
    #expect(block.standing(of: Term(2), log: .whole) == .whole)
    block.prunedUpTo = 2
    // Nothing may be gone that is not decided.
    #expect(block.standing(of: Term(2), log: .absent) == .missing)
    block.decidedUpTo = 2
    #expect(block.standing(of: Term(2), log: .absent) == .pruned)
  }
}
