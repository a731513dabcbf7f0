import Foundation
import Testing

/// Replays that are killed, slowed down, watched and only tried.
@Suite struct ReplayKillTests {
  let root = MadeRequest.root

  /// A journal of files in directories, each written, renamed and some removed again.
  private func journal(_ shop: JournalShop) throws -> MadeJournal {
    var requests: [MadeRequest] = []
    for number in 1...40 {
      let (folder, file) = (number * 10, number * 10 + 1)
      let parent = MadeRequest.gfid(folder)
      let content = [UInt8](repeating: UInt8(number), count: 20_000)
      requests += [
        .mkdir(root, [UInt8](text: "d\(number)"), folder),
        .create(parent, [UInt8](text: "f"), file), .write(file, at: 0, content),
        .add(file, "trusted.sum", [0, 0, 0, UInt8(number)]),
        .rename((parent, [UInt8](text: "f")), (root, [UInt8](text: "f\(number)")), file),
        .write(file, at: 100, [1, 2, 3]),
      ]
      if number % 3 == 0 {
        requests.append(.unlink(root, [UInt8](text: "f\(number)"), file))
      }
    }
    return try shop.journal("j", requests)
  }

  /// Starts a replay and kills it after so many milliseconds; whether it came to its end before.
  private func killed(after milliseconds: Int, _ arguments: [String]) throws -> Bool {
    guard let status = try runTool("jbr-replay", arguments, killedAfter: milliseconds) else {
      return false
    }
    #expect(status == 0)
    return true
  }

  @Test func killedAtAnyMomentAndRunAgain() throws {
    let (shop, journals) = (try Workshop(), try JournalShop())
    let journal = try journal(journals)
    let spare = try journal.copy("spare")
    let (whole, brick, empty) = (shop.path + "/whole", shop.path + "/brick", shop.path + "/empty")
    let undisturbed = try runTool(
      "jbr-replay", ["--init", "--journal", spare.path, whole])
    #expect(undisturbed.status == 0, "\(undisturbed.stderr)")
    for place in [brick, empty] {
      let none = [
        "--init", "--no-states", "--limit", "0", "--journal", journal.path, place,
      ]
      #expect(try runTool("jbr-replay", none).status == 0)
    }
    let undo = shop.path + "/undo"
    let arguments = [
      "--undo", undo, "--rate", "4M", "--journal", journal.path, brick,
    ]
    var random = SystemRandomNumberGenerator()
    var kills = 0
    var isFinished = false
    while !isFinished, kills < 12 {
      isFinished = try killed(after: Int.random(in: 5...150, using: &random), arguments)
      if !isFinished { kills += 1 }
    }
    if !isFinished {
      let last = try runTool("jbr-replay", arguments)
      #expect(last.status == 0, "\(last.stderr)")
    }
    #expect(kills > 0)
    #expect(try shop.differences(whole, brick) == "")
    // All states are final, so that the term can be sealed.
    try journal.expect(["close", journal.path])
    #expect(try journal.run(["dump", "--state", "committed"]).lines.count == 253)
    // The undoing is killed too.
    var isUndone = false
    for milliseconds in [5, 15, 30, 60] where !isUndone {
      isUndone = try killed(after: milliseconds, ["undo", undo])
    }
    if !isUndone {
      let last = try runTool("jbr-replay", ["undo", undo])
      #expect(last.status == 0 || last.stderr.contains("undone already"), "\(last.stderr)")
    }
    #expect(try shop.differences(brick, empty) == "")
  }

  @Test func aRateIsKept() throws {
    let (shop, journals) = (try Workshop(), try JournalShop())
    let content = [UInt8](repeating: 5, count: 1_000_000)
    let journal = try journals.journal(
      "j", [.create(root, [UInt8](text: "f"), 2), .write(2, at: 0, content)])
    let start = ContinuousClock().now
    let run = try runTool(
      "jbr-replay",
      ["--rate", "500000", "--init", "--journal", journal.path, shop.path + "/b"])
    #expect(run.status == 0, "\(run.stderr)")
    #expect(ContinuousClock().now - start > .seconds(1.5))
  }

  /// On a terminal, what takes over a second has a bar with rates and the time that is left.
  @Test func peopleSeeHowFarItIs() throws {
    let (shop, journals) = (try Workshop(), try JournalShop())
    let journal = try journal(journals)
    let tool = try builtExecutable("jbr-replay").path
    let command =
      "\(tool) --format json --rate 300K --init --journal \(journal.path) "
      + "\(shop.path)/b >\(shop.path)/out"
    let (status, text) = try output(["script", "-qec", command, shop.path + "/typescript"])
    #expect(status == 0, "\(text)")
    #expect(text.contains("jbr-replay: [#"), "\(text)")
    #expect(text.contains(" of 253, "))
    #expect(text.contains(" MiB/s, "))
    #expect(text.contains(" s left"))
    // Elsewhere only lines come, and nothing on standard error.
    let quiet = try runTool(
      "jbr-replay", ["--journal", journal.path, shop.path + "/b"])
    #expect(quiet.stderr.isEmpty)
  }

  @Test func aDryRunTellsWhatIsThere() throws {
    let (shop, journals) = (try Workshop(), try JournalShop())
    let before = try journals.journal(
      "before",
      [.create(root, [UInt8](text: "f"), 2), .write(2, at: 0, [UInt8](text: "old content"))])
    let brick = shop.path + "/brick"
    _ = try runTool("jbr-replay", ["--init", "--journal", before.path, brick])
    let next = try journals.journal(
      "next",
      [
        .write(2, at: 4, [UInt8](text: "CONTENT and more")), .truncate(2, to: 30),
        .add(2, "trusted.n", [0, 0, 0, 3]),
        .rename((root, [UInt8](text: "f")), (root, [UInt8](text: "g")), 2),
      ])
    let times = try TreeTimes(brick)
    let run = try runTool("jbr-replay", ["--dry-run", "--journal", next.path, brick])
    #expect(run.status == 0, "\(run.stderr)")
    #expect(try validate(run.stdout).status == 0)
    #expect(try TreeTimes(brick) == times)
    let changes = try objects(run).compactMap { $0["changes"] as? [[String: Any]] }.flatMap { $0 }
    func change(_ entity: String, _ name: String? = nil) throws -> [String: Any] {
      try #require(
        changes.first {
          $0["entity"] as? String == entity && (name == nil || $0["name"] as? String == name)
        })
    }
    let size = try change("size")
    // As of when its turn comes: behind the write.
    #expect(size["current"] as? Int == 20)
    #expect(size["wanted"] as? Int == 30)
    let data = try change("data")
    #expect(data["offset"] as? Int == 4)
    #expect(data["length"] as? Int == 16)
    #expect((data["current"] as? String)?.count == 32)
    #expect(data["current"] as? String != data["wanted"] as? String)
    #expect(try change("xattr")["current"] == nil)
    #expect(try change("name", "f")["current"] as? String == MadeRequest.gfid(2))
    #expect(try change("name", "f")["wanted"] == nil)
    #expect(try change("name", "g")["current"] == nil)
    #expect(try change("name", "g")["wanted"] as? String == MadeRequest.gfid(2))
  }
}
