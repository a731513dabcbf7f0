import Histories
import JBRCore

/// Somebody who reconciles some replicas, one step after the other; it may stop anywhere, for ever
/// or for a while.
final class AttemptRun {
  let members: [Int]
  let seed: UInt64
  var number = Term(0)
  var promises: [Promise] = []
  var journals: [ReplicaJournal] = []
  /// Files of journals as they were behind the promises.
  var sources: [String: any ByteSource] = [:]
  /// What the journals say while the plan is applied: whoever dies meanwhile leaves that behind.
  var journalsWhenBegun: [ReplicaJournal] = []
  var reconciliation: Reconciliation?
  var recorded: Set<Int> = []
  var begun: Set<Int> = []
  var hasBegun: Bool { begun.count == members.count }
  var plan: Plan?
  var steps: ArraySlice<Step> = []
  var progress = RunProgress()
  var finished: Set<Int> = []
  /// Whether a participant has lost its disk meanwhile, perhaps when it had finished.
  var hasLoss = false
  var isOver = false
  /// Why it gave up.
  var failure: Failure?

  /// What the journals say now, unless one was damaged meanwhile: another attempt would see that.
  var journalsNow: [ReplicaJournal] {
    let isDamaged = zip(journals, journalsWhenBegun).contains { $0.isWhole && !$1.isWhole }
    return isDamaged ? journals : journalsWhenBegun
  }

  init(_ members: [Int], seed: UInt64) {
    self.members = members
    self.seed = seed
  }
}

/// How far the steps came, in the memory of whoever reconciles.
final class RunProgress: ApplyProgress {
  private var announced = 0
  func started() -> Int { announced }
  func start(upTo number: Int) { announced = number }
  func finish() {}
}
