import Foundation
import Glibc
import Testing

/// What `apply` and `undo` say when somebody has enough of them.
@Suite(.serialized) struct InterruptionToolTests {
  private static let untouched = "jbr-reconcile: interrupted: this run has touched nothing\n"
  private static let begun = "jbr-reconcile: interrupted: what was begun is not finished: "

  /// A program in the place of ssh that never says anything; its process' number.
  private struct SilentShell {
    let path: String
    private var numberPath: String { path + ".pid" }
    var environment: [String: String] { ["JBR_RSH": path] }

    init(_ set: ReplicaSetSample) throws {
      path = set.file("silent")
      try Data("#!/bin/sh\necho $$ >\(path).pid\nexec sleep 600\n".utf8)
        .write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    var number: Int32? {
      let text = FileManager.default.contents(atPath: numberPath) ?? Data()
      return Int32(String(decoding: text, as: UTF8.self).dropLast())
    }

    /// Whether it is gone within a while.
    func isGone() -> Bool {
      guard let number else { return false }
      for _ in 0..<250 {
        if kill(number, 0) != 0 { return true }
        usleep(20_000)
      }
      return false
    }
  }

  private func lineCount(_ path: String) -> Int {
    FileManager.default.contents(atPath: path)?.count { $0 == UInt8(ascii: "\n") } ?? 0
  }

  private func bricks(_ set: ReplicaSetSample) throws -> [TreeTimes] {
    try set.names.indices.map { try TreeTimes(set.brick($0)) }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func anApplyThatHasBegunSaysSo(signal: Int32) throws {
    let set = try ReplicaSetSample("follower-down")
    _ = try set.plan()
    let plan = set.file("plan.jsonl")
    // So slowly that it cannot be done before the signal comes.
    let tool = try RunningTool(
      "jbr-reconcile", ["apply", "--yes", "--rate", "100", plan], into: set.directory)
    try #require(tool.wait { lineCount(plan + ".progress") > 0 })
    let ended = try tool.end(signal)
    #expect(ended.signal == signal)
    #expect(ended.stderr == Self.begun + "run the same command again to finish it\n")
    let run = try set.reconcile("apply", "--yes", plan)
    #expect(run.status == 0, "\(run.stderr)")
    // It ended at once, and not behind the last step, which was hours away.
    #expect(try run.lines.last?.number("applied") ?? 0 > 0)
    try set.expectEqualBricks()
  }

  /// A plan of which the last replica is on a host behind a stand-in for ssh.
  private func farPlan(_ set: ReplicaSetSample, _ stand: ShellStandIn) throws -> String {
    let plan = set.file("far.jsonl")
    let made = try runTool(
      "jbr-reconcile", ["plan", "-o", plan] + set.arguments(on: ["", "", "far"]),
      environment: stand.environment)
    #expect(made.status == 0, "\(made.stderr)")
    return plan
  }

  /// The checks wait for a far replica that does not answer.
  @Test(arguments: [SIGINT, SIGTERM])
  func anApplyOrUndoThatStillLooksSaysThatNothingWasTouched(signal: Int32) throws {
    let set = try ReplicaSetSample("follower-down")
    let stand = try ShellStandIn(set)
    let plan = try farPlan(set, stand)
    let silent = try SilentShell(set)
    let before = try bricks(set)
    for command in [["apply", "--yes"], ["undo"]] {
      try? FileManager.default.removeItem(atPath: silent.path + ".pid")
      let tool = try RunningTool(
        "jbr-reconcile", command + [plan], into: set.directory, environment: silent.environment)
      try #require(tool.wait { silent.number != nil })
      // The other end says nothing for ten minutes.
      let ended = try tool.end(signal)
      #expect(ended.signal == signal, "\(command)")
      #expect(ended.stderr == Self.untouched, "\(command)")
      #expect(silent.isGone())
    }
    #expect(try bricks(set) == before)
    #expect(!FileManager.default.fileExists(atPath: plan + ".progress"))
  }

  @Test func anApplyThatGoesOnSaysWhoseWorkIsUnfinished() throws {
    let set = try ReplicaSetSample("follower-down")
    let stand = try ShellStandIn(set)
    let plan = try farPlan(set, stand)
    let first = try RunningTool(
      "jbr-reconcile", ["apply", "--yes", "--rate", "100", plan], into: set.directory,
      environment: stand.environment)
    try #require(first.wait { lineCount(plan + ".progress") > 0 })
    _ = try first.end(SIGINT)
    #expect(try stand.running() == [])
    let silent = try SilentShell(set)
    let second = try RunningTool(
      "jbr-reconcile", ["apply", "--yes", plan], into: set.directory,
      environment: silent.environment)
    try #require(second.wait { silent.number != nil })
    let ended = try second.end(SIGINT)
    #expect(ended.stderr.contains("touched nothing; run the same command again"), "\(ended.stderr)")
    #expect(ended.signal == SIGINT)
  }

  /// An undo that has begun, and is stopped before it is done; nil where none could be caught.
  private func stoppedUndo(
    of plan: String, _ set: ReplicaSetSample, _ stand: ShellStandIn
  ) throws -> RunningTool? {
    let undo = plan + ".undo/" + set.names[2]
    for _ in 0..<20 {
      let applied = try runTool(
        "jbr-reconcile", ["apply", "--yes", plan], environment: stand.environment)
      #expect(applied.status == 0, "\(applied.stderr)")
      let lines = lineCount(undo)
      let tool = try RunningTool(
        "jbr-reconcile", ["undo", plan], into: set.directory, environment: stand.environment)
      // The line that says that it is being undone.
      try #require(tool.wait { lineCount(undo) > lines })
      kill(tool.process.processIdentifier, SIGSTOP)
      if lineCount(undo) == lines + 1 { return tool }
      kill(tool.process.processIdentifier, SIGCONT)
      _ = try tool.end(nil)
    }
    return nil
  }

  @Test func anUndoThatHasBegunSaysSo() throws {
    let set = try ReplicaSetSample("follower-down")
    let stand = try ShellStandIn(set)
    let plan = try farPlan(set, stand)
    let tool = try #require(try stoppedUndo(of: plan, set, stand), "it was always done before")
    kill(tool.process.processIdentifier, SIGTERM)
    kill(tool.process.processIdentifier, SIGCONT)
    let ended = try tool.end(nil)
    #expect(ended.signal == SIGTERM)
    #expect(ended.stderr.hasPrefix(Self.begun), "\(ended.stderr)")
    #expect(try stand.running() == [])
    let again = try runTool("jbr-reconcile", ["undo", plan], environment: stand.environment)
    #expect(again.status == 0, "\(again.stderr)")
    // Everything is as the plan saw it.
    let looked = try runTool(
      "jbr-reconcile", ["apply", "--dry-run", plan], environment: stand.environment)
    #expect(looked.status == 0, "\(looked.stderr)")
  }

  /// Who starts it with nohup(1) does not want it to end with the terminal.
  @Test func aSignalThatIsIgnoredEndsNothing() throws {
    let set = try ReplicaSetSample("follower-down")
    _ = try set.plan()
    let plan = set.file("plan.jsonl")
    let tool = try builtExecutable("jbr-reconcile").path
    let ignoring = """
      import os, signal, sys
      signal.signal(signal.SIGHUP, signal.SIG_IGN)
      os.execv(sys.argv[1], sys.argv[1:])
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", ignoring, tool, "apply", "--yes", "--rate", "300K", plan]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    while process.isRunning, lineCount(plan + ".progress") == 0 { usleep(2000) }
    kill(process.processIdentifier, SIGHUP)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    try set.expectEqualBricks()
  }
}
