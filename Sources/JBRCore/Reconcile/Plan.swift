/// A replica with all that a plan looks at.
public struct PlanReplica {
  public var name: ReplicaName
  /// Its brick; where none is given, the fold of what its journal holds stands in.
  public var brick: any BrickStore
  /// Whether the brick is the replica's own, and no fold that stands in.
  public var hasBrick: Bool
  /// Whether the brick is an empty directory, for which an empty brick stands in.
  public var isVacant: Bool

  public init(
    name: ReplicaName, brick: any BrickStore, hasBrick: Bool = true, isVacant: Bool = false
  ) {
    self.name = name
    self.brick = brick
    self.hasBrick = hasBrick
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
  /// For each replica, the digest of what its brick had; nil where none was given.
  public private(set) var stateDigests: [Digest?] = []
  /// The bricks that become copies of others.
  public private(set) var copies: [FullCopy] = []
  /// What the journals get from each other before the decision is recorded.
  public private(set) var supplies: [Supply] = []
  /// All requests that do not happen, or of which no rule says whether they do.
  private(set) var losses: [PlanLoss] = []
  /// What is written down in the journals before sums are applied.
  package private(set) var sums: [SumResult] = []
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
    try self.init(decision, replicas: replicas, copied: copied) { row, column in
      row.cells[column].application
    }
  }

  /// `application`: what is known of a request's application to a replica's brick.
  init(
    _ decision: Decision, replicas: [PlanReplica], copied: Set<String> = [],
    application: @escaping (RequestRow, Int) -> RequestCell.Application
  ) throws(Failure) {
    // What is on a brick that becomes a copy tells nothing of what is right.
    let sources = replicas.map { replica in
      copied.contains(replica.name.name)
        ? PlanReplica(name: replica.name, brick: ModelBrick.nothing, hasBrick: false) : replica
    }
    var wanted = try Self.wanted(decision, sources, application)
    do { try wanted.settle(by: sources.map(\.brick)) } catch {
      throw Failure(brick: error, replica: "a brick")
    }
    self.wanted = wanted
    self.replicas = replicas.map(\.name)
    findings = decision.unsafeFindings + (wanted.base?.findings(wanted, self.replicas) ?? [])
    stateDigests = replicas.map { _ in nil }
    for (column, replica) in sources.enumerated() where !copied.contains(replica.name.name) {
      guard wanted.base == nil || replica.hasBrick else {
        findings.append(.noBrick(replica.name))
        continue
      }
      do {
        // A fold that stands in for a brick follows from the journal.
        if replica.name.brick != nil {
          stateDigests[column] = try decision.inputs.table.stateDigest(of: replica.brick)
        }
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
    nameOrigins()
    supplies = decision.supplies(copied: Set(copies.map(\.replica)))
    losses = decision.losses(wanted)
    // Only jbr journals of a set have room for them.
    sums = decision.attempt == nil ? [] : wanted.sums
  }

  /// The wanted state, over what was there before where the journals do not tell all.
  private static func wanted(
    _ decision: Decision, _ replicas: [PlanReplica],
    _ application: @escaping (RequestRow, Int) -> RequestCell.Application
  ) throws(Failure) -> WantedState {
    let table = decision.inputs.table
    let given = replicas.filter(\.hasBrick).map(\.brick)
    if given.isEmpty { try table.refuseWithoutBricks() }
    do throws(BrickError) {
      let isYounger = try table.isYounger(than: given)
      guard !given.isEmpty, isYounger || !table.beginsAtEmptyBrick else {
        return try WantedState(decision)
      }
      let base = try Base(
        decision, bricks: replicas.map { $0.hasBrick ? $0.brick : nil }, application: application)
      return try WantedState(decision, base: base)
    } catch { throw Failure(brick: error, replica: "a brick") }
  }

  private mutating func plan(
    _ replica: PlanReplica, column: Int, among replicas: [PlanReplica]
  ) throws(BrickError) {
    let name = replica.name.name
    let others = replicas.indices.filter { $0 != column && replicas[$0].hasBrick }
    var names = NamePlanner(
      wanted: wanted, brick: replica.brick, replica: name,
      others: others.map { replicas[$0].brick })
    try names.plan()
    var restores = RestorePlanner(wanted: wanted, replica: replica, among: replicas)
    try restores.plan(column: column, made: names.made)
    let touched = Set(names.steps.flatMap(\.names).map(\.parent)).union(
      restores.steps.compactMap(\.gfid))
    var content = ContentPlanner(
      wanted: wanted, brick: replica.brick, replica: name, supplier: supplier)
    content.restoredEnds = restores.ends
    try withForesight(wanted.objects.sorted(), if: replica.brick.isFar, content.foresee) {
      gfid throws(BrickError) in
      guard case .present(let object) = wanted.object(gfid) else { return }
      try content.plan(
        gfid, object, isNew: names.made.contains(gfid), isTouched: touched.contains(gfid))
    }
    let new = names.steps + content.steps + restores.steps + content.times
    steps += new
    findings += names.findings + restores.findings
    try reportMissing(replica, names)
    for gfid in wanted.lostSockets {
      findings.append(
        PlanFinding(
          kind: .lostSocket, replica: name, gfid: gfid,
          name: wanted.model.objects[gfid]?.names.min(), request: wanted.writer(of: gfid),
          message: "no brick has this socket; whoever binds it makes it anew"))
    }
    addSkips(column: column, name, Set(new.compactMap(\.request)))
  }

  /// Objects that were there before, that requests are about, and that this brick alone lacks.
  private mutating func reportMissing(
    _ replica: PlanReplica, _ names: NamePlanner
  ) throws(BrickError) {
    guard wanted.base != nil else { return }
    let reported = Set(names.findings.compactMap(\.gfid)).union(names.made)
    for gfid in wanted.objects.subtracting(reported).sorted() {
      guard case .present(let object) = wanted.object(gfid), object.maker == nil,
        try replica.brick.status(gfid)?.type != object.type
      else { continue }
      findings.append(
        PlanFinding(
          kind: .conflict, replica: replica.name.name, gfid: gfid, name: nil,
          request: wanted.writer(of: gfid),
          message: "it was there before the journals, and this brick lacks it or has another type"))
    }
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
    return { id in
      table.row(id).flatMap { table.record(of: $0) }.map { table.replicas[$0.replica].name }
    }
  }

  /// Says of each step whose journal or brick says what it brings about.
  private mutating func nameOrigins() {
    let supplier = supplier
    for index in steps.indices {
      let step = steps[index]
      if case .write = step.action { continue }
      if let column = step.entities.compactMap({ wanted.restorers[$0]?.column }).first {
        steps[index].origin = replicas[column].name
      } else {
        steps[index].origin = step.request.flatMap(supplier) ?? baseOrigin(of: step)
      }
    }
  }

  /// The replica whose brick says what was there before, of a step that brings that back.
  private func baseOrigin(of step: Step) -> String? {
    guard let base = wanted.base, let gfid = step.gfid else { return nil }
    if case .setAside = step.action { return nil }
    let part: Part
    switch step.action {
    case .setXattr(_, let key, _): part = .xattr(gfid, key)
    case .removeXattr(_, let key): part = .xattr(gfid, key)
    case .setMode, .setOwner: part = .attributes(gfid)
    case .zero, .truncate, .setTimes: part = .content(gfid)
    default: part = step.names.last.map { Part.name($0) } ?? .object(gfid)
    }
    let column = (try? base.column(part, of: gfid)) ?? nil
    return column.map { replicas[$0].name }
  }

  private mutating func addSkips(column: Int, _ name: String, _ planned: Set<RequestID>) {
    for decided in decision.requests(.forward) where decided.row.cells[column].record == nil {
      let id = decided.row.id
      guard !planned.contains(id), !wanted.isDoubtful(id),
        let (_, record) = decision.inputs.table.record(of: decided.row)
      else { continue }
      let reason: PlanSkip.Reason
      if let refusal = wanted.fold.refusals[id] {
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

  /// What applying it takes.
  public var cost: StepCost { StepCost(steps) }
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
