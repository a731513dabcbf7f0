import Foundation
import Testing

/// Plans for what is not the case.
@Suite struct WhatIfToolTests {
  private func ask(
    _ options: [String], _ replicas: [String], status: Int32,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (lines: [JSONLine], asIs: JSONLine, assumed: JSONLine) {
    let run = try runTool("jbr-reconcile", ["what-if"] + options + replicas)
    #expect(run.status == status, "\(run.stderr)", sourceLocation: sourceLocation)
    let (code, text) = try validate(run.stdout)
    #expect(code == 0, "\(text)", sourceLocation: sourceLocation)
    let lines = try run.lines
    #expect(lines.first?.type == "what_if", sourceLocation: sourceLocation)
    let worlds = lines.of("what_if_world")
    #expect(worlds.compactMap { $0.text("world") } == ["as_is", "assumed"])
    return (lines, try #require(worlds.first), try #require(worlds.last))
  }

  @Test func aReplicaThatIsLost() throws {
    let set = try ReplicaSetSample("follower-down")
    let (lines, asIs, assumed) = try ask(["--without", "replica2"], set.arguments, status: 0)
    #expect(lines.first?.list("without") == ["replica2"])
    #expect(asIs.number("steps") ?? 0 > 0)
    #expect(assumed.number("steps") == 0)
    #expect(assumed.number("forward") == 1042)
    #expect(lines.of("fate_change").isEmpty)
    // Two of three do not vouch any more: that is an answer, and no error.
    let refused = try ask(
      ["--without", "replica2", "--without", "replica0"], set.arguments, status: 1)
    #expect(refused.assumed.fields["refused"] as? Bool == true)
    #expect(refused.assumed.text("message")?.contains("needs 2 replicas that vouch") == true)
    #expect(refused.asIs.number("steps") == asIs.number("steps"))
    #expect(refused.lines.of("plan").isEmpty)
  }

  @Test(arguments: ["fdl", "jbr"]) func aTermThatIsDamaged(format: String) throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    let replicas = format == "jbr" ? try jbrReplicas(set) : set.arguments
    let one = try ask(["--damaged", "1@replica1"], replicas, status: 0)
    #expect(one.assumed.number("forward") == 124)
    let fates = one.lines.of("fate")
    #expect(fates.count == 124)
    #expect(fates.allSatisfy { $0.list("damaged_on") == ["replica1"] })
    if format == "jbr" {
      // The whole term is brought to it anew.
      #expect(one.asIs.number("supplied_requests") == 1)
      #expect(one.assumed.number("supplied_requests") == 125)
    }
    // The one who has what the leader lacks keeps it alone: it may have been acknowledged.
    #expect(one.lines.of("fate_change").isEmpty)
    let two = try ask(["--damaged", "1@replica1", "--damaged", "1@replica2"], replicas, status: 1)
    #expect(two.assumed.fields["refused"] as? Bool == true)
    for wrong in ["2@replica1", "1@nobody", "x@replica1", "1"] {
      let run = try runTool("jbr-reconcile", ["what-if", "--damaged", wrong] + replicas)
      #expect(run.status == 64, "\(wrong): \(run.stderr)")
      #expect(run.stdout == [])
    }
  }

  @Test func anotherQuorum() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    let replicas = try jbrReplicas(set)
    let (lines, asIs, assumed) = try ask(["--quorum-percent", "100"], replicas, status: 0)
    #expect(asIs.number("quorum") == 2)
    #expect(assumed.number("quorum") == 3)
    // One that only two have cannot have been acknowledged by three.
    let change = try #require(lines.of("fate_change").first)
    #expect(lines.of("fate_change").count == 1)
    #expect(change.text("id") == "1/42")
    #expect(change.text("fate_as_is") == "forward")
    #expect(change.text("case_as_is") == "F1-quorum-possible")
    #expect(change.text("fate") == "void")
    #expect(change.text("case") == "V2-too-few")
    #expect([asIs, assumed].map { $0.number("steps") } == [1, 2])
    #expect([asIs, assumed].map { $0.number("fates_changed") } == [0, 1])
    // More replicas, of which most are away.
    let many = try ask(["--replicas", "7"], replicas, status: 1)
    #expect(many.assumed.fields["refused"] as? Bool == true)
    for wrong in [["--replicas", "2"], ["--quorum-percent", "101"], ["--replicas", "0"]] {
      #expect(try runTool("jbr-reconcile", ["what-if"] + wrong + replicas).status == 64)
    }
    let table = try runTool(
      "jbr-reconcile", ["what-if", "--format", "table", "--quorum-percent", "100"] + replicas)
    #expect(table.status == 0)
    #expect(table.text.contains("\nwhat_if_world  as_is") && table.text.contains("FATE_AS_IS"))
  }

  /// What the only holder of a request takes with it.
  @Test func whatOnlyTheLostOneHeld() throws {
    try #require(geteuid() == 0, "bricks carry trusted.* xattrs, which only root may set")
    let shop = try JournalShop()
    let requests: [MadeRequest] = [
      .create(MadeRequest.root, [UInt8](text: "f"), 1), .write(1, at: 0, [1, 2, 3]),
      .write(1, at: 1, [4]),
    ]
    let replicas = try (0..<3).map { number in
      let journal = try shop.journal(
        "j\(number)", number == 2 ? requests : Array(requests.prefix(2)))
      return "replica\(number)=\(journal.path)"
    }
    let rules = ["--replicas", "3", "--quorum-percent", "100", "--leader", "replica2"]
    let (lines, asIs, assumed) = try ask(rules + ["--without", "replica2"], replicas, status: 0)
    #expect(asIs.number("forward") == 3)
    #expect(assumed.number("forward") == 2)
    let change = try #require(lines.of("fate_change").first)
    #expect(change.text("id") == "1/3")
    #expect(change.text("case") == "V3-never-seen")
  }

  /// Nothing is touched, and what comes out cannot be applied, however it is cut.
  @Test func itIsNoPlan() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    let before = try set.names.indices.map { try TreeTimes(set.brick($0)) }
    let run = try runTool("jbr-reconcile", ["what-if"] + set.arguments)
    #expect(run.status == 0)
    #expect(try run.lines.of("plan").map { $0.fields["assumed"] as? Bool } == [true])
    #expect(!run.text.contains("plan_id"))
    let file = set.file("what-if")
    for (lines, status) in [
      (run.text, Int32(77)), (run.text.drop { $0 != "\n" }.dropFirst().description, 65),
    ] {
      try Data(lines.utf8).write(to: URL(fileURLWithPath: file))
      let applied = try set.reconcile("apply", "--yes", file)
      #expect(applied.status == status, "\(applied.stderr)")
      #expect(applied.stdout == [])
    }
    #expect(try set.names.indices.map { try TreeTimes(set.brick($0)) } == before)
    let nobody = try runTool("jbr-reconcile", ["what-if", "--without", "x"] + set.arguments)
    #expect(nobody.status == 64)
    let none = try runTool(
      "jbr-reconcile",
      ["what-if"] + set.names.flatMap { ["--without", $0] } + set.arguments)
    #expect(none.status == 64)
  }
}
