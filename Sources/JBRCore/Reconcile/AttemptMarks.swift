/// What a replica durably remembers of attempts to reconcile, and the rules by which it answers
/// them. Each change is to be flushed, under the journal's lock, before it is answered.
public struct AttemptMarks: Equatable, Sendable {
  public internal(set) var superblock: Superblock
  /// The accepted decisions, the one with the highest attempt last.
  public private(set) var decisions: [DecisionRecord] = []

  public init(_ superblock: Superblock, decisions: [DecisionRecord] = []) {
    self.superblock = superblock
    for decision in decisions.sorted(by: { $0.attempt < $1.attempt }) { keep(decision) }
  }

  /// Whether the replica may accept, acknowledge or lead requests of a term: only with a licence
  /// that a finished reconciliation wrote, since "the term is closed" dies with the disk that
  /// says it (finding 8).
  public func mayAct(in term: Term) -> Bool {
    superblock.opened != 0 && superblock.opened == term.rawValue
  }

  /// Fences the replica for an attempt. Its views may be read once this is flushed (finding 6),
  /// and until an attempt finishes neither destaging nor rollbacks go on here, also after a
  /// restart.
  ///
  /// `serverIsRunning`: whether somebody else than the caller acts on the journal.
  public mutating func promise(
    _ attempt: Term, serverIsRunning: Bool = false
  ) throws(AttemptRefusal) {
    guard !serverIsRunning else { throw .serverIsRunning }
    // An equal number may be another attempt's: both would open the same term (finding 5).
    guard attempt.rawValue > superblock.promise else {
      throw .stale(attempt: attempt, promised: Term(superblock.promise))
    }
    superblock.promise = attempt.rawValue
    superblock.opened = 0
  }

  /// The answer to an attempt, with the views that were read since the fence.
  public func answer(
    _ attempt: Term, as replica: String, terms: [Term: TermView]
  ) throws(AttemptRefusal) -> Promise {
    try requirePromise(attempt)
    return Promise(
      attempt: attempt, replica: replica, session: superblock.bootCount,
      decidedUpTo: superblock.decidedUpTo, terms: terms,
      standingElsewhere: superblock.standing(of: Term(.max), log: .absent),
      decisions: decisions)
  }

  /// Accepts a decision. It binds once enough have it; nothing may be touched before.
  ///
  /// `catchUp`: how a replica that is behind comes by the terms that others have done with.
  ///
  /// `hasContent`: whether the journal here holds a request's content, flushed. Without that, a
  /// forward that is recorded here alone could never be done (finding 10).
  public mutating func record(
    _ decision: DecisionRecord, catchUp: CatchUp = .decisions([]),
    hasContent: (RequestID, Digest) -> Bool
  ) throws(AttemptRefusal) {
    try requirePromise(decision.attempt)
    var new = [decision]
    if case .decisions(let earlier) = catchUp {
      new = earlier.sorted { $0.attempt < $1.attempt } + new
      if let gap = new.firstGap(above: superblock.decidedUpTo, below: decision.terms.lowerBound) {
        throw .termsMissing(from: gap)
      }
    }
    for one in new {
      guard one.isWellFormed, one.attempt <= decision.attempt else { throw .malformed(one.attempt) }
    }
    for one in new {
      for table in one.tables where table.term.rawValue > superblock.decidedUpTo {
        guard new.table(of: table.term)?.attempt == one.attempt else { continue }
        for (id, digest) in table.digests.sorted(by: { $0.key < $1.key })
        where !hasContent(id, digest) { throw .contentMissing(id) }
      }
    }
    // A copy of a brick brings what was decided, and not how: what is known here is out of date.
    if catchUp == .fullCopy { decisions = [] }
    for one in new { keep(one) }
  }

  /// Checks, under the lock, that a step of an attempt may touch the brick or the states.
  ///
  /// `session`: as the promise, or the last `resume`, answered.
  public func permitStep(_ attempt: Term, session: UInt64) throws(AttemptRefusal) {
    try requirePromise(attempt)
    guard decisions.last?.attempt == attempt else { throw .notRecorded(attempt: attempt) }
    guard session == superblock.bootCount else {
      throw .restarted(was: session, now: superblock.bootCount)
    }
  }

  /// The session in which all steps must be done anew after a restart.
  public func resume(_ attempt: Term) throws(AttemptRefusal) -> UInt64 {
    try requirePromise(attempt)
    guard decisions.last?.attempt == attempt else { throw .notRecorded(attempt: attempt) }
    return superblock.bootCount
  }

  /// Finishes the replica: to be called, and flushed as one, when all steps are done and the brick
  /// is flushed, all in one session (finding 11).
  ///
  /// `superseding`: a copy of a brick brought all terms up to this one. They are as good as pruned
  ///   here: nobody asks for a copy of what others decided, did and forgot.
  public mutating func finish(
    _ attempt: Term, session: UInt64, superseding: UInt64 = 0
  ) throws(AttemptRefusal) {
    try permitStep(attempt, session: session)
    let old = superblock.decidedUpTo
    for term in Set(decisions.flatMap { $0.tables.map(\.term) }) where term.rawValue > old {
      guard let recorded = decisions.table(of: term) else { continue }
      take(recorded)
    }
    superblock.decidedUpTo = max(superblock.decidedUpTo, attempt.rawValue - 1)
    superblock.opened = attempt.rawValue
    superblock.join(attempt)
    let pruned = min(superseding, superblock.decidedUpTo)
    guard pruned > superblock.prunedUpTo else { return }
    superblock.prunedUpTo = pruned
    superblock.terms = superblock.terms.filter { $0.key.rawValue > pruned }
  }

  private func requirePromise(_ attempt: Term) throws(AttemptRefusal) {
    guard attempt.rawValue == superblock.promise else {
      throw .stale(attempt: attempt, promised: Term(superblock.promise))
    }
  }

  private mutating func take(_ recorded: RecordedTable) {
    let term = recorded.table.term
    let state = superblock.terms[term]?.state ?? .frozen
    superblock.terms[term] = Superblock.TermEntry(
      state: state == .current ? .draining : state,
      reconciliation: recorded.reconciliationID)
    for forward in recorded.table.forward where forward.client != .null {
      // The next leader answers a retry instead of doing it again (finding 14).
      if superblock.clients[forward.client] == nil {
        superblock.clients[forward.client] = Superblock.Client(term: term, index: forward.index)
      }
    }
  }

  private mutating func keep(_ decision: DecisionRecord) {
    decisions.removeAll {
      decision.terms.contains($0.terms) && $0.attempt <= decision.attempt
        || $0.attempt == decision.attempt
    }
    decisions.append(decision)
    decisions.sort { $0.attempt < $1.attempt }
  }
}

extension Superblock {
  /// The number above which the next attempt must be, so that it decides something.
  package var attemptFloor: Term { Term(max(promise, decidedUpTo < .max ? decidedUpTo + 1 : .max)) }
}

/// How a replica that is behind comes by what was decided, done and perhaps pruned without it.
public enum CatchUp: Equatable, Sendable {
  /// The decisions that say it, whose content somebody has.
  case decisions([DecisionRecord])
  /// Decisions or content are gone everywhere: the whole brick is copied.
  case fullCopy

  /// The decisions that the replica is brought; none where its brick is copied.
  var earlier: [DecisionRecord] {
    if case .decisions(let earlier) = self { earlier } else { [] }
  }
}

extension [DecisionRecord] {
  /// What the decision with the highest attempt says of a term. A term in its range that it does
  /// not list has nothing in it: it is closed all the same.
  func table(of term: Term) -> RecordedTable? {
    let about = filter { $0.terms.contains(term.rawValue) }
    guard let decision = about.max(by: { $0.attempt < $1.attempt }) else { return nil }
    let table = decision.tables.first { $0.term == term }
    return RecordedTable(
      attempt: decision.attempt, table: table ?? DecisionRecord.Table(term: term, forward: []))
  }

  /// The first term above one and below another one of which no decision says anything.
  func firstGap(above decided: UInt64, below end: UInt64) -> Term? {
    var reached = decided
    for decision in sorted(by: { $0.terms.lowerBound < $1.terms.lowerBound })
    where reached < .max && decision.terms.lowerBound <= reached + 1 {
      reached = Swift.max(reached, decision.terms.upperBound)
    }
    return reached < .max && reached + 1 < end ? Term(reached + 1) : nil
  }
}

extension DecisionRecord {
  /// Whether it is about terms below its attempt alone, each once, with each request once.
  fileprivate var isWellFormed: Bool {
    let named = tables.map(\.term)
    return terms.upperBound < attempt.rawValue && Set(named).count == named.count
      && tables.allSatisfy { table in
        terms.contains(table.term.rawValue) && table.digests.count == table.forward.count
      }
  }
}
