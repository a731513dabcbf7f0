import ArgumentParser
import JBRCore
import JBRTool

struct StatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stat",
    abstract: "Counts requests and bytes by term and fop, and names the busiest files.",
    discussion: """
      Of a jbr journal also where each term stands, with its reconciliation id, and the \
      superblock's marks.
      """)

  @OptionGroup var select: SelectOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("How many of the busiest files to print.", valueName: "count"))
  var top = "10"

  @OptionGroup var arguments: JournalArguments

  func run() throws {
    let selection = try select.selection(ofJournals: true)
    let top = try Selection.count(top, option: "--top")
    guard !selection.reverse else {
      throw Failure(.usage, "makes no difference to counts: leave it out", field: "--reverse")
    }
    var scan = JournalScan(output.makeWriter(), selection)
    try scan.each(try arguments.required()) { scan, path, reader throws(Failure) in
      var statistics = JournalStatistics(top: top)
      var filter = SelectionFilter(selection)
      try filter.prepare(reader.files)
      let idSource = reader.idSource
      try scan.read(&reader) { _, item throws(Failure) in
        guard case .record(let record) = item else { return }
        if filter.admits(record) {
          statistics.add(record)
        } else {
          statistics.pass(record)
        }
      }
      let superblock = reader.files.superblock?.superblock
      for term in (superblock?.terms ?? [:]).keys.sorted()
      where selection.terms?.contains(term.rawValue) ?? true {
        try scan.writer.write(term, of: superblock, journal: path)
      }
      try statistics.write(
        journal: path, idSource: idSource, superblock: superblock, to: &scan.writer)
    }
    try scan.finish()
  }
}
