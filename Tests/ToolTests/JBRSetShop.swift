import Foundation
import Testing

/// Three replicas with jbr journals that know the set that they are of, and bricks.
final class JBRSetShop {
  static let volume = "6f1f0e5a-2b8e-4a53-9d0c-58a6b2f4d3c1"
  private let shop: JournalShop
  private(set) var journals: [MadeJournal] = []
  private var planCount = 0

  init() throws {
    try #require(geteuid() == 0, "bricks carry trusted.* xattrs, which only root may set")
    shop = try JournalShop()
    for number in 0..<3 { journals.append(try create(number)) }
  }

  func path(_ name: String) -> String { shop.path(name) }

  func brick(_ number: Int) -> String { shop.path("b\(number)") }

  /// Makes the journal of a replica, also one of a new disk.
  @discardableResult
  func create(_ number: Int, _ options: String...) throws -> MadeJournal {
    let journal = MadeJournal(path: shop.path("j\(number)"))
    try journal.expect(
      [
        "create", "--name", "r\(number)", "--volume", Self.volume, "--replicas", "3",
        "--quorum-percent", "50",
      ] + options + [journal.path])
    return journal
  }

  /// Has some replicas take requests.
  func append(_ requests: [MadeRequest], to members: [Int] = [0, 1, 2]) throws {
    for member in members { try journals[member].append(requests) }
  }

  /// Makes the bricks as the journals say, or empty ones.
  func makeBricks(applying: Bool = true) throws {
    for number in 0..<3 {
      let limit = applying ? [] : ["--no-states", "--limit", "0"]
      let run = try runTool(
        "jbr-replay", ["--init"] + limit + ["--journal", journals[number].path, brick(number)])
      #expect(run.status == 0, "\(run.stderr)")
    }
  }

  func arguments(_ members: [Int] = [0, 1, 2]) -> [String] {
    members.map { "r\($0)=\(journals[$0].path),\(brick($0))" }
  }

  func reconcile(_ arguments: String...) throws -> ToolRun {
    try runTool("jbr-reconcile", arguments)
  }

  /// Plans into a file of its own; the lines are checked against their schemas.
  func plan(
    _ options: [String] = [], _ members: [Int] = [0, 1, 2], status: Int32 = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (path: String, lines: [JSONLine]) {
    planCount += 1
    let file = path("plan\(planCount)")
    let run = try runTool(
      "jbr-reconcile", ["plan", "-o", file] + options + arguments(members))
    #expect(run.status == status, "\(run.stderr)", sourceLocation: sourceLocation)
    guard let data = FileManager.default.contents(atPath: file) else { return (file, []) }
    let checked = try validate(Array(data))
    #expect(checked.status == 0, "\(checked.text)", sourceLocation: sourceLocation)
    return (file, try JSONLine.all(data))
  }

  /// Applies a plan, with its loss if there is one.
  @discardableResult
  func apply(
    _ plan: (path: String, lines: [JSONLine]), status: Int32 = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ToolRun {
    let loss = plan.lines.last?.text("loss_digest")
    let run = try runTool(
      "jbr-reconcile", ["apply", plan.path] + (loss.map { ["--accept-loss", $0] } ?? ["--yes"]))
    #expect(run.status == status, "\(run.stderr)", sourceLocation: sourceLocation)
    let checked = try validate(run.stdout)
    #expect(checked.status == 0, "\(checked.text)", sourceLocation: sourceLocation)
    return run
  }

  /// Plans and applies what loses nothing.
  func reconcileAll(_ members: [Int] = [0, 1, 2]) throws {
    let made = try plan([], members)
    #expect(made.lines.last?.fields["zero_loss"] as? Bool == true)
    try apply(made)
  }

  /// Whether bricks are equal, by two judges, and journals clean.
  func expectSettled(
    _ members: [Int] = [0, 1, 2], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let verified = try runTool("jbr-reconcile", ["verify"] + arguments(members))
    #expect(verified.status == 0, "\(verified.text)", sourceLocation: sourceLocation)
    let (status, text) = try output(
      [repository + "/Tests/compare-bricks"] + members.map { brick($0) })
    #expect(status == 0, "\(text)", sourceLocation: sourceLocation)
    for member in members {
      let run = try journals[member].run(["verify"])
      #expect(run.status == 0, "r\(member): \(run.text)", sourceLocation: sourceLocation)
    }
    let marks = try runTool("jbr-reconcile", ["status"] + arguments(members)).lines
      .of("replica_status").map { [$0.number("decided_up_to"), $0.number("opened")] }
    #expect(Set(marks).count == 1, "\(marks)", sourceLocation: sourceLocation)
  }

  /// Deletes what some replicas have done with.
  func prune(_ terms: [Int], on members: [Int]) throws {
    let status = try runTool("jbr-reconcile", ["status"] + arguments(members)).lines
    for term in terms {
      let id = try #require(
        status.of("term_status").first { $0.number("term") == term }?.text("reconciliation_id"))
      for member in members {
        try journals[member].run(
          ["set-state", "retired", "--term", "\(term)", "--reconciliation-id", id])
      }
    }
    for member in members {
      let run = try journals[member].run(["prune"])
      #expect(try run.lines.count == terms.count, "\(run.stderr)")
    }
  }

  /// What a directory's files hold, to see whether anything was touched.
  func content(of directory: String) throws -> [String: Data] {
    var found: [String: Data] = [:]
    let all = FileManager.default.enumerator(atPath: directory)
    while let name = all?.nextObject() as? String {
      let path = directory + "/" + name
      var isDirectory: ObjCBool = false
      if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
        !isDirectory.boolValue
      {
        found[name] = try Data(contentsOf: URL(fileURLWithPath: path))
      }
    }
    return found
  }

  /// What a journal keeps as evidence.
  func evidence(_ number: Int) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: journals[number].path)
      .filter { $0.contains(".broken-") }.sorted()
  }

  func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }
}
