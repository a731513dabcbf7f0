import Foundation
import Glibc
import Testing

/// What jbr-reconcile refuses, and what it does after it was killed.
@Suite struct ReconcileSafetyTests {
  /// A set with a plan of one step, which nothing has applied.
  private func planned() throws -> ReplicaSetSample {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    _ = try set.plan()
    return set
  }

  /// Applies the plan, and expects one line of error and that nothing was done.
  private func expectRefused(
    _ set: ReplicaSetSample, _ status: Int32, _ text: String, options: [String] = ["--yes"],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try set.names.indices.map { try TreeTimes(set.brick($0)) }
    let run = try runTool("jbr-reconcile", ["apply"] + options + [set.file("plan.jsonl")])
    #expect(run.status == status, "\(run.stderr)", sourceLocation: sourceLocation)
    #expect(run.stdout == [], sourceLocation: sourceLocation)
    #expect(run.stderr.contains(text), "\(run.stderr)", sourceLocation: sourceLocation)
    #expect(run.stderr.split(separator: "\n").count == 1, sourceLocation: sourceLocation)
    #expect(
      try set.names.indices.map { try TreeTimes(set.brick($0)) } == before,
      sourceLocation: sourceLocation)
  }

  @Test func aPlanIsNotAppliedWithoutConsent() throws {
    try expectRefused(try planned(), 77, "--yes", options: [])
  }

  @Test func consentToALossIsNoneToAPlanWithoutOne() throws {
    let digest = String(repeating: "0", count: 32)
    for options in [["--accept-loss", digest], ["--yes", "--accept-loss", digest]] {
      try expectRefused(try planned(), 77, "loses nothing", options: options)
    }
  }

  @Test func aChangedJournalMakesThePlanStale() throws {
    let set = try planned()
    // A byte of the first payload.
    try set.flipByte(at: 0, of: set.journal(0) + "/brick0-data-1.jnl")
    try expectRefused(set, 75, "plan again")
  }

  @Test func aChangedBrickMakesThePlanStale() throws {
    let set = try planned()
    try system(["touch", set.brick(0) + "/q/b1"])
    try expectRefused(set, 75, "plan again")
  }

  @Test func anEditedPlanIsRefused() throws {
    let set = try planned()
    let path = set.file("plan.jsonl")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let edited = text.replacingOccurrences(of: "\"mode\":420", with: "\"mode\":511")
    #expect(edited != text)
    try Data(edited.utf8).write(to: URL(fileURLWithPath: path))
    try expectRefused(set, 65, "was changed")
    // It says what is wrong, although its summary counts other steps.
    let fewer = text.split(separator: "\n").filter { !$0.contains(#""type":"step""#) }
    try Data((fewer.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
    try expectRefused(set, 65, "was changed")
    let cut = text.split(separator: "\n").dropLast().joined(separator: "\n")
    try Data(cut.utf8).write(to: URL(fileURLWithPath: path))
    try expectRefused(set, 65, "plan")
    try Data().write(to: URL(fileURLWithPath: path))
    try expectRefused(set, 65, "plan")
  }

  @Test func aLiveBrickIsLeftAlone() throws {
    let set = try planned()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["sleep", "600"]
    process.currentDirectoryURL = URL(fileURLWithPath: set.brick(1) + "/q")
    try process.run()
    defer {
      // The tests' threads block other signals, and their children inherit that.
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    try expectRefused(set, 75, "in use by process \(process.processIdentifier)")
  }

  @Test func aPlanThatExistsIsNotReplaced() throws {
    let set = try planned()
    let run = try runTool("jbr-reconcile", ["plan", "-o", set.file("plan.jsonl")] + set.arguments)
    #expect(run.status == 73)
    #expect(run.stderr.contains("exists"))
  }

  @Test func oneBrickIsNotTakenForTwo() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    let replicas = set.names.indices.map { number in
      // The second replica's brick by another path to the first one's.
      let brick = number == 1 ? set.brick(0) + "/q/.." : set.brick(number)
      return "r\(number)=\(set.journal(number)),\(brick)"
    }
    for command in ["plan", "verify"] {
      let run = try runTool("jbr-reconcile", [command] + replicas)
      #expect(run.status == 64)
      #expect(run.stdout == [])
      #expect(run.stderr.contains("is given for both r0 and r1"), "\(run.stderr)")
    }
  }

  @Test func journalsThatDoNotBeginAtAnEmptyBrickAreRefusedWithoutBricks() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    // Without the mkdir of the directory that all files are in, it was there before.
    var replicas: [String] = []
    for number in set.names.indices {
      let dump = try runTool(
        "jbr-journal", ["dump", "--payload", "base64", "--fop", "!mkdir", set.journal(number)])
      #expect(dump.status == 0, "\(dump.stderr)")
      let folder = set.file("later\(number)")
      let made = try runTool(
        "jbr-journal", ["import", "--format", "fdl", folder], stdin: dump.stdout)
      #expect(made.status == 0, "\(made.stderr)")
      replicas.append("r\(number)=\(folder)")
    }
    let run = try runTool(
      "jbr-reconcile",
      ["plan", "--replicas", "3", "--quorum-percent", "50", "--leader", "r0"] + replicas)
    #expect(run.status == 77, "\(run.stderr)")
    #expect(run.stdout == [])
    #expect(run.stderr.contains("was there before the journals"), "\(run.stderr)")
  }

  @Test func tooFewReplicasDecideNothing() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    let run = try runTool("jbr-reconcile", ["plan", set.arguments[1]])
    #expect(run.status == 77)
    #expect(run.stdout == [])
    #expect(run.stderr.contains("bring more replicas"))
  }

  @Test func whoLedMustBeKnown() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    for number in set.names.indices {
      try FileManager.default.removeItem(atPath: set.journal(number) + "/brick\(number).vol")
    }
    let run = try runTool("jbr-reconcile", ["plan"] + set.arguments)
    #expect(run.status == 64)
    #expect(run.stderr.contains("--replicas"))
    let given = ["--replicas", "3", "--quorum-percent", "50"]
    let leaderless = try runTool("jbr-reconcile", ["plan"] + given + set.arguments)
    #expect(leaderless.status == 64)
    #expect(leaderless.stderr.contains("--leader"))
    let told = try runTool(
      "jbr-reconcile", ["plan"] + given + ["--leader", "replica0"] + set.arguments)
    #expect(told.status == 0)
    #expect(try told.lines.last?.number("forward") == 124)
  }

  @Test func damageIsNeverTakenForSilence() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    try set.flipByte(at: 1, of: set.journal(0) + "/brick0-meta-1.jnl")
    let run = try runTool("jbr-reconcile", ["plan"] + set.arguments)
    #expect(run.status == 65)
    #expect(run.stderr.contains("brick0-meta-1.jnl: "))
    #expect(try runTool("jbr-reconcile", ["verify"] + set.arguments).status == 65)
  }

  @Test(arguments: [1, 2, 4])
  func aKilledApplyIsFinishedByTheNext(groups: Int) throws {
    let set = try ReplicaSetSample("follower-down")
    _ = try set.plan()
    let process = Process()
    process.executableURL = try builtExecutable("jbr-reconcile")
    process.arguments = ["apply", "--yes", set.file("plan.jsonl")]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    // Killed when so many groups of steps have been announced; the last of them is under way.
    while process.isRunning {
      let progress = FileManager.default.contents(atPath: set.file("plan.jsonl.progress"))
      if (progress?.filter { $0 == UInt8(ascii: "\n") }.count ?? 0) >= groups { break }
      usleep(200)
    }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let run = try set.reconcile("apply", "--yes", set.file("plan.jsonl"))
    #expect(run.status == 0, "\(run.stderr)")
    let verified = try set.verify()
    #expect(verified.status == 0, "\(verified.text)")
    try set.expectEqualBricks()
    #expect(try set.plan("again.jsonl").last?.number("steps") == 0)
  }
}
