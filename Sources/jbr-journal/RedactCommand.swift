import ArgumentParser
import JBRCore
import JBRTool

struct RedactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redact",
    abstract: "Writes a copy of a journal without contents and names, to share.",
    discussion: """
      In the journal's own format, with the same requests, ids, states and lengths. Each name \
      becomes another one of the same length, the same wherever it stands; contents, values of \
      xattrs and targets are gone, and so are keys of xattrs behind their namespace, but for those \
      that the system itself defines. GFIDs, clients' ids, modes, owners, ACLs, times and offsets \
      stay. A damaged journal is not copied.
      """)

  @OptionGroup var identity: JournalIdentity
  @Argument(help: ArgumentHelp("The journal to read.", valueName: "journal"))
  var journal: String
  @Argument(help: ArgumentHelp("The directory to make.", valueName: "outdir"))
  var directory: String

  func run() throws {
    let files = try JournalFiles.find(journal)
    var redaction = Redaction(salt: UInt64.random(in: 0...UInt64.max))
    let isJBR = files.terms != nil
    if isJBR { try redaction.learn(files) }
    try JournalRewrite.write(files, as: isJBR ? .jbr : .fdl, directory, identity) {
      redaction.redact($0)
    }
  }
}
