import Foundation
import Testing

/// Damaged jbr journals: who supplies what was lost, and that applying a plan repairs them.
@Suite struct DamageRepairToolTests {
  private let shop: JBRSetShop
  private static let root = MadeRequest.root
  /// More than lies inline.
  private static let large = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }
  private static var requests: [MadeRequest] {
    [
      .create(root, [UInt8](text: "f"), 1), .write(1, at: 0, [UInt8](text: "inline")),
      .write(1, at: 10, large), .mkdir(root, [UInt8](text: "d"), 2),
      .create(MadeRequest.gfid(2), [UInt8](text: "g"), 3),
    ]
  }

  init() throws {
    shop = try JBRSetShop()
    try shop.append(Self.requests)
    try shop.makeBricks(applying: false)
  }

  enum Loss: CaseIterable {
    case recordHeader, recordBody, inlinePayload, dataFile, termLog, fileHeader
  }

  private func lose(_ loss: Loss, on number: Int) throws {
    let journal = shop.journals[number]
    switch loss {
    case .recordHeader: try journal.damage(.header, of: "1/3")
    case .recordBody: try journal.damage(.body, of: "1/3")
    case .inlinePayload: try journal.damage(.payload, of: "1/2")
    case .dataFile: try flip("term-0000000001.data-000001", at: 4096 + 30_000, on: number)
    case .termLog: try shop.remove(journal.path + "/term-0000000001.events")
    case .fileHeader:
      for place in [20, 2068] { try flip("term-0000000001.events", at: place, on: number) }
    }
  }

  private func flip(_ file: String, at place: Int, on number: Int) throws {
    var bytes = try shop.journals[number].bytes(file)
    bytes[place] ^= 0x55
    try shop.journals[number].write(bytes, file)
  }

  @Test(arguments: Loss.allCases) func whatOneHasLostTheOthersSupply(loss: Loss) throws {
    try lose(loss, on: 1)
    #expect(try shop.journals[1].run(["verify"]).status == 65)
    let before = try shop.content(of: shop.journals[1].path)
    let plan = try shop.plan(status: 65)
    // Planning touches nothing.
    #expect(try shop.content(of: shop.journals[1].path) == before)
    let supply = try #require(plan.lines.of("content_supply").first)
    #expect(plan.lines.of("content_supply").count == 1)
    #expect(supply.text("replica") == "r1" && supply.number("term") == 1)
    #expect(supply.text("why") == "repair")
    #expect(supply.number("requests") == 5)
    #expect(supply.list("from") == ["r0"])
    let damaged = plan.lines.of("fate").compactMap { $0.list("damaged_on") }
    #expect(!damaged.isEmpty && damaged.allSatisfy { $0 == ["r1"] })
    #expect(plan.lines.of("fate").allSatisfy { $0.text("fate") == "forward" })
    #expect(plan.lines.last?.fields["zero_loss"] as? Bool == true)
    let applied = try shop.apply(plan)
    #expect(try applied.lines.of("content_supply").map { $0.text("why") } == ["repair"])
    try shop.expectSettled()
    // What was damaged is kept as it was.
    let evidence = try shop.evidence(1)
    #expect(evidence.isEmpty == false)
    // One that vouches takes more before it is set aside.
    for name in evidence where name.hasSuffix(".events.broken-1") && loss != .dataFile {
      let kept = try Data(shop.journals[1].bytes(name))
      #expect(kept == before["term-0000000001.events"])
    }
    #expect(try shop.journals[1].run(["dump"]).lines.of("request").count == 5)
    try shop.append([.create(Self.root, [UInt8](text: "next"), 9)])
    try shop.reconcileAll()
    try shop.expectSettled()
  }

  /// The journal that is made anew is the first that holds a request whose bytes are needed.
  @Test func bytesOfATermThatIsSetAsideAreFoundInTheEvidence() throws {
    let last: [MadeRequest] = [.write(3, at: 0, [UInt8](text: "only here"))]
    try shop.append(last, to: [0])
    try lose(.dataFile, on: 0)
    // The third one is away, so that what one holds may have been acknowledged.
    let plan = try shop.plan([], [0, 1], status: 65)
    let sources = plan.lines.of("step").compactMap { $0.text("source_file") }
    #expect(sources.contains { $0.hasPrefix(shop.journals[0].path + "/") })
    try shop.apply(plan)
    let again = try shop.apply(plan)
    #expect(try again.lines.of("step_result").count > 0)
    try shop.expectSettled([0, 1])
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: shop.brick(1) + "/d/g")) == Data("only here".utf8))
  }

  /// What is copied into a journal needs room there: before anything is promised, and not again by a
  /// run that finds it copied.
  @Test func roomIsNeededUntilTheContentIsThere() throws {
    let journal = shop.journals[2].path
    let kept = shop.path("kept")
    try system(["mv", journal, kept])
    try system(["mkdir", journal])
    try system(["mount", "-t", "tmpfs", "-o", "size=96m", "none", journal])
    defer { _ = try? output(["umount", "-l", journal]) }
    try system(["cp", "-a", kept + "/.", journal])
    try shop.append([.create(Self.root, [UInt8](text: "late"), 4)], to: [0, 1])
    let plan = try shop.plan()
    #expect(plan.lines.of("content_supply").map { $0.text("replica") } == ["r2"])
    func fill() throws { try system(["fallocate", "-l", "80m", journal + "/filler"]) }
    try fill()
    let before = try (0..<3).map { try shop.content(of: shop.journals[$0].path) }
    let refused = try shop.apply(plan, status: 74)
    #expect(refused.stderr.contains("\(journal): its file system has "), "\(refused.stderr)")
    #expect(try (0..<3).map { try shop.content(of: shop.journals[$0].path) } == before)
    try shop.remove(journal + "/filler")
    try shop.apply(plan)
    try fill()
    try shop.apply(plan)
    try shop.expectSettled()
  }

  @Test func theSilenceOfADamagedReplicaIsNoNo() throws {
    try shop.append([.create(Self.root, [UInt8](text: "late"), 4)], to: [0])
    // Both others vouch: too few had it.
    let without = try shop.plan()
    #expect(without.lines.of("fate").map { $0.text("case") } == ["V2-too-few"])
    try lose(.recordBody, on: 1)
    let plan = try shop.plan(status: 65)
    let late = try #require(plan.lines.of("fate").first { $0.text("id") == "1/6" })
    #expect(late.text("case") == "F1-quorum-possible")
    #expect(late.list("damaged_on") == ["r1"])
    try shop.apply(plan)
    try shop.expectSettled()
    #expect(FileManager.default.fileExists(atPath: shop.brick(2) + "/late"))
  }

  @Test func whatIsDamagedEverywhereIsAConflict() throws {
    for number in 0..<3 { try lose(.dataFile, on: number) }
    let journals = try (0..<3).map { try shop.content(of: shop.journals[$0].path) }
    let plan = try shop.plan(status: 65)
    #expect(plan.lines.of("fate").map { $0.text("case") } == ["C2-only-damaged-copies"])
    #expect(plan.lines.last?.number("conflicts") == 1)
    let refused = try shop.apply(plan, status: 77)
    #expect(refused.stderr.contains("request 1/3 conflict (C2-only-damaged-copies)"))
    for number in 0..<3 {
      #expect(try shop.content(of: shop.journals[number].path) == journals[number])
      #expect(!FileManager.default.fileExists(atPath: shop.brick(number) + "/f"))
    }
  }

  @Test func withTooManyDamagedLogsNothingIsPlanned() throws {
    try lose(.recordBody, on: 0)
    try lose(.recordHeader, on: 1)
    let run = try runTool("jbr-reconcile", ["plan"] + shop.arguments())
    #expect(run.status == 77)
    #expect(run.stderr.contains("term 1 needs 2 replicas that vouch for it, and 1 do (r2)"))
  }

  @Test func decisionsThatCannotBeReadAreSetRight() throws {
    try shop.reconcileAll()
    try shop.append([.create(Self.root, [UInt8](text: "next"), 9)], to: [0, 2])
    try flip("decisions.events", at: 4096 + 120, on: 1)
    let plan = try shop.plan(status: 65)
    #expect(plan.lines.of("decided_term").first?.list("vouching") == ["r0", "r2"])
    try shop.apply(plan)
    try shop.expectSettled()
  }

  @Test func oneSuperblockIsEnoughAndNoneIsALostDisk() throws {
    let path = shop.journals[1].path
    try shop.remove(path + "/superblock-1")
    try shop.apply(try shop.plan(status: 65))
    try shop.expectSettled()
    for number in 1...2 { try shop.remove(path + "/superblock-\(number)") }
    let run = try runTool("jbr-reconcile", ["plan"] + shop.arguments())
    #expect(run.status == 77)
    #expect(run.stderr.contains("jbr-journal create --rejoin"))
  }
}

/// Damaged journals of GlusterFS, which are never written to.
@Suite struct FDLDamageToolTests {
  @Test func aPlanNamesWhoHoldsWhatADamagedOneHasLost() throws {
    let sample = try ReplicaSetSample("follower-down")
    let record = try #require(
      try runTool(
        "jbr-journal", ["dump", "--limit", "1", "--fop", "writev", sample.journal(1)]
      ).lines.first)
    let id = try #require(record.text("id"))
    let file = try #require(record.text("file"))
    let place = try #require(record.number("file_offset"))
    let path = file.hasPrefix("/") ? file : sample.journal(1) + "/" + file
    try sample.flipByte(at: UInt64(place), of: path)
    let plan = try runTool("jbr-reconcile", ["plan"] + sample.arguments)
    #expect(plan.status == 65, "\(plan.stderr)")
    let fate = try #require(try plan.lines.of("fate").first { $0.text("id") == id })
    #expect(fate.list("damaged_on") == ["replica1"])
    #expect(fate.list("held_by")?.isEmpty == false)
    #expect(try plan.lines.of("content_supply").isEmpty)
  }
}
