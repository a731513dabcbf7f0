import Foundation
import Testing

/// jbr-reconcile on real requests of which the journals hold only the later part, as they do once the
/// earlier one is pruned.
@Suite struct BaseToolTests {
  /// Bricks that replays made, and journals from index 41 on.
  private struct LaterPart {
    let set: ReplicaSetSample
    let options = ["--replicas", "3", "--quorum-percent", "50", "--leader", "r0"]

    func brick(_ number: Int) -> String { set.file("brick\(number)") }
    func journal(_ number: Int) -> String { set.file("later\(number)") }

    var arguments: [String] { (0...2).map { "r\($0)=\(journal($0)),\(brick($0))" } }

    func plan(_ name: String) throws -> [JSONLine] {
      let run = try runTool("jbr-reconcile", ["plan", "-o", set.file(name)] + options + arguments)
      #expect(run.status == 0, "\(run.stderr)")
      let data = try Data(contentsOf: URL(fileURLWithPath: set.file(name)))
      let (status, text) = try validate([UInt8](data))
      #expect(status == 0, "\(text)")
      return try JSONLine.all(data)
    }
  }

  /// The third replica misses the requests from 60 to 90, and has applied what it could.
  private func laterPart() throws -> LaterPart {
    let part = LaterPart(set: try ReplicaSetSample("14-jbr3-quorum-loss"))
    for number in 0...2 {
      let stretches = number == 2 ? ["41..59", "91.."] : ["41.."]
      var lines: [UInt8] = []
      for stretch in stretches {
        let dump = try runTool(
          "jbr-journal",
          ["dump", "--payload", "base64", "--index", stretch, part.set.journal(number)])
        #expect(dump.status == 0, "\(dump.stderr)")
        lines += dump.stdout
      }
      let made = try runTool(
        "jbr-journal", ["import", "--format", "fdl", part.journal(number)], stdin: lines)
      #expect(made.status == 0, "\(made.stderr)")
      let older = try runTool(
        "jbr-replay",
        ["--init", "--index", "..40", "--journal", part.set.journal(0), part.brick(number)])
      #expect(older.status == 0, "\(older.stderr)")
      // What the third one lacks makes some of its requests fail, as it did then.
      let later = try runTool(
        "jbr-replay", ["--keep-going", "--journal", part.journal(number), part.brick(number)])
      #expect(later.status == (number == 2 ? 74 : 0), "\(later.stderr)")
    }
    return part
  }

  @Test func aLaterPartIsReconciled() throws {
    let part = try laterPart()
    let plan = try part.plan("plan.jsonl")
    #expect(plan.of("plan_finding").isEmpty)
    #expect(plan.last?.number("forward") == 84)
    let first = try #require(plan.of("step").first)
    #expect(first.text("replica") == "r0")
    #expect(first.text("path") == "q/b1")
    #expect(Set(plan.of("step").dropFirst().map { $0.text("replica") }) == ["r2"])

    let run = try part.set.reconcile("apply", "--yes", part.set.file("plan.jsonl"))
    #expect(run.status == 0, "\(run.stderr)")
    let whole = part.set.file("whole")
    let replayed = try runTool(
      "jbr-replay", ["--init", "--journal", part.set.journal(1), whole])
    #expect(replayed.status == 0, "\(replayed.stderr)")
    let (status, text) = try output(
      [repository + "/Tests/compare-bricks"] + (0...2).map(part.brick) + [whole])
    #expect(status == 0, "\(text)")
    #expect(try part.plan("again.jsonl").last?.number("steps") == 0)
  }

  @Test func realBricksShowWhatWasThereBefore() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    let part = LaterPart(set: set)
    for number in 0...2 {
      let dump = try runTool(
        "jbr-journal", ["dump", "--payload", "base64", "--index", "41..", set.journal(number)])
      let made = try runTool(
        "jbr-journal", ["import", "--format", "fdl", part.journal(number)], stdin: dump.stdout)
      #expect(made.status == 0, "\(made.stderr)")
      try FileManager.default.createSymbolicLink(
        atPath: part.brick(number), withDestinationPath: set.brick(number))
    }
    let steps = try part.plan("plan.jsonl").of("step")
    #expect(steps.map { $0.text("path") } == ["q/b1"])
    let run = try set.reconcile("apply", "--yes", set.file("plan.jsonl"))
    #expect(run.status == 0, "\(run.stderr)")
    try set.expectEqualBricks()
  }

  @Test func bricksThatDifferInWhatWasThereBeforeAreAConflict() throws {
    let part = try laterPart()
    // Both have executed all, and one of them was changed by hand.
    try system(["setfattr", "-n", "trusted.k", "-v", "1", part.brick(1) + "/q"])
    try system(["mv", part.brick(1) + "/q/c10", part.brick(1) + "/q/c10-elsewhere"])
    let before = try (0...2).map { try TreeTimes(part.brick($0)) }
    let run = try runTool("jbr-reconcile", ["plan"] + part.options + part.arguments)
    #expect(run.status == 1, "\(run.stderr)")
    let findings = try run.lines.of("plan_finding").filter { $0.text("kind") == "conflict" }
    #expect(findings.contains { $0.text("path") == "q/c10" }, "\(run.text)")
    #expect(findings.contains { $0.text("message")?.contains("bases differ: r0 and r1") == true })
    #expect(try !run.lines.of("step").contains { $0.text("path") == "q/c10" })
    #expect(try (0...2).map { try TreeTimes(part.brick($0)) } == before)
  }

  @Test func withoutABrickNothingIsPlannedForAReplica() throws {
    let part = try laterPart()
    let bare = ["r2=" + part.journal(2)]
    let run = try runTool(
      "jbr-reconcile", ["plan"] + part.options + part.arguments.prefix(2) + bare)
    #expect(run.status == 0, "\(run.stderr)")
    let (status, text) = try validate(run.stdout)
    #expect(status == 0, "\(text)")
    let findings = try run.lines.of("plan_finding")
    #expect(findings.map { $0.text("kind") } == ["no_brick"])
    #expect(findings.first?.text("replica") == "r2")
    #expect(try run.lines.of("step").map { $0.text("path") } == ["q/b1"])
  }
}
