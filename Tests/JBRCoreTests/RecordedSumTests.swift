import Histories
import Testing

@testable import JBRCore

/// Sums on what was there before the journals: once every brick may have one, only what was written
/// down before tells what it came to.
@Suite struct RecordedSumTests {
  private static let directory = JournalWorkload.directory
  private static let rule = QuorumRule(replicas: 3, percent: 50)
  private static let file = GFID(high: 0xabcd, low: 1)
  private static let key = ByteView("trusted.number".utf8)

  private static func number(_ value: UInt8) -> ByteView { [0, 0, 0, value] }

  /// A replica whose file was there before, with 5 in its xattr.
  private static func brick() throws -> ModelBrick {
    let brick = ModelBrick.empty()
    let name = EntryName(parent: .root, name: ByteView("f".utf8))
    try brick.make(NewObject(gfid: file, type: .file, mode: 0o644), at: name)
    try brick.setXattr(file, key, number(5), .set)
    return brick
  }

  /// Its journal adds 1 and 2; the third replica lacks the second of them.
  private static func journal(
    _ replica: UInt64, destaged: [NewEvent] = []
  ) throws -> SimulatedDisk {
    let disk = SimulatedDisk(seed: replica)
    let journal = try JournalWorkload.journal(ofMember: replica, on: disk)
    for index: UInt64 in 1...(replica == 2 ? 1 : 2) {
      let request = RequestMaker(index: index).xattrop(
        file, key, number(UInt8(index)), open: false)
      _ = try journal.commit([.request(NewRequest(request, index: index))])
    }
    _ = try journal.commit([.agreed(first: 1, last: 2, byDecision: false)])
    if !destaged.isEmpty { _ = try journal.commit(destaged) }
    return disk
  }

  private static func participants(_ disks: [SimulatedDisk]) throws -> [JournalParticipant] {
    try disks.enumerated().map { number, disk in
      try JournalParticipant(
        name: "r\(number)", disk: disk, directory: directory, limits: JournalWorkload.limits)
    }
  }

  private static func plan(
    _ reconciliation: JBRCore.Reconciliation, _ bricks: [ModelBrick]
  ) throws -> Plan {
    let table = try RequestTable(reconciliation.journals)
    let decision = try Decision(
      DecisionInputs(table: table, rule: rule, leader: nil), attempt: reconciliation.attempt)
    return try Plan(
      decision,
      replicas: bricks.enumerated().map { number, brick in
        PlanReplica(name: ReplicaName(name: "r\(number)", journal: "r\(number)"), brick: brick)
      })
  }

  private static func apply(_ steps: [Step], _ bricks: [ModelBrick]) throws {
    let named = Dictionary(uniqueKeysWithValues: bricks.enumerated().map { ("r\($0)", $1) })
    try Applier(
      bricks: named, progress: MemoryProgress(), planID: "p",
      source: { MemoryByteSource([], path: $0) }
    ).apply(steps) { _, _ throws(Failure) in }
  }

  /// An attempt that stops behind its first step.
  private static func stopped(
    _ disks: [SimulatedDisk], _ bricks: [ModelBrick], writingDown: Bool
  ) throws {
    let reconciliation = try JBRCore.Reconciliation(participants(disks), rule: rule)
    let plan = try plan(reconciliation, bricks)
    #expect(!plan.hasConflicts)
    #expect(
      plan.sums == [
        SumResult(
          id: RequestID(term: Term(1), index: 2), gfid: file,
          values: [DictEntry(key: key, value: number(8))])
      ])
    #expect(plan.steps.count == 3)
    try reconciliation.record()
    try reconciliation.begin(writingDown ? plan.sums : [])
    try apply(Array(plan.steps.prefix(1)), bricks)
  }

  @Test(arguments: [true, false]) func aNewPlanKnowsWhatASumCameTo(writingDown: Bool) throws {
    let disks = try (0..<3).map { try Self.journal($0) }
    let bricks = try (0..<3).map { _ in try Self.brick() }
    try Self.stopped(disks, bricks, writingDown: writingDown)
    let left = disks.map { $0.afterKill() }
    let reconciliation = try JBRCore.Reconciliation(Self.participants(left), rule: Self.rule)
    let plan = try Self.plan(reconciliation, bricks)
    guard writingDown else {
      // Each of them may have both, or none.
      #expect(plan.hasConflicts)
      return
    }
    #expect(!plan.hasConflicts)
    #expect(plan.steps.count == 2)
    try reconciliation.record()
    try reconciliation.begin(plan.sums)
    try Self.apply(plan.steps, bricks)
    try reconciliation.finish()
    for brick in bricks { #expect(try brick.xattr(Self.file, Self.key) == Self.number(8)) }
  }

  /// The power went everywhere while the sums were on their way to the bricks.
  @Test func soDoesOneBehindDestaging() throws {
    let destaged: [NewEvent] = [
      .state(
        .inProgress, index: 1, sub: 0, last: 1,
        results: [DictEntry(key: Self.key, value: Self.number(6))]),
      .state(
        .inProgress, index: 2, sub: 0, last: 2,
        results: [DictEntry(key: Self.key, value: Self.number(8))]),
    ]
    let disks = try (0..<3).map {
      try Self.journal($0, destaged: $0 == 2 ? Array(destaged.prefix(1)) : destaged)
    }
    let bricks = try (0..<3).map { _ in try Self.brick() }
    try bricks[0].setXattr(Self.file, Self.key, Self.number(8), .set)
    try bricks[2].setXattr(Self.file, Self.key, Self.number(6), .set)
    let reconciliation = try JBRCore.Reconciliation(Self.participants(disks), rule: Self.rule)
    let plan = try Self.plan(reconciliation, bricks)
    #expect(!plan.hasConflicts)
    #expect(plan.steps.map(\.replica).sorted() == ["r1", "r2"])
    try Self.apply(plan.steps, bricks)
    for brick in bricks { #expect(try brick.xattr(Self.file, Self.key) == Self.number(8)) }
  }

  @Test func rangesAreCutAroundIndices() {
    let ranges: [ClosedRange<UInt64>] = [1...4, 7...7, 9...12]
    #expect(ranges.apart([]) == ranges)
    #expect(
      ranges.apart([1, 3, 7, 8, 12]) == [1...1, 2...2, 3...3, 4...4, 7...7, 9...11, 12...12])
    #expect([0...UInt64.max].apart([.max]) == [0...(.max - 1), .max...(.max)])
  }
}
