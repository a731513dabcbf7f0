/// One attempt to reconcile jbr journals: from the promises of all participants to the record that
/// binds, and behind the steps on the bricks to the marks that say so.
///
/// Nothing but journals is touched here. Killed anywhere and begun again, the next attempt adopts
/// what this one recorded.
public final class Reconciliation {
  public let participants: [JournalParticipant]
  public let attempt: Attempt
  public let decision: DecisionRecord
  /// What the journals said behind the fence, in the order of the participants.
  public let journals: [ReplicaJournal]
  /// What was copied from journal to journal.
  public private(set) var supplies: [Supply] = []
  private var copied: [String: Set<ContentKey>] = [:]
  private let sessions: [UInt64]
  /// The journals that content is copied from.
  private var sources: [ReplicaJournal]

  /// Fences all participants and decides. Nothing is recorded yet.
  ///
  /// `needed`: fewer than the rule asks for are an unsafe quorum. `preferring`: whose request counts
  ///   where contents differ.
  public convenience init(
    _ participants: [JournalParticipant], rule: QuorumRule, needed: Int? = nil,
    preferring: String? = nil
  ) throws(Failure) {
    let promised = participants.map(\.superblock.attemptFloor)
    guard let number = Attempt.number(above: promised) else {
      throw Failure(.refused, "no attempt has a number above \(Term(.max))")
    }
    let promises = try participants.map { one throws(Failure) in try one.promise(number) }
    try self.init(
      participants, promises: promises, journals: participants.compactMap(\.journal),
      attempt: { () throws(AttemptRefusal) in
        try Attempt(
          number, rule: rule, needed: needed, preferring: preferring, promises: promises)
      })
  }

  /// Decides from the participants' promises, with what their journals said behind these.
  package init(
    _ participants: [JournalParticipant], promises: [Promise], journals: [ReplicaJournal],
    attempt: () throws(AttemptRefusal) -> Attempt
  ) throws(Failure) {
    self.participants = participants
    sessions = promises.map(\.session)
    self.journals = journals
    sources = journals
    do throws(AttemptRefusal) {
      self.attempt = try attempt()
      decision = try self.attempt.record()
    } catch { throw error.failure() }
  }

  /// Brings content to all journals and records the decision in them: first in those that vouch,
  /// which bind it, then in those whose damage this repairs.
  ///
  /// `copiedWhole`: replicas whose brick becomes a copy of another one's.
  public func record(copiedWhole: Set<String> = []) throws(Failure) {
    for one in inOrderOfRecording { try record(at: one, copiedWhole) }
  }

  /// Makes anew what is damaged in journals that vouch, or is not what was decided. Now that all
  /// have the decision, nobody asks any more what else such a journal knew.
  package func remake(_ copiedWhole: Set<String> = []) throws(Failure) {
    for one in participants {
      let catchUp = catchUp(of: one.name, copiedWhole)
      let lacks = attempt.remakes(of: one.name, decision, catchUp)
      guard !lacks.isEmpty else { continue }
      let others = participants.filter { $0.name != one.name }
      let journals = try others.map { other throws(Failure) in try other.read() }
      let sources = ContentSources(journals, but: one.name)
      for lack in lacks {
        try one.beginAnew(lack.term, of: attempt.number)
        supplies.removeAll { $0.replica == one.name && $0.term == lack.term }
        supplies.append(try copy(lack, to: one, from: sources))
      }
    }
  }

  private func catchUp(of replica: String, _ copiedWhole: Set<String>) -> CatchUp {
    copiedWhole.contains(replica) ? .fullCopy : attempt.catchUp(of: replica) ?? .decisions([])
  }

  /// Those that vouch come first.
  package var inOrderOfRecording: [JournalParticipant] {
    participants.filter { attempt.vouches($0.name) }
      + participants.filter { !attempt.vouches($0.name) }
  }

  /// The same at one participant, whose turn it is.
  package func record(
    at participant: JournalParticipant, _ copiedWhole: Set<String> = []
  ) throws(Failure) {
    if !attempt.vouches(participant.name) {
      // The others hold everything now; what the damaged one holds is put aside.
      sources = try participants.filter { attempt.vouches($0.name) }.map { one throws(Failure) in
        try one.read()
      }
    }
    try bringAndRecord(at: participant, copiedWhole)
  }

  private func bringAndRecord(
    at participant: JournalParticipant, _ copiedWhole: Set<String>
  ) throws(Failure) {
    let name = participant.name
    let catchUp = catchUp(of: name, copiedWhole)
    guard catchUp != .fullCopy || copiedWhole.contains(name) else {
      throw AttemptRefusal.termsMissing(from: Term(participant.superblock.decidedUpTo + 1))
        .failure(path: name)
    }
    try supply(participant, catchUp)
    let held = copied[name] ?? []
    let promise = attempt.promises.first { $0.replica == name }
    try participant.record(
      decision, catchUp: catchUp, forgettingDamaged: !attempt.vouches(name)
    ) { id, digest in
      held.contains(ContentKey(id: id, digest: digest))
        || promise?.terms[id.term]?.hasContent(id, digest) ?? false
    }
  }

  /// Copies what a participant lacks of all that was decided above its mark.
  private func supply(
    _ participant: JournalParticipant, _ catchUp: CatchUp
  ) throws(Failure) {
    let lacks = attempt.lacks(of: participant.name, decision, catchUp)
    guard !lacks.isEmpty else { return }
    let sources = ContentSources(sources, but: participant.name)
    for lack in lacks {
      if lack.isRepair { try participant.beginAnew(lack.term, of: attempt.number) }
      supplies.append(try copy(lack, to: participant, from: sources))
      copied[participant.name, default: []].formUnion(lack.content)
    }
  }

  private func copy(
    _ lack: ContentLack, to participant: JournalParticipant, from sources: ContentSources
  ) throws(Failure) -> Supply {
    var supply = Supply(lack, to: participant.name)
    var copies: [NewRequest] = []
    for key in lack.content {
      guard let source = sources.find(key) else {
        throw AttemptRefusal.contentMissing(key.id).failure(path: participant.name)
      }
      copies.append(NewRequest(copyOf: source.record, by: attempt.number))
      supply.note(source)
    }
    try participant.take(copies, in: lack.term, of: attempt.number)
    return supply
  }

  /// Says in each journal what is about to be applied, before any brick is touched, once all have
  /// recorded the decision. What is damaged in one that vouches is made anew here.
  ///
  /// `sums`: what sums come to.
  public func begin(
    copiedWhole: Set<String> = [], _ sums: [SumResult] = []
  ) throws(Failure) {
    try remake(copiedWhole)
    for one in participants { try one.begin(attempt.number, sums) }
  }

  /// Checks that a step may touch a replica's brick.
  public func permitStep(on replica: String) throws(Failure) {
    for (one, session) in zip(participants, sessions) where one.name == replica {
      try one.permitStep(attempt.number, session: session)
    }
  }

  /// Finishes all participants: their bricks hold what was decided, durably.
  ///
  /// `copiedWhole`: replicas whose brick became a copy, so that nothing is left to be said about
  ///   the terms that others were done with before.
  public func finish(copiedWhole: Set<String> = []) throws(Failure) {
    for (one, session) in zip(participants, sessions) {
      let superseded = copiedWhole.contains(one.name) ? attempt.decidedUpTo : 0
      try one.finish(attempt.number, session: session, superseding: superseded)
    }
  }
}

extension NewRequest {
  /// A copy of a request that another journal holds.
  init(copyOf record: JournalRecord, by attempt: Term) {
    self.init(
      record.request, payload: record.payload, index: record.id.index, sub: record.id.sub)
    time = record.details?.time
    client = record.details?.client ?? .null
    failed = record.details?.failed ?? []
    copiedBy = attempt
  }
}
