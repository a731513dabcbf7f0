import ArgumentParser
import JBRCore
import JBRTool

struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Does what a plan says.",
    discussion: """
      First everything is checked, and all that stands in the way is said at once: that journals \
      and bricks are as the plan saw them, that nobody uses them, that they can be written and \
      have room. Killed anywhere and run again, it finishes; how far it came is kept in \
      PLAN.progress. What it changes is kept in PLAN.undo, for undo.
      """)

  @Flag(help: "Go on without a question; enough for a plan without loss.")
  var yes = false

  @Option(
    help: ArgumentHelp(
      "The plan's loss_digest, to confirm what it takes away.", valueName: "digest"))
  var acceptLoss: String?

  @Flag(help: "Check everything, and print what would be done.")
  var dryRun = false

  @Option(
    help: ArgumentHelp(
      "Write at most so many bytes of content a second: 500000, 500K, 10M, 1G.",
      valueName: "bytes"))
  var rate: String?

  @OptionGroup var undo: UndoOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: ArgumentHelp("A file that plan has written.", valueName: "plan"))
  var plan: String

  func run() throws {
    let rate = try rate.map { try byteRate($0, option: "--rate") }
    guard plan != "-" || dryRun else {
      throw Failure(
        .usage, "how far it comes is kept beside the plan: write it to a file first", path: plan)
    }
    let plan = try PlanFile(path: plan)
    if !dryRun { try confirm(plan) }
    let interruption = InterruptionNotice(tool: ReconcileTool.toolName)
    let hosts = try Hosts(tool: ReconcileTool.toolName)
    defer { hosts.close() }
    let application = Application(plan, places: undo.places(of: self.plan), through: hosts)
    if try application.isUnfinished() { interruption.reach(.resuming) }
    try end(on: application.check())
    let hasJournals = try JournalPhase.isNeeded(plan, through: hosts)
    let isFinished = try application.isFinished()
    if isFinished {
      let left = hasJournals ? "what is left is to say so in the journals" : "nothing is touched"
      note("the plan was applied before: \(left)", tool: ReconcileTool.toolName)
    }
    var writer = output.makeWriter()
    if !dryRun, hasJournals || !isFinished { interruption.reach(.begun) }
    let journals = !dryRun && hasJournals ? try JournalPhase(plan, through: hosts) : nil
    if let journals { try Supply.write(journals.decide(), to: &writer) }
    var applied = 0
    if dryRun {
      let outcome = isFinished ? "already_applied" : "would_apply"
      for step in plan.steps { try step.writeResult(outcome, to: &writer) }
    } else {
      let cost = plan.cost
      var progress = Progress(
        total: plan.steps.count, tool: ReconcileTool.toolName, byteCount: cost.byteCount)
      var written: Int64 = 0
      do throws(Failure) {
        try application.apply(
          byteCountPerSecond: rate,
          permit: { replica throws(Failure) in
            try journals?.permitStep(on: replica)
          }
        ) { step, isNew throws(Failure) in
          if isNew { applied += 1 }
          written += step.byteCount
          progress.advance(byteCount: written)
          try step.writeResult(isNew ? "applied" : "already_applied", to: &writer)
          // Whoever ends it in the middle knows what was done.
          try writer.flush()
        }
      } catch {
        progress.finish()
        try writer.flush()
        throw error
      }
      progress.finish()
    }
    try journals?.finish()
    if !dryRun { interruption.reach(.done) }
    try writer.write("apply_summary") { line in
      line.field("plan_id", plan.id)
      if let journals { line.field("attempt", journals.attempt.rawValue) }
      line.field("steps", plan.steps.count)
      line.field("applied", applied)
      line.field("already_applied", dryRun && !isFinished ? 0 : plan.steps.count - applied)
      line.field("bytes", plan.cost.byteCount)
    }
    try writer.flush()
    if application.sawDamage { try requireWhole(plan, hosts) }
  }

  /// Ends with what is damaged still, if that was not among what the plan repairs.
  private func requireWhole(_ plan: PlanFile, _ hosts: Hosts) throws {
    let names = plan.replicas.map { ReplicaName(name: $0.name, journal: $0.journal) }
    let (_, status) = try readJournals(names, through: hosts, tool: ReconcileTool.toolName)
    if status != .ok { throw Finished(status) }
  }

  private func confirm(_ plan: PlanFile) throws(Failure) {
    try plan.requireNoConflict()
    if plan.isLossless {
      // Who accepts a loss means another plan.
      guard acceptLoss == nil else {
        throw Failure(
          .refused, "loses nothing, and has no loss_digest: is it the plan that was meant?",
          path: plan.path)
      }
      guard yes else {
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
