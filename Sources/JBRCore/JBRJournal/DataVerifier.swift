import Synchronization

/// Checks the data files of a term against the records that name their extents.
///
/// Extents wait until there are enough of them to be read on all processors.
struct DataVerifier {
  enum Finding {
    case damage(LogDamage)
    /// Bytes behind the last payload that a record names: never acknowledged.
    case unnamed(path: String, offset: Int)
  }

  /// An extent that waits, and what its place alone has shown.
  private struct Extent {
    var file: DataFile
    var record: EventHeader
    var body: RequestBody
    var damages: [LogDamage]
  }

  /// What was found of an extent.
  struct Verdict {
    var record: EventHeader
    var body: RequestBody
    var damages: [LogDamage]
  }

  private static let waitingMax = 256

  private let term: Term
  private var waiting: [Extent] = []
  /// Where the next extent of each data file must begin.
  private var expected: [UInt32: UInt64] = [:]
  private var reported: Set<UInt32> = []
  private(set) var fileCount = 0
  private(set) var byteCount = 0
  private var buffer: [UInt8] = []

  init(term: Term) { self.term = term }

  /// Whether `settle` should come before more is added.
  var isFull: Bool { waiting.count >= Self.waitingMax }

  /// Takes the extent that a record names; what is wrong with it `settle` tells, but for a data
  /// file that cannot be opened.
  mutating func add(
    _ record: EventHeader, _ body: RequestBody, _ reader: inout TermReader
  ) throws(Failure) -> [LogDamage] {
    let file: DataFile
    switch reader.dataFile(body.dataFile) {
    case .success(let opened): file = opened
    case .failure(let failure):
      guard failure.status == .damaged || failure.errno == 2 else { throw failure }
      return missing(failure, body.dataFile, record)
    }
    let first = UInt64(FileHeader.areaByteCount + ExtentHeader.byteCount)
    var damages: [LogDamage] = []
    if expected[body.dataFile] == nil { damages += file.damage }
    let wanted = expected[body.dataFile] ?? first
    if body.dataOffset != wanted {
      damages.append(
        LogDamage(
          path: file.source.path, offset: Int(clamping: wanted), field: "extent",
          message: "the payload is at \(body.dataOffset), and \(wanted) comes next", term: term,
          identity: EventIdentity(record)))
    }
    let (end, overflow) = body.dataOffset.addingReportingOverflow(body.dataLength)
    if !overflow, end < UInt64(Int.max) / 2 {
      expected[body.dataFile] = ((end + 7) & ~7) + UInt64(ExtentHeader.byteCount)
    }
    waiting.append(Extent(file: file, record: record, body: body, damages: damages))
    return []
  }

  /// Checks the extents that wait; gives those that are damaged, in order.
  mutating func settle() throws(Failure) -> [Verdict] {
    let extents = waiting
    waiting = []
    let suspects = Mutex<[Int: Failure?]>([:])
    concurrently(extents.count) { index, buffer in
      let extent = extents[index]
      do throws(Failure) {
        let isWhole = try extent.file.isWhole(
          extent.body.dataOffset, extent.record, length: extent.body.dataLength, &buffer)
        if !isWhole { suspects.withLock { $0[index] = .some(nil) } }
      } catch { suspects.withLock { $0[index] = .some(error) } }
    }
    var verdicts: [Verdict] = []
    let found = suspects.withLock { $0 }
    for (index, extent) in extents.enumerated() {
      var damages = extent.damages
      if let suspect = found[index] {
        if let failure = suspect { throw failure }
        damages += try look(into: extent.file, extent.record, extent.body)
      }
      guard !damages.isEmpty else { continue }
      verdicts.append(Verdict(record: extent.record, body: extent.body, damages: damages))
    }
    return verdicts
  }

  /// What is wrong with an extent, if anything.
  private mutating func look(
    into file: DataFile, _ record: EventHeader, _ body: RequestBody
  ) throws(Failure) -> [LogDamage] {
    var damages: [LogDamage] = []
    if let damage = try file.damageOfHeader(body.dataOffset, record, length: body.dataLength) {
      damages.append(damage)
    }
    let damage = try file.damageOfPayload(
      body.dataOffset, record, length: body.dataLength, &buffer)
    if let damage { damages.append(damage) }
    let (end, overflow) = body.dataOffset.addingReportingOverflow(body.dataLength)
    guard !overflow, end < UInt64(Int.max) / 2 else { return damages }
    let padding = try file.source.read(at: Int(end), count: pad8(Int(end)) - Int(end))
    if !padding[...].isZero {
      damages.append(
        LogDamage(
          path: file.source.path, offset: Int(end), field: "padding", message: "is not zero",
          term: term, identity: EventIdentity(record)))
    }
    return damages
  }

  private mutating func missing(
    _ failure: Failure, _ number: UInt32, _ record: EventHeader
  ) -> [LogDamage] {
    // The reader has told the first of them.
    guard !reported.insert(number).inserted else { return [] }
    return [
      LogDamage(
        path: failure.path ?? "", offset: 0, field: failure.field ?? "data_file",
        message: failure.message, term: term, identity: EventIdentity(record))
    ]
  }

  /// Checks what lies behind the last extents, and the trailer.
  mutating func finish(
    _ end: TermEnd, _ reader: inout TermReader
  ) throws(Failure) -> [Finding] {
    var findings: [Finding] = []
    for (number, next) in expected.sorted(by: { $0.key < $1.key }) {
      guard case .success(let file) = reader.dataFile(number) else { continue }
      fileCount += 1
      if let compressed = reader.files.data[number] as? CompressedSource,
        let damage = try compressed.damage(term)
      {
        findings.append(.damage(damage))
      }
      byteCount += try file.source.byteCount()
      let tail = Int(next) - ExtentHeader.byteCount
      guard try !file.source.isZero(from: tail) else { continue }
      // Of a data file that is done, all is named.
      if end.content.trailer != nil || number < end.content.dataFileCount {
        findings.append(
          .damage(
            LogDamage(
              path: file.source.path, offset: tail, field: "extent",
              message: "bytes behind the last payload are not zero", term: term)))
      } else {
        findings.append(.unnamed(path: file.source.path, offset: tail))
      }
    }
    for number in reader.files.data.keys.sorted() where expected[number] == nil {
      guard end.content.trailer != nil || !reported.contains(number) else { continue }
      findings.append(.unnamed(path: reader.files.data[number]?.path ?? "", offset: 0))
    }
    if let trailer = end.content.trailer {
      findings += try check(trailer, end, &reader).map { .damage($0) }
    }
    return findings
  }

  private func check(
    _ trailer: Trailer, _ end: TermEnd, _ reader: inout TermReader
  ) throws(Failure) -> [LogDamage] {
    var damages: [LogDamage] = []
    func differs(_ field: String, _ stated: UInt64, _ found: UInt64) {
      guard stated != found else { return }
      damages.append(
        LogDamage(
          path: end.path, offset: end.byteCount, field: "trailer.\(field)",
          message: "says \(stated), and the term has \(found)", expected: stated, found: found,
          term: term))
    }
    let totals = end.content.totals
    differs("records", trailer.records, totals.records)
    differs("requests", trailer.requests, totals.requests)
    differs("digest", trailer.digest.high, totals.digest.high)
    differs("digest", trailer.digest.low, totals.digest.low)
    differs("first_index", trailer.firstIndex, end.content.states.indices?.lowerBound ?? 0)
    differs("last_index", trailer.lastIndex, end.content.states.indices?.upperBound ?? 0)
    differs("committed", trailer.committed, end.content.states.count(.committed))
    differs("invalid", trailer.invalid, end.content.states.count(.invalid))
    differs("data_files", UInt64(trailer.dataFiles.count), UInt64(end.content.dataFileCount))
    for (position, stated) in trailer.dataFiles.enumerated() {
      // Every byte of it was compared already, but for its length.
      guard case .success(let file) = reader.dataFile(UInt32(position + 1)) else { continue }
      differs("data_file.length", stated.byteCount, UInt64(try file.source.byteCount()))
    }
    return damages
  }
}
