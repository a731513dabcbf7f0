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
  @Flag(
    help: ArgumentHelp(
      "Open no term: the replica joins a set, or comes back with a new disk, and vouches for "
        + "nothing until a reconciliation takes it in."))
  var rejoin = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var journal: JournalArgument

  func run() throws {
    guard term > 0 else { throw Failure(.usage, "terms begin at 1", field: "--term") }
    let disk = SystemDisk()
    try JournalWriter.create(
      on: disk, directory: journal.journal, superblock: try identity.superblock(on: disk))
    let opened = try journal.open()
    if !rejoin { try opened.open(Term(term), leader: identity.name) }
    var writer = output.makeWriter()
    try writer.write("journal_created") { line in
      line.field("journal", journal.journal)
      line.field("name", identity.name)
      line.field("volume", opened.superblock.volume.description)
      line.field("replica", opened.superblock.replica.description)
      if !rejoin { line.field("term", term) }
    }
    try writer.flush()
  }
}
