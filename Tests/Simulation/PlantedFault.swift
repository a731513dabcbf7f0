import JBRCore

/// A rule to leave out, each of which an invariant must miss. The numbers are those of findings on
/// the protocol; see docs/simulator.md.
package enum PlantedFault: String, CaseIterable, Sendable {
  /// 1: requests do not carry the list of what failed before them.
  case failedListForgotten = "failed-list-forgotten"
  /// 1: holders outweigh a rollback.
  case rollbackOutweighed = "rollback-outweighed"
  /// 2: n - q + 1 replicas decide, be they a majority or not.
  case noMajority = "no-majority"
  /// 3: every attempt decides afresh.
  case nothingAdopted = "nothing-adopted"
  /// 3: bricks are touched as soon as one replica has the record.
  case decisionAfterApply = "decision-after-apply"
  /// 4: a step of a stale attempt is taken.
  case staleStepTaken = "stale-step-taken"
  /// 4: a record of a stale attempt is taken.
  case staleRecordTaken = "stale-record-taken"
  /// 5: two attempts have the same number.
  case equalPromiseTaken = "equal-promise-taken"
  /// 6: a fenced server goes on.
  case fencedServerGoesOn = "fenced-server-goes-on"
  /// 7: a leader's process goes on with its term after a restart.
  case termOfTwoProcesses = "term-of-two-processes"
  /// 8: an empty disk votes.
  case lostDiskVotes = "lost-disk-votes"
  /// 9: what is damaged counts as absent.
  case damagedCountedAsAbsent = "damaged-counted-as-absent"
  /// 10: a decision is recorded without the content of what happened.
  case contentNotBrought = "content-not-brought"
  /// 11: a restart while the plan is applied goes unnoticed.
  case restartNotNoticed = "restart-not-noticed"
  /// 11: sums are added again after a crash.
  case sumsAddedAgain = "sums-added-again"
  /// 11: requests are destaged in the order in which they came.
  case arrivalOrder = "arrival-order"
  /// 12: what is not agreed is destaged.
  case unagreedDestaged = "unagreed-destaged"
  /// 12: a leader answers with fewer acknowledgements than a quorum has.
  case quorumOffByOne = "quorum-off-by-one"
  /// 12: a leader reads without asking whether its term still runs.
  case staleReads = "stale-reads"
  /// 13: a request does not wait for an earlier one that it conflicts with.
  case conflictsPipelined = "conflicts-pipelined"
  /// 14: a retry is done again.
  case retriesDoneAgain = "retries-done-again"
  /// 15: a request that no participant holds stays undecided.
  case unseenLeftOpen = "unseen-left-open"
  /// A request is acknowledged before it is flushed.
  case acknowledgedBeforeFlush = "acknowledged-before-flush"
  /// Deciding takes a quorum for larger than it is.
  case decisionOffByOne = "decision-off-by-one"
  /// A plan replays older writes over newer ones.
  case overlapForgotten = "overlap-forgotten"
  /// A plan's steps are done from the last to the first.
  case stepsReversed = "steps-reversed"

  /// How many histories may pass before one must break.
  package static let seedCount: UInt64 = 20

  /// The seed from which on a history is looked for that breaks.
  package var firstSeed: UInt64 {
    switch self {
    case .quorumOffByOne, .decisionOffByOne: 1
    case .unagreedDestaged: 4
    case .overlapForgotten: 5
    case .fencedServerGoesOn: 8
    case .restartNotNoticed: 12
    case .equalPromiseTaken, .contentNotBrought, .conflictsPipelined: 17
    case .termOfTwoProcesses: 29
    case .retriesDoneAgain: 32
    case .arrivalOrder: 34
    case .unseenLeftOpen: 35
    case .stepsReversed: 49
    case .lostDiskVotes: 83
    case .staleRecordTaken, .decisionAfterApply: 129
    case .acknowledgedBeforeFlush: 130
    case .noMajority: 141
    case .nothingAdopted: 166
    case .rollbackOutweighed: 177
    case .staleReads: 210
    case .failedListForgotten: 352
    case .sumsAddedAgain: 937
    case .damagedCountedAsAbsent: 1185
    case .staleStepTaken: 1440
    }
  }

  /// What a server destages with the fault; nil where it destages as it should.
  func destaged(_ known: TermKnowledge, limit: Int, arrived: [UInt64]) -> [UInt64]? {
    switch self {
    case .arrivalOrder:
      let agreed = arrived.filter { known.held[$0] != nil && known.agreed.contains($0) }
      return Array(agreed.prefix(limit))
    case .unagreedDestaged:
      return Array(known.held.keys.filter { !known.failed.contains($0) }.sorted().prefix(limit))
    default: return nil
    }
  }

  /// Changes what a participant answers.
  func change(_ promise: inout Promise) {
    switch self {
    case .nothingAdopted:
      let decided = promise.decidedUpTo
      promise.decisions.removeAll { $0.terms.upperBound > decided }
    case .rollbackOutweighed:
      for term in promise.terms.keys { promise.terms[term]?.failed = [] }
    case .unseenLeftOpen:
      promise.decidedUpTo = 0
      promise.decisions = []
    case .lostDiskVotes:
      if promise.standingElsewhere == .unproven { promise.standingElsewhere = .neverJoined }
      for (term, view) in promise.terms where view.standing == .unproven {
        promise.terms[term]?.standing = .neverJoined
      }
    case .damagedCountedAsAbsent:
      for (term, view) in promise.terms where !view.standing.vouches {
        promise.terms[term]?.standing = .whole
        promise.terms[term]?.held = view.held.filter(\.value.isReadable)
      }
    default: return
    }
  }
}
