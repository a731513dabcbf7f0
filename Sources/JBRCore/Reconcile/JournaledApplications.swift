/// What a jbr journal says of which requests are on its brick.
struct JournaledApplications {
  private let knowledge: ReplicaKnowledge
  /// What was decided of each term, as far as the replica knows.
  private let tables: [Term: [RequestID: Digest]]
  /// The same as far as any replica knows, for terms of which this one has pruned its decision.
  private let decided: [Term: [RequestID: Digest]]

  /// - Returns: nil for a journal of no replica set: what it holds is taken for applied.
  init?(_ journal: ReplicaJournal, decided: [Term: [RequestID: Digest]] = [:]) {
    guard journal.namesSet, let knowledge = journal.knowledge else { return nil }
    self.knowledge = knowledge
    self.decided = decided
    tables = Self.tables(knowledge.decisions)
  }

  /// What was decided of each term, as any of some replicas remembers it: a decision is the same
  /// wherever it stands.
  static func decided(_ journals: [ReplicaJournal]) -> [Term: [RequestID: Digest]] {
    tables(journals.flatMap { $0.knowledge?.decisions ?? [] })
  }

  private static func tables(_ decisions: [DecisionRecord]) -> [Term: [RequestID: Digest]] {
    let terms = Set(decisions.flatMap { $0.tables.map(\.term) })
    return Dictionary(
      uniqueKeysWithValues: terms.compactMap { term in
        decisions.table(of: term).map { (term, $0.table.digests) }
      })
  }

  /// Whether a request is on the brick.
  func of(_ id: RequestID, _ cell: RequestCell) -> RequestCell.Application {
    let isDone = id.term.rawValue <= knowledge.superblock.decidedUpTo
    let isForward = (tables[id.term] ?? (isDone ? decided[id.term] : nil)).map { $0[id] != nil }
    if isDone, let isForward { return isForward ? .applied : .never }
    if let isForward { return begun(isForward, cell) }
    switch cell.journaledState {
    case .committed: return .applied
    case .inProgress, .needFsync: return .maybe
    case .uncommitted, .invalid: return .never
    case nil: return cell.journalIsDamaged ? .maybe : .never
    }
  }

  /// The same where an attempt has recorded a decision and did not finish. What it was about to
  /// apply it has said before the first step, and what was done with after the last one.
  private func begun(_ isForward: Bool, _ cell: RequestCell) -> RequestCell.Application {
    switch (isForward, cell.journaledState) {
    case (true, .committed): .applied
    case (_, .uncommitted), (false, .invalid): .never
    // Of a copy, and of what the replica took for failed, nothing is said.
    case (true, nil), (true, .invalid): .maybe
    case (_, .inProgress), (_, .needFsync), (false, .committed): .maybe
    case (false, nil): cell.journalIsDamaged ? .maybe : .never
    }
  }

  /// The same of a record of the journal.
  func isApplied(_ record: JournalRecord, _ state: RequestState) -> Bool {
    var cell = RequestCell()
    cell.journaledState = record.details?.copiedBy == nil ? state : nil
    return of(record.id, cell) == .applied
  }
}
