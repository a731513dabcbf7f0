/// A whole record of an event log: its header, its body, and where an inline payload lies.
public struct EventRecord: Sendable {
  public var header: EventHeader
  /// The header's checksum, which names the record for the one behind it.
  public var checksum: UInt64
  /// Where the record starts in the file.
  public var offset: Int
  /// Bytes whose checksum was right.
  public var body: ByteView
  /// Whether an inline payload, if there is one, is as it was written.
  public var payloadIsWhole: Bool

  /// Where an inline payload starts in the file.
  public var payloadOffset: Int { offset + EventHeader.byteCount + pad8(header.bodyLength) }
  /// Where the next record starts.
  public var end: Int { offset + header.recordByteCount }
  /// In front of the record.
  var point: LogPoint {
    LogPoint(offset: offset, sequence: header.sequence, previous: header.previous)
  }

  /// What the record says; nil for a type that this version passes over.
  public func event() throws(FormatError) -> Event? {
    guard let type = EventType(rawValue: header.type) else { return nil }
    let base = offset + EventHeader.byteCount - body.startIndex
    return try Event(type, from: ByteCursor(body, base: base))
  }
}

/// How an event log ends where it is not damaged.
public enum LogEnd: Equatable, Sendable {
  /// Behind a trailer: the term is frozen.
  case sealed
  /// In zeros, or where the file ends: more may come.
  case open(at: Int)
  /// In records that were being written when the writer stopped, and were never acknowledged.
  case torn(at: Int)
}

/// What a reader of an event log meets.
public enum LogItem: Sendable {
  case event(EventRecord)
  /// The reader has stepped behind it already.
  case damage(LogDamage)
}

/// Reads the event log of one term, block by block, in constant memory.
///
/// The log may be appended to meanwhile; it is never mapped, and every length is checked against
/// what is there before it is used. See docs/journal-format.md for what is torn and what is
/// damaged.
public struct EventLogReader {
  static let blockByteCount = 1 << 18
  /// How much is read of a single record at first.
  static let singleByteCount = 1 << 10

  let source: any ByteSource
  /// The same where it is on another host.
  let farLog: (any FarLog)?
  public let header: FileHeader
  let seed: UInt64
  /// How much is read at once.
  var readAhead = Self.blockByteCount
  var block: [UInt8] = []
  var blockOffset = 0
  /// Whether the file ended with the block when it was read.
  var blockEndsFile = false
  /// Of a log on another host.
  var queue = HeadQueue()
  /// Where the next record starts.
  public internal(set) var position: Int
  /// The sequence that the next record must have; nil behind damage that lost count.
  var expectedSequence: UInt64?
  /// What the next record must name as the one before it; nil behind damage.
  var previous: UInt64?
  private var lastSequence: UInt64 = 0
  /// Everything before it was flushed, as later records say.
  public private(set) var durable = 0
  private var pending: [LogItem] = []
  private var isSealed = false
  /// Where damage begins whose header could not be read, until the next record names its checksum.
  private var unnamed: LogDamage?
  private let damageOfHeader: [LogDamage]
  /// Set once `next` has returned nil; nil then means that damage reaches to the end.
  public private(set) var end: LogEnd?
  private var isFinished = false

  /// Opens a log.
  ///
  /// - Throws: a `damaged` failure if neither copy of the header can be read, or the file is
  ///   none of this version; errors of the disk.
  public init(_ source: any ByteSource) throws(Failure) {
    self.source = source
    farLog = source as? any FarLog
    let area = try FileHeaderArea.read(source, kind: .events)
    header = area.header
    damageOfHeader = area.logDamage(source.path)
    pending = damageOfHeader.map { .damage($0) }
    seed = header.seed
    position = FileHeader.areaByteCount
    expectedSequence = 1
    previous = seed
  }

  /// Goes on at a place where a record is known to begin.
  mutating func seek(to offset: Int, sequence: UInt64? = nil, previous: UInt64? = nil) {
    position = offset
    // What was zeros when it was read may be records by now.
    block = []
    queue = HeadQueue()
    expectedSequence = sequence
    self.previous = previous
    lastSequence = sequence.map { $0 &- 1 } ?? 0
    pending = []
    isFinished = false
    isSealed = false
    end = nil
  }

  /// What a reader must know to go on behind the last record that was read.
  public var resumePoint: LogPoint? {
    guard let expectedSequence, let previous else { return nil }
    return LogPoint(offset: position, sequence: expectedSequence, previous: previous)
  }

  /// The next record or stretch of damage; nil at the log's end.
  ///
  /// - Throws: errors of the disk, and a `damaged` failure for a log that only a later version
  ///   can read.
  public mutating func next() throws(Failure) -> LogItem? {
    if !pending.isEmpty { return pending.removeFirst() }
    if isFinished { return nil }
    if let item = try farRecord() { return item }
    switch try look() {
    case .nothing: return try finish()
    case .wrong: return try wrongHeader()
    case .illegal(let error): throw Failure(error, path: source.path)
    case .header(let header, let checksum): return try record(header, checksum)
    }
  }

  /// What stands at the position.
  private enum Look {
    case nothing
    case wrong
    case illegal(FormatError)
    case header(EventHeader, UInt64)
  }

  /// Looks at the next header. The view of it ends here: while one is held, the next block cannot
  /// be read into the same memory.
  private mutating func look() throws(Failure) -> Look {
    let bytes = try view(EventHeader.byteCount)
    if bytes.isEmpty || bytes[bytes.startIndex] == 0 { return .nothing }
    guard bytes.count == EventHeader.byteCount,
      case .header(let header, let checksum) = EventHeader.read(bytes, at: position, seed: seed)
    else { return .wrong }
    if let error = EventHeader.illegality(bytes, at: position) { return .illegal(error) }
    return .header(header, checksum)
  }

  private mutating func record(
    _ header: EventHeader, _ checksum: UInt64
  ) throws(Failure) -> LogItem? {
    let start = position
    let whole = try view(header.recordByteCount)
    let body = start + EventHeader.byteCount
    let payload = body + pad8(header.bodyLength)
    guard whole.count == header.recordByteCount else {
      return try wrongBody(
        header, checksum, .init("body_length", "the file ends within the record", body))
    }
    let bodyBytes = whole.slice(EventHeader.byteCount, header.bodyLength)
    let computed = xxh3(bodyBytes, seed: seed ^ UInt64(body))
    guard computed == header.bodyChecksum, paddingIsZero(whole, header) else {
      var problem = Problem("body", "its checksum does not match", body)
      if computed == header.bodyChecksum {
        problem.message = "padding is not zero"
      } else {
        (problem.expected, problem.found) = (header.bodyChecksum, computed)
      }
      return try wrongBody(header, checksum, problem)
    }
    var payloadIsWhole = true
    if header.payloadLength > 0 {
      let bytes = whole.slice(payload - start, header.payloadLength)
      let computed = xxh3(bytes, seed: seed ^ UInt64(payload))
      if computed != header.payloadChecksum {
        if let item = try retry() { return item.item }
        var problem = Problem("payload", "its checksum does not match", payload)
        problem.expected = header.payloadChecksum
        problem.found = computed
        if try isTorn(header, at: start) {
          return try tornOrDamaged(problem, (header, checksum))
        }
        if let item = try retry(isLast: true) { return item.item }
        pending.append(.damage(damage(problem, header)))
        payloadIsWhole = false
      }
    }
    return accepted(
      EventRecord(
        header: header, checksum: checksum, offset: start, body: bodyBytes,
        payloadIsWhole: payloadIsWhole))
  }

  /// Steps behind a record, which comes behind what is wrong with it.
  mutating func accepted(_ event: EventRecord) -> LogItem {
    accept(event.header, event.checksum, at: event.offset)
    if pending.isEmpty { return .event(event) }
    pending.append(.event(event))
    return pending.removeFirst()
  }

  /// Steps behind a record whose header is right, and compares it with what must come here.
  private mutating func accept(_ header: EventHeader, _ checksum: UInt64, at start: Int) {
    if var lost = unnamed {
      // The record behind damage says what the damaged header's checksum must have been.
      if header.sequence == lastSequence &+ 2 {
        // Where all else in the header is right, what it says of its checksum is damaged.
        if lost.found == header.previous { lost.found = lost.expected }
        lost.expected = header.previous
      }
      let count = header.sequence &- lastSequence &- 1
      (lost.end, lost.recordCount) = (start, count)
      lost.message += "; \(count) records are lost before record \(header.sequence)"
      pending.insert(.damage(lost), at: 0)
      unnamed = nil
    } else if let expected = expectedSequence, expected != header.sequence {
      var problem = Problem(
        "sequence", "is record \(header.sequence), and record \(expected) belongs here", start + 16)
      problem.expected = expected
      problem.found = header.sequence
      pending.append(.damage(damage(problem, header)))
    } else if let previous, previous != header.previous {
      var problem = Problem("previous", "names another record than the one before it", start + 72)
      problem.expected = previous
      problem.found = header.previous
      pending.append(.damage(damage(problem, header)))
    }
    if isSealed {
      pending.append(
        .damage(damage(Problem("type", "a record follows the trailer", start), header)))
    }
    durable = max(durable, Int(clamping: header.durable))
    lastSequence = header.sequence
    expectedSequence = header.sequence &+ 1
    previous = checksum
    position = start + header.recordByteCount
    isSealed = header.type == EventType.sealed.rawValue
  }

  private func paddingIsZero(_ whole: ByteView, _ header: EventHeader) -> Bool {
    let body = EventHeader.byteCount + header.bodyLength
    let payload = EventHeader.byteCount + pad8(header.bodyLength)
    return whole.slice(body, payload - body).isZero
      && whole.dropFirst(payload + header.payloadLength).isZero
  }

  /// The next `count` bytes, or fewer where the file ends; reads a block when it must.
  mutating func view(_ count: Int) throws(Failure) -> ByteView {
    let start = position - blockOffset
    if start < 0 || start + count > block.count {
      // Into the same memory, where no record that was given out still holds it.
      do throws(Failure) {
        try source.read(at: position, count: max(count, readAhead), into: &block)
      } catch {
        // What is there of it is not where it seems to be.
        block = []
        throw error
      }
      blockEndsFile = block.count < max(count, readAhead)
      blockOffset = position
      return block.prefix(count)
    }
    return block[start..<start + count]
  }
}

extension EventLogReader {
  /// What is wrong at a place, before it is known whether it is torn.
  struct Problem {
    var field: String
    var message: String
    var offset: Int
    var expected: UInt64?
    var found: UInt64?

    init(_ field: String, _ message: String, _ offset: Int) {
      self.field = field
      self.message = message
      self.offset = offset
    }
  }

  func damage(_ problem: Problem, _ header: EventHeader?) -> LogDamage {
    LogDamage(
      path: source.path, offset: problem.offset, field: problem.field, message: problem.message,
      expected: problem.expected, found: problem.found, term: self.header.term,
      identity: header.map(EventIdentity.init))
  }

  /// The log ends here, unless bytes behind say otherwise.
  private mutating func finish() throws(Failure) -> LogItem? {
    if unnamed != nil, let item = closeUnnamed() { return item }
    guard let stray = try firstNonZero(from: position) else {
      return ended(isSealed ? .sealed : .open(at: position))
    }
    // The writer may have appended since the block was read.
    block = []
    if try view(1).first != 0 { return try next() }
    return try unwritten(stray)
  }

  /// A record that was never written, or lost, stands before bytes that are not zero.
  private mutating func unwritten(_ stray: Int) throws(Failure) -> LogItem? {
    if !isSealed, try headerIsTorn(at: position) {
      return try tornOrDamaged(
        Problem("type", "is 0, and the log goes on behind it", position), nil)
    }
    let field = isSealed ? "trailer" : "type"
    return try damaged(
      Problem(field, "bytes behind the end of the log are not zero", stray), from: position)
  }

  private mutating func wrongHeader() throws(Failure) -> LogItem? {
    if let item = try retry() { return item.item }
    var problem = Problem("header", "its checksum does not match", position)
    let bytes = try view(EventHeader.byteCount)
    if bytes.count == EventHeader.byteCount,
      case .wrong(let stated, let computed) = EventHeader.read(bytes, at: position, seed: seed)
    {
      (problem.expected, problem.found) = (stated, computed)
    }
    if !isSealed, try headerIsTorn(at: position) { return try tornOrDamaged(problem, nil) }
    return try damaged(problem, from: position)
  }

  private mutating func wrongBody(
    _ header: EventHeader, _ checksum: UInt64, _ problem: Problem
  ) throws(Failure) -> LogItem? {
    if let item = try retry() { return item.item }
    let start = position
    if try isTorn(header, at: start) { return try tornOrDamaged(problem, (header, checksum)) }
    return try damagedRecord(problem, header, checksum)
  }

  /// Ends the log if what is wrong at the position can be a torn write.
  private mutating func tornOrDamaged(
    _ problem: Problem, _ record: (header: EventHeader, checksum: UInt64)?
  ) throws(Failure) -> LogItem? {
    guard try laterRecordVouches(for: position) else { return ended(.torn(at: position)) }
    guard let record else { return try damaged(problem, from: position) }
    return try damagedRecord(problem, record.header, record.checksum)
  }

  /// Steps behind a record whose header is right and whose rest is not.
  private mutating func damagedRecord(
    _ problem: Problem, _ header: EventHeader, _ checksum: UInt64
  ) throws(Failure) -> LogItem? {
    if let item = try retry(isLast: true) { return item.item }
    accept(header, checksum, at: position)
    position = min(position, try source.byteCount())
    var lost = damage(problem, header)
    (lost.end, lost.recordCount) = (position, 1)
    pending.append(.damage(lost))
    return pending.removeFirst()
  }

  /// Steps to the next whole header behind damage that hides a length.
  private mutating func damaged(_ problem: Problem, from start: Int) throws(Failure) -> LogItem? {
    if let item = try retry(isLast: true) { return item.item }
    unnamed = damage(problem, nil)
    previous = nil
    expectedSequence = nil
    guard let found = try findHeader(from: start + 8) else { return closeUnnamed() }
    position = found
    return try next()
  }

  private mutating func closeUnnamed() -> LogItem? {
    isFinished = true
    guard let lost = unnamed else { return nil }
    unnamed = nil
    return .damage(lost)
  }

  private mutating func ended(_ end: LogEnd) -> LogItem? {
    self.end = end
    isFinished = true
    return nil
  }
}
