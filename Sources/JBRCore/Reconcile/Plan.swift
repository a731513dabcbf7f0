/// A replica with all that a plan looks at.
public struct PlanReplica {
  public var name: ReplicaName
  /// Its brick; where none is given, the fold of what its journal holds stands in.
  public var brick: any BrickStore
  /// Whether the brick is an empty directory, for which an empty brick stands in.
  public var isVacant: Bool

  public init(name: ReplicaName, brick: any BrickStore, isVacant: Bool = false) {
    self.name = name
    self.brick = brick
    self.isVacant = isVacant
  }
}

/// A forward request that a replica lacks and that needs no step.
public struct PlanSkip: Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    /// All that it writes is written again by later requests, of which this is the last.
    case overlapped(by: RequestID)
    /// The brick holds it although the journal does not.
    case present
    /// The file system's own rules refuse it.
    case refused(errno: Int32)
  }
  public var replica: String
  public var request: RequestID
  public var reason: Reason
}

/// What to do on which replica, and why: data, to be shown, written, read and applied.
public struct Plan {
  public let wanted: WantedState
  public let replicas: [ReplicaName]
  public private(set) var steps: [Step] = []
  public private(set) var skips: [PlanSkip] = []
  public private(set) var findings: [PlanFinding] = []
  /// The bricks that become copies of others.
  public private(set) var copies: [FullCopy] = []
  /// The trees that are copied, by the replica that becomes a copy.
  private var copiedTrees: [String: CopiedTree] = [:]

  public var decision: Decision { wanted.decision }

  /// Computes the difference between the wanted state and each replica's.
  ///
  /// `copied`: the replicas whose brick becomes a copy of another one's.
  /// - Throws: errors of the bricks, as the replica's; `refused` where no brick can be copied.
  public init(
    _ decision: Decision, replicas: [PlanReplica], copied: Set<String> = []
  ) throws(Failure) {
    var wanted = WantedState(decision)
    // What is on a brick that becomes a copy tells nothing of what is right.
    let sources = replicas.map { replica in
      copied.contains(replica.name.name)
        ? PlanReplica(name: replica.name, brick: ModelBrick.nothing) : replica
    }
    do { try wanted.settle(by: sources.map(\.brick)) } catch {
      throw Failure(brick: error, replica: "a brick")
    }
    self.wanted = wanted
    self.replicas = replicas.map(\.name)
    findings = decision.unsafeFindings
    for (column, replica) in sources.enumerated() where !copied.contains(replica.name.name) {
      do {
        try plan(replica, column: column, among: sources)
      } catch {
        throw Failure(brick: error, replica: replica.name.name)
      }
    }
    let busy = Set(steps.map(\.replica))
    for replica in replicas where copied.contains(replica.name.name) {
      let planned = try PlannedCopy(of: replica, among: replicas, busy: busy, copied: copied)
      steps += planned.steps
      findings += planned.findings
      copies.append(planned.copy)
      copiedTrees[replica.name.name] = planned.tree
    }
    for index in steps.indices { steps[index].number = index + 1 }
  }

  private mutating func plan(
    _ replica: PlanReplica, column: Int, among replicas: [PlanReplica]
  ) throws(BrickError) {
    let name = replica.name.name
    var names = NamePlanner(wanted: wanted, brick: replica.brick, replica: name)
    try names.plan()
    var restores = RestorePlanner(wanted: wanted, replica: replica, among: replicas)
    try restores.plan(column: column)
    let touched = Set(names.steps.flatMap(\.names).map(\.parent)).union(
      (names.steps + restores.steps).compactMap(\.gfid))
    var content = ContentPlanner(
      wanted: wanted, brick: replica.brick, replica: name, supplier: supplier)
    for gfid in wanted.objects.sorted() {
      guard case .present(let object) = wanted.object(gfid) else { continue }
      try content.plan(
        gfid, object, isNew: names.made.contains(gfid), isTouched: touched.contains(gfid))
    }
    let new = names.steps + content.steps + restores.steps + content.times
    steps += new
    findings += names.findings + restores.findings
    for gfid in wanted.lostSockets {
      findings.append(
        PlanFinding(
          kind: .lostSocket, replica: name, gfid: gfid,
          name: wanted.model.objects[gfid]?.names.min(), request: wanted.writer(of: gfid),
          message: "no brick has this socket; whoever binds it makes it anew"))
    }
    addSkips(column: column, name, Set(new.compactMap(\.request)))
  }

  /// The path of what a step works on, in the tree that it leads to.
  func path(of step: Step) -> [UInt8]? {
    if let tree = copiedTrees[step.replica] {
      return step.names.last.map { tree.path(of: $0) } ?? step.gfid.flatMap { tree.path(of: $0) }
    }
    if let name = step.names.last { return wanted.path(of: name) }
    return step.gfid.flatMap { wanted.path(of: $0) }
  }

  /// Which replica's journal supplies a request's bytes.
  private var supplier: (RequestID) -> String? {
    let table = decision.inputs.table
    let rows = Dictionary(uniqueKeysWithValues: table.rows.map { ($0.id, $0) })
    return { id in
      rows[id].flatMap { table.record(of: $0) }.map { table.replicas[$0.replica].name }
    }
  }

  private mutating func addSkips(column: Int, _ name: String, _ planned: Set<RequestID>) {
    for decided in decision.requests(.forward) where decided.row.cells[column].record == nil {
      let id = decided.row.id
      guard !planned.contains(id),
        let (_, record) = decision.inputs.table.record(of: decided.row)
      else { continue }
      let reason: PlanSkip.Reason
      if let refusal = decision.fold.refusals[id] {
        reason = .refused(errno: refusal.errno)
      } else if let later = wanted.model.overlapper(of: record.request, id) {
        reason = .overlapped(by: later)
      } else {
        reason = .present
      }
      skips.append(PlanSkip(replica: name, request: id, reason: reason))
    }
  }

  /// Whether nothing is lost that can have been acknowledged, and nothing is taken away that no
  /// journal knows.
  public var isLossless: Bool {
    !steps.contains { if case .setAside = $0.action { true } else { false } }
      && !findings.contains { $0.kind == .conflict || $0.kind == .unsafeQuorum }
      && !decision.requests.contains(where: \.isPreferred)
      && decision.requests(.conflict).isEmpty
  }

  /// The bytes of content that the steps write.
  public var byteCount: Int64 { steps.reduce(0) { $0 + $1.byteCount } }
}

extension ModelBrick {
  /// The last later request that wrote any of what a request writes, if nothing of it is left.
  func overlapper(of request: Request, _ id: RequestID) -> RequestID? {
    var writers: [RequestID?] = []
    for gfid in request.touched.objects {
      if let remover = removed[gfid] { writers.append(remover) }
      guard let object = objects[gfid] else { continue }
      if [.setattr, .fsetattr].contains(request.fop) {
        writers += [object.mode?.writer, object.uid?.writer, object.gid?.writer]
        writers += [object.mtime?.writer, object.atime?.writer]
      }
      for key in request.xattrKeys { writers.append(object.xattrs[key]?.writer) }
      if let offset = request.integer(.offset), offset >= 0 {
        let (end, overflow) = offset.addingReportingOverflow(
          max(1, request.integer(.length) ?? 1))
        writers.append(object.size?.writer)
        writers += object.data.within(offset..<(overflow ? Int64.max : end)).map(\.writer)
      }
    }
    for name in request.touched.names { writers.append(names[name]?.writer) }
    let known = writers.compactMap { $0 }
    return known.contains(id) ? nil : known.filter { $0 > id }.max()
  }
}

extension Failure {
  /// What a brick answered, as an error of the replica.
  public init(brick error: BrickError, replica: String) {
    if let source = error.source {
      self = source
      return
    }
    self.init(
      .ioError, "cannot \(error.call): \(errorText(error.errno))", path: replica,
      errno: error.errno)
  }
}
