/// What a jbr journal says of which requests are on its brick.
struct JournaledApplications {
  private let knowledge: ReplicaKnowledge
  /// What was decided of each term, as far as the replica knows.
  private let tables: [Term: [RequestID: Digest]]

  /// - Returns: nil for a journal of no replica set: what it holds is taken for applied.
  init?(_ journal: ReplicaJournal) {
    guard journal.namesSet, let knowledge = journal.knowledge else { return nil }
    self.knowledge = knowledge
    let terms = Set(knowledge.decisions.flatMap { $0.tables.map(\.term) })
    tables = Dictionary(
      uniqueKeysWithValues: terms.compactMap { term in
        knowledge.decisions.table(of: term).map { (term, $0.table.digests) }
      })
  }

  /// Whether a request is on the brick.
  func of(_ id: RequestID, _ cell: RequestCell) -> RequestCell.Application {
    let isForward = tables[id.term].map { $0[id] != nil }
    let isDone = id.term.rawValue <= knowledge.superblock.decidedUpTo
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
