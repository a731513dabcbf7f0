import Foundation
import Testing

/// `read`, `blame`, `at` and `paths`: what a journal says that its users see.
@Suite struct ViewToolTests {
  private let shop: JournalShop

  init() throws { shop = try JournalShop() }

  private static let (root, dir, sub, file) = (
    MadeRequest.root, MadeRequest.gfid(1), MadeRequest.gfid(2), MadeRequest.gfid(3)
  )
  /// A name that is no UTF-8.
  private static let odd: [UInt8] = [0xff, 0xfe]

  /// A file in two directories, of which the upper one is renamed by 1/5, between two writes.
  private static var requests: [MadeRequest] {
    [
      .mkdir(root, [UInt8](text: "a"), 1), .mkdir(dir, odd, 2),
      .create(sub, [UInt8](text: "f"), 3), .write(3, at: 0, [UInt8](text: "hello world\n")),
      .rename((root, [UInt8](text: "a")), (root, [UInt8](text: "b")), 1),
      .write(3, at: 6, [UInt8](text: "there")), .create(root, [UInt8](text: "z"), 4),
      .write(0x63, at: 4, [UInt8](text: "xy")), .unlink(root, [UInt8](text: "z"), 4),
    ]
  }

  private func made() throws -> MadeJournal { try shop.journal("made", Self.requests) }

  /// A path below the directory with the odd name, as the tools print and take it.
  private func oddPath(_ top: String, _ rest: String) -> String {
    Data([UInt8](text: top + "/") + Self.odd + [UInt8](text: rest)).base64EncodedString()
  }

  private func isValid(_ runs: ToolRun...) throws -> Bool {
    let checked = try validate(runs.flatMap(\.stdout))
    #expect(checked.status == 0, "\(checked.text)")
    return checked.status == 0
  }

  /// The text or the base64 of a path.
  private func path(_ line: JSONLine) -> String? {
    line.text("path") ?? (line.fields["path"] as? [String: String])?["base64"]
  }

  @Test func whatIsLeftOutIsCounted() throws {
    let journal = try made()
    let commands = [
      ["at", "1/5"], ["paths"], ["blame", "--gfid", Self.file], ["read", "--gfid", Self.file],
    ]
    for command in commands {
      let run = try journal.run(command)
      #expect(run.stdout == [], "\(command)")
      let count =
        command[0] == "at"
        ? 5
        : try journal.run(["dump"]).lines.count {
          $0.text("type") == "request"
        }
      #expect(
        run.stderr.contains("left out: \(count); --unagreed shows them"), "\(run.stderr)")
    }
  }

  @Test func atShowsTheTreeBeforeAndAfterARename() throws {
    let journal = try made()
    for (id, top) in [("1/4", "a"), ("1/5", "b")] {
      let run = try journal.run(["at", "--unagreed", id])
      #expect(run.status == 0 && run.stderr == "")
      #expect(try isValid(run))
      let lines = try run.lines
      #expect(lines.map(path) == [top, oddPath(top, ""), oddPath(top, "/f")])
      #expect(lines.map { $0.text("gfid") } == [Self.dir, Self.sub, Self.file])
      #expect(lines.map { $0.text("object_type") } == ["directory", "directory", "file"])
      #expect(lines.map { $0.text("made_by") } == ["1/1", "1/2", "1/3"])
      #expect(lines.map { $0.number("mode") } == [0o755, 0o755, 0o644])
      #expect(lines.map { $0.number("size") } == [nil, nil, 12])
    }
    let below = try journal.run(["at", "--unagreed", "--path", "b/", "1/9"])
    #expect(try below.lines.map(path) == ["b", oddPath("b", ""), oddPath("b", "/f")])
    #expect(try journal.run(["at", "--unagreed", "--path", "b", "1/9"]).lines.count == 1)
    #expect(try journal.run(["at", "--unagreed", "--path", "a", "1/9"]).text == "")
  }

  @Test func whatWasThereBeforeTheJournalIsNotMadeUp() throws {
    let journal = try made()
    let lines = try journal.run(["at", "--unagreed", "--digest", "1/9"]).lines
    let unknown = try #require(lines.first { $0.text("gfid") == MadeRequest.gfid(0x63) })
    #expect(unknown.text("path") == "<gfid:\(MadeRequest.gfid(0x63))>")
    #expect(Set(unknown.fields.keys) == ["type", "path", "gfid", "object_type"])
    #expect(lines.contains { $0.text("gfid") == Self.file && $0.text("digest") != nil })
    let choice = ["--unagreed", "--gfid", MadeRequest.gfid(0x63)]
    let whole = try journal.run(["read"] + choice)
    #expect(whole.status == 77 && whole.stdout == [])
    #expect(whole.stderr.contains("bytes 0..<4 were there before the journal: give --brick"))
    let known = try journal.run(["read", "--offset", "4", "--length", "9"] + choice)
    #expect(known.status == 0 && known.text == "xy")
    let blame = try journal.run(["blame"] + choice)
    #expect(try blame.lines.map { $0.text("id") } == [nil, "1/8"])
    #expect(try blame.lines.map { $0.number("offset") } == [0, 4])
    #expect(try isValid(blame))
  }

  @Test func pathsFollowWhatMovesWithItsDirectory() throws {
    let journal = try made()
    let run = try journal.run(["paths", "--unagreed"])
    #expect(run.status == 0)
    #expect(try isValid(run))
    let periods = try run.lines.map {
      [path($0), $0.text("from"), $0.text("until")].map { $0 ?? "-" }.joined(separator: " ")
    }
    #expect(
      periods == [
        "a 1/1 1/5", "\(oddPath("a", "")) 1/2 1/5", "\(oddPath("a", "/f")) 1/3 1/5",
        "z 1/7 1/9", "b 1/5 -", "\(oddPath("b", "")) 1/5 -", "\(oddPath("b", "/f")) 1/5 -",
      ])
    let one = try journal.run(["paths", "--unagreed", "--gfid", Self.file]).lines
    #expect(one.map(path) == [oddPath("a", "/f"), oddPath("b", "/f")])
    #expect(try journal.run(["paths", "--unagreed", "--path", "a/"]).lines.count == 3)
    #expect(try journal.run(["paths", "--unagreed", "--at", "1/4"]).lines.count == 3)
  }

  @Test func aPrintedPathIsTakenBack() throws {
    let journal = try made()
    func read(_ base64: String, _ more: String...) throws -> ToolRun {
      try journal.run(
        ["read", "--unagreed", "--path", #"{"base64":"\#(base64)"}"#] + more)
    }
    let now = try read(oddPath("b", "/f"))
    #expect(now.status == 0 && now.text == "hello there\n")
    #expect(try read(oddPath("a", "/f")).status == 66)
    let before = try read(oddPath("a", "/f"), "--at", "1/4")
    #expect(before.status == 0 && before.text == "hello world\n")
    #expect(try read(oddPath("b", "/f"), "--offset", "6", "--length", "3").text == "the")
    #expect(try read(oddPath("b", "/f"), "--offset", "12").stdout == [])
    #expect(try read(oddPath("b", "/f"), "--offset", "99").status == 0)
  }

  @Test func blameNamesTheLastWriterOfEachStretch() throws {
    let journal = try made()
    try journal.setState("in-progress", "1..4")
    let run = try journal.run(["blame", "--unagreed", "--gfid", Self.file])
    #expect(run.status == 0)
    #expect(try isValid(run))
    let stretches = try run.lines.map {
      "\($0.number("offset") ?? -1)+\($0.number("length") ?? -1) \($0.text("id") ?? "-")"
        + " \($0.text("state") ?? "-") \($0.text("fop") ?? "-")"
    }
    #expect(
      stretches == [
        "0+6 1/4 in-progress writev", "6+5 1/6 uncommitted writev", "11+1 1/4 in-progress writev",
      ])
    #expect(try run.lines.allSatisfy { $0.text("time") != nil })
    // What is not agreed is not seen, unless one asks for it.
    let agreed = try journal.run(["blame", "--gfid", Self.file]).lines
    #expect(agreed.map { $0.text("id") } == ["1/4"])
    let range = ["--unagreed", "--offset", "5", "--length", "2", "--gfid", Self.file]
    let cut = try journal.run(["blame"] + range).lines
    #expect(cut.map { $0.number("length") } == [1, 1])
  }

  @Test func theJournalIsLaidOverTheBrick() throws {
    try #require(geteuid() == 0, "bricks carry trusted.* xattrs, which only root may set")
    let journal = try made()
    let brick = shop.path("brick")
    let replay = try runTool(
      "jbr-replay",
      ["--init", "--index", "1..4", "--journal", journal.path, brick])
    #expect(replay.status == 0, "\(replay.stderr)")
    // The replay has recorded that they are on the brick.
    #expect(try journal.run(["dump", "--state", "committed"]).lines.count == 4)
    func read(_ more: String..., by: [String] = ["--gfid", Self.file]) throws -> ToolRun {
      try journal.run(["read", "--brick", brick] + by + more)
    }
    #expect(try read().text == "hello world\n")
    #expect(try read("--unagreed").text == "hello there\n")
    let moved = #"{"base64":"\#(oddPath("b", "/f"))"}"#
    #expect(try read(by: ["--path", moved]).status == 66)
    #expect(try read("--unagreed", by: ["--path", moved]).text == "hello there\n")
    // The brick holds bytes that no request of the journal wrote.
    try Data([UInt8](text: "HELLO WORLD\n")).write(
      to: URL(fileURLWithPath: brick + "/.glusterfs/00/00/" + Self.file))
    #expect(try read("--unagreed").text == "HELLO there\n")
    // What was rolled back is seen by nobody.
    try journal.setState("invalid", "6")
    #expect(try read("--unagreed").text == "HELLO WORLD\n")
    #expect(try read("--at", "1/4").status == 64)
    #expect(try read(by: ["--gfid", Self.dir]).status != 0)
  }

  /// With and without an index, which says of a size only who made it.
  @Test(arguments: [false, true]) func holesAreZerosOfWhoCutThem(isIndexed: Bool) throws {
    let journal = try shop.journal(
      "holes",
      [
        .create(Self.root, [UInt8](text: "f"), 1), .write(1, at: 0, [UInt8](text: "hello")),
        .truncate(1, to: 2), .write(1, at: 6, [UInt8](text: "x")),
      ])
    if isIndexed { #expect(try journal.run(["index"]).status == 0) }
    let read = try journal.run(["read", "--unagreed", "--path", "f"])
    #expect(read.status == 0)
    #expect(read.stdout == [UInt8](text: "he") + [0, 0, 0, 0] + [UInt8](text: "x"))
    #expect(
      try journal.run(["read", "--unagreed", "--offset", "1", "--length", "2", "--path", "f"])
        .stdout == [UInt8(ascii: "e"), 0])
    let blame = try journal.run(["blame", "--unagreed", "--path", "f"])
    #expect(try isValid(blame))
    #expect(try blame.lines.map { $0.text("id") } == ["1/2", "1/3", "1/4"])
    #expect(try blame.lines.map { $0.number("length") } == [2, 4, 1])
    #expect(try journal.run(["read", "--unagreed", "--at", "1/3", "--path", "f"]).text == "he")
  }

  @Test func linksAndWhatNobodyKnowsOfAFallocate() throws {
    let name = { (text: String) in (Self.root, [UInt8](text: text)) }
    let journal = try shop.journal(
      "links",
      [
        .create(Self.root, [UInt8](text: "f"), 1), .write(1, at: 0, [UInt8](text: "abc")),
        .fallocate(1, 0, 4096), .symlink(Self.root, [UInt8](text: "l"), "f", 2),
        .link(name("f"), name("g"), 1),
      ])
    let tree = try journal.run(["at", "--unagreed", "--digest", "1/5"])
    #expect(try isValid(tree))
    let lines = try tree.lines
    #expect(lines.map(path) == ["f", "g", "l"])
    #expect(lines.map { $0.fields["other_sizes"] as? [Int] } == [[3], [3], nil])
    #expect(lines.last?.text("target") == "f")
    #expect(lines[0].text("digest") == lines[1].text("digest"))
    let read = try journal.run(["read", "--unagreed", "--path", "g"])
    #expect(read.status == 0 && read.stdout.count == 4096)
    #expect(read.stderr.contains("does not say whether a fallocate made it 4096 bytes long"))
    let periods = try journal.run(["paths", "--unagreed", "--gfid", MadeRequest.gfid(1)]).lines
    #expect(periods.map { $0.text("from") } == ["1/1", "1/5"])
  }

  @Test(
    arguments: [
      (["read"], 64), (["read", "--path", "f", "--gfid", MadeRequest.gfid(3)], 64),
      (["read", "--gfid", "nonsense"], 64), (["read", "--path", "../f"], 64),
      (["read", "--at", "4", "--path", "f"], 64), (["blame", "--offset=-1", "--path", "b"], 64),
      (["read", "--length=-1", "--gfid", MadeRequest.gfid(3)], 64), (["at", "nonsense"], 64),
      (["read", "--path", "nope"], 66), (["blame", "--path", "nope"], 66),
      (["read", "--gfid", MadeRequest.gfid(77)], 66), (["read", "--path", "b"], 66),
      (["read", "--brick", "/nowhere", "--gfid", MadeRequest.gfid(3)], 66),
      (["paths", "--gfid", "1"], 64), (["paths", "--at", "1"], 64),
      (["index", "--term", "7"], 66), (["index", "--term", "x"], 64),
    ] as [([String], Int32)])
  func aStatusSaysWhatWentWrong(arguments: [String], status: Int32) throws {
    let run = try made().run(arguments)
    #expect(run.status == status)
    #expect(run.stdout == [])
    #expect(run.stderr.hasPrefix("jbr-journal: ") && run.stderr.hasSuffix("\n"))
  }

  @Test func aJournalThatIsNotThereCannotBeOpened() throws {
    let gone = MadeJournal(path: shop.path("gone"))
    for arguments in [
      ["read", "--path", "f"], ["blame", "--path", "f"], ["at", "1/1"], ["paths"], ["index"],
    ] {
      #expect(try gone.run(arguments).status == 66, "\(arguments)")
    }
  }

  @Test func whatIsDamagedIsNeverShownAsContent() throws {
    let journal = try made()
    try journal.damage(.payload, of: "1/6")
    for arguments in [["read"], ["blame"]] {
      let run = try journal.run(arguments + ["--unagreed", "--gfid", Self.file])
      #expect(run.status == 65, "\(arguments)")
      #expect(run.stderr.contains("payload at offset"))
      #expect(!run.text.contains("there"))
    }
    for arguments in [["at", "--unagreed", "1/9"], ["paths", "--unagreed"]] {
      let run = try journal.run(arguments)
      #expect(run.status == 65, "\(arguments)")
      #expect(try !run.lines.isEmpty)
    }
  }
}
