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
    let plan = try Plan.make(
      names, table, set.resolved, reduction: reduction
    ) { name, column throws(Failure) in try table.brick(of: name, column: column) }
    if let output {
      let memory = MemoryByteSink()
      var writer = LineWriter(memory)
      try plan.write(to: &writer)
      try writer.flush()
      try writeSmallFile(memory.bytes[...], to: output, replacing: false)
      note(
        plan.requestConflicts.isEmpty
          ? "next: jbr-reconcile apply \(output) "
            + (plan.isLossless ? "--yes" : "--accept-loss \(plan.lossDigest)")
          : "apply will refuse \(output)", tool: ReconcileTool.toolName)
    } else {
      var writer = format.makeWriter()
      try plan.write(to: &writer)
      try writer.flush()
    }
    for text in plan.requestConflicts { note(text, tool: ReconcileTool.toolName) }
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
}

extension RequestTable {
  /// A replica's brick; where none is given, what its journal leads to.
  func brick(of name: ReplicaName, column: Int) throws(Failure) -> any BrickStore {
    if let path = name.brick { try NativeBrick(path: path) } else { fold(of: column) }
  }
}
