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
    let (journals, status) = try readJournals(names, tool: ReconcileTool.toolName)
    let table = try RequestTable(journals.superseding(Set(fullCopy)))
    try table.requireEmptyBeginning()
    let decision = try set.resolved.decide(
      names, table, ManualChoices(unsafeQuorum, preferring: prefer))
    try decision.requireFullCopies(of: Set(fullCopy))
    let plan = try Plan(
      decision, replicas: try replicas(names, table), copied: Set(fullCopy))
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

  /// Whether a replica's brick is an empty directory, which only a copy can fill.
  private func isVacant(_ name: ReplicaName) throws(Failure) -> Bool {
    guard let path = name.brick, try pathKind(path) != nil, NativeBrick.isVacant(path: path) else {
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
    _ names: [ReplicaName], _ table: RequestTable
  ) throws(Failure) -> [PlanReplica] {
    var replicas: [PlanReplica] = []
    for (column, name) in names.enumerated() {
      let isVacant = try isVacant(name)
      let brick: any BrickStore =
        if isVacant { ModelBrick() } else if let path = name.brick {
          try NativeBrick(path: path)
        } else { table.fold(of: column) }
      replicas.append(PlanReplica(name: name, brick: brick, isVacant: isVacant))
    }
    return replicas
  }
}
