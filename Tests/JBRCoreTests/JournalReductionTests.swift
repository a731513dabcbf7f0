import Histories
import Testing

@testable import JBRCore

/// A plan that leaves out what all replicas hold alike is the plan of everything, to the byte.
@Suite struct JournalReductionTests {
  private static let directory = JournalWorkload.directory

  /// What one replica of a random set does with the requests of a history.
  private struct Member {
    /// What it was away for, and from where on it has nothing.
    var away: Range<Int>
    var end: Int
    /// Below this all that it holds is applied.
    var applied: Int
    /// What it knows to have failed.
    var failed: Int?

    func journal(
      _ number: UInt64, _ requests: [Change], agreed: Int
    ) throws -> JournalFiles {
      let disk = SimulatedDisk(seed: number)
      let journal = try JournalWorkload.journal(ofMember: number, on: disk)
      var held: [UInt64] = []
      for (position, change) in requests.prefix(end).enumerated() where !away.contains(position) {
        let index = UInt64(position + 1)
        _ = try journal.commit([
          .request(NewRequest(change.request, payload: change.payload, index: index))
        ])
        held.append(index)
      }
      _ = try journal.commit([.agreed(first: 1, last: UInt64(agreed), byDecision: false)])
      if let failed {
        let index = UInt64(failed + 1)
        _ = try journal.commit([.rollback(index: index, sub: 0, digest: Digest(high: 0, low: 0))])
      }
      for index in held where index <= applied && index != failed.map({ UInt64($0 + 1) }) {
        for state in [RequestState.inProgress, .committed] {
          _ = try journal.commit([.state(state, index: index, sub: 0, last: index, results: [])])
        }
      }
      return try JBRDirectory.files(directory, on: disk)
    }
  }

  /// Requests that seldom meet: on a few names in each of many directories.
  private static func sparse(_ count: Int, _ random: inout SeededGenerator) -> [Change] {
    func gfid(_ kind: UInt64, _ number: Int) -> GFID {
      GFID(high: 0xabcd_0000_0000_4000 | kind, low: 0x8000_0000_0000_0000 | UInt64(number))
    }
    var found: [Change] = []
    let brick = ModelBrick.empty()
    let time = JournalTime(seconds: 1_700_000_000, nanoseconds: 5)
    let attributes = Attributes(
      layout: .wide, mode: 0o640, uid: 1000, gid: 1000, atime: time, mtime: time)
    while found.count < count {
      let directory = Int.random(in: 0..<40, using: &random)
      let name = Int.random(in: 0..<3, using: &random)
      let entry = EntryName(parent: Self.directory(directory), name: ByteView("n\(name)".utf8))
      let file = brick.names[entry]?.value ?? .null
      let other = Int.random(in: 0..<40, using: &random)
      let request: Request =
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<4:
          Request(
            fop: .mkdir,
            values: [
              place(directory, -1), .u32(0o755), .u32(0), made(Self.directory(directory)),
            ])
        case 4..<9:
          Request(
            fop: .create,
            values: [
              place(name, directory), .i32(0o102), .u32(0o100644), .u32(0), .gfid(.null),
              made(gfid(1, 1000 + found.count)),
            ])
        case 9..<13:
          Request(
            fop: .writev,
            values: [.gfid(file), .u64(3), .i64(Int64(name)), .u32(0x8001), .dict([])])
        case 13..<15:
          Request(
            fop: .setattr,
            values: [.loc(Loc(gfid: file)), .attributes(attributes), .i32(0x37), .dict([])])
        case 15:
          Request(
            fop: .setattr,
            values: [
              .loc(Loc(gfid: Self.directory(directory))), .attributes(attributes), .i32(0x37),
              .dict([]),
            ])
        case 16:
          Request(
            fop: .rename,
            values: [place(name, directory, file), place(name, other), .dict([])])
        case 17..<19:
          Request(fop: .unlink, values: [place(name, directory, file), .i32(0), .dict([])])
        default:
          Request(
            fop: .rmdir,
            values: [place(directory, -1, Self.directory(directory)), .i32(0), .dict([])])
        }
      let change = Change(request: request, bytes: [7, UInt8(name), 9])
      // No GFID is given twice.
      if request.fop == .mkdir, brick.removed[Self.directory(directory)] != nil { continue }
      // What the rules refuse would be about objects that no journal knows.
      guard (try? FopSemantics.apply(request, payload: change.payload, to: brick)) != nil else {
        continue
      }
      found.append(change)
    }
    return found
  }

  private static func place(
    _ name: Int, _ directory: Int, _ gfid: GFID = .null
  ) -> FieldValue {
    let parent = directory < 0 ? GFID.root : Self.directory(directory)
    return .loc(Loc(gfid: gfid, parent: parent, name: ByteView("n\(name)".utf8)))
  }

  private static func made(_ gfid: GFID) -> FieldValue {
    .dict([DictEntry("gfid-req", gfid.bytes)])
  }

  private static func directory(_ number: Int) -> GFID {
    GFID(high: 0xabcd_0000_0000_4002, low: 0x8000_0000_0000_0000 | UInt64(number))
  }

  private static func lines(
    _ journals: [ReplicaJournal], _ reduction: JournalReduction?
  ) throws -> [String] {
    let names = try journals.map { try ReplicaName(parsing: "\($0.name)=\($0.name)") }
    let table = try RequestTable(journals)
    let decision = try ReplicaSetOptions().decide(
      names, table, reduction: reduction, through: Hosts { _ in })
    let replicas = names.enumerated().map { column, name in
      PlanReplica(name: name, brick: table.fold(of: column))
    }
    let sink = MemoryByteSink()
    var writer = LineWriter(sink)
    try Plan(decision, replicas: replicas).write(to: &writer)
    try writer.flush()
    return sink.bytes.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
  }

  /// `isSparse`: whether requests seldom meet, so that most are left out, or do all the time.
  @Test(arguments: [true, false]) func thePlanIsTheSame(isSparse: Bool) throws {
    var reducedCount = 0
    var leftOutCount: UInt64 = 0
    for seed: UInt64 in 0..<12 {
      let count = 260
      var random = SeededGenerator(seed: seed &+ 9, byteCountMax: 1)
      let requests =
        isSparse
        ? Self.sparse(count, &random)
        : RandomHistory(seed: seed, HistoryOptions(requests: count, void: 0, gaps: 0)).taken
      let open = count - Int.random(in: 0...12, using: &random)
      let start = Int.random(in: 0..<open, using: &random)
      let away = start..<min(open, start + Int.random(in: 0...14, using: &random))
      let failed = open < count - 4 ? open + 2 : nil
      let members = [
        Member(away: 0..<0, end: count, applied: open, failed: failed),
        Member(away: 0..<0, end: count - 2, applied: open, failed: nil),
        Member(away: away, end: count - 4, applied: open, failed: nil),
      ]
      let files = try members.enumerated().map { number, member in
        ("r\(number)", try member.journal(UInt64(number), requests, agreed: open))
      }
      let whole = try files.map { try ReplicaJournal(name: $0.0, files: $0.1) }
      guard let reduction = try JournalReduction(files, blockSize: 4) else { continue }
      reducedCount += 1
      leftOutCount += reduction.uniform[Term(1)]?.count ?? 0
      let full = try Self.lines(whole, nil)
      let reduced = try Self.lines(reduction.journals, reduction)
      // The heading's id is that of all lines.
      #expect(full.first == reduced.first, "seed \(seed)")
      for (one, other) in zip(full, reduced).dropFirst() where one != other {
        Issue.record("seed \(seed): \(one)\nand \(other)")
        break
      }
      #expect(full.count == reduced.count, "seed \(seed)")
    }
    #expect(reducedCount > 7)
    if isSparse { #expect(leftOutCount > 1000) }
  }
}
