import ArgumentParser
import JBRCore
import JBRTool

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Writes a journal from the lines of a dump on standard input.",
    discussion: """
      The directory comes into being whole or not at all; it must not exist, or be empty. A \
      dump with its payload gives the same files again; a filtered one gives closed files of \
      those requests only.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case fdl }

  @Option(help: ArgumentHelp("What is written.", valueName: "fdl"))
  var format: Format

  @Argument(help: ArgumentHelp("The directory to make.", valueName: "outdir"))
  var directory: String

  func run() throws {
    var lines = try LineReader(path: "-")
    let staging = try StagingDirectory(directory)
    do {
      var importer = JournalImporter(StagedRuns(directory: staging))
      while let line = try lines.next() {
        try importer.take(line, lineNumber: lines.lineNumber, path: "standard input")
      }
      do throws(Failure) { try importer.finish() } catch {
        var placed = error
        placed.path = placed.path ?? "standard input"
        throw placed
      }
      // A journal of one run is a folder of pairs, unless the dump says otherwise.
      let isFlat = importer.firstRunIsFlat ?? (importer.runCount == 1)
      try staging.finish(flattening: isFlat ? StagedRuns.folder(1) : nil)
    } catch {
      staging.discard()
      throw error
    }
  }
}

/// Puts each run's files into its folder.
struct StagedRuns: JournalStore {
  var directory: StagingDirectory

  static func folder(_ run: Int) -> String { "run\(run)" }

  func make(_ name: String, run: Int) throws(Failure) -> any JournalOutput {
    try directory.makeFile(name, in: Self.folder(run))
  }
}
