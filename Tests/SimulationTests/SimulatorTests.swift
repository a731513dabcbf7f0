import Foundation
import JBRCore
import Simulation
import Testing

/// Bounded runs of the simulator; `scripts/simulate` runs as many as one likes.
@Suite struct SimulatorTests {
  /// The number of histories: `JBR_SEEDS` times as many as usual.
  private static let runs: UInt64 =
    40 * (ProcessInfo.processInfo.environment["JBR_SEEDS"].flatMap { UInt64($0) } ?? 1)

  @Test func noHistoryBreaksAnything() throws {
    var coverage = Coverage()
    for seed in 1...Self.runs {
      let outcome = try Simulator().run(seed: seed)
      coverage.add(outcome.marks, events: outcome.history.events.count)
      guard outcome.broken.isEmpty else {
        Issue.record("\(try Simulator().report(outcome))")
        return
      }
    }
    // Histories in which nothing meets, ends or is lost would prove nothing.
    for mark in [Coverage.Mark.acknowledged, .crashed, .void, .attempts, .finished, .rejoined] {
      #expect(coverage.percent(mark) > 1, "\(coverage.text)")
    }
  }

  @Test(arguments: [1, 2, 3, 44, 45] as [UInt64])
  func theSameSeedGivesTheSameHistory(_ seed: UInt64) throws {
    let first = try Simulator().run(seed: seed)
    let again = try Simulator().run(seed: seed)
    #expect(first.history.events == again.history.events)
    #expect(first.account == again.account)
    #expect(first.marks == again.marks)
    let events = try Simulator().run(first.history)
    #expect(events.account == first.account)
  }

  /// Each rule that is left out is missed, by an invariant, in a history that is sound with it.
  @Test(arguments: PlantedFault.allCases)
  func everyRuleThatIsLeftOutIsMissed(_ fault: PlantedFault) throws {
    let simulator = Simulator(fault: fault)
    for seed in fault.firstSeed..<fault.firstSeed + PlantedFault.seedCount {
      let outcome = try simulator.run(seed: seed)
      // An error alone shows that something is refused, and not what it would have harmed.
      guard outcome.broken.contains(where: { $0.hasPrefix("invariant") }) else { continue }
      #expect(try Simulator().run(outcome.history).broken == [])
      return
    }
    Issue.record("\(fault) breaks nothing")
  }

  @Test func aFailureIsShrunkToTheEventsThatItNeeds() throws {
    let simulator = Simulator(fault: .quorumOffByOne)
    let first = PlantedFault.quorumOffByOne.firstSeed
    for seed in first..<first + PlantedFault.seedCount {
      let outcome = try simulator.run(seed: seed)
      guard !outcome.broken.isEmpty else { continue }
      let small = try simulator.shrink(outcome.history)
      #expect(small.events.count < outcome.history.events.count)
      #expect(!(try simulator.run(small).broken.isEmpty))
      #expect(try simulator.report(outcome).contains("scripts/simulate --seed \(seed) --runs 1"))
      return
    }
    Issue.record("nothing was broken")
  }
}
