import Foundation
import Testing

/// The tools on replicas of which some are behind a real sshd.
@Suite struct RemoteToolTests {
  /// One replica here, two elsewhere.
  private static let hosts = ["", "127.0.0.1", "localhost"]
  private static let rules = ["--replicas", "3", "--quorum-percent", "50", "--leader", "replica0"]

  /// Lines without what only the hosts' names make different.
  private func withoutHosts(_ run: ToolRun) -> [String] {
    run.text.split(separator: "\n").map { line in
      var text = String(line)
      for host in Self.hosts.dropFirst() {
        text = text.replacingOccurrences(of: host + ":/", with: "/")
      }
      return text.replacingOccurrences(
        of: #""(plan_id|loss_digest)":"[^"]*""#, with: "", options: .regularExpression)
    }
  }

  /// The replicas with journals of the other format.
  private func converted(_ set: ReplicaSetSample, on hosts: [String]) throws -> [String] {
    try set.names.indices.map { number in
      let target = set.file("jbr\(number)")
      if !FileManager.default.fileExists(atPath: target) {
        let run = try runTool(
          "jbr-journal", ["convert", "--format", "jbr", set.journal(number), target])
        #expect(run.status == 0, "\(run.stderr)")
      }
      let prefix = hosts[number].isEmpty ? "" : hosts[number] + ":"
      return "\(set.names[number])=\(prefix)\(target),\(prefix)\(set.brick(number))"
    }
  }

  /// Status, plan, apply and verify come to what they come to on one host.
  @Test(arguments: [
    ("14-jbr3-quorum-loss", false), ("14-jbr3-quorum-loss", true), ("follower-down", false),
  ])
  func theWholeFlowIsAsOnOneHost(sample: String, isConverted: Bool) throws {
    let set = try ReplicaSetSample(sample)
    let shell = try SecureShell()
    let environment = try shell.environment()
    let near = ["", "", ""]
    let rules = isConverted ? Self.rules : []
    let here = isConverted ? try converted(set, on: near) : set.arguments(on: near)
    let there = isConverted ? try converted(set, on: Self.hosts) : set.arguments(on: Self.hosts)
    for (tool, words) in [
      ("jbr-reconcile", ["status"]), ("jbr-terms", ["--requests"]), ("jbr-terms", []),
      ("jbr-reconcile", ["verify"]), ("jbr-reconcile", ["plan"] + rules),
    ] {
      let expected = try runTool(tool, words + here)
      let found = try runTool(tool, words + there, environment: environment)
      #expect(found.status == expected.status, "\(words): \(found.stderr)")
      #expect(!expected.stdout.isEmpty)
      #expect(withoutHosts(found) == withoutHosts(expected), "\(tool) \(words)")
    }
    let file = set.file("far.jsonl")
    let plan = try runTool(
      "jbr-reconcile", ["plan", "-o", file] + rules + there, environment: environment)
    #expect(plan.status == 0, "\(plan.stderr)")
    let script = try runTool("jbr-reconcile", ["show", "--shell", file])
    #expect(script.status == 69)
    #expect(script.stderr.contains("is on another host"), "\(script.stderr)")
    let applied = try runTool(
      "jbr-reconcile", ["apply", "--yes", file], environment: environment)
    #expect(applied.status == 0, "\(applied.stderr)")
    #expect(try applied.lines.last?.number("applied") ?? 0 > 0)
    let verified = try runTool("jbr-reconcile", ["verify"] + there, environment: environment)
    #expect(verified.status == 0, "\(verified.text.prefix(300))")
    try set.expectEqualBricks()
  }

  /// Undo files are here, and what they give back is there.
  @Test func undoGivesTheFarBricksBack() throws {
    let set = try ReplicaSetSample("follower-down")
    let shell = try SecureShell()
    let environment = try shell.environment()
    let arguments = set.arguments(on: Self.hosts)
    let before = set.names.indices.map { set.file("before\($0)") }
    for number in set.names.indices {
      try system(["cp", "-a", set.brick(number), before[number]])
    }
    func run(_ status: Int32, _ words: [String]) throws -> ToolRun {
      let run = try runTool("jbr-reconcile", words, environment: environment)
      #expect(run.status == status, "\(words): \(run.stderr)")
      return run
    }
    func expectEqual(_ bricks: [String]) throws {
      let (status, text) = try output([repository + "/Tests/compare-bricks"] + bricks)
      #expect(status == 0, "\(text)")
    }
    let file = set.file("far.jsonl")
    _ = try run(0, ["plan", "-o", file] + arguments)
    _ = try run(0, ["apply", "--yes", file])
    _ = try run(0, ["undo", "--dry-run", file])
    let undone = try run(0, ["undo", file])
    #expect(try undone.lines.of("undone").contains { $0.text("outcome") == "restored" })
    for number in set.names.indices {
      try expectEqual(
        ["--mtime", "--from-tar", before[number], "--from-tar", set.brick(number)]
          + [before[number], set.brick(number)])
    }
    _ = try run(1, ["verify"] + arguments)
    _ = try run(0, ["apply", "--yes", file])
    #expect(FileManager.default.fileExists(atPath: file + ".undo"))
    _ = try run(0, ["verify", "--plan", file])
    #expect(!FileManager.default.fileExists(atPath: file + ".undo"))
    try set.expectEqualBricks()
  }

  @Test func whatCannotBeReachedSaysWhatToDo() throws {
    let shell = try SecureShell()
    var environment = try shell.environment()
    let status = ["status", "r0=/nowhere", "r1=127.0.0.1:/nowhere"]
    func expect(_ code: Int32, _ text: String, _ words: [String] = status) throws {
      let run = try runTool("jbr-reconcile", words, environment: environment)
      #expect(run.status == code, "\(run.stderr)")
      #expect(run.stderr.contains(text), "\(run.stderr)")
      #expect(run.stdout == [])
    }
    let far = ["status", "r1=127.0.0.1:/nowhere"]
    try expect(66, "127.0.0.1:/nowhere: cannot open", far)
    try expect(64, "begins with no host's name", ["status", "r1=-oProxyCommand=x:/p"])
    environment["JBR_REMOTE_PATH"] = "/nowhere/jbr-reconcile"
    try expect(69, "name it in JBR_REMOTE_PATH", far)
    environment["JBR_REMOTE_PATH"] = "echo hello; jbr-reconcile"
    try expect(69, "answered \"hello\\u{a}\"", far)
    environment["JBR_RSH"] = shell.command + " -l nobody-of-this-name"
    try expect(69, "127.0.0.1: cannot be reached", far)
    environment["JBR_RSH"] = "/nowhere/ssh"
    try expect(69, "127.0.0.1: ", far)
    environment["JBR_RSH_TIMEOUT"] = "soon"
    try expect(64, "JBR_RSH_TIMEOUT", far)
  }

  /// Any program can stand for ssh; it gets the host as one word and the command as others.
  @Test func anotherProgramCanStandForSSH() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    let shop = try ShellStandIn(set)
    let far = try runTool(
      "jbr-reconcile", ["status"] + set.arguments(on: ["user@elsewhere", "", "[::1]"]),
      environment: shop.environment)
    let near = try runTool("jbr-reconcile", ["status"] + set.arguments)
    #expect(far.status == 1, "\(far.stderr)")
    #expect(far.stdout == near.stdout)
    #expect(try shop.calls().sorted() == ["--opt ::1 serve", "--opt user@elsewhere serve"])
    #expect(try shop.running() == [])
  }

  /// What moves follows the difference: neither equal payloads nor equal files.
  @Test func theBytesOnTheWireFollowTheDifference() throws {
    let shop = try JournalShop()
    var random = SystemRandomNumberGenerator()
    let chunk = 50_000
    let content = (0..<10).map { _ in
      (0..<chunk).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
    var requests = [MadeRequest.create(MadeRequest.root, [UInt8](text: "f"), 1)]
    requests += content.enumerated().map { .write(1, at: $0.offset * chunk, $0.element) }
    let stand = try ShellStandIn(directory: shop.directory)
    var counts: [Int: (plan: Int, apply: Int, verify: Int)] = [:]
    for missing in [0, 1, 3] {
      var arguments: [String] = []
      for number in 0..<3 {
        let held = number == 2 ? requests.dropLast(missing) : requests[...]
        let journal = try shop.journal("j\(number)-\(missing)", Array(held))
        let brick = shop.path("b\(number)-\(missing)")
        let run = try runTool("jbr-replay", ["--init", "--journal", journal.path, brick])
        #expect(run.status == 0, "\(run.stderr)")
        let host = ["", "one:", "two:"][number]
        arguments.append("replica\(number)=\(host)\(journal.path),\(host)\(brick)")
      }
      let file = shop.path("plan-\(missing)")
      let plan = try stand.count {
        try runTool(
          "jbr-reconcile", ["plan", "-o", file] + Self.rules + arguments,
          environment: stand.environment)
      }
      let apply = try stand.count {
        try runTool("jbr-reconcile", ["apply", "--yes", file], environment: stand.environment)
      }
      let verify = try stand.count {
        try runTool("jbr-reconcile", ["verify"] + arguments, environment: stand.environment)
      }
      counts[missing] = (plan, apply, verify)
    }
    print("NOTE: bytes on the wire for payloads missed, of \(10 * chunk): \(counts)")
    for missing in [0, 1, 3] {
      let moved = try #require(counts[missing])
      #expect(moved.plan < 20_000)
      #expect(moved.verify < 20_000)
      #expect(moved.apply > missing * chunk)
      #expect(moved.apply < missing * chunk * 11 / 10 + 20_000)
    }
  }
}
