import Foundation
import Testing

/// `jbr-reconcile show`, and the scripts that it prints.
@Suite struct ShowToolTests {
  /// Prints a plan as a script, into a file.
  private func script(_ plan: String, into path: String) throws -> ToolRun {
    let run = try runTool("jbr-reconcile", ["show", "--shell", plan])
    try Data(run.stdout).write(to: URL(fileURLWithPath: path))
    return run
  }

  /// A script on one copy of the replicas, and apply on another, give the same bricks.
  @Test(arguments: [
    ("follower-down", 255), ("14-jbr3-quorum-loss", 1), ("15-jbr3-quorum100-rollback", 10),
  ])
  func theScriptDoesWhatApplyDoes(name: String, stepCountMin: Int) throws {
    let byHand = try ReplicaSetSample(name)
    let applied = try ReplicaSetSample(name)
    let summary = try #require(try byHand.plan().last)
    #expect(try #require(summary.number("steps")) >= stepCountMin)
    let digest = summary.text("loss_digest")
    let file = byHand.file("by-hand")
    let shown = try script(byHand.file("plan.jsonl"), into: file)
    #expect(shown.status == 0, "\(shown.stderr)")
    if digest != nil {
      let before = try byHand.names.indices.map { try TreeTimes(byHand.brick($0)) }
      #expect(try output(["bash", file]).status == 1)
      #expect(try output(["bash", file, "yes"]).status == 1)
      #expect(try byHand.names.indices.map { try TreeTimes(byHand.brick($0)) } == before)
    }
    let (status, text) = try output(["bash", file] + (digest.map { [$0] } ?? []))
    #expect(status == 0, "\(text)")
    #expect(text.isEmpty, "\(text)")
    let verified = try byHand.verify()
    #expect(verified.status == 0, "\(verified.text)")
    try byHand.expectEqualBricks()

    let consent = try applied.plan().last?.text("loss_digest").map { ["--accept-loss", $0] }
    let run = try runTool(
      "jbr-reconcile", ["apply"] + (consent ?? ["--yes"]) + [applied.file("plan.jsonl")])
    #expect(run.status == 0, "\(run.stderr)")
    for number in byHand.names.indices {
      let pair = [byHand.brick(number), applied.brick(number)]
      let (status, text) = try output(
        [repository + "/Tests/compare-bricks"] + pair.flatMap { ["--from-tar", $0] } + pair)
      #expect(status == 0, "\(text)")
    }
    #expect(try byHand.plan("again.jsonl").last?.number("steps") == 0)
  }

  @Test func aPlanIsShownToPeople() throws {
    let set = try ReplicaSetSample("follower-down")
    _ = try set.plan()
    let before = try set.names.indices.map { try TreeTimes(set.brick($0)) }
    let run = try set.reconcile("show", set.file("plan.jsonl"))
    #expect(run.status == 0, "\(run.stderr)")
    let journal = set.journal(0) + "/brick0-data-1.jnl"
    for text in [
      "quorum 2, led by replica0.\n",
      "  Zero loss: no request that can have been acknowledged becomes void",
      "    1/169 rmdir A/a.b.101_d30d40: was never acknowledged [V1-rolled-back]\n",
      "\nreplica0: nothing to do\n",
      "\nreplica2: 255 steps on 66 objects, 710048 bytes to write\n",
      "  base/during (691ccfeb-9e80-488e-975b-2bccafa4051b), 17 bytes\n"
        + "    13. make file base/during, mode 0644, owner 0:0  [request 1/1093, F1-quorum-possible]\n"
        + "    151. write bytes 0-11 (12) from replica0's journal, \(journal) from byte 1990087  "
        + "[request 1/1094, F1-quorum-possible]\n",
      "\n  F1-quorum-possible (forward): Those that hold it",
      "\n  requests: 1042 forward, 4 void, 0 in conflict; foreign objects: 0\n",
      "\n  all: 255 steps, 710048 bytes, 547 calls\n",
    ] { #expect(run.text.contains(text), "it lacks: \(text)") }
    #expect(!run.text.contains("path not known"))
    #expect(try set.names.indices.map { try TreeTimes(set.brick($0)) } == before)
  }

  @Test func aPlanWithLossSaysSo() throws {
    let set = try ReplicaSetSample("15-jbr3-quorum100-rollback")
    let plan = try set.plan()
    let digest = try #require(plan.last?.text("loss_digest"))
    let run = try set.reconcile("show", set.file("plan.jsonl"))
    #expect(run.text.contains("--accept-loss \(digest)\n"))
    #expect(!run.text.contains("Zero loss"))
    #expect(plan.of("loss").count > 20)
    for loss in plan.of("loss") {
      #expect(run.text.contains("    \(try #require(loss.text("id"))) "))
    }
    #expect(run.text.contains("\n  foreign on "))
  }
}
