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
      """,
    discussion: """
      Each request gets a line that says what became of it. Replaying again changes nothing: \
      what the brick holds already is left alone.

      Examples:
        jbr-replay --dry-run --term 3 --journal /var/lib/jnl /srv/brick
        jbr-replay --request 3/17 --journal /var/lib/jnl /srv/brick
        jbr-journal dump --payload base64 /var/lib/jnl | jq -c 'select(.fop != "unlink")' \\
          | jbr-replay --init - /srv/new-brick
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
    let (source, brick) = try arguments()
    var reader = SourceReader(
      filter: SelectionFilter(selection, tracksPaths: true), keepsGoing: keepsGoing)
    try reader.read(source)
    var writer = output.makeWriter()
    let summary: ReplaySummary
    do throws(Failure) {
      summary = try replay(reader, onto: brick, &writer)
    } catch {
      try writer.flush()
      throw error
    }
    try writer.flush()
    let status = reader.isDamaged ? ExitStatus.damaged : summary.status
    if status != .ok { throw Finished(status) }
  }

  private func arguments() throws -> (RequestSource, String) {
    switch (journal, places.count) {
    case (let journal?, 1): return (.journal(journal), places[0])
    case (nil, 2) where places[0] == "-": return (.lines, places[1])
    case (nil, 1):
      throw ValidationError("Name a --journal, or give - before the brick to read lines.")
    default: throw ValidationError("Name one brick, and a --journal or a - before it.")
    }
  }

  private func replay(
    _ reader: SourceReader, onto path: String, _ writer: inout LineWriter
  ) throws(Failure) -> ReplaySummary {
    let replayer: Replayer
    if isDryRun, makesBrick, NativeBrick.isVacant(path: path) {
      replayer = try Replayer(dryRunOntoEmptyBrick: reader.requests)
    } else {
      if !isDryRun { try refuseLive(path) }
      let brick = try NativeBrick(path: path, creating: makesBrick && !isDryRun)
      if !isDryRun { try brick.lock() }
      replayer = try Replayer(
        reader.requests, onto: brick,
        Replayer.Options(isDryRun: isDryRun, keepsGoing: keepsGoing))
    }
    var position = 0
    let summary = try replayer.run { request, outcome throws(Failure) in
      try writer.write(replay: request, path: reader.paths[position], outcome)
      position += 1
    }
    try writer.write(summary, brick: path, isDryRun: isDryRun)
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
