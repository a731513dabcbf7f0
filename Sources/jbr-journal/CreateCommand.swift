import ArgumentParser
import JBRCore
import JBRTool

struct CreateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Makes an empty jbr journal, and opens its first term.")

  @OptionGroup var identity: JournalIdentity
  @Option(help: ArgumentHelp("The first term.", valueName: "number"))
  var term: UInt64 = 1
  @OptionGroup var output: OutputOptions
  @OptionGroup var journal: JournalArgument

  func run() throws {
    let disk = SystemDisk()
    try JournalWriter.create(
      on: disk, directory: journal.journal, superblock: try identity.superblock(on: disk))
    let opened = try journal.open()
    try opened.open(Term(term), leader: identity.name)
    var writer = output.makeWriter()
    try writer.write("journal_created") { line in
      line.field("journal", journal.journal)
      line.field("name", identity.name)
      line.field("volume", opened.superblock.volume.description)
      line.field("replica", opened.superblock.replica.description)
      line.field("term", term)
    }
    try writer.flush()
  }
}
