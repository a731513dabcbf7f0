import Foundation
import Histories
import Testing

@testable import JBRCore

/// Stops the world at every effect of the writer, and looks at every kind of disk that a power
/// loss may leave.
@Suite struct JournalCrashTests {
  /// JBR_SEEDS multiplies what CI's bounded run does.
  private static let factor =
    UInt64(ProcessInfo.processInfo.environment["JBR_SEEDS"] ?? "") ?? 1

  /// All that can be read of a journal.
  private struct Content {
    var requests: [RequestID: Digest] = [:]
    var states: [Term: RequestStates] = [:]
    var agreed: [Term: AgreedRanges] = [:]
    var damage: [Failure] = []
    var isTorn = false
    var superblock: Superblock?
  }

  private static func read(_ disk: SimulatedDisk) throws -> Content {
    let files = try JBRDirectory.files(JournalWorkload.directory, on: disk)
    var content = Content()
    content.superblock = files.superblock?.superblock
    var reader = try JournalReader(files)
    while let item = try reader.next() {
      switch item {
      case .damage(let failure): content.damage.append(failure)
      case .record(let record):
        let found = try record.request.contentDigest(payload: record.payload)
        #expect(found == record.details?.digest)
        content.requests[record.id] = found
      case .termEnd(let end):
        content.states[end.term] = end.content.states
        content.agreed[end.term] = end.content.agreed
        if case .torn = end.end { content.isTorn = true }
      default: break
      }
    }
    return content
  }

  /// Everything that was acknowledged is there, and nothing contradicts it.
  private static func check(
    _ content: Content, _ account: JournalWorkload.Account, _ what: Comment
  ) {
    #expect(content.damage == [], what)
    for (id, digest) in account.requests where !account.pruned.contains(id.term) {
      #expect(content.requests[id] == digest, what)
    }
    for (id, state) in account.states where !account.pruned.contains(id.term) {
      // The change that was on its way may have arrived, and no other.
      let found = content.states[id.term]?.state(id.index)
      #expect(found == state || found != nil && found == account.onTheWay.states[id], what)
    }
    for (term, agreed) in account.agreed where !account.pruned.contains(term) {
      for range in agreed.ranges {
        #expect(range.allSatisfy { content.agreed[term]?.contains($0) == true }, what)
      }
    }
    checkNothingElse(content, account, what)
    if let known = account.superblock, let superblock = content.superblock {
      check(superblock, known, account, what)
    }
  }

  /// Nothing is there that nobody asked for, and nothing looks acknowledged that only was asked for.
  private static func checkNothingElse(
    _ content: Content, _ account: JournalWorkload.Account, _ what: Comment
  ) {
    for (id, digest) in content.requests {
      if account.requests[id] == digest { continue }
      #expect(account.onTheWay.requests[id] == digest, "\(what.rawValue): \(id)")
      #expect(content.states[id.term]?.state(id.index) == .uncommitted, what)
    }
    for (term, states) in content.states {
      #expect(account.opening.contains(term), what)
      // Of a group that was cut off its first requests may be there, none behind a gap.
      let count = UInt64(content.requests.keys.count { $0.term == term })
      #expect(states.indices ?? 1...1 == 1...max(count, 1), what)
    }
    for (term, agreed) in content.agreed {
      for index in agreed.ranges.joined() {
        let isOnTheWay =
          account.onTheWay.agreed.map { $0.term == term && $0.indices.contains(index) } ?? false
        #expect(account.agreed[term]?.contains(index) == true || isOnTheWay, what)
      }
    }
  }

  private static func check(
    _ superblock: Superblock, _ known: Superblock, _ account: JournalWorkload.Account,
    _ what: Comment
  ) {
    #expect(superblock.generation >= known.generation, what)
    #expect(superblock.promise >= known.promise, what)
    let highest = account.opening.max()?.rawValue ?? 0
    #expect(superblock.promise <= highest, what)
    let joined = superblock.joined.joined().map { Term($0) }
    #expect(account.opening.isSuperset(of: joined), what)
    #expect(superblock.opened == 0 || account.opening.contains(Term(superblock.opened)), what)
    for (term, entry) in superblock.terms {
      if entry.state == .frozen { #expect(account.freezing.contains(term), what) }
      if entry.state == .retired { #expect(account.retiring.contains(term), what) }
    }
    #expect(superblock.decidedUpTo <= account.retiring.max()?.rawValue ?? 0, what)
    #expect(superblock.prunedUpTo <= account.pruned.max()?.rawValue ?? 0, what)
  }

  /// A journal that was reopened after a crash takes requests, and is clean.
  private static func reopen(
    _ disk: SimulatedDisk, _ account: JournalWorkload.Account, _ what: Comment
  ) throws {
    let journal = try JournalWriter(
      on: disk, directory: JournalWorkload.directory, limits: JournalWorkload.limits)
    #expect(journal.damagedTerms.isEmpty, what)
    var later = account
    if journal.currentTerm == nil {
      let next = Term((journal.superblock.joined.last?.upperBound ?? 0) + 10)
      later.opening.insert(next)
      try journal.open(next)
    }
    var random = SeededGenerator(seed: 5, byteCountMax: 40)
    let (request, payload) = random.journaled()
    let ids = try journal.commit([.request(NewRequest(request, payload: payload))])
    later.requests[try #require(ids.first)] = try request.contentDigest(payload: payload)
    later.superblock = journal.superblock
    let content = try read(disk)
    #expect(!content.isTorn, what)
    check(content, later, what)
  }

  @Test(arguments: 0..<(1 * factor))
  func whatWasAcknowledgedSurvivesACrashAtAnyPoint(seed: UInt64) throws {
    let whole = SimulatedDisk(seed: seed)
    var workload = JournalWorkload(seed: seed)
    try workload.run(on: whole)
    for point in 1...whole.point {
      let disk = SimulatedDisk(seed: seed)
      disk.setFault(.crash, at: point)
      var cut = JournalWorkload(seed: seed)
      #expect(throws: Failure.self) { try cut.run(on: disk) }
      var random = SeededGenerator(seed: seed &* 1000 &+ UInt64(point))
      var disks = [disk.afterKill(), disk.afterLosingAll()]
      for _ in 0..<3 { disks.append(disk.afterCrash(random: &random)) }
      if let all = disk.allCrashStates(limit: 16) { disks += all }
      for (number, left) in disks.enumerated() {
        let what: Comment = "seed \(seed), point \(point) (\(disk.log.last ?? "")), disk \(number)"
        // Nothing was acknowledged before there was a superblock.
        guard try left.exists("j/superblock-1") || cut.account.superblock != nil else { continue }
        let content = try Self.read(left)
        let isMaking = cut.account.superblock == nil
        if isMaking { continue }
        Self.check(content, cut.account, what)
        try Self.reopen(left, cut.account, what)
      }
    }
  }

  @Test(arguments: [Int32(5), 28], 0..<(2 * factor))
  func anErrorAtAnyPointLosesNothingAndStopsAcknowledging(error: Int32, seed: UInt64) throws {
    let whole = SimulatedDisk(seed: seed)
    var workload = JournalWorkload(seed: seed)
    try workload.run(on: whole)
    for point in 1...whole.point {
      let disk = SimulatedDisk(seed: seed)
      disk.setFault(.error(error), at: point)
      var cut = JournalWorkload(seed: seed)
      do { try cut.run(on: disk) } catch {}
      guard cut.account.superblock != nil else { continue }
      let what: Comment = "seed \(seed), point \(point) (\(disk.log.last ?? ""))"
      var random = SeededGenerator(seed: seed &* 1000 &+ UInt64(point))
      for left in [disk.afterKill(), disk.afterLosingAll(), disk.afterCrash(random: &random)] {
        Self.check(try Self.read(left), cut.account, what)
        try Self.reopen(left, cut.account, what)
      }
    }
  }

  @Test func afterAFailedFlushNothingMoreIsAcknowledged() throws {
    let disk = SimulatedDisk()
    try JournalWriter.create(
      on: disk, directory: "j", superblock: JournalWorkload.superblock())
    let journal = try JournalWriter(on: disk, directory: "j", limits: JournalWorkload.limits)
    try journal.open(Term(1))
    var random = SeededGenerator(seed: 1, byteCountMax: 40)
    let (request, payload) = random.journaled()
    let event = NewEvent.request(NewRequest(request, payload: payload))
    _ = try journal.commit([event])
    let before = disk.point
    _ = try journal.commit([event])
    // The last effect of a commit is the flush that acknowledges it.
    #expect(disk.log.last?.hasPrefix("flush") == true)
    disk.setFault(.error(5), at: disk.point + (disk.point - before))
    #expect(throws: Failure.self) { try journal.commit([event]) }
    #expect(throws: Failure.self) { try journal.commit([event]) }
  }

  @Test func aSecondWriterIsKeptOut() throws {
    let disk = SimulatedDisk()
    try JournalWriter.create(on: disk, directory: "j", superblock: JournalWorkload.superblock())
    let first = try JournalWriter(on: disk, directory: "j")
    #expect(throws: Failure.self) { _ = try JournalWriter(on: disk, directory: "j") }
    _ = first.currentTerm
  }

  @Test func aFullDiskRefusesRequestsBeforeAnythingIsWritten() throws {
    let disk = SimulatedDisk(capacity: 4 << 20)
    try JournalWriter.create(on: disk, directory: "j", superblock: JournalWorkload.superblock())
    var limits = WriterLimits()
    limits.reserveByteCount = 1 << 20
    let journal = try JournalWriter(on: disk, directory: "j", limits: limits)
    try journal.open(Term(1))
    let request = Request(
      fop: .writev,
      values: [.gfid(.root), .u64(8_000), .i64(0), .u32(0), .dict([])])
    var ids: [RequestID] = []
    var refusal: Failure?
    while refusal == nil {
      do {
        ids += try journal.commit(
          [.request(NewRequest(request, payload: Payload([UInt8](repeating: 7, count: 8_000))))])
      } catch { refusal = error }
    }
    #expect(refusal?.errno == 28)
    #expect(ids.count > 10)
    // What is there goes on: states change, and the term freezes.
    for state in [RequestState.inProgress, .needFsync, .committed] {
      _ = try journal.commit(
        [.state(state, index: 1, sub: 0, last: UInt64(ids.count), results: [])])
    }
    try journal.freeze(Term(1))
    let content = try Self.read(disk)
    #expect(content.damage == [])
    #expect(Set(content.requests.keys) == Set(ids))
  }
}
