/// A request of a batch, and what became of it.
struct ReplayStep {
  var item: ReplayPlan.Item
  /// What is known before the brick is touched: that nothing is to be done. nil where the request
  /// is executed, which may touch the brick.
  var foregone: Outcome?
  /// nil as long as its turn did not come.
  var outcome: Outcome?

  var id: RequestID { item.original.id }

  /// Whether the brick has all of it now, or answered it as its rules say.
  var isDone: Bool {
    switch outcome {
    case .applied, .alreadyApplied, .refused: true
    case .wouldApply, .skipped, .failed, nil: false
    }
  }
}

/// Keeps something beside a replay that must be on disk before the brick is touched, or follow
/// what was done to it: the journal's states, or the file that can undo it.
///
/// The calls come in this order for each batch, and `finish` behind the last. An error ends the
/// replay.
protocol ReplayKeeper: AnyObject {
  /// The batch is about to touch the brick. What is kept is on disk when this returns.
  func begin(_ batch: [ReplayStep]) throws(Failure)
  /// All requests of the batch that had their turn are done, but the brick is not flushed.
  func touched(_ batch: [ReplayStep]) throws(Failure)
  /// What the batch did to the brick is on disk.
  func flushed(_ batch: [ReplayStep]) throws(Failure)
  /// Nothing more comes. `isWhole` is whether every request had its turn and none failed.
  func finish(_ steps: [ReplayStep], isWhole: Bool) throws(Failure)
}
