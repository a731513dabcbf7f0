import ArgumentParser
import JBRCore
import JBRTool

/// A journal, perhaps over a brick, as of a request.
struct ViewArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "As of this request, it included, as 3/17; all if left out.", valueName: "id"))
  var at: String?

  @Flag(help: "Requests count too that are not known to have reached their quorum.")
  var unagreed = false

  @Argument(help: ArgumentHelp("The journal.", valueName: "journal"))
  var journal: String

  func choice() throws(Failure) -> ViewChoice {
    ViewChoice(
      last: try at.map { text throws(Failure) in try Selection.request(text, option: "--at") },
      countsUnagreed: unagreed)
  }

  /// Says what the answer leaves out: requests of which nobody knows yet whether they happened.
  /// - Throws: `cannotOpen` where the journal holds no request of the name that the answer is as of.
  static func begin(_ lookup: JournalLookup) throws(Failure) {
    if let last = lookup.choice.last, try !lookup.holdsLast() {
      let missing = Failure(missing: last, in: [lookup.files.path])
      // It may be what is damaged, and then that is told, and what can be shown is.
      guard !lookup.damage.isEmpty else { throw missing }
      report(missing, tool: "jbr-journal")
    }
    let count = lookup.undecidedCount
    guard count > 0 else { return }
    note(
      "\(lookup.files.path): requests that are not known to have reached their quorum are left out: \(count); --unagreed shows them",
      tool: "jbr-journal")
  }

  /// Says what could not be read, and ends with 65 if anything could not.
  static func finish(_ lookup: JournalLookup) throws {
    let damage = lookup.damage
    for failure in damage { report(failure, tool: "jbr-journal") }
    if !damage.isEmpty { throw Finished(.damaged) }
  }
}

/// A range of a file.
struct FileChoice: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The brick that the journal is laid over; without it only the journal counts.",
      valueName: "dir"))
  var brick: String?

  @Option(help: ArgumentHelp("The file at this path, from the brick's root.", valueName: "path"))
  var path: String?

  @Option(help: ArgumentHelp("The file with this GFID.", valueName: "gfid"))
  var gfid: String?

  @Option(help: ArgumentHelp("Where the range begins, in bytes.", valueName: "bytes"))
  var offset: Int64 = 0

  @Option(help: ArgumentHelp("How long it is; to the file's end if left out.", valueName: "bytes"))
  var length: Int64?

  func validate() throws {
    if (path == nil) == (gfid == nil) { throw ValidationError("Give either --path or --gfid.") }
  }

  /// Offsets in the file.
  func range() throws(Failure) -> Range<Int64> {
    guard offset >= 0, length ?? 0 >= 0 else {
      throw Failure(.usage, "is below 0", field: offset < 0 ? "--offset" : "--length")
    }
    guard let length else { return offset..<Int64.max }
    let (end, overflow) = offset.addingReportingOverflow(length)
    return offset..<(overflow ? Int64.max : end)
  }

  func view(_ arguments: ViewArguments) throws(Failure) -> JournalView {
    let files = try JournalFiles.find(arguments.journal)
    let store = try brick.map { path throws(Failure) in try NativeBrick(path: path) }
    let view = try JournalView(files, brick: store, try arguments.choice())
    try ViewArguments.begin(view.lookup)
    return view
  }

  /// The file's GFID.
  func object(_ view: JournalView) throws(Failure) -> GFID {
    if let gfid { return try Selection.gfid(gfid, option: "--gfid") }
    let pattern = try Selection.path(path ?? "", option: "--path")
    guard let found = try view.object(at: pattern.components) else {
      throw Failure(.cannotOpen, "there is no such file in the view", path: path)
    }
    return found
  }
}
