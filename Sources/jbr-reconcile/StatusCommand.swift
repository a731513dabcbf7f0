import ArgumentParser
import JBRCore
import JBRTool

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Says at once which terms are pending on which replica, and why.",
    discussion: """
      Compares ids and digests of headers; opens neither data files nor bricks. The exit status \
      is 1 where something is pending.
      """)

  @OptionGroup var output: OutputOptions
  @OptionGroup var arguments: ReplicaArguments

  func run() throws {
    let names = try arguments.required()
    let hosts = try Hosts(tool: ReconcileTool.toolName)
    defer { hosts.close() }
    let paths = names.map(\.journal)
    let known = try hosts.areNear(paths) ? nil : KnownBlocks<RequestHeader>()
    let journals = try hosts.nearestFirst(paths) { place throws(Failure) in
      let name = names[place]
      return try JournalHeaders(
        name: name.name,
        files: JournalFiles.findLeavingData(
          name.journal, in: hosts.files(of: name.journal)),
        known: known)
    }
    for journal in journals {
      for failure in journal.damages + journal.torn {
        report(failure, tool: ReconcileTool.toolName)
      }
      for path in journal.stale {
        note("\(path): left over from an earlier run, not read", tool: ReconcileTool.toolName)
      }
    }
    let status = try PendingTerms(journals)
    var writer = output.makeWriter()
    try status.write(to: &writer)
    try writer.flush()
    if !journals.allSatisfy(\.isWhole) { throw Finished(.damaged) }
    if status.isPending { throw Finished(.found) }
  }
}
