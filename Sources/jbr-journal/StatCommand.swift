import ArgumentParser
import JBRCore
import JBRTool

struct StatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stat",
    abstract: "Counts requests and bytes by term and fop, and names the busiest files.")

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
    var scan = JournalScan(output.makeWriter())
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
      try statistics.write(journal: path, idSource: idSource, to: &scan.writer)
    }
    try scan.finish()
  }
}
