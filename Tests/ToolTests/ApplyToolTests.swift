import Foundation
import Glibc
import Testing

/// What jbr-reconcile apply looks at beforehand, and what it keeps.
@Suite struct ApplyToolTests {
  /// A copy of a brick, with all that a file system keeps.
  private func copy(_ brick: String, _ name: String, _ set: ReplicaSetSample) throws -> String {
    try system(["cp", "-a", brick, set.file(name)])
    return set.file(name)
  }

  private func differences(_ left: String, _ right: String) throws -> String {
    try output([repository + "/Tests/compare-bricks", left, right]).text
  }

  private func modificationTimes(_ brick: String) throws -> String {
    let command = "cd $0 && find . -path ./.glusterfs -prune -o -printf '%p %T@\\n' | sort"
    return try output(["bash", "-c", command, brick]).text
  }

  @Test func allThatStandsInTheWayIsSaidAtOnce() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    _ = try set.plan()
    try set.flipByte(at: 0, of: set.journal(1) + "/brick1-data-1.jnl")
    try system(["touch", set.brick(0) + "/q/b1"])
    try system(["chmod", "700", set.brick(2) + "/q"])
    let locked = open(set.brick(2), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(locked) }
    try #require(flock(locked, LOCK_EX | LOCK_NB) == 0)
    let before = try set.names.indices.map { try TreeTimes(set.brick($0)) }
    let run = try set.reconcile("apply", "--yes", set.file("plan.jsonl"))
    #expect(run.status == 75, "\(run.stderr)")
    let lines = run.stderr.split(separator: "\n")
    for text in [
      "brick2: is locked by another tool", "the journal is not what the plan saw",
      "step 1 found foreign where the plan saw absent",
    ] {
      #expect(lines.count { $0.contains(text) } == 1, "\(text): \(run.stderr)")
    }
    #expect(lines.count >= 3)
    #expect(run.stdout == [])
    #expect(try set.names.indices.map { try TreeTimes(set.brick($0)) } == before)
    #expect(!FileManager.default.fileExists(atPath: set.file("plan.jsonl.progress")))
    #expect(!FileManager.default.fileExists(atPath: set.file("plan.jsonl.undo")))
  }

  /// Something moved that no step works on, but that the plan looked at.
  @Test func aBrickThatMovedElsewhereMakesThePlanStale() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    _ = try set.plan()
    try system(["chmod", "700", set.brick(2) + "/q"])
    let run = try set.reconcile("apply", "--yes", set.file("plan.jsonl"))
    #expect(run.status == 75)
    #expect(
      run.stderr
        == "jbr-reconcile: replica2: brick_digest: the brick is not what the plan saw: plan again\n"
    )
  }

  /// A brick on a file system of its own, which is too full, has too few inodes or is read-only.
  @Test func aBrickThatCannotTakeItIsNotTouched() throws {
    let set = try ReplicaSetSample("follower-down")
    let disk = set.file("disk")
    try system(["mkdir", disk])
    try system(["mount", "-t", "tmpfs", "-o", "size=64m", "none", disk])
    defer { _ = try? output(["umount", "-l", disk]) }
    try system(["cp", "-a", set.brick(2), disk + "/brick"])
    let replicas = Array(set.arguments.prefix(2)) + ["replica2=\(set.journal(2)),\(disk)/brick"]
    let plan = set.file("plan.jsonl")
    let planned = try runTool("jbr-reconcile", ["plan", "-o", plan] + replicas)
    #expect(planned.status == 0, "\(planned.stderr)")
    let before = try TreeTimes(disk + "/brick")
    let (_, usage) = try output(["df", "--output=used,iused", "-k", disk])
    let used = try #require(usage.split(separator: "\n").last).split(separator: " ").map {
      Int($0) ?? 0
    }
    for (options, text) in [
      ("size=\(used[0] + 200)k", "make room"), ("size=64m,nr_inodes=\(used[1] + 3)", "inodes"),
      ("size=64m,nr_inodes=0,ro", "Read-only file system"),
    ] {
      try system(["mount", "-o", "remount," + options, disk])
      let run = try set.reconcile("apply", "--yes", plan)
      #expect(run.status == 74, "\(options): \(run.stderr)")
      #expect(run.stderr.contains(text), "\(options): \(run.stderr)")
      #expect(run.stderr.split(separator: "\n").count == 1, "\(run.stderr)")
      #expect(try TreeTimes(disk + "/brick") == before)
      #expect(!FileManager.default.fileExists(atPath: plan + ".progress"))
    }
    try system(["mount", "-o", "remount,rw,size=64m,nr_inodes=0", disk])
    // A directory for undo files that has no room either.
    let small = set.file("small")
    try system(["mkdir", small])
    try system(["mount", "-t", "tmpfs", "-o", "size=8k", "none", small])
    defer { _ = try? output(["umount", "-l", small]) }
    let cramped = try set.reconcile("apply", "--yes", "--undo", small + "/undo", plan)
    #expect(cramped.status == 74, "\(cramped.stderr)")
    #expect(cramped.stderr.contains(small), "\(cramped.stderr)")
    #expect(try TreeTimes(disk + "/brick") == before)
    let run = try set.reconcile("apply", "--yes", plan)
    #expect(run.status == 0, "\(run.stderr)")
    #expect(try runTool("jbr-reconcile", ["verify"] + replicas).status == 0)
  }

  @Test func whatWasAppliedIsUndoneAndAppliedAgain() throws {
    let set = try ReplicaSetSample("follower-down")
    let before = try copy(set.brick(2), "before", set)
    let times = try modificationTimes(set.brick(2))
    _ = try set.plan()
    let plan = set.file("plan.jsonl")
    let nothing = try set.reconcile("undo", plan)
    #expect(nothing.status == 66, "\(nothing.stderr)")
    #expect(try set.reconcile("apply", "--yes", plan).status == 0)
    #expect(try differences(set.brick(2), before) != "")

    let dry = try set.reconcile("undo", "--dry-run", plan)
    #expect(dry.status == 0, "\(dry.stderr)")
    #expect(try validate(dry.stdout).status == 0)
    let run = try set.reconcile("undo", plan)
    #expect(run.status == 0, "\(run.stderr)")
    #expect(try validate(run.stdout).status == 0)
    #expect(try run.lines.last?.type == "undo_summary")
    #expect(try Set(run.lines.of("undone").map { $0.text("replica") }) == ["replica2"])
    let kept = try Data(contentsOf: URL(fileURLWithPath: plan + ".undo/replica2"))
    #expect(try validate(Array(kept)).status == 0)
    #expect(try differences(set.brick(2), before) == "")
    #expect(try modificationTimes(set.brick(2)) == times)
    #expect(try set.verify().status == 1)

    #expect(try set.reconcile("apply", "--yes", plan).status == 0)
    try set.expectEqualBricks()
    #expect(FileManager.default.fileExists(atPath: plan + ".undo"))
    let verified = try set.reconcile("verify", "--plan", plan)
    #expect(verified.status == 0, "\(verified.stderr)")
    #expect(verified.stderr.contains("plan.jsonl.undo: removed"))
    #expect(!FileManager.default.fileExists(atPath: plan + ".undo"))
  }

  @Test func undoFilesStayUntilTheBricksAreEqual() throws {
    let set = try ReplicaSetSample("follower-down")
    _ = try set.plan()
    let plan = set.file("plan.jsonl")
    let kept = set.file("kept")
    #expect(try set.reconcile("apply", "--yes", "--undo", kept, plan).status == 0)
    try system(["chmod", "700", set.brick(0) + "/base"])
    let differing = try set.reconcile("verify", "--undo", kept, "--plan", plan)
    #expect(differing.status == 1, "\(differing.stderr)")
    #expect(FileManager.default.fileExists(atPath: kept + "/replica2"))
    // Of another plan they are not written over.
    let other = set.file("other.jsonl")
    let planned = try runTool("jbr-reconcile", ["plan", "-o", other] + set.arguments)
    #expect(planned.status == 0, "\(planned.stderr)")
    let refused = try set.reconcile("apply", "--yes", "--undo", kept, other)
    #expect(refused.status == 73, "\(refused.stderr)")
    #expect(refused.stderr.contains("kept/replica2: is not of this plan"))
    #expect(try set.reconcile("undo", "--undo", kept, plan).status == 0)
  }

  /// Killed at random moments, some of the time while it is undone, it comes to the same end.
  @Test func killedAtAnyMomentItFinishesOrIsUndone() throws {
    let set = try ReplicaSetSample("follower-down")
    let before = try copy(set.brick(2), "before", set)
    _ = try set.plan()
    let plan = set.file("plan.jsonl")
    var kills = 0
    for milliseconds in [30, 60, 90, 120, 150, 200] {
      let arguments = ["apply", "--yes", "--rate", "1M", plan]
      if try !ended(arguments, before: milliseconds) { kills += 1 }
    }
    #expect(kills > 0)
    if FileManager.default.fileExists(atPath: plan + ".progress") {
      for milliseconds in [10, 30, 50] {
        _ = try ended(["undo", "--unchecked", plan], before: milliseconds)
      }
      let undone = try set.reconcile("undo", "--unchecked", plan)
      #expect(undone.status == 0, "\(undone.stderr)")
      #expect(try differences(set.brick(2), before) == "")
    }
    let run = try set.reconcile("apply", "--yes", plan)
    #expect(run.status == 0, "\(run.stderr)")
    try set.expectEqualBricks()
  }

  /// Starts the tool and kills it after a while; whether it had ended by itself.
  private func ended(_ arguments: [String], before milliseconds: Int) throws -> Bool {
    try runTool("jbr-reconcile", arguments, killedAfter: milliseconds) != nil
  }

  @Test func aRateIsKeptAndShown() throws {
    let set = try ReplicaSetSample("follower-down")
    _ = try set.plan()
    let plan = set.file("plan.jsonl")
    #expect(try set.reconcile("apply", "--yes", "--rate", "fast", plan).status == 64)
    let start = ContinuousClock().now
    let tool = try builtExecutable("jbr-reconcile").path
    let command = "\(tool) apply --format json --yes --rate 300K \(plan) >\(set.file("out"))"
    let (status, text) = try output(["script", "-qec", command, set.file("typescript")])
    #expect(status == 0, "\(text)")
    // 710,048 bytes.
    #expect(ContinuousClock().now - start > .seconds(1.9))
    #expect(text.contains("jbr-reconcile: [#"), "\(text)")
    #expect(text.contains(" of 255, "))
    #expect(text.contains(" MiB/s, "))
    #expect(text.contains(" s left"))
    try set.expectEqualBricks()
  }
}
