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
    let output = output == "-" ? nil : output
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
    let plan = try Plan.make(
      names, table, set.resolved, ManualChoices(unsafeQuorum, preferring: prefer),
      copied: Set(fullCopy), reduction: reduction, through: hosts
    ) { name, column throws(Failure) in
      let isVacant = try isVacant(name)
      return PlanReplica(
        name: name,
        brick: isVacant
          ? ModelBrick() : try table.brick(of: name, column: column, through: hosts),
        hasBrick: name.brick != nil, isVacant: isVacant)
    }
    // What a plan cites of a step's place is left out where a look at it fails.
    try hosts.requireWhole()
    if let output {
      let file = try NewFileSink(output)
      var writer = LineWriter(file)
      try plan.write(to: &writer)
      try writer.flush()
      try file.finish()
      note(next(plan, output), tool: ReconcileTool.toolName)
    } else {
      var writer = format.makeWriter()
      try plan.write(to: &writer)
      try writer.flush()
    }
    for text in plan.requestConflicts + plan.unfinishedAttempts {
      note(text, tool: ReconcileTool.toolName)
    }
    if status != .ok { throw Finished(status) }
    if plan.hasConflicts { throw Finished(.found) }
  }

  /// What there is to do with a plan.
  private func next(_ plan: Plan, _ path: String) -> String {
    if !plan.requestConflicts.isEmpty { return "apply will refuse \(path)" }
    if plan.isIdle { return "nothing is to be done" }
    if plan.isLossless { return "next: jbr-reconcile apply \(path) --yes" }
    // Whoever types the digest shall have read behind what it stands.
    return "something may be lost: jbr-reconcile show \(path) says what, and how to apply it"
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
}

extension RequestTable {
  /// A replica's brick; where none is given, what its journal leads to.
  func brick(
    of name: ReplicaName, column: Int, through hosts: Hosts
  ) throws(Failure) -> any BrickStore {
    if let path = name.brick { try hosts.brick(path) } else { fold(of: column) }
  }
}
