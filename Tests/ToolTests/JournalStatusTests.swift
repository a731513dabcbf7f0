import Foundation
import Testing

/// Exit statuses and error lines of `jbr-journal`.
@Suite struct JournalStatusTests {
  @Test func damageWinsAndTheOtherJournalsArePrinted() throws {
    let sample = try JournalSample("14-jbr3-quorum-loss")
    let meta = sample.replicas[1] + "/brick1-meta-1.jnl"
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: meta))
    try file.seek(toOffset: 0)
    try file.write(contentsOf: [0x4e, 200])
    try file.close()
    for command in ["dump", "stat", "verify"] {
      let journals = ["/nowhere"] + sample.replicas
      let run = try runTool("jbr-journal", [command] + journals)
      #expect(run.status == 65, "\(command)")
      #expect(run.stderr.contains("jbr-journal: /nowhere: cannot open: No such file"))
      for journal in sample.replicas { #expect(run.text.contains(journal)) }
      if command == "verify" { continue }
      #expect(
        run.stderr.contains(
          "brick1-meta-1.jnl: fop_type at offset 1: 200 is not a known fop"), "\(run.stderr)")
    }
    let limited = try runTool("jbr-journal", ["dump", "--limit", "0", sample.replicas[1]])
    #expect(limited.status == 65)
  }

  @Test func aTornTailIsNoDamage() throws {
    let sample = try JournalSample("04-fdl-torn")
    for (command, status) in [("dump", 0), ("stat", 0), ("verify", 1)] as [(String, Int32)] {
      let run = try runTool("jbr-journal", [command] + sample.replicas)
      #expect(run.status == status)
      if command != "verify" { #expect(run.stderr.contains("at offset 1413: ends in a torn")) }
    }
  }

  @Test(
    arguments: [
      (["dump", "--since", "yesterday", "/"], 64), (["dump", "--state", "x", "/"], 64),
      (["dump", "--index", "9..1", "/"], 64), (["dump", "--fop", "nope", "/"], 64),
      (["dump", "--touch", "1", "/"], 64), (["dump", "--limit", "x", "/"], 64), (["dump"], 64),
      (["stat", "--top", "99999999999999999999", "/"], 64), (["nonsense"], 64),
      (["dump", "--request", "1", "/"], 64), (["dump", "/nowhere"], 66), (["dump", "/"], 66),
      (["verify", "/dev/null"], 66), (["import", "--format", "xml", "x"], 64),
      (["dump", "--fop", "list"], 0), (["--version"], 0), (["--help"], 0),
    ] as [([String], Int32)])
  func aStatusSaysWhatWentWrong(arguments: [String], status: Int32) throws {
    let run = try runTool("jbr-journal", arguments)
    #expect(run.status == status)
    #expect(run.stderr.isEmpty == (status == 0))
  }

  @Test func whatCannotBeAJournalIsNamed() throws {
    let sample = try JournalSample("62-fdl-page-multiple")
    let folder = sample.directory + "/bad"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    func make(_ name: String, _ content: String) throws {
      try content.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }
    try make("a-meta-1.jnl", "")
    let alone = try runTool("jbr-journal", ["dump", folder])
    #expect(alone.status == 65 && alone.stderr.contains("a-data-1.jnl"))
    try make("a-data-1.jnl", "")
    #expect(try runTool("jbr-journal", ["verify", folder]).status == 0)
    try make("a-data-1.jnl", "not of this pair")
    #expect(try runTool("jbr-journal", ["verify", folder]).status == 65)
    try make("a-meta-1.jnl", "nonsense")
    let run = try runTool("jbr-journal", ["dump", folder])
    #expect(run.status == 65 && run.stderr.contains("event_type at offset 0"))
  }

  @Test func payloadsGoIntoFilesThatAreNeverOverwritten() throws {
    let sample = try JournalSample("04-fdl-torn")
    let folder = sample.directory + "/payloads"
    let dump = { try runTool("jbr-journal", ["dump", "--payload", folder] + sample.replicas) }
    let run = try dump()
    #expect(run.status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(names.count == 8 && names.contains("1-1-3.bin"))
    let copy = sample.directory + "/copy"
    let imported = try runTool(
      "jbr-journal", ["import", "--format", "fdl", copy], stdin: run.stdout)
    #expect(imported.status == 0, "\(imported.stderr)")
    #expect(try JournalSample.files(copy) == JournalSample.files(sample.replicas[0]))
    #expect(try dump().status == 73)
  }
}
