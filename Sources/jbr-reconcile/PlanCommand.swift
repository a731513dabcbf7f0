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

  @OptionGroup var format: OutputOptions
  @OptionGroup var arguments: ReplicaArguments

  func run() throws {
    let names = try arguments.required()
    // Before the work, not after it.
    if let output, try pathKind(output) != nil {
      throw Failure(.cannotCreate, "exists already: choose another name", path: output)
    }
    let reduction = try reduced(names)
    let (journals, status) =
      try reduction.map { ($0.journals, .ok) }
      ?? readJournals(names, tool: ReconcileTool.toolName)
    let table = try RequestTable(journals)
    try table.requireEmptyBeginning()
    let decision = try set.resolved.decide(names, table, reduction: reduction)
    try decision.requireNoFullCopy()
    let plan = try Plan(decision, replicas: try replicas(names, table))
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
  private func reduced(_ names: [ReplicaName]) throws(Failure) -> JournalReduction? {
    guard names.allSatisfy({ $0.brick == nil }) else { return nil }
    return try JournalReduction(
      names.map { name throws(Failure) in (name.name, try JournalFiles.find(name.journal)) })
  }

  private func replicas(
    _ names: [ReplicaName], _ table: RequestTable
  ) throws(Failure) -> [PlanReplica] {
    var replicas: [PlanReplica] = []
    for (column, name) in names.enumerated() {
      let brick: any BrickStore =
        if let path = name.brick { try NativeBrick(path: path) } else { table.fold(of: column) }
      replicas.append(PlanReplica(name: name, brick: brick))
    }
    return replicas
  }
}
