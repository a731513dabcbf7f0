import Foundation
import Testing

/// jbr-reconcile on jbr journals of a replica set, of which some are on other hosts.
@Suite(.serialized) struct RemoteJournalTests {
  /// A replica set whose third replica lacks the last requests, in a directory of its own.
  private struct MadeSet {
    let directory: String

    func journal(_ number: Int) -> String { directory + "/j\(number)" }
    func brick(_ number: Int) -> String { directory + "/b\(number)" }

    /// A set with the same history.
    func copy(_ target: String) throws -> MadeSet {
      try system(["cp", "-a", directory, target])
      return MadeSet(directory: target)
    }

    /// The replicas, behind these hosts.
    func arguments(on hosts: [String]) -> [String] {
      hosts.enumerated().map { number, host in
        let prefix = host.isEmpty ? "" : host + ":"
        return "r\(number)=\(prefix)\(journal(number)),\(prefix)\(brick(number))"
      }
    }
  }

  private static let volume = "11111111-2222-4333-8444-555555555555"
  private static let near = ["", "", ""]

  private func made(_ directory: String) throws -> MadeSet {
    let set = MadeSet(directory: directory)
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    var requests: [MadeRequest] = [.create(MadeRequest.root, [UInt8](text: "f"), 1)]
    requests += (0..<6).map { .write(1, at: $0 * 3000, [UInt8](repeating: UInt8($0), count: 3000)) }
    // Those have data files.
    requests += (0..<4).map { number in
      .write(1, at: 9000 + number * 70_000, (0..<90_000).map { UInt8(($0 * 7 + number) & 0xff) })
    }
    requests += (2..<12).map { .mkdir(MadeRequest.root, [UInt8](text: "d\($0)"), $0) }
    for number in 0...2 {
      let journal = MadeJournal(path: set.journal(number))
      try journal.expect([
        "create", "--name", "r\(number)", "--replicas", "3", "--quorum-percent", "50",
        "--volume", Self.volume, journal.path,
      ])
      try journal.append(number == 2 ? Array(requests.prefix(9)) : requests)
      try journal.setState("in-progress", "1..4")
      let replay = try runTool(
        "jbr-replay",
        ["--init", "--index", "..4", "--journal", journal.path, set.brick(number)])
      #expect(replay.status == 0, "\(replay.stderr)")
    }
    return set
  }

  /// A run's output, in which only the hosts and the directory make a difference.
  private func text(_ run: ToolRun, _ set: MadeSet, _ hosts: [String]) -> String {
    var text = run.text
    for host in hosts where !host.isEmpty {
      text = text.replacingOccurrences(of: host + ":/", with: "/")
    }
    text = text.replacingOccurrences(of: set.directory, with: "")
    return text.replacingOccurrences(
      of: #""(plan_id|loss_digest)":"[^"]*""#, with: "", options: .regularExpression)
  }

  /// What is recorded in all journals, and that they are whole.
  private func records(_ set: MadeSet) throws -> [String] {
    let status = try runTool("jbr-reconcile", ["status"] + set.arguments(on: Self.near))
    #expect(status.status == 0, "\(status.text)\(status.stderr)")
    let dumps = try (0...2).map { number in
      let verify = try runTool("jbr-journal", ["verify", set.journal(number)])
      #expect(verify.status == 0, "\(verify.text)\(verify.stderr)")
      let dump = try runTool("jbr-journal", ["dump", "--payload", "base64", set.journal(number)])
      #expect(dump.status == 0, "\(dump.stderr)")
      return dump.text
    }
    // What was copied was so at another time.
    return (dumps + [status.text]).map { text in
      text.replacingOccurrences(of: set.directory, with: "").replacingOccurrences(
        of: #""time":("[^"]*"|[0-9]+)"#, with: "", options: .regularExpression)
    }
  }

  /// What came of the first term in each journal, however many attempts it took.
  private func outcomes(_ set: MadeSet) throws -> [String] {
    try records(set).flatMap { record in
      try JSONLine.all(Data(record.replacingOccurrences(of: ",,", with: ",").utf8))
        .of("journal_term").filter { $0.number("term") == 1 }.map { line in
          let states = try #require(line.fields["states"] as? [String: Int])
          #expect(states["committed"] ?? 0 > 0)
          return "\(states.sorted { $0.key < $1.key }) \(line.text("digest") ?? "none")"
        }
    }
  }

  /// Line by line, so that it is seen what differs.
  private func expectEqual(_ found: [String], _ expected: [String]) throws {
    for (one, other) in zip(found, expected) {
      let lines = one.split(separator: "\n")
      let others = other.split(separator: "\n")
      #expect(lines.count == others.count)
      for (line, other) in zip(lines, others) where line != other {
        Issue.record("\(line.prefix(500)) is not \(other.prefix(500))")
        return
      }
    }
  }

  private func expectEqualBricks(_ sets: MadeSet...) throws {
    let bricks = sets.flatMap { set in (0...2).map { set.brick($0) } }
    let (status, text) = try output([repository + "/Tests/compare-bricks"] + bricks)
    #expect(status == 0, "\(text)")
  }

  private func planned(
    _ set: MadeSet, on hosts: [String], _ environment: [String: String]
  ) throws -> String {
    let file = set.directory + "/plan.jsonl"
    let run = try runTool(
      "jbr-reconcile", ["plan", "-o", file] + set.arguments(on: hosts), environment: environment)
    #expect(run.status == 0, "\(run.stderr)")
    return file
  }

  /// One replica here and two behind a real sshd come to what three here come to.
  @Test func decisionsAreRecordedFarAsNear() throws {
    let shop = try JournalShop()
    let original = try made(shop.path("made"))
    let shell = try SecureShell()
    let environment = try shell.environment()
    let there = ["", "127.0.0.1", "localhost"]
    var outputs: [[String]] = []
    var sets: [MadeSet] = []
    for (name, hosts) in [("near", Self.near), ("far", there)] {
      let set = try original.copy(shop.path(name))
      var found: [String] = []
      func run(_ words: [String], _ status: Int32) throws {
        let run = try runTool("jbr-reconcile", words, environment: environment)
        #expect(run.status == status, "\(name) \(words): \(run.stderr)")
        found.append(text(run, set, hosts))
      }
      let arguments = set.arguments(on: hosts)
      try run(["status"] + arguments, 1)
      let file = try planned(set, on: hosts, environment)
      try run(["apply", "--yes", file], 0)
      try run(["verify"] + arguments, 0)
      try run(["status"] + arguments, 0)
      // All is decided, so that nothing is left to do.
      try run(["apply", "--yes", file], 0)
      outputs.append(found)
      sets.append(set)
    }
    #expect(outputs[0].allSatisfy { !$0.isEmpty })
    #expect(outputs[1] == outputs[0])
    #expect(outputs[0][3].contains(#""decided_up_to":1"#), "\(outputs[0][3])")
    try expectEqual(try records(sets[1]), try records(sets[0]))
    try expectEqualBricks(sets[0], sets[1])
  }

  /// A journal that somebody writes to is not touched, and the host is named.
  @Test func aFarJournalInUseIsLeftAlone() throws {
    let shop = try JournalShop()
    let set = try made(shop.path("made"))
    let stand = try ShellStandIn(directory: shop.directory)
    let file = try planned(set, on: ["", "far", ""], stand.environment)
    let user = Process()
    user.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let lock = set.journal(1) + "/" + (try lockName(set.journal(1)))
    user.arguments = ["flock", "--no-fork", lock, "sleep", "600"]
    try user.run()
    defer {
      kill(user.processIdentifier, SIGKILL)
      user.waitUntilExit()
    }
    usleep(300_000)
    let run = try runTool(
      "jbr-reconcile", ["apply", "--yes", file], environment: stand.environment)
    #expect(run.status == 75, "\(run.stderr)")
    #expect(run.stderr.contains("far:" + set.journal(1)), "\(run.stderr)")
  }

  private func lockName(_ journal: String) throws -> String {
    try #require(
      try FileManager.default.contentsOfDirectory(atPath: journal).first { $0.contains("lock") })
  }

  /// Wherever the connection is cut, the next run brings all to its end.
  @Test func anApplyThatIsCutIsFinishedByTheNext() throws {
    let shop = try JournalShop()
    let original = try made(shop.path("made"))
    let whole = try original.copy(shop.path("whole"))
    let hosts = ["", "far", "far"]
    let stand = try ShellStandIn(directory: whole.directory)
    let file = try planned(whole, on: hosts, stand.environment)
    let before = try stand.answerByteCount()
    let applied = try runTool(
      "jbr-reconcile", ["apply", "--yes", file], environment: stand.environment)
    #expect(applied.status == 0, "\(applied.stderr)")
    let byteCount = try stand.answerByteCount() - before
    let expected = try outcomes(whole)
    #expect(expected.count == 3)
    // How far the journals and the bricks had come when the connection was cut.
    var stages: [String] = []
    for percent in [40, 60, 75, 85, 93, 98] {
      let behind = byteCount * percent / 100
      let set = try original.copy(shop.path("cut\(behind)"))
      let stand = try ShellStandIn(directory: set.directory)
      let file = try planned(set, on: hosts, stand.environment)
      var environment = stand.environment
      environment["JBR_CUT_BEHIND"] = String(behind)
      environment["JBR_RSH_TIMEOUT"] = "4"
      var run = try runTool(
        "jbr-reconcile", ["apply", "--yes", file], environment: environment)
      if run.status == 75 {
        stages.append(try stage(of: set, file))
        #expect(run.stderr.contains("run the same command again"), "\(run.stderr)")
      }
      for _ in 0..<20 where run.status == 75 {
        #expect(try stand.running() == [])
        run = try runTool("jbr-reconcile", ["apply", "--yes", file], environment: environment)
      }
      #expect(run.status == 0, "behind \(behind): \(run.stderr)")
      let verified = try runTool(
        "jbr-reconcile", ["verify"] + set.arguments(on: hosts), environment: environment)
      #expect(verified.status == 0, "behind \(behind): \(verified.text)\(verified.stderr)")
      try expectEqualBricks(whole, set)
      #expect(try outcomes(set) == expected, "\(percent) percent")
    }
    #expect(stages.count >= 4, "\(stages)")
    #expect(Set(stages).isSuperset(of: ["fenced", "steps"]), "\(stages)")
  }

  /// Whether nothing was written to the far journals yet, or they were, or steps had begun.
  private func stage(of set: MadeSet, _ plan: String) throws -> String {
    let progress = FileManager.default.contents(atPath: plan + ".progress") ?? Data()
    if !progress.isEmpty { return "steps" }
    let status = try runTool("jbr-reconcile", ["status"] + set.arguments(on: Self.near))
    let far = try status.lines.of("replica_status").filter { $0.text("replica") != "r0" }
    return far.contains { $0.number("promise") ?? 0 > 1 } ? "fenced" : "before"
  }
}
