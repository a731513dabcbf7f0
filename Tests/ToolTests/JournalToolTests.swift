import Foundation
import JBRCore
import Testing

@Suite struct JournalToolTests {
  static let samples = [
    "04-fdl-torn", "14-jbr3-quorum-loss", "15-jbr3-quorum100-rollback", "17-jbr3-leader-restart",
    "40-fdl-one-fop-per-term", "41-fdl16-one-fop-per-term", "62-fdl-page-multiple",
  ]

  @Test(arguments: samples) func theToolsOutputIsAsRecorded(name: String) throws {
    let sample = try JournalSample(name)
    for (index, replica) in sample.replicas.enumerated() {
      let commands: [(String, [String])] = [
        ("dump", ["dump", "--payload", "none"]), ("verify", ["verify"]),
        ("stat", ["stat", "--top", "3"]),
        ("table", ["dump", "--format", "table", "--limit", "40"]),
      ]
      for (command, arguments) in commands where index == 0 || command != "dump" {
        let run = try runTool("jbr-journal", arguments + [replica])
        try expectGolden(
          goldenText(run, without: sample.directory), "journal/\(name)-\(index)-\(command).txt")
        if command == "table" { continue }
        let (status, text) = try validate(run.stdout)
        #expect(status == 0, "\(text)")
      }
    }
  }

  @Test(arguments: samples) func aDumpIsImportedAsTheSameBytes(name: String) throws {
    try expectRoundTrip(try JournalSample(name))
  }

  @Test func allSharedJournalsAreImportedAsTheSameBytes() throws {
    let folder = repository + "/../shared/journals"
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      FileHandle.standardError.write(
        Data("note: ../shared/journals is not there; only Tests/Samples were tried\n".utf8))
      return
    }
    for name in names.sorted() where name.hasSuffix(".tar.zst") {
      try expectRoundTrip(try JournalSample(archive: folder + "/" + name))
    }
  }

  private func expectRoundTrip(_ sample: JournalSample) throws {
    for replica in sample.replicas {
      let dump = try runTool("jbr-journal", ["dump", "--payload", "base64", replica])
      #expect(dump.status == 0)
      let copy = sample.directory + "/copy"
      let run = try runTool("jbr-journal", ["import", "--format", "fdl", copy], stdin: dump.stdout)
      #expect(run.status == 0 && run.stderr.isEmpty, "\(run.stderr)")
      #expect(try JournalSample.files(copy) == JournalSample.files(replica), "\(replica)")
      try FileManager.default.removeItem(atPath: copy)
    }
  }

  @Test func aFilteredDumpIsImportedAsAClosedJournalOfThoseRequests() throws {
    let sample = try JournalSample("17-jbr3-leader-restart")
    let select = ["--term", "2", "--fop", "create,writev"]
    let dump = try runTool(
      "jbr-journal", ["dump", "--payload", "base64"] + select + [sample.replicas[0]])
    let copy = sample.directory + "/copy"
    #expect(
      try runTool(
        "jbr-journal", ["import", "--format", "fdl", copy], stdin: dump.stdout
      ).status == 0)
    let again = try runTool("jbr-journal", ["dump", "--payload", "base64", copy])
    let fops = again.text.split(separator: "\n").count { $0.contains(#""type":"request""#) }
    #expect(fops == dump.text.split(separator: "\n").count && fops == 30)
    #expect(try runTool("jbr-journal", ["verify", copy]).status == 0)
  }

  @Test func importOverwritesNothingAndLeavesNothingHalfWritten() throws {
    let sample = try JournalSample("62-fdl-page-multiple")
    let replica = sample.replicas[0]
    let before = try JournalSample.files(replica)
    let dump = try runTool("jbr-journal", ["dump", "--payload", "base64", replica])
    let refused = try runTool(
      "jbr-journal", ["import", "--format", "fdl", replica], stdin: dump.stdout)
    #expect(refused.status == 73)
    #expect(try JournalSample.files(replica) == before)
    let broken = Array(dump.stdout.dropLast(50)) + Array("}\n".utf8)
    let copy = sample.directory + "/copy"
    let failed = try runTool("jbr-journal", ["import", "--format", "fdl", copy], stdin: broken)
    #expect(failed.status == 65 && failed.stderr.contains("line "))
    let left = try FileManager.default.contentsOfDirectory(atPath: sample.directory)
    #expect(left == [sample.name])
  }

  @Test func severalJournalsAreNotImportedAsOne() throws {
    let sample = try JournalSample("14-jbr3-quorum-loss")
    let dump = try runTool("jbr-journal", ["dump", "--payload", "base64"] + sample.replicas)
    let run = try runTool(
      "jbr-journal", ["import", "--format", "fdl", sample.directory + "/copy"],
      stdin: dump.stdout)
    #expect(run.status == 65 && run.stderr.contains("journal at line 126"), "\(run.stderr)")
  }

  @Test func aReverseDumpIsTheDumpReversed() throws {
    let sample = try JournalSample("17-jbr3-leader-restart")
    func lines(_ more: [String]) throws -> [Substring] {
      let run = try runTool(
        "jbr-journal",
        ["dump", "--payload", "base64", "--fop", "!ipc"] + more + [sample.replicas[0]])
      return run.text.split(separator: "\n")
    }
    let forward = try lines([])
    #expect(forward.count == 77)
    #expect(try lines(["--reverse"]) == forward.reversed())
    #expect(try lines(["--reverse", "--limit", "5"]) == forward.suffix(5).reversed())
    #expect(try lines(["--limit", "5"]) == forward.prefix(5)[...].map { $0 })
  }
}
