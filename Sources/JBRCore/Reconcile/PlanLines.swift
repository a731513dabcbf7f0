extension Plan {
  /// For each replica, the digest of everything in its journal that the plan was computed from.
  public var inputDigests: [Digest] { decision.inputs.table.inputDigests }

  /// Writes the plan: a heading, fates, steps, skips, findings, losses and a summary.
  ///
  /// The plan's id is the digest of all of it, so that the same inputs give the same plan to
  /// the byte, and a plan that was edited is told from the one that was made.
  public func write(to output: inout LineWriter) throws(Failure) {
    let body = MemoryByteSink()
    var writer = LineWriter(body)
    try writeBody(to: &writer)
    try writer.flush()
    let id = Self.id(inputs: inputDigests, body: body.bytes[...])
    try output.write("plan") { line in
      line.field("plan_id", id.description)
      line.field("version", Version.toolkit)
      line.field("replica_count", decision.inputs.rule.replicas)
      line.field("quorum", decision.inputs.rule.quorum)
      if let attempt = decision.attempt {
        line.field("attempt", attempt.number.rawValue)
        if attempt.needed < attempt.rule.needed { line.field("unsafe_quorum", true) }
      }
      if let leader = decision.inputs.leader { line.field("leader", replicas[leader].name) }
      line.field("id_source", decision.inputs.table.idSource.rawValue)
      line.array("replicas") { list in
        for (replica, digest) in zip(replicas, inputDigests) {
          list.element { line in
            line.field("name", replica.name)
            line.field("journal", replica.journal)
            if let brick = replica.brick { line.field("brick", brick) }
            line.field("digest", digest.description)
          }
        }
      }
    }
    try writeBody(to: &output)
  }

  /// The id of a plan with these inputs and lines behind its heading.
  static func id(inputs: [Digest], body: ByteView) -> Digest {
    var hasher = ContentHasher()
    for digest in inputs { hasher.update(counted: digest.description.utf8) }
    hasher.update(counted: body)
    return hasher.digest()
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
    try Supply.write(decision.supplies, to: &output)
    for step in steps { try output.write("step") { step.write(to: &$0, path: path(of: step)) } }
    for skip in skips { try output.write("skip") { write(skip, to: &$0) } }
    for finding in findings { try output.write("plan_finding") { write(finding, to: &$0) } }
    for decided in decision.requests(.void) {
      try output.write("loss") { writeLoss(decided, to: &$0) }
    }
    try output.write("plan_summary") { writeSummary(to: &$0) }
  }

  private func write(_ decided: DecidedRequest, to line: inout LineBuilder) {
    line.field("id", decided.row.id.description)
    line.field("fop", decided.row.fop.name)
    line.field("fate", decided.fate.rawValue)
    line.field("case", decided.reason.rawValue)
    for (key, state) in [
      ("held_by", RequestCell.State.held), ("rolled_back_by", .rolledBack), ("absent_on", .absent),
      ("damaged_on", .damaged),
    ] {
      let names = zip(replicas, decided.row.cells).filter { $0.1.state == state }.map(\.0.name)
      if !names.isEmpty { line.array(key) { list in names.forEach { list.element($0) } } }
    }
    if let refusal = decision.fold.refusals[decided.row.id] {
      line.field("refused", errorName(refusal.errno))
    }
  }

  private func path(of step: Step) -> [UInt8]? {
    if let name = step.names.last { return wanted.path(of: name) }
    return step.gfid.flatMap { wanted.path(of: $0) }
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
    line.field("replica", finding.replica)
    line.field("gfid", finding.gfid)
    if let name = finding.name {
      line.field("parent", name.parent)
      line.field("name", bytes: name.name)
      if let path = wanted.path(of: name) { line.field("path", bytes: path[...]) }
    }
    if let request = finding.request { line.field("id", request.description) }
    line.field("message", finding.message)
  }

  private func writeLoss(_ decided: DecidedRequest, to line: inout LineBuilder) {
    line.field("id", decided.row.id.description)
    line.field("fop", decided.row.fop.name)
    line.field("case", decided.reason.rawValue)
    // Every case that ends in void proves that no quorum had the request.
    line.field("acknowledged", "never")
    guard let (_, record) = decision.inputs.table.record(of: decided.row) else { return }
    let request = record.request
    if request.target != .null { line.field("gfid", request.target) }
    let loc = request.loc(.loc) ?? request.loc(.newloc)
    if let name = loc?.name, let parent = loc?.parent {
      if let path = wanted.path(of: EntryName(parent: parent, name: name)) {
        line.field("path", bytes: path[...])
      }
    } else if let path = wanted.path(of: request.target) {
      line.field("path", bytes: path[...])
    }
    if let offset = request.integer(.offset) { line.field("offset", offset) }
    if let length = request.integer(.length) { line.field("length", length) }
  }

  private func writeSummary(to line: inout LineBuilder) {
    line.field("forward", decision.forwardCount)
    line.field("void", decision.requests(.void).count)
    line.field("conflicts", decision.requests(.conflict).count + conflictCount)
    line.field("foreign", findings.filter { $0.kind == .foreign }.count)
    line.field("steps", steps.count)
    line.field("bytes", byteCount)
    line.field("zero_loss", isLossless)
    if !isLossless { line.field("loss_digest", lossDigest.description) }
    line.object("steps_by_replica") { object in
      for replica in replicas {
        object.field(replica.name, steps.filter { $0.replica == replica.name }.count)
      }
    }
  }

  private var conflictCount: Int { findings.filter { $0.kind == .conflict }.count }

  /// What must be typed to confirm what a plan takes away.
  public var lossDigest: Digest {
    let sink = MemoryByteSink()
    var writer = LineWriter(sink)
    for step in steps {
      guard case .setAside = step.action else { continue }
      try? writer.write("step") { step.write(to: &$0, path: nil) }
    }
    for finding in findings { try? writer.write("plan_finding") { write(finding, to: &$0) } }
    try? writer.flush()
    return Digest(of: sink.bytes)
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
