extension LineWriter {
  /// Writes what became of a request: a line of type `replay`.
  ///
  /// `path` is where the object stood before the request; nil where that is not known.
  public mutating func write(
    replay request: FoldRequest, path: [UInt8]?, _ outcome: Outcome, _ changes: [EntityChange] = []
  ) throws(Failure) {
    try write("replay") { line in
      line.field("id", request.id.description)
      line.field("term", request.id.term.rawValue)
      line.field("index", request.id.index)
      if request.id.sub > 0 { line.field("sub", request.id.sub) }
      line.field("fop", request.request.fop.name)
      let target = request.request.target
      line.field("gfid", target == .null ? request.request.requestedGFID : target)
      if let path { line.field("path", bytes: path[...]) }
      line.field("outcome", outcome.word)
      line.fields(why: outcome)
      if outcome == .wouldApply { line.field("changes", changes: changes) }
    }
  }

  /// Writes the last line of a replay, of type `replay_summary`.
  public mutating func write(
    _ summary: ReplaySummary, brick: String, isDryRun: Bool
  ) throws(Failure) {
    try write("replay_summary") { line in
      line.field("brick", brick)
      line.field("dry_run", isDryRun)
      line.field("requests", summary.requests)
      for word in ReplaySummary.words { line.field(word, summary.count(word)) }
      line.field("bytes", summary.byteCount)
      line.field("stopped", summary.stopped)
    }
  }
}

extension ReplaySummary {
  /// All that can become of a request.
  static let words = [
    "applied", "would_apply", "already_applied", "skipped", "refused", "failed",
  ]
}

extension LineBuilder {
  fileprivate mutating func fields(why outcome: Outcome) {
    switch outcome {
    case .applied, .wouldApply, .alreadyApplied: return
    case .skipped(.overlapped(let by)):
      field("reason", "overlapped")
      field("by", by.description)
    case .skipped(.objectRemoved(let by)):
      field("reason", "object_removed")
      field("by", by.description)
    case .skipped(.changesNothing): field("reason", "changes_nothing")
    case .skipped(.invalid): field("reason", "invalid")
    case .skipped(.unagreed): field("reason", "unagreed")
    case .refused(let error), .failed(let error):
      field("reason", error.source?.description ?? errorText(error.errno))
      field("errno", errorName(error.errno))
      field("call", error.call)
    }
  }
}
