/// A participant's answer to an attempt: it has promised, and this is what it holds.
public struct Promise: Equatable, Sendable {
  public var attempt: Term
  public var replica: String
  /// The boot in which it answered.
  public var session: UInt64
  public var decidedUpTo: UInt64
  /// Its views of the terms of which it knows anything.
  public var terms: [Term: TermView]
  /// How it stands to all other terms.
  public var standingElsewhere: TermView.Standing

  /// The decisions that it accepted.
  public var decisions: [DecisionRecord]

  /// What it says of a term, with the record of the highest attempt.
  public func view(of term: Term) -> TermView {
    var view = terms[term] ?? TermView(standing: standingElsewhere)
    view.record = decisions.table(of: term)
    return view
  }

  /// Of the decisions those that were also finished: an attempt that died may have recorded
  /// something else.
  fileprivate var finished: [DecisionRecord] {
    decisions.filter { $0.terms.upperBound <= decidedUpTo }
  }

  /// The terms of which it knows anything.
  fileprivate var named: Set<Term> {
    Set(terms.keys).union(decisions.flatMap { $0.tables.map(\.term) })
  }
}

/// One numbered attempt to reconcile, from the promises to the decision. One number does both: it
/// fences the terms below it, which the attempt decides, and names the term that it opens, so that
/// the range is fixed before the first fence (finding 5).
public struct Attempt: Sendable {
  public let number: Term
  public let rule: QuorumRule
  /// How many must vouch for each term.
  public let needed: Int
  /// Whose request counts where two replicas hold different ones under one name; a person's choice.
  public let preferred: String?
  /// By the replicas' names, so that the order in which they answered changes nothing.
  public let promises: [Promise]
  /// Of each term, the requests that the promises leave out.
  private let uniform: [Term: UniformRequests]

  /// The number of a new attempt without a coordinator: above all that was ever promised.
  /// - Returns: nil where there is none.
  public static func number(above promised: some Sequence<Term>) -> Term? {
    let highest = promised.map(\.rawValue).max() ?? 0
    return highest < .max ? Term(max(2, highest + 1)) : nil
  }

  /// Begins an attempt with the promises of all that take part.
  ///
  /// `needed`: fewer than the rule asks for are an unsafe quorum, which only a person may choose:
  /// an acknowledged request may be lost, or two attempts decide differently.
  public init(
    _ number: Term, rule: QuorumRule, needed: Int? = nil, preferring: String? = nil,
    promises: [Promise]
  ) throws(AttemptRefusal) {
    try self.init(
      number, rule: rule, needed: needed, preferring: preferring, promises: promises, uniform: [:])
  }

  /// `uniform`: requests that all hold alike and have applied, and that promises leave out. Such
  /// an attempt is looked at and never recorded.
  init(
    _ number: Term, rule: QuorumRule, needed: Int?, preferring: String?, promises: [Promise],
    uniform: [Term: UniformRequests]
  ) throws(AttemptRefusal) {
    self.number = number
    self.uniform = uniform
    self.rule = rule
    self.needed = needed ?? rule.needed
    preferred = preferring
    self.promises = promises.sorted { $0.replica < $1.replica }
    for promise in promises where promise.attempt != number {
      throw .stale(attempt: number, promised: promise.attempt)
    }
    for (first, second) in zip(self.promises, self.promises.dropFirst())
    where first.replica == second.replica { throw .duplicateReplica(first.replica) }
    guard promises.count <= rule.replicas else {
      throw .tooManyReplicas(promises.count, of: rule.replicas)
    }
  }

  /// All terms up to this are decided: some participant finished.
  public var decidedUpTo: UInt64 { promises.map(\.decidedUpTo).max() ?? 0 }

  /// The fates of all terms below the number that are not decided, conflicts among them.
  ///
  /// - Throws: where too few vouch for a term: then nothing is decided.
  public func fates() throws(AttemptRefusal) -> [TermFates] {
    guard decidedUpTo < .max, decidedUpTo + 1 < number.rawValue else {
      throw .nothingToDecide(attempt: number)
    }
    let range = decidedUpTo + 1...number.rawValue - 1
    let named = Set(promises.flatMap(\.named)).filter { range.contains($0.rawValue) }
    // Terms of which nobody knows anything are closed too; one of them stands for all.
    if UInt64(named.count) <= range.upperBound - range.lowerBound {
      try requireVouching(number) { $0.standingElsewhere }
    }
    let choice = promises.firstIndex { $0.replica == preferred }
    var found: [TermFates] = []
    for term in named.sorted() {
      try requireVouching(term) { $0.view(of: term).standing }
      let views = promises.map { $0.view(of: term) }
      found.append(
        try TermFates(
          term, views: views, rule: rule, preferred: choice, uniform: uniform[term] ?? .init()))
    }
    return found
  }

  /// The same for an attempt that is to be recorded.
  ///
  /// - Throws: also where something conflicts: then nothing is decided.
  public func decided() throws(AttemptRefusal) -> [TermFates] {
    let found = try fates()
    var conflicts: [RequestID: FateCase] = [:]
    for fates in found {
      for id in fates.conflicts { conflicts[id] = fates.reason(of: id) }
    }
    guard conflicts.isEmpty else { throw .conflicts(conflicts) }
    return found
  }

  /// What every participant is to record, under this attempt's number also where a table was
  /// adopted: it binds when enough have it under one number (finding 3).
  public func record() throws(AttemptRefusal) -> DecisionRecord { record(of: try decided()) }

  /// The same of fates that are known, among which nothing conflicts.
  func record(of fates: [TermFates]) -> DecisionRecord {
    DecisionRecord(
      attempt: number, terms: decidedUpTo + 1...number.rawValue - 1,
      participants: promises.map { promise in
        DecisionRecord.Participant(
          name: ByteView([UInt8](promise.replica.utf8)),
          vouched: fates.allSatisfy { promise.view(of: $0.term).standing.vouches })
      },
      tables: fates.map(\.table))
  }

  /// What was decided, and done, of a term before this attempt; nil where no participant has the
  /// record any more.
  public func settled(_ term: Term) -> RecordedTable? {
    promises.filter { $0.decidedUpTo >= term.rawValue }.flatMap(\.finished).table(of: term)
  }

  /// Checks that what happened in terms that all have done with is still known where a log of them
  /// is damaged: a fold without it would take what is on the bricks for wrong. Who is behind gets
  /// it from the others, or a copy of a brick.
  func requireSettled() throws(AttemptRefusal) {
    guard promises.allSatisfy({ $0.decidedUpTo == decidedUpTo }) else { return }
    var spoiled: Set<Term> = []
    for (term, view) in promises.flatMap(\.terms)
    where term.rawValue <= decidedUpTo && !view.standing.vouches { spoiled.insert(term) }
    for term in spoiled.sorted() {
      let views = promises.compactMap { $0.terms[term] }
      for id in settled(term)?.table.digests.keys.sorted() ?? []
      where !views.contains(where: { $0.held[id] != nil }) { throw .contentMissing(id) }
    }
  }

  /// Whether a participant's silence means something in every term that is to be decided.
  public func vouches(_ replica: String) -> Bool {
    guard let promise = promises.first(where: { $0.replica == replica }) else { return false }
    let terms = Set(promises.flatMap(\.named)).filter { $0.rawValue > decidedUpTo && $0 < number }
    return promise.standingElsewhere.vouches
      && terms.allSatisfy { promise.view(of: $0).standing.vouches }
  }

  /// How a participant that is below the others' mark comes by the terms between; nil for one that
  /// is not among them.
  public func catchUp(of replica: String) -> CatchUp? {
    guard let own = promises.first(where: { $0.replica == replica }) else { return nil }
    guard own.decidedUpTo < decidedUpTo else { return .decisions([]) }
    let all = promises.flatMap(\.finished).filter { $0.terms.upperBound > own.decidedUpTo }
    guard all.firstGap(above: own.decidedUpTo, below: decidedUpTo + 1) == nil else {
      return .fullCopy
    }
    for term in Set(all.flatMap { $0.tables.map(\.term) })
    where term.rawValue > own.decidedUpTo && term.rawValue <= decidedUpTo {
      let digests = all.table(of: term)?.table.digests ?? [:]
      let isThere = digests.allSatisfy { id, digest in
        promises.contains { $0.terms[term]?.hasContent(id, digest) ?? false }
      }
      guard isThere else { return .fullCopy }
    }
    // Of one attempt all participants have the same.
    var latest: [Term: DecisionRecord] = [:]
    for decision in all { latest[decision.attempt] = decision }
    return .decisions(latest.values.sorted { $0.attempt < $1.attempt })
  }

  /// The quorum is counted for each term, not for the meeting (finding 9).
  private func requireVouching(
    _ term: Term, _ standing: (Promise) -> TermView.Standing
  ) throws(AttemptRefusal) {
    let vouching = promises.filter { standing($0).vouches }.map(\.replica)
    guard vouching.count >= needed else {
      throw .tooFewVouch(term, needed: needed, vouching: vouching)
    }
  }
}
