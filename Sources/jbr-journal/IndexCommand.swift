import ArgumentParser
import JBRCore
import JBRTool

struct IndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Makes the indices of a journal's terms from their logs.",
    discussion: """
      read, blame and the like find requests by it; whatever it does not cover yet is read. The \
      log alone counts: verify compares each index with it, and one that is damaged is passed \
      over.
      """)

  @Option(help: ArgumentHelp("Only this term; all if left out.", valueName: "number"))
  var term: UInt64?
  @OptionGroup var output: OutputOptions

  @Argument(help: ArgumentHelp("The jbr journal's directory.", valueName: "journal"))
  var journal: String

  func run() throws {
    let files = try JournalFiles.find(journal)
    guard let terms = files.terms else {
      throw Failure(.usage, "is an fdl journal, which has no index: convert it", path: journal)
    }
    let wanted = terms.filter { term == nil || $0.term.rawValue == term }
    if let term, wanted.isEmpty {
      throw Failure(.cannotOpen, "there is no term \(term)", path: journal)
    }
    var writer = output.makeWriter()
    let maker = IndexMaker(on: SystemDisk(), directory: journal)
    for files in wanted {
      let made = try maker.make(files)
      try writer.write("indexed") { line in
        line.field("journal", journal)
        line.field("term", made.term.rawValue)
        line.field("file", made.name)
        line.field("requests", made.requests)
        line.field("entities", made.entities)
        line.field("objects", made.objects)
        line.field("bytes", made.byteCount)
      }
      try writer.flush()
    }
  }
}
