import Histories
import Testing

@testable import JBRCore

/// Three jbr journals on a simulated disk, of which some are damaged.
private struct AttemptSetting {
  static let rule = QuorumRule(replicas: 3, percent: 50)
  static let names = ["r0", "r1", "r2"]
  static var limits: WriterLimits {
    var limits = JournalWorkload.limits
    limits.inlineByteCount = 64
    return limits
  }
  var disk: SimulatedDisk
  var random: SeededGenerator
  /// The replicas that journaled each request.
  private(set) var holders: [UInt64: Set<Int>] = [:]
  private(set) var damaged: Set<Int> = []

  /// `preferred`: whether request 1 has another content on the last replica.
  init(seed: UInt64, conflicting: Bool = false) throws {
    disk = SimulatedDisk(seed: seed)
    random = SeededGenerator(seed: seed)
    for (number, name) in Self.names.enumerated() {
      var block = Superblock(
        volume: UniqueID(high: 1, low: 2), replica: UniqueID(high: 3, low: UInt64(number) + 4),
        created: 5, name: [UInt8](name.utf8))
      (block.replicas, block.quorumPercent) = (3, 50)
      try JournalWriter.create(on: disk, directory: name, superblock: block)
    }
    var parts = Self.names.map { _ in [NewEvent]() }
    for index in 1...UInt64(8) {
      let size = [0, 30, 200, 5000][Int.random(in: 0..<4, using: &random)]
      // Of the first one everybody has the same, so that there is always something to compare.
      let count = index == 1 ? 3 : Int.random(in: 1...3, using: &random)
      let members = Set([0, 1, 2].shuffled(using: &random).prefix(count))
      holders[index] = members
      for member in members {
        let isOther = conflicting && index == 1 && member == 2
        parts[member].append(Self.request(index, size, isOther: isOther))
      }
    }
    for (name, events) in zip(Self.names, parts) {
      let journal = try JournalWriter(on: disk, directory: name, limits: Self.limits)
      try journal.open(Term(1))
      if !events.isEmpty { _ = try journal.commit(events) }
    }
  }

  private static func request(_ index: UInt64, _ size: Int, isOther: Bool) -> NewEvent {
    let count = size + (isOther ? 77 : 0)
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ Int(index)) }
    var new = NewRequest(
      Request(
        fop: .writev,
        values: [
          .gfid(GFID(high: 5, low: index)), .u64(UInt64(count)), .i64(0), .u32(0), .dict([]),
        ]),
      payload: count > 0 ? Payload(content) : nil, index: index)
    new.client = UniqueID(high: 9, low: index)
    return .request(new)
  }

  /// Flips bytes of one replica's term, or takes its log away.
  mutating func damage(_ member: Int) throws {
    damaged.insert(member)
    let name = Self.names[member]
    let files = try disk.names(in: name).filter { JournalNames.parse($0) != nil }.sorted()
    let path = name + "/" + files[Int.random(in: 0..<files.count, using: &random)]
    guard !path.hasSuffix(".events") || Int.random(in: 0..<4, using: &random) > 0 else {
      return try disk.remove(path)
    }
    let file = try disk.open(path)
    var places: [Int] = []
    var offset = 0
    while let next = try file.nextData(from: offset), next < (1 << 16) {
      let bytes = try file.read(at: next, count: 4096)
      if bytes.isEmpty { break }
      for (place, byte) in bytes.enumerated() where byte != 0 { places.append(next + place) }
      offset = next + bytes.count
    }
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let place = places[Int.random(in: 0..<places.count, using: &random)]
      let byte = try file.read(at: place, count: 1)[0]
      try file.write([byte ^ 0x5a], at: place)
    }
    try file.synchronize()
  }

  func journal(_ name: String) throws -> ReplicaJournal {
    try ReplicaJournal(name: name, files: JBRDirectory.files(name, on: disk))
  }

  /// One attempt from the first promise to the last mark.
  func reconcile(preferring: String? = nil) throws -> (decision: DecisionRecord, [Supply]) {
    let participants = try Self.names.map { name in
      try JournalParticipant(name: name, disk: disk, directory: name, limits: Self.limits)
    }
    let run = try JBRCore.Reconciliation(participants, rule: Self.rule, preferring: preferring)
    try run.record()
    try run.begin()
    try run.finish()
    return (run.decision, run.supplies)
  }

  /// What was decided of the term: by this attempt, or by one that died when it had finished some.
  func table(_ decision: DecisionRecord) throws -> DecisionRecord.Table {
    let known = try Self.names.compactMap { try journal($0).knowledge?.decisions }.flatMap(\.self)
    return try #require((known + [decision]).table(of: Term(1))).table
  }

  /// What must hold once an attempt is done.
  func check(_ decision: DecisionRecord, seed: UInt64) throws {
    let table = try table(decision)
    let forward = Set(table.forward.map(\.index))
    for (index, members) in holders where members.count >= Self.rule.quorum {
      #expect(forward.contains(index), "seed \(seed): \(index) was acknowledged")
    }
    for name in Self.names {
      let journal = try journal(name)
      #expect(journal.isWhole, "seed \(seed) \(name): \(journal.damages)")
      let view = try #require(journal.views[Term(1)], "seed \(seed) \(name)")
      for (id, digest) in table.digests {
        #expect(view.hasContent(id, digest), "seed \(seed) \(name) \(id)")
      }
      #expect(!view.isSpoiled(table.digests), "seed \(seed) \(name)")
      #expect(journal.knowledge?.superblock.decidedUpTo == decision.attempt.rawValue - 1)
      #expect(journal.knowledge?.superblock.terms[Term(1)]?.state == .frozen)
    }
  }
}

@Suite("Attempts on jbr journals")
struct JournalAttemptTests {
  @Test(arguments: seeds(60))
  func oneDamagedJournalIsRepairedByTheOthers(seed: UInt64) throws {
    var setting = try AttemptSetting(seed: seed)
    let member = Int(seed % 3)
    try setting.damage(member)
    let name = AttemptSetting.names[member]
    // Damage where nothing stands harms nothing.
    let isHarmed = try !setting.journal(name).isWhole
    let (decision, supplies) = try setting.reconcile()
    try setting.check(decision, seed: seed)
    let repairs = supplies.filter(\.isRepair).map(\.replica)
    #expect(repairs == (isHarmed ? [name] : []), "seed \(seed)")
  }

  /// The test above must meet damage of many kinds, or it proves little.
  @Test func damageIsMet() throws {
    var fields: Set<String> = []
    for seed in UInt64(0)..<60 {
      var setting = try AttemptSetting(seed: seed)
      try setting.damage(Int(seed % 3))
      let journal = try setting.journal(AttemptSetting.names[Int(seed % 3)])
      fields.formUnion(journal.damages.map(\.message))
      for damage in journal.damages { fields.insert(damage.field ?? "file") }
      if !journal.unreadable.isEmpty { fields.insert("payload") }
    }
    #expect(fields.count > 4 && fields.contains("payload") && fields.contains("file"), "\(fields)")
  }

  @Test(arguments: seeds(16))
  func stoppedAnywhereAndBegunAgainItComesToTheSame(seed: UInt64) throws {
    var setting = try AttemptSetting(seed: seed)
    if seed % 2 == 0 { try setting.damage(Int(seed % 3)) }
    let whole = setting.disk.afterKill()
    let undisturbed = setting
    let first = setting.disk.point
    let (wanted, _) = try undisturbed.reconcile()
    let last = setting.disk.point
    let wantedTable = try undisturbed.table(wanted)
    var random = SeededGenerator(seed: seed &+ 77)
    for _ in 0..<3 {
      setting.disk = whole.afterKill()
      setting.disk.setFault(
        .crash, at: setting.disk.point + Int.random(in: 0..<last - first, using: &random))
      #expect(throws: (any Error).self) { _ = try setting.reconcile() }
      setting.disk = setting.disk.afterCrash(random: &random)
      let (decision, _) = try setting.reconcile()
      try setting.check(decision, seed: seed)
      #expect(try setting.table(decision) == wantedTable, "seed \(seed)")
    }
  }

  @Test(arguments: seeds(8))
  func whatAPersonPrefersIsHeldByAll(seed: UInt64) throws {
    let setting = try AttemptSetting(seed: seed, conflicting: true)
    #expect { _ = try setting.reconcile() } throws: { ($0 as? Failure)?.status == .refused }
    for name in AttemptSetting.names {
      let other = try AttemptSetting(seed: seed, conflicting: true)
      let digest = try #require(
        try other.journal(name).views[Term(1)]?.held[RequestID(term: Term(1), index: 1)]?.digest)
      let (decision, _) = try other.reconcile(preferring: name)
      try other.check(decision, seed: seed)
      #expect(decision.tables.first?.forward.first { $0.index == 1 }?.digest == digest)
    }
  }
}
