public import ArgumentParser
public import JBRCore

/// The options that select requests, the same in every tool.
public struct SelectOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Only these terms: 3, 3..7, 3.. or ..7, ends included.", valueName: "range"))
  public var term: String?

  @Option(
    help: ArgumentHelp(
      "Only these indices: 1, 1..20, 5.. or ..9, ends included.", valueName: "range"))
  public var index: String?

  @Option(
    help: ArgumentHelp("Only this request, as 3/17 or 3/17+1; may be repeated.", valueName: "id"))
  public var request: [String] = []

  @Option(
    help: ArgumentHelp(
      "Only these fops, as create,writev; '!setattr' for all but that; list prints them.",
      valueName: "fops"))
  public var fop: [String] = []

  @Option(
    help: ArgumentHelp(
      "Only requests that name this object by GFID, be it new or open.", valueName: "gfid"))
  public var gfid: String?

  @Option(
    help: ArgumentHelp("Only requests with a name in this directory.", valueName: "gfid"))
  public var parent: String?

  @Option(
    help: ArgumentHelp(
      "Only requests with this name in any directory, as text or {\"base64\":\"…\"}.",
      valueName: "name"))
  public var name: String?

  @Option(
    help: ArgumentHelp(
      "Only requests on the object that stands at this path when they come; dir/ for all below.",
      valueName: "path"))
  public var path: String?

  @Option(
    help: ArgumentHelp(
      "Only requests that write or cut off any of these bytes of a file.",
      valueName: "offset+length"))
  public var touch: String?

  @Option(
    help: ArgumentHelp(
      "Only requests that come to this state in the end; fdl journals have none.",
      valueName: "state"))
  public var state: String?

  @Option(
    help: ArgumentHelp(
      "Only requests from this time on; fdl journals have none.", valueName: "time"))
  public var since: String?

  @Option(
    help: ArgumentHelp("Only requests up to this time; fdl journals have none.", valueName: "time"))
  public var until: String?

  @Option(help: ArgumentHelp("At most so many requests.", valueName: "count"))
  public var limit: String?

  @Flag(help: "The last request first.")
  public var reverse = false

  public init() {}

  /// What the options select.
  ///
  /// `ofJournals` is whether journals themselves are read, which may hold states and times.
  /// - Throws: a `usage` failure that names the option; `Finished` behind `--fop list`.
  public func selection(ofJournals: Bool = false) throws -> Selection {
    for (option, value) in [("--state", state), ("--since", since), ("--until", until)]
    where value != nil && !ofJournals {
      throw Failure(
        .usage, "neither states nor times are known here: leave the option out", field: option)
    }
    if fop == ["list"] {
      try Self.printFops()
      throw Finished(.ok)
    }
    var result = Selection()
    result.terms = try term.map { try Selection.range($0, option: "--term") }
    result.indices = try index.map { try Selection.range($0, option: "--index") }
    result.requests = Set(try request.map { try Selection.request($0, option: "--request") })
    result.fops = try Selection.fops(fop, option: "--fop")
    result.gfid = try gfid.map { try Selection.gfid($0, option: "--gfid") }
    result.parent = try parent.map { try Selection.gfid($0, option: "--parent") }
    result.name = try name.map { try Selection.name($0, option: "--name") }
    result.path = try path.map { try Selection.path($0, option: "--path") }
    result.touched = try touch.map { try Selection.bytes($0, option: "--touch") }
    result.state = try state.map { try Selection.state($0, option: "--state") }
    result.times = try Selection.times(since: since, until: until)
    result.limit = try limit.map { try Selection.count($0, option: "--limit") }
    result.reverse = reverse
    return result
  }

  /// Prints the table of fops.
  private static func printFops() throws(Failure) {
    var writer = LineWriter(
      DescriptorSink.standardOutput, format: standardOutputIsTerminal() ? .table : .json)
    for fop in Fop.allCases {
      try writer.write("fop") { line in
        line.field("number", fop.rawValue)
        line.field("fop", fop.name)
        line.field("fields", fop.layout.map(\.name.rawValue).joined(separator: " "))
      }
    }
    try writer.flush()
  }
}

/// The option that selects what comes behind a request, the same in every tool that reads one
/// journal from end to end.
public struct AfterCursorOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only requests that the journal holds behind the one of this cursor, also with --reverse.",
      valueName: "cursor"))
  public var afterCursor: String?

  public init() {}

  /// The cursor to go on behind; nil for the journal's beginning.
  public func cursor() throws(Failure) -> JournalCursor? {
    guard let afterCursor else { return nil }
    return try JournalCursor(afterCursor, option: "--after-cursor")
  }
}
