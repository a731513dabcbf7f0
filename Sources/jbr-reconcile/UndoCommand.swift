import ArgumentParser
import JBRCore
import JBRTool

/// Where undo files are.
struct UndoOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The directory of the undo files, one for each brick; else PLAN.undo.",
      valueName: "directory"))
  var undo: String?

  func places(of plan: String) -> Application.Places { Application.Places(plan: plan, undo: undo) }
}

/// Ends the tool on what stands in the way, each in a line of its own.
func end(on problems: [Failure]) throws {
  for problem in problems { report(problem, tool: ReconcileTool.toolName) }
  if let status = Failure.status(of: problems) { throw Finished(status) }
}

struct UndoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undo",
    abstract: "Takes back what applying a plan did to the bricks.",
    discussion: """
      Nothing is touched unless every brick is as apply left it. Killed anywhere and run again, \
      it finishes. Afterwards the plan can be applied again.
      """)

  @Flag(help: "Change nothing, and print what would become of each object.")
  var dryRun = false

  @Flag(help: "Undo an application that was cut off, without a check.")
  var unchecked = false

  @OptionGroup var undo: UndoOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: ArgumentHelp("The file of the plan that was applied.", valueName: "plan"))
  var plan: String

  func run() throws {
    guard plan != "-" else {
      throw Failure(
        .usage, "what was done is kept beside the plan: name the file that was applied", path: plan)
    }
    let interruption = InterruptionNotice(tool: ReconcileTool.toolName)
    let hosts = try Hosts(tool: ReconcileTool.toolName)
    defer { hosts.close() }
    let application = Application(
      try PlanFile(path: plan), places: undo.places(of: plan), through: hosts)
    var writer = output.makeWriter()
    let isDryRun = dryRun
    var isUndoneBefore = true
    let problems = try application.undo(
      isUnchecked: unchecked, isDryRun: isDryRun, onTouch: { interruption.reach(.begun) }
    ) {
      replica, gfid, outcome throws(Failure) in
      try writer.write("undone") { line in
        line.field("replica", replica)
        line.field("gfid", gfid)
        line.field("outcome", (isDryRun ? "would_be_" : "") + outcome.rawValue)
      }
    } finished: { path, summary throws(Failure) in
      isUndoneBefore = false
      try writer.write("undo_summary") { line in
        line.field("file", path)
        line.field("brick", summary.brick)
        line.field("dry_run", isDryRun)
        line.field("objects", summary.objects)
        line.field("names", summary.names)
        line.field("bytes", summary.byteCount)
      }
    }
    if problems.isEmpty, !isDryRun { interruption.reach(.done) }
    try writer.flush()
    try end(on: problems)
    if isUndoneBefore {
      note("the plan was undone before: nothing is touched", tool: ReconcileTool.toolName)
    }
  }
}
