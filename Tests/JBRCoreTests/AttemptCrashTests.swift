import Foundation
import Histories
import Testing

@testable import JBRCore

/// A reconciliation of real journals is stopped at every effect on every disk, by a kill and by a
/// power loss, and begun again: it ends as if nothing had happened.
@Suite struct AttemptCrashTests {
  private static let isThorough = ProcessInfo.processInfo.environment["JBR_SEEDS"] != nil
  private static let rule = QuorumRule(replicas: 3, percent: 50)
  private static let directory = JournalWorkload.directory

  private static func request(_ index: UInt64) -> NewEvent {
    let bytes = [UInt8](repeating: UInt8(index), count: Int(index) * 97)
    let request = Request(
      fop: .writev,
      values: [
        .gfid(GFID(high: 1, low: index % 3)), .u64(UInt64(bytes.count)), .i64(0), .u32(0),
        .dict([]),
      ])
    var new = NewRequest(request, payload: Payload(bytes), index: index)
    new.client = UniqueID(high: 7, low: index)
    return .request(new)
  }

  /// The journal of the replica with this number: 8 is on the first alone, 7 on two, of which the
  /// third is none, and the first knows that 6 failed.
  private static func journal(_ number: UInt64) throws -> SimulatedDisk {
    let disk = SimulatedDisk(seed: number)
    let journal = try JournalWorkload.journal(ofMember: number, on: disk)
    let highest: UInt64 = number == 0 ? 8 : number == 1 ? 7 : 4
    _ = try journal.commit((1...highest).map(Self.request))
    _ = try journal.commit([.agreed(first: 1, last: 3, byDecision: false)])
    if number == 0 {
      _ = try journal.commit([.rollback(index: 6, sub: 0, digest: Digest(high: 0, low: 0))])
      _ = try journal.commit([.state(.inProgress, index: 1, sub: 0, last: 2, results: [])])
    }
    return disk
  }

  /// Takes the log's middle away from the third replica, so that it must be repaired.
  private static func damage(_ disk: SimulatedDisk) throws {
    let file = try disk.open(directory + "/" + JournalNames.events(Term(1)))
    let bytes = try file.read(at: 0, count: 1 << 16)
    let place = try #require(bytes.lastIndex(of: 2))
    try file.write([99], at: place)
    try file.synchronize()
  }

  private static func reconcile(_ disks: [SimulatedDisk]) throws(Failure) {
    var participants: [JournalParticipant] = []
    for (number, disk) in disks.enumerated() {
      participants.append(
        try JournalParticipant(
          name: "r\(number)", disk: disk, directory: directory, limits: JournalWorkload.limits))
    }
    let reconciliation = try JBRCore.Reconciliation(participants, rule: rule)
    try reconciliation.record()
    try reconciliation.begin()
    for one in participants { try reconciliation.permitStep(on: one.name) }
    try reconciliation.finish()
  }

  private static func check(
    _ disks: [SimulatedDisk], _ wanted: [UInt64], _ what: Comment
  ) throws {
    var ids: Set<UInt64> = []
    for (number, disk) in disks.enumerated() {
      let files = try JBRDirectory.files(directory, on: disk)
      let journal = try ReplicaJournal(name: "r\(number)", files: files)
      #expect(journal.damages == [], what)
      let knowledge = try #require(journal.knowledge)
      #expect(knowledge.superblock.decidedUpTo >= 1, what)
      #expect(knowledge.superblock.opened == knowledge.superblock.decidedUpTo + 1, what)
      ids.insert(knowledge.superblock.terms[Term(1)]?.reconciliation ?? 0)
      let forward = knowledge.decisions.table(of: Term(1))?.table.forward.map(\.index)
      #expect(forward == wanted, what)
      let held = Set(journal.records.filter { $0.id.term == Term(1) }.map(\.id.index))
      #expect(held.isSuperset(of: forward ?? []), what)
      #expect(
        knowledge.superblock.clients.values.map(\.index).sorted() == forward, what)
      let states = try #require(knowledge.contents[Term(1)]?.states)
      #expect(states.areFinal, what)
      for index: UInt64 in [6, 8] where held.contains(index) && !wanted.contains(index) {
        #expect(states.state(index) == .invalid, what)
      }
    }
    #expect(ids.count == 1 && !ids.contains(0), what)
  }

  @Test(arguments: [false, true]) func aReconciliationIsFinishedByTheNextOne(
    isDamaged: Bool
  ) throws {
    let disks = try (0..<3).map { try Self.journal(UInt64($0)) }
    if isDamaged { try Self.damage(disks[2]) }
    // Nobody can say that the damaged one never had 8.
    let wanted: [UInt64] = isDamaged ? [1, 2, 3, 4, 5, 7, 8] : [1, 2, 3, 4, 5, 7]
    let starts = disks.map { $0.afterKill() }
    let whole = starts.map { $0.afterKill() }
    try Self.reconcile(whole)
    try Self.check(whole, wanted, "without a crash")
    let counts = zip(whole, starts).map { $0.point - $1.point }
    #expect(counts.allSatisfy { $0 > 20 })
    var random = SeededGenerator(seed: 5, byteCountMax: 1)
    for (victim, count) in counts.enumerated() {
      // Every third effect here, and all of them with JBR_SEEDS.
      for point in 1...count where Self.isThorough || (point + victim) % 3 == 0 {
        let disks = starts.map { $0.afterKill() }
        disks[victim].setFault(.crash, at: disks[victim].point + point)
        #expect(throws: Failure.self) { try Self.reconcile(disks) }
        // The machine that stopped lost its power; the reconciler's death ended all.
        for kind in 0..<3 where Self.isThorough || kind == point / 3 % 3 {
          let left = disks.enumerated().map { number, disk in
            guard number == victim else { return disk.afterKill() }
            return switch kind {
            case 0: disk.afterKill()
            case 1: disk.afterLosingAll()
            default: disk.afterCrash(random: &random)
            }
          }
          let what: Comment = "r\(victim) stopped at \(point) of \(count), kind \(kind)"
          try Self.reconcile(left)
          try Self.check(left, wanted, what)
        }
      }
    }
  }
}
