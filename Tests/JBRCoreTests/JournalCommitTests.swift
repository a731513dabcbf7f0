import Foundation
import Histories
import Synchronization
import Testing

@testable import JBRCore

/// Many threads append to one journal at once.
@Suite struct JournalCommitTests {
  /// What threads were told, in no order.
  private final class Account: Sendable {
    private struct Entries {
      var acknowledged: [RequestID: Digest] = [:]
      var failures: [Failure] = []
    }
    private let entries = Mutex(Entries())

    var acknowledged: [RequestID: Digest] { entries.withLock { $0.acknowledged } }
    var failures: [Failure] { entries.withLock { $0.failures } }

    func note(_ id: RequestID, _ digest: Digest) {
      let old = entries.withLock { $0.acknowledged.updateValue(digest, forKey: id) }
      #expect(old == nil, "two requests are \(id)")
    }
    func note(_ failure: Failure) { entries.withLock { $0.failures.append(failure) } }
  }

  /// JBR_SEEDS multiplies what CI does.
  private static let factor =
    UInt64(ProcessInfo.processInfo.environment["JBR_SEEDS"] ?? "") ?? 1
  private static let threadCount = 12
  private static let requestCount = 25

  /// Has all threads append until they are done or fail; the answer is how many flushes there were.
  private static func append(to disk: SimulatedDisk, _ account: Account) throws -> Int {
    let journal = try JournalWriter(
      on: disk, directory: JournalWorkload.directory, limits: JournalWorkload.limits)
    let commit = try JournalCommit(journal)
    let threads = try (0..<threadCount).map { number in
      try JBRCore.Thread {
        var random = SeededGenerator(seed: UInt64(number), byteCountMax: 300)
        for _ in 0..<requestCount {
          let (request, payload) = random.journaled()
          do throws(Failure) {
            let digest = try request.contentDigest(payload: payload)
            account.note(try commit.submit(NewRequest(request, payload: payload)), digest)
          } catch { account.note(error) }
        }
      }
    }
    for thread in threads { thread.join() }
    return commit.flushCount
  }

  private static func disk() throws -> SimulatedDisk {
    let disk = SimulatedDisk()
    try JournalWriter.create(
      on: disk, directory: JournalWorkload.directory, superblock: JournalWorkload.superblock())
    let journal = try JournalWriter(
      on: disk, directory: JournalWorkload.directory, limits: JournalWorkload.limits)
    try journal.open(Term(1))
    return disk
  }

  private static func requests(_ disk: SimulatedDisk) throws -> [RequestID: Digest] {
    var reader = try JournalReader(
      try JBRDirectory.files(JournalWorkload.directory, on: disk))
    var found: [RequestID: Digest] = [:]
    while let item = try reader.next() {
      switch item {
      case .damage(let failure): Issue.record("\(failure)")
      case .record(let record):
        found[record.id] = try record.request.contentDigest(payload: record.payload)
      default: break
      }
    }
    return found
  }

  @Test func eachRequestGetsANameOfItsOwnAndIsThere() throws {
    let disk = try Self.disk()
    let account = Account()
    let flushCount = try Self.append(to: disk, account)
    #expect(account.failures == [])
    #expect(account.acknowledged.count == Self.threadCount * Self.requestCount)
    #expect(flushCount <= Self.threadCount * Self.requestCount)
    #expect(try Self.requests(disk.afterLosingAll()) == account.acknowledged)
  }

  @Test(arguments: 0..<(24 * factor))
  func whatAnyThreadWasToldIsThereAfterACrash(seed: UInt64) throws {
    let disk = try Self.disk()
    var random = SeededGenerator(seed: seed)
    disk.setFault(.crash, at: disk.point + Int.random(in: 20...70, using: &random))
    let account = Account()
    _ = try? Self.append(to: disk, account)
    for left in [disk.afterLosingAll(), disk.afterKill(), disk.afterCrash(random: &random)] {
      let found = try Self.requests(left)
      for (id, digest) in account.acknowledged { #expect(found[id] == digest, "\(id)") }
    }
  }

  @Test(arguments: 0..<(24 * factor))
  func afterAnErrorNobodyIsToldOfMoreThanIsThere(seed: UInt64) throws {
    let disk = try Self.disk()
    var random = SeededGenerator(seed: seed)
    disk.setFault(.error(5), at: disk.point + Int.random(in: 20...70, using: &random))
    let account = Account()
    _ = try Self.append(to: disk, account)
    let found = try Self.requests(disk.afterLosingAll())
    for (id, digest) in account.acknowledged { #expect(found[id] == digest, "\(id)") }
    let isAll = account.acknowledged.count == Self.threadCount * Self.requestCount
    #expect(isAll == account.failures.isEmpty)
  }
}
