import Histories
import Testing

@testable import JBRCore

@Suite("Attempts to reconcile")
struct AttemptTests {
  private static let shapes = [(2, 2), (3, 1), (3, 2), (3, 3), (4, 3), (5, 3)].map {
    QuorumRule(replicas: $0.0, quorum: $0.1)
  }

  /// A history in which everything happens at any time: clients that write in any term, three
  /// attempts of which any may stop for ever or go on late, restarts, one damaged journal or lost
  /// disk.
  private func history(_ seed: UInt64, fault: AttemptFault? = nil) -> AttemptWorld {
    var random = SeededGenerator(seed: seed)
    let rule = Self.shapes[Int(seed % UInt64(Self.shapes.count))]
    var world = AttemptWorld(rule, fault: fault)
    let all = Array(0..<rule.replicas)
    func some(_ random: inout SeededGenerator, atLeast count: Int) -> [Int] {
      let taken = Int.random(in: min(count, rule.replicas)...rule.replicas, using: &random)
      return Array(all.shuffled(using: &random).prefix(taken))
    }
    var runs: [WorldAttempt] = []
    var mayLose = seed % 3 == 0
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      world.write(Term(1), to: some(&random, atLeast: 1))
    }
    for _ in 0..<80 {
      switch Int.random(in: 0..<40, using: &random) {
      case 0...3:
        let opened = world.replicas.map { Term($0.marks.superblock.opened) }
        let term = opened.randomElement(using: &random) ?? Term(1)
        if term.rawValue > 0 { world.write(term, to: some(&random, atLeast: 1)) }
      case 4...8 where runs.count < 4:
        runs.append(WorldAttempt(members: some(&random, atLeast: rule.needed - 1)))
      case 9: world.restart(Int.random(in: all.indices, using: &random))
      case 10 where mayLose:
        mayLose = false
        let member = Int.random(in: all.indices, using: &random)
        if random.next() % 2 == 0 { world.damage(member) } else { world.loseDisk(member) }
      default:
        guard !runs.isEmpty else { continue }
        // One goes on for a while, so that attempts come to an end too.
        let position = Int.random(in: runs.indices, using: &random)
        for _ in 0..<Int.random(in: 1...9, using: &random) { world.advance(&runs[position]) }
      }
    }
    return world
  }

  @Test func noHistoryBreaksAnything() {
    var (finished, met, damaged) = (0, 0, 0)
    for seed in 0..<UInt64(3000) {
      let world = history(seed)
      #expect(world.broken.isEmpty, "seed \(seed): \(Set(world.broken))")
      finished += world.finishedAttempts
      met += world.recordingAttempts.count > 1 ? 1 : 0
      damaged += world.hasDamage ? 1 : 0
    }
    // Histories in which nothing comes to an end, meets or is lost would prove nothing.
    #expect(finished > 1000 && met > 300 && damaged > 300, "\(finished), \(met), \(damaged)")
  }

  @Test(arguments: AttemptFault.allCases)
  func everyRuleThatIsLeftOutIsMissed(_ fault: AttemptFault) {
    // With the rule, the same history is sound.
    let caught = (0..<UInt64(6000)).first { seed in
      !history(seed, fault: fault).broken.isEmpty && history(seed).broken.isEmpty
    }
    #expect(caught != nil, "\(fault) breaks nothing")
  }

  /// Two attempts, each of which is interrupted by the other at every step and goes on later or
  /// never, over all sets that can decide; then a third one.
  @Test func twoAttemptsInterruptedAtEveryStepDecideAlike() {
    let rule = QuorumRule(replicas: 3, quorum: 2)
    let sets = [[0, 1], [1, 2], [2, 0], [0, 1, 2]]
    for held in [[0], [1], [0, 1]] {
      for (first, second) in sets.flatMap({ set in sets.map { (set, $0) } }) {
        for stop in 0...4 * first.count + 1 {
          for resumed in [0, second.count + 2, second.count + 3, 3 * second.count + 3, 40] {
            var world = AttemptWorld(rule)
            world.write(Term(1), to: held)
            var one = WorldAttempt(members: first)
            var two = WorldAttempt(members: second)
            for _ in 0..<stop { world.advance(&one) }
            for _ in 0..<resumed { world.advance(&two) }
            for _ in 0..<40 { world.advance(&one) }
            for _ in 0..<40 { world.advance(&two) }
            for third in sets.prefix(3) {
              var last = world
              var run = WorldAttempt(members: third)
              for _ in 0..<40 { last.advance(&run) }
              #expect(last.broken.isEmpty, "\(held) \(first) \(second) \(stop) \(resumed)")
              #expect(last.finishedAttempts >= third.count)
            }
          }
        }
      }
    }
  }
}
