import ArgumentParser
import JBRCore
import JBRTool

struct FormatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "format",
    abstract: "Bring volfiles into their canonical layout.",
    discussion: """
      Prints the volfile, or with --write puts it in the file's place and keeps the original \
      beside it as FILE.orig. Comments stay; each goes before the line that it belongs to. A file \
      that breaks the grammar is refused.

      Examples:
        jbr-volgen format old.vol -o new.vol
        jbr-volgen format --write *.vol
      """)

  @Argument(help: ArgumentHelp("Volfiles; '-' is standard input.", valueName: "volfile"))
  var volfiles: [VolfileInput]

  @Flag(help: "Replace the files themselves, and keep each original as FILE.orig.")
  var write = false

  @OptionGroup var output: GraphOutput

  func validate() throws {
    try output.requireNoOutput(with: write)
    try VolfileInput.requireOneStandardInput(volfiles)
  }

  func run() throws {
    var files: [GraphFile] = []
    // All are read before the first is replaced.
    for input in volfiles {
      files.append(
        GraphFile(graph: try input.readWhole(), name: input.baseName, kind: "format"))
    }
    if write {
      try output.replace(Array(zip(volfiles, files)))
    } else {
      try output.write(files)
    }
  }
}
