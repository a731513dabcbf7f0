/// Where a journal's request ids come from.
public enum IDSource: String, Sendable {
  /// JBR's index in xdata, grouped in reigns.
  case jbr
  /// No record has an index: the file's number and the record's ordinal stand in.
  case file
  /// The journal's own, in a jbr journal.
  case journal
}

/// A record with its name and place in a journal.
public struct JournalRecord: Sendable {
  public var id: RequestID
  public var record: Record
  /// nil where the fop has none, or damage before it lost the place in the data file.
  public var payload: Payload?
  public var run: Int
  public var fileNumber: UInt64
  /// The meta file.
  public var path: String
  /// Which record of its file it is, from 1.
  public var ordinal: Int
  /// What a jbr journal says beside the request; nil in an fdl journal.
  public var details: JournaledDetails?
  /// In a jbr journal the record's checksum, which no other journal's record has; nil in an fdl
  /// journal.
  public var checksum: UInt64?

  public var request: Request { record.request }
}

/// What a journal holds, in the order in which it was written.
public enum JournalItem: Sendable {
  case record(JournalRecord)
  /// Behind the last record of a file that was read.
  case fileEnd(JournalFileEnd)
  /// A stretch that cannot be read. Records of the same file behind it follow if a reader asked
  /// for them.
  case damage(Failure)
  /// A pair behind the first that was not closed: left over from an earlier life, not read.
  case stale(JournalPair)
  /// Of a jbr journal: something other than a request.
  case event(JournalEvent)
  /// Behind the last record of a jbr journal's term.
  case termEnd(TermEnd)

  /// A record with its name, which was found out later.
  fileprivate func named(_ id: RequestID) -> JournalItem {
    guard case .record(var record) = self else { return self }
    record.id = id
    return .record(record)
  }
}

/// An event of a jbr journal that is no request, and where it stands.
public struct JournalEvent: Sendable {
  public var term: Term
  public var record: EventRecord
  public var event: Event
  /// The event log.
  public var path: String
}

/// How a file of a journal ended.
public struct JournalFileEnd: Sendable {
  public var pair: JournalPair
  public var end: JournalEnd
  public var recordCount: Int
  public var metaByteCount: Int
  public var dataByteCount: Int
  /// How much of the data file belongs to records.
  public var payloadByteCount: Int
}

/// Reads a whole journal: run by run, file by file, record by record.
public struct JournalReader {
  public let files: JournalFiles
  public let idSource: IDSource
  private let resumes: Bool
  private var nextPair = 0
  private var reader: PairReader?
  private var staleRun: Int?
  private var ordinal = 0
  private var payloadUsed = 0
  private var tracker = ReignTracker<JournalItem>()
  /// Names that are certain, and what came between them, in order.
  private var ready: [JournalItem] = []
  private var readyPosition = 0
  private var finished = false
  /// Whether the records that come now have their names only because the journal ends here: what
  /// may still be written could tell otherwise.
  private(set) var isSettling = false
  private var terms: TermSequence?

  /// Opens a journal whose files were found.
  ///
  /// - Parameters:
  ///   - files: as `JournalFiles.find` finds them.
  ///   - resuming: whether to look for whole records behind damage, for `verify`. Without it the
  ///     rest of a damaged file is left out, and the damage reported once.
  /// - Throws: errors of the disk.
  public init(_ files: JournalFiles, resuming: Bool = false) throws(Failure) {
    self.files = files
    resumes = resuming
    terms = files.terms.map { TermSequence($0) }
    idSource = files.terms == nil ? try Self.findIDSource(files) : .journal
    ready = files.missing.map { .damage($0) }
  }

  /// Of a jbr journal, what was found damaged so far, as exactly as its reader knows it.
  var logDamages: [LogDamage] { terms?.damages ?? [] }

  /// The next item; nil at the journal's end.
  ///
  /// - Throws: errors of the disk. Damage is an item.
  public mutating func next() throws(Failure) -> JournalItem? {
    while true {
      if readyPosition < ready.count {
        defer { readyPosition += 1 }
        return ready[readyPosition]
      }
      ready.removeAll(keepingCapacity: true)
      readyPosition = 0
      if finished { return nil }
      if terms != nil {
        guard let item = try terms?.next() else { return nil }
        return item
      }
      try advance()
    }
  }

  /// The next item that a lane leaves, which writes the lines of all others; of a jbr journal.
  mutating func next(_ lane: inout RequestLane) throws(Failure) -> JournalItem? {
    guard terms != nil, readyPosition >= ready.count else { return try next() }
    return try terms?.next(&lane)
  }

  private mutating func advance() throws(Failure) {
    guard var current = reader else { return try openNext() }
    defer { if reader != nil { reader = current } }
    do throws(Failure) {
      guard let (record, payload) = try current.next() else { return try endFile(current) }
      ordinal += 1
      try take(record, payload, of: current.pair)
    } catch {
      guard error.status == .damaged else { throw error }
      pass(.damage(error))
      let goesOn = resumes ? try current.resume() : false
      if !goesOn { reader = nil }
    }
  }

  private mutating func openNext() throws(Failure) {
    guard nextPair < files.pairs.count else {
      finished = true
      try flushTracker()
      return
    }
    let pair = files.pairs[nextPair]
    nextPair += 1
    if staleRun == pair.run { return pass(.stale(pair)) }
    ordinal = 0
    payloadUsed = 0
    do throws(Failure) { reader = try PairReader(pair) } catch {
      // A pair of which one file is missing is damage of the journal, unless nothing is there.
      guard error.errno == 2, files.pairs.count > 1 || pathsDiffer(pair, error) else {
        throw error
      }
      pass(.damage(Failure(.damaged, error.message, path: error.path, errno: error.errno)))
    }
  }

  private func pathsDiffer(_ pair: JournalPair, _ error: Failure) -> Bool {
    error.path != pair.meta.path
  }

  private mutating func endFile(_ current: PairReader) throws(Failure) {
    reader = nil
    guard let end = current.end else { return }
    if end != .closed { staleRun = current.pair.run }
    let counts = try current.byteCounts()
    try flushTrackerIfRunEnds()
    pass(
      .fileEnd(
        JournalFileEnd(
          pair: current.pair, end: end, recordCount: ordinal, metaByteCount: counts.meta,
          dataByteCount: counts.data, payloadByteCount: payloadUsed)))
  }

  /// Reigns go on across files and runs; only the very end of the journal settles doubts.
  private mutating func flushTrackerIfRunEnds() throws(Failure) {
    let rest = files.pairs[nextPair...]
    if rest.allSatisfy({ $0.run == staleRun }) { try flushTracker() }
  }

  private mutating func flushTracker() throws(Failure) {
    isSettling = true
    var out: [JournalItem] = []
    try tracker.finish { id, item in out.append(item.named(id)) }
    ready += out
  }

  /// Puts what is no record behind the records before it, which may still wait for their names.
  private mutating func pass(_ item: JournalItem) {
    var out: [JournalItem] = []
    tracker.pass(item) { _, item in out.append(item) }
    ready += out
  }

  private mutating func take(
    _ record: Record, _ payload: Payload?, of pair: JournalPair
  ) throws(Failure) {
    payloadUsed = record.payloadOffset + Int(record.request.payloadByteCount)
    var item = JournalRecord(
      id: RequestID(term: Term(pair.fileNumber), index: UInt64(ordinal)), record: record,
      payload: payload, run: pair.run, fileNumber: pair.fileNumber, path: pair.meta.path,
      ordinal: ordinal)
    guard idSource == .jbr else {
      item.id.term = Term(pair.fileNumber &+ termOffset(of: pair.run))
      ready.append(.record(item))
      return
    }
    var out: [JournalItem] = []
    // What must not be read is not compared: writes that differ in their bytes alone pass for one.
    let compared = pair.data is UnreadFile ? nil : payload
    try tracker.push(.record(item), request: record.request, payload: compared) { id, item in
      out.append(item.named(id))
    }
    ready += out
  }

  /// File numbers start over in each run: later runs' terms go on behind the earlier ones'.
  private func termOffset(of run: Int) -> UInt64 {
    var offset: UInt64 = 0
    var highest: UInt64 = 0
    var current = files.pairs.first?.run
    for pair in files.pairs {
      if pair.run != current {
        offset &+= highest
        highest = 0
        current = pair.run
      }
      if pair.run == run { return offset }
      highest = max(highest, pair.fileNumber)
    }
    return offset
  }

  /// Whether any record has JBR's index. In a journal of JBR nearly every record does, so this
  /// reads little; in one without, it searches the meta files for the key's bytes.
  private static func findIDSource(_ files: JournalFiles) throws(Failure) -> IDSource {
    var staleRun: Int?
    for pair in files.pairs where pair.run != staleRun {
      guard let source = try? pair.meta.opened() else { continue }
      guard try mayHoldIndex(source) else { continue }
      var reader = FDLMetaReader(source, isLast: pair.isLast)
      while let record = try? reader.next() {
        if record.request.journaledIndex != nil { return .jbr }
      }
      if reader.end != .closed { staleRun = pair.run }
    }
    return .file
  }

  /// Whether the bytes of the index' key stand anywhere in a meta file.
  private static func mayHoldIndex(_ source: any ByteSource) throws(Failure) -> Bool {
    let key = [UInt8]("jbr.index".utf8)
    let blockByteCount = 1 << 18
    var offset = 0
    while let start = try source.nextData(from: offset) {
      let block = try source.read(at: max(start, offset), count: blockByteCount)
      if block.count < key.count { return false }
      // The last letter is rare in names and numbers, so few places need a second look.
      for end in key.count - 1..<block.count where block[end] == UInt8(ascii: "x") {
        if block[end - key.count + 1...end].elementsEqual(key) { return true }
      }
      offset = max(start, offset) + block.count - key.count + 1
    }
    return false
  }
}
