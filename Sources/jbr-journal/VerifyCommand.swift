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
      selection limits whose fields are checked; the structure is checked in full. Of several \
      jbr journals of one set it says who holds what another has lost.
      """)

  @OptionGroup var select: SelectOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var arguments: JournalArguments

  func run() throws {
    let selection = try select.selection(ofJournals: true)
    var scan = JournalScan(output.makeWriter())
    var whole: [(journal: String, files: JournalFiles)] = []
    var losses: [(journal: String, losses: TermLosses)] = []
    let indices = IndexMaker(on: SystemDisk(), directory: temporaryDirectory())
    try scan.each(try arguments.required(), resuming: true) {
      scan, path, reader throws(Failure) in
      if reader.files.terms != nil {
        var verifier = JBRVerifier(journal: path, files: reader.files, indices: indices)
        try verifier.run(to: &scan.writer)
        whole.append((path, reader.files))
        losses += verifier.losses.sorted { $0.key < $1.key }.map { (path, $0.value) }
        return scan.add(verifier.verdict.status)
      }
      var verifier = JournalVerifier(journal: path, selection: selection)
      try verifier.run(&reader, to: &scan.writer)
      scan.add(verifier.verdict.status)
    }
    if whole.count > 1 {
      for entry in losses { try supply(entry.journal, entry.losses, whole, &scan.writer) }
    }
    try scan.finish()
  }

  /// Says which of the other journals hold what one has lost.
  private func supply(
    _ journal: String, _ losses: TermLosses,
    _ all: [(journal: String, files: JournalFiles)], _ writer: inout LineWriter
  ) throws(Failure) {
    let found = try LossSuppliers.find(losses, in: all.filter { $0.journal != journal })
    for loss in found {
      try writer.write("supply") { line in
        line.field("journal", journal)
        line.field("id", loss.id.description)
        line.field("certain", loss.isCertain)
        line.field("verdict", loss.verdict)
        if let digest = loss.digest { line.field("digest", digest.description) }
        line.array("offers") { array in
          for offer in loss.offers {
            array.element { object in
              object.field("journal", offer.journal)
              object.field("digest", offer.digest.description)
            }
          }
        }
      }
    }
    try writer.flush()
  }
}
