import Foundation
import JBRCore
import Testing

/// What only a person may choose: `plan --prefer` and `plan --unsafe-quorum`.
@Suite struct ManualChoiceToolTests {
  private let shop: JBRSetShop
  private static let root = MadeRequest.root

  init() throws {
    shop = try JBRSetShop()
    try shop.append([.create(Self.root, [UInt8](text: "f"), 1)])
  }

  private func text(_ number: Int, _ name: String) -> String? {
    FileManager.default.contents(atPath: shop.brick(number) + "/" + name)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [0, 1]) func thePreferredReplicasRequestCounts(preferred: Int) throws {
    try shop.append([.write(1, at: 0, [UInt8](text: "mine"))], to: [0])
    // The other one made something else under the same name.
    try shop.append([.create(Self.root, [UInt8](text: "other"), 6)], to: [1])
    try shop.append([.create(Self.root, [UInt8](text: "last"), 7)], to: [0, 1])
    try shop.makeBricks()
    let plain = try shop.plan(status: 1)
    #expect(
      plain.lines.of("fate").first { $0.text("id") == "1/2" }?.text("case")
        == "C1-content-conflict")
    #expect(plain.lines.of("fate").allSatisfy { $0.text("preferred") == nil })
    let plan = try shop.plan(["--prefer", "r\(preferred)"])
    let fate = try #require(plan.lines.of("fate").first { $0.text("id") == "1/2" })
    #expect(fate.text("case") == "P1-preferred" && fate.text("fate") == "forward")
    #expect(fate.text("preferred") == "r\(preferred)")
    #expect(plan.lines.last?.fields["zero_loss"] as? Bool == false)
    let loss = try #require(plan.lines.of("loss").first)
    #expect(loss.text("id") == "1/2" && loss.text("acknowledged") == "unknown")
    #expect(loss.text("fop") == "writev" || loss.text("fop") == "create")
    #expect(try shop.reconcile("apply", plan.path, "--yes").status == 77)
    try shop.apply(plan)
    try shop.expectSettled()
    for number in 0..<3 {
      #expect(text(number, "f") == (preferred == 0 ? "mine" : ""))
      #expect((text(number, "other") != nil) == (preferred == 1))
      #expect(text(number, "last") == "")
      // What was given up is kept as evidence, and the journals are of one mind.
      #expect(try shop.evidence(number).isEmpty == (number != 1 - preferred))
      let held = try shop.journals[number].run(["dump", "--request", "1/2"]).lines.of("request")
      #expect(held.map { $0.text("fop") } == [preferred == 0 ? "writev" : "create"])
    }
    // Nobody is asked again.
    try shop.reconcileAll()
  }

  /// What a run does that is killed before its first step.
  private func decide(_ plan: String) throws {
    let hosts = try Hosts { _ in }
    defer { hosts.close() }
    _ = try JournalPhase(PlanFile(path: plan), through: hosts).decide()
    // This process is not killed, and may have the files open: the tools get others.
    for journal in shop.journals.map(\.path) {
      try FileManager.default.moveItem(atPath: journal, toPath: journal + ".open")
      try FileManager.default.copyItem(atPath: journal + ".open", toPath: journal)
    }
  }

  /// What was given up is in nobody's journal any more, and on a brick still.
  @Test func aRunThatWasKilledBehindTheDecisionFinishes() throws {
    try shop.append([.write(1, at: 0, [UInt8](text: "mine"))], to: [0])
    try shop.append([.create(Self.root, [UInt8](text: "other"), 6)], to: [1])
    try shop.makeBricks()
    let plan = try shop.plan(["--prefer", "r0"])
    try decide(plan.path)
    #expect(try !shop.evidence(1).isEmpty)
    #expect(text(1, "other") != nil)
    // A new plan would take it for foreign.
    let other = try runTool("jbr-reconcile", ["plan"] + shop.arguments([0, 1, 2]))
    #expect(other.stderr.contains("was cut off on r0, r1, r2: if its plan"), "\(other.stderr)")
    try shop.apply(plan)
    let settled = try runTool("jbr-reconcile", ["plan"] + shop.arguments([0, 1, 2]))
    #expect(!settled.stderr.contains("was cut off"), "\(settled.stderr)")
    try shop.expectSettled()
    #expect(text(1, "other") == nil)
  }

  /// The journal forgot what was given up when its term was made anew; the undo file did not.
  @Test func whatWasUndoneCanBeAppliedAgain() throws {
    try shop.append([.write(1, at: 0, [UInt8](text: "mine"))], to: [0])
    try shop.append([.create(Self.root, [UInt8](text: "other"), 6)], to: [1])
    try shop.makeBricks()
    let plan = try shop.plan(["--prefer", "r0"])
    try shop.apply(plan)
    let undone = try runTool("jbr-reconcile", ["undo", plan.path])
    #expect(undone.status == 0, "\(undone.stderr)")
    #expect(text(1, "other") != nil)
    try shop.apply(plan)
    try shop.expectSettled()
    #expect(text(1, "other") == nil)
  }

  @Test func whoDoesNotHoldItSettlesNothing() throws {
    try shop.append([.write(1, at: 0, [UInt8](text: "mine"))], to: [0])
    try shop.append([.write(1, at: 0, [UInt8](text: "yours"))], to: [1])
    try shop.makeBricks()
    let plan = try shop.plan(["--prefer", "r2"], status: 1)
    #expect(plan.lines.of("fate").map { $0.text("case") } == ["C1-content-conflict"])
  }

  /// In journals of GlusterFS the conflict stays; the bricks agree.
  @Test func onJournalsOfGlusterFSTheBricksAreMadeEqual() throws {
    let journals = try JournalShop()
    var arguments: [String] = []
    for number in 0..<3 {
      let content = number == 1 ? "yours" : "mine"
      let journal = try journals.journal(
        "j\(number)",
        [
          .create(Self.root, [UInt8](text: "f"), 1), .write(1, at: 0, [UInt8](text: content)),
          .create(Self.root, [UInt8](text: "g"), 2),
        ])
      let brick = journals.path("b\(number)")
      let run = try runTool("jbr-replay", ["--init", "--journal", journal.path, brick])
      #expect(run.status == 0, "\(run.stderr)")
      let fdl = journals.path("fdl\(number)")
      try journal.expect(["convert", "--format", "fdl", journal.path, fdl])
      arguments.append("r\(number)=\(fdl),\(brick)")
    }
    let rules = ["--replicas", "3", "--quorum-percent", "50", "--leader", "r0"]
    #expect(try runTool("jbr-reconcile", ["plan"] + rules + arguments).status == 1)
    let file = journals.path("plan")
    let run = try runTool(
      "jbr-reconcile", ["plan", "-o", file, "--prefer", "r1"] + rules + arguments)
    #expect(run.status == 0, "\(run.stderr)")
    let lines = try JSONLine.all(Data(contentsOf: URL(fileURLWithPath: file)))
    #expect(lines.of("fate").map { $0.text("preferred") } == ["r1"])
    let digest = try #require(lines.last?.text("loss_digest"))
    // Nobody is handed a consent to what was not read.
    #expect(run.stderr.contains("jbr-reconcile show \(file)") && !run.stderr.contains(digest))
    let applied = try runTool("jbr-reconcile", ["apply", file, "--accept-loss", digest])
    #expect(applied.status == 0, "\(applied.stderr)")
    let verified = try runTool("jbr-reconcile", ["verify"] + arguments)
    #expect(verified.status == 0, "\(verified.text)")
    let path = journals.path("b0/f")
    #expect(FileManager.default.contents(atPath: path) == Data("yours".utf8))
  }

  @Test func tooFewMayDecideOnlyBySayingSo() throws {
    try shop.makeBricks()
    try shop.reconcileAll()
    try shop.append([.create(Self.root, [UInt8](text: "here"), 2)], to: [0])
    try shop.append([.create(Self.root, [UInt8](text: "there"), 3)], to: [1, 2])
    #expect(try runTool("jbr-reconcile", ["plan"] + shop.arguments([0])).status == 77)
    let plan = try shop.plan(["--unsafe-quorum"], [0])
    let finding = try #require(plan.lines.of("plan_finding").first)
    #expect(finding.text("kind") == "unsafe_quorum" && finding.number("term") == 2)
    #expect(finding.text("replica") == nil)
    #expect(finding.text("message")?.contains("the 2 hold that are not given") == true)
    #expect(plan.lines.last?.fields["zero_loss"] as? Bool == false)
    #expect(try shop.reconcile("apply", plan.path, "--yes").status == 77)
    #expect(try shop.reconcile("show", plan.path).text.contains("unsafe_quorum: term 2"))
    try shop.apply(plan)
    // What others had under the same name is lost, acknowledged or not.
    let late = try shop.plan()
    let fate = late.lines.of("fate").first { $0.text("id") == "2/1" }
    #expect(fate?.text("case") == "R1-recorded-forward")
    #expect(late.lines.of("loss").map { $0.text("id") } == ["2/1"])
    try shop.apply(late)
    try shop.expectSettled()
    #expect(text(1, "here") == "" && text(1, "there") == nil)
  }

  @Test func aDamagedReplicaMayHoldMore() throws {
    try shop.makeBricks()
    for number in [0, 1] { try shop.journals[number].damage(.body, of: "1/1") }
    let plan = try shop.plan(["--unsafe-quorum"], status: 65)
    let findings = plan.lines.of("plan_finding").filter { $0.text("kind") == "unsafe_quorum" }
    #expect(findings.compactMap { $0.text("replica") } == ["r0", "r1"])
    #expect(findings.allSatisfy { $0.number("term") == 1 })
  }

  /// A request that is damaged wherever it is held has no name, or no content, and still a line.
  @Test func whatIsDamagedEverywhereIsInTheLossReport() throws {
    try shop.makeBricks()
    try shop.reconcileAll()
    let requests: [MadeRequest] = (2...5).map {
      .create(Self.root, [UInt8](text: "n\($0)"), $0)
    }
    try shop.append(requests, to: [0, 1])
    // One has none of what is damaged, and vouches.
    try shop.append([requests[0]], to: [2])
    for number in 0..<2 {
      try shop.journals[number].damage(.header, of: "2/2")
      try shop.journals[number].damage(.body, of: "2/3")
    }
    #expect(try runTool("jbr-reconcile", ["plan"] + shop.arguments()).status == 77)
    let plan = try shop.plan(["--unsafe-quorum"], [0, 1, 2], status: 65)
    let places = plan.lines.of("damaged_place")
    #expect(places.map { $0.text("replica") } == ["r0", "r0", "r1", "r1"])
    #expect(places.map { $0.text("id") } == [nil, "2/3", nil, "2/3"])
    #expect(places.allSatisfy { $0.number("term") == 2 && $0.number("records") == 1 })
    #expect(places.allSatisfy { $0.text("acknowledged") == "unknown" })
    #expect(places[1].text("fop") == "create" && places[1].text("gfid") != nil)
    // Where they stood, as the journal's own reader tells.
    let found = try shop.journals[1].run(["verify"]).lines.of("finding")
    #expect(
      places[2...3].map { $0.number("file_offset") } == found.map { $0.number("file_offset") })
    #expect(places.allSatisfy { $0.number("length") ?? 0 > 0 })
    let end = try #require(places[2].number("file_offset")) + #require(places[2].number("length"))
    #expect(end < places[3].number("file_offset") ?? 0)
    let shown = try shop.reconcile("show", plan.path).text
    #expect(shown.contains("term 2: a lost request may have been acknowledged"), "\(shown)")
    #expect(shown.contains("1 record, with 2/3 (create)"), "\(shown)")
    // The digest that is typed is of these places, too.
    try shop.journals[1].damage(.header, of: "2/4")
    let other = try shop.plan(["--unsafe-quorum"], status: 65)
    #expect(other.lines.of("damaged_place").count == 5)
    #expect(other.lines.last?.text("loss_digest") != plan.lines.last?.text("loss_digest"))
    #expect(try shop.reconcile("apply", plan.path, "--yes").status == 77)
  }

  @Test func whereEnoughVouchNothingIsUnsafe() throws {
    try shop.makeBricks()
    let plan = try shop.plan(["--unsafe-quorum"])
    #expect(plan.lines.of("plan_finding").isEmpty)
    #expect(plan.lines.first?.fields["unsafe_quorum"] == nil)
    #expect(plan.lines.last?.fields["zero_loss"] as? Bool == true)
  }
}
