import Foundation
import Testing

@Suite struct ReplayToolTests {
  @Test func aJournalAndItsLinesGiveTheSameBrick() throws {
    let shop = try Workshop()
    let sample = try JournalSample("04-fdl-torn")
    let journal = sample.replicas[0]
    let (first, second) = (shop.path + "/first", shop.path + "/second")
    let dryRun = try runTool(
      "jbr-replay", ["--dry-run", "--init", "--journal", journal, first])
    #expect(!FileManager.default.fileExists(atPath: first))
    let run = try runTool("jbr-replay", ["--init", "--journal", journal, first])
    #expect(run.status == 0)
    #expect(run.stderr.contains("ends in a torn record"))
    #expect(
      try words(dryRun, "outcome").map { $0 == "would_apply" ? "applied" : $0 }
        == words(run, "outcome"))
    let checked = try validate(run.stdout + dryRun.stdout)
    #expect(checked.status == 0, "\(checked.text)")
    let dump = try runTool("jbr-journal", ["dump", "--payload", "base64", journal])
    let fromLines = try runTool("jbr-replay", ["--init", "-", second], stdin: dump.stdout)
    #expect(fromLines.status == 0)
    #expect(try shop.differences(first, second) == "")
    let again = try runTool("jbr-replay", ["--journal", journal, first])
    #expect(try objects(again).last?["applied"] as? Int == 0)
  }

  @Test func whatTheRulesRefuseEndsInOne() throws {
    let shop = try Workshop()
    let sample = try JournalSample("41-fdl16-one-fop-per-term")
    let brick = shop.path + "/brick"
    let run = try runTool("jbr-replay", ["--init", "--journal", sample.replicas[0], brick])
    #expect(run.status == 1)
    let refused = try objects(run).filter { $0["outcome"] as? String == "refused" }
    #expect(refused.map { $0["id"] as? String } == ["12/1"])
    #expect(refused.first?["errno"] as? String == "ENOSYS")
    #expect(try validate(run.stdout).status == 0)
  }

  @Test func aMissingObjectStopsIt() throws {
    let shop = try Workshop()
    let sample = try JournalSample("40-fdl-one-fop-per-term")
    let journal = sample.replicas[0]
    let brick = shop.path + "/brick"
    // Term 1 makes the directory in which term 2 creates; without it nothing is found.
    let stopped = try runTool(
      "jbr-replay", ["--init", "--term", "2..5", "--journal", journal, brick])
    #expect(stopped.status == 74)
    // All that would fail is told, and nothing is touched.
    #expect(try words(stopped, "outcome") == ["failed", "failed", "failed", "failed"])
    #expect(try words(stopped, "errno") == ["ESTALE", "ESTALE", "ESTALE", "ESTALE"])
    #expect(try objects(stopped).last?["stopped"] as? Bool == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: brick) == [".glusterfs"])
    let all = try runTool(
      "jbr-replay", ["--keep-going", "--term", "2..5", "--journal", journal, brick])
    #expect(all.status == 74)
    #expect(try words(all, "outcome").count == 4)
    #expect(try validate(stopped.stdout + all.stdout).status == 0)
  }

  @Test func onlyBricksAreTouched() throws {
    let shop = try Workshop()
    let sample = try JournalSample("40-fdl-one-fop-per-term")
    let journal = sample.replicas[0]
    let file = shop.path + "/file"
    try Data("mine".utf8).write(to: URL(fileURLWithPath: file))
    for arguments in [["--init"], []] {
      for target in [shop.path, file, shop.path + "/none/below"] {
        let run = try runTool("jbr-replay", arguments + ["--journal", journal, target])
        #expect([66, 73].contains(run.status), "\(run.stderr)")
        #expect(run.stdout.isEmpty)
        #expect(run.stderr.split(separator: "\n").count == 1, "\(run.stderr)")
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: shop.path) == ["file"])
  }

  @Test func damageChangesNothing() throws {
    let shop = try Workshop()
    let sample = try JournalSample("40-fdl-one-fop-per-term")
    let journal = sample.replicas[0]
    let meta = journal + "/brick0-meta-3.jnl"
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: meta)))
    bytes[1] = 200
    try Data(bytes).write(to: URL(fileURLWithPath: meta))
    let brick = shop.path + "/brick"
    let run = try runTool("jbr-replay", ["--init", "--journal", journal, brick])
    #expect(run.status == 65)
    #expect(run.stderr.contains("brick0-meta-3.jnl: fop_type at offset 1: 200 is not a known fop"))
    #expect(!FileManager.default.fileExists(atPath: brick))
    let goesOn = try runTool(
      "jbr-replay", ["--init", "--keep-going", "--journal", journal, brick])
    #expect(goesOn.status == 65)
    #expect(try words(goesOn, "outcome").contains("applied"))
  }

  @Test(arguments: [
    ["brick"], ["--journal", "j"], ["-", "a", "b"], ["--reverse", "--journal", "j", "b"],
    ["--since", "2020-01-01T00:00:00Z", "-", "b"], ["--state", "committed", "-", "b"],
    ["--request", "x", "-", "b"], ["--rate", "0", "-", "b"], ["--rate", "fast", "-", "b"],
    ["--rate", "9999999999G", "-", "b"],
  ])
  func wrongUseIsToldFromTrouble(_ arguments: [String]) throws {
    let run = try runTool("jbr-replay", arguments)
    #expect(run.status == 64)
    #expect(run.stdout.isEmpty)
  }

  @Test func anFDLJournalHasNeitherStatesNorTimes() throws {
    let shop = try Workshop()
    let sample = try JournalSample("40-fdl-one-fop-per-term")
    let journal = sample.replicas[0]
    for option in [["--since", "2020-01-01T00:00:00Z"], ["--state", "committed"]] {
      let run = try runTool(
        "jbr-replay", option + ["--init", "--journal", journal, shop.path + "/brick"])
      #expect(run.status == 64)
      #expect(run.stdout.isEmpty)
    }
  }

  @Test func badLinesNameTheirNumber() throws {
    let shop = try Workshop()
    let brick = shop.path + "/brick"
    let noPayload = """
      {"type":"other"}
      {"type":"request","id":"1/1","fop":"writev","fd":"00000000-0000-0000-0000-000000000005",\
      "length":3,"offset":0,"flags":0,"xdata":[]}

      """
    for (lines, text) in [
      (noPayload, "line 2"), ("{\"type\":\"request\"}\n", "line 1"), ("x\n", "line 1"),
    ] {
      let run = try runTool("jbr-replay", ["--init", "-", brick], stdin: [UInt8](lines.utf8))
      #expect(run.status == 65)
      #expect(run.stderr.contains(text), "\(run.stderr)")
      #expect(!FileManager.default.fileExists(atPath: brick))
    }
  }

  @Test func eachOptionIsInTheManPage() throws {
    let page = try String(contentsOfFile: repository + "/man/jbr-replay.1", encoding: .utf8)
    let help = try runTool("jbr-replay", ["--help"]).text
    for line in help.split(separator: "\n") where line.hasPrefix("  -") {
      for word in line.split(whereSeparator: { " ,".contains($0) }) where word.hasPrefix("--") {
        #expect(page.contains("Fl -\(word.dropFirst(2))"), "\(word)")
      }
    }
  }
}
