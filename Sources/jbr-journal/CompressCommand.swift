import ArgumentParser
import JBRCore
import JBRTool

struct CompressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compress",
    abstract: "Compresses the data files of frozen terms with zstd.",
    discussion: """
      The file is read back and compared before the plain one goes. Every command reads it as \
      it is, and zstd -d gives the plain file back.
      """)

  @Option(help: ArgumentHelp("Only this term; all frozen ones if left out.", valueName: "number"))
  var term: UInt64?
  @OptionGroup var output: OutputOptions
  @OptionGroup var journal: JournalArgument

  func run() throws {
    let opened = try journal.open()
    var writer = output.makeWriter()
    let frozen = opened.superblock.terms.filter {
      $0.value.state == .frozen || $0.value.state == .retired
    }
    for term in term.map({ [Term($0)] }) ?? frozen.keys.sorted() {
      for file in try opened.compress(term) {
        try writer.write("compressed") { line in
          line.field("journal", journal.journal)
          line.field("term", term.rawValue)
          line.field("file", file.name)
          line.field("bytes", file.byteCount)
          line.field("compressed_bytes", file.compressedByteCount)
        }
        try writer.flush()
      }
    }
  }
}
