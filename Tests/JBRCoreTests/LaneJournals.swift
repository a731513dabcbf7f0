import Foundation
import Histories

@testable import JBRCore

/// What a dump prints of a journal, and what it tells on standard error.
struct DumpedText: Equatable {
  var lines: [UInt8] = []
  var told: [String] = []
  /// How many lines the fast path left to the slow one.
  var slowCount = 0

  static func == (left: DumpedText, right: DumpedText) -> Bool {
    left.lines == right.lines && left.told == right.told
  }

  /// The first line in which two texts differ, for messages.
  func difference(from other: DumpedText) -> String {
    let (mine, theirs) = (lines.split(separator: 10), other.lines.split(separator: 10))
    for (line, wanted) in zip(mine, theirs) where line != wanted {
      return String(decoding: line + [10] + wanted, as: UTF8.self)
    }
    return "\(mine.count) and \(theirs.count) lines, told \(told) and \(other.told)"
  }

  /// By the way that every tool goes.
  static func slow(_ files: JournalFiles, journal: String) -> DumpedText {
    var text = DumpedText()
    let sink = MemoryByteSink()
    var writer = LineWriter(sink)
    do {
      var reader = try JournalReader(files)
      while let item = try reader.next() { try text.take(item, journal, &writer) }
    } catch { text.told.append("ended by \(error)") }
    try? writer.flush()
    text.lines = sink.bytes
    return text
  }

  /// By the way of plain requests.
  static func fast(_ files: JournalFiles, journal: String) -> DumpedText {
    var text = DumpedText()
    let sink = MemoryByteSink()
    var lane = RequestLane(LineWriter(sink), journal: journal)
    do {
      var reader = try JournalReader(files)
      while let item = try lane.next(&reader) { try text.take(item, journal, &lane.writer) }
    } catch { text.told.append("ended by \(error)") }
    try? lane.writer.flush()
    text.lines = sink.bytes
    return text
  }

  private mutating func take(
    _ item: JournalItem, _ journal: String, _ writer: inout LineWriter
  ) throws(Failure) {
    switch item {
    case .record(let record):
      slowCount += 1
      let line = RequestLine(record, journal: journal, idSource: .journal)
      try writer.write(RequestLine.type) { builder throws(Failure) in
        try builder.fields(of: line)
      }
      told += record.illegalities.map(\.description)
    case .event(let event): try EventLine.write(event, journal: journal, to: &writer)
    case .termEnd(let end):
      try JournalTermLine.write(end, journal: journal, to: &writer)
      told.append("\(end.content.dataFileCount) \(end.content.dataEnd) \(end.byteCount)")
    case .damage(let failure): told.append(failure.description)
    case .fileEnd, .stale: break
    }
  }
}

extension SeededGenerator {
  private mutating func pick<Value>(_ values: [Value], or other: Value) -> Value {
    values.randomElement(using: &self) ?? other
  }

  /// ASCII that JSON must escape now and then, at times what is no ASCII; a component.
  private mutating func plainName() -> ByteView {
    let letters = (1..<128).filter { $0 != 47 }.map { UInt8($0) } + (next() % 40 == 0 ? [0xc3] : [])
    let bytes = (0..<Int.random(in: 1...30, using: &self)).map { _ in pick(letters, or: 97) }
    return FileName.isComponent(bytes) ? bytes[...] : [97]
  }

  /// Entries as JBR and others send them.
  private mutating func plainDict() -> [DictEntry] {
    (0..<Int.random(in: 0...3, using: &self)).map { _ in
      switch next() % 8 {
      case 0: DictEntry("trusted.jbr.index", [UInt8]("\(next() >> 20)".utf8) + [0])
      case 1: DictEntry("trusted.jbr.term", [UInt8]("0".utf8) + (next() % 9 == 0 ? [] : [0]))
      case 2: DictEntry("gfid-req", gfid().bytes)
      case 3: DictEntry(key: [], value: [])
      default: DictEntry(key: plainName(), value: plainName())
      }
    }
  }

  private mutating func plainInteger(_ fop: Fop, _ field: FieldName) -> Int64 {
    let edges: [Int64] = [
      0, 1, 1 << 31, 1 << 53, (1 << 53) + 1, .max, .max - 1, Int64(next() >> 1),
    ]
    switch field {
    case .offset: return pick(edges, or: 0)
    case .length: return pick([0, 5, 1 << 53, 1 << 54, .max], or: 1)
    case .mode: return fop == .fallocate ? 0 : pick([0o644, 0o755, 0xffff_0000], or: 0)
    case .umask: return fop == .symlink ? 0 : 0o22
    case .flags: return pick([0, 1], or: 0)
    case .valid: return pick([-1, 7], or: 0)
    case .rdev: return Int64(truncatingIfNeeded: next())
    default: return Int64(next() % 7)
    }
  }

  /// A request that is legal in nearly all of its fields.
  mutating func plainRequest(_ fop: Fop) -> Request {
    let values = fop.layout.map { name, kind -> FieldValue in
      switch kind {
      case .loc:
        let isNew = [.mkdir, .create, .mknod, .unlink, .rmdir, .rename, .link].contains(fop)
        return .loc(
          isNew ? Loc(gfid: gfid(), parent: gfid(), name: plainName()) : Loc(gfid: gfid()))
      case .gfid: return .gfid(fop == .create ? .null : gfid())
      case .u32: return .u32(UInt32(truncatingIfNeeded: plainInteger(fop, name)))
      case .i32: return .i32(Int32(truncatingIfNeeded: plainInteger(fop, name)))
      case .u64: return .u64(UInt64(bitPattern: plainInteger(fop, name)))
      case .i64: return .i64(plainInteger(fop, name))
      case .payload: return .u64(pick([0, 1, 300, 700, 3000], or: 1))
      case .dict: return .dict(plainDict())
      default: return value(kind)
      }
    }
    return Request(fop: fop, values: values)
  }

  /// Events as a replica meets them; the term's requests begin at `first` and lie close.
  private mutating func laneEvent(_ index: inout UInt64) -> NewEvent {
    switch next() % 20 {
    case 0: return .state(.inProgress, index: index, sub: 0, last: index, results: [])
    case 1: return .rollback(index: index &+ next() % 3, sub: 0, digest: Digest(high: 5, low: 6))
    case 2: return .agreed(first: 1, last: index, byDecision: next() % 2 == 0)
    case 3: return .mark
    case 4: return .state(.invalid, index: index, sub: 0, last: index, results: plainDict())
    default: break
    }
    let fop = pick(Fop.allCases, or: .mkdir)
    var request = next() % 6 == 0 ? request(fop) : plainRequest(fop)
    let position = fop.layout.firstIndex { $0.kind == .payload }
    if let position, request.payloadByteCount > 3000 { request.values[position] = .u64(7) }
    let count = Int(request.payloadByteCount)
    let payload = count > 0 ? Payload([UInt8](repeating: 7, count: count)) : nil
    var new = NewRequest(request, payload: payload, index: index)
    if next() % 9 == 0 {
      new.sub = UInt32(truncatingIfNeeded: next() % 3 == 0 ? next() | 1 : 1)
    } else {
      index += next() % 12 == 0 ? 2 : 1
      new.index = index
    }
    new.time = pick([.min, .max, -1, 0, 951_782_400_000_000_000, Int64(bitPattern: next())], or: 5)
    if next() % 2 == 0 { new.client = UniqueID(high: next(), low: next()) }
    if next() % 5 == 0 { new.failed = [1...2, 9...(1 << 60)] }
    if next() % 15 == 0 { new.copiedBy = Term(next() >> 9) }
    return .request(new)
  }

  /// A journal of three terms, the first frozen where it can be, with whatever may stand in one.
  mutating func laneJournal(events: Int) throws -> JournalSample {
    let disk = SimulatedDisk(seed: next())
    try JournalWriter.create(on: disk, directory: "j", superblock: JournalWorkload.superblock())
    let journal = try JournalWriter(on: disk, directory: "j", limits: JournalWorkload.limits)
    for term in [1, 2, pick([3, 1 << 53, (1 << 53) + 1, .max - 1] as [UInt64], or: 3)] {
      try journal.open(Term(term), leader: "a")
      var index = pick([0, 90, (1 << 53) - 3, (1 << 63) - 3, .max - 4000] as [UInt64], or: 0)
      for _ in 0..<events {
        // What does not fit is refused, and nothing of it is there.
        _ = try? journal.commit([laneEvent(&index)])
      }
      guard term == 1, let range = journal.states(of: Term(1))?.indices else { continue }
      for index in range where range.count < 9000 {
        for state in [RequestState.invalid, .committed] {
          _ = try? journal.commit([.state(state, index: index, sub: 0, last: index, results: [])])
        }
      }
      try? journal.freeze(Term(1))
    }
    return try JournalSample(disk)
  }
}
