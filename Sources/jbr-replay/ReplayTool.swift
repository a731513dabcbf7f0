import ArgumentParser
import JBRCore
import JBRTool

struct ReplayTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jbr-replay",
    abstract: "Applies requests from a journal to one replica's brick.",
    usage: """
      jbr-replay [SELECT] --journal JOURNAL [--dry-run] [--keep-going] [--init] BRICK
      jbr-replay [SELECT] [--dry-run] [--keep-going] [--init] - BRICK < lines
      jbr-replay [SELECT] --journal JOURNAL --volfile F [--results FILE] [OPTION]...
      jbr-replay [SELECT] --volfile F [--results FILE] [OPTION]... - < lines
      """,
    discussion: """
      Each request gets a line that says what became of it. Replaying again changes nothing: \
      what the brick holds already is left alone. With --volfile a running GlusterFS applies \
      the requests, on the client graph in F.

      Examples:
        jbr-replay --dry-run --term 3 --journal /var/lib/jnl /srv/brick
        jbr-replay --request 3/17 --journal /var/lib/jnl /srv/brick
        jbr-journal dump --payload base64 /var/lib/jnl | jq -c 'select(.fop != "unlink")' \\
          | jbr-replay --init - /srv/new-brick
        jbr-replay --journal /var/lib/jnl --volfile recon/far-client.vol
      """,
    version: versionText)

  @OptionGroup var select: SelectOptions
  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp(
      "The journal to take requests from: a directory, or one X-meta-N.jnl.",
      valueName: "journal"))
  var journal: String?

  @Flag(name: .customLong("dry-run"), help: "Change nothing, and print what would be done.")
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

  @Argument(
    help: ArgumentHelp(
      "The brick's directory; behind a -, requests are read as lines from standard input.",
      valueName: "brick"))
  var places: [String] = []

  func run() throws {
    let selection = try select.selection()
    guard !selection.reverse else {
      throw Failure(.usage, "cannot be: a replay goes forward", field: "--reverse")
    }
    let (source, goal) = try arguments()
    var reader = SourceReader(
      filter: SelectionFilter(selection, tracksPaths: true), keepsGoing: keepsGoing)
    try reader.read(source)
    var writer = output.makeWriter()
    let summary: ReplaySummary
    do throws(Failure) {
      summary = try replay(reader, onto: goal, &writer)
    } catch {
      try writer.flush()
      throw error
    }
    try writer.flush()
    let status = reader.isDamaged ? ExitStatus.damaged : summary.status
    // GlusterFS' threads go on, so that this must end the process at once, even if all is well.
    if status != .ok || volfile != nil { throw Finished(status) }
  }

  /// What requests are replayed onto.
  private enum Goal {
    case brick(String)
    case graph(GlusterGraph)
  }

  private func arguments() throws -> (RequestSource, Goal) {
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

  private func replay(
    _ reader: SourceReader, onto goal: Goal, _ writer: inout LineWriter
  ) throws(Failure) -> ReplaySummary {
    switch goal {
    case .brick(let path): return try replay(reader, ontoDirectory: path, as: path, &writer)
    case .graph(let graph):
      // To serve a brick changes it, so that a dry run looks at the directory itself.
      if isDryRun, let server = graph.server {
        return try replay(reader, ontoDirectory: server.brick, as: graph.path, &writer)
      }
      let replica = try GlusterReplica(graph, creating: makesBrick, isLocking: !isDryRun)
      defer { replica.close() }
      let record: any ResultsRecord =
        replica.native
        ?? ResultsFile(path: results ?? graph.path + ".results", brick: graph.address)
      let target = Replayer.Target(replica.brick, record: record, path: graph.path)
      return try run(Replayer(reader.requests, onto: target, options), reader, graph.path, &writer)
    }
  }

  private var options: Replayer.Options {
    Replayer.Options(isDryRun: isDryRun, keepsGoing: keepsGoing)
  }

  private func replay(
    _ reader: SourceReader, ontoDirectory path: String, as name: String, _ writer: inout LineWriter
  ) throws(Failure) -> ReplaySummary {
    let replayer: Replayer
    if isDryRun, makesBrick, NativeBrick.isVacant(path: path) {
      replayer = try Replayer(dryRunOntoEmptyBrick: reader.requests)
    } else {
      if !isDryRun { try refuseLive(path) }
      let brick = try NativeBrick(path: path, creating: makesBrick && !isDryRun)
      if !isDryRun { try brick.lock() }
      replayer = try Replayer(reader.requests, onto: brick, options)
    }
    return try run(replayer, reader, name, &writer)
  }

  private func run(
    _ replayer: Replayer, _ reader: SourceReader, _ name: String, _ writer: inout LineWriter
  ) throws(Failure) -> ReplaySummary {
    var position = 0
    let summary = try replayer.run { request, outcome throws(Failure) in
      try writer.write(replay: request, path: reader.paths[position], outcome)
      position += 1
    }
    try writer.write(summary, brick: name, isDryRun: isDryRun)
    return summary
  }

  /// A brick that a process works on is not changed behind its back.
  private func refuseLive(_ path: String) throws(Failure) {
    guard let user = processUsing([path]) else { return }
    throw Failure(
      .tryAgain, "is in use: process \(user.process) has \(user.path) open; stop it first",
      path: path)
  }
}
