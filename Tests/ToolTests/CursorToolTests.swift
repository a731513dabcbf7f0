import Foundation
import Testing

/// Reading that goes on behind a cursor another day.
@Suite struct CursorToolTests {
  private let sample: JournalSample

  init() throws { sample = try JournalSample("17-jbr3-leader-restart") }

  private func run(_ arguments: [String], stdin: String = "") throws -> ToolRun {
    try runTool("jbr-journal", arguments, stdin: Array(stdin.utf8))
  }

  private struct Line: Equatable {
    var id: String
    var cursor: String
  }

  private func lines(_ run: ToolRun) throws -> [Line] {
    try run.text.split(separator: "\n").compactMap {
      let line = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      guard line?["type"] as? String == "request" else { return nil }
      return Line(id: line?["id"] as? String ?? "", cursor: line?["cursor"] as? String ?? "")
    }
  }

  private func jbr() throws -> String {
    let journal = sample.directory + "/jbr"
    let made = try run(["convert", "--format", "jbr", sample.replicas[0], journal])
    try #require(made.status == 0)
    return journal
  }

  private func journal(isJBR: Bool) throws -> String {
    isJBR ? try jbr() : sample.replicas[0]
  }

  @Test(arguments: [true, false])
  func everyCursorGivesExactlyTheRest(isJBR: Bool) throws {
    let journal = try journal(isJBR: isJBR)
    let all = try lines(try run(["dump", "--cursor", journal]))
    #expect(all.count > 20)
    #expect(Set(all.map(\.cursor)).count == all.count)
    for position in all.indices where position % 17 == 0 || position + 1 == all.count {
      let rest = Array(all[(position + 1)...])
      let options = ["--cursor", "--after-cursor", all[position].cursor, journal]
      #expect(try lines(try run(["dump"] + options)) == rest)
      let reversed = try run(["dump", "--reverse"] + options)
      #expect(try lines(reversed) == rest.reversed())
      guard rest.count > 3 else { continue }
      let followed = try run(["follow", "--limit", "3"] + options)
      #expect(try lines(followed) == Array(rest.prefix(3)))
      #expect(try lines(try run(["dump", "--limit", "2"] + options)) == Array(rest.prefix(2)))
      let last = try run(["dump", "--limit", "2", "--reverse"] + options)
      #expect(try lines(last) == Array(rest.reversed().prefix(2)))
      let filtered = try run(["dump", "--fop", "writev"] + options)
      let writes = Set(try lines(try run(["dump", "--fop", "writev", journal])).map(\.id))
      #expect(try lines(filtered) == rest.filter { writes.contains($0.id) })
    }
  }

  @Test(arguments: [true, false])
  func aReplaySelectsWhatDumpDoes(isJBR: Bool) throws {
    let journal = try journal(isJBR: isJBR)
    let all = try lines(try run(["dump", "--cursor", journal]))
    let brick = sample.directory + "/brick"
    for position in all.indices where position % 17 == 0 || position + 1 == all.count {
      for selection in [[], ["--fop", "writev"], ["--limit", "3"], ["--path", "q/"]] {
        let options = selection + ["--after-cursor", all[position].cursor]
        let wanted = try lines(try run(["dump"] + options + [journal])).map(\.id)
        let replay = try runTool(
          "jbr-replay",
          options + [
            "--dry-run", "--init", "--keep-going", "--journal", journal, brick,
          ])
        #expect(try words(replay, "id") == wanted, "\(options): \(replay.stderr)")
      }
    }
    let other = try run(["dump", "--cursor", "--limit", "1", sample.replicas[1]])
    let foreign = try #require(try lines(other).first?.cursor)
    let refused = try runTool(
      "jbr-replay", ["--init", "--after-cursor", foreign, "--journal", journal, brick])
    #expect(refused.status == 75, "\(refused.stderr)")
    #expect(!FileManager.default.fileExists(atPath: brick))
    // Lines are of no journal; a cursor is not looked for among them.
    for arguments in [["--after-cursor", foreign, "-"], ["--after-cursor", "x", "-"]] {
      #expect(try runTool("jbr-replay", arguments + [brick]).status == 64)
    }
  }

  @Test(arguments: [true, false])
  func aCursorFileTakesReadingOnStepByStep(isJBR: Bool) throws {
    let journal = try journal(isJBR: isJBR)
    let all = try lines(try run(["dump", journal])).map(\.id)
    let file = sample.directory + "/cursor"
    var read: [String] = []
    for command in ["dump", "follow", "dump", "follow"] {
      let part = try run([command, "--cursor-file", file, "--limit", "5", journal])
      #expect(part.status == 0, "\(part.stderr)")
      read += try lines(part).map(\.id)
    }
    #expect(read == Array(all.prefix(20)))
    // In reverse too it is the journal's last request that is kept.
    let reversed = try run(["dump", "--reverse", "--limit", "5", "--cursor-file", file, journal])
    #expect(try lines(reversed).map(\.id) == Array(all.reversed().prefix(5)))
    #expect(try run(["dump", "--cursor-file", file, journal]).text == "")
  }

  @Test func aCursorOfAnotherJournalIsRefused() throws {
    let journal = try jbr()
    let other = sample.directory + "/other"
    let made = try run(["convert", "--format", "jbr", sample.replicas[0], other])
    try #require(made.status == 0)
    // The same requests at the same places, of another replica.
    let cursors = try lines(try run(["dump", "--cursor", "--limit", "9", other])).map(\.cursor)
    let fdl = try lines(
      try run(["dump", "--cursor", "--limit", "9", sample.replicas[1]])
    ).map(\.cursor)
    for cursor in [cursors[0], cursors[8], fdl[0], fdl[8]] {
      for command in ["dump", "follow"] {
        let refused = try run([command, "--after-cursor", cursor, journal])
        #expect(refused.status == 75, "\(cursor): \(refused.stderr)")
        #expect(refused.text == "")
      }
    }
    let wrongFormat = try run(["dump", "--after-cursor", cursors[3], sample.replicas[0]])
    #expect(wrongFormat.status == 75)
  }

  @Test func aCursorOfAPrunedRequestIsRefused() throws {
    let journal = sample.directory + "/pruned"
    func done(_ arguments: [String], stdin: String = "") throws {
      let run = try run(arguments + [journal], stdin: stdin)
      try #require(run.status == 0, "\(run.stderr)")
    }
    let requests = try run(
      ["dump", "--payload", "base64", "--fop", "mkdir", "--limit", "1", sample.replicas[0]]).text
    try done(["create"])
    try done(["append"], stdin: requests)
    let cursor = try #require(try lines(try run(["dump", "--cursor", journal])).first?.cursor)
    try done(["set-state", "invalid", "--request", "1/1"])
    try done(["close"])
    try done(["set-state", "retired", "--term", "1", "--reconciliation-id", "00000000000000aa"])
    try done(["set-state", "current", "--term", "2"])
    for isEmpty in [true, false] {
      if !isEmpty { try done(["append"], stdin: requests) }
      if isEmpty { try done(["prune"]) }
      for command in ["dump", "follow"] {
        let refused = try run([command, "--after-cursor", cursor, journal])
        #expect(refused.status == 75)
        #expect(refused.stderr.contains("--after-cursor"))
      }
    }
  }

  @Test(
    arguments: [
      "", "x", "j-1-1-4096", "j-1-1-4096-0123", "k-1-1-4096-0123456789abcdef",
      "j-01-1-4096-0123456789abcdef", "j-1-1-4096-0123456789ABCDEF",
      "j-+1-1-4096-0123456789abcdef", "j-1-1--4096-0123456789abcdef",
      "j-99999999999999999999-1-4096-0123456789abcdef", "j-1-1-4096-0123456789abcdef-",
    ])
  func whatIsNoCursorIsAUsageError(text: String) throws {
    let journal = sample.replicas[0]
    let file = sample.directory + "/cursor"
    try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: file))
    for command in ["dump", "follow"] {
      for option in ["--after-cursor=" + text, "--cursor-file=" + file] {
        let refused = try run([command, option, journal])
        #expect(refused.status == 64, "\(option): \(refused.stderr)")
      }
    }
    #expect(try String(contentsOfFile: file, encoding: .utf8) == text + "\n")
  }

  @Test func aCursorIsOfOneJournalAndNotOfTwoPlaces() throws {
    let cursor = "f-1-1-0-0123456789abcdef"
    let two = ["dump", "--after-cursor", cursor, sample.replicas[0], sample.replicas[1]]
    #expect(try run(two).status == 64)
    let file = sample.directory + "/cursor"
    let both = ["dump", "--after-cursor", cursor, "--cursor-file", file, sample.replicas[0]]
    #expect(try run(both).status == 64)
  }
}
