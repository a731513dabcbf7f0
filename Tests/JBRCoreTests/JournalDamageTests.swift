import Histories
import Testing

@testable import JBRCore

/// A journal of one pair in memory.
struct SmallJournal {
  var meta: [UInt8] = []
  var data: [UInt8] = []
  /// Where each record ends in the meta file.
  var ends: [Int] = []

  /// One request of each fop, and a payload for each write.
  init(seed: UInt64, fops: [Fop] = Fop.allCases) {
    var random = SeededGenerator(seed: seed, byteCountMax: 8)
    for fop in fops {
      let request = random.request(fop)
      meta += request.encoded
      ends.append(meta.count)
      // Never zero, so that a data file that is too long is told from one with holes.
      data += [UInt8](repeating: 0xa5, count: Int(request.payloadByteCount))
    }
  }

  var files: JournalFiles {
    JournalFiles(
      path: "memory",
      pairs: [
        JournalPair(
          run: 1, fileNumber: 1, meta: MemoryByteSource(meta, path: "a-meta-1.jnl"),
          data: MemoryByteSource(data, path: "a-data-1.jnl"), isLast: true)
      ])
  }

  /// What reading the journal gives.
  struct Reading: Equatable {
    var requests: [Request] = []
    var damage: [Failure] = []
    var end: JournalEnd?
  }

  func read(resuming: Bool = false) throws -> Reading {
    var reader = try JournalReader(files, resuming: resuming)
    var reading = Reading()
    while let item = try reader.next() {
      switch item {
      case .record(let record): reading.requests.append(record.request)
      case .damage(let failure): reading.damage.append(failure)
      case .fileEnd(let end): reading.end = end.end
      case .stale, .event, .termEnd: Issue.record("nothing else is here")
      }
    }
    return reading
  }
}

@Suite struct JournalDamageTests {
  @Test(arguments: 0..<2 as Range<UInt64>)
  func aMetaFileCutAnywhereKeepsItsWholeRecords(seed: UInt64) throws {
    let whole = SmallJournal(seed: seed)
    for count in 0..<whole.meta.count {
      var journal = whole
      journal.meta.removeLast(journal.meta.count - count)
      let reading = try journal.read()
      let kept = whole.ends.count { $0 <= count }
      #expect(reading.requests.count == kept, "cut to \(count)")
      if whole.ends.contains(count) || count == 0 {
        // Only the data file tells that something is missing.
        #expect(reading.end == .closed || !reading.damage.isEmpty)
      } else {
        let damage = try #require(reading.damage.first, "cut to \(count)")
        #expect(damage.status == .damaged && damage.path == "a-meta-1.jnl")
        #expect(damage.place != nil && damage.field != nil)
      }
    }
  }

  @Test func aLiveFileEndsInZerosWhereverItStands() throws {
    let whole = SmallJournal(seed: 9)
    for end in [0] + whole.ends {
      var journal = whole
      journal.meta.replaceSubrange(
        end..., with: [UInt8](repeating: 0, count: 4096))
      let reading = try journal.read()
      #expect(reading.end == .preallocated(from: end))
      #expect(reading.damage.isEmpty)
    }
  }

  @Test func aDataFileCutAnywhereIsDamage() throws {
    let whole = SmallJournal(seed: 3, fops: [.writev, .mkdir, .writev])
    #expect(try whole.read().damage.isEmpty)
    for count in 0..<whole.data.count {
      var journal = whole
      journal.data.removeLast(journal.data.count - count)
      #expect(try journal.read().damage.count == 1, "cut to \(count)")
      #expect(try journal.read(resuming: true).requests.count < 3)
    }
  }

  /// A flipped bit shows: as damage, as a torn end, or at least in a request.
  @Test(
    arguments: [
      [.mkdir, .setattr, .writev, .symlink, .rename, .removexattr, .ipc],
      [.create, .fsetattr, .xattrop, .fallocate, .setxattr, .fremovexattr, .link],
    ] as [[Fop]])
  func noFlippedBitPassesSilently(fops: [Fop]) throws {
    let whole = SmallJournal(seed: 5, fops: fops)
    let expected = try whole.read()
    #expect(expected.damage.isEmpty && expected.end == .closed)
    for bit in 0..<whole.meta.count * 8 {
      var journal = whole
      journal.meta[bit / 8] ^= 1 << UInt8(bit % 8)
      let reading = try journal.read(resuming: true)
      #expect(reading != expected, "bit \(bit)")
      if reading.requests.count < expected.requests.count {
        let isTold = !reading.damage.isEmpty || reading.end != .closed
        #expect(isTold, "bit \(bit) loses a record")
      }
    }
  }

  @Test func whatStandsBehindDamageIsReadAgain() throws {
    var journal = SmallJournal(seed: 7, fops: [.mkdir, .unlink, .rmdir, .mkdir])
    journal.meta[journal.ends[0] + 1] = 200
    let reading = try journal.read(resuming: true)
    #expect(reading.requests.map(\.fop) == [.mkdir, .rmdir, .mkdir])
    #expect(reading.damage.map(\.place) == [.offset(journal.ends[0] + 1)])
    #expect(try journal.read().requests.count == 1)
  }

  @Test(arguments: [UInt32.max, 1 << 31, 1 << 24, 5])
  func aHugeLengthIsNotAllocated(length: UInt32) throws {
    var journal = SmallJournal(seed: 1, fops: [.rmdir])
    for byte in 0..<4 { journal.meta[4 + byte] = UInt8(length >> (8 * byte) & 255) }
    let damage = try #require(try journal.read().damage.first)
    #expect(damage.status == .damaged)
  }

  @Test func aTornRecordIsTornOnlyAtTheEnd() throws {
    var journal = SmallJournal(seed: 2, fops: [.mkdir, .rmdir, .mkdir])
    let (middle, last) = (journal.ends[0], journal.ends[1])
    for offset in 4..<8 { journal.meta[last + offset] = 0 }
    journal.meta += [UInt8](repeating: 0, count: 100)
    #expect(try journal.read().end == .torn(at: last))
    for offset in 4..<8 { journal.meta[middle + offset] = 0 }
    journal.meta.removeLast(journal.meta.count - last)
    journal.meta += SmallJournal(seed: 8, fops: [.mkdir]).meta
    #expect(try journal.read().damage.first?.place == .offset(middle + 4))
  }
}

@Suite struct WriterTests {
  @Test(arguments: 0..<8 as Range<UInt64>)
  func whatIsReadIsWrittenBackTheSame(seed: UInt64) throws {
    let journal = SmallJournal(seed: seed)
    let (meta, data) = (MemoryOutput(), MemoryOutput())
    var writer = FDLPairWriter(meta: meta, data: data)
    var reader = try PairReader(journal.files.pairs[0])
    while let (record, payload) = try reader.next() {
      try writer.append(record.request, payload: payload)
    }
    try writer.finish(metaByteCount: journal.meta.count + 5)
    #expect(meta.bytes == journal.meta + [0, 0, 0, 0, 0])
    #expect(data.bytes == journal.data)
  }

  @Test func whatWouldReadBackAsAnotherRequestIsRefused() throws {
    let long = [UInt8](repeating: 97, count: 300)
    let request = Request(
      fop: .removexattr,
      values: [
        .loc(Loc(gfid: .root)), .string([97]),
        .dict([DictEntry(key: long[...], value: [])]),
      ])
    var writer = FDLPairWriter(meta: MemoryOutput(), data: MemoryOutput())
    #expect(throws: Failure.self) { try writer.append(request, payload: nil) }
  }
}
