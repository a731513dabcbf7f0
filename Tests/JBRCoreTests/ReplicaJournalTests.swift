import Testing

@testable import JBRCore

@Suite("A replica's whole journal")
struct ReplicaJournalTests {
  private func journal(_ requests: [Request]) throws -> ReplicaJournal {
    let meta = MemoryByteSource(requests.flatMap(\.encoded), path: "a-meta-1.jnl")
    let pair = JournalPair(
      run: 1, fileNumber: 1, meta: meta, data: MemoryByteSource([], path: "a-data-1.jnl"),
      isLast: true)
    return try ReplicaJournal(name: "r0", files: JournalFiles(path: "a", pairs: [pair]))
  }

  @Test func isNotWholeWhereARecordSaysWhatNoWriterWrites() throws {
    let maker = RequestMaker(index: 1)
    let name = EntryName(parent: .root, name: ByteView("a".utf8))
    let legal = maker.mkdir(GFID(high: 1, low: 2), at: name, mode: 0o755)
    #expect(try journal([legal]).isWhole)
    var illegal = legal
    // A mode with the bits of a device in a mkdir.
    illegal.values[1] = .u32(0xdead_0000)
    let damaged = try journal([legal, illegal])
    #expect(!damaged.isWhole)
    #expect(damaged.records.count == 1)
    #expect(damaged.damages.first?.path == "a-meta-1.jnl")
    #expect(damaged.damages.first?.field == "mode")
  }
}
