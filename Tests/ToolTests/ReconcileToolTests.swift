import Foundation
import Testing

/// Plan, apply and verify on real replicas, with the built jbr-reconcile.
@Suite struct ReconcileToolTests {
  private func expectValid(
    _ lines: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (status, text) = try validate(lines)
    #expect(status == 0, "\(text)", sourceLocation: sourceLocation)
  }

  private func void(_ plan: [JSONLine]) -> [String] {
    plan.of("fate").filter { $0.text("fate") == "void" }.compactMap { $0.text("id") }
  }

  @Test func aFollowerCatchesUp() throws {
    let set = try ReplicaSetSample("follower-down")
    let before = try set.names.indices.map { try TreeTimes(set.brick($0)) }
    let plan = try set.plan()
    try expectValid(Array(Data(contentsOf: URL(fileURLWithPath: set.file("plan.jsonl")))))
    let summary = try #require(plan.last)
    #expect(summary.number("forward") == 1042)
    #expect(void(plan) == ["1/169", "1/981", "1/1083", "1/1345"])
    let missed = plan.of("fate").filter { $0.text("fate") == "forward" }
    #expect(missed.count == 477)
    #expect(missed.allSatisfy { $0.list("held_by") == ["replica0", "replica1"] })
    #expect(Set(plan.of("step").map { $0.text("replica") }) == ["replica2"])

    let dry = try set.reconcile("apply", set.file("plan.jsonl"), "--dry-run")
    #expect(dry.status == 0)
    try expectValid(dry.stdout)
    #expect(try set.names.indices.map { try TreeTimes(set.brick($0)) } == before)

    let written = try bytesWritten {
      ["apply", "--yes", set.file("plan.jsonl")]
    } into: {
      set.file($0)
    }
    let planned = try #require(summary.number("bytes"))
    #expect(written * 100 <= planned * 101, "wrote \(written) bytes, planned \(planned)")

    let after = try set.names.indices.map { try TreeTimes(set.brick($0)) }
    #expect(after[0] == before[0])
    #expect(after[1] == before[1])
    let touched = Set(
      plan.of("step").flatMap { step in
        ["gfid", "parent", "to_parent"].compactMap { step.text($0) }
      })
    for (gfid, time) in before[2].times where !touched.contains(gfid) {
      #expect(after[2].times[gfid] == time, "\(gfid) was not planned, and changed")
    }
    try expectEqual(set)
  }

  /// The bricks are equal, and nothing is left to do.
  private func expectEqual(_ set: ReplicaSetSample) throws {
    let verified = try set.verify()
    #expect(verified.status == 0, "\(verified.text)")
    #expect(try verified.lines.last?.fields["equal"] as? Bool == true)
    try expectValid(verified.stdout)
    try set.expectEqualBricks()
    #expect(try set.plan("again.jsonl").last?.number("steps") == 0)
  }

  /// How many bytes a run of the tool wrote to files, less what it printed and its own record.
  private func bytesWritten(
    _ arguments: () -> [String], into file: (String) -> String
  ) throws -> Int {
    let script = #""$0" "$@" >"$OUT"; status=$?; cat /proc/$$/io; exit $status"#
    let tool = try builtExecutable("jbr-reconcile").path
    let out = file("out.jsonl")
    let (status, text) = try output(
      ["env", "OUT=" + out, "bash", "-c", script, tool] + arguments())
    #expect(status == 0, "\(text)")
    let count = try #require(text.firstMatch(of: #/wchar: (\d+)/#).flatMap { Int($0.output.1) })
    let own = try [out, file("plan.jsonl.progress"), file("plan.jsonl.undo/replica2")].map { path in
      try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }
    try expectValid(Array(Data(contentsOf: URL(fileURLWithPath: out))))
    return count - own.reduce(0, +)
  }

  @Test func whatOnlyFollowersHaveIsKept() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    let plan = try set.plan()
    #expect(plan.last?.number("forward") == 124)
    #expect(void(plan) == [])
    let steps = plan.of("step")
    #expect(steps.map { $0.text("action") } == ["make"])
    #expect(steps.first?.text("replica") == "replica0")
    #expect(steps.first?.text("path") == "q/b1")
    #expect(steps.first?.text("request") == "1/42")
    #expect(steps.first?.text("reason") == "L1-leader-lacks-harmless")
    let run = try set.reconcile("apply", "--yes", set.file("plan.jsonl"))
    #expect(run.status == 0, "\(run.stderr)")
    try expectEqual(set)

    let again = try set.reconcile("apply", "--yes", set.file("plan.jsonl"))
    #expect(again.status == 0)
    #expect(try again.lines.map { $0.text("outcome") } == ["already_applied", nil])
    #expect(try again.lines.last?.number("applied") == 0)
  }

  @Test func aLeadersRestartChangesNothing() throws {
    let set = try ReplicaSetSample("17-jbr3-leader-restart")
    let plan = try set.plan()
    #expect(plan.last?.number("forward") == 77)
    #expect(plan.last?.number("void") == 0)
    #expect(plan.last?.number("steps") == 0)
    try expectEqual(set)
  }

  @Test func bricksThatWereTamperedWith() throws {
    let set = try ReplicaSetSample("15-jbr3-quorum100-rollback")
    let differing = try set.verify()
    #expect(differing.status == 1)
    try expectValid(differing.stdout)

    let plan = try set.plan()
    try expectValid(Array(Data(contentsOf: URL(fileURLWithPath: set.file("plan.jsonl")))))
    let summary = try #require(plan.last)
    #expect(summary.number("forward") == 72)
    let indices = [63...67, 70...71, 74...75, 78...88, 93...95].flatMap { Array($0) }
    #expect(void(plan) == indices.map { "1/\($0)" })
    #expect(plan.of("orphan_rollback").isEmpty == false)
    #expect(Set(plan.of("orphan_rollback").map { $0.text("id") }) == ["1/91", "1/92"])
    #expect(plan.of("plan_finding").contains { $0.text("kind") == "foreign" })
    #expect(summary.fields["zero_loss"] as? Bool == false)

    let refused = try set.reconcile("apply", "--yes", set.file("plan.jsonl"))
    #expect(refused.status == 77)
    let wrong = try set.reconcile(
      "apply", "--accept-loss", String(repeating: "0", count: 32), set.file("plan.jsonl"))
    #expect(wrong.status == 77)
    let digest = try #require(summary.text("loss_digest"))
    let run = try set.reconcile("apply", "--accept-loss", digest, set.file("plan.jsonl"))
    #expect(run.status == 0, "\(run.stderr)")
    try expectValid(run.stdout)
    try expectEqual(set)
  }

  @Test func explainPrintsTheTable() throws {
    let all = try runTool("jbr-reconcile", ["explain"])
    #expect(all.status == 0)
    try expectValid(all.stdout)
    let label = try #require(try all.lines.first?.text("case"))
    let one = try runTool("jbr-reconcile", ["explain", label])
    #expect(try one.lines.count == 1)
    #expect(try runTool("jbr-reconcile", ["explain", "Z9-none"]).status == 64)
    let word = try runTool("jbr-reconcile", ["explain", "foreign-object"])
    #expect(try word.lines.map(\.type) == ["plan_word"])
  }
}
