import Synchronization

/// A data file of a term, opened for reading.
public struct DataFile: Sendable {
  /// How much is read at once to check an extent: what stays in a core's own cache.
  static let blockByteCount = 256 << 10

  let source: any ByteSource
  public let header: FileHeader
  let seed: UInt64
  /// What is wrong with the header's area although a copy could be read.
  public let damage: [LogDamage]

  /// Opens a data file, plain or behind a view that decompresses.
  ///
  /// - Throws: a `damaged` failure if neither copy of the header can be read.
  public init(_ source: any ByteSource) throws(Failure) {
    self.source = source
    let area = try FileHeaderArea.read(source, kind: .data)
    header = area.header
    seed = header.seed
    damage = area.logDamage(source.path)
  }

  /// Whether an extent that is read in one go is what the record that names it says, padding
  /// included; what is wrong with one that is not, or that is longer, the looks below tell.
  func isWhole(
    _ offset: UInt64, _ record: EventHeader, length: UInt64, _ buffer: inout [UInt8]
  ) throws(Failure) -> Bool {
    let header = ExtentHeader.byteCount
    guard length <= UInt64(Self.blockByteCount), let payload = Int(exactly: offset),
      payload - header >= FileHeader.areaByteCount, payload % 8 == 0, payload < Int.max / 2
    else { return false }
    let (start, end) = (payload - header, header + Int(length))
    try source.read(at: start, count: pad8(end), into: &buffer)
    guard buffer.count == pad8(end),
      case .header(let extent) = ExtentHeader.read(
        buffer[..<header], at: start, seed: seed)
    else { return false }
    let named = ExtentHeader(
      fop: record.fop, index: record.index, sub: record.sub, gfid: record.gfid, length: length,
      payloadChecksum: record.payloadChecksum)
    return extent == named && buffer[end...].isZero
      && xxh3(buffer[header..<end], seed: seed ^ offset) == record.payloadChecksum
  }

  /// Compares the header of the extent whose payload begins at `offset` with the record that
  /// names it; nil if they agree.
  func damageOfHeader(_ offset: UInt64, _ record: EventHeader, length: UInt64)
    throws(Failure) -> LogDamage?
  {
    let (start, isBefore) = Int(clamping: offset).subtractingReportingOverflow(
      ExtentHeader.byteCount)
    guard !isBefore, start >= FileHeader.areaByteCount, start % 8 == 0 else {
      return damage(record, 0, "data_offset", "\(offset) is no place of a payload")
    }
    let bytes = try source.read(at: start, count: ExtentHeader.byteCount)
    guard bytes.count == ExtentHeader.byteCount else {
      return damage(record, start, "extent", "the file ends before it")
    }
    switch ExtentHeader.read(bytes[...], at: start, seed: seed) {
    case .wrong(let stated, let computed):
      return damage(
        record, start, "extent", "its checksum does not match", expected: stated, found: computed)
    case .illegal(let field, let value):
      return damage(record, start, field, "\(value) is not what a writer stores")
    case .header(let extent):
      let named = ExtentHeader(
        fop: record.fop, index: record.index, sub: record.sub, gfid: record.gfid, length: length,
        payloadChecksum: record.payloadChecksum)
      guard extent != named else { return nil }
      return damage(
        record, start, "extent", "belongs to another request, \(extent.index) of \(extent.gfid)",
        expected: record.payloadChecksum, found: extent.payloadChecksum)
    }
  }

  /// Reads a payload through and compares its checksum; nil if it is as it was written.
  func damageOfPayload(
    _ offset: UInt64, _ record: EventHeader, length: UInt64, _ buffer: inout [UInt8]
  ) throws(Failure) -> LogDamage? {
    let start = Int(clamping: offset)
    let available = try source.byteCount()
    guard start <= available, length <= UInt64(available - start) else {
      return damage(record, start, "data_length", "\(length) bytes are not there")
    }
    let found = try payloadChecksum(
      of: source, seed: seed, at: start, count: Int(length), &buffer)
    guard found == record.payloadChecksum else {
      return damage(
        record, start, "payload", "its checksum does not match",
        expected: record.payloadChecksum, found: found)
    }
    return nil
  }

  private func damage(
    _ record: EventHeader, _ offset: Int, _ field: String, _ message: String,
    expected: UInt64? = nil, found: UInt64? = nil
  ) -> LogDamage {
    LogDamage(
      path: source.path, offset: offset, field: field, message: message, expected: expected,
      found: found, term: header.term, identity: EventIdentity(record))
  }
}

/// The checksum of a payload that lies in a file, read block by block.
func payloadChecksum(
  of source: any ByteSource, seed: UInt64, at start: Int, count: Int, _ buffer: inout [UInt8]
) throws(Failure) -> UInt64 {
  if count <= DataFile.blockByteCount {
    try source.read(at: start, count: count, into: &buffer)
    return xxh3(buffer, seed: seed ^ UInt64(start))
  }
  var hasher = SeededHasher(seed: seed ^ UInt64(start))
  var done = 0
  while done < count {
    let part = min(DataFile.blockByteCount, count - done)
    try source.read(at: start + done, count: part, into: &buffer)
    guard !buffer.isEmpty else { break }
    hasher.update(buffer[...])
    done += buffer.count
  }
  return hasher.checksum()
}

/// The same, for one payload alone.
func payloadChecksum(
  of source: any ByteSource, seed: UInt64, at start: Int, count: Int
) throws(Failure) -> UInt64 {
  var buffer: [UInt8] = []
  return try payloadChecksum(of: source, seed: seed, at: start, count: count, &buffer)
}

/// The file that payloads lie in, and what all of them share.
final class PayloadFile: Sendable {
  fileprivate let source: KeptSource
  fileprivate let seed: UInt64
  fileprivate let term: Term

  init(_ source: any ByteSource, seed: UInt64, term: Term) {
    self.source = KeptSource(source)
    self.seed = seed
    self.term = term
  }
}

/// A payload in a journal, checked as a whole before the first of its bytes is given out. Offsets
/// are those of the file that it lies in, so that a plan can say where its bytes are.
final class CheckedPayload: ByteSource {
  private let file: PayloadFile
  private let start: Int
  private let count: Int
  private let checksum: UInt64
  /// The event that has it, for the report if its bytes are not those that were written.
  private let identity: EventIdentity?
  private let isChecked = Atomic(false)

  init(_ file: PayloadFile, start: Int, count: Int, _ header: EventHeader) {
    self.file = file
    self.start = start
    self.count = count
    checksum = header.payloadChecksum
    identity = EventIdentity(header)
  }

  var path: String { file.source.path }
  func byteCount() -> Int { start + count }

  func read(at offset: Int, count wanted: Int) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    try read(at: offset, count: wanted, into: &bytes)
    return bytes
  }

  func read(at offset: Int, count wanted: Int, into buffer: inout [UInt8]) throws(Failure) {
    if !isChecked.load(ordering: .relaxed) {
      // A payload that is wanted whole is read once.
      if offset == start, wanted >= count, count <= DataFile.blockByteCount {
        try file.source.read(at: start, count: count, into: &buffer)
        return try check(xxh3(buffer, seed: file.seed ^ UInt64(start)))
      }
      try check(
        file.source.isFar
          ? try file.source.sums(of: whole).checksum
          : try payloadChecksum(of: file.source, seed: file.seed, at: start, count: count))
    }
    guard offset >= start, offset < start + count else { return buffer = [] }
    try file.source.read(at: offset, count: min(wanted, start + count - offset), into: &buffer)
  }

  var isFar: Bool { file.source.isFar }

  func sums(of stretch: Stretch) throws(Failure) -> ContentSums {
    if !isChecked.load(ordering: .relaxed) {
      // Those of the whole payload tell whether it is right, at no further cost.
      if let whole = asWhole(stretch) {
        let sums = try file.source.sums(of: whole)
        try check(sums.checksum)
        return sums
      }
      try check(try file.source.sums(of: whole).checksum)
    }
    var clipped = stretch
    let end = min(stretch.offset + stretch.count, start + count)
    clipped.count = stretch.offset >= start ? max(0, end - stretch.offset) : 0
    return try file.source.sums(of: clipped)
  }

  func expect(sumsOf stretch: Stretch) {
    if !isChecked.load(ordering: .relaxed) {
      file.source.expect(sumsOf: asWhole(stretch) ?? whole)
    }
    if asWhole(stretch) == nil { file.source.expect(sumsOf: stretch) }
  }

  /// The whole payload, with its checksum.
  private var whole: Stretch {
    var whole = Stretch(at: start, count: count)
    whole.seed = file.seed ^ UInt64(start)
    return whole
  }

  /// What is asked for, with the checksum's seed, if it is the whole payload.
  private func asWhole(_ stretch: Stretch) -> Stretch? {
    guard stretch.offset == start, stretch.count == count else { return nil }
    var whole = self.whole
    whole.prefix = stretch.prefix
    return whole
  }

  private func check(_ found: UInt64) throws(Failure) {
    guard found == checksum else {
      var damage = LogDamage(
        path: path, offset: start, field: "payload", message: "its checksum does not match",
        term: file.term, identity: identity)
      damage.expected = checksum
      damage.found = found
      throw damage.failure
    }
    isChecked.store(true, ordering: .relaxed)
  }
}
