/// Records in a jbr journal how far each request of a replay has come: in-progress before the
/// brick is touched, need-fsync after, committed once the brick is flushed.
///
/// Only requests that the journal knows and that are not final yet change their state: a replay
/// of what is committed, or of an invalid request that was asked for by name, leaves the journal
/// alone. A request that failed, or whose turn did not come, stays in-progress: maybe applied,
/// and to be done again.
public final class JournalStates: ReplayKeeper {
  private let journal: JournalWriter

  /// The journal must be that of the brick.
  public init(_ journal: JournalWriter) { self.journal = journal }

  func begin(_ batch: [ReplayStep]) throws(Failure) {
    try change(batch.filter { $0.foregone == nil }, to: .inProgress, withResults: true)
  }

  func touched(_ batch: [ReplayStep]) throws(Failure) {
    // Of a refused one nothing is on the brick that would need a flush, but the journal's order
    // of states knows no difference.
    try change(batch.filter { $0.foregone == nil && $0.isDone }, to: .needFsync)
  }

  func flushed(_ batch: [ReplayStep]) throws(Failure) {
    try change(batch.filter { $0.foregone == nil && $0.isDone }, to: .committed)
  }

  /// What needed nothing done is committed only when all is done: what overlaps it is on the brick
  /// then, and flushed.
  func finish(_ steps: [ReplayStep], isWhole: Bool) throws(Failure) {
    guard isWhole else { return }
    let left = steps.filter { $0.foregone != nil }
    try change(left, to: .inProgress)
    try change(left, to: .committed)
  }

  /// Takes requests to a state, those that may come into it, with one flush for each term.
  private func change(
    _ steps: [ReplayStep], to state: RequestState, withResults: Bool = false
  ) throws(Failure) {
    var terms: [(term: Term, runs: [Run])] = []
    var seen: Set<RequestID> = []
    // Lines may come twice.
    for step in steps where seen.insert(step.id).inserted {
      guard let current = journal.states(of: step.id.term)?.state(step.id.index, sub: step.id.sub),
        current.mayBecome(state)
      else { continue }
      let results = withResults ? step.sums : []
      if terms.last?.term != step.id.term { terms.append((step.id.term, [])) }
      let last = terms.count - 1
      if let run = terms[last].runs.last, results.isEmpty, run.takes(step.id) {
        terms[last].runs[terms[last].runs.count - 1].last = step.id.index
      } else {
        terms[last].runs.append(Run(first: step.id, last: step.id.index, results: results))
      }
    }
    for (term, runs) in terms {
      _ = try journal.commit(
        runs.map { run in
          .state(
            state, index: run.first.index, sub: run.first.sub, last: run.last,
            results: run.results)
        }, in: term)
    }
  }

  /// Requests one behind the other that share an event.
  private struct Run {
    var first: RequestID
    var last: UInt64
    var results: [DictEntry]

    func takes(_ id: RequestID) -> Bool {
      results.isEmpty && first.sub == 0 && id.sub == 0 && id.index == last &+ 1
    }
  }
}

extension ReplayStep {
  /// What a sum comes to, by key; empty for anything else.
  fileprivate var sums: [DictEntry] {
    guard [.xattrop, .fxattrop].contains(item.original.request.fop),
      [.setxattr, .fsetxattr].contains(item.request.request.fop)
    else { return [] }
    return item.request.request.entries(.dict)
  }
}

extension Replayer {
  /// Has the states of the requests recorded in their journal; before it runs.
  public func keep(_ states: JournalStates) { keepers.append(states) }
}
