import ArgumentParser
import JBRCore
import JBRTool

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Checks journals: a line for each finding, and one for each journal.",
    discussion: """
      Reads on behind damage. Exits 0 if all journals are clean, 1 if one ends in a torn \
      record, 65 if one is damaged. Gaps and stale files are reported and change nothing. A \
      selection limits whose fields are checked; the structure is checked in full.
      """)

  @OptionGroup var select: SelectOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var arguments: JournalArguments

  func run() throws {
    let selection = try select.selection(ofJournals: true)
    var scan = JournalScan(output.makeWriter())
    try scan.each(try arguments.required(), resuming: true) {
      scan, path, reader throws(Failure) in
      if reader.files.terms != nil {
        var verifier = JBRVerifier(journal: path, files: reader.files)
        try verifier.run(to: &scan.writer)
        return scan.add(verifier.verdict.status)
      }
      var verifier = JournalVerifier(journal: path, selection: selection)
      try verifier.run(&reader, to: &scan.writer)
      scan.add(verifier.verdict.status)
    }
    try scan.finish()
  }
}
