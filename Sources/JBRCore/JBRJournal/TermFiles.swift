/// The files of one term, as they were found.
public struct TermFiles: Sendable {
  public var term: Term
  /// nil where the event log is missing although other files of the term are there.
  public var events: (any ByteSource)?
  /// Uncompressed, or behind a view that decompresses, by number.
  public var data: [UInt32: any ByteSource]
  public var index: (any ByteSource)?
  /// Looks for a data file that was made since these were found; nil where nobody can.
  var findData: (@Sendable (UInt32) -> (any ByteSource)?)?
  /// The journal's, with which the files must agree; nil where it is lost.
  public var superblock: Superblock?

  public init(
    term: Term, events: (any ByteSource)?, data: [UInt32: any ByteSource] = [:],
    index: (any ByteSource)? = nil
  ) {
    self.term = term
    self.events = events
    self.data = data
    self.index = index
  }
}

/// What a request's record says beside the request.
public struct JournaledDetails: Equatable, Sendable {
  public var sequence: UInt64
  /// The leader's, in nanoseconds since 1970.
  public var time: Int64
  public var client: UniqueID
  public var failed: [ClosedRange<UInt64>]
  public var digest: Digest
  /// The attempt of a reconciliation that copied it here; nil for a request of the leader's.
  public var copiedBy: Term?
}

/// How a term's log was found to end, with what it adds up to.
public struct TermEnd: Sendable {
  public var term: Term
  public var path: String
  public var end: LogEnd?
  public var content: TermContent
  public var byteCount: Int
  public var header: FileHeader
}

/// What a term's reader meets, decoded.
public enum TermItem: Sendable {
  case request(EventRecord, Request, RequestBody, JournaledDetails, Payload?)
  case event(EventRecord, Event)
  case damage(LogDamage)
  case end(TermEnd)
}

/// Reads one term: its log with every event decoded, and payloads as they lie.
public struct TermReader {
  public private(set) var files: TermFiles
  private var log: EventLogReader
  private var data: [UInt32: Result<DataFile, Failure>] = [:]
  /// The data files that were opened, or could not be, which was told.
  private var openedData: Set<UInt32> = []
  /// The files of the payloads that were given out, by their number.
  private var payloadFiles: [UInt32: PayloadFile] = [:]
  public private(set) var content: TermContent
  private var pending: [TermItem] = []
  private var isFinished = false
  /// That the files of the term went while it was read.
  private var pruned: Failure?

  /// Opens a term.
  ///
  /// - Throws: a `damaged` failure if the log or its header is missing; errors of the disk.
  public init(_ files: TermFiles) throws(Failure) {
    self.files = files
    guard let events = files.events else {
      throw Failure(.damaged, "the event log of term \(files.term) is missing")
    }
    log = try EventLogReader(try events.opened())
    content = TermContent(term: files.term)
    guard log.header.term == files.term else {
      throw Failure(
        .damaged, "is of term \(log.header.term), and its name says \(files.term)",
        path: events.path, at: .offset(56), field: "term")
    }
    try requireOwner(events.path)
  }

  /// Compares the log with the superblock: a log of another replica, or one that is newer than
  /// the superblock, which then is an old copy of what the replica knew.
  private func requireOwner(_ path: String) throws(Failure) {
    guard let superblock = files.superblock else { return }
    let header = log.header
    guard header.replica == superblock.replica, header.volume == superblock.volume else {
      throw Failure(
        .damaged, "belongs to replica \(header.replica), and the journal is \(superblock.replica)",
        path: path, at: .offset(40), field: "replica")
    }
    guard header.generation <= superblock.generation else {
      throw Failure(
        .damaged,
        "was made under generation \(header.generation) of the superblock, which is at \(superblock.generation): an old superblock was put back",
        path: path, at: .offset(88), field: "generation")
    }
  }

  public var header: FileHeader { log.header }

  /// Goes on at a record that is known to begin at an offset.
  ///
  /// `readingAhead`: whether many records are wanted, and not this one alone.
  mutating func seek(to offset: Int, readingAhead: Bool = false) {
    log.seek(to: offset)
    if !readingAhead { log.readAhead = EventLogReader.singleByteCount }
    content = TermContent(term: files.term)
    pending = []
    isFinished = false
  }
  var seed: UInt64 { log.seed }
  /// What one must know to go on behind the last record; nil behind damage.
  var resumePoint: LogPoint? { log.resumePoint }

  /// Goes on behind what an index covers, and checks that the log is chained to it.
  mutating func resume(behind root: IndexRoot, _ known: TermContent) {
    log.seek(to: Int(clamping: root.covered), sequence: root.sequence, previous: root.previous)
    content = known
  }

  /// The next item; nil behind the end.
  ///
  /// - Throws: errors of the disk. Damage is an item.
  public mutating func next() throws(Failure) -> TermItem? {
    if !pending.isEmpty { return pending.removeFirst() }
    if isFinished { return nil }
    guard let item = try log.next() else {
      isFinished = true
      if let damage = missingTrailer() { pending.append(.damage(damage)) }
      pending.append(
        .end(
          TermEnd(
            term: files.term, path: log.source.path, end: log.end, content: content,
            byteCount: try log.source.byteCount(), header: log.header)))
      return pending.removeFirst()
    }
    switch item {
    case .damage(let damage): return .damage(damage)
    case .event(let record): return try decode(record)
    }
  }

  /// Goes on behind the last record, once more may be there; nothing behind damage.
  mutating func goOn(with new: TermFiles) {
    files = new
    payloadFiles = [:]
    for (number, opened) in data {
      if case .failure = opened {
        data[number] = nil
        openedData.remove(number)
      }
    }
    guard isFinished, let point = log.resumePoint else { return }
    log.seek(to: point.offset, sequence: point.sequence, previous: point.previous)
    isFinished = false
  }

  /// The next item that `taking` leaves: it sees every record first, with the data files that were
  /// opened so far, and says whether it took it.
  mutating func next(
    _ taking: (EventRecord, inout TermContent, Set<UInt32>) throws(Failure) -> Bool
  ) throws(Failure) -> TermItem? {
    while pending.isEmpty, !isFinished, let item = try log.next() {
      switch item {
      case .damage(let damage): return .damage(damage)
      case .event(let record):
        if try taking(record, &content, openedData) { continue }
        return try decode(record)
      }
    }
    return try next()
  }

  /// A frozen term ends in its trailer, whatever the zeros behind its last record look like.
  private func missingTrailer() -> LogDamage? {
    guard let state = files.superblock?.terms[files.term]?.state,
      state == .frozen || state == .retired, let end = log.end, end != .sealed
    else { return nil }
    return LogDamage(
      path: log.source.path, offset: log.position, field: "trailer",
      message: "is missing: the term is \(state.name)", term: files.term)
  }

  private mutating func decode(_ record: EventRecord) throws(Failure) -> TermItem? {
    let item = decoded(record)
    if let pruned { throw pruned }
    return item
  }

  private mutating func decoded(_ record: EventRecord) -> TermItem? {
    do throws(FormatError) {
      // An event of a later version that may be passed over says nothing here.
      guard let event = try content.taking(record) else { return .event(record, .mark) }
      switch event {
      case .request(let body): return try request(record, body, copiedBy: nil)
      case .copied(let attempt, let body): return try request(record, body, copiedBy: attempt)
      default: return .event(record, event)
      }
    } catch { return .damage(damage(error, record)) }
  }

  private mutating func request(
    _ record: EventRecord, _ body: RequestBody, copiedBy: Term?
  ) throws(FormatError) -> TermItem {
    let place = record.offset + EventHeader.byteCount
    guard let fop = Fop(rawValue: record.header.fop) else {
      throw FormatError(.unknownFop(record.header.fop), "fop", at: record.offset + 1)
    }
    let base = place - record.body.startIndex
    let request = try ArgumentsCodec.decode(fop, ByteCursor(body.arguments, base: base))
    let isInline = body.dataFile == 0
    guard body.dataLength == request.payloadByteCount,
      record.header.payloadIsInDataFile == !isInline,
      !isInline || body.dataLength == UInt64(record.header.payloadLength)
    else {
      throw FormatError(
        .illegal(value: body.dataLength, expected: "the payload's length"), "data_length",
        at: place + 56)
    }
    let details = JournaledDetails(
      sequence: record.header.sequence, time: record.header.time, client: body.client,
      failed: body.failed, digest: body.digest, copiedBy: copiedBy)
    return .request(record, request, body, details, payload(record, body))
  }

  /// The payload, checked when it is read; nil where there is none, or it cannot be found.
  private mutating func payload(_ record: EventRecord, _ body: RequestBody) -> Payload? {
    guard body.dataLength > 0, let events = files.events else { return nil }
    guard body.dataFile > 0 else {
      guard record.payloadIsWhole else { return nil }
      return checked(
        0, events, seed: log.seed, offset: UInt64(record.payloadOffset), record, body.dataLength)
    }
    let isFirst = data[body.dataFile] == nil
    switch dataFile(body.dataFile) {
    case .failure(let failure) where failure.status == .tryAgain:
      pruned = failure
      return nil
    case .failure(let failure):
      // Told once: all payloads of the file are lost with it.
      if isFirst { pending.append(.damage(damage(failure, record))) }
      return nil
    case .success(let file):
      guard let source = files.data[body.dataFile] else { return nil }
      return checked(
        body.dataFile, source, seed: file.seed, offset: body.dataOffset, record, body.dataLength)
    }
  }

  private func damage(_ failure: Failure, _ record: EventRecord) -> LogDamage {
    LogDamage(
      path: failure.path ?? "", offset: 0, field: failure.field ?? "data_file",
      message: failure.message, term: files.term, identity: EventIdentity(record.header))
  }

  /// A payload in a file of the term; 0 is the log itself.
  private mutating func checked(
    _ number: UInt32, _ source: any ByteSource, seed: UInt64, offset: UInt64,
    _ record: EventRecord, _ length: UInt64
  ) -> Payload? {
    guard let start = Int(exactly: offset), let count = Int(exactly: length) else { return nil }
    let file = payloadFiles[number] ?? PayloadFile(source, seed: seed, term: files.term)
    payloadFiles[number] = file
    return Payload(
      source: CheckedPayload(file, start: start, count: count, record.header), offset: start,
      count: count)
  }

  /// A data file of the term, opened once.
  mutating func dataFile(_ number: UInt32) -> Result<DataFile, Failure> {
    if let known = data[number] { return known }
    var opened: Result<DataFile, Failure>
    do throws(Failure) {
      let source = try dataSource(number)
      let file = try DataFile(try source.opened())
      let sameFile = file.header.term == files.term && file.header.number == number
      guard sameFile, file.header.replica == header.replica, file.header.volume == header.volume
      else {
        throw Failure(
          .damaged, "belongs to another term, number or replica", path: source.path,
          at: .offset(0), field: "header")
      }
      opened = .success(file)
    } catch { opened = .failure(error) }
    data[number] = opened
    openedData.insert(number)
    return opened
  }

  /// A data file, which a writer may have made, compressed or pruned since the files were found.
  private mutating func dataSource(_ number: UInt32) throws(Failure) -> any ByteSource {
    let isGone = { (source: (any ByteSource)?) in
      do throws(Failure) { _ = try source?.byteCount() } catch { return error.errno == 2 }
      return source == nil
    }
    if isGone(files.data[number]) {
      if let found = files.findData?(number) { files.data[number] = found }
      if isGone(files.data[number]), isGone(files.events) {
        throw Failure(
          .tryAgain, "term \(files.term) was pruned while it was read", path: log.source.path)
      }
    }
    guard let source = files.data[number] else {
      throw Failure(
        .damaged, "data file \(number) of term \(files.term) is missing", path: log.source.path)
    }
    return source
  }

  private func damage(_ error: FormatError, _ record: EventRecord) -> LogDamage {
    LogDamage(
      path: log.source.path, offset: error.offset, field: error.field,
      message: error.reason.description, term: files.term,
      identity: EventIdentity(record.header))
  }
}
