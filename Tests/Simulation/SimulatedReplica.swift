import Histories
package import JBRCore

/// A machine with a replica's journal and brick, and what runs on it.
package final class SimulatedReplica {
  package enum Activity {
    case down
    /// Up, and nobody writes to the journal.
    case idle
    case serving(SimulatedServer)
    /// In the hands of attempts to reconcile, of which there may be several.
    case participating(JournalParticipant)
  }

  package let number: Int
  package let name: String
  package private(set) var disk: SimulatedDisk
  package private(set) var brick: SimulatedBrick
  package var activity = Activity.idle

  /// The journal's directory, named so that a path tells whose disk it is on.
  var directory: String { name }

  init(_ number: Int, rule: QuorumRule) throws(Failure) {
    self.number = number
    name = "r\(number)"
    disk = SimulatedDisk()
    brick = SimulatedBrick(disk)
    try makeJournal(rule, life: 0)
  }

  /// An empty disk in the place of the one that was there.
  func loseDisk(rule: QuorumRule, life: UInt64) throws(Failure) {
    activity = .idle
    try makeJournal(rule, life: life)
  }

  private func makeJournal(_ rule: QuorumRule, life: UInt64) throws(Failure) {
    disk = SimulatedDisk(seed: UInt64(number) + 1 + 100 * life)
    brick = SimulatedBrick(disk)
    var superblock = Superblock(
      volume: UniqueID(high: 7, low: 7), replica: UniqueID(high: life, low: UInt64(number) + 1),
      created: 0, name: Array(name.utf8))
    superblock.replicas = UInt32(rule.replicas)
    superblock.quorumPercent = UInt32(100 * rule.quorum / rule.replicas)
    try JournalWriter.create(on: disk, directory: directory, superblock: superblock)
  }

  var isUp: Bool { if case .down = activity { false } else { true } }

  var server: SimulatedServer? { if case .serving(let server) = activity { server } else { nil } }

  /// The power goes: whatever ran is gone, and with it what was not flushed.
  func losePower(_ random: inout SeededGenerator) {
    activity = .down
    disk = disk.afterCrash(random: &random)
    brick = brick.afterCrash(beside: disk, random: &random)
  }

  /// The processes end; the system's caches stay.
  func kill() {
    activity = .down
    disk = disk.afterKill()
    brick = brick.afterKill(beside: disk)
  }

  /// What the journal remembers for ever.
  func superblock() throws(Failure) -> Superblock {
    switch activity {
    case .down: throw Failure(.unavailable, "is down", path: name)
    case .serving(let server): return server.journal.superblock
    case .participating(let participant): return participant.superblock
    case .idle:
      let loaded = try SuperblockStore(disk, directory: directory).load()
      guard let superblock = loaded.superblock else {
        throw Failure(.damaged, "there is no superblock", path: name)
      }
      return superblock
    }
  }

  /// Up to where its journal says that all is decided and applied, whoever has it; 0 where it is
  /// lost.
  var decidedUpTo: UInt64 {
    (try? SuperblockStore(disk, directory: directory).load().superblock?.decidedUpTo) ?? 0
  }

  /// The participant that attempts to reconcile act on; it ends a server.
  func participant() throws(Failure) -> JournalParticipant {
    if case .participating(let participant) = activity { return participant }
    guard isUp else { throw Failure(.unavailable, "is down", path: name) }
    if let server { server.stop() }
    activity = .idle
    let participant = try JournalParticipant(name: name, disk: disk, directory: directory)
    activity = .participating(participant)
    return participant
  }

  /// Turns a bit of a file of the journal over; the answer says where, or nil if there is nothing.
  func rot(_ random: inout SeededGenerator) throws(Failure) -> String? {
    let names = try disk.names(in: directory).filter {
      $0.hasSuffix(".events") && $0 != "next.events" || $0.contains(".data-")
    }.sorted()
    guard let name = names.randomElement(using: &random) else { return nil }
    let file = try disk.open(directory + "/" + name)
    var used: [Int] = []
    var offset = 0
    while let next = try file.nextData(from: offset) {
      used.append(next)
      offset = next / 512 * 512 + 512
    }
    guard let sector = used.randomElement(using: &random) else { return nil }
    let place = sector + Int.random(in: 0..<512, using: &random)
    guard let byte = try file.read(at: place, count: 1).first else { return nil }
    try file.write([byte ^ (1 << UInt8.random(in: 0..<8, using: &random))], at: place)
    try file.synchronize()
    return "\(name) at \(place)"
  }
}
