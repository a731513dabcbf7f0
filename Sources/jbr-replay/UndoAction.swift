import JBRCore
import JBRTool

/// Undoes a replay from the file that it kept.
struct UndoAction {
  let output: OutputOptions
  let path: String
  let isDryRun: Bool
  let isUnchecked: Bool

  func run() throws(Failure) {
    let file = try UndoFile(path)
    if !isDryRun { try refuseLiveBrick(file.brick) }
    let brick = try NativeBrick(path: file.brick)
    if !isDryRun { try brick.lock() }
    let undo = UndoRun(file, of: brick, isUnchecked: isUnchecked)
    try undo.check()
    var writer = output.makeWriter()
    var summary = UndoRun.Summary()
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
