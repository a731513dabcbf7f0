extension Plan {
  /// For each replica, the digest of everything in its journal that the plan was computed from.
  public var inputDigests: [Digest] { decision.inputs.table.inputDigests }

  /// Writes the plan: a heading, fates, steps, skips, findings, losses and a summary.
  ///
  /// The plan's id is the digest of all of it, so that the same inputs give the same plan to
  /// the byte, and a plan that was edited is told from the one that was made.
  ///
  /// `isAssumed`: a plan for what is not the case has no id, so that nobody applies it.
  public func write(to output: inout LineWriter, isAssumed: Bool = false) throws(Failure) {
    let id = isAssumed ? nil : try planID()
    try writeHeading(id, isAssumed: isAssumed, to: &output)
    try writeBody(to: &output)
  }

  /// `id`: nil where it is not known yet, or the plan gets none.
  private func writeHeading(
    _ id: Digest?, isAssumed: Bool = false, to output: inout LineWriter
  ) throws(Failure) {
    try output.write("plan") { line in
      if let id { line.field("plan_id", id.description) }
      if isAssumed { line.field("assumed", true) }
      line.field("version", Version.toolkit)
      line.field("replica_count", decision.inputs.rule.replicas)
      line.field("quorum", decision.inputs.rule.quorum)
      if let attempt = decision.attempt {
        line.field("attempt", attempt.number.rawValue)
      }
      if !decision.shortTerms.isEmpty { line.field("unsafe_quorum", true) }
      if let leader = decision.inputs.leader { line.field("leader", replicas[leader].name) }
      line.field("id_source", decision.inputs.table.idSource.rawValue)
      line.array("replicas") { list in
        for input in inputs { list.element { input.write(to: &$0) } }
      }
    }
  }

  /// All that the plan was computed from.
  private var inputs: [PlanFile.Replica] {
    zip(zip(replicas, inputDigests), stateDigests).map { known, state in
      PlanFile.Replica(
        name: known.0.name, journal: known.0.journal, brick: known.0.brick,
        digest: known.1.description, brick_digest: state?.description)
    }
  }

  private func planID() throws(Failure) -> Digest {
    let lines = DigestSink()
    var writer = LineWriter(lines)
    try writeHeading(nil, to: &writer)
    try writeBody(to: &writer)
    try writer.flush()
    return lines.digest
  }

  private func writeBody(to output: inout LineWriter) throws(Failure) {
    for decided in decision.requests where decided.row.diverges || decided.fate != .forward {
      try output.write("fate") { write(decided, to: &$0) }
    }
    for orphan in decision.inputs.table.orphans {
      try output.write("orphan_rollback") { orphan.write(to: &$0) }
    }
    for term in decision.decidedTerms {
      try output.write("decided_term") { term.write(to: &$0) }
    }
    try Supply.write(supplies, to: &output)
    for copy in copies { try output.write("full_copy") { copy.write(to: &$0) } }
    for sum in sums { try sum.write(to: &output) }
    for step in steps { try output.write("step") { step.write(to: &$0, path: path(of: step)) } }
    for skip in skips { try output.write("skip") { write(skip, to: &$0) } }
    for finding in findings { try output.write("plan_finding") { write(finding, to: &$0) } }
    for loss in losses { try output.write("loss") { loss.write(to: &$0) } }
    for place in decision.lostPlaces {
      try output.write("damaged_place") { place.write(to: &$0) }
    }
    try output.write("plan_summary") { writeTotals(to: &$0) }
  }

  private func write(_ decided: DecidedRequest, to line: inout LineBuilder) {
    line.field("id", decided.row.id.description)
    line.field("fop", decided.row.fop.name)
    line.field("fate", decided.fate.rawValue)
    line.field("case", decided.reason.rawValue)
    if decided.isPreferred, let name = decision.preferred { line.field("preferred", name) }
    if decided.row.isConflict { writeSides(of: decided.row, to: &line) }
    for (key, state) in [
      ("held_by", RequestCell.State.held), ("rolled_back_by", .rolledBack), ("absent_on", .absent),
      ("damaged_on", .damaged),
    ] {
      let names = zip(replicas, decided.row.cells).filter { $0.1.state == state }.map(\.0.name)
      if !names.isEmpty { line.array(key) { list in names.forEach { list.element($0) } } }
    }
    if let refusal = wanted.fold.refusals[decided.row.id] {
      line.field("refused", errorName(refusal.errno))
    }
  }

  /// Who holds which of several requests under one name.
  private func writeSides(of row: RequestRow, to line: inout LineBuilder) {
    line.array("sides") { list in
      for side in row.sides {
        list.element { line in
          line.field("digest", side.digest.description)
          line.array("held_by") { names in
            side.columns.forEach { names.element(replicas[$0].name) }
          }
        }
      }
    }
  }

  private func write(_ skip: PlanSkip, to line: inout LineBuilder) {
    line.field("replica", skip.replica)
    line.field("id", skip.request.description)
    switch skip.reason {
    case .overlapped(let later):
      line.field("reason", "overlapped")
      line.field("by", later.description)
    case .present: line.field("reason", "present")
    case .refused(let errno):
      line.field("reason", "refused")
      line.field("errno", errorName(errno))
    }
  }

  private func write(_ finding: PlanFinding, to line: inout LineBuilder) {
    line.field("kind", finding.kind.rawValue)
    if !finding.replica.isEmpty { line.field("replica", finding.replica) }
    if let term = finding.term { line.field("term", term.rawValue) }
    line.field("gfid", finding.gfid)
    if let name = finding.name {
      line.field("parent", name.parent)
      line.field("name", bytes: name.name)
      if let path = wanted.path(of: name) { line.field("path", bytes: path[...]) }
    } else if let path = finding.gfid.flatMap({ wanted.path(of: $0) }) {
      line.field("path", bytes: path[...])
    }
    if let request = finding.request { line.field("id", request.description) }
    line.field("message", finding.message)
  }

  /// Writes what a plan comes to.
  func writeTotals(to line: inout LineBuilder) {
    line.field("forward", decision.forwardCount)
    line.field("void", decision.requests(.void).count)
    line.field("conflicts", decision.requests(.conflict).count + conflictCount)
    line.field("foreign", findings.filter { $0.kind == .foreign }.count)
    line.field("steps", steps.count)
    line.field("bytes", cost.byteCount)
    line.field("calls", cost.callCount)
    line.field("estimated_seconds", cost.seconds)
    line.field("estimate_bytes_per_second", StepCost.byteCountPerSecond)
    line.field("estimate_calls_per_second", StepCost.callCountPerSecond)
    line.field("perhaps_acknowledged", losses.count { !$0.isNeverAcknowledged })
    line.field("zero_loss", isLossless)
    line.field("statement", isLossless ? Self.noLoss : Self.someLoss)
    if !isLossless { line.field("loss_digest", lossDigest.description) }
    line.object("steps_by_replica") { object in
      for replica in replicas {
        object.field(replica.name, steps.filter { $0.replica == replica.name }.count)
      }
    }
  }

  static let noLoss =
    "Zero loss: no request that can have been acknowledged becomes void, and nothing that no journal knows is taken away."
  static let someLoss =
    "Something is taken away that no journal knows, somebody chose what no rule says, or no rule says what is right: read the losses and findings."

  private var conflictCount: Int { findings.filter { $0.kind == .conflict }.count }

  /// What must be typed to confirm what a plan takes away.
  public var lossDigest: Digest {
    let sink = DigestSink()
    var writer = LineWriter(sink)
    for step in steps {
      guard case .setAside = step.action else { continue }
      try? writer.write("step") { step.write(to: &$0, path: nil) }
    }
    for finding in findings { try? writer.write("plan_finding") { write(finding, to: &$0) } }
    for loss in losses { try? writer.write("loss") { loss.write(to: &$0) } }
    for place in decision.lostPlaces {
      try? writer.write("damaged_place") { place.write(to: &$0) }
    }
    try? writer.flush()
    return sink.digest
  }
}

extension PlanFile.Replica {
  /// Writes it as the heading has it.
  func write(to line: inout LineBuilder) {
    line.field("name", name)
    line.field("journal", journal)
    if let brick { line.field("brick", brick) }
    line.field("digest", digest)
    if let brick_digest { line.field("brick_digest", brick_digest) }
  }
}

extension RequestTable {
  /// For each replica, the digest of all its requests with their payloads.
  public var inputDigests: [Digest] {
    replicas.indices.map { column in
      // That of a jbr journal is of everything already, and is the same behind an attempt's copies.
      if replicas[column].knowledge != nil { return replicas[column].digest }
      var hasher = ContentHasher()
      hasher.update(counted: replicas[column].digest.description.utf8)
      for row in rows {
        guard let digest = row.cells[column].digest else { continue }
        hasher.update(counted: digest.description.utf8)
      }
      return hasher.digest()
    }
  }
}
