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
      jbr journals of one volume it says who holds what another has lost.
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
      for entry in losses {
        let others = Self.others(than: entry.journal, in: whole)
        guard !others.isEmpty else { continue }
        try supply(entry.journal, entry.losses, others, &scan.writer)
      }
    }
    try scan.finish()
  }

  /// The other journals of a journal's volume: elsewhere the same name is another request's. All
  /// others where the journal does not say any more whose it is.
  private static func others(
    than journal: String, in all: [(journal: String, files: JournalFiles)]
  ) -> [(journal: String, files: JournalFiles)] {
    let own = all.first { $0.journal == journal }?.files.superblock?.superblock?.volume
    return all.filter { other in
      let volume = other.files.superblock?.superblock?.volume
      return other.journal != journal && (own == nil || volume == nil || own == volume)
    }
  }

  /// Says which of the other journals hold what one has lost.
  private func supply(
    _ journal: String, _ losses: TermLosses,
    _ others: [(journal: String, files: JournalFiles)], _ writer: inout LineWriter
  ) throws(Failure) {
    let found = try LossSuppliers.find(losses, in: others)
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
              object.field("copied", offer.isCopy)
            }
          }
        }
      }
    }
    try writer.flush()
  }
}
