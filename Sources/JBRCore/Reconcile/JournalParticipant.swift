/// A replica's jbr journal in the hands of a reconciliation: it holds the journal's lock, answers by
/// the rules of `AttemptMarks`, and makes every answer durable before it gives it.
public final class JournalParticipant {
  public let name: String
  public let directory: String
  private let disk: any Disk
  private let known: KnownBlocks<JournalRecord>?
  package let writer: JournalWriter
  /// What the journal said behind the last promise.
  package private(set) var journal: ReplicaJournal?

  /// Takes the journal's lock, which begins a new session: steps of earlier ones must be redone.
  ///
  /// `known`: as for `ReplicaJournal`.
  /// - Throws: `tryAgain` while somebody else writes to the journal; `damaged` where its superblock
  ///   is lost.
  public init(
    name: String, disk: any Disk, directory: String, limits: WriterLimits = WriterLimits(),
    known: KnownBlocks<JournalRecord>? = nil
  ) throws(Failure) {
    self.known = known
    self.name = name
    self.disk = disk
    self.directory = directory
    writer = try JournalWriter(on: disk, directory: directory, limits: limits)
  }

  public var superblock: Superblock { writer.superblock }
  /// The session in which everything is done from here on.
  public var session: UInt64 { superblock.bootCount }

  /// As they are on the disk; nobody else writes while the lock is held.
  private var decisions: [DecisionRecord]?

  private func marks() throws(Failure) -> AttemptMarks {
    if let decisions { return AttemptMarks(superblock, decisions: decisions) }
    let read = try writer.decisions()
    decisions = read
    return AttemptMarks(superblock, decisions: read)
  }

  /// Fences the replica for an attempt, and answers with what it holds, read behind the fence.
  public func promise(_ attempt: Term) throws(Failure) -> Promise {
    // Decisions that cannot be read make a silent replica of it, and no refusal.
    var marks = AttemptMarks(superblock)
    try asFailure { () throws(AttemptRefusal) in try marks.promise(attempt) }
    try writer.remember(promise: marks.superblock)
    let read = try read()
    journal = read
    return try read.promise(to: attempt)
  }

  /// What the journal holds now.
  package func read() throws(Failure) -> ReplicaJournal {
    try ReplicaJournal(
      name: name, files: JBRDirectory.files(directory, on: disk), known: known)
  }

  /// Takes the content of requests that others hold.
  public func take(_ copies: [NewRequest], in term: Term, of attempt: Term) throws(Failure) {
    guard superblock.promise == attempt.rawValue else {
      throw AttemptRefusal.stale(attempt: attempt, promised: Term(superblock.promise))
        .failure(path: directory)
    }
    try writer.take(copies, in: term)
  }

  /// Puts a damaged term aside, to be filled anew with what others hold.
  public func beginAnew(_ term: Term, of attempt: Term) throws(Failure) {
    try take([], in: term, of: attempt)
    try writer.beginAnew(term)
  }

  /// Accepts a decision, whose content must be here.
  public func record(
    _ decision: DecisionRecord, catchUp: CatchUp = .decisions([]), forgettingDamaged: Bool = false,
    hasContent: (RequestID, Digest) -> Bool
  ) throws(Failure) {
    var marks: AttemptMarks
    do throws(Failure) { marks = try self.marks() } catch {
      // Once a decision binds elsewhere, what this replica accepted before is no longer asked for.
      guard error.status == .damaged, forgettingDamaged else { throw error }
      marks = AttemptMarks(superblock)
    }
    try asFailure { () throws(AttemptRefusal) in
      try marks.record(decision, catchUp: catchUp, hasContent: hasContent)
    }
    decisions = nil
    try writer.keep(marks.decisions)
  }

  /// Checks that a step of an attempt may touch the brick.
  public func permitStep(_ attempt: Term, session: UInt64) throws(Failure) {
    let marks = try marks()
    try asFailure { () throws(AttemptRefusal) in
      try marks.permitStep(attempt, session: session)
    }
  }

  /// Says durably which requests are about to be applied, before the brick is touched.
  ///
  /// `sums`: what sums come to.
  public func begin(_ attempt: Term, _ sums: [SumResult] = []) throws(Failure) {
    for table in try tablesToSettle(attempt) {
      let own = sums.filter { $0.id.term == table.term && $0.id.sub == 0 }
      try writer.begin(
        table.forwardRanges, in: table.term,
        results: Dictionary(own.map { ($0.id.index, $0.values) }) { $1 })
    }
  }

  /// Finishes the replica: its brick holds what was decided, durably.
  ///
  /// `superseding`: the last of the terms that a copy of a brick brought; what the journal holds of
  ///   them says nothing any more, and stays until it is pruned.
  public func finish(
    _ attempt: Term, session: UInt64, superseding: UInt64 = 0
  ) throws(Failure) {
    try permitStep(attempt, session: session)
    for table in try tablesToSettle(attempt) {
      let subs = table.forward.filter { $0.sub > 0 }.map {
        RequestID(term: table.term, index: $0.index, sub: $0.sub)
      }
      try writer.settle(table.forwardRanges, subs: Set(subs), in: table.term)
    }
    var marks = try marks()
    try asFailure { () throws(AttemptRefusal) in
      try marks.finish(attempt, session: session, superseding: superseding)
    }
    try writer.finish(marks.superblock, opening: attempt)
  }

  /// What was decided of terms of which this replica has a log and that are not done with here.
  private func tablesToSettle(_ attempt: Term) throws(Failure) -> [DecisionRecord.Table] {
    let decisions = try marks().decisions
    return superblock.terms.keys.sorted().compactMap { term in
      guard term.rawValue > superblock.decidedUpTo, superblock.hasJoined(term) else { return nil }
      return decisions.table(of: term)?.table
    }
  }

  private func asFailure<Value>(
    _ body: () throws(AttemptRefusal) -> Value
  ) throws(Failure) -> Value {
    do throws(AttemptRefusal) { return try body() } catch { throw error.failure(path: directory) }
  }
}

extension DecisionRecord.Table {
  /// The indices of the forward requests that have one of their own.
  var forwardRanges: [ClosedRange<UInt64>] {
    var ranges = AgreedRanges()
    for one in forward where one.sub == 0 { ranges.insert(one.index, through: one.index) }
    return ranges.ranges
  }
}
