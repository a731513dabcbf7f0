import Foundation
import Testing

/// `--undo` and `undo` as a user starts them.
@Suite struct UndoToolTests {
  private struct Stage {
    let shop: Workshop
    let journal: String
    let sample: JournalSample

    var brick: String { shop.path + "/brick" }
    var undo: String { shop.path + "/undo" }

    init() throws {
      shop = try Workshop()
      sample = try JournalSample("40-fdl-one-fop-per-term")
      journal = sample.replicas[0]
    }

    func replay(_ arguments: String...) throws -> ToolRun {
      try runTool("jbr-replay", arguments + ["--journal", journal, brick])
    }
  }

  @Test func aReplayIsUndone() throws {
    let stage = try Stage()
    let first = try stage.replay("--init", "--term", "1..4")
    #expect(first.status == 0, "\(first.stderr)")
    let copy = stage.shop.path + "/copy"
    let (status, text) = try output(["cp", "-a", "--preserve=all", stage.brick, copy])
    #expect(status == 0, "\(text)")
    let run = try stage.replay("--undo", stage.undo, "--term", "5..")
    #expect(run.status <= 1, "\(run.stderr)")
    #expect(try words(run, "outcome").contains("applied"))
    #expect(try stage.shop.differences(stage.brick, copy) != "")
    let kept = [UInt8](try Data(contentsOf: URL(fileURLWithPath: stage.undo)))
    let tree = try TreeTimes(stage.brick)
    let dry = try runTool("jbr-replay", ["undo", "--dry-run", stage.undo])
    #expect(dry.status == 0, "\(dry.stderr)")
    #expect(try words(dry, "outcome").allSatisfy { $0.hasPrefix("would_be_") })
    #expect(try TreeTimes(stage.brick) == tree)
    let undo = try runTool("jbr-replay", ["undo", stage.undo])
    #expect(undo.status == 0, "\(undo.stderr)")
    #expect(try stage.shop.differences(stage.brick, copy) == "")
    #expect(try objects(undo).last?["objects"] as? Int == objects(undo).count - 1)
    let checked = try validate(kept + dry.stdout + undo.stdout)
    #expect(checked.status == 0, "\(checked.text)")
    let again = try runTool("jbr-replay", ["undo", stage.undo])
    #expect(again.status == 75)
    #expect(again.stderr.contains("was undone already"))
  }

  @Test func aBrickThatChangedIsLeftAlone() throws {
    let stage = try Stage()
    _ = try stage.replay("--init", "--term", "1..4")
    _ = try stage.replay("--undo", stage.undo, "--term", "5..12")
    let names = try FileManager.default.subpathsOfDirectory(atPath: stage.brick)
    let file = try #require(
      names.filter { !$0.hasPrefix(".glusterfs") }.sorted().last)
    #expect(chmod(stage.brick + "/" + file, 0o401) == 0)
    let times = try TreeTimes(stage.brick)
    let run = try runTool("jbr-replay", ["undo", stage.undo])
    #expect(run.status == 75)
    #expect(run.stdout.isEmpty)
    #expect(run.stderr.contains("was changed since"), "\(run.stderr)")
    #expect(try TreeTimes(stage.brick) == times)
  }

  @Test func anUndoFileIsNeverOverwritten() throws {
    let stage = try Stage()
    _ = try stage.replay("--init", "--undo", stage.undo, "--term", "1")
    let second = try stage.replay("--undo", stage.undo, "--term", "2")
    #expect(second.status == 73)
    #expect(second.stderr.contains("name another file"))
    let mine = stage.shop.path + "/mine"
    try Data("mine\n".utf8).write(to: URL(fileURLWithPath: mine))
    #expect(try stage.replay("--undo", mine, "--term", "2").status == 65)
    #expect(try String(contentsOfFile: mine, encoding: .utf8) == "mine\n")
    #expect(try runTool("jbr-replay", ["undo", mine]).status == 65)
    #expect(try runTool("jbr-replay", ["undo", stage.shop.path + "/none"]).status == 66)
    for arguments in [["undo", "--undo", "x", mine], ["--dry-run", "--undo", "x", "-", "b"]] {
      #expect(try runTool("jbr-replay", arguments).status == 64)
    }
    #expect(try runTool("jbr-replay", ["--unchecked", "-", "b"]).status == 64)
  }
}
