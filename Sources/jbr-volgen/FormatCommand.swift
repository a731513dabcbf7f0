import ArgumentParser
import JBRCore

struct FormatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "format",
    abstract: "Print a volfile in its canonical layout.",
    discussion: """
      Comments stay; each goes before the line that it belongs to. A file that breaks the \
      grammar is refused.

      Example:
        jbr-volgen format old.vol -o new.vol
      """)

  @Argument(help: ArgumentHelp("The volfile; '-' is standard input.", valueName: "volfile"))
  var volfile: String

  @OptionGroup var output: GraphOutput

  func run() throws {
    let file = VolfileInput(volfile)
    let parsed = try file.read()
    if let finding = parsed.findings.first {
      let others = parsed.findings.count - 1
      throw Failure(
        .damaged, finding.message + (others > 0 ? " (and \(others) more; see check)" : ""),
        path: file.name,
        at: finding.position.map { .position(line: $0.line, column: $0.column) })
    }
    try output.write([GraphFile(graph: parsed.graph, name: file.baseName, kind: "format")])
  }
}
