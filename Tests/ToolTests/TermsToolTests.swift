import Foundation
import Testing

/// Starts the built jbr-terms on real journals.
@Suite struct TermsToolTests {
  private func terms(_ sample: JournalSample, _ options: String...) throws -> ToolRun {
    let replicas = sample.replicas.map { "\(($0 as NSString).lastPathComponent)=\($0)" }
    return try runTool("jbr-terms", options + replicas)
  }

  @Test(arguments: [
    "14-jbr3-quorum-loss", "15-jbr3-quorum100-rollback", "17-jbr3-leader-restart",
  ])
  func termsAndRequestsAreAsRecorded(name: String) throws {
    let sample = try JournalSample(name)
    for (kind, options) in [
      ("terms", []), ("requests", ["--requests"]), ("table", ["--format", "table"]),
    ] {
      let replicas = sample.replicas.map { "\(($0 as NSString).lastPathComponent)=\($0)" }
      let run = try runTool("jbr-terms", options + replicas)
      try expectGolden(goldenText(run, without: sample.directory), "terms/\(name)-\(kind).txt")
      guard kind != "table" else { continue }
      let (status, text) = try validate(run.stdout)
      #expect(status == 0, "\(text)")
    }
  }

  @Test func aFollowerThatWasAwayLacksRequests() throws {
    let sample = try JournalSample(archive: repository + "/Samples/follower-down.tar.zst")
    let run = try terms(sample)
    #expect(run.status == 0)
    #expect(run.stderr == "")
    let lines = try run.lines
    #expect(lines.map { $0.number("held") } == [1042, 1042, 565])
    #expect(lines.map { $0.number("rolled_back") } == [0, 4, 2])
    #expect(lines.map { $0.number("absent") } == [4, 0, 479])
    let requests = try terms(sample, "--requests", "--fop", "rmdir").lines
    let divergent = requests.filter { $0.fields["diverges"] as? Bool == true }
    #expect(divergent.compactMap { $0.text("id") }.contains("1/169"))
    #expect(requests.last?.type == "divergence")
    #expect(requests.last?.number("requests") == 1046)
    #expect(requests.last?.text("first") == "1/169")
  }

  @Test func leadersReignsAreToldApart() throws {
    let sample = try JournalSample("17-jbr3-leader-restart")
    let lines = try terms(sample).lines
    #expect(lines.map { $0.number("term") } == [1, 1, 1, 2, 2, 2])
    #expect(lines.map { $0.number("last") } == [31, 31, 31, 46, 46, 46])
    let reversed = try terms(sample, "--requests", "--reverse", "--limit", "2").lines
    #expect(reversed.of("request_state").map { $0.text("id") } == ["2/46", "2/45"])
  }

  @Test func badInputIsOneLineAndTheRightStatus() throws {
    let sample = try JournalSample("14-jbr3-quorum-loss")
    func run(_ arguments: String...) throws -> ToolRun {
      let run = try runTool("jbr-terms", arguments)
      #expect(run.stderr.split(separator: "\n").count == 1, "\(run.stderr)")
      return run
    }
    #expect(try run().status == 64)
    #expect(try run("r0").status == 64)
    let twice = "a=" + sample.replicas[0]
    #expect(try run(twice, twice).status == 64)
    #expect(try run("--since", "2020-01-01T00:00:00Z", twice).status == 64)
    #expect(try run("a=-host:/jnl").status == 64)
    let absent = try run("a=/nonexistent")
    #expect(absent.status == 66)
    #expect(absent.stderr.hasPrefix("jbr-terms: /nonexistent: "))
  }

  @Test func damageIsToldAndTheRestIsPrinted() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    // The type of the second record.
    let meta = set.journal(1) + "/run1/brick1-meta-1.jnl"
    let path =
      FileManager.default.fileExists(atPath: meta)
      ? meta : set.journal(1) + "/brick1-meta-1.jnl"
    try set.flipByte(at: 1, of: path)
    let run = try runTool("jbr-terms", set.arguments)
    #expect(run.status == 65)
    #expect(run.stderr.hasPrefix("jbr-terms: \(path): "))
    let lines = try run.lines
    #expect(lines.count == 3)
    #expect(lines[0].number("absent") == 1)
    #expect(lines[1].number("damaged").map { $0 > 0 } == true)
  }
}
