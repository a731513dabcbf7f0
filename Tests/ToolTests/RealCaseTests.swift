import Foundation
import Testing

/// What comes out on GlusterFS' own journals, worked out by hand from their records, and what is
/// refused where two sides hold different requests under the same names.
@Suite struct RealCaseTests {
  /// What must be decided, and on whose brick anything is to be done.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var forward: Int
    var void: [String]
    var changed: Set<String>
    var options: [String] = []
    var testDescription: String { name }
  }

  private static let all = [
    Case(
      name: "10-jbr3-allops-fuse", forward: 253, void: ["1/162", "1/163", "1/223"], changed: []),
    Case(
      name: "13-jbr3-follower-down", forward: 1042, void: ["1/169", "1/981", "1/1083", "1/1345"],
      changed: ["replica2"]),
    Case(name: "14-jbr3-quorum-loss", forward: 124, void: [], changed: ["replica0"]),
    Case(
      name: "15-jbr3-quorum100-rollback", forward: 72,
      void: [63...67, 70...71, 74...75, 78...88, 93...95].flatMap { Array($0) }.map { "1/\($0)" },
      changed: ["replica0", "replica1", "replica2"]),
    Case(name: "17-jbr3-leader-restart", forward: 77, void: [], changed: []),
  ]

  /// The replicas of a case, from beside the repository or from the samples; nil, with a note,
  /// where it is in neither.
  private func replicas(_ name: String) throws -> ReplicaSetSample? {
    let beside = repository + "/../shared/journals/\(name).tar.zst"
    if FileManager.default.fileExists(atPath: beside) {
      return try ReplicaSetSample(archive: beside)
    }
    if name.hasPrefix("13-") { return try ReplicaSetSample("follower-down") }
    if FileManager.default.fileExists(atPath: samplePath(name + ".tar.zst")) {
      return try ReplicaSetSample(name)
    }
    print("NOTE: \(name) is not in ../shared/journals nor in Tests/Samples, and is not tried.")
    return nil
  }

  @Test(arguments: all) func decidesAsTheRecordsSay(wanted: Case) throws {
    guard let set = try replicas(wanted.name) else { return }
    let plan = try set.plan()
    let summary = try #require(plan.last)
    #expect(summary.number("forward") == wanted.forward)
    #expect(summary.number("conflicts") == 0)
    let void = plan.of("fate").filter { $0.text("fate") == "void" }
    #expect(void.compactMap { $0.text("id") } == wanted.void)
    #expect(void.allSatisfy { $0.text("case") == "V1-rolled-back" })
    #expect(Set(plan.of("step").compactMap { $0.text("replica") }) == wanted.changed)
    let ids = plan.of("fate").filter { $0.text("fate") == "forward" }.compactMap { $0.text("id") }
    switch wanted.name.prefix(2) {
    case "13": #expect(ids.count == 477)
    case "14": #expect(ids == ["1/42"])
    default: #expect(ids.isEmpty)
    }
    // One that is a copy in time of the others is left as it is, to the byte and to the second.
    let before = try set.names.indices.map { try TreeTimes(set.brick($0)) }
    let consent =
      summary.text("loss_digest").map { ["--accept-loss", $0] } ?? ["--yes"]
    let run = try runTool("jbr-reconcile", ["apply"] + consent + [set.file("plan.jsonl")])
    #expect(run.status == 0, "\(run.stderr)")
    for (number, name) in set.names.enumerated() where !wanted.changed.contains(name) {
      #expect(try TreeTimes(set.brick(number)) == before[number])
    }
    let verified = try set.verify()
    #expect(verified.status == 0, "\(verified.text)")
    #expect(try set.verify("--touched").status == 0)
    try set.expectEqualBricks()
  }

  /// The same journals in jbr's format, where n and q come from the superblocks, and nobody is
  /// asked who led.
  @Test(arguments: all) func decidesTheSameOfJBRJournals(wanted: Case) throws {
    guard let set = try replicas(wanted.name) else { return }
    let percent = wanted.name.hasPrefix("15") ? 100 : 50
    let arguments = try jbrReplicas(set, quorumPercent: percent)
    let run = try runTool("jbr-reconcile", ["plan"] + arguments)
    #expect(run.status == 0, "\(run.stderr)")
    let plan = try run.lines
    #expect(plan.last?.number("forward") == wanted.forward)
    let void = plan.of("fate").filter { $0.text("fate") == "void" }
    #expect(void.compactMap { $0.text("id") } == wanted.void)
    let steps = plan.of("step")
    // Converted requests are uncommitted: by their journals no brick has applied the fallocate of
    // case 10, so that none may tell whether it kept the file's size. All grow alike then.
    let unsure = steps.filter { $0.text("action") == "truncate" && $0.text("path") == "fa" }
    guard wanted.name.hasPrefix("10") else {
      return #expect(Set(steps.compactMap { $0.text("replica") }) == wanted.changed)
    }
    #expect(Set(unsure.compactMap { $0.text("replica") }).count == 3)
    #expect(steps.allSatisfy { $0.text("path") == "fa" })
  }

  @Test func whatWasTamperedWithIsForeign() throws {
    guard let set = try replicas("15-jbr3-quorum100-rollback") else { return }
    let plan = try set.plan()
    let foreign = plan.of("plan_finding").filter { $0.text("kind") == "foreign" }
    func paths(_ replica: String) -> Set<String> {
      Set(foreign.filter { $0.text("replica") == replica }.compactMap { $0.text("path") })
    }
    // As the case's own page lists what was put there by hand.
    let second =
      (1...5).map { "q/clash\($0)" }
      + (1...3).flatMap { ["q/clashs\($0)", "q/clashn\($0)"] }
      + ["q/clashdir", "q/clashl", "q/d/x"]
    #expect(paths("replica2") == Set(second))
    #expect(paths("replica0") == Set((6...9).map { "q/clash\($0)" }))
    #expect(paths("replica1").isEmpty)
    // An empty file that stood where a create came was opened by it and got its GFID; only what
    // GlusterFS keeps of its name is missing.
    let mended = plan.of("step").filter { $0.text("action") == "mend" }.compactMap { step in
      step.text("path").map { "\(step.text("replica") ?? "") \($0)" }
    }
    #expect(
      mended.filter { $0.contains("clashf") }.sorted() == [
        "replica0 q/clashf8", "replica2 q/clashf1", "replica2 q/clashf2", "replica2 q/clashf3",
      ])
  }
}

/// One journal that went on in two ways.
@Suite struct SplitBrainTests {
  private static let rules = ["--replicas", "3", "--quorum-percent", "50", "--leader", "replica0"]

  /// Two copies of a follower's journal that go on with different writes under the same ids.
  private func sides(
    _ set: ReplicaSetSample, of count: Int, format: String
  ) throws -> [String] {
    try [0, 1].map { number in
      let dump = try runTool("jbr-journal", ["dump", "--payload", "base64", set.journal(1)])
      #expect(dump.status == 0)
      let lines = try JSONLine.all(Data(dump.stdout)).of("request")
      let last = try #require(lines.last { $0.text("fop") == "writev" })
      let highest = try #require(lines.compactMap { $0.number("index") }.max())
      let new = (1...count).map { continued(last, highest + $0, side: number) }
      let text = try (lines.map(\.fields) + new).map { fields in
        String(decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
      }.joined(separator: "\n")
      let fdl = set.file("side\(number)")
      let made = try runTool(
        "jbr-journal", ["import", "--format", "fdl", fdl], stdin: Array((text + "\n").utf8))
      #expect(made.status == 0, "\(made.stderr)")
      guard format == "jbr" else { return "replica\(number)=\(fdl),\(set.brick(number))" }
      let jbr = set.file("jbr\(number)")
      let converted = try runTool(
        "jbr-journal",
        [
          "convert", "--format", "jbr", "--volume", "6f1f0e5a-2b8e-4a53-9d0c-58a6b2f4d3c1",
          "--replicas", "3", "--quorum-percent", "50", fdl, jbr,
        ])
      #expect(converted.status == 0, "\(converted.stderr)")
      return "replica\(number)=\(jbr),\(set.brick(number))"
    }
  }

  private func continued(_ last: JSONLine, _ index: Int, side: Int) -> [String: Any] {
    var fields = last.fields
    let content = Data("side \(side), \(index)".utf8)
    fields["id"] = "1/\(index)"
    fields["index"] = index
    fields["ordinal"] = nil
    fields["offset"] = index * 100
    fields["length"] = content.count
    fields["payload"] = content.base64EncodedString()
    fields["xdata"] = [
      ["key": "trusted.jbr.index", "value": "\(index)\0"],
      ["key": "trusted.jbr.term", "value": "0\0"],
    ]
    return fields
  }

  private func state(_ set: ReplicaSetSample, _ sides: [String]) throws -> [String] {
    // How many blocks a file has, file systems find out when they like.
    let looks = "find . -printf '%p %y %m %U:%G %n %s %T@ %l\\n' | sort"
    return try [0, 1].map { try output(["sh", "-c", "cd '\(set.brick($0))' && \(looks)"]).text }
      + sides.map { side in
        let journal = side.split(separator: "=")[1].split(separator: ",")[0]
        return try output(["sh", "-c", "cd '\(journal)' && find . -type f | sort | xargs md5sum"])
          .text
      }
  }

  /// GlusterFS left a file there without a name, by its handle alone; the plan gives it its name
  /// again, and undoing takes that back.
  @Test func undoingLeavesNoNameThatWasNotThere() throws {
    let set = try ReplicaSetSample("15-jbr3-quorum100-rollback")
    let looks = "find . -path './.glusterfs/jbr*' -prune -o -type f -printf '%p %n\\n' | sort"
    let files = {
      try [0, 1, 2].map { try output(["sh", "-c", "cd '\(set.brick($0))' && \(looks)"]).text }
    }
    let before = try files()
    let handle = "./.glusterfs/3a/84/3a84bbfb-9bfd-4373-8dac-cbf193d2742d 1\n"
    #expect(before[2].contains(handle))
    let digest = try #require(try set.plan().last?.text("loss_digest"))
    let plan = set.file("plan.jsonl")
    #expect(try set.reconcile("apply", "--accept-loss", digest, plan).status == 0)
    #expect(try files() != before)
    let run = try set.reconcile("undo", plan)
    #expect(run.status == 0, "\(run.stderr)")
    #expect(try files() == before)
  }

  /// The tour's plan, made as the README says.
  @Test func theReadmeShowsThePlanOfTheSample() throws {
    let set = try ReplicaSetSample("follower-down")
    let folder = (set.journal(0) as NSString).deletingLastPathComponent
    let names = set.names.enumerated().map { "\($1)=\($1),\($1)/brick\($0)" }
    let tool = try builtExecutable("jbr-reconcile").path
    let line = (["exec", tool, "plan"] + names).joined(separator: " ")
    let (status, text) = try output(["sh", "-c", "cd '\(folder)' && \(line) 2>&1"])
    #expect(status == 0, "\(text)")
    let lines = try JSONLine.all(Data(text.utf8))
    let id = try #require(lines.of("plan").first?.text("plan_id"))
    let tour = try String(contentsOfFile: repository + "/README.md", encoding: .utf8)
    #expect(tour.contains(#""plan_id":"\#(id)""#), "\(id)")
  }

  @Test(arguments: ["fdl", "jbr"]) func aSplitBrainIsAConflict(format: String) throws {
    let set = try ReplicaSetSample("follower-down")
    let sides = try sides(set, of: 3, format: format)
    let before = try state(set, sides)
    let rules = format == "fdl" ? Self.rules : []
    let plan = set.file("split.jsonl")
    let run = try runTool("jbr-reconcile", ["plan", "-o", plan] + rules + sides)
    #expect(run.status == 1, "\(run.stderr)")
    for index in 1366...1368 {
      #expect(
        run.stderr.contains(
          "request 1/\(index) (writev) is another one on replica0 than on replica1"),
        "\(run.stderr)")
    }
    let lines = try Data(contentsOf: URL(fileURLWithPath: plan))
    let (status, text) = try validate(Array(lines))
    #expect(status == 0, "\(text)")
    let conflicts = try JSONLine.all(lines).of("fate").filter { $0.text("fate") == "conflict" }
    #expect(conflicts.compactMap { $0.text("id") } == ["1/1366", "1/1367", "1/1368"])
    for conflict in conflicts {
      #expect(conflict.text("case") == "C1-content-conflict")
      let named = (conflict.fields["sides"] as? [[String: Any]] ?? []).map {
        $0["held_by"] as? [String]
      }
      #expect(named == [["replica0"], ["replica1"]])
    }
    // Not even with everything that an admin can say.
    let digest = try JSONLine.all(lines).last?.text("loss_digest") ?? ""
    for consent in [["--yes"], ["--accept-loss", digest]] {
      let applied = try runTool("jbr-reconcile", ["apply"] + consent + [plan])
      #expect(applied.status == 77)
      #expect(applied.stdout == [])
      #expect(
        applied.stderr.contains("request 1/1366 and 2 more conflict"), "\(applied.stderr)")
    }
    #expect(try state(set, sides) == before)
  }

  /// Where more differs than is the same, nothing says that it is one reign at all.
  @Test func aLongSplitBrainIsRefused() throws {
    let set = try ReplicaSetSample("follower-down")
    let sides = try sides(set, of: 1500, format: "fdl")
    let before = try state(set, sides)
    let run = try runTool("jbr-reconcile", ["plan"] + Self.rules + sides)
    #expect(run.status == 77)
    #expect(run.stdout == [])
    #expect(run.stderr.contains("reign 1 of replica0 and reign 1 of replica1"), "\(run.stderr)")
    #expect(try state(set, sides) == before)
  }
}
