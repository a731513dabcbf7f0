import ArgumentParser
import JBRCore
import JBRTool

struct ReplayTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jbr-replay",
    abstract: "Applies requests from a journal to one replica's brick.",
    usage: """
      jbr-replay [SELECT] --journal JOURNAL [OPTIONS] BRICK
      jbr-replay [SELECT] [OPTIONS] - BRICK < lines
      jbr-replay [SELECT] --journal JOURNAL --volfile F [--results FILE] [OPTIONS]
      jbr-replay [SELECT] --volfile F [--results FILE] [OPTIONS] - < lines
      jbr-replay undo [--dry-run] [--unchecked] [--volfile F] FILE
      """,
    discussion: """
      Each request gets a line that says what became of it. Replaying again changes nothing: \
      what the brick holds already is left alone. With --volfile a running GlusterFS applies \
      the requests, on the client graph in F.

      Examples:
        jbr-replay --dry-run --term 3 --journal /var/lib/jnl /srv/brick
        jbr-replay --request 3/17 --undo before --journal /var/lib/jnl /srv/brick
        jbr-replay undo before
        jbr-journal dump --payload base64 /var/lib/jnl | jq -c 'select(.fop != "unlink")' \\
          | jbr-replay --init - /srv/new-brick
        jbr-replay --journal /var/lib/jnl --volfile recon/far-client.vol
      """,
    version: versionText)

  @OptionGroup var select: SelectOptions
  @OptionGroup var after: AfterCursorOptions
  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp(
      "The journal to take requests from: a directory, or one X-meta-N.jnl.",
      valueName: "journal"))
  var journal: String?

  @Flag(
    name: .customLong("dry-run"),
    help: "Change nothing, and print what would be done and what is there now.")
  var isDryRun = false

  @Flag(
    name: .customLong("keep-going"),
    help: "Go on behind a request that failed, and with what can be read of a damaged journal.")
  var keepsGoing = false

  @Flag(name: .customLong("init"), help: "Make an empty or missing directory a brick first.")
  var makesBrick = false

  @Option(
    help: ArgumentHelp(
      "Instead of a brick: a client graph, as jbr-volgen recon writes it. Needs GlusterFS.",
      valueName: "volfile"))
  var volfile: String?

  @Option(
    help: ArgumentHelp(
      "Where results of appends and sums are kept behind GlusterFS; else VOLFILE.results.",
      valueName: "file"))
  var results: String?

  @Flag(
    name: .customLong("no-states"),
    help: "Leave a jbr journal's states alone: for a brick that is not the journal's own.")
  var leavesStates = false

  @Flag(
    name: .customLong("agreed-only"),
    help: "Leave out requests of a jbr journal that are not known to have reached their quorum.")
  var takesAgreedOnly = false

  @Option(
    help: ArgumentHelp(
      "Write at most so many bytes of payload a second: 500000, 500K, 10M, 1G.",
      valueName: "bytes"))
  var rate: String?

  @Option(
    help: ArgumentHelp(
      "Keep in this file what is changed, so that undo can bring it back.", valueName: "file"))
  var undo: String?

  @Flag(help: "With undo: undo a replay that was cut off, without a check.")
  var unchecked = false

  @Argument(
    help: ArgumentHelp(
      "The brick's directory; behind a -, requests are read as lines from standard input. Or undo and a file.",
      valueName: "brick"))
  var places: [String] = []

  func run() throws {
    if places.first == "undo", places.count == 2, journal == nil {
      guard undo == nil else { throw ValidationError("undo cannot be undone: leave --undo out.") }
      try UndoAction(
        output: output, path: places[1], isDryRun: isDryRun, isUnchecked: unchecked,
        volfile: volfile
      ).run()
      // As below.
      if volfile != nil { throw Finished(.ok) }
      return
    }
    let (source, goal) = try arguments()
    let selection = try select.selection(ofJournals: journal != nil)
    guard !selection.reverse else {
      throw Failure(.usage, "cannot be: a replay goes forward", field: "--reverse")
    }
    let cursor = try after.cursor()
    guard cursor == nil || journal != nil else {
      throw Failure(
        .usage, "is of a journal: have dump leave out the lines before it", field: "--after-cursor")
    }
    let byteCountPerSecond = try rate.map { try byteRate($0, option: "--rate") }
    var reader = SourceReader(
      filter: SelectionFilter(selection, tracksPaths: true), keepsGoing: keepsGoing,
      isOwnBrick: !leavesStates, takesAgreedOnly: takesAgreedOnly)
    reader.skipped = cursor
    try reader.read(source)
    var run = ReplayRun(
      reader: reader, goal: goal, writer: output.makeWriter(), isDryRun: isDryRun,
      makesBrick: makesBrick)
    run.results = results
    run.options = Replayer.Options(
      isDryRun: isDryRun, keepsGoing: keepsGoing, byteCountPerSecond: byteCountPerSecond)
    if reader.knowledge != nil, !leavesStates { run.journal = journal }
    run.undo = undo
    let summary: ReplaySummary
    do throws(Failure) {
      summary = try run.run()
    } catch {
      try run.writer.flush()
      throw error
    }
    try run.writer.flush()
    let status = reader.isDamaged ? ExitStatus.damaged : summary.status
    // GlusterFS' threads go on, so that this must end the process at once, even if all is well.
    if status != .ok || volfile != nil { throw Finished(status) }
  }

  private func arguments() throws -> (RequestSource, ReplayGoal) {
    if isDryRun, undo != nil {
      throw ValidationError("A dry run changes nothing that --undo could keep.")
    }
    if unchecked { throw ValidationError("--unchecked goes with undo FILE.") }
    guard let volfile else {
      guard results == nil else {
        throw ValidationError("--results goes with --volfile: a brick's directory has its own.")
      }
      switch (journal, places.count) {
      case (let journal?, 1): return (.journal(journal), .brick(places[0]))
      case (nil, 2) where places[0] == "-": return (.lines, .brick(places[1]))
      case (nil, 1):
        throw ValidationError("Name a --journal, or give - before the brick to read lines.")
      default: throw ValidationError("Name one brick, and a --journal or a - before it.")
      }
    }
    let source: RequestSource
    switch (journal, places) {
    case (let journal?, []): source = .journal(journal)
    case (nil, ["-"]): source = .lines
    default: throw ValidationError("Name a --journal or a -, and no brick beside --volfile.")
    }
    let graph = try GlusterGraph(path: volfile)
    if graph.server != nil, results != nil {
      throw ValidationError("--results is for a brick elsewhere: that of this machine has its own.")
    }
    if graph.server == nil, makesBrick {
      throw ValidationError("--init needs a brick of this machine, with its graph beside F.")
    }
    return (source, .graph(graph))
  }
}
