import Histories
import Testing

@testable import JBRCore

/// The answer of a brick to a request: 0, or an errno.
private func answer(_ change: Change, _ brick: some BrickStore) -> Int32 {
  do throws(BrickError) {
    try FopSemantics.apply(change.request, payload: change.payload, to: brick)
    return 0
  } catch { return error.errno }
}

@Suite("The model of a brick against the file system")
struct ModelAgainstDiskTests {
  @Test(arguments: seeds(15))
  func givesTheSameAnswersAndTheSameTree(seed: UInt64) throws {
    try #require(isRoot)
    var generator = ChangeGenerator(seed: seed)
    let directory = try TemporaryDirectory()
    let disk = try NativeBrick(path: directory.path + "/brick", creating: true)
    let model = ModelBrick.empty()
    try disk.setMode(.root, 0o755)
    try model.setMode(.root, 0o755)
    var done: [String] = []
    for index in 1...60 as ClosedRange<UInt64> {
      let change = generator.change(model, index: index)
      model.writer = RequestID(term: Term(1), index: index)
      done.append(describe(change.request))
      let expected = answer(change, disk)
      let found = answer(change, model)
      guard found == expected else {
        Issue.record(
          """
          seed \(seed): \(errorName(expected)) on disk, \(errorName(found)) in the model:
          \(done.joined(separator: "\n"))
          """)
        return
      }
    }
    let timed = Set(model.objects.filter { $0.value.mtime != nil }.keys)
    let (left, right) = (try treeText(disk, timed: timed), try treeText(model, timed: timed))
    #expect(
      left == right,
      "seed \(seed):\n\(firstDifferences(left, right))\n\(done.joined(separator: "\n"))")
  }

  /// The main property once more, on bricks on disk.
  @Test(arguments: seeds(12))
  func aPlanGivesBricksOnDiskTheOutcomeOfTheForwardRequests(seed: UInt64) throws {
    try #require(isRoot)
    guard let history = ReconciliationTests.history(seed) else { return }
    let directory = try TemporaryDirectory()
    let bricks: [any BrickStore] = try (0...2).map { replica in
      let brick = try NativeBrick(path: directory.path + "/r\(replica)", creating: true)
      try brick.setMode(.root, 0)
      history.build(brick, replica: replica)
      return brick
    }
    let made = try Reconciliation(history, bricks: bricks)
    #expect(made.plan.findings.isEmpty, "seed \(seed): \(made.plan.findings)\n\(made.text)")
    let progress = MemoryProgress()
    let middle = made.plan.steps.count / 2
    if middle > 0 {
      #expect(throws: Failure.self) {
        try made.apply(made.plan.steps, to: bricks, progress, killedBehind: middle)
      }
    }
    do { try made.apply(made.plan.steps, to: bricks, progress) } catch {
      Issue.record("seed \(seed): \(error)\n\(made.text)")
      return
    }
    for (replica, tree) in try made.trees(bricks).enumerated() where tree != made.wanted {
      Issue.record(
        "seed \(seed) r\(replica):\n\(firstDifferences(made.wanted, tree))\n\(made.text)")
    }
    #expect(try made.replanned(bricks) == [], "seed \(seed)")
  }
}
