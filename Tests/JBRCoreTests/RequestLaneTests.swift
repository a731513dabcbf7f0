import Histories
import Testing

@testable import JBRCore

/// The fast path of a dump against the slow one: the same lines, and the same told beside them.
@Suite struct RequestLaneTests {
  private static let names = ["j", "a \"journal\"\\\u{7f}\n€"]

  private static func expectSame(_ files: JournalFiles, _ journal: String, _ what: Comment) -> Int {
    let slow = DumpedText.slow(files, journal: journal)
    let fast = DumpedText.fast(files, journal: journal)
    #expect(fast == slow, "\(what.rawValue): \(fast == slow ? "" : fast.difference(from: slow))")
    return slow.slowCount - fast.slowCount
  }

  @Test(arguments: seeds(12))
  func bothWaysWriteTheSameLinesOfAnyJournal(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed, byteCountMax: 200)
    let journal = try random.laneJournal(events: 40)
    var taken = 0
    for name in Self.names { taken += Self.expectSame(try journal.found(), name, "seed \(seed)") }
    // Otherwise nothing was compared.
    #expect(taken > 20)
  }

  @Test(arguments: seeds(8))
  func bothWaysWriteTheSameLinesOfADamagedJournal(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed, byteCountMax: 60)
    let whole = try random.laneJournal(events: 25)
    let names = whole.files.keys.filter { $0.hasPrefix("term-") }.sorted()
    for round in 0..<10 {
      var damaged = whole
      let name = try #require(names.randomElement(using: &random))
      let count = try #require(whole.files[name]?.count)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        damaged.files[name]?[Int.random(in: 0..<count, using: &random)] ^=
          UInt8.random(in: 1...255, using: &random)
      }
      if round == 0 { damaged.files[name] = nil }
      if round == 1 { damaged.files[name]?.removeLast(count / 3) }
      _ = Self.expectSame(try damaged.found(), "j", "seed \(seed), round \(round) of \(name)")
    }
  }

  /// What no writer stores, under checksums that are right.
  @Test(arguments: seeds(8))
  func bothWaysWriteTheSameLinesOfRecordsThatNoWriterMakes(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed, byteCountMax: 60)
    let whole = try random.laneJournal(events: 25)
    let names = whole.files.keys.filter { $0.hasSuffix(".events") }.sorted()
    for round in 0..<20 {
      var changed = whole
      let name = try #require(names.randomElement(using: &random))
      let log = try #require(whole.files[name])
      var forged = try ForgedLog(log)
      for _ in 0..<Int.random(in: 1...4, using: &random) { forged.changeAByte(&random) }
      changed.files[name] = forged.bytes
      _ = Self.expectSame(try changed.found(), "j", "seed \(seed), round \(round) of \(name)")
    }
  }

  /// What is longest in a line for its length in a record; the buffer checks itself here.
  @Test func theLongestLinesFitTheBuffer() throws {
    let control = ByteView(repeatElement(1, count: 255))
    let entries = (0..<60_000).map { _ in DictEntry(key: [], value: []) }
    let long = ByteView(repeatElement(31, count: 200_000))
    let xdata: [[DictEntry]] = [
      entries, [DictEntry(key: long, value: long)], [],
      (0..<900).map { _ in DictEntry(key: control, value: control) },
    ]
    let disk = SimulatedDisk()
    try JournalWriter.create(on: disk, directory: "j", superblock: JournalWorkload.superblock())
    let journal = try JournalWriter(on: disk, directory: "j", limits: JournalWorkload.limits)
    try journal.open(Term(.max))
    for (number, dict) in xdata.enumerated() {
      let loc = FieldValue.loc(Loc(gfid: .root, parent: .root, name: control))
      var new = NewRequest(
        Request(fop: .rename, values: [loc, loc, .dict(dict)]), index: .max - 5, sub: .max)
      new.sub -= UInt32(number)
      new.client = UniqueID(high: .max, low: .max)
      _ = try journal.commit([.request(new)])
    }
    let files = try JournalSample(disk).found()
    let name = String(repeating: "\u{1}", count: 5000)
    #expect(Self.expectSame(files, name, "longest") == xdata.count)
    #expect(DumpedText.fast(files, journal: name).slowCount == 0)
  }

  /// A journal of one term with these records, under whatever they say of their payload.
  private static func journal(
    _ bodies: [(fop: Fop, body: RequestBody, inline: ByteView, data: UInt64?, index: UInt64?)]
  ) throws -> JournalFiles {
    let disk = SimulatedDisk()
    try JournalWriter.create(on: disk, directory: "j", superblock: JournalWorkload.superblock())
    try JournalWriter(on: disk, directory: "j").open(Term(1))
    let file = try disk.open("j/" + JournalNames.events(Term(1)))
    var reader = try EventLogReader(file)
    while try reader.next() != nil {}
    let point = try #require(reader.resumePoint)
    var log = try LogAppender(file, seed: reader.header.seed, behind: point)
    for (number, entry) in bodies.enumerated() {
      log.add(
        .request(entry.body),
        LogAppender.About(
          fop: entry.fop.rawValue, index: entry.index ?? UInt64(number) + 1, time: 5),
        inline: entry.inline, dataChecksum: entry.data)
    }
    try log.flush()
    return try JournalSample(disk).found()
  }

  @Test func aPayloadOfARequestThatHasNoneIsDamageBothWays() throws {
    let body = RequestBody(
      digest: Digest(high: 1, low: 2), dataLength: 5,
      arguments: ArgumentsCodec.encode(.truncate(.root, to: 5))[...])
    let files = try Self.journal([(.truncate, body, [1, 2, 3, 4, 5], nil, nil)])
    #expect(Self.expectSame(files, "j", "a payload of a truncate") == 0)
    #expect(DumpedText.slow(files, journal: "j").told.count == 2)
  }

  @Test func aRequestThatIsThereTwiceIsDamageBothWays() throws {
    let body = RequestBody(
      digest: Digest(high: 1, low: 2),
      arguments: ArgumentsCodec.encode(.truncate(.root, to: 5))[...])
    let files = try Self.journal([
      (.truncate, body, [], nil, 3), (.truncate, body, [], nil, 4), (.truncate, body, [], nil, 3),
    ])
    #expect(Self.expectSame(files, "j", "a request twice") == 2)
    #expect(DumpedText.slow(files, journal: "j").told.count == 2)
  }

  @Test func aLostDataFileIsToldBothWaysWhereverItIsNamedFirst() throws {
    func write(_ count: Int) -> RequestBody {
      RequestBody(
        digest: Digest(high: 1, low: 2), dataFile: 1, dataOffset: 4160, dataLength: UInt64(count),
        arguments: ArgumentsCodec.encode(.write(.root, count: count, at: 0))[...])
    }
    // The first needs no look into the file, the second has another length than it says.
    var wrong = write(3)
    wrong.dataLength = 9
    let files = try Self.journal([
      (.writev, write(0), [], 7, nil), (.writev, wrong, [], 7, nil),
      (.writev, write(3), [], 7, nil),
      (.writev, write(3), [], 7, nil),
    ])
    #expect(Self.expectSame(files, "j", "a lost data file") == 1)
    #expect(DumpedText.slow(files, journal: "j").told.count { $0.contains("is missing") } == 1)
  }

  @Test func whatWasReadBeforeAnErrorIsPrinted() throws {
    var random = SeededGenerator(seed: 1)
    var sample = try random.laneJournal(events: 5)
    let name = "term-0000000001.events"
    var forged = try ForgedLog(try #require(sample.files[name]))
    // A type that only a later version knows ends the reading.
    forged.setType(100, ofRecord: 4)
    sample.files[name] = forged.bytes
    let fast = DumpedText.fast(try sample.found(), journal: "j")
    #expect(fast.told.last?.hasPrefix("ended by") == true)
    #expect(fast.lines.count { $0 == 10 } == 4)
    #expect(fast == DumpedText.slow(try sample.found(), journal: "j"))
  }

  @Test func theFirstAndLastNanosecondOfAJournalsTimesAreShown() {
    for (time, text) in [
      (Int64.min, "1677-09-21T00:12:43.145224192Z"), (Int64.max, "2262-04-11T23:47:16.854775807Z"),
      (-1, "1969-12-31T23:59:59.999999999Z"), (0, "1970-01-01T00:00:00.000000000Z"),
    ] {
      #expect(JournalTime(sinceEpoch: time).text == text)
      #expect(JournalTime(sinceEpoch: time).sinceEpoch == time)
    }
  }
}

/// An event log whose bytes are changed, and whose checksums are made right again.
struct ForgedLog {
  private(set) var bytes: [UInt8]
  private let seed: UInt64
  /// Where records begin.
  private var starts: [Int] = []

  init(_ log: [UInt8]) throws {
    bytes = log
    var reader = try EventLogReader(MemoryByteSource(log))
    seed = reader.header.seed
    while case .event(let record) = try reader.next() { starts.append(record.offset) }
  }

  /// Any byte of a record but its lengths and checksums.
  mutating func changeAByte(_ random: inout SeededGenerator) {
    guard let start = starts.randomElement(using: &random) else { return }
    let length = Int(bytes[start...].load(4, as: UInt32.self))
    let places = [0..<4, 16..<64, 104..<104 + max(length, 1)]
    let place = places.randomElement(using: &random) ?? 0..<4
    let number = Int.random(in: place, using: &random)
    // Zero, bits and neighbours: what a check is likely to forget.
    let old = bytes[start + number]
    let new = [0, old ^ 1, old &+ 1, 255, UInt8(truncatingIfNeeded: random.next())]
    if number >= 104, length == 0 { return }
    bytes[start + number] = new.randomElement(using: &random) ?? 0
    seal()
  }

  mutating func setType(_ type: UInt8, ofRecord number: Int) {
    bytes[starts[number]] = type
    seal()
  }

  private mutating func seal() {
    var previous = seed
    for start in starts {
      let length = Int(bytes[start...].load(4, as: UInt32.self))
      let body = start + EventHeader.byteCount
      bytes.store(previous, at: start + 72)
      bytes.store(xxh3(bytes[body..<body + length], seed: seed ^ UInt64(body)), at: start + 80)
      previous = xxh3(
        bytes[start..<start + EventHeader.checksumOffset], seed: seed ^ UInt64(start))
      bytes.store(previous, at: start + EventHeader.checksumOffset)
    }
  }
}
