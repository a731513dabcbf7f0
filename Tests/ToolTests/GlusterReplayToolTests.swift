import Foundation
import GlusterTesting
import Testing

/// A run's lines without the name of the brick, which differs.
private func results(_ run: ToolRun) -> String {
  run.text.split(separator: ",").filter { !$0.hasPrefix("\"brick\":") }.joined(separator: ",")
}

/// Real journals through a real GlusterFS: the same lines and the same brick as on disk.
@Suite struct GlusterReplayToolTests {
  private static let shipped = [
    "04-fdl-torn", "40-fdl-one-fop-per-term", "41-fdl16-one-fop-per-term", "62-fdl-page-multiple",
  ]
  private static let large = [
    "01-fdl-allops-fuse", "02-fdl-allops-gfapi", "05-fdl-hugewrite", "10-jbr3-allops-fuse",
    "13-jbr3-follower-down", "50-fdl16-allops-fuse",
  ]

  @Test(arguments: shipped + large)
  func aJournalGivesTheSameBrickAndTheSameLines(name: String) throws {
    let beside = repository + "/../shared/journals/\(name).tar.zst"
    let sample: JournalSample
    if Self.shipped.contains(name) {
      sample = try JournalSample(name)
    } else if FileManager.default.fileExists(atPath: beside) {
      sample = try JournalSample(archive: beside)
    } else {
      print("NOTE: \(name) is not in ../shared/journals, and is not tried.")
      return
    }
    let journal = sample.replicas[0]
    let setting = try GlusterSetting()
    try setting.startFar()
    let (near, far) = (setting.nearGraph, setting.farGraph)
    let native = try setting.replay("--init", "--journal", journal, setting.native)
    let first = try setting.replay("--init", "--journal", journal, "--volfile", near)
    let dryRun = try setting.replay("--dry-run", "--journal", journal, "--volfile", far)
    #expect(results(dryRun).replacing("would_apply", with: "") != results(native))
    let second = try setting.replay("--journal", journal, "--volfile", far)
    for run in [first, second] {
      #expect(run.status == native.status, "\(run.stderr)")
      #expect(results(run) == results(native))
      #expect(run.stderr == native.stderr)
    }
    #expect(try validate(first.stdout + dryRun.stdout).status == 0)
    #expect(try setting.serversLeft() == "")
    #expect(try setting.differences(setting.native, setting.near, setting.far) == "")
    // Again: nothing is done, and nothing changes.
    let before = [try TreeTimes(setting.near), try TreeTimes(setting.far)]
    for graph in [near, far] {
      let again = try setting.replay("--journal", journal, "--volfile", graph)
      #expect(try again.lines.last?.number("applied") == 0)
      #expect(try again.lines.last?.number("bytes") == 0)
      #expect(again.status == native.status)
    }
    #expect([try TreeTimes(setting.near), try TreeTimes(setting.far)] == before)
  }

  @Test func aDryRunSaysWhatWouldBeDoneAndChangesNothing() throws {
    let setting = try GlusterSetting()
    let journal = try JournalSample("40-fdl-one-fop-per-term")
    let replica = journal.replicas[0]
    try setting.startFar()
    let before = try TreeTimes(setting.far)
    let far = try setting.replay("--dry-run", "--journal", replica, "--volfile", setting.farGraph)
    let near = try setting.replay(
      "--dry-run", "--init", "--journal", replica, "--volfile", setting.nearGraph)
    #expect(!FileManager.default.fileExists(atPath: setting.near))
    #expect(try TreeTimes(setting.far) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: setting.far) == [".glusterfs"])
    let native = try setting.replay("--init", "--journal", replica, setting.native)
    for run in [near, far] {
      #expect(run.status == 0)
      let outcomes = try run.lines.compactMap { $0.text("outcome") }
      #expect(outcomes.contains("would_apply"))
      #expect(
        try outcomes.map { $0 == "would_apply" ? "applied" : $0 }
          == native.lines.compactMap { $0.text("outcome") })
    }
    // Of a brick that has it all, through GlusterFS and with its server stopped.
    try #require(
      try setting.replay("--journal", replica, "--volfile", setting.farGraph).status == 0)
    let done = try setting.replay("--dry-run", "--journal", replica, "--volfile", setting.farGraph)
    #expect(try done.lines.last?.number("would_apply") == 0)
    #expect(!FileManager.default.fileExists(atPath: setting.farGraph + ".results"))
  }

  /// Appends and sums depend on what was there: what they came to is written down before.
  @Test func appendsAndSumsOfOlderObjectsAreNotDoneTwice() throws {
    let setting = try GlusterSetting()
    try setting.startFar()
    let older = try MadeRequest.create(MadeRequest.root, [97], 1).line()
    let begin = try MadeRequest.write(1, at: 0, [1, 2, 3]).line()
    let append = begin.replacing("\"flags\":32769", with: "\"flags\":33793")
    let sum = """
      {"type":"request","id":"1\\/1","fop":"xattrop","optype":0,\
      "loc":{"gfid":"\(MadeRequest.gfid(1))"},"xdata":[],\
      "dict":[{"key":"trusted.sum","value":{"base64":"AAAAAwAAAAQ="}}]}
      """
    let rest = numbered([append, sum])
    for (target, brick) in [
      ([setting.native], setting.native),
      (["--volfile", setting.nearGraph], setting.near),
      (["--volfile", setting.farGraph], setting.far),
    ] {
      let create = brick == setting.far ? [] : ["--init"]
      let made = try runTool(
        "jbr-replay", create + ["-"] + target, stdin: numbered([older, begin]))
      try #require(made.status == 0, "\(made.stderr)")
      for applied in [2, 0] {
        let run = try runTool("jbr-replay", ["-"] + target, stdin: rest)
        #expect(run.status == 0, "\(run.stderr)")
        #expect(try run.lines.last?.number("applied") == applied)
      }
      let content = try Data(contentsOf: URL(fileURLWithPath: brick + "/a"))
      #expect(Array(content) == [1, 2, 3, 1, 2, 3])
    }
    #expect(try setting.differences(setting.native, setting.near, setting.far) == "")
    // The same brick on disk has the same record: also this way it is done once.
    let native = try setting.replay("-", setting.near, stdin: rest)
    #expect(try native.lines.last?.number("applied") == 0)
    let record = try String(contentsOfFile: setting.farGraph + ".results", encoding: .utf8)
    #expect(record.hasPrefix("brick 127.0.0.1:"))
    #expect(record.split(separator: "\n").count == 3)
  }

  @Test func aRecordOfAnotherBrickIsRefused() throws {
    let setting = try GlusterSetting()
    try setting.startFar()
    let file = setting.path("results")
    try Data("brick elsewhere\n1/1 x offset 3\n".utf8).write(to: URL(fileURLWithPath: file))
    let run = try setting.replay(
      "--results", file, "--volfile", setting.farGraph, "-", stdin: try manyFiles(1))
    #expect(run.status == 77)
    #expect(run.stderr.contains("results: at line 1: is the record of another brick"))
    #expect(run.stdout.isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: setting.far) == [".glusterfs"])
  }

  @Test(arguments: [
    ["--volfile", "F", "brick"], ["--volfile", "F", "-", "brick"], ["--volfile", "F"],
    ["--journal", "j", "--volfile", "F", "-"], ["--journal", "j", "--results", "r", "brick"],
  ])
  func wrongUseIsToldFromTrouble(arguments: [String]) throws {
    let run = try runTool("jbr-replay", arguments)
    #expect(run.status == 64)
    #expect(run.stdout.isEmpty)
  }

  @Test func optionsThatAreForOtherBricksAreWrongUse() throws {
    let setting = try GlusterSetting()
    let journal = ["--journal", "j"]
    for arguments in [
      ["--init", "--volfile", setting.farGraph],
      ["--results", "r", "--volfile", setting.nearGraph],
    ] {
      // Its own server's graph lies beside it, and is on no Unix socket.
      let run = try runTool("jbr-replay", journal + arguments)
      #expect(run.status == 64, "\(run.stderr)")
    }
    let none = try runTool("jbr-replay", journal + ["--volfile", setting.path("none.vol")])
    #expect(none.status == 66)
  }
}
