import ArgumentParser
import JBRCore
import JBRTool

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Writes a journal from the lines of a dump on standard input.",
    discussion: """
      The directory comes into being whole or not at all; it must not exist, or be empty. As \
      fdl, a dump of an fdl journal with its payload gives the same files again; a filtered one \
      gives closed files of those requests only. As jbr, requests and events keep their names.
      """)

  @Option(help: ArgumentHelp("What is written.", valueName: "fdl|jbr"))
  var format: JournalFormat
  @OptionGroup var identity: JournalIdentity
  @Argument(help: ArgumentHelp("The directory to make.", valueName: "outdir"))
  var directory: String

  private static let input = "standard input"

  func run() throws {
    var lines = try LineReader(path: "-")
    switch format {
    case .fdl:
      try FDLOutput.write(directory) { importer throws(Failure) in
        while let line = try lines.next() {
          try importer.take(line, lineNumber: lines.lineNumber, path: Self.input)
        }
      }
    case .jbr:
      try JBROutput.write(directory, identity) { importer throws(Failure) in
        while let line = try lines.next() {
          try importer.take(line, lineNumber: lines.lineNumber, path: Self.input)
        }
      }
    }
  }
}
