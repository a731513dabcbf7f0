import Testing

@testable import JBRCore

/// Who can supply what damage has taken.
@Suite struct LossSupplierTests {
  private static func journal(
    _ disk: SimulatedDisk, _ events: [NewEvent]
  ) throws -> JournalFiles {
    try JournalWriter.create(
      on: disk, directory: JournalWorkload.directory, superblock: JournalWorkload.superblock())
    let journal = try JournalWriter(on: disk, directory: JournalWorkload.directory)
    try journal.open(Term(1))
    _ = try journal.commit(events)
    return try JBRDirectory.files(JournalWorkload.directory, on: disk)
  }

  private static func write(_ bytes: [UInt8], copiedBy attempt: Term? = nil) -> NewEvent {
    let request = Request(
      fop: .writev,
      values: [
        .gfid(GFID(high: 1, low: 2)), .u64(UInt64(bytes.count)), .i64(0), .u32(0), .dict([]),
      ])
    var new = NewRequest(request, payload: Payload(bytes), index: 5)
    new.copiedBy = attempt
    return .request(new)
  }

  /// What the journal on a disk has lost once a byte of its only payload is another.
  private static func losses(_ disk: SimulatedDisk) throws -> TermLosses {
    let name = JournalWorkload.directory + "/" + JournalNames.events(Term(1))
    let file = try disk.open(name)
    let bytes = try file.read(at: 0, count: 1 << 16)
    let place = try #require(bytes.lastIndex(of: 77))
    try file.write([78], at: place)
    let files = try JBRDirectory.files(JournalWorkload.directory, on: disk)
    var verifier = JBRVerifier(
      journal: "damaged", files: files, indices: IndexMaker(on: disk, directory: "t"))
    var writer = LineWriter(MemoryByteSink())
    try verifier.run(to: &writer)
    return try #require(verifier.losses[Term(1)])
  }

  @Test(arguments: [false, true]) func aCopyIsAsGoodAsTheRequest(isCopyDamaged: Bool) throws {
    let damaged = SimulatedDisk(seed: 1)
    let attempt: Term? = Term(9)
    _ = try Self.journal(
      damaged, [Self.write([77, 77, 77], copiedBy: isCopyDamaged ? attempt : nil)])
    let whole = try Self.journal(
      SimulatedDisk(seed: 2), [Self.write([77, 77, 77], copiedBy: isCopyDamaged ? nil : attempt)])
    let found = try LossSuppliers.find(try Self.losses(damaged), in: [("other", whole)])
    #expect(found.map(\.id) == [RequestID(term: Term(1), index: 5)])
    #expect(found.map(\.verdict) == ["supplied"])
    #expect(found.flatMap(\.offers).map(\.isCopy) == [!isCopyDamaged])
  }

  @Test func anotherContentSuppliesNothing() throws {
    let damaged = SimulatedDisk(seed: 1)
    _ = try Self.journal(damaged, [Self.write([77, 77, 77])])
    let other = try Self.journal(SimulatedDisk(seed: 2), [Self.write([77, 77, 76])])
    let found = try LossSuppliers.find(try Self.losses(damaged), in: [("other", other)])
    #expect(found.map(\.verdict) == ["lost"])
  }
}
