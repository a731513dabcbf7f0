import Foundation
import Testing

/// Replays of jbr journals, which remember how far each request has come.
@Suite struct ReplayStateTests {
  let root = MadeRequest.root

  private struct Stage {
    let shop: Workshop
    let journals: JournalShop
    let journal: MadeJournal

    var brick: String { shop.path + "/brick" }

    func replay(_ arguments: String...) throws -> ToolRun {
      try runTool("jbr-replay", arguments + ["--journal", journal.path, brick])
    }

    func count(_ state: String) throws -> Int {
      try journal.run(["dump", "--state", state]).lines.count
    }
  }

  private func stage(_ requests: [MadeRequest]) throws -> Stage {
    let journals = try JournalShop()
    return Stage(
      shop: try Workshop(), journals: journals, journal: try journals.journal("j", requests))
  }

  /// A journal of six requests, four of them on one file in a directory.
  private func stage() throws -> Stage {
    let folder = MadeRequest.gfid(1)
    return try stage(
      [
        .mkdir(root, [UInt8](text: "d"), 1), .create(folder, [UInt8](text: "f"), 2),
        .write(2, at: 0, [UInt8](text: "hello")), .write(2, at: 5, [UInt8](text: " world")),
        .write(2, at: 0, [UInt8](text: "HELLO")), .symlink(root, [UInt8](text: "s"), "d/f", 3),
      ])
  }

  /// How the journal's states went, as `STATE FIRST..LAST`.
  private func changes(_ journal: MadeJournal) throws -> [String] {
    try objects(try journal.run(["dump"])).compactMap { object in
      guard object["event"] as? String == "state", let state = object["state"] as? String,
        let first = object["index"] as? Int, let last = object["last"] as? Int
      else { return nil }
      return "\(state) \(first)..\(last)"
    }
  }

  @Test func everyRequestComesToCommitted() throws {
    let stage = try stage()
    let (journal, brick) = (stage.journal, stage.brick)
    let dry = try stage.replay("--dry-run", "--init")
    #expect(dry.status == 0, "\(dry.stderr)")
    #expect(try changes(journal) == [])
    let run = try stage.replay("--init")
    #expect(run.status == 0, "\(run.stderr)")
    #expect(
      try words(run, "outcome") == [
        "applied", "applied", "skipped", "applied", "applied", "applied",
      ])
    #expect(try validate(run.stdout + dry.stdout).status == 0)
    #expect(try changes(journal).suffix(2) == ["in-progress 3..3", "committed 3..3"])
    #expect(try stage.count("committed") == 6)
    // All is final, so that the term can be sealed, and nothing changes any more.
    try journal.expect(["close", journal.path])
    let sealed = try changes(journal)
    let again = try stage.replay()
    #expect(again.status == 0, "\(again.stderr)")
    #expect(try words(again, "outcome").contains("applied") == false)
    #expect(try changes(journal) == sealed)
    #expect(try stage.shop.differences(brick) == "")
  }

  @Test func whatFailsStaysInProgress() throws {
    let stage = try stage()
    // The directory is left out, so that the file finds no parent; the symlink does.
    let run = try stage.replay("--init", "--keep-going", "--index", "2..6")
    #expect(run.status == 74)
    #expect(try words(run, "outcome").filter { $0 == "failed" }.count == 3)
    #expect(try stage.count("uncommitted") == 2)
    #expect(try stage.count("in-progress") == 3)
    #expect(try stage.count("committed") == 1)
    let whole = try stage.replay()
    #expect(whole.status == 0, "\(whole.stdout) \(whole.stderr)")
    #expect(try stage.count("committed") == 6)
  }

  @Test func nothingIsTouchedWhereOneWouldFail() throws {
    let stage = try stage()
    let (journal, brick) = (stage.journal, stage.brick)
    let run = try stage.replay("--init", "--index", "2..6")
    #expect(run.status == 74)
    #expect(try words(run, "outcome") == ["failed", "failed", "failed"])
    #expect(try words(run, "errno") == ["ESTALE", "ESTALE", "ESTALE"])
    #expect(try objects(run).last?["stopped"] as? Bool == true)
    #expect(try changes(journal) == [])
    #expect(!FileManager.default.fileExists(atPath: brick + "/s"))
  }

  @Test func whatIsInvalidIsReplayedByNameOnly() throws {
    let stage = try stage()
    let (journal, brick) = (stage.journal, stage.brick)
    try journal.setState("invalid", "6..6")
    let run = try stage.replay("--init")
    #expect(run.status == 0)
    #expect(run.stderr.contains("1 requests are invalid in the journal and left out"))
    let last = try #require(try objects(run).dropLast().last)
    #expect(last["id"] as? String == "1/6")
    #expect(last["outcome"] as? String == "skipped")
    #expect(last["reason"] as? String == "invalid")
    #expect(try objects(run).last?["requests"] as? Int == 6)
    #expect(try objects(run).last?["skipped"] as? Int == 2)
    #expect(try validate(run.stdout).status == 0)
    #expect(!FileManager.default.fileExists(atPath: brick + "/s"))
    for selector in [("--state", "invalid"), ("--index", "6")] {
      let skipped = try stage.replay(selector.0, selector.1)
      #expect(try words(skipped, "outcome") == ["skipped"])
    }
    let named = try stage.replay("--request", "1/6")
    #expect(try words(named, "outcome") == ["applied"])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: brick + "/s") == "d/f")
    #expect(try stage.count("invalid") == 1)
  }

  /// What may yet turn out not to have happened can wait for its mark: recorded as in-progress, a
  /// reconciliation takes it for agreed.
  @Test func whatIsNotAgreedIsLeftOutOnDemand() throws {
    let stage = try stage()
    // The leader's mark on the first three.
    let mark = Data([3] + [UInt8](repeating: 0, count: 15)).base64EncodedString()
    let event = """
      {"type":"event","event":"agreed","term":1,"index":1,"last":3,"by":"leader","body":"\(mark)"}

      """
    let lines = try stage.journal.run(["dump", "--payload", "base64"]).text + event
    let journal = MadeJournal(path: stage.journals.path("marked"))
    try journal.expect(["import", "--format", "jbr", journal.path], stdin: lines)
    func replay(_ arguments: String...) throws -> ToolRun {
      try runTool("jbr-replay", arguments + ["--journal", journal.path, stage.brick])
    }
    for options in [["--dry-run", "--init"], ["--init"], ["--no-states"]] {
      let run = try runTool(
        "jbr-replay", options + ["--agreed-only", "--journal", journal.path, stage.brick])
      #expect(run.status == 0, "\(run.stderr)")
      #expect(run.stderr.contains("3 requests are not known to have reached their quorum"))
      #expect(try words(run, "reason") == ["unagreed", "unagreed", "unagreed"])
      #expect(try words(run, "id") == (1...6).map { "1/\($0)" })
      #expect(try validate(run.stdout).status == 0)
    }
    #expect(try String(contentsOfFile: stage.brick + "/d/f", encoding: .utf8) == "hello")
    let states = { try changes(journal).filter { $0.hasPrefix("in-progress") } }
    #expect(try states() == ["in-progress 1..3"])
    let named = try replay("--request", "1/4")
    #expect(try words(named, "outcome") == ["applied"])
    let all = try replay()
    #expect(all.status == 0)
    #expect(all.stderr.contains("2 requests were not known to have reached their quorum"))
    #expect(try String(contentsOfFile: stage.brick + "/d/f", encoding: .utf8) == "HELLO world")
    // What is on its way needs no mark.
    #expect(try replay("--agreed-only").stderr.isEmpty)
  }

  /// An older request is not laid over a newer one that is on the brick.
  @Test func theOrderOfRequestsIsKept() throws {
    let stage = try stage()
    let brick = stage.brick
    _ = try stage.replay("--init", "--index", "1..2")
    let newer = try stage.replay("--index", "5..5")
    #expect(newer.status == 0, "\(newer.stderr)")
    let older = try stage.replay("--request", "1/3")
    #expect(older.status == 77)
    #expect(older.stderr.contains("1/3 is older than 1/5"), "\(older.stderr)")
    #expect(older.stderr.contains("select both"))
    #expect(try String(contentsOfFile: brick + "/d/f", encoding: .utf8) == "HELLO")
    // Other bytes of the file are another matter, and both together are judged by the fold.
    let beside = try stage.replay("--request", "1/4")
    #expect(beside.status == 0, "\(beside.stderr)")
    let both = try stage.replay("--index", "3..5")
    #expect(both.status == 0, "\(both.stderr)")
    #expect(try String(contentsOfFile: brick + "/d/f", encoding: .utf8) == "HELLO world")
    #expect(try stage.count("committed") == 5)
  }

  @Test func anotherBrickLeavesTheJournalAlone() throws {
    let stage = try stage()
    let (journal, brick) = (stage.journal, stage.brick)
    let run = try stage.replay("--no-states", "--init")
    #expect(run.status == 0, "\(run.stderr)")
    #expect(try changes(journal) == [])
    let other = stage.shop.path + "/other"
    _ = try runTool("jbr-replay", ["--init", "--journal", journal.path, other])
    #expect(try changes(journal) != [])
    #expect(try stage.shop.differences(brick, other) == "")
  }

  @Test func statesAndTimesSelect() throws {
    let stage = try stage()
    _ = try stage.replay("--init", "--index", "1..2")
    let rest = try stage.replay("--state", "uncommitted")
    #expect(try words(rest, "id") == ["1/3", "1/4", "1/5", "1/6"])
    #expect(rest.status == 0, "\(rest.stderr)")
    let none = try stage.replay("--until", "2020-01-01T00:00:00Z")
    #expect(none.status == 0)
    #expect(try words(none, "id").isEmpty)
  }

  /// What a sum came to is in the journal before the brick is touched, and counts from then on.
  @Test func theJournalRemembersSums() throws {
    let stage = try stage(
      [.create(root, [UInt8](text: "f"), 2), .add(2, "trusted.sum", [0, 0, 0, 5])])
    let (journal, brick) = (stage.journal, stage.brick)
    let run = try stage.replay("--init", "--index", "1")
    #expect(run.status == 0, "\(run.stderr)")
    let copy = try journal.copy("copy")
    for index in 0..<3 {
      let sum = try stage.replay("--index", "2")
      #expect(try words(sum, "outcome") == [index == 0 ? "applied" : "already_applied"])
    }
    let event = try #require(
      try objects(try journal.run(["dump"])).first { $0["results"] != nil })
    #expect(event["state"] as? String == "in-progress")
    #expect(try stage.shop.xattr(brick + "/f", "trusted.sum") == "00000005")
    // A server that died behind the journal's record, with the brick's own record lost.
    try FileManager.default.removeItem(atPath: brick + "/.glusterfs/jbr/results")
    #expect(
      try words(
        try stage.replay("--index", "2"), "outcome")
        == ["already_applied"])
    // A journal that never recorded it adds it again, as it must.
    _ = try runTool("jbr-replay", ["--index", "2", "--journal", copy.path, brick])
    #expect(try stage.shop.xattr(brick + "/f", "trusted.sum") == "0000000a")
  }

  @Test func aDamagedPayloadIsFoundBeforeTheBrickIsTouched() throws {
    let big = [UInt8](repeating: 7, count: 100_000)
    let stage = try stage([.create(root, [UInt8](text: "f"), 2), .write(2, at: 0, big)])
    let (journal, brick) = (stage.journal, stage.brick)
    let data = try #require(
      try FileManager.default.contentsOfDirectory(atPath: journal.path)
        .first { $0.contains(".data-") })
    var bytes = try journal.bytes(data)
    bytes[50_000] ^= 1
    try journal.write(bytes, data)
    let run = try stage.replay("--init")
    #expect(run.status == 65)
    #expect(run.stderr.contains("payload"), "\(run.stderr)")
    #expect(!FileManager.default.fileExists(atPath: brick))
    let goesOn = try stage.replay("--keep-going", "--init")
    #expect(goesOn.status == 65)
    #expect(try words(goesOn, "outcome") == ["applied", "failed"])
  }
}
