import Histories
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

  @Test func beginsAtAnEmptyBrickUnlessItNamesWhatNoRequestMade() throws {
    let made = GFID(high: 1, low: 2)
    let name = EntryName(parent: .root, name: ByteView("a".utf8))
    let below = EntryName(parent: made, name: ByteView("b".utf8))
    let mkdir = RequestMaker(index: 1).mkdir(made, at: name, mode: 0o755)
    let inside = RequestMaker(index: 2).mkdir(GFID(high: 1, low: 3), at: below, mode: 0o755)
    let xdata = RequestMaker(index: 3).xdata()
    func sum(_ gfid: GFID) -> Request {
      Request(
        fop: .xattrop,
        values: [
          .loc(Loc(gfid: gfid)), .i32(0), .dict([DictEntry("trusted.sum", [0, 0, 0, 1])]), xdata,
        ])
    }
    #expect(try RequestTable([journal([mkdir, inside, sum(made)])]).beginsAtEmptyBrick)
    for requests in [[inside], [mkdir, sum(.root)], [mkdir, sum(GFID(high: 9, low: 9))]] {
      #expect(try !RequestTable([journal(requests)]).beginsAtEmptyBrick)
    }
  }
}
