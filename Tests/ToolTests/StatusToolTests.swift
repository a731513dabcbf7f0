import Foundation
import Testing

/// `jbr-reconcile status`: what is pending, from the journals' headers alone.
@Suite struct StatusToolTests {
  private static let states = ["in-progress", "need-fsync", "committed"]
  private static let id = "00000000000000a1"

  private func status(
    _ arguments: [String], exit wanted: Int32, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [JSONLine] {
    let run = try runTool("jbr-reconcile", ["status"] + arguments)
    #expect(run.status == wanted, "\(run.stderr)", sourceLocation: sourceLocation)
    let (valid, text) = try validate(run.stdout)
    #expect(valid == 0, "\(text)", sourceLocation: sourceLocation)
    return try run.lines
  }

  private func named(_ journals: [String]) -> [String] {
    journals.enumerated().map { "r\($0.offset)=\($0.element)" }
  }

  private func counts(_ line: JSONLine?) -> [String: Int]? {
    line?.fields["requests_by_reason"] as? [String: Int]
  }

  private func reasons(_ lines: [JSONLine], _ type: String = "replica_status") -> [[String]?] {
    lines.of(type).map { $0.list("reasons") }
  }

  @Test func aFollowerThatWasAwayLacksWhatTheOthersHold() throws {
    let sample = try JournalSample(archive: repository + "/Samples/follower-down.tar.zst")
    let lines = try status(named(sample.replicas), exit: 1)
    #expect(reasons(lines, "term_status") == [["extra_here"], ["extra_here"], ["missing_here"]])
    let last = try #require(lines.last)
    #expect(last.type == "set_status")
    // As many as the plan finds on replicas 0 and 1 alone.
    #expect(last.number("requests") == 477)
    #expect(last.number("held") == 1042)
    #expect(last.number("rolled_back") == 4)
    #expect(counts(last) == ["missing_here": 477, "extra_here": 477])

    // The same of an independent reading of the journals.
    let terms = try runTool("jbr-terms", ["--requests"] + named(sample.replicas))
    let missing = try terms.lines.of("request_state").filter { line in
      let states = line.fields["replicas"] as? [String: String] ?? [:]
      return states["r2"] == "absent" && !states.values.contains("rolled_back")
    }
    let ids = Set(missing.compactMap { $0.text("id") })
    let dump = try runTool("jbr-journal", ["dump", sample.replicas[1]])
    let bytes = try dump.lines.filter { ids.contains($0.text("id") ?? "") }
      .reduce(0) { $0 + ($1.text("fop") == "writev" ? $1.number("length") ?? 0 : 0) }
    #expect(ids.count == 477)
    #expect(bytes > 0 && last.number("payload_bytes") == bytes)
  }

  @Test(arguments: [
    ("14-jbr3-quorum-loss", [["missing_here"], ["extra_here"], ["extra_here"]]),
    ("15-jbr3-quorum100-rollback", [[], ["failed_elsewhere"], []]),
    ("17-jbr3-leader-restart", [[], [], []]),
  ])
  func theSamplesArePendingAsTheirRecordsSay(name: String, wanted: [[String]]) throws {
    let sample = try JournalSample(name)
    let isPending = wanted.contains { !$0.isEmpty }
    let lines = try status(named(sample.replicas), exit: isPending ? 1 : 0)
    #expect(reasons(lines) == wanted)
    #expect(lines.last?.fields["pending"] as? Bool == isPending)
  }

  /// Neither format's data files are opened, though they are named; a missing one is seen.
  @Test(arguments: [false, true]) func dataFilesAreNotRead(isJBR: Bool) throws {
    let sample = try JournalSample(archive: repository + "/Samples/follower-down.tar.zst")
    let shop = try JournalShop()
    let journals = try isJBR ? madeJournals(shop) : sample.replicas
    let before = try runTool("jbr-reconcile", ["status"] + named(journals))
    var changed: [URL] = []
    for journal in journals {
      let paths = try FileManager.default.subpathsOfDirectory(atPath: journal)
      for path in paths where path.contains("data-") {
        let file = URL(fileURLWithPath: journal + "/" + path)
        // Other bytes in all of it: whoever read them would say or find something else.
        let count = try Data(contentsOf: file).count
        try Data(repeating: 0xa5, count: count).write(to: file)
        if count > 0 { changed.append(file) }
      }
    }
    #expect(!changed.isEmpty)
    // Who reads them is noticed.
    #expect(try areOpened(changed) { try runTool("jbr-terms", named(journals)) })
    let after = try runTool("jbr-reconcile", ["status"] + named(journals))
    #expect(after.status == before.status)
    #expect(after.text == before.text)
    #expect(after.stderr == before.stderr)
    #expect(try !areOpened(changed) { try runTool("jbr-reconcile", ["status"] + named(journals)) })

    try FileManager.default.removeItem(at: try #require(changed.first))
    let lines = try status(named(journals), exit: 65)
    #expect(lines.last?.fields["damaged"] as? Bool == true)
  }

  /// Journals with data files, of which one is compressed; the last one lacks a request.
  private func madeJournals(_ shop: JournalShop) throws -> [String] {
    let content = (0..<150_000).map { UInt8(truncatingIfNeeded: $0 / 7 ^ $0) }
    let requests = Self.requests + [.write(1, at: 5, content), .truncate(1, to: 9)]
    return try (0..<3).map { number in
      let journal = try shop.journal("j\(number)", Array(requests.dropLast(number / 2)))
      if number == 0 {
        for state in Self.states { try journal.setState(state, "1..5") }
        try journal.expect(["close", journal.path])
        #expect(try journal.run(["compress"]).lines.count == 1)
      }
      return journal.path
    }
  }

  /// Whether a tool opens any of some files.
  private func areOpened(_ files: [URL], by run: () throws -> ToolRun) throws -> Bool {
    let watch = inotify_init1(O_NONBLOCK | O_CLOEXEC)
    try #require(watch >= 0)
    defer { close(watch) }
    for file in files { try #require(inotify_add_watch(watch, file.path, UInt32(IN_OPEN)) >= 0) }
    _ = try run()
    var events = [UInt8](repeating: 0, count: 4096)
    return read(watch, &events, events.count) > 0
  }

  private static var requests: [MadeRequest] {
    [
      .create(MadeRequest.root, [UInt8](text: "f"), 1), .write(1, at: 0, [1, 2, 3]),
      .write(1, at: 3, [4, 5]),
    ]
  }

  @Test func aJBRTermIsPendingUntilAllAreDecided() throws {
    let shop = try JournalShop()
    let journals = try (0..<2).map { try shop.journal("j\($0)", Self.requests) }
    let names = named(journals.map(\.path))
    let new = ["not_committed", "unagreed", "never_reconciled"]
    let first = try status(names, exit: 1)
    #expect(reasons(first) == [new, new])
    #expect(counts(first.first) == ["not_committed": 3, "unagreed": 3])
    #expect(first.first?.number("files") == 1)
    #expect(first.first?.number("payload_bytes") == 5)
    #expect(first.first?.text("state") == "current")

    for journal in journals {
      for state in Self.states { try journal.setState(state, "1..3") }
      try journal.expect(["close", journal.path])
    }
    #expect(
      reasons(try status(names, exit: 1)) == [Array(new.dropFirst()), Array(new.dropFirst())])
    try retire(journals[0], Self.id)
    #expect(reasons(try status(names, exit: 1)) == [[], Array(new.dropFirst())])
    let other = try journals[1].copy("j2")
    try retire(journals[1], Self.id)
    let done = try status(names, exit: 0)
    #expect(done.first?.text("reconciliation_id") == Self.id)
    #expect(done.first?.text("state") == "retired")

    try retire(other, "00000000000000a2")
    let apart = try status(named([journals[0].path, other.path]), exit: 1)
    #expect(reasons(apart) == [["reconciliation_differs"], ["reconciliation_differs"]])
  }

  private func retire(_ journal: MadeJournal, _ id: String) throws {
    try journal.expect([
      "set-state", "retired", "--term", "1", "--reconciliation-id", id, journal.path,
    ])
  }

  @Test func differencesOfJBRJournalsAreToldApart() throws {
    let shop = try JournalShop()
    let whole = try shop.journal("whole", Self.requests)
    let short = try shop.journal("short", Array(Self.requests.prefix(2)))
    let other = try shop.journal("other", Array(Self.requests.prefix(2)) + [.truncate(1, to: 9)])
    try other.setState("invalid", "2")
    let lines = try status(named([whole, short, other].map(\.path)), exit: 1)
    let found = lines.of("term_status").map(counts)
    #expect(found[0]?["extra_here"] == 1)
    #expect(found[0]?["digest_differs"] == 1)
    #expect(found[0]?["failed_elsewhere"] == 1)
    #expect(found[1]?["missing_here"] == 1)
    #expect(found[1]?["failed_elsewhere"] == 1)
    #expect(found[2]?["not_committed"] == 2)
    #expect(lines.last?.number("rolled_back") == 1)
  }

  @Test func damageIsNoAbsence() throws {
    let shop = try JournalShop()
    let whole = try shop.journal("whole", Self.requests)
    let broken = try whole.copy("broken")
    try broken.damage(.body, of: "1/2")
    let lines = try status(named([whole.path, broken.path]), exit: 65)
    let found = lines.of("term_status")
    #expect(found[1].list("reasons")?.first == "damaged")
    #expect(counts(found[1])?["damaged"] == 1)
    #expect(counts(found[1])?["missing_here"] == nil)
    #expect(counts(found[0])?["extra_here"] == nil)
  }

  @Test func aTornTailIsPending() throws {
    let sample = try JournalSample("04-fdl-torn")
    let run = try runTool("jbr-reconcile", ["status"] + named(sample.replicas))
    #expect(run.status == 1, "\(run.stderr)")
    #expect(try run.lines.contains { $0.list("reasons") == ["torn"] })
  }

  @Test func aTableIsForPeople() throws {
    let shop = try JournalShop()
    let journal = try shop.journal("j", Self.requests)
    let run = try runTool("jbr-reconcile", ["status", "--format", "table", "a=" + journal.path])
    #expect(run.status == 1)
    #expect(run.text.split(separator: "\n").count == 6)
    #expect(run.text.contains("PENDING"))
  }

  @Test func journalsOfTwoKindsAreNotCompared() throws {
    let sample = try JournalSample("14-jbr3-quorum-loss")
    let shop = try JournalShop()
    let journal = try shop.journal("j", Self.requests)
    let run = try runTool(
      "jbr-reconcile", ["status", "a=" + sample.replicas[0], "b=" + journal.path])
    #expect(run.status == 77)
    #expect(run.stdout == [])
  }
}
