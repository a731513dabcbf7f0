import ArgumentParser
import JBRCore
import JBRTool

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Works out what to do on which replica, and why. Touches nothing.",
    discussion: """
      Without --replicas, --quorum-percent and --leader these come from the bricks' volfiles \
      (*.vol) beside the journals.
      """)

  @OptionGroup var set: SetOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write the plan to this file, which must not exist.", valueName: "plan"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Make this replica's brick a copy of another one: of a replica whose terms are gone "
        + "elsewhere, or that has lost its brick, which may be an empty directory.",
      valueName: "name"))
  var fullCopy: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where two replicas hold different requests under one name, this replica's counts. The "
        + "other one is lost.", valueName: "name"))
  var prefer: String?

  @Flag(
    help: ArgumentHelp(
      "Decide with fewer replicas than must vouch. Acknowledged requests may be lost: the plan's "
        + "findings say of which terms, and who may hold them."))
  var unsafeQuorum = false

  @OptionGroup var format: OutputOptions
  @OptionGroup var arguments: ReplicaArguments

  func run() throws {
    let names = try arguments.required()
    // Before the work, not after it.
    if let output, try pathKind(output) != nil {
      throw Failure(.cannotCreate, "exists already: choose another name", path: output)
    }
    let hosts = try Hosts(tool: ReconcileTool.toolName)
    defer { hosts.close() }
    let reduction = try reduced(names, hosts)
    let (journals, status) =
      try reduction.map { ($0.journals, .ok) }
      ?? readJournals(names, through: hosts, tool: ReconcileTool.toolName)
    let table = try RequestTable(journals.superseding(Set(fullCopy)))
    let decision = try set.resolved.decide(
      names, table, ManualChoices(unsafeQuorum, preferring: prefer), reduction: reduction,
      through: hosts)
    try decision.requireFullCopies(of: Set(fullCopy))
    let plan = try Plan(
      decision, replicas: try replicas(names, table, hosts), copied: Set(fullCopy))
    // What a plan cites of a step's place is left out where a look at it fails.
    try hosts.requireWhole()
    if let output {
      let memory = MemoryByteSink()
      var writer = LineWriter(memory)
      try plan.write(to: &writer)
      try writer.flush()
      try writeSmallFile(memory.bytes[...], to: output, replacing: false)
      note(
        "next: jbr-reconcile apply \(output) "
          + (plan.isLossless ? "--yes" : "--accept-loss \(plan.lossDigest)"),
        tool: ReconcileTool.toolName)
    } else {
      var writer = format.makeWriter()
      try plan.write(to: &writer)
      try writer.flush()
    }
    if status != .ok { throw Finished(status) }
    if plan.hasConflicts { throw Finished(.found) }
  }

  /// The journals without what no plan can depend on; nil where bricks are given, which are compared
  /// with everything.
  private func reduced(
    _ names: [ReplicaName], _ hosts: Hosts
  ) throws(Failure) -> JournalReduction? {
    guard names.allSatisfy({ $0.brick == nil }) else { return nil }
    return try JournalReduction(
      names.map { name throws(Failure) in (name.name, try hosts.journal(name.journal)) })
  }

  /// Whether a replica's brick is an empty directory, which only a copy can fill.
  private func isVacant(_ name: ReplicaName) throws(Failure) -> Bool {
    guard let path = name.brick, try RemotePath(parsing: path) == nil,
      try pathKind(path) != nil, NativeBrick.isVacant(path: path)
    else {
      return false
    }
    guard fullCopy.contains(name.name) else {
      throw Failure(
        .refused, "is an empty directory: plan with --full-copy \(name.name) to fill it",
        path: path)
    }
    return true
  }

  private func replicas(
    _ names: [ReplicaName], _ table: RequestTable, _ hosts: Hosts
  ) throws(Failure) -> [PlanReplica] {
    var replicas: [PlanReplica] = []
    for (column, name) in names.enumerated() {
      let isVacant = try isVacant(name)
      let brick: any BrickStore =
        if isVacant { ModelBrick() } else if let path = name.brick {
          try hosts.brick(path)
        } else { table.fold(of: column) }
      replicas.append(
        PlanReplica(
          name: name, brick: brick, hasBrick: name.brick != nil, isVacant: isVacant))
    }
    return replicas
  }
}
