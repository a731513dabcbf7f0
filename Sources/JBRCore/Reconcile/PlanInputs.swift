extension RequestTable {
  /// The state that a replica's own journal leads to, where no brick is given.
  ///
  /// `isHeld`: with all that it holds, be it applied or not, but for terms that the replica is done
  ///   with, whose states are right.
  public func fold(of column: Int, isHeld: Bool = false) -> ModelBrick {
    let journal = replicas[column]
    let applications = JournaledApplications(journal)
    let done = isHeld ? journal.knowledge?.superblock.decidedUpTo ?? 0 : .max
    let requests = journal.records.compactMap { record -> FoldRequest? in
      if record.id.term.rawValue <= done, let applications,
        !applications.isApplied(record, journal.state(of: record))
      {
        return nil
      }
      return FoldRequest(
        id: unionID(record.id, replica: column), request: record.request, payload: record.payload)
    }
    // A jbr replica applies in the order of indices, in whatever order requests came. An fdl one
    // applies as they come.
    let isOrdered = journal.knowledge == nil
    return Fold(isOrdered ? requests : requests.sorted { $0.id < $1.id }).model
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

extension Plan {
  /// Whether applying it would change no brick, and tell no journal of any request.
  public var isIdle: Bool {
    steps.isEmpty && supplies.isEmpty
      && decision.decidedTerms.allSatisfy { $0.forward == 0 && $0.void == 0 }
  }

  /// Whether something is left that no rule settles.
  public var hasConflicts: Bool {
    findings.contains { $0.kind == .conflict } || !decision.requests(.conflict).isEmpty
  }
}

extension Plan {
  private static let conflictCountMax = 10

  /// The requests that no rule may choose between, as sentences: who is on which side.
  public var requestConflicts: [String] {
    let all = decision.requests(.conflict)
    var found = all.prefix(Self.conflictCountMax).map { decided in
      let sides = decided.row.sides.map { side in
        side.columns.map { replicas[$0].name }.joined(separator: ", ")
      }
      let who =
        sides.count > 1
        ? "is another one on " + sides.joined(separator: " than on ")
        : "has no content that can be read"
      return
        "request \(decided.row.id) (\(decided.row.fop.name)) \(who) [\(decided.reason.rawValue)]"
    }
    if all.count > found.count { found.append("\(all.count - found.count) more requests conflict") }
    return found
  }

  /// The attempts that did not come to their end, as sentences.
  public var unfinishedAttempts: [String] {
    var names: [Term: [String]] = [:]
    for replica in decision.inputs.table.replicas {
      guard let attempt = replica.knowledge?.superblock.unfinishedAttempt else { continue }
      names[attempt, default: []].append(replica.name)
    }
    return names.sorted { $0.key < $1.key }.map { attempt, names in
      "attempt \(attempt) was cut off on \(names.joined(separator: ", ")): if its plan is at hand, "
        + "apply that one again instead of a new one"
    }
  }
}

extension RequestRow {
  /// The requests that are held under this name, each with the replicas that hold it.
  var sides: [(digest: Digest, columns: [Int])] {
    var found: [(digest: Digest, columns: [Int])] = []
    for (column, cell) in cells.enumerated() {
      guard let digest = cell.digest else { continue }
      if let side = found.firstIndex(where: { $0.digest == digest }) {
        found[side].columns.append(column)
      } else {
        found.append((digest, [column]))
      }
    }
    return found
  }
}

extension PlanFile {
  /// Opens the bricks that the plan names, and makes one of an empty directory that is to become a
  /// copy, if `creating`; else an empty brick stands in for it.
  public func openBricks(
    creating: Bool, through hosts: Hosts
  ) throws(Failure) -> [String: any BrickStore] {
    var bricks: [String: any BrickStore] = [:]
    for replica in replicas {
      guard let path = replica.brick else { continue }
      let isVacant = try isVacant(replica)
      if isVacant {
        bricks[replica.name] =
          creating ? try NativeBrick(path: path, creating: true) : ModelBrick()
      } else {
        bricks[replica.name] = try hosts.brick(path)
      }
    }
    return bricks
  }

  /// Whether a replica's brick is an empty directory that is to become a copy; one of this machine.
  func isVacant(_ replica: Replica) throws(Failure) -> Bool {
    guard let path = replica.brick, copies.contains(where: { $0.replica == replica.name }) else {
      return false
    }
    return try RemotePath(parsing: path) == nil && NativeBrick.isVacant(path: path)
  }

  /// Checks that a script of the system's own commands can do the plan, which knows this host
  /// alone.
  public func requireNear() throws(Failure) {
    for path in replicas.flatMap({ [$0.journal] + ($0.brick.map { [$0] } ?? []) })
    where try RemotePath(parsing: path) != nil {
      throw Failure(
        .unavailable, "is on another host, where a script cannot work: use apply", path: path)
    }
  }

  /// Keeps other tools of this kit out of the bricks for as long as the result lives.
  public func lockBricks(
    through hosts: Hosts
  ) throws(Failure) -> [any AnyObject & Sendable] {
    var locks: [any AnyObject & Sendable] = []
    for path in replicas.compactMap(\.brick) { locks.append(try hosts.lock(path)) }
    return locks
  }

  /// Who uses a brick or a journal, for each one that is used.
  func usageProblems(through hosts: Hosts) throws(Failure) -> [Failure] {
    var found: [Failure] = []
    for path in replicas.flatMap({ [$0.journal] + ($0.brick.map { [$0] } ?? []) }) {
      guard let (process, used) = try hosts.processUsing([path]) else { continue }
      let failure = Failure(
        .tryAgain, "is in use by process \(process): stop it first", path: used)
      // A brick may lie in its journal's directory.
      if !found.contains(failure) { found.append(failure) }
    }
    return found
  }

  /// The field of a failure that says that a brick has moved.
  static let stateField = "brick_digest"

  /// All that keeps the plan from being applied to these journals and bricks: who uses them, and
  /// which are not as the plan saw them.
  ///
  /// `bricks`: those on which no step has begun yet. `sawDamage` is set where a journal is damaged,
  /// which may be as the plan saw it.
  func inputProblems(
    bricks: [String: any BrickStore], through hosts: Hosts, sawDamage: inout Bool
  ) throws(Failure) -> [Failure] {
    var problems = try usageProblems(through: hosts)
    var journals: [ReplicaJournal] = []
    let names = replicas.map { ReplicaName(name: $0.name, journal: $0.journal) }
    for result in try hosts.results(names) {
      do throws(Failure) { journals.append(try result.get()) } catch { problems.append(error) }
    }
    sawDamage = journals.contains { !$0.isWhole }
    guard journals.count == replicas.count else { return problems }
    let table = try RequestTable(journals.superseding(Set(copies.map(\.replica))))
    let isRecorded = try isRecorded(in: journals)
    for (replica, digest) in zip(replicas, table.inputDigests)
    where !isRecorded && replica.digest != digest.description {
      problems.append(
        Failure(
          .tryAgain, "the journal is not what the plan saw: plan again", path: replica.journal))
    }
    // A term that was made anew leads to other places on the bricks: where a run was killed behind
    // that, or undone, what the steps find there says whether the bricks are what the plan saw.
    let isMadeAnew = isRecorded && !repaired.isEmpty
    for replica in replicas where !isMadeAnew {
      guard let wanted = replica.brick_digest, let brick = bricks[replica.name] else { continue }
      do throws(BrickError) {
        guard try table.stateDigest(of: brick).description != wanted else { continue }
        problems.append(
          Failure(
            .tryAgain, "the brick is not what the plan saw: plan again", path: replica.name,
            field: Self.stateField))
      } catch {
        problems.append(Failure(brick: error, replica: replica.name))
      }
    }
    // Under the fence it is asked again; what is refused now has not touched anything.
    if let rule, decidesInJournals, !isRecorded {
      do throws(Failure) { try requireAgreement(of: journals, rule: rule) } catch {
        problems.append(error)
      }
      // What a run before copied has taken its room already.
      do throws(Failure) { problems += try journalProblems(through: hosts) } catch {
        problems.append(error)
      }
    }
    return problems
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
