import Foundation
import Testing

/// `jbr-reconcile` on jbr journals, which it reads as it reads those of GlusterFS.
@Suite struct JBRReconcileToolTests {
  private static let rules = ["--replicas", "3", "--quorum-percent", "50", "--leader", "replica0"]

  private func convert(_ journal: String, _ target: String) throws {
    let run = try runTool("jbr-journal", ["convert", "--format", "jbr", journal, target])
    #expect(run.status == 0, "\(run.stderr)")
  }

  /// A plan's lines, without where in its journal a payload lies.
  private func plan(_ rules: [String], _ journals: [String]) throws -> [String] {
    let names = journals.enumerated().map { "replica\($0.offset)=\($0.element)" }
    let run = try runTool("jbr-reconcile", ["plan"] + rules + names)
    #expect(run.status == 0, "\(run.stderr)")
    return try run.lines.filter { ["fate", "loss", "step", "plan_summary"].contains($0.type) }
      .map { line in
        let fields = line.fields.filter { !["source_file", "source_offset"].contains($0.key) }
        let data = try JSONSerialization.data(withJSONObject: fields, options: .sortedKeys)
        return String(decoding: data, as: UTF8.self)
      }
  }

  /// The same requests come to the same decisions, whatever they are written in.
  @Test(arguments: [("14-jbr3-quorum-loss", "50", 3), ("15-jbr3-quorum100-rollback", "100", 60)])
  func aPlanOnConvertedJournalsIsThatOnTheOriginals(
    name: String, quorum: String, lineCountMin: Int
  ) throws {
    let sample = try JournalSample(name)
    let rules = ["--replicas", "3", "--quorum-percent", quorum, "--leader", "replica0"]
    let converted = sample.replicas.indices.map { sample.directory + "/jbr\($0)" }
    for (replica, target) in zip(sample.replicas, converted) { try convert(replica, target) }
    let wanted = try plan(rules, sample.replicas)
    #expect(wanted.count >= lineCountMin)
    #expect(try plan(rules, converted) == wanted)
  }

  @Test func applyWritesWhatTheJournalsHold() throws {
    let sample = try ReplicaSetSample("follower-down")
    var arguments: [String] = []
    for number in 0..<3 {
      let journal = sample.file("jbr\(number)")
      try convert(sample.journal(number), journal)
      arguments.append("replica\(number)=\(journal),\(sample.brick(number))")
    }
    let file = sample.file("plan")
    let plan = try runTool("jbr-reconcile", ["plan", "-o", file] + Self.rules + arguments)
    #expect(plan.status == 0, "\(plan.stderr)")
    let applied = try sample.reconcile("apply", file, "--yes")
    #expect(applied.status == 0, "\(applied.stderr)")
    #expect(try applied.lines.last?.number("applied") ?? 0 > 200)
    let verified = try runTool("jbr-reconcile", ["verify"] + arguments)
    #expect(verified.status == 0, "\(verified.text.prefix(300))")
    try sample.expectEqualBricks()
  }

  /// Payloads that are in a data file, plain or compressed.
  @Test(arguments: [false, true]) func applyReadsDataFiles(isCompressed: Bool) throws {
    try #require(geteuid() == 0, "bricks carry trusted.* xattrs, which only root may set")
    let shop = try JournalShop()
    let content = (0..<150_000).map { UInt8(truncatingIfNeeded: $0 / 7 ^ $0) }
    let requests: [MadeRequest] = [
      .create(MadeRequest.root, [UInt8](text: "f"), 1), .write(1, at: 0, [1, 2, 3]),
      .write(1, at: 1, content),
    ]
    var arguments: [String] = []
    for number in 0..<3 {
      // The last one missed the last request.
      let held = number == 2 ? Array(requests.prefix(2)) : requests
      let journal = try shop.journal("j\(number)", held)
      let brick = shop.path("b\(number)")
      let run = try runTool(
        "jbr-replay", ["--init", "--journal", journal.path, brick])
      #expect(run.status == 0, "\(run.stderr)")
      arguments.append("replica\(number)=\(journal.path),\(brick)")
      guard isCompressed else { continue }
      try journal.expect(["close", journal.path])
      let compressed = try journal.run(["compress"])
      #expect(compressed.status == 0)
      #expect(try compressed.lines.count == (number == 2 ? 0 : 1))
    }
    let file = shop.path("plan")
    let plan = try runTool("jbr-reconcile", ["plan", "-o", file] + Self.rules + arguments)
    #expect(plan.status == 0, "\(plan.stderr)")
    let lines = try JSONLine.all(Data(contentsOf: URL(fileURLWithPath: file)))
    let source = lines.compactMap { $0.text("source_file") }
    #expect(source.allSatisfy { $0.hasSuffix(isCompressed ? ".zst" : "data-000001") })
    #expect(!source.isEmpty)
    try system(["cp", "-a", shop.path("b2"), shop.path("kept")])
    let script = try runTool("jbr-reconcile", ["show", "--shell", file])
    #expect(script.status == 0, "\(script.stderr)")
    try system(["bash", "-c", script.text])
    #expect(
      Array(try Data(contentsOf: URL(fileURLWithPath: shop.path("b2/f")))) == [1] + content)
    try system(["rm", "-r", shop.path("b2")])
    try system(["mv", shop.path("kept"), shop.path("b2")])
    let applied = try runTool("jbr-reconcile", ["apply", file, "--yes"])
    #expect(applied.status == 0, "\(applied.stderr)")
    #expect(
      Array(try Data(contentsOf: URL(fileURLWithPath: shop.path("b2/f")))) == [1] + content)
    let verified = try runTool("jbr-reconcile", ["verify"] + arguments)
    #expect(verified.status == 0, "\(verified.text)")
  }
}
