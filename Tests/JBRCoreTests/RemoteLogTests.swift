import Histories
import Testing

@testable import JBRCore

/// A far journal is read from its sums and the heads of records, and says what it says here.
@Suite("Logs on other hosts") struct RemoteLogTests {
  /// A random journal as files of this system.
  private static func make(_ seed: UInt64, in directory: String) throws {
    var workload = JournalWorkload(seed: seed, stepCount: 60)
    let disk = SimulatedDisk(seed: seed)
    try workload.run(on: disk)
    try copy(JournalWorkload.directory, of: disk, to: directory)
  }

  private static func copy(_ journal: String, of disk: SimulatedDisk, to directory: String) throws {
    let system = SystemDisk()
    for name in try disk.names(in: journal) {
      let source = try disk.openForReading(journal + "/" + name)
      let file = try system.create(directory + "/" + name)
      try file.write(source.read(at: 0, count: source.byteCount())[...], at: 0)
    }
  }

  /// All that a journal says but where it says it.
  private static func account(of journal: ReplicaJournal) -> [String] {
    let requests = journal.records.enumerated().map { position, record in
      "\(record.id) \(record.request) \(record.details?.digest.description ?? "")"
        + " \(record.details?.time ?? 0) \(record.details?.copiedBy?.description ?? "")"
        + " \(journal.unreadable.contains(position))"
    }
    let knowledge = journal.knowledge
    let terms = (knowledge?.contents ?? [:]).sorted { $0.key < $1.key }.map { term, content in
      "\(term) \(content.states.runs) \(content.states.subs) \(content.states.overtaken)"
        + " \(content.agreed.ranges) \(content.isClosed) \(content.totals)"
        + " \(content.trailer.map { "\($0)" } ?? "") \(content.dataFileCount) \(content.dataEnd)"
    }
    let failed = (knowledge?.failedByLeader ?? [:]).sorted { $0.key < $1.key }.map { "\($0)" }
    return requests.sorted() + terms + failed
      + [
        // What damage is told by holds the path.
        journal.isWhole ? journal.digest.description : "", "\(journal.failed.sorted())",
        "\(knowledge?.damagedTerms.sorted() ?? [])", "\(journal.torn.map(\.message))",
        "\(journal.damages.map(\.message).sorted())", "\(journal.isWhole)",
      ]
  }

  @Test(arguments: 0..<12) func sayTheSameFromAfar(seed: UInt64) throws {
    let directory = try TemporaryDirectory()
    try Self.make(seed, in: directory.path)
    let host = FarHost()
    let hosts = host.hosts()
    let near = try ReplicaJournal(name: "a", files: JournalFiles.find(directory.path))
    let known = KnownBlocks<JournalRecord>()
    for _ in 0..<2 {
      // The second time all is known.
      let far = try ReplicaJournal(
        name: "a", files: hosts.journal("h:" + directory.path), known: known)
      #expect(Self.account(of: far) == Self.account(of: near))
    }
    hosts.close()
    host.wait()
  }

  /// What is damaged, torn or gone is told as it is here.
  @Test(arguments: 0..<24) func sayTheSameOfDamage(seed: UInt64) throws {
    let directory = try TemporaryDirectory()
    try Self.make(seed % 6, in: directory.path)
    var random = SeededGenerator(seed: seed)
    let names = try directoryNames(directory.path).filter {
      $0.hasSuffix(".events") || $0.contains(".data-")
    }.sorted()
    let path = directory.path + "/" + (try #require(names.randomElement(using: &random)))
    let file = try SystemDisk().open(path)
    let count = try file.byteCount()
    if seed % 4 == 0 {
      try file.truncate(to: Int.random(in: 0..<count, using: &random))
    } else {
      let place = Int.random(in: 0..<count, using: &random)
      let byte = try file.read(at: place, count: 1).first ?? 0
      try file.write([byte ^ 4], at: place)
    }
    let near = try ReplicaJournal(name: "a", files: JournalFiles.find(directory.path))
    let host = FarHost()
    let hosts = host.hosts()
    let far = try ReplicaJournal(name: "a", files: hosts.journal("h:" + directory.path))
    #expect(Self.account(of: far) == Self.account(of: near), "\(path)")
    hosts.close()
    host.wait()
  }

  /// A journal with one payload for each request, of bytes that nothing compresses.
  ///
  /// `other`: the index of a request that says something else.
  private static func write(
    _ number: UInt64, in directory: String, count: Int, byteCount: Int, other: Int? = nil
  ) throws {
    try JournalWriter.create(
      on: SystemDisk(), directory: directory,
      superblock: JournalWorkload.superblock(member: number))
    let journal = try JournalWriter(on: SystemDisk(), directory: directory)
    try journal.open(Term(1))
    let events = (1...count).map { index in
      var bytes = SeededGenerator(seed: UInt64(index == other ? index + count : index))
      var new = NewRequest(
        Request(
          fop: .writev,
          values: [
            .gfid(GFID(high: 7, low: UInt64(index))), .u64(UInt64(byteCount)), .i64(0),
            .u32(0x8001), .dict([]),
          ]),
        payload: Payload((0..<byteCount).map { _ in UInt8(truncatingIfNeeded: bytes.next()) }),
        index: UInt64(index))
      new.time = Int64(index)
      return NewEvent.request(new)
    }
    _ = try journal.commit(events)
  }

  /// Digests move, then the heads of the blocks that differ, and no payload at all.
  @Test(arguments: [100, 20_000]) func onlyWhatDiffersMoves(byteCount: Int) throws {
    let count = 6_000
    let near = try TemporaryDirectory()
    let same = try TemporaryDirectory()
    let other = try TemporaryDirectory()
    let countHere = byteCount > 1_000 ? 300 : count
    try Self.write(1, in: near.path, count: countHere, byteCount: byteCount)
    try Self.write(2, in: same.path, count: countHere, byteCount: byteCount)
    try Self.write(3, in: other.path, count: countHere, byteCount: byteCount, other: 7)
    let known = KnownBlocks<JournalRecord>()
    let journal = try ReplicaJournal(
      name: "a", files: JournalFiles.find(near.path), known: known)
    #expect(journal.records.count == countHere)
    func bytes(_ path: String) throws -> (Int, ReplicaJournal) {
      let host = FarHost()
      let hosts = host.hosts()
      let far = try ReplicaJournal(name: "b", files: hosts.journal("h:" + path), known: known)
      let bytes = hosts.byteCounts.received
      hosts.close()
      host.wait()
      return (bytes, far)
    }
    let (equalBytes, equal) = try bytes(same.path)
    #expect(Set(equal.records.map(\.id)) == Set(journal.records.map(\.id)))
    #expect(equalBytes < 4_000)
    let (otherBytes, differing) = try bytes(other.path)
    #expect(differing.records.count == countHere)
    let differ = zip(
      differing.records.sorted { $0.id < $1.id }, journal.records.sorted { $0.id < $1.id }
    ).filter { $0.details?.digest != $1.details?.digest }
    #expect(differ.map(\.0.id.index) == [7])
    // At most 300 bytes for each request of one block.
    #expect(otherBytes < 300 * min(countHere, 4_096) + 8_000)
    #expect(otherBytes > equalBytes)
  }

  @Test func aWriterOnAFarDiskGoesOn() throws {
    let directory = try TemporaryDirectory()
    try Self.write(1, in: directory.path, count: 400, byteCount: 900)
    let host = FarHost()
    let hosts = host.hosts()
    let (disk, path) = try hosts.disk(of: "h:" + directory.path)
    do {
      let journal = try JournalWriter(on: disk, directory: path)
      // 400 payloads of 900 bytes are there.
      #expect(hosts.byteCounts.received < 30_000)
      _ = try journal.commit([.agreed(first: 1, last: 400, byDecision: false)])
      _ = try journal.commit([
        .state(.inProgress, index: 1, sub: 0, last: 400, results: []),
        .state(.committed, index: 1, sub: 0, last: 400, results: []),
      ])
      try journal.freeze(Term(1))
    }
    hosts.close()
    host.wait()
    let journal = try ReplicaJournal(name: "a", files: JournalFiles.find(directory.path))
    #expect(journal.isWhole)
    let content = try #require(journal.knowledge?.contents[Term(1)])
    #expect(content.trailer?.requests == 400)
    #expect(content.states.runs == [.init(first: 1, last: 400, state: .committed)])
  }

  /// What comes from a host is not believed: sums cut short anywhere make no sense.
  @Test func sumsThatAreCutAreRefused() throws {
    let directory = try TemporaryDirectory()
    try Self.make(3, in: directory.path)
    let term = try #require(JournalFiles.find(directory.path).terms?.last)
    let sums = try TermSums(term)
    let message = sums.message
    let again: TermSums = try WireReader.read(message[...])
    #expect(again.message == message)
    for count in 0..<message.count {
      #expect(throws: FormatError.self) {
        let _: TermSums = try WireReader.read(message.prefix(count))
      }
    }
  }
}
