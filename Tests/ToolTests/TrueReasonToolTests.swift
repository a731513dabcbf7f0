import Foundation
import Testing

/// That jbr-reconcile names the true reason where it cannot go on, and what to do.
@Suite struct TrueReasonToolTests {
  private let set: JBRSetShop

  init() throws { set = try JBRSetShop() }

  /// A set of which one replica lacks a write, and its plan.
  private func planned() throws -> String {
    let file = MadeRequest.create(MadeRequest.root, [UInt8](text: "f"), 1)
    let write = MadeRequest.write(1, at: 0, [UInt8](text: "abc"))
    try set.append([file, write], to: [0, 1])
    try set.append([file], to: [2])
    try set.makeBricks()
    return try set.plan().path
  }

  private func reconcile(_ arguments: [String], wrapper: [String] = []) throws -> ToolRun {
    try runTool("jbr-reconcile", arguments, wrapper: wrapper)
  }

  private func expect(
    _ run: ToolRun, _ status: Int32, _ texts: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(run.status == status, "\(run.stderr)", sourceLocation: sourceLocation)
    for text in texts {
      #expect(run.stderr.contains(text), "\(run.stderr)", sourceLocation: sourceLocation)
    }
  }

  @Test func aBrickThatMayNotBeReadIsNotCalledNone() throws {
    let plan = try planned()
    let weak = ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"]
    for command in [
      ["plan"] + set.arguments(), ["what-if", "--without", "r2"] + set.arguments(),
      ["verify"] + set.arguments(), ["apply", "--yes", plan], ["undo", plan],
    ] {
      let run = try reconcile(command, wrapper: weak)
      expect(run, 66, set.brick(0) + ": cannot read trusted.gfid, which only root may")
      #expect(!run.stderr.contains("not a brick"))
    }
    // Nor is an empty one taken for a directory that a copy is to fill.
    let empty = try JBRSetShop()
    try empty.makeBricks()
    let run = try reconcile(["plan"] + empty.arguments(), wrapper: weak)
    expect(run, 66, "which only root may")
  }

  @Test func whatIsNoBrickIsToldApart() throws {
    _ = try planned()
    let replicas = set.arguments([0, 1])
    func verify(_ brick: String) throws -> ToolRun {
      try reconcile(["verify"] + replicas + ["r2=\(set.journals[2].path),\(brick)"])
    }
    let plain = set.path("plain")
    try FileManager.default.createDirectory(atPath: plain, withIntermediateDirectories: false)
    expect(try verify(plain), 66, plain + ": is not a brick: it has no trusted.gfid")
    let made = MadeRequest.mkdir(MadeRequest.root, [UInt8](text: "d"), 2)
    let journal = try set.create(3)
    try journal.append([made])
    let replay = try runTool(
      "jbr-replay", ["--init", "--journal", journal.path, set.path("other")])
    #expect(replay.status == 0, "\(replay.stderr)")
    expect(
      try verify(set.path("other/d")), 66, "its trusted.gfid is \(MadeRequest.gfid(2))",
      "name the top directory")
  }

  @Test func whatCannotBeWrittenIsFoundBeforeAnythingIsTouched() throws {
    let plan = try planned()
    func readOnly(_ path: String) -> [String] {
      let mount = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\""
      return ["unshare", "-m", "sh", "-c", mount, path]
    }
    for command in [["apply", "--yes", plan], ["apply", "--dry-run", plan]] {
      let journal = try reconcile(command, wrapper: readOnly(set.journals[2].path))
      expect(journal, 74, set.journals[2].path + "/superblock-1: cannot be written: Read-only")
      let brick = try reconcile(command, wrapper: readOnly(set.brick(2)))
      expect(brick, 74, set.brick(2) + ": cannot be written", "Read-only", "nothing was touched")
      #expect(journal.stdout == [] && brick.stdout == [])
    }
    let beside = try reconcile(
      ["apply", "--yes", plan], wrapper: readOnly((plan as NSString).deletingLastPathComponent))
    expect(beside, 74, "cannot keep progress and undo files here: Read-only file system")
    expect(try reconcile(["apply", "--yes", plan]), 0)
  }

  @Test func journalsOfAnotherSetOrKindAreNamedAsSuch() throws {
    let plan = try planned()
    let other = MadeJournal(path: set.path("other"))
    try other.expect(
      [
        "create", "--name", "r2", "--replicas", "3", "--quorum-percent", "50", "--volume",
        MadeRequest.gfid(9), other.path,
      ])
    let replicas = set.arguments([0, 1])
    for command in ["status", "plan", "verify"] {
      let run = try reconcile([command] + replicas + ["r2=\(other.path),\(set.brick(2))"])
      expect(
        run, 77, "r2: its journal is of another replica set than r0's",
        "its volume is \(MadeRequest.gfid(9)), not \(JBRSetShop.volume)")
    }
    let fdl = set.path("fdl")
    try other.expect(["convert", "--format", "fdl", set.journals[2].path, fdl])
    for command in ["status", "plan", "verify"] {
      let run = try reconcile([command] + replicas + ["r2=\(fdl),\(set.brick(2))"])
      expect(run, 77, "r2: its journal is an fdl one", "r0's is a jbr one")
    }
    for name in ["superblock-1", "superblock-2"] {
      try set.remove(set.journals[2].path + "/" + name)
    }
    let run = try reconcile(["apply", "--yes", plan])
    expect(run, 77, "r2: has no superblock: a disk that was lost")
    #expect(!run.stderr.contains("fdl"))
    try FileManager.default.removeItem(atPath: set.journals[2].path)
    try FileManager.default.createDirectory(
      atPath: set.journals[2].path, withIntermediateDirectories: false)
    expect(try reconcile(["apply", "--yes", plan]), 66, "holds no journal: neither")
  }

  /// What the heading says decides how the plan is applied.
  @Test(
    arguments: zip(
      [#""attempt":2,"#, #""version":"0."#, #""quorum":2,"#],
      ["", #""version":"9."#, #""quorum":1,"#]))
  func aPlanWhoseHeadingWasEditedIsRefused(old: String, new: String) throws {
    let plan = try planned()
    let text = try String(contentsOfFile: plan, encoding: .utf8)
    let edited = text.replacingOccurrences(of: old, with: new)
    #expect(edited != text)
    try Data(edited.utf8).write(to: URL(fileURLWithPath: plan))
    for command in [["show", plan], ["apply", "--yes", plan], ["undo", plan]] {
      expect(try reconcile(command), 65, plan + ": was changed after it was made", "plan again")
    }
    try Data().write(to: URL(fileURLWithPath: plan))
    expect(try reconcile(["show", plan]), 65, plan + ": is empty, and no plan")
  }

  @Test func undoingInTheWrongOrderIsTold() throws {
    let plan = try planned()
    expect(try reconcile(["undo", plan]), 66, plan + ".undo: is not there: nothing was applied")
    expect(try reconcile(["undo", "-"]), 64, "name the file that was applied")
    expect(try reconcile(["apply", "--yes", plan]), 0)
    let again = try reconcile(["apply", "--dry-run", plan])
    expect(again, 0, "the plan was applied before: nothing is touched")
    #expect(
      try again.lines.of("step_result").allSatisfy { $0.text("outcome") == "already_applied" })
    #expect(try again.lines.last?.number("already_applied") == again.lines.last?.number("steps"))
    let first = try reconcile(["undo", plan])
    expect(first, 0)
    #expect(first.stderr == "" && first.stdout != [])
    let second = try reconcile(["undo", plan])
    expect(second, 0, "the plan was undone before: nothing is touched")
    #expect(second.stdout == [])
  }

  /// A kill behind the last step leaves journals that do not say yet that all is done.
  @Test func whatIsLeftInTheJournalsIsNotCalledNothing() throws {
    let plan = try planned()
    for number in 0..<3 { _ = try set.journals[number].copy("kept\(number)") }
    expect(try reconcile(["apply", "--yes", plan]), 0)
    for number in 0..<3 {
      try set.remove(set.journals[number].path)
      try FileManager.default.moveItem(
        atPath: set.path("kept\(number)"), toPath: set.journals[number].path)
    }
    let run = try reconcile(["apply", "--yes", plan])
    expect(run, 0, "the plan was applied before: what is left is to say so in the journals")
    #expect(!run.stderr.contains("nothing is touched"))
    #expect(try run.lines.last?.number("attempt") != nil)
    let last = try reconcile(["apply", "--yes", plan])
    expect(last, 0, "nothing is touched")
    #expect(try last.lines.last?.number("attempt") == nil)
    try set.expectSettled()
  }
}
