import Foundation
import GlusterTesting
import Testing

/// What a brick's server leaves at a name that is killed while it makes an object there: something
/// empty without a GFID.
@Suite struct HalfMadeToolTests {
  private let root = MadeRequest.root

  /// Requests that make one object of each kind, and write to the file.
  private func lines() throws -> [UInt8] {
    numbered([
      try MadeRequest.mkdir(root, [UInt8](text: "d"), 1).line(),
      try MadeRequest.create(MadeRequest.gfid(1), [UInt8](text: "f"), 2).line(),
      try MadeRequest.write(2, at: 0, [1, 2, 3]).line(),
      try MadeRequest.symlink(root, [UInt8](text: "s"), "d/f", 3).line(),
      try MadeRequest.create(root, [UInt8](text: "g"), 4).line(),
      try MadeRequest.write(4, at: 0, [4, 5, 6]).line(),
    ])
  }

  /// Makes what such a server leaves.
  private func leave(in brick: String) throws {
    try system(["mkdir", brick + "/d"])
    try system(["ln", "-s", "d/f", brick + "/s"])
    try system(["touch", brick + "/g"])
  }

  /// As the tool's own server would have left it.
  private func prepared() throws -> GlusterSetting {
    let setting = try GlusterSetting()
    let made = try setting.replay("--init", "--volfile", setting.nearGraph, "-", stdin: [])
    try #require(made.status == 0, "\(made.stderr)")
    return setting
  }

  @Test func onABrickOfThisMachineItIsMadeAnew() throws {
    let setting = try prepared()
    try leave(in: setting.near)
    let run = try setting.replay("--volfile", setting.nearGraph, "-", stdin: try lines())
    #expect(run.status == 0, "\(run.text)\(run.stderr)")
    for what in ["directory \"d\"", "symlink \"s\"", "file \"g\""] {
      #expect(run.stderr.contains("the empty \(what) in \(root) had no GFID"), "\(run.stderr)")
    }
    try #require(try setting.replay("--init", "-", setting.native, stdin: lines()).status == 0)
    #expect(try setting.differences(setting.native, setting.near) == "")
  }

  /// Whatever is not just that stays.
  @Test func whatSomebodyMayNeedIsLeftAlone() throws {
    let setting = try prepared()
    let (near, graph) = (setting.near, setting.nearGraph)
    try system(["mkdir", "-p", near + "/d/mine"])
    try system(["ln", "-s", "d/other", near + "/s"])
    try system(["touch", near + "/g"])
    try system(["ln", near + "/g", near + "/hard"])
    let run = try setting.replay("--volfile", graph, "-", stdin: try lines())
    #expect(run.status != 0)
    #expect(!run.stderr.contains("taken away"), "\(run.stderr)")
    for name in ["/d/mine", "/g", "/hard"] {
      #expect(FileManager.default.fileExists(atPath: near + name), "\(name)")
    }
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: near + "/s") == "d/other")
    // Something in it, another type, a dry run, or a name that no request makes.
    let other = try prepared()
    try Data([7]).write(to: URL(fileURLWithPath: other.near + "/g"))
    try system(["touch", other.near + "/d", other.near + "/nobody"])
    for option in [["--dry-run"], []] {
      let run = try runTool(
        "jbr-replay", option + ["--volfile", other.nearGraph, "-"], stdin: try lines())
      #expect(run.status != 0)
      #expect(!run.stderr.contains("taken away"), "\(run.stderr)")
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: other.near + "/g")) == Data([7]))
    for name in ["/d", "/nobody"] {
      #expect(FileManager.default.fileExists(atPath: other.near + name), "\(name)")
    }
    let dry = try prepared()
    try leave(in: dry.near)
    _ = try dry.replay("--dry-run", "--volfile", dry.nearGraph, "-", stdin: try lines())
    #expect(FileManager.default.fileExists(atPath: dry.near + "/g"))
  }

  /// A brick, and the undo file of a replay that was cut off before it had made anything; a copy of
  /// the brick before the replay.
  private func cutOff() throws -> (setting: GlusterSetting, undo: String, before: String) {
    let setting = try prepared()
    let (undo, before) = (setting.path("undo"), setting.path("before"))
    try system(["cp", "-a", "--preserve=all", setting.near, before])
    let run = try setting.replay(
      "--undo", undo, "--volfile", setting.nearGraph, "-", stdin: try lines())
    try #require(run.status == 0, "\(run.stderr)")
    // The brick as it was, and the file up to the last mark that something may be touched.
    try system(["find", setting.near, "-mindepth", "1", "-delete"])
    try system(["cp", "-a", "--preserve=all", before + "/.", setting.near])
    let kept = try String(contentsOfFile: undo, encoding: .utf8).split(separator: "\n")
    let last = try #require(kept.lastIndex { $0.contains("\"mark\":\"begin\"") })
    try (kept[...last].joined(separator: "\n") + "\n")
      .write(toFile: undo, atomically: false, encoding: .utf8)
    return (setting, undo, before)
  }

  @Test(arguments: [true, false])
  private func aReplayThatWasCutOffIsUndoneWithIt(throughGraph: Bool) throws {
    let (setting, undo, before) = try cutOff()
    let way = (throughGraph ? ["--volfile", setting.nearGraph] : []) + ["undo", undo]
    try leave(in: setting.near)
    // Undoing that may not be done touches nothing.
    #expect(try runTool("jbr-replay", way).status == 75)
    #expect(FileManager.default.fileExists(atPath: setting.near + "/g"))
    let undone = try runTool("jbr-replay", ["--unchecked"] + way)
    #expect(undone.status == 0, "\(undone.stderr)")
    for what in ["directory \"d\"", "symlink \"s\"", "file \"g\""] {
      let note = "the empty \(what) in \(root) had no GFID"
      #expect(undone.stderr.contains(note), "\(undone.stderr)")
    }
    #expect(try setting.differences(setting.near, before) == "")
  }

  /// What is no leftover stops the undoing, which names it.
  @Test func undoingNamesWhatIsInItsWay() throws {
    let (setting, undo, before) = try cutOff()
    try Data([7]).write(to: URL(fileURLWithPath: setting.near + "/g"))
    let stopped = try runTool("jbr-replay", ["--unchecked", "undo", undo])
    #expect(stopped.status == 75)
    #expect(
      stopped.stderr.contains("\"g\" in \(root) is taken by something without a GFID"),
      "\(stopped.stderr)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: setting.near + "/g")) == Data([7]))
    try system(["rm", setting.near + "/g"])
    let undone = try runTool("jbr-replay", ["undo", undo])
    #expect(undone.status == 0, "\(undone.stderr)")
    #expect(try setting.differences(setting.near, before) == "")
  }

  /// There GlusterFS has given it a GFID by the time that anybody could look.
  @Test func onAnotherBrickItIsNamed() throws {
    let setting = try GlusterSetting()
    try setting.startFar()
    try system(["touch", setting.far + "/g"])
    // GlusterFS waits a second for the maker of what has no GFID.
    try system(["touch", "-d", "yesterday", setting.far + "/g"])
    let run = try setting.replay("--volfile", setting.farGraph, "-", stdin: try lines())
    #expect(run.status == 74, "\(run.text)\(run.stderr)")
    #expect(run.stderr.contains("the empty file \"g\" in \(root) is not the one"), "\(run.stderr)")
    #expect(run.stderr.split(separator: "\n").count == 1, "\(run.stderr)")
    // What the message says, with a client that nobody needs to mount.
    setting.stopFar()
    try system(["rm", setting.far + "/g"])
    try system(["find", setting.far + "/.glusterfs", "-type", "f", "-links", "1", "-delete"])
    try setting.startFar()
    let again = try setting.replay("--volfile", setting.farGraph, "-", stdin: try lines())
    #expect(again.status == 0, "\(again.text)\(again.stderr)")
    #expect(again.stderr == "")
    try #require(try setting.replay("--init", "-", setting.native, stdin: lines()).status == 0)
    #expect(try setting.differences(setting.native, setting.far) == "")
  }

  /// The server goes with the tool, wherever it is.
  @Test func killedOverAndOverItIsFinished() throws {
    let setting = try prepared()
    let lines = try manyFiles(900)
    var next = 20
    for _ in 0..<12 {
      let tool = try RunningTool(
        "jbr-replay", ["--volfile", setting.nearGraph, "-"], stdin: lines, into: setting.directory)
      let place = setting.near + "/f\(next)"
      _ = tool.wait { FileManager.default.fileExists(atPath: place) }
      _ = try tool.end(SIGKILL)
      #expect(try setting.serversLeft() == "")
      next += 25
    }
    let run = try setting.replay("--volfile", setting.nearGraph, "-", stdin: lines)
    #expect(run.status == 0, "\(run.stderr)")
    try #require(try setting.replay("--init", "-", setting.native, stdin: lines).status == 0)
    #expect(try setting.differences(setting.native, setting.near) == "")
  }
}
