import JBRCore
import JBRTool

/// One replay: of what was read, onto one brick.
struct ReplayRun {
  private static let tool = "jbr-replay"
  let reader: SourceReader
  let brick: String
  var writer: LineWriter
  let isDryRun: Bool
  let makesBrick: Bool
  var options = Replayer.Options()
  /// The jbr journal in which states are recorded; nil for none.
  var journal: String?
  /// The file that keeps what is changed; nil for none.
  var undo: String?

  mutating func run() throws(Failure) -> ReplaySummary {
    let replayer = try makeReplayer()
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
      try writeSkips(&writer)
      let path = reader.paths[position]
      try writer.write(replay: request, path: path, outcome, replayer.changes)
      position += 1
      progress.advance(byteCount: replayer.byteCount)
    }
    progress.finish()
    if !summary.stopped { try writeSkips(&writer) }
    summary.add(skipped: skipped)
    if skipped > 0 {
      note(
        "\(skipped) requests are invalid in the journal and left out; --request names one to be replayed",
        tool: Self.tool)
    }
    try writer.write(summary, brick: brick, isDryRun: isDryRun)
    return summary
  }

  private func makeReplayer() throws(Failure) -> Replayer {
    if isDryRun, makesBrick, NativeBrick.isVacant(path: brick) {
      return try Replayer(dryRunOntoEmptyBrick: reader.requests)
    }
    if !isDryRun { try refuseLiveBrick(brick) }
    let states = try journal.flatMap { path throws(Failure) in
      isDryRun ? nil : JournalStates(try openJournal(path))
    }
    let brick = try NativeBrick(path: brick, creating: makesBrick && !isDryRun)
    if !isDryRun { try brick.lock() }
    let replayer = try Replayer(reader.requests, onto: brick, options)
    if let undo { replayer.keep(UndoKeeper(try UndoFile(undo, for: brick), of: brick)) }
    if let states { replayer.keep(states) }
    return replayer
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
