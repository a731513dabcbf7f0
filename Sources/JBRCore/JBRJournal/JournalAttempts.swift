/// What a reconciliation writes into a journal. Who may write what, and when, is for
/// `AttemptMarks` to say; here it is made durable.
extension JournalWriter {
  /// The decisions that were accepted.
  ///
  /// - Throws: a `damaged` failure where they cannot be read.
  public func decisions() throws(Failure) -> [DecisionRecord] {
    let path = maker.path(JournalNames.decisions)
    guard try disk.exists(path) else { return [] }
    return try DecisionLog.read(try disk.openForReading(path))
  }

  /// Replaces the accepted decisions. Those of terms that were pruned are of no use any more.
  public func keep(_ decisions: [DecisionRecord]) throws(Failure) {
    let needed = decisions.filter { $0.terms.upperBound > superblock.prunedUpTo }
    try DecisionLog.write(needed, maker)
  }

  /// Remembers a promise: from here on no request is taken in any term that is there.
  public func remember(promise next: Superblock) throws(Failure) {
    try update(next)
    if let current = currentTerm, damagedTerms[current] == nil { try close(current) }
  }

  /// Takes what others hold and this journal lacks, in any term: one that never began here, that
  /// ended, or that is frozen.
  ///
  /// - Throws: `damaged` for a term that must be set aside first; what `commit` does.
  public func take(_ copies: [NewRequest], in term: Term) throws(Failure) {
    guard !copies.isEmpty else { return }
    try makeWritable(term)
    // Copies are durable before a decision names them, so that flushes need not be many.
    var group: [NewEvent] = []
    var byteCount = 0
    for copy in copies {
      group.append(.request(copy))
      byteCount += copy.payload?.count ?? 0
      if group.count == 1024 || byteCount > 16 << 20 {
        _ = try commit(group, in: term)
        (group, byteCount) = ([], 0)
      }
    }
    if !group.isEmpty { _ = try commit(group, in: term) }
  }

  private func makeWritable(_ term: Term) throws(Failure) {
    if writers[term] != nil || damagedTerms[term] != nil { return }
    switch superblock.terms[term]?.state {
    case .current, .draining: break
    case .frozen, .retired: try thaw(term)
    case nil: try beginClosed(term)
    }
  }

  /// Makes a term in which this replica never took part, or whose log is gone.
  private func beginClosed(_ term: Term) throws(Failure) {
    var writer = TermWriter(try make(term, attempt: Term(0), leader: ""), maker, limits)
    try writer.close()
    var next = superblock
    next.join(term)
    let id = next.terms[term]?.reconciliation ?? 0
    next.terms[term] = Superblock.TermEntry(state: .draining, reconciliation: id)
    try update(next)
    writers[term] = writer
  }

  /// Takes a frozen term's trailer away, of which a copy is kept.
  private func thaw(_ term: Term) throws(Failure) {
    // A term that has no log here never was one of this replica's.
    guard superblock.hasJoined(term) else { return try beginClosed(term) }
    let recovered = try TermRecovery(maker: maker, term: term).recover(thawing: true)
    var next = superblock
    next.terms[term]?.state = .draining
    try update(next)
    writers[term] = TermWriter(recovered, maker, limits)
  }

  /// Moves the files of a damaged term out of the way, as evidence, and begins the term anew, to be
  /// filled with what others hold. Only for a term of which a decision binds elsewhere: what this
  /// replica knew beside it is no longer asked for.
  public func beginAnew(_ term: Term) throws(Failure) {
    for name in try disk.names(in: directory).sorted() {
      guard let file = JournalNames.parse(name), file.term == term else { continue }
      var number = 1
      let kept = maker.path(name + JournalNames.brokenInfix)
      while try disk.exists("\(kept)\(number)") { number += 1 }
      try disk.rename(maker.path(name), to: "\(kept)\(number)")
    }
    try disk.synchronizeDirectory(directory)
    forgetDamage(of: term)
    writers[term] = nil
    try beginClosed(term)
  }

  /// Writes, durably, that some requests are about to be applied.
  ///
  /// `results`: what sums come to, by their index.
  public func begin(
    _ forward: [ClosedRange<UInt64>], in term: Term, results: [UInt64: [DictEntry]] = [:]
  ) throws(Failure) {
    // One that this replica takes for failed may have been decided without it.
    try change(
      forward.apart(results.keys.sorted()), in: term,
      { $0.mayBecome(.inProgress) ? [.inProgress] : [] }, results: results)
  }

  /// Writes what became of a term's requests, all of which are decided, and freezes it.
  ///
  /// `subs` are forward requests without an index of their own.
  public func settle(
    _ forward: [ClosedRange<UInt64>], subs: Set<RequestID>, in term: Term
  ) throws(Failure) {
    guard let states = writers[term]?.states else { return }
    var agreed: [NewEvent] = forward.map {
      .agreed(first: $0.lowerBound, last: $0.upperBound, byDecision: true)
    }
    for (id, state) in states.subs.sorted(by: { $0.key < $1.key }) {
      let path = subs.contains(id) ? state.pathToCommitted : state.pathToInvalid
      agreed += path.map { .state($0, index: id.index, sub: id.sub, last: id.index, results: []) }
    }
    if !agreed.isEmpty { _ = try commit(agreed, in: term) }
    try change(forward, in: term, \.pathToCommitted)
    try change(
      states.runs.map { $0.first...$0.last }.subtracting(forward), in: term, \.pathToInvalid)
    try freeze(term)
  }

  private func change(
    _ ranges: [ClosedRange<UInt64>], in term: Term, _ path: (RequestState) -> [RequestState],
    results: [UInt64: [DictEntry]] = [:]
  ) throws(Failure) {
    guard let states = writers[term]?.states else { return }
    var events: [NewEvent] = []
    for range in ranges {
      for run in states.runs where run.first <= range.upperBound && run.last >= range.lowerBound {
        let first = max(run.first, range.lowerBound)
        let last = min(run.last, range.upperBound)
        let known = first == last ? results[first] ?? [] : []
        events += path(run.state).map {
          .state($0, index: first, sub: 0, last: last, results: known)
        }
      }
    }
    if !events.isEmpty { _ = try commit(events, in: term) }
  }

  /// Ends an attempt here: its term is made, and one superblock says all at once that everything
  /// below is decided and applied, and that this replica may act in the new term.
  public func finish(_ next: Superblock, opening term: Term) throws(Failure) {
    let made = try make(term, attempt: term, leader: "")
    var finished = next
    finished.terms[term] = Superblock.TermEntry(state: .current, reconciliation: 0)
    try update(finished)
    writers = writers.filter { $0.key.rawValue > finished.prunedUpTo }
    writers[term] = TermWriter(made, maker, limits)
    try preallocateNext()
  }
}

extension RequestState {
  fileprivate var pathToCommitted: [RequestState] {
    switch self {
    case .uncommitted: [.inProgress, .committed]
    case .inProgress, .needFsync: [.committed]
    // That a decision overrides a leader's word is for the decision to say.
    case .committed, .invalid: []
    }
  }

  fileprivate var pathToInvalid: [RequestState] { mayBecome(.invalid) ? [.invalid] : [] }
}

extension [ClosedRange<UInt64>] {
  /// The same ranges, cut so that some indices, ascending, stand alone.
  func apart(_ indices: [UInt64]) -> [ClosedRange<UInt64>] {
    var found: [ClosedRange<UInt64>] = []
    var place = 0
    for range in self {
      var first = range.lowerBound
      var isOpen = true
      while place < indices.count, indices[place] <= range.upperBound {
        let index = indices[place]
        place += 1
        guard index >= first, isOpen else { continue }
        if index > first { found.append(first...(index - 1)) }
        found.append(index...index)
        if index == range.upperBound { isOpen = false } else { first = index + 1 }
      }
      if isOpen { found.append(first...range.upperBound) }
    }
    return found
  }

  /// What of these ranges is in none of the others; both ascending and apart.
  func subtracting(_ others: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
    var found: [ClosedRange<UInt64>] = []
    var place = 0
    for range in self {
      var first = range.lowerBound
      var isOpen = true
      while place < others.count, others[place].upperBound < first { place += 1 }
      var next = place
      while next < others.count, others[next].lowerBound <= range.upperBound {
        let other = others[next]
        if other.lowerBound > first { found.append(first...other.lowerBound - 1) }
        guard other.upperBound < range.upperBound else {
          isOpen = false
          break
        }
        first = Swift.max(first, other.upperBound + 1)
        next += 1
      }
      if isOpen { found.append(first...range.upperBound) }
    }
    return found
  }
}
