import ArgumentParser
import JBRCore
import JBRTool

struct AtCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "at",
    abstract: "Prints the tree as of a request, from the journal alone.",
    discussion: """
      A line for each name. What was there before the journal is \
      known only as far as requests show it: its keys are left out. read --at writes a file's \
      content as of the same request.
      """)

  @Option(
    help: ArgumentHelp(
      "Only what stands at this path; dir/ for all below.", valueName: "path"))
  var path: String?

  @Flag(help: "Reads files, and adds the XXH3-128 of each content.")
  var digest = false

  @OptionGroup var output: OutputOptions

  @Argument(help: ArgumentHelp("The last request that counts, as 3/17.", valueName: "id"))
  var id: String

  @Argument(help: ArgumentHelp("The journal.", valueName: "journal"))
  var journal: String

  @Flag(help: "Requests count too that are not known to have reached their quorum.")
  var unagreed = false

  func run() throws {
    let last = try Selection.request(id, option: "id")
    let pattern = try path.map { try Selection.path($0, option: "--path") }
    let lookup = try JournalLookup(
      try JournalFiles.find(journal), ViewChoice(last: last, countsUnagreed: unagreed))
    try ViewArguments.begin(lookup)
    var writer = output.makeWriter()
    try TreeListing(lookup, digests: digest).each { object throws(Failure) in
      guard pattern?.holds(object.path) ?? true else { return }
      try writer.write("object") { line in line.fields(of: object) }
    }
    try writer.flush()
    try ViewArguments.finish(lookup)
  }
}

extension LineBuilder {
  fileprivate mutating func fields(of listed: ListedObject) {
    let object = listed.object
    field("path", bytes: listed.path[...])
    field("gfid", listed.gfid)
    field("object_type", object.type.rawValue)
    if let size = object.size { field("size", size.value) }
    if !object.otherSizes.isEmpty {
      array("other_sizes") { array in
        for size in object.otherSizes.sorted() { array.element(size) }
      }
    }
    if let mode = object.mode { field("mode", mode.value) }
    if let uid = object.uid { field("uid", uid.value) }
    if let gid = object.gid { field("gid", gid.value) }
    if object.type == .symlink { field("target", bytes: object.target) }
    if let digest = listed.digest { field("digest", digest.description) }
    if let maker = object.maker { field("made_by", maker.description) }
  }
}

struct PathsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paths",
    abstract: "Says where objects stood when, from the journal itself.",
    discussion: """
      A line for each path of an object, with the request that brought it there and the one \
      that took it away. Moving a directory moves what is below it.
      """)

  @Option(help: ArgumentHelp("Only this object.", valueName: "gfid"))
  var gfid: String?

  @Option(
    help: ArgumentHelp(
      "Only what ever stood at this path; dir/ for all below.", valueName: "path"))
  var path: String?

  @OptionGroup var output: OutputOptions
  @OptionGroup var arguments: ViewArguments

  func run() throws {
    let wanted = try gfid.map { try Selection.gfid($0, option: "--gfid") }
    let pattern = try path.map { try Selection.path($0, option: "--path") }
    let lookup = try JournalLookup(
      try JournalFiles.find(arguments.journal), try arguments.choice())
    try ViewArguments.begin(lookup)
    var history = PathHistory()
    try lookup.each { record throws(Failure) in history.take(record) }
    var writer = output.makeWriter()
    for period in history.finished() {
      guard wanted.map({ $0 == period.gfid }) ?? true, pattern?.holds(period.path) ?? true else {
        continue
      }
      try writer.write("path") { line in
        line.field("gfid", period.gfid)
        line.field("path", bytes: period.path[...])
        if let from = period.from { line.field("from", from.description) }
        if let until = period.until { line.field("until", until.description) }
      }
    }
    try writer.flush()
    try ViewArguments.finish(lookup)
  }
}
