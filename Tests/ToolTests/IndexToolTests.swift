import Foundation
import Testing

/// `index`, and what the commands that read by it do with one that is not right.
@Suite struct IndexToolTests {
  private static let index = "term-0000000001.index"
  private let shop: JournalShop

  init() throws { shop = try JournalShop() }

  /// A real journal as a jbr journal.
  private func converted(_ sample: JournalSample, _ name: String = "jbr") throws -> MadeJournal {
    let journal = MadeJournal(path: shop.path(name))
    try journal.expect(["convert", "--format", "jbr", sample.replicas[0], journal.path])
    return journal
  }

  /// All that is read by the index.
  private func views(_ journal: MadeJournal) throws -> [ToolRun] {
    var runs: [ToolRun] = []
    for path in ["q/c1", "q/c7", "q/f2-renamed", "q/f1"] {
      runs.append(try journal.run(["read", "--unagreed", "--path", path]))
      runs.append(try journal.run(["blame", "--unagreed", "--path", path]))
    }
    return runs
  }

  private func summary(_ runs: [ToolRun]) -> [String] {
    runs.map { "\($0.status) \($0.text)" }
  }

  @Test func eachTermGetsItsIndex() throws {
    let sample = try JournalSample("jbr-v1")
    let journal = MadeJournal(path: sample.directory + "/jbr-v1")
    let run = try journal.run(["index"])
    #expect(run.status == 0 && run.stderr == "")
    let checked = try validate(run.stdout)
    #expect(checked.status == 0, "\(checked.text)")
    let lines = try run.lines
    #expect(lines.map { $0.number("term") } == [1, 3, 4])
    #expect(lines.map { $0.number("requests") } == [10, 6, 5])
    for line in lines {
      let file = try #require(line.text("file"))
      #expect(try journal.bytes(file).count == line.number("bytes"))
      #expect(try #require(line.number("bytes")) % 4096 == 0)
    }
    #expect(try journal.run(["verify"]).status == 0)
    let one = try journal.run(["index", "--term", "3"]).lines
    #expect(one.map { $0.text("file") } == ["term-0000000003.index"])
    // Nothing but the index is left behind.
    let names = try FileManager.default.contentsOfDirectory(atPath: journal.path)
    #expect(names.filter { $0.contains("index") }.allSatisfy { $0.hasSuffix(".index") })
  }

  /// A reader of its own, written from docs/journal-index.md, finds what is documented.
  @Test(arguments: [
    "14-jbr3-quorum-loss", "40-fdl-one-fop-per-term", "41-fdl16-one-fop-per-term", "jbr-v1",
    "follower-down",
  ])
  func theFormatIsAsDocumented(name: String) throws {
    let sample =
      name == "follower-down"
      ? try JournalSample(archive: repository + "/Samples/follower-down.tar.zst")
      : try JournalSample(name)
    let journal =
      name == "jbr-v1"
      ? MadeJournal(path: sample.directory + "/jbr-v1") : try converted(sample)
    let made = try journal.run(["index"]).lines
    #expect(!made.isEmpty)
    let dump = shop.path("dump")
    try Data(try journal.run(["dump"]).stdout).write(to: URL(fileURLWithPath: dump))
    for line in made {
      let term = try #require(line.number("term"))
      let (status, text) = try output([
        "sh", "-c", #"exec "$0" "$1" "$2" <"$3""#, repository + "/Tests/check-journal-index",
        journal.path, "\(term)", dump,
      ])
      #expect(status == 0, "term \(term): \(text)")
      #expect(text.hasPrefix("offsets \(line.number("requests") ?? -1) "))
    }
  }

  @Test func theIndexChangesNoAnswer() throws {
    let journal = try converted(try JournalSample("14-jbr3-quorum-loss"))
    let wanted = summary(try views(journal))
    #expect(wanted.count { $0.hasPrefix("0 ") } == 6)
    #expect(try journal.run(["index"]).status == 0)
    #expect(summary(try views(journal)) == wanted)
    #expect(try journal.run(["verify"]).status == 0)
  }

  @Test func whatComesBehindTheIndexIsRead() throws {
    let root = MadeRequest.root
    let journal = try shop.journal(
      "grown", [.create(root, [UInt8](text: "f"), 1), .write(1, at: 0, [UInt8](text: "one"))])
    #expect(try journal.run(["index"]).lines.first?.number("requests") == 2)
    try journal.append([
      .write(1, at: 2, [UInt8](text: "xyz")),
      .rename((root, [UInt8](text: "f")), (root, [UInt8](text: "g")), 1),
    ])
    func read(_ name: String) throws -> ToolRun {
      try journal.run(["read", "--unagreed", "--path", name])
    }
    #expect(try read("g").text == "onxyz")
    #expect(try read("f").status == 66)
    try journal.setState("invalid", "3..4")
    #expect(try read("f").text == "one")
    #expect(try journal.run(["verify"]).status == 0)
    #expect(try journal.run(["index"]).lines.first?.number("requests") == 4)
    #expect(try read("f").text == "one")
    #expect(try journal.run(["verify"]).status == 0)
  }

  @Test func aDamagedIndexIsPassedOverAndVerifyTells() throws {
    let journal = try converted(try JournalSample("14-jbr3-quorum-loss"))
    #expect(try journal.run(["index"]).status == 0)
    let wanted = summary(try views(journal))
    let whole = try journal.bytes(Self.index)
    // A byte of the header, and of every page.
    var places = [70]
    places += stride(from: 4096, to: whole.count, by: 4096).map { $0 + 16 }
    for place in places {
      var bytes = whole
      bytes[place] ^= 0x10
      try journal.write(bytes, Self.index)
      let runs = try views(journal)
      #expect(summary(runs) == wanted, "\(place)")
      #expect(runs.allSatisfy { $0.status == 66 || $0.stderr == "" }, "\(place)")
      let verify = try journal.run(["verify"])
      #expect(verify.status == 65, "\(place)")
      let finding = try #require(try verify.lines.of("finding").first)
      #expect(finding.text("kind") == "damage")
      #expect(finding.text("file")?.hasSuffix(Self.index) == true)
      #expect(finding.number("file_offset") == (place < 4096 ? 0 : place / 4096 * 4096))
      #expect(try validate(verify.stdout).status == 0)
    }
    for count in [0, 100, 5000, whole.count - 1, whole.count - 4096] {
      try journal.write(Array(whole.prefix(count)), Self.index)
      #expect(summary(try views(journal)) == wanted, "\(count)")
      #expect(try journal.run(["verify"]).status == 65, "\(count)")
    }
    // Made anew, it is right again.
    #expect(try journal.run(["index"]).status == 0)
    #expect(try journal.run(["verify"]).status == 0)
  }

  @Test func theIndexOfAnotherJournalIsNotUsed() throws {
    let sample = try JournalSample("14-jbr3-quorum-loss")
    let (one, two) = (try converted(sample, "one"), try converted(sample, "two"))
    let wanted = summary(try views(one))
    #expect(try two.run(["index"]).status == 0)
    try one.write(try two.bytes(Self.index), Self.index)
    #expect(summary(try views(one)) == wanted)
    let verify = try one.run(["verify"])
    #expect(verify.status == 65)
    #expect(try verify.lines.of("finding").first?.text("field") == "log")
  }

  @Test func ofADamagedLogThereIsNoNewIndex() throws {
    let journal = try converted(try JournalSample("14-jbr3-quorum-loss"))
    #expect(try journal.run(["index"]).status == 0)
    let before = try journal.bytes(Self.index)
    try journal.damage(.payload, of: "1/87")
    let run = try journal.run(["index"])
    #expect(run.status == 65)
    #expect(run.stderr.contains("it is request 1/87"), "\(run.stderr)")
    #expect(try journal.bytes(Self.index) == before)
    // The log is told to be damaged once, and the index, which is whole, is not.
    let verify = try journal.run(["verify"])
    #expect(verify.status == 65)
    #expect(try verify.lines.map(\.type) == ["finding", "verify"])
    var bytes = before
    bytes[9000] ^= 1
    try journal.write(bytes, Self.index)
    #expect(try journal.run(["verify"]).lines.map(\.type) == ["finding", "finding", "verify"])
    // What is damaged is not made up; by the index nothing else is read.
    let damaged = try journal.run(["read", "--unagreed", "--path", "q/c1"])
    #expect(damaged.status == 65 && damaged.stdout == [])
    let whole = try journal.run(["read", "--unagreed", "--path", "q/c7"])
    #expect(whole.status == 0 && whole.text == "c7\n")
  }

  @Test func oneAtATimeMakesAnIndex() throws {
    let journal = try shop.journal("busy", [.create(MadeRequest.root, [UInt8](text: "f"), 1)])
    let file = open(journal.path + "/" + Self.index + ".new", O_RDWR | O_CREAT, 0o600)
    try #require(file >= 0)
    #expect(flock(file, LOCK_EX | LOCK_NB) == 0)
    #expect(try journal.run(["index"]).status == 75)
    close(file)
    #expect(try journal.run(["index"]).status == 0)
  }

  @Test func anFDLJournalHasNoIndex() throws {
    let sample = try JournalSample("62-fdl-page-multiple")
    let run = try runTool("jbr-journal", ["index", sample.replicas[0]])
    #expect(run.status == 64)
    #expect(run.stderr.contains("convert it"))
  }
}
