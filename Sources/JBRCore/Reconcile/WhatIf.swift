/// The plan that would be made if some things were other than they are, beside the one that would
/// be made now. Nothing is touched.
public struct WhatIf {
  /// One of both worlds: what is planned in it, or why nothing is.
  public enum World {
    case planned(Plan)
    case refused(Failure)

    public var plan: Plan? { if case .planned(let plan) = self { plan } else { nil } }
  }

  /// A request whose fate would be another one.
  struct FateChange {
    /// As things are.
    var decided: DecidedRequest
    /// Its name in the plan that would be made; nil where no replica that is left holds it.
    var assumedID: RequestID?
    var reason: FateCase
  }

  public let assumptions: Assumptions
  public let asIs: World
  public let assumed: World
  private let changes: [FateChange]

  /// `brick`: the brick of a replica, or what stands in for it.
  /// - Throws: errors other than refusals, which are answers.
  public init(
    _ assumptions: Assumptions, _ names: [ReplicaName], _ journals: [ReplicaJournal],
    through hosts: Hosts,
    brick: (ReplicaName, _ column: Int, RequestTable) throws(Failure) -> any BrickStore
  ) throws(Failure) {
    self.assumptions = assumptions
    try assumptions.check(names.map(\.name))
    // Terms are numbered by all journals; if these are ambiguous there is nothing to ask about.
    let table = try RequestTable(journals)
    var bricks: [String: any BrickStore] = [:]
    for (column, name) in names.enumerated() {
      bricks[name.name] = try brick(name, column, table)
    }
    let options = try assumptions.options.asThingsAre(names, journals, through: hosts)
    asIs = try Self.world(names, journals, options, bricks, hosts)
    let left = names.filter { !assumptions.without.contains($0.name) }
    let changed = try assumptions.journals(of: table)
    assumed = try Self.world(left, changed, assumptions.options, bricks, hosts)
    changes = Self.changes(asIs.plan, assumed.plan)
  }

  private static func world(
    _ names: [ReplicaName], _ journals: [ReplicaJournal], _ options: ReplicaSetOptions,
    _ bricks: [String: any BrickStore], _ hosts: Hosts
  ) throws(Failure) -> World {
    do throws(Failure) {
      return .planned(
        try Plan.make(names, RequestTable(journals), options, through: hosts) {
          name, _ throws(Failure) in
          guard let brick = bricks[name.name] else {
            throw Failure(.usage, "no replica has this name", path: name.name)
          }
          return PlanReplica(name: name, brick: brick, hasBrick: name.brick != nil)
        })
    } catch {
      guard error.status == .refused else { throw error }
      return .refused(error)
    }
  }

  private static func changes(_ asIs: Plan?, _ assumed: Plan?) -> [FateChange] {
    guard let asIs, let assumed else { return [] }
    let before = asIs.decision.inputs.table
    let after = assumed.decision.inputs.table
    let now = Dictionary(
      uniqueKeysWithValues: assumed.decision.requests.map { ($0.row.id, $0.reason) })
    // The union of fewer journals may number its terms in another way.
    var terms: [Term: Term] = [:]
    for (column, journal) in after.replicas.enumerated() {
      guard let old = before.replicas.firstIndex(where: { $0.name == journal.name }) else {
        continue
      }
      for own in Set(journal.records.lazy.map(\.id.term)) {
        terms[before.unionTerm(own, replica: old)] = after.unionTerm(own, replica: column)
      }
    }
    return asIs.decision.requests.compactMap { decided in
      let old = decided.row.id
      let id = RequestID(term: terms[old.term] ?? old.term, index: old.index, sub: old.sub)
      let reason = now[id] ?? .neverSeen
      guard reason.fate != decided.fate else { return nil }
      return FateChange(decided: decided, assumedID: now[id].map { _ in id }, reason: reason)
    }
  }

  /// Whether the plan that would be made settles everything.
  public var isSettled: Bool { assumed.plan.map { !$0.hasConflicts } ?? false }
}

extension Plan {
  /// Decides what happened, and plans what follows from it.
  ///
  /// `copied`: replicas whose brick becomes a copy of another one's. `reduction`: what was left out
  /// of the journals, if anything was. `replica`: a replica with its brick, or what stands in for it.
  /// - Throws: `refused` where nothing may be planned.
  public static func make(
    _ names: [ReplicaName], _ table: RequestTable, _ options: ReplicaSetOptions,
    _ choices: ManualChoices = ManualChoices(), copied: Set<String> = [],
    reduction: JournalReduction? = nil, through hosts: Hosts,
    replica: (ReplicaName, _ column: Int) throws(Failure) -> PlanReplica
  ) throws(Failure) -> Plan {
    let decision = try options.decide(
      names, table, choices, reduction: reduction, through: hosts)
    try decision.requireFullCopies(of: copied)
    var replicas: [PlanReplica] = []
    for (column, name) in names.enumerated() { replicas.append(try replica(name, column)) }
    return try Plan(decision, replicas: replicas, copied: copied)
  }
}

// The lines.
extension WhatIf {
  /// Writes the assumptions, the plan that would be made, the fates that change, and both worlds
  /// side by side.
  public func write(to output: inout LineWriter) throws(Failure) {
    try output.write("what_if") { writeHeading(to: &$0) }
    try assumed.plan?.write(to: &output, isAssumed: true)
    for change in changes { try output.write("fate_change") { write(change, to: &$0) } }
    for (name, world) in [("as_is", asIs), ("assumed", assumed)] {
      try output.write("what_if_world") { write(world, name, to: &$0) }
    }
  }

  private func writeHeading(to line: inout LineBuilder) {
    line.array("without") { list in assumptions.without.forEach { list.element($0) } }
    line.array("damaged") { list in
      for one in assumptions.damaged {
        list.element { line in
          line.field("term", one.term.rawValue)
          line.field("replica", one.replica)
        }
      }
    }
    if let count = assumptions.options.replicas { line.field("replica_count", count) }
    if let percent = assumptions.options.quorumPercent { line.field("quorum_percent", percent) }
    if let leader = assumptions.options.leader { line.field("leader", leader) }
  }

  private func write(_ change: FateChange, to line: inout LineBuilder) {
    line.field("id", change.decided.row.id.description)
    if let id = change.assumedID, id != change.decided.row.id {
      line.field("assumed_id", id.description)
    }
    line.field("fop", change.decided.row.fop.name)
    line.field("fate_as_is", change.decided.fate.rawValue)
    line.field("case_as_is", change.decided.reason.rawValue)
    line.field("fate", change.reason.fate.rawValue)
    line.field("case", change.reason.rawValue)
  }

  private func write(_ world: World, _ name: String, to line: inout LineBuilder) {
    line.field("world", name)
    switch world {
    case .refused(let failure):
      line.field("refused", true)
      if let replica = failure.path { line.field("replica", replica) }
      line.field("message", failure.message)
    case .planned(let plan):
      line.field("refused", false)
      line.field("replica_count", plan.decision.inputs.rule.replicas)
      line.field("quorum", plan.decision.inputs.rule.quorum)
      line.field("fates_changed", name == "as_is" ? 0 : changes.count)
      let supplies = plan.supplies
      line.field("supplied_requests", supplies.reduce(0) { $0 + $1.requestCount })
      line.field("supplied_bytes", supplies.reduce(0) { $0 &+ $1.byteCount })
      plan.writeTotals(to: &line)
    }
  }
}
