import Histories
import Testing

@testable import JBRCore

/// Plans on real bricks, where times move by themselves: what they do is what replaying all that
/// happened gives, and no less would do.
@Suite("Plans that do no more than they must")
struct MinimalityTests {
  @Test(arguments: seeds(80), [0, 12])
  func anAppliedPlanIsAReplayOfEverything(seed: UInt64, prior: Int) throws {
    guard let stage = try ApplyStage(seed: seed, prior: prior, isStrange: false) else { return }
    let run = try stage.copy("whole")
    try run.apply()
    let found = try run.differencesFromReplay()
    #expect(found.isEmpty, "seed \(seed): \(found.prefix(3))")
  }

  @Test(arguments: seeds(36), [0, 12])
  func noStepCanBeLeftOut(seed: UInt64, prior: Int) throws {
    guard let stage = try ApplyStage(seed: seed, prior: prior, isStrange: false) else { return }
    let steps = stage.plan.steps
    guard steps.count <= 40 else { return }
    let timed = stage.plan.wanted.model.objects.filter { $0.value.mtime?.writer != nil }.keys
    for (position, step) in steps.enumerated() {
      // What is older than the journals is given back with its times, which nobody compares.
      if case .setTimes(let gfid, _, _) = step.action, !timed.contains(gfid) { continue }
      var rest = steps
      rest.remove(at: position)
      let run = try stage.copy("without\(step.number)")
      defer { run.remove() }
      do { try run.apply(rest) } catch { continue }
      let all = steps.map { "\($0.number) \($0.replica) \($0.action)" }.joined(separator: "\n")
      #expect(
        try !run.differencesFromReplay().isEmpty,
        "seed \(seed) without step \(step.number):\n\(all)")
    }
  }
}
