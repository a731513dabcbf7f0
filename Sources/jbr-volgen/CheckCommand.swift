import ArgumentParser
import JBRCore
import JBRTool

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say what is wrong with volfiles, all of it at once.",
    discussion: """
      A line for each finding, and one for each file. Ends with 1 if there are only warnings \
      (unused volumes, unknown or repeated options), and with 65 if there are errors: what \
      GlusterFS refuses, and what it would silently make another graph of. Nothing is run.

      Examples:
        jbr-volgen check /var/lib/glusterd/vols/*/*.vol
        jbr-volgen client -i set.json | jbr-volgen check -
      """)

  @Argument(help: ArgumentHelp("Volfiles; '-' is standard input.", valueName: "volfile"))
  var volfiles: [String]

  @OptionGroup var output: OutputOptions

  func run() throws {
    var writer = output.makeWriter()
    var status = ExitStatus.ok
    for path in volfiles {
      let file = VolfileInput(path)
      do throws(Failure) {
        status = max(status, try check(file, &writer))
      } catch {
        // Standard output is no file to go on without; the other volfiles are worth a look.
        guard error.path == file.name else { throw error }
        try writer.flush()
        report(error, tool: toolName)
        status = max(status, error.status)
      }
    }
    try writer.flush()
    if status != .ok { throw Finished(status) }
  }

  private func check(
    _ file: VolfileInput, _ writer: inout LineWriter
  ) throws(Failure) -> ExitStatus {
    let parsed = try file.read()
    let findings = parsed.check()
    for finding in findings {
      try writer.write("volfile_finding") { line in
        line.field("file", file.name)
        if let position = finding.position {
          line.field("line", position.line)
          line.field("column", position.column)
        }
        if let volume = finding.volume { line.field("volume", volume) }
        line.field("rule", finding.rule.rawValue)
        line.field("severity", finding.severity.rawValue)
        line.field("message", finding.message)
      }
    }
    let errors = findings.count { $0.severity == .error }
    try writer.write("volfile_check") { line in
      line.field("file", file.name)
      line.field("volumes", parsed.graph.volumes.count)
      if let top = parsed.graph.top { line.field("top", top) }
      line.field("errors", errors)
      line.field("warnings", findings.count - errors)
    }
    return errors > 0 ? .damaged : findings.isEmpty ? .ok : .found
  }
}
