import Foundation
import Testing

/// `plan --full-copy`: a replica whose terms are gone elsewhere, a new one, and a lost brick.
@Suite struct FullCopyToolTests {
  private let shop: JBRSetShop
  private static let root = MadeRequest.root
  private static let folder = MadeRequest.gfid(2)

  init() throws {
    shop = try JBRSetShop()
    try shop.append([
      .create(Self.root, [UInt8](text: "f"), 1), .write(1, at: 0, [UInt8](text: "first")),
      .mkdir(Self.root, [UInt8](text: "d"), 2), .create(Self.folder, [UInt8](text: "g"), 3),
      .write(3, at: 5_000_000, [UInt8](text: "behind a hole")),
      .symlink(Self.root, [UInt8](text: "s"), "d/g", 4),
      .link((Self.folder, [UInt8](text: "g")), (Self.root, [UInt8](text: "hard")), 3),
    ])
    try shop.makeBricks(applying: false)
    try shop.reconcileAll()
  }

  /// Goes on without the last replica, and prunes what it did not see.
  private func leaveTheLastBehind() throws {
    let moved: MadeRequest = .create(Self.root, [UInt8](text: "h"), 5)
    try shop.append([moved, .write(5, at: 0, [UInt8](repeating: 7, count: 100_000))], to: [0, 1])
    try shop.reconcileAll([0, 1])
    try shop.prune([1, 2], on: [0, 1])
    for number in 0...1 {
      for (path, key) in [
        ("/d", "user.folder"), ("/f", "user.file"), ("", "trusted.glusterfs.volume-id"),
      ] {
        try system(["setfattr", "-n", key, "-v", "value", shop.brick(number) + path])
      }
      try system(["chmod", "4751", shop.brick(number) + "/f"])
      try system(["chown", "12:34", shop.brick(number) + "/d"])
      try system(["touch", "-d", "2001-02-03 04:05:06.789", shop.brick(number) + "/d/g"])
    }
  }

  @Test func whoWasAwayForTooLongIsToldWhatToDo() throws {
    try leaveTheLastBehind()
    let run = try runTool("jbr-reconcile", ["plan"] + shop.arguments())
    #expect(run.status == 77)
    #expect(run.stderr.contains("plan with --full-copy r2"))
    #expect(run.stdout.isEmpty)
  }

  @Test(arguments: [false, true]) func aCopyBringsItBack(isBrickLost: Bool) throws {
    try leaveTheLastBehind()
    if isBrickLost {
      try shop.remove(shop.brick(2))
      try system(["mkdir", shop.brick(2)])
    }
    let plan = try shop.plan(["--full-copy", "r2"])
    let copy = try #require(plan.lines.of("full_copy").first)
    #expect(copy.text("replica") == "r2" && copy.text("from") == "r0")
    #expect(copy.number("objects") == 6)
    // A hole stays one.
    #expect(try #require(copy.number("bytes")) < 400_000)
    #expect(plan.lines.of("step").allSatisfy { $0.text("replica") == "r2" })
    #expect(plan.lines.of("step").allSatisfy { $0.text("reason") == "full-copy" })
    #expect(plan.lines.last?.fields["zero_loss"] as? Bool == true)
    // Only trying it makes no brick.
    let tried = try shop.reconcile("apply", "--dry-run", plan.path)
    #expect(tried.status == 0, "\(tried.stderr)")
    if isBrickLost {
      #expect(try FileManager.default.contentsOfDirectory(atPath: shop.brick(2)).isEmpty)
    }
    try shop.apply(plan)
    try shop.expectSettled()
    let (status, text) = try output([
      "rsync", "-aHAXni", "--numeric-ids", "--delete", "--exclude=/.glusterfs",
      "--filter=-x trusted.*", shop.brick(0) + "/", shop.brick(2) + "/",
    ])
    if status != 127 { #expect(text == "" && status == 0, "\(text)") }
    let again = try shop.apply(plan)
    #expect(try again.lines.last?.number("steps") == plan.lines.of("step").count)
    // It takes part again.
    try shop.append([.create(Self.root, [UInt8](text: "next"), 9)])
    try shop.reconcileAll()
    try shop.expectSettled()
    #expect(try shop.journals[2].run(["prune"]).status == 0)
    try shop.expectSettled()
  }

  @Test func whatOthersLackIsSetAsideOnceThatIsConfirmed() throws {
    try leaveTheLastBehind()
    let only = shop.brick(2) + "/only-here"
    try Data("mine".utf8).write(to: URL(fileURLWithPath: only))
    let plan = try shop.plan(["--full-copy", "r2"])
    #expect(
      plan.lines.of("plan_finding").contains {
        $0.text("kind") == "foreign" && $0.text("name") == "only-here" && $0.text("replica") == "r2"
      })
    #expect(try shop.reconcile("apply", plan.path, "--yes").status == 77)
    #expect(FileManager.default.fileExists(atPath: only))
    try shop.apply(plan)
    try shop.expectSettled()
    let kept = try FileManager.default.contentsOfDirectory(
      atPath: shop.brick(2) + "/.glusterfs/jbr-set-aside")
    #expect(kept.count == 1)
  }

  @Test func aLostDiskComesBackAsANewReplica() throws {
    try shop.remove(shop.journals[2].path)
    try shop.remove(shop.brick(2))
    try system(["mkdir", shop.brick(2)])
    try shop.create(2, "--rejoin")
    let hint = try runTool("jbr-reconcile", ["plan"] + shop.arguments())
    #expect(hint.status == 77 && hint.stderr.contains("plan with --full-copy r2 to fill it"))
    // It vouches for nothing.
    let alone = try runTool(
      "jbr-reconcile", ["plan", "--full-copy", "r2"] + shop.arguments([0, 2]))
    #expect(alone.status == 77 && alone.stderr.contains("1 do (r0)"), "\(alone.stderr)")
    let plan = try shop.plan(["--full-copy", "r2"])
    #expect(plan.lines.of("decided_term").allSatisfy { $0.list("vouching") == ["r0", "r1"] })
    try shop.apply(plan)
    try shop.expectSettled()
  }

  @Test func aBrickThatMovedSinceIsNotCopied() throws {
    try leaveTheLastBehind()
    let plan = try shop.plan(["--full-copy", "r2"])
    try system(["chmod", "600", shop.brick(0) + "/d/g"])
    let run = try shop.apply(plan, status: 75)
    #expect(run.stderr.contains("r0") && run.stderr.contains("plan again"))
    #expect(!FileManager.default.fileExists(atPath: shop.brick(2) + "/h"))
  }

  @Test func whereOthersNeedStepsThemselvesTheseComeFirst() throws {
    try leaveTheLastBehind()
    try shop.append([.create(Self.root, [UInt8](text: "new"), 8)], to: [0, 1])
    let run = try runTool("jbr-reconcile", ["plan", "--full-copy", "r2"] + shop.arguments())
    #expect(run.status == 77)
    #expect(run.stderr.contains("plan the others without r2"))
    try shop.reconcileAll([0, 1])
    try shop.apply(try shop.plan(["--full-copy", "r2"]))
    try shop.expectSettled()
  }

  @Test func unknownNamesAreUsageErrors() throws {
    for option in ["--full-copy", "--prefer"] {
      let run = try runTool("jbr-reconcile", ["plan", option, "r7"] + shop.arguments())
      #expect(run.status == 64, "\(run.stderr)")
      #expect(run.stderr.contains("no replica is named r7"))
    }
  }

  @Test func killedAtAnyMomentItFinishesWhenItIsRunAgain() throws {
    try leaveTheLastBehind()
    try shop.remove(shop.brick(2))
    try system(["mkdir", shop.brick(2)])
    let plan = try shop.plan(["--full-copy", "r2"])
    var kills = 0
    for _ in 0..<15 {
      let process = Process()
      process.executableURL = try builtExecutable("jbr-reconcile")
      process.arguments = ["apply", plan.path, "--yes"]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      usleep(UInt32.random(in: 5_000...60_000))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      if process.terminationReason == .uncaughtSignal { kills += 1 }
    }
    #expect(kills > 0)
    try shop.apply(plan)
    try shop.expectSettled()
  }
}
