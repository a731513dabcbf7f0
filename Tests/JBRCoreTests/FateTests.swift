import Testing

@testable import JBRCore

/// Every question that can be asked of a set of at most five replicas.
private func everyQuestion(_ body: (FateQuestion) throws -> Void) rethrows {
  for replicas in 1...5 {
    for quorum in 1...replicas {
      for vouching in 0...replicas {
        for holders in 0...vouching {
          for failed in 0...1 {
            for applied in 0...min(2, replicas) {
              for damaged in 0...holders {
                for lacks in [nil, true, false] as [Bool?] {
                  for differs in [false, true] {
                    try body(
                      FateQuestion(
                        replicas: replicas, quorum: quorum, holders: holders,
                        damagedHolders: damaged, failed: failed, applied: applied,
                        vouching: vouching, contentDiffers: differs,
                        leaderLacksHarmlessly: lacks))
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

extension FateQuestion {
  /// Whether a quorum may have it: it can have been acknowledged, as far as can be seen.
  fileprivate var canBeAcknowledged: Bool {
    failed == 0 && leaderLacksHarmlessly == nil && holders + replicas - vouching >= quorum
  }
}

@Suite("Fates")
struct FateTests {
  @Test func whatSomebodyKnowsToHaveFailedIsVoid() {
    everyQuestion { question in
      if question.failed > 0 { #expect(decide(question).fate == .void, "\(question)") }
    }
  }

  @Test func whatCanHaveBeenAcknowledgedIsNeverVoid() {
    everyQuestion { question in
      if question.canBeAcknowledged { #expect(decide(question).fate != .void, "\(question)") }
    }
  }

  @Test func oneMoreHolderNeverTurnsForwardIntoVoid() {
    everyQuestion { question in
      guard decide(question).fate == .forward, question.holders < question.vouching else { return }
      var more = question
      more.holders += 1
      #expect(decide(more).fate == .forward, "\(question)")
    }
  }

  /// Whoever did not vouch counted as one that may hold it: what it says later takes nothing back
  /// that was forward because a quorum was possible, if it holds it.
  @Test func aReplicaThatComesBackWithTheRequestChangesNothing() {
    everyQuestion { question in
      guard decide(question).fate == .forward, question.vouching < question.replicas else { return }
      var more = question
      more.vouching += 1
      more.holders += 1
      #expect(decide(more).fate == .forward, "\(question)")
    }
  }

  @Test func contentsThatDifferAreNeverMerged() {
    everyQuestion { question in
      guard question.contentDiffers else { return }
      #expect(decide(question).fate != .forward, "\(question)")
      if question.failed == 0 { #expect(decide(question).fate == .conflict, "\(question)") }
    }
  }

  @Test func whatIsForwardHasAReadableCopyOrNoneWasSeen() {
    everyQuestion { question in
      let reason = decide(question)
      guard reason == .quorumPossible || reason == .uncontradicted else { return }
      #expect(
        question.holders == 0 || question.damagedHolders < question.holders, "\(question)")
    }
  }

  /// `applied` beyond the holders comes from replicas that do not vouch; they hold it all the same.
  @Test func nothingThatNobodyAppliedAndTooFewHoldIsForward() {
    everyQuestion { question in
      guard question.leaderLacksHarmlessly == nil, question.applied == 0,
        question.holders + question.replicas - question.vouching < question.quorum
      else { return }
      #expect(decide(question).fate != .forward, "\(question)")
    }
  }

  @Test func aFateFollowsFromItsCaseAlone() {
    for reason in FateCase.allCases {
      #expect(!reason.explanation.isEmpty)
      #expect(reason.rawValue.contains("-"))
    }
    #expect(Set(FateCase.allCases.map(\.rawValue)).count == FateCase.allCases.count)
  }

  @Test func twoReconciliationsMeetAndEachSeesEveryAcknowledgedRequest() {
    for replicas in 1...9 {
      for percent in 1...100 {
        let rule = QuorumRule(replicas: replicas, percent: percent)
        #expect((1...replicas).contains(rule.quorum), "\(rule)")
        #expect(rule.quorum * 100 >= replicas * percent, "\(rule)")
        #expect((rule.quorum - 1) * 100 < replicas * percent, "\(rule)")
        #expect((1...replicas).contains(rule.needed), "\(rule)")
        // Two sets with more members together than there are have one in common.
        #expect(2 * rule.needed > replicas, "\(rule)")
        #expect(rule.needed + rule.quorum > replicas, "\(rule)")
      }
    }
  }
}
