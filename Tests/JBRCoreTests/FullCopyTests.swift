import Histories
import Testing

@testable import JBRCore

/// Two bricks that went apart, and what makes one of them a copy of the other one.
private struct CopyCase {
  let source: ModelBrick
  let target: ModelBrick
  let steps: [Step]
  let findings: [PlanFinding]
  let wanted: String

  /// `shared`, `apart`: how many requests both bricks and each of them executed. `isVacant`: whether
  /// nothing at all is on the other brick.
  init(seed: UInt64, shared: Int, apart: Int, isVacant: Bool = false) throws {
    source = ModelBrick.empty()
    var generator = ChangeGenerator(seed: seed)
    Self.change(source, &generator, shared)
    target = isVacant ? ModelBrick() : source.copy()
    if !isVacant {
      var other = ChangeGenerator(seed: seed &+ 1_000_003)
      Self.change(target, &other, apart)
    }
    Self.change(source, &generator, apart)
    var planner = try CopyPlanner(
      from: source, of: "r0", to: target, of: "r1", isVacant: isVacant)
    try planner.plan()
    findings = planner.findings
    var steps = planner.steps
    for index in steps.indices { steps[index].number = index + 1 }
    self.steps = steps
    wanted = try Self.text(source)
  }

  private static func change(_ brick: ModelBrick, _ generator: inout ChangeGenerator, _ count: Int)
  {
    for number in 0..<count {
      let index = UInt64(number) + 1
      brick.writer = RequestID(term: Term(1), index: index)
      generator.change(brick, index: index).apply(to: brick)
    }
  }

  /// Every object's time counts.
  static func text(_ brick: ModelBrick) throws -> String {
    try treeText(brick, timed: Set(brick.objects.keys))
  }

  func apply(
    to brick: ModelBrick, _ progress: MemoryProgress = MemoryProgress(),
    killedBehind count: Int? = nil
  ) throws {
    brick.writer = RequestID(term: Term(99), index: 1)
    var applier = Applier(
      bricks: ["r0": source, "r1": brick], progress: progress, planID: "test")
    applier.groupCount = 3
    #expect(try applier.problems(in: steps).isEmpty)
    var done = 0
    try applier.apply(steps) { _, _ throws(Failure) in
      done += 1
      if done == count { throw Failure(.ioError, "killed") }
    }
  }

  /// A brick as it was, to be changed.
  func fresh() -> ModelBrick { target.copy() }

  var text: String {
    steps.map { "\($0.number) \($0.action)" }.joined(separator: "\n")
  }
}

@Suite("Copies of whole bricks")
struct FullCopyTests {
  @Test(arguments: seeds(200))
  func aBrickThatWentApartBecomesEqual(seed: UInt64) throws {
    let made = try CopyCase(
      seed: seed, shared: Int(seed % 5) * 12, apart: 5 + Int(seed % 7) * 6, isVacant: seed % 9 == 0)
    #expect(!made.findings.contains { $0.kind == .conflict }, "seed \(seed): \(made.findings)")
    let brick = made.fresh()
    do { try made.apply(to: brick) } catch {
      Issue.record("seed \(seed): \(error)\n\(made.text)")
      return
    }
    let tree = try CopyCase.text(brick)
    #expect(
      tree == made.wanted, "seed \(seed)\n\(firstDifferences(made.wanted, tree))\n\(made.text)")
    var again = try CopyPlanner(
      from: made.source, of: "r0", to: brick, of: "r1", isVacant: false)
    try again.plan()
    #expect(again.steps == [], "seed \(seed)")
  }

  @Test(arguments: seeds(40))
  func killedBehindAnyStepItFinishesWhenItIsResumed(seed: UInt64) throws {
    let made = try CopyCase(
      seed: seed, shared: 20, apart: 12 + Int(seed % 5) * 4, isVacant: seed % 4 == 0)
    for count in 1..<max(2, made.steps.count) {
      let (brick, progress) = (made.fresh(), MemoryProgress())
      #expect(throws: Failure.self) {
        try made.apply(to: brick, progress, killedBehind: count)
      }
      do { try made.apply(to: brick, progress) } catch {
        Issue.record("seed \(seed) behind step \(count): \(error)\n\(made.text)")
        return
      }
      let tree = try CopyCase.text(brick)
      guard tree == made.wanted else {
        Issue.record(
          "seed \(seed) behind \(count):\n\(firstDifferences(made.wanted, tree))\n\(made.text)")
        return
      }
    }
  }

  /// What must be taken away is set aside, and everything else finds its place without.
  @Test(arguments: seeds(60))
  func onlyWhatTheOtherBrickLacksIsSetAside(seed: UInt64) throws {
    let made = try CopyCase(seed: seed, shared: 30, apart: 15)
    for step in made.steps {
      guard case .setAside(_, let entry) = step.action else { continue }
      let isWanted = try entry.gfid.map { try made.source.status($0) != nil } ?? false
      #expect(!isWanted, "seed \(seed): step \(step.number)\n\(made.text)")
    }
  }

  @Test func aSuppliersTreeIsKnownAgainByItsDigest() throws {
    let made = try CopyCase(seed: 7, shared: 40, apart: 5)
    let digest = try CopiedTree(made.source).digest
    #expect(try CopiedTree(made.source).digest == digest)
    #expect(try CopiedTree(made.target).digest != digest)
    made.source.writer = RequestID(term: Term(9), index: 1)
    let time = FileTime(seconds: 77, nanoseconds: 1)
    try made.source.setTimes(.root, atime: nil, mtime: time)
    #expect(try CopiedTree(made.source).digest != digest)
  }
}
