import Foundation
import Testing

/// Requests that a user names and that are not there, and the marks that `stat` shows.
@Suite struct NamedRequestToolTests {
  private let shop: JournalShop

  init() throws { shop = try JournalShop() }

  private func made(_ name: String = "made") throws -> MadeJournal {
    try shop.journal(
      name,
      [.create(MadeRequest.root, [UInt8](text: "f"), 1), .write(1, at: 0, [UInt8](text: "abc"))])
  }

  private func expectMissing(
    _ run: ToolRun, _ id: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(run.status == 66, sourceLocation: sourceLocation)
    #expect(
      run.stderr.contains("no request \(id) is there"), "\(run.stderr)",
      sourceLocation: sourceLocation)
    #expect(run.stderr.split(separator: "\n").count == 1, sourceLocation: sourceLocation)
  }

  @Test func aRequestThatIsNotThereIsTold() throws {
    let journal = try made()
    for command in [
      ["dump", "--request", "1/3"], ["dump", "--request", "1/3", "--reverse"],
      ["dump", "--request", "7/1"], ["stat", "--request", "1/1+1"],
    ] {
      expectMissing(try journal.run(command), command[2])
    }
    let some = try journal.run(["dump", "--request", "1/2", "--request", "1/3"])
    expectMissing(some, "1/3")
    #expect(try some.lines.map { $0.text("id") } == ["1/2"])
    let file = ["--gfid", MadeRequest.gfid(1)]
    let views = [["at"], ["paths", "--at"], ["read", "--at"] + file, ["blame", "--at"] + file]
    for command in views {
      // The id stands behind `--at`, or is the argument of `at`.
      let words = [command[0], "--unagreed"] + command.dropFirst().prefix(1) + ["1/3"]
      let run = try journal.run(words + command.dropFirst(2))
      expectMissing(run, "1/3")
      #expect(run.stdout == [])
    }
  }

  @Test func aRequestThatOtherConditionsLeaveOutIsThere() throws {
    let journal = try made()
    for more in [["--fop", "unlink"], ["--term", "9"], ["--limit", "0"]] {
      let run = try journal.run(["dump", "--request", "1/2"] + more)
      #expect(run.status == 0 && run.stderr == "" && run.stdout == [], "\(more): \(run.stderr)")
    }
    // One of several journals is enough.
    let other = try shop.journal("other", [])
    let run = try journal.run(["dump", "--request", "1/2", other.path])
    #expect(run.status == 0 && run.stderr == "", "\(run.stderr)")
    #expect(try run.lines.count == 1)
  }

  @Test func damageThatMayHaveTakenTheRequestComesFirst() throws {
    let journal = try made()
    try journal.damage(.header, of: "1/2")
    for command in [["dump", "--request", "1/2"], ["at", "--unagreed", "1/2"]] {
      let run = try journal.run(command)
      #expect(run.status == 65, "\(command)")
      #expect(run.stderr.contains("no request 1/2 is there"), "\(run.stderr)")
    }
  }

  @Test func theOtherToolsTellToo() throws {
    let journal = try made()
    let choice = ["--request", "1/3"]
    expectMissing(try runTool("jbr-terms", choice + ["r0=\(journal.path)"]), "1/3")
    let brick = shop.path("brick")
    expectMissing(
      try runTool("jbr-replay", choice + ["--init", "--journal", journal.path, brick]), "1/3")
    let lines = try journal.run(["dump", "--payload", "base64"]).stdout
    expectMissing(try runTool("jbr-replay", choice + ["--init", "-", brick], stdin: lines), "1/3")
    #expect(!FileManager.default.fileExists(atPath: brick))
  }

  @Test func statShowsWhereTermsStandAndTheMarks() throws {
    let set = try JBRSetShop()
    try set.append([.create(MadeRequest.root, [UInt8](text: "f"), 1)])
    try set.makeBricks()
    try set.reconcileAll()
    let status = try runTool("jbr-reconcile", ["status"] + set.arguments([0])).lines
    let run = try set.journals[0].run(["stat"])
    #expect(run.status == 0, "\(run.stderr)")
    let checked = try validate(run.stdout)
    #expect(checked.status == 0, "\(checked.text)")
    let marks = ["promise", "opened", "decided_up_to"]
    let shown = try #require(try run.lines.of("stat_journal").first)
    let known = try #require(status.of("replica_status").first)
    #expect(marks.map { shown.number($0) } == marks.map { known.number($0) })
    #expect(shown.number("decided_up_to") ?? 0 > 0)
    let terms = try run.lines.of("term_state")
    let reconciled = status.of("term_status").compactMap { $0.text("reconciliation_id") }
    #expect(terms.compactMap { $0.text("reconciliation_id") } == reconciled)
    #expect(!reconciled.isEmpty)
    let one = try set.journals[0].run(["stat", "--term", "1"]).lines.of("term_state")
    #expect(one.map { $0.number("term") } == [1])
    #expect(terms.count > 1)
    // An fdl journal has no marks.
    let fdl = shop.path("fdl")
    let converted = try runTool(
      "jbr-journal", ["convert", "--format", "fdl", set.journals[0].path, fdl])
    #expect(converted.status == 0, "\(converted.stderr)")
    let plain = try runTool("jbr-journal", ["stat", fdl]).lines
    #expect(plain.of("term_state").isEmpty && plain.last?.fields["promise"] == nil)
  }
}
