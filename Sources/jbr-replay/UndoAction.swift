import JBRCore
import JBRTool

/// Undoes a replay from the file that it kept.
struct UndoAction {
  let output: OutputOptions
  let path: String
  let isDryRun: Bool
  let isUnchecked: Bool
  /// The client graph that leads to the brick; nil where its directory is worked on.
  var volfile: String?

  func run() throws(Failure) {
    let file = try UndoFile(path)
    guard let graph = try volfile.map({ path throws(Failure) in try GlusterGraph(path: path) }),
      !isDryRun || graph.server == nil
    else { return try runOnDisk(file) }
    let replica = try GlusterReplica(graph, isLocking: !isDryRun) { brick throws(Failure) in
      try takeAwayHalfMade(of: file, from: brick)
    }
    defer { replica.close() }
    try run(file, undoTarget(replica, graph))
  }

  private func runOnDisk(_ file: UndoFile) throws(Failure) {
    guard !file.header.isServed else {
      throw Failure(
        .usage, "is of a brick behind GlusterFS, at \(file.brick): give its --volfile", path: path)
    }
    if !isDryRun { try refuseLiveBrick(file.brick) }
    let brick = try NativeBrick(path: file.brick)
    if !isDryRun {
      try brick.lock()
      // A private server may have worked on it, too.
      try takeAwayHalfMade(of: file, from: brick)
    }
    try run(file, UndoTarget(brick))
  }

  private func takeAwayHalfMade(
    of file: UndoFile, from brick: NativeBrick
  ) throws(Failure) {
    tell(takenAway: try file.takeAwayHalfMade(from: brick, isUnchecked: isUnchecked))
  }

  private func run(_ file: UndoFile, _ target: UndoTarget) throws(Failure) {
    let undo = UndoRun(file, of: target, isUnchecked: isUnchecked)
    try undo.check()
    var writer = output.makeWriter()
    var summary = UndoRun.Summary(brick: file.brick)
    do throws(Failure) {
      if isDryRun {
        for (gfid, outcome) in try undo.foreseen() {
          summary.objects += 1
          try write(gfid, outcome, &writer)
        }
      } else {
        summary = try undo.run { gfid, outcome throws(Failure) in
          try write(gfid, outcome, &writer)
        }
      }
      try writer.write("undo_summary") { line in
        line.field("file", path)
        line.field("brick", file.brick)
        line.field("dry_run", isDryRun)
        line.field("objects", summary.objects)
        line.field("names", summary.names)
        line.field("bytes", summary.byteCount)
      }
    } catch {
      try writer.flush()
      throw error
    }
    try writer.flush()
  }

  private func write(
    _ gfid: GFID, _ outcome: UndoRun.Outcome, _ writer: inout LineWriter
  ) throws(Failure) {
    try writer.write("undone") { line in
      line.field("gfid", gfid)
      line.field("outcome", (isDryRun ? "would_be_" : "") + outcome.rawValue)
    }
  }
}

/// A brick behind GlusterFS as one whose replays can be undone.
func undoTarget(_ replica: GlusterReplica, _ graph: GlusterGraph) throws(Failure) -> UndoTarget {
  try UndoTarget(replica.brick, at: graph.address, of: replica.native, path: graph.path)
}
