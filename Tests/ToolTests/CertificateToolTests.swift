import Foundation
import Testing

/// `verify`: of some bricks that are damaged, of touched parts only, and against certificates.
@Suite struct CertificateToolTests {
  /// Replicas that are equal.
  private func equalSet() throws -> ReplicaSetSample {
    try ReplicaSetSample("17-jbr3-leader-restart")
  }

  private func certified(
    _ options: String...
  ) throws -> (set: ReplicaSetSample, file: String) {
    let set = try equalSet()
    let file = set.file("certificate")
    let run = try runTool(
      "jbr-reconcile", ["verify", "--write-certificate", file] + options + set.arguments)
    #expect(run.status == 0, "\(run.stderr)")
    #expect(try run.lines.map(\.type) == ["replicas_verified"])
    try expectValid(Array(try Data(contentsOf: URL(fileURLWithPath: file))))
    return (set, file)
  }

  private func expectValid(_ lines: [UInt8], sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    let (status, text) = try validate(lines)
    #expect(status == 0, "\(text)", sourceLocation: sourceLocation)
  }

  /// Checks one replica alone; returns the differences as `PATH ENTITY`.
  private func check(
    _ set: ReplicaSetSample, _ number: Int, _ file: String, status: Int32,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    let run = try runTool(
      "jbr-reconcile", ["verify", "--certificate", file, set.arguments[number]])
    #expect(run.status == status, "\(run.stderr)", sourceLocation: sourceLocation)
    try expectValid(run.stdout, sourceLocation: sourceLocation)
    let lines = try run.lines
    let found = lines.of("certificate_difference")
    let last = try #require(lines.last)
    #expect(last.type == "certificate_checked", sourceLocation: sourceLocation)
    #expect(last.number("differences") == found.count, sourceLocation: sourceLocation)
    #expect(
      last.fields["equal"] as? Bool == found.isEmpty, sourceLocation: sourceLocation)
    #expect(found.allSatisfy { $0.text("certified") != $0.text("found") })
    return found.map { "\($0.text("path") ?? "journal") \($0.text("entity") ?? "")" }
  }

  @Test func eachReplicaIsCheckedAlone() throws {
    let (set, file) = try certified()
    for number in 0..<3 { #expect(try check(set, number, file, status: 0).isEmpty) }
    let all = try runTool("jbr-reconcile", ["verify", "--certificate", file] + set.arguments)
    #expect(all.status == 0)
    let checked = try all.lines.of("certificate_checked")
    #expect(checked.compactMap { $0.text("replica") } == set.names)
    #expect(Set(checked.map { $0.text("tree_digest") }).count == 1)
    #expect(checked.allSatisfy { $0.text("tree_digest") == $0.text("certified_tree_digest") })
    let lines = try JSONLine.all(Data(contentsOf: URL(fileURLWithPath: file)))
    #expect(
      lines.map(\.type) == ["certificate"] + Array(repeating: "certified_replica", count: 3)
        + ["certified_directory", "certified_directory", "certificate_summary"])
    #expect(lines.of("certified_directory").map { $0.text("path") } == ["", "w"])
  }

  @Test func whatChangesLaterIsNamed() throws {
    let (set, file) = try certified()
    let brick = set.brick(1)
    func expect(_ found: [String], _ change: [String], _ undo: [String]) throws {
      try system(change)
      #expect(try check(set, 1, file, status: found.isEmpty ? 0 : 1) == found, "\(change)")
      try system(undo)
      #expect(try check(set, 1, file, status: 0).isEmpty, "\(undo)")
    }
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: brick + "/w").first { $0.hasPrefix("c") })
    let one = brick + "/w/" + name
    try expect(["w attributes"], ["chmod", "0606", one], ["chmod", "0644", one])
    try expect(
      ["w xattrs"], ["setfattr", "-n", "user.x", "-v", "1", one],
      ["setfattr", "-x", "user.x", one])
    try expect([" attributes"], ["chmod", "0700", brick], ["chmod", "0755", brick])
    try system(["cp", "-p", one, set.file("kept")])
    try expect(
      ["w content"], ["dd", "if=/dev/zero", "of=" + one, "bs=1", "count=1", "conv=notrunc"],
      ["dd", "if=" + set.file("kept"), "of=" + one, "conv=notrunc"])
    // No setattr was the last to set this time, so that nobody says what it must be.
    try expect([], ["touch", "-d", "2001-01-01", one], ["true"])
    try expect(["w names"], ["mv", one, brick + "/w/zz"], ["mv", brick + "/w/zz", one])
    // Its handle leads nowhere any more, so that nobody sees what is in it.
    try expect(
      [" names", "w directory"], ["mv", brick + "/w", set.file("w")],
      ["mv", set.file("w"), brick + "/w"])
  }

  @Test func allTimesAreCertifiedWhereItIsAskedFor() throws {
    let set = try equalSet()
    for number in 0..<3 {
      try system(["find", set.brick(number), "-exec", "touch", "-h", "-d", "2001-01-01", "{}", "+"])
    }
    let (some, all) = (set.file("some"), set.file("all"))
    for options in [[some], [all, "--mtime"]] {
      let run = try runTool(
        "jbr-reconcile", ["verify", "--write-certificate"] + options + set.arguments)
      #expect(run.status == 0, "\(run.stderr)")
    }
    for file in [some, all] { #expect(try check(set, 2, file, status: 0).isEmpty) }
    try system(["touch", "-d", "2002-01-01", set.brick(2) + "/w"])
    #expect(try check(set, 2, some, status: 0).isEmpty)
    #expect(try check(set, 2, all, status: 1) == ["w attributes"])
  }

  /// Of case 13 some times were set by requests; these are certified, be the journals there or not.
  @Test func timesThatRequestsSetAreCertified() throws {
    let set = try ReplicaSetSample("follower-down")
    _ = try set.plan()
    #expect(try set.reconcile("apply", "--yes", set.file("plan.jsonl")).status == 0)
    let file = set.file("certificate")
    #expect(
      try runTool("jbr-reconcile", ["verify", "--write-certificate", file] + set.arguments).status
        == 0)
    let lines = try JSONLine.all(Data(contentsOf: URL(fileURLWithPath: file)))
    let timed = Set(lines.of("certified_directory").flatMap { $0.list("timed") ?? [] })
    #expect(!timed.isEmpty)
    let files = try output(["find", set.brick(2), "-type", "f", "-not", "-path", "*/.glusterfs/*"])
    for isTimed in [false, true] {
      let path = try #require(
        try files.text.split(separator: "\n").map(String.init).first {
          timed.contains(try gfid(of: $0)) == isTimed
        })
      try system(["touch", "-d", "2002-01-01", path])
      let folder = (path as NSString).deletingLastPathComponent.dropFirst(set.brick(2).count + 1)
      #expect(
        try check(set, 2, file, status: isTimed ? 1 : 0)
          == (isTimed ? ["\(folder) attributes"] : []))
    }
  }

  private func gfid(of path: String) throws -> String {
    let text = try output(["getfattr", "-n", "trusted.gfid", "-e", "hex", path]).text
    let digits = try #require(text.firstMatch(of: #/0x([0-9a-f]{32})/#)?.output.1)
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { range in
      String(digits.dropFirst(range.lowerBound).prefix(range.count))
    }.joined(separator: "-")
  }

  @Test func anotherJournalIsNoticed() throws {
    let (set, file) = try certified()
    try set.flipByte(at: 0, of: set.journal(2) + "/brick2-data-1.jnl")
    #expect(try check(set, 2, file, status: 1) == ["journal requests"])
    let strange = try runTool(
      "jbr-reconcile",
      ["verify", "--certificate", file, "other=\(set.journal(0)),\(set.brick(0))"])
    #expect(strange.status == 64)
    #expect(strange.stderr.contains("is not in the certificate"))
  }

  @Test func anEditedCertificateIsRefused() throws {
    let (set, file) = try certified()
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let digits = try #require(text.firstMatch(of: #/"content":"([0-9a-f]{32})"/#)?.output.1)
    let edits = [
      text.replacingOccurrences(of: String(digits), with: String(digits.reversed())),
      text.replacingOccurrences(of: "\"path\":\"w\"", with: "\"path\":\"v\""),
      text.replacingOccurrences(of: "\"objects\":", with: "\"objects\":1"),
      text.split(separator: "\n").dropLast().joined(separator: "\n"),
      text.split(separator: "\n").filter { !$0.contains("\"w\"") }.joined(separator: "\n"),
      text + text, "", "{}\n", String(text.dropFirst(40)),
    ]
    for edited in edits {
      #expect(edited != text)
      try Data(edited.utf8).write(to: URL(fileURLWithPath: file))
      let run = try runTool(
        "jbr-reconcile", ["verify", "--certificate", file, set.arguments[0]])
      #expect(run.status == 65, "\(run.status) \(run.stderr)")
      #expect(run.stdout == [])
      #expect(run.stderr.contains(file))
    }
  }

  @Test func onlyWhatIsEqualIsCertified() throws {
    let set = try equalSet()
    let file = set.file("certificate")
    func write(_ options: String...) throws -> ToolRun {
      try runTool(
        "jbr-reconcile", ["verify", "--write-certificate", file] + options + set.arguments)
    }
    try system(["chmod", "0700", set.brick(1) + "/w"])
    let differing = try write()
    #expect(differing.status == 1)
    #expect(differing.stderr.contains("no certificate was written"))
    #expect(!FileManager.default.fileExists(atPath: file))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: set.directory).allSatisfy {
        !$0.hasPrefix("certificate")
      })
    try system(["chmod", "0755", set.brick(1) + "/w"])
    _ = try set.plan()
    let run = try write("--plan", set.file("plan.jsonl"))
    #expect(run.status == 0, "\(run.stderr)")
    let plan = try JSONLine.all(
      Data(contentsOf: URL(fileURLWithPath: set.file("plan.jsonl"))))
    let certificate = try JSONLine.all(Data(contentsOf: URL(fileURLWithPath: file)))
    #expect(certificate.first?.text("plan_id") == plan.first?.text("plan_id"))
    #expect(certificate.first?.text("plan_id") != nil)
    // Nothing is overwritten.
    #expect(try write().status == 73)
    for wrong in [
      ["--touched", "--write-certificate", set.file("other")], ["--certificate", file, "--mtime"],
    ] {
      let run = try runTool("jbr-reconcile", ["verify"] + wrong + set.arguments)
      #expect(run.status == 64, "\(wrong)")
    }
  }

  /// Of a set that remembers decisions: ids and decisions are certified, and pruning leaves them.
  @Test func decisionsAreCertified() throws {
    let sample = try ReplicaSetSample("14-jbr3-quorum-loss")
    let arguments = try jbrReplicas(sample)
    let file = sample.file("certificate")
    let early = try runTool(
      "jbr-reconcile", ["verify", "--write-certificate", file] + arguments)
    #expect(early.status == 1)
    let plan = sample.file("plan")
    #expect(try runTool("jbr-reconcile", ["plan", "-o", plan] + arguments).status == 0)
    #expect(try runTool("jbr-reconcile", ["apply", "--yes", plan]).status == 0)
    let run = try runTool(
      "jbr-reconcile", ["verify", "--write-certificate", file, "--plan", plan] + arguments)
    #expect(run.status == 0, "\(run.stderr)")
    let lines = try JSONLine.all(Data(contentsOf: URL(fileURLWithPath: file)))
    let replicas = lines.of("certified_replica")
    #expect(replicas.map { $0.number("decided_up_to") } == [1, 1, 1])
    let terms = replicas.map { $0.fields["terms"] as? [[String: Any]] ?? [] }
    #expect(terms.allSatisfy { $0.count == 1 && $0.first?["decision"] != nil })
    #expect(Set(terms.map { $0.first?["reconciliation_id"] as? String }).count == 1)
    try expectValid(Array(try Data(contentsOf: URL(fileURLWithPath: file))))
    for argument in arguments {
      let alone = try runTool("jbr-reconcile", ["verify", "--certificate", file, argument])
      #expect(alone.status == 0, "\(alone.text) \(alone.stderr)")
    }
    // A journal that was never reconciled is another one, however equal the brick is.
    let other = try jbrReplicas(sample, folder: "other")
    let strange = try runTool("jbr-reconcile", ["verify", "--certificate", file, other[0]])
    #expect(strange.status == 1)
    let found = try strange.lines.of("certificate_difference").compactMap { $0.text("entity") }
    #expect(
      Set(found) == ["replica_id", "decided_up_to", "term 1 reconciliation_id"])
    let again = try runTool(
      "jbr-reconcile", ["verify", "--write-certificate", sample.file("no")] + other)
    #expect(again.status == 1)
    #expect(again.stderr.contains("is not reconciled"), "\(again.stderr)")
  }

  /// One brick lacks a directory and another one's file cannot be told from its twin any more.
  @Test func damagedBricksAreComparedAsFarAsTheyGo() throws {
    let set = try equalSet()
    try FileManager.default.removeItem(atPath: set.brick(2) + "/w")
    let names = try FileManager.default.contentsOfDirectory(atPath: set.brick(1) + "/w").sorted()
    let one = try #require(names.first)
    try system(["chmod", "0600", set.brick(1) + "/w/" + one])
    let run = try set.verify()
    #expect(run.status == 1, "\(run.stderr)")
    try expectValid(run.stdout)
    let found = try run.lines.of("difference")
    let lacking = found.filter { $0.text("entity") == "name" }
    #expect(
      Set(lacking.compactMap { $0.text("path") }) == Set(["w"] + names.map { "w/" + $0 }))
    for line in lacking {
      let values = line.fields["values"] as? [String: String] ?? [:]
      #expect(values["replica2"] == "absent")
      #expect(values["replica0"] == values["replica1"])
    }
    let modes = found.filter { $0.text("entity") == "mode" }
    #expect(modes.map { $0.text("path") } == ["w/" + one])
    let last = try #require(try run.lines.last)
    #expect(last.number("differences") == found.count)
    #expect(last.text("scope") == "whole")
  }

  @Test func touchedPartsAreComparedAlone() throws {
    let set = try equalSet()
    for number in 0..<3 { try system(["mkdir", set.brick(number) + "/own"]) }
    // A brick's own directories without a GFID are nothing that a request named.
    let whole = try set.verify()
    #expect(whole.status == 1)
    #expect(try whole.lines.of("difference").map { $0.text("entity") } == ["gfid"])
    let touched = try set.verify("--touched")
    #expect(touched.status == 0, "\(touched.text)")
    try expectValid(touched.stdout)
    let last = try #require(try touched.lines.last)
    #expect(last.text("scope") == "touched")
    #expect(last.number("objects") ?? 0 > 20)
    #expect(last.number("names") ?? 0 > 20)
    try system(["chmod", "0600", set.brick(1) + "/w"])
    let changed = try set.verify("--touched")
    #expect(changed.status == 1)
    #expect(try changed.lines.of("difference").map { $0.text("path") } == ["w"])
  }
}

/// The replicas of a sample as jbr journals of one set.
func jbrReplicas(
  _ sample: ReplicaSetSample, folder: String = "jbr", quorumPercent: Int = 50
) throws -> [String] {
  try FileManager.default.createDirectory(
    atPath: sample.file(folder), withIntermediateDirectories: true)
  return try sample.names.enumerated().map { number, name in
    let target = sample.file(folder) + "/" + name
    let run = try runTool(
      "jbr-journal",
      [
        "convert", "--format", "jbr", "--volume", "6f1f0e5a-2b8e-4a53-9d0c-58a6b2f4d3c1", "--name",
        name, "--replicas", "3", "--quorum-percent", "\(quorumPercent)", sample.journal(number),
        target,
      ])
    #expect(run.status == 0, "\(run.stderr)")
    return "\(name)=\(target),\(sample.brick(number))"
  }
}
