import JBRCore
import JBRTool

/// What requests are replayed onto.
enum ReplayGoal {
  case brick(String)
  case graph(GlusterGraph)

  /// As the user named it.
  var path: String {
    switch self {
    case .brick(let path): path
    case .graph(let graph): graph.path
    }
  }
}

/// One replay: of what was read, onto one brick.
struct ReplayRun {
  private static let tool = "jbr-replay"
  let reader: SourceReader
  let goal: ReplayGoal
  var writer: LineWriter
  let isDryRun: Bool
  let makesBrick: Bool
  var options = Replayer.Options()
  /// The jbr journal in which states are recorded; nil for none.
  var journal: String?
  /// The file that keeps what is changed; nil for none.
  var undo: String?
  /// Where results of appends and sums are kept for a brick elsewhere; nil for beside the graph.
  var results: String?

  mutating func run() throws(Failure) -> ReplaySummary {
    let (replayer, replica) = try makeReplayer()
    defer { replica?.close() }
    var progress = Progress(total: reader.requests.count, tool: Self.tool)
    var position = 0
    var nextSkip = 0
    let skips = reader.skips
    var skipped = 0
    func writeSkips(_ writer: inout LineWriter) throws(Failure) {
      while nextSkip < skips.count, skips[nextSkip].position <= position {
        let skip = skips[nextSkip]
        try writer.write(replay: skip.request, path: skip.path, .skipped(skip.reason))
        nextSkip += 1
        skipped += 1
      }
    }
    var writer = writer
    defer { self.writer = writer }
    var summary = try replayer.run { request, outcome throws(Failure) in
      // What was not begun when another failed is not reported.
      while reader.requests[position].id != request.id, position + 1 < reader.requests.count {
        position += 1
      }
      try writeSkips(&writer)
      let path = reader.paths[position]
      try writer.write(replay: request, path: path, outcome, replayer.changes)
      position += 1
      progress.advance(byteCount: replayer.byteCount)
    }
    progress.finish()
    if let replica, summary.status != .ok { tellSuspects(on: replica) }
    if !summary.stopped { try writeSkips(&writer) }
    summary.add(skipped: skipped)
    noteSkips()
    try writer.write(summary, brick: goal.path, isDryRun: isDryRun)
    return summary
  }

  /// Makes the replay; of one through GlusterFS with what must be closed behind it.
  private func makeReplayer() throws(Failure) -> (Replayer, GlusterReplica?) {
    let directory: String
    switch goal {
    case .brick(let path): directory = path
    case .graph(let graph):
      // To serve a brick changes it, so that a dry run looks at the directory itself.
      guard isDryRun, let server = graph.server else { return try replayer(through: graph) }
      directory = server.brick
    }
    if isDryRun, makesBrick, NativeBrick.isVacant(path: directory) {
      let replayer = try Replayer(
        dryRunOntoEmptyBrick: reader.requests, keepsGoing: options.keepsGoing)
      return (replayer, nil)
    }
    if !isDryRun { try refuseLiveBrick(directory) }
    let states = try openStates()
    let brick = try NativeBrick(path: directory, creating: makesBrick && !isDryRun)
    if !isDryRun { try brick.lock() }
    let replayer = try Replayer(reader.requests, onto: brick, options)
    if let undo { try replayer.keep(in: undo, UndoTarget(brick)) }
    if let states { replayer.keep(states) }
    return (replayer, nil)
  }

  private func replayer(
    through graph: GlusterGraph
  ) throws(Failure) -> (Replayer, GlusterReplica?) {
    let states = try openStates()
    let objects = reader.requests.compactMap { MadeObject($0.request) }
    let replica = try GlusterReplica(graph, creating: makesBrick, isLocking: !isDryRun) {
      brick throws(Failure) in
      tell(takenAway: try MadeObject.takeAway(objects, from: brick))
    }
    let record: any ResultsRecord =
      replica.native
      ?? ResultsFile(path: results ?? graph.path + ".results", brick: graph.address)
    let target = Replayer.Target(replica.brick, record: record, path: graph.path)
    do throws(Failure) {
      let replayer = try Replayer(reader.requests, onto: target, options)
      if let undo { try replayer.keep(in: undo, undoTarget(replica, graph)) }
      if let states { replayer.keep(states) }
      return (replayer, replica)
    } catch {
      replica.close()
      throw error
    }
  }

  private func noteSkips() {
    let unagreed = reader.skips.count { $0.reason == .unagreed }
    let invalid = reader.skips.count - unagreed
    if invalid > 0 {
      note(
        "\(invalid) requests are invalid in the journal and left out; --request names one to be replayed",
        tool: Self.tool)
    }
    if unagreed > 0 {
      note(
        "\(unagreed) requests are not known to have reached their quorum and left out",
        tool: Self.tool)
    }
    if !isDryRun, reader.undecidedCount > 0 {
      note(
        "\(reader.undecidedCount) requests were not known to have reached their quorum; a reconciliation takes what was replayed for agreed (--agreed-only leaves them out)",
        tool: Self.tool)
    }
  }

  /// Says what may stand in the way of requests that make objects, since their answers do not.
  private func tellSuspects(on replica: GlusterReplica) {
    let objects = reader.requests.compactMap { MadeObject($0.request) }
    guard let suspects = try? MadeObject.suspects(among: objects, on: replica.brick) else { return }
    for suspect in suspects {
      note(
        "\(text(suspect.type, suspect.name)) is not the one that a request makes, and may be what a brick's server left that was killed meanwhile: if nobody needs it, remove it through a mount, and replay again",
        tool: Self.tool)
    }
  }

  private func openStates() throws(Failure) -> JournalStates? {
    guard let journal, !isDryRun else { return nil }
    return JournalStates(try openJournal(journal))
  }

  private func openJournal(_ path: String) throws(Failure) -> JournalWriter {
    let journal: JournalWriter
    do throws(Failure) {
      journal = try JournalWriter(on: SystemDisk(), directory: path)
    } catch {
      throw Failure(
        error.status, error.message + "; --no-states leaves the journal alone", path: error.path,
        at: error.place, field: error.field, errno: error.errno)
    }
    for cut in journal.cuts {
      note(
        "\(path)/\(cut.file): \(cut.byteCount) bytes from offset \(cut.offset) on were torn; \(cut.keptAs) keeps them",
        tool: Self.tool)
    }
    return journal
  }
}

/// A brick that a process works on is not changed behind its back.
func refuseLiveBrick(_ path: String) throws(Failure) {
  guard let user = processUsing([path]) else { return }
  throw Failure(
    .tryAgain, "is in use: process \(user.process) has \(user.path) open; stop it first",
    path: path)
}

/// Tells what of a brick's server that was killed was taken away.
func tell(takenAway found: [HalfMade]) {
  for one in found {
    note(
      "\(text(one.type, one.name)) had no GFID, since the brick's server was killed while it made it: taken away",
      tool: "jbr-replay")
  }
}

private func text(_ type: ObjectType, _ name: EntryName) -> String {
  "the empty \(type) \"\(String(decoding: name.name, as: UTF8.self))\" in \(name.parent)"
}
