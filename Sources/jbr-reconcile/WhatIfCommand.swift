import ArgumentParser
import JBRCore
import JBRTool

struct WhatIfCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "what-if",
    abstract: "Plans as if a replica were lost, a term damaged, or the quorum another one.",
    discussion: """
      Prints the plan that would be made, the fates that would be others, and both plans side by \
      side. --replicas, --quorum-percent and --leader are assumed where journals or volfiles say \
      otherwise. The exit status is 1 where that plan would be refused or have conflicts. Touches \
      nothing, and apply takes no such plan.
      """)

  @Option(help: ArgumentHelp("Assume that this replica is away.", valueName: "name"))
  var without: [String] = []

  @Option(
    help: ArgumentHelp(
      "Assume that all of a term is damaged on a replica.", valueName: "term@name"))
  var damaged: [String] = []

  @OptionGroup var set: SetOptions
  @OptionGroup var format: OutputOptions
  @OptionGroup var arguments: ReplicaArguments

  func run() throws {
    let names = try arguments.required()
    let terms = try damaged.map { text throws(Failure) in
      try Assumptions.DamagedTerm(parsing: text)
    }
    let assumptions = Assumptions(without: without, damaged: terms, options: set.resolved)
    let hosts = try Hosts(tool: ReconcileTool.toolName)
    defer { hosts.close() }
    let (journals, status) = try readJournals(
      names, through: hosts, tool: ReconcileTool.toolName)
    let answer = try WhatIf(assumptions, names, journals, through: hosts) {
      name, column, table throws(Failure) in
      try table.brick(of: name, column: column, through: hosts)
    }
    try hosts.requireWhole()
    var writer = format.makeWriter()
    try answer.write(to: &writer)
    try writer.flush()
    if status != .ok { throw Finished(status) }
    if !answer.isSettled { throw Finished(.found) }
  }
}
