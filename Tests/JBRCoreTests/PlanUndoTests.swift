import Foundation
import Histories
import Testing

@testable import JBRCore

@Suite("Undoing an applied plan")
struct PlanUndoTests {
  @Test(arguments: seeds(24), [0, 12])
  func givesBackEveryBrick(seed: UInt64, prior: Int) throws {
    guard let stage = try ApplyStage(seed: seed, prior: prior), !stage.plan.steps.isEmpty else {
      return
    }
    let run = try stage.copy("whole")
    try run.apply(groupCount: 1 + Int(seed % 9))
    let applied = try run.trees()
    try run.undo()
    try run.expectAsBefore("seed \(seed)")
    // What was undone can be applied once more, and ends the same but for times.
    try run.apply()
    let names = { (tree: String) in
      tree.split(separator: "\n").map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
    }
    #expect(try run.trees().map(names) == applied.map(names), "seed \(seed)")
  }

  @Test(arguments: seeds(8))
  func anApplicationKilledBehindAnyStepCanBeUndone(seed: UInt64) throws {
    guard let stage = try ApplyStage(seed: seed, prior: seed % 2 == 0 ? 0 : 12) else { return }
    for stop in stride(from: 0, to: stage.plan.steps.count, by: 1 + Int(seed % 4)) {
      let run = try stage.copy("stop\(stop)")
      #expect {
        try run.apply(groupCount: 1 + stop % 5, stop: stop)
      } throws: { ($0 as? Failure)?.message == "killed" }
      // Nobody wrote down how it was left, so that somebody must say that it may be undone.
      #expect(throws: Failure.self) { try run.undo() }
      try run.undo(isUnchecked: true)
      try run.expectAsBefore("seed \(seed) behind step \(stop)")
    }
  }

  /// From some call of the system's on nothing works any more, as when the power goes: run again,
  /// it finishes, or is undone; so is the undoing itself.
  @Test(arguments: seeds(6))
  func killedAtAnyCallItFinishesOrIsUndone(seed: UInt64) throws {
    guard let stage = try ApplyStage(seed: seed, prior: seed % 2 == 0 ? 0 : 12) else { return }
    let whole = try stage.copy("whole")
    let counting = InjectedFaults()
    try whole.apply(faults: counting)
    let wanted = try whole.trees().map(withoutTimes)
    for call in stride(from: Int(seed % 13), to: counting.count, by: 61) {
      let run = try stage.copy("call\(call)")
      let faults = InjectedFaults(call..<Int.max, JBRCore.EIO)
      #expect(throws: Failure.self) { try run.apply(faults: faults) }
      if call % 2 == 0 {
        try run.apply()
        #expect(try run.trees().map(withoutTimes) == wanted, "seed \(seed), call \(call)")
        for replica in 0...2 {
          let found = try run.faults([run.brick(replica)])
          #expect(found == "", "seed \(seed), call \(call): \(found)")
        }
        try killedAgain(run, call)
      } else if FileManager.default.fileExists(atPath: run.path + "/undo") {
        try killedAgain(run, call)
      }
      try run.expectAsBefore("seed \(seed), call \(call)")
    }
  }

  /// A disk that is full in the middle ends it with a word of what to do; once there is room, it
  /// goes on.
  @Test(arguments: seeds(10))
  func aDiskThatIsFullInTheMiddleEndsItUntilThereIsRoom(seed: UInt64) throws {
    guard let stage = try ApplyStage(seed: seed), !stage.plan.steps.isEmpty else { return }
    let whole = try stage.copy("whole")
    let counting = InjectedFaults()
    try whole.apply(faults: counting)
    let wanted = try whole.trees().map(withoutTimes)
    let run = try stage.copy("full")
    // Behind the look at what the plan saw, some call of a step.
    let call = counting.count * 2 / 3
    #expect {
      try run.apply(faults: InjectedFaults(call..<Int.max, JBRCore.ENOSPC))
    } throws: {
      guard let failure = $0 as? Failure else { return false }
      return failure.status == .ioError && failure.message.contains("No space left on device")
    }
    try run.apply()
    #expect(try run.trees().map(withoutTimes) == wanted, "seed \(seed)")
  }

  private func killedAgain(_ run: ApplyRun, _ call: Int) throws {
    let faults = InjectedFaults(call * 2 / 3..<Int.max, JBRCore.EIO)
    do { try run.undo(isUnchecked: true, faults: faults) } catch {
      try run.undo(isUnchecked: true)
    }
  }

  private func withoutTimes(_ tree: String) -> String {
    tree.replacing(#/ mtime -?\d+\.\d+/#, with: "")
  }

  @Test func whatWasChangedSinceIsNotOverwritten() throws {
    let stage = try #require(try firstStage { $0.contains { $0.word == "write" } })
    let run = try stage.copy("changed")
    try run.apply()
    let step = try #require(stage.plan.steps.first { $0.word == "write" })
    let gfid = try #require(step.gfid)
    let brick = try NativeBrick(path: run.path + "/" + step.replica)
    try brick.write(Payload([9]), to: gfid, at: 0)
    let trees = try run.trees()
    #expect { try run.undo() } throws: { ($0 as? Failure)?.status == .tryAgain }
    #expect(try run.trees() == trees)
  }

  @Test func whatWasSetAsideAndRemovedCannotBeBroughtBack() throws {
    let stage = try #require(try firstStage { $0.contains { $0.word == "set_aside" } })
    let run = try stage.copy("removed")
    try run.apply()
    let step = try #require(stage.plan.steps.first { $0.word == "set_aside" })
    let shelf = "\(run.path)/\(step.replica)/.glusterfs/jbr-set-aside/"
    let label = String(decoding: step.asideLabel(ApplyStage.planID), as: UTF8.self)
    try FileManager.default.removeItem(atPath: shelf + label)
    #expect { try run.undo() } throws: {
      ($0 as? Failure)?.message.contains("is not kept any more") == true
    }
  }

  /// A plan that was applied to its end is over: whatever came since is not overwritten.
  @Test func aFinishedPlanIsNotAppliedTwice() throws {
    let stage = try #require(try firstStage { $0.contains { $0.word == "write" } })
    let run = try stage.copy("finished")
    try run.apply()
    #expect(run.progress.isFinished)
    let step = try #require(stage.plan.steps.first { $0.word == "write" })
    let gfid = try #require(step.gfid)
    try NativeBrick(path: run.path + "/" + step.replica).write(Payload([9]), to: gfid, at: 0)
    let trees = try run.trees()
    try run.apply()
    #expect(try run.trees() == trees)
  }

  private func firstStage(_ fits: ([Step]) -> Bool) throws -> ApplyStage? {
    for seed in 0..<UInt64(60) {
      if let stage = try ApplyStage(seed: seed), fits(stage.plan.steps) { return stage }
    }
    return nil
  }
}
