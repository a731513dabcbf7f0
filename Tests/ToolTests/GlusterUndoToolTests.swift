import Foundation
import GlusterTesting
import Testing

/// `--undo` and `undo` with `--volfile`, as a user starts them.
@Suite struct GlusterUndoToolTests {
  /// What a replay goes onto, and how undoing names it.
  private enum Side: CaseIterable {
    case near, far
    func graph(_ setting: GlusterSetting) -> String {
      self == .near ? setting.nearGraph : setting.farGraph
    }
    func brick(_ setting: GlusterSetting) -> String {
      self == .near ? setting.near : setting.far
    }
  }

  private func copy(_ brick: String, _ setting: GlusterSetting) throws -> String {
    let copy = setting.path("copy")
    let (status, text) = try output(["cp", "-a", "--preserve=all", brick, copy])
    try #require(status == 0, "\(text)")
    return copy
  }

  /// Of everything but GlusterFS' own directory; the tool's graphs have no part in it.
  private func modificationTimes(_ brick: String) throws -> String {
    try output([
      "find", brick, "-path", brick + "/.glusterfs", "-prune", "-o", "-printf", "%P %T@\n",
    ]).text
  }

  /// What the manuals say: neither GlusterFS nor undoing removes the directories of handles.
  @Test func theDirectoriesOfHandlesStay() throws {
    let setting = try GlusterSetting()
    let sample = try JournalSample("jbr-v1")
    let journal = ["--no-states", "--journal", sample.directory + "/jbr-v1"]
    let handle = "/.glusterfs/62/7f/627f3e4c-da96-4ebf-a6b5-86feb84a4441"
    func expectEmpty(_ brick: String, _ what: String) throws {
      let directory = (brick + handle as NSString).deletingLastPathComponent
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [], "\(what)")
    }
    let served = try runTool(
      "jbr-replay",
      ["--init", "--volfile", setting.nearGraph, "--term", "1", "--index", "..2"] + journal)
    #expect(served.status == 0, "\(served.stderr)")
    #expect(FileManager.default.fileExists(atPath: setting.near + handle))
    let unlink = """
      {"type":"request","id":"1/9","fop":"unlink","flags":0,"xdata":[],"loc":{"name":"f1",\
      "gfid":"627f3e4c-da96-4ebf-a6b5-86feb84a4441",\
      "parent":"af303409-76d9-4194-a86d-7e73b6ed3a55"}}

      """
    let removed = try setting.replay("--volfile", setting.nearGraph, "-", stdin: Array(unlink.utf8))
    #expect(removed.status == 0, "\(removed.stderr)")
    try expectEmpty(setting.near, "GlusterFS removed the file")
    let (native, undo) = (setting.native, setting.path("undo"))
    for command in [
      ["--init", "--request", "1/1"] + journal + [native],
      ["--undo", undo, "--request", "1/2"] + journal + [native], ["undo", undo],
    ] {
      let run = try runTool("jbr-replay", command)
      #expect(run.status == 0, "\(run.stderr)")
    }
    try expectEmpty(native, "the file was undone")
  }

  @Test(arguments: Side.allCases)
  private func aReplayIsUndone(side: Side) throws {
    let setting = try GlusterSetting()
    let sample = try JournalSample("40-fdl-one-fop-per-term")
    let journal = ["--journal", sample.replicas[0], "--volfile", side.graph(setting)]
    if side == .far { try setting.startFar() }
    let undo = setting.path("undo")
    let first = try runTool(
      "jbr-replay", (side == .near ? ["--init"] : []) + ["--term", "1..4"] + journal)
    #expect(first.status == 0, "\(first.stderr)")
    let before = try copy(side.brick(setting), setting)
    let times = try modificationTimes(side.brick(setting))
    let run = try runTool("jbr-replay", ["--undo", undo, "--term", "5.."] + journal)
    #expect(run.status <= 1, "\(run.stderr)")
    #expect(try words(run, "outcome").contains("applied"))
    #expect(try setting.differences(side.brick(setting), before) != "")
    let kept = [UInt8](try Data(contentsOf: URL(fileURLWithPath: undo)))
    let undoing = ["--volfile", side.graph(setting), "undo", undo]
    let dry = try runTool("jbr-replay", ["--dry-run"] + undoing)
    #expect(dry.status == 0, "\(dry.stderr)")
    #expect(try words(dry, "outcome").allSatisfy { $0.hasPrefix("would_be_") })
    let undone = try runTool("jbr-replay", undoing)
    #expect(undone.status == 0, "\(undone.stderr)")
    #expect(try words(undone, "outcome").count > 3)
    #expect(try setting.differences(side.brick(setting), before) == "")
    #expect(try modificationTimes(side.brick(setting)) == times)
    let checked = try validate(kept + dry.stdout + undone.stdout)
    #expect(checked.status == 0, "\(checked.text)")
    #expect(try setting.serversLeft() == "" || side == .far)
    let again = try runTool("jbr-replay", undoing)
    #expect(again.status == 75)
    #expect(again.stderr.contains("was undone already"))
  }

  /// A brick of this machine is the same one, however it is reached.
  @Test func whatWasDoneOneWayIsUndoneTheOther() throws {
    let setting = try GlusterSetting(volumeID: "3f2504e0-4f89-41d3-9a0c-0305e82c3301")
    let lines = try manyFiles(20)
    let made = try setting.replay("--init", "--volfile", setting.nearGraph, "-", stdin: lines)
    try #require(made.status == 0, "\(made.stderr)")
    let before = try copy(setting.near, setting)
    let more = numbered([
      try MadeRequest.write(3, at: 1, [1, 2, 3]).line(),
      try MadeRequest.mkdir(MadeRequest.root, [100], 50).line(),
      try MadeRequest.create(MadeRequest.gfid(50), [102], 51).line(),
    ])
    let undo = setting.path("undo")
    let ways = [["--volfile", setting.nearGraph, "-"], ["-", setting.near]]
    let undoWays = [["undo", undo], ["--volfile", setting.nearGraph, "undo", undo]]
    for (way, undoWay) in zip(ways, undoWays) {
      let run = try runTool("jbr-replay", ["--undo", undo] + way, stdin: more)
      #expect(run.status == 0, "\(run.stderr)")
      #expect(try setting.differences(setting.near, before) != "")
      let undone = try runTool("jbr-replay", undoWay)
      #expect(undone.status == 0, "\(undone.stderr)")
      #expect(try setting.differences(setting.near, before) == "")
      try FileManager.default.removeItem(atPath: undo)
    }
  }

  @Test func itIsUndoneOnItsOwnBrickOnly() throws {
    let setting = try GlusterSetting()
    let lines = try manyFiles(3)
    let made = try setting.replay("--init", "--volfile", setting.nearGraph, "-", stdin: lines)
    try #require(made.status == 0, "\(made.stderr)")
    let (status, text) = try output([
      "cp", "-a", "--preserve=all", setting.near + "/.", setting.far,
    ])
    try #require(status == 0, "\(text)")
    try setting.startFar()
    let undo = setting.path("undo")
    let more = numbered([try MadeRequest.write(3, at: 1, [1, 2, 3]).line()])
    let run = try setting.replay(
      "--undo", undo, "--volfile", setting.farGraph, "-", stdin: more)
    #expect(run.status == 0, "\(run.stderr)")
    let head = try String(contentsOfFile: undo, encoding: .utf8).prefix { $0 != "\n" }
    #expect(head.contains("\"location\":\"<POSIX(\(setting.far)):"), "\(head)")
    // Without a graph nobody knows how to reach it, and another brick is another brick.
    let bare = try setting.replay("undo", undo)
    #expect(bare.status == 64)
    #expect(bare.stderr.contains("give its --volfile"), "\(bare.stderr)")
    for unchecked in [[], ["--unchecked"]] {
      let near = try runTool(
        "jbr-replay", unchecked + ["--volfile", setting.nearGraph, "undo", undo])
      #expect(near.status == 75)
      #expect(near.stderr.contains("onto another brick"), "\(near.stderr)")
      let second = try setting.replay(
        "--undo", undo, "--volfile", setting.nearGraph, "-", stdin: more)
      #expect(second.status == 73, "\(second.stderr)")
    }
    // It is the same brick by another name.
    let graph = try String(contentsOfFile: setting.farGraph, encoding: .utf8)
    let other = setting.path("other.vol")
    try graph.replacing("127.0.0.1", with: "localhost")
      .write(toFile: other, atomically: true, encoding: .utf8)
    let undone = try setting.replay("--volfile", other, "undo", undo)
    #expect(undone.status == 0, "\(undone.stderr)")
    #expect(try setting.differences(setting.near, setting.far) == "")
  }

  /// Killed while it replays and while it undoes.
  @Test(arguments: Side.allCases)
  private func killedAnywhereItIsUndoneAllTheSame(side: Side) throws {
    let setting = try GlusterSetting()
    if side == .far { try setting.startFar() }
    let brick = side.brick(setting)
    let graph = ["--volfile", side.graph(setting)]
    let older = try runTool(
      "jbr-replay", (side == .near ? ["--init"] : []) + graph + ["-"], stdin: try manyFiles(3))
    try #require(older.status == 0, "\(older.stderr)")
    let before = try copy(brick, setting)
    let undo = setting.path("undo")
    let tool = try RunningTool(
      "jbr-replay", ["--undo", undo] + graph + ["-"], stdin: try manyFiles(400),
      into: setting.directory)
    try #require(tool.wait { FileManager.default.fileExists(atPath: brick + "/f40") })
    #expect(try tool.end(SIGKILL).signal == SIGKILL)
    #expect(try setting.serversLeft() == "" || side == .far)
    let refused = try runTool("jbr-replay", graph + ["undo", undo])
    #expect(refused.status == 75)
    #expect(refused.stderr.contains("--unchecked"), "\(refused.stderr)")
    let undoing = try RunningTool(
      "jbr-replay", ["--unchecked"] + graph + ["undo", undo], stdin: [],
      into: setting.directory)
    _ = undoing.wait { !FileManager.default.fileExists(atPath: brick + "/f40") }
    _ = try undoing.end(SIGKILL)
    let undone = try runTool("jbr-replay", graph + ["undo", undo])
    #expect(undone.status == 0 || undone.stderr.contains("undone already"), "\(undone.stderr)")
    #expect(try setting.differences(brick, before) == "")
  }
}
