import ArgumentParser
import JBRCore
import JBRTool

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Prints a plan for people, or as a script that does the same by hand.",
    discussion: """
      Reads the plan file only: paths are those that its lines tell, unless --resolve is given. \
      Touches nothing.
      """)

  @Flag(
    help: ArgumentHelp(
      "Print the steps as a script of bash.",
      discussion: """
        Where no command can do a step, the script says so and does nothing, and the exit status \
        is 1.
        """))
  var shell = false

  @Flag(help: "Look in the journals that the plan names for paths that it does not tell.")
  var resolve = false

  @Argument(help: ArgumentHelp("A file that plan has written.", valueName: "plan"))
  var plan: String

  func run() throws {
    let plan = try PlanFile(path: plan, withDetails: true)
    var paths = PlanPaths(plan)
    if resolve {
      let hosts = try Hosts(tool: ReconcileTool.toolName)
      defer { hosts.close() }
      try paths.addJournals(of: plan, through: hosts)
    }
    let output = DescriptorSink.standardOutput
    guard shell else {
      var text = PlanText(plan, paths: paths, to: output)
      return try text.write()
    }
    try plan.requireNear()
    var script = ShellScript(plan, paths: paths, to: output)
    try script.write()
    let impossible = ShellScript.impossible(in: plan)
    for (step, why) in impossible {
      note("step \(step.number): \(why)", tool: ReconcileTool.toolName)
    }
    if !impossible.isEmpty { throw Finished(.found) }
  }
}
