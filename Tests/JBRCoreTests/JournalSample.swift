import Testing

@testable import JBRCore

/// A small jbr journal as a set of files in memory, to be damaged.
struct JournalSample {
  var files: [String: [UInt8]]

  /// A frozen term with requests inline and in two data files.
  static func frozen(seed: UInt64 = 3) throws -> JournalSample {
    try make(seed) { journal throws(Failure) in
      try append(journal, [40, 100, 0])
      try append(journal, [90])
      _ = try journal.commit([
        .state(.inProgress, index: 1, sub: 0, last: 3, results: []),
        .agreed(first: 1, last: 3, byDecision: false),
        .rollback(index: 4, sub: 0, digest: Digest(high: 1, low: 2)),
      ])
      _ = try journal.commit([.state(.committed, index: 1, sub: 0, last: 3, results: [])])
      try journal.freeze(Term(1))
    }
  }

  /// A term that still takes requests, with one in a data file.
  static func current() throws -> JournalSample {
    try make(3) { journal throws(Failure) in
      try append(journal, [120, 10])
      try append(journal, [20, 0])
    }
  }

  private static func make(
    _ seed: UInt64, _ fill: (JournalWriter) throws(Failure) -> Void
  ) throws -> JournalSample {
    let disk = SimulatedDisk(seed: seed)
    try JournalWriter.create(on: disk, directory: "j", superblock: JournalWorkload.superblock())
    var limits = JournalWorkload.limits
    limits.inlineByteCount = 64
    limits.dataFileByteCount = 4_200
    let journal = try JournalWriter(on: disk, directory: "j", limits: limits)
    try journal.open(Term(1), leader: "a")
    try fill(journal)
    return try JournalSample(disk)
  }

  private static func append(_ journal: JournalWriter, _ counts: [Int]) throws(Failure) {
    var events: [NewEvent] = []
    for count in counts {
      let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
      let request = Request(
        fop: .writev,
        values: [.gfid(.root), .u64(UInt64(count)), .i64(0), .u32(0), .dict([])])
      events.append(.request(NewRequest(request, payload: count > 0 ? Payload(content) : nil)))
    }
    _ = try journal.commit(events)
  }

  /// The files of a disk, less the zeros that a log was preallocated with, but for some.
  init(_ disk: SimulatedDisk) throws {
    files = [:]
    for name in try disk.names(in: "j") where name != JournalNames.next && name != "lock" {
      let source = try disk.openForReading("j/" + name)
      var bytes = try source.read(at: 0, count: 1 << 24)
      let end = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
      if bytes.count > end + 64 { bytes.removeLast(bytes.count - end - 64) }
      files[name] = bytes
    }
  }

  /// What verify says, and all that can still be read.
  func verify() throws -> (verdict: JournalVerifier.Verdict, lines: String) {
    let sink = MemoryByteSink()
    var writer = LineWriter(sink, format: .json)
    let room = IndexMaker(on: SimulatedDisk(), directory: "t")
    var verifier = JBRVerifier(journal: "j", files: try found(), indices: room)
    try verifier.run(to: &writer)
    try writer.flush()
    return (verifier.verdict, String(decoding: sink.bytes, as: UTF8.self))
  }

  func found() throws -> JournalFiles {
    try JBRDirectory.files("j", files.keys.sorted()) { name in
      MemoryByteSource(files[name] ?? [], path: "j/" + name)
    }
  }

  /// The digests of all requests that are given out.
  func requests() throws -> [RequestID: Digest] {
    var reader = try JournalReader(found())
    var requests: [RequestID: Digest] = [:]
    while let item = try reader.next() {
      guard case .record(let record) = item else { continue }
      // What has lost its payload is given out without it, and the loss is told.
      if record.payload == nil, record.request.payloadByteCount > 0 { continue }
      guard let digest = try? record.request.contentDigest(payload: record.payload) else {
        continue
      }
      requests[record.id] = digest
    }
    return requests
  }
}
