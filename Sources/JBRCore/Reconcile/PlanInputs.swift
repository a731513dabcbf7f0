extension RequestTable {
  /// The state that a replica's own journal leads to, where no brick is given.
  ///
  /// `all`: whether with what it only holds, and somebody may have applied by hand.
  public func fold(of column: Int, all: Bool = false) -> ModelBrick {
    let journal = replicas[column]
    let decided = journal.decidedContent
    let requests = journal.records.compactMap { record -> FoldRequest? in
      guard all || journal.hasApplied(record, decided) else { return nil }
      return FoldRequest(
        id: unionID(record.id, replica: column), request: record.request, payload: record.payload)
    }
    return Fold(requests).model
  }

  /// The objects of which a setattr was the last to set the mtime, as far as all requests
  /// together say.
  public var objectsWithKnownTime: Set<GFID> {
    let requests = rows.compactMap { row -> FoldRequest? in
      guard !row.cells.contains(where: \.failed), let (_, record) = record(of: row) else {
        return nil
      }
      return FoldRequest(id: row.id, request: record.request, payload: record.payload)
    }
    return Set(Fold(requests).model.objects.filter { $0.value.mtime != nil }.keys)
  }
}

extension ReplicaJournal {
  /// What was decided and applied here, by term, of terms whose decision is known.
  fileprivate var decidedContent: [Term: [RequestID: Digest]] {
    guard let knowledge else { return [:] }
    let terms = Set(records.map(\.id.term)).filter {
      $0.rawValue <= knowledge.superblock.decidedUpTo
    }
    return Dictionary(
      uniqueKeysWithValues: terms.compactMap { term in
        knowledge.decisions.table(of: term).map { (term, $0.table.digests) }
      })
  }

  /// Whether a request is on the brick, as far as the journal says. An fdl journal's are: they are
  /// applied as they are journaled.
  fileprivate func hasApplied(
    _ record: JournalRecord, _ decided: [Term: [RequestID: Digest]]
  ) -> Bool {
    guard let knowledge, knowledge.superblock.replicas > 0, let details = record.details else {
      return true
    }
    if let content = decided[record.id.term] { return content[record.id] == details.digest }
    return details.copiedBy == nil && state(of: record) == .committed
  }
}

extension Plan {
  /// Whether something is left that no rule settles.
  public var hasConflicts: Bool {
    findings.contains { $0.kind == .conflict } || !decision.requests(.conflict).isEmpty
  }
}

extension PlanFile {
  /// Opens the bricks that the plan names.
  public func openBricks() throws(Failure) -> [String: any BrickStore] {
    var bricks: [String: any BrickStore] = [:]
    for replica in replicas {
      if let path = replica.brick { bricks[replica.name] = try NativeBrick(path: path) }
    }
    return bricks
  }

  /// Keeps other tools of this kit out of the bricks for as long as the result lives.
  public func lockBricks() throws(Failure) -> [File] {
    var locks: [File] = []
    for path in replicas.compactMap(\.brick) { locks.append(try File.locking(path)) }
    return locks
  }

  /// Checks that nobody uses bricks and journals, and that the journals are as the plan saw
  /// them.
  public func checkInputs(tool: String) throws(Failure) {
    let paths = replicas.flatMap { [$0.journal] + ($0.brick.map { [$0] } ?? []) }
    if let (process, path) = processUsing(paths) {
      throw Failure(.tryAgain, "is in use by process \(process): stop it first", path: path)
    }
    var journals: [ReplicaJournal] = []
    for replica in replicas {
      journals.append(
        try ReplicaJournal(name: replica.name, files: JournalFiles.find(replica.journal)))
    }
    if try isRecorded(in: journals) { return }
    let digests = try RequestTable(journals).inputDigests
    for (replica, digest) in zip(replicas, digests) where replica.digest != digest.description {
      throw Failure(
        .tryAgain, "the journal is not what the plan saw: plan again", path: replica.journal)
    }
  }
}

extension Step {
  /// Writes what became of the step.
  public func writeResult(_ outcome: String, to writer: inout LineWriter) throws(Failure) {
    try writer.write("step_result") { line in
      line.field("step", number)
      line.field("replica", replica)
      line.field("action", word)
      line.field("gfid", gfid)
      if let request { line.field("request", request.description) }
      line.field("outcome", outcome)
    }
  }
}

extension TreeDifference {
  /// Writes the difference with one value for each replica.
  public func write(to line: inout LineBuilder, _ replicas: [String]) {
    line.field("path", bytes: path[...])
    line.field("gfid", gfid)
    line.field("entity", entity)
    line.object("values") { object in
      for (replica, value) in zip(replicas, values) { object.field(replica, value) }
    }
  }
}
