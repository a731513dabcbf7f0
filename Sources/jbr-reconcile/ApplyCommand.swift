import ArgumentParser
import JBRCore
import JBRTool

struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Does what a plan says.",
    discussion: """
      First everything is checked: that journals and bricks are as the plan saw them and that \
      nobody uses them. Killed anywhere and run again, it finishes; how far it came is kept in \
      PLAN.progress.
      """)

  @Flag(help: "Go on without a question; enough for a plan without loss.")
  var yes = false

  @Option(
    help: ArgumentHelp(
      "The plan's loss_digest, to confirm what it takes away.", valueName: "digest"))
  var acceptLoss: String?

  @Flag(help: "Check everything, and print what would be done.")
  var dryRun = false

  @OptionGroup var output: OutputOptions

  @Argument(help: ArgumentHelp("A file that plan has written.", valueName: "plan"))
  var plan: String

  func run() throws {
    let plan = try PlanFile(path: plan)
    if !dryRun { try confirm(plan) }
    let locks = try plan.lockBricks()
    try plan.checkInputs(tool: ReconcileTool.toolName)
    var applier = Applier(
      bricks: try plan.openBricks(),
      progress: ProgressFile(path: self.plan + ".progress", planID: plan.id), planID: plan.id)
    try applier.check(plan.steps)
    var writer = output.makeWriter()
    let journals = plan.decidesInJournals && !dryRun ? try JournalPhase(plan) : nil
    if let journals {
      applier.permit = { replica throws(Failure) in try journals.permitStep(on: replica) }
      try Supply.write(journals.decide(), to: &writer)
    }
    var progress = Progress(total: plan.steps.count, tool: ReconcileTool.toolName)
    var applied = 0
    if dryRun {
      for step in plan.steps { try step.writeResult("would_apply", to: &writer) }
    } else {
      try applier.apply(plan.steps) { step, isNew throws(Failure) in
        if isNew { applied += 1 }
        progress.advance()
        try step.writeResult(isNew ? "applied" : "already_applied", to: &writer)
      }
    }
    try journals?.finish()
    progress.finish()
    try writer.write("apply_summary") { line in
      line.field("plan_id", plan.id)
      if let journals { line.field("attempt", journals.attempt.rawValue) }
      line.field("steps", plan.steps.count)
      line.field("applied", applied)
      line.field("already_applied", dryRun ? 0 : plan.steps.count - applied)
      line.field("bytes", plan.steps.reduce(0) { $0 + $1.byteCount })
    }
    try writer.flush()
    withExtendedLifetime(locks) {}
  }

  private func confirm(_ plan: PlanFile) throws(Failure) {
    if plan.isLossless {
      guard yes || acceptLoss != nil else {
        throw Failure(.refused, "loses nothing; give --yes to apply it", path: plan.path)
      }
      return
    }
    guard let acceptLoss, acceptLoss == plan.lossDigest else {
      throw Failure(
        .refused,
        "takes something away: read its findings, then give --accept-loss with its loss_digest",
        path: plan.path)
    }
  }
}
