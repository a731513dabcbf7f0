/// What one replica holds of a stretch of a term's indices, without saying which requests.
struct RequestBlock: Equatable, Sendable {
  /// How many indices a block has.
  static let indexCount: UInt64 = 4096

  var count: UInt64 = 0
  /// The sum of the requests' digests, as of a term.
  var digest = Digest(high: 0, low: 0)
  /// Whether something must be looked at singly: a copy, a request that stands twice or is damaged.
  var isSpecial = false
  /// Where its first request begins in the log, and its last one ends.
  var start = Int.max
  var end = 0

  /// Whether two replicas hold the same there.
  func holdsTheSame(as other: RequestBlock) -> Bool {
    count == other.count && digest == other.digest && !isSpecial && !other.isSpecial
  }
}

/// A jbr journal of which only sums were kept: enough to see where replicas differ.
struct JournalScan: Sendable {
  /// All that is known but for the requests.
  private(set) var journal: ReplicaJournal
  private(set) var blocks: [Term: [UInt64: RequestBlock]] = [:]
  let files: JournalFiles

  /// Reads a journal from its beginning to its end.
  ///
  /// - Throws: errors of the disk. Damage is noted.
  init(name: String, files: JournalFiles) throws(Failure) {
    self.files = files
    journal = ReplicaJournal(name: name, idSource: .journal)
    try journal.takeSuperblock(files)
    var hasher = ContentHasher()
    for failure in files.missing { journal.note(failure) }
    for term in files.terms ?? [] {
      do throws(Failure) { try scan(term, &hasher) } catch {
        guard error.status == .damaged else { throw error }
        journal.note(error)
      }
    }
    journal.digest = hasher.digest()
  }

  private mutating func scan(
    _ files: TermFiles, _ hasher: inout ContentHasher
  ) throws(Failure) {
    var reader = try TermReader(files)
    var found: [UInt64: RequestBlock] = [:]
    var current = (number: UInt64.max, block: RequestBlock())
    var failed: RequestSet = []
    func leave() { if current.number != .max { found[current.number] = current.block } }
    func with(_ index: UInt64, _ change: (inout RequestBlock) -> Void) {
      let number = index / RequestBlock.indexCount
      if number != current.number {
        leave()
        current = (number, found[number] ?? RequestBlock())
      }
      change(&current.block)
    }
    while let item = try reader.next({ record, content, _ throws(Failure) in
      guard let body = record.plainRequest(content) else { return false }
      let header = record.header
      content.count(
        header, digest: body.digest, dataFile: body.dataFile, dataOffset: body.dataOffset,
        dataLength: body.dataLength)
      for range in body.failed { failed.insert(range) }
      with(header.index) { $0.take(record, header, body.digest) }
      return true
    }) {
      switch item {
      case .request(let record, _, let body, let details, _):
        for range in details.failed { failed.insert(range) }
        with(record.header.index) { block in
          block.take(record, record.header, body.digest)
          block.isSpecial = true
        }
      case .damage(let damage): journal.note(damage.failure)
      case .end(let end): journal.take(end, &hasher)
      case .event: break
      }
    }
    leave()
    blocks[files.term] = found
    if !failed.isEmpty { journal.knowledge?.failedByLeader[files.term] = failed }
  }

  /// Reads the requests of some blocks of a term.
  ///
  /// - Throws: errors of the disk; damage, which the scan would have met.
  mutating func load(_ numbers: Set<UInt64>, of term: Term) throws(Failure) {
    let own = numbers.compactMap { blocks[term]?[$0] }.sorted { $0.start < $1.start }
    guard let termFiles = files.terms?.first(where: { $0.term == term }), !own.isEmpty else {
      return
    }
    var done = 0
    for block in own where block.end > done {
      try load(termFiles, from: max(block.start, done), to: block.end) { index in
        numbers.contains(index / RequestBlock.indexCount)
      }
      done = block.end
    }
  }

  private mutating func load(
    _ files: TermFiles, from start: Int, to end: Int, _ isWanted: (UInt64) -> Bool
  ) throws(Failure) {
    var sequence = TermStretch(files, try TermReader(files), from: start, to: end)
    while let record = try sequence.next({ isWanted($0.header.index) }) {
      let illegalities = record.illegalities
      for failure in illegalities { journal.note(failure) }
      if illegalities.isEmpty { journal.records.append(record) }
    }
  }

  /// Takes requests that are known to be held here just so.
  mutating func add(_ records: [JournalRecord]) { journal.records += records }

  /// Looks at the payloads of what was loaded.
  mutating func checkPayloads() throws(Failure) { try journal.checkPayloads() }
}

extension RequestBlock {
  fileprivate mutating func take(_ record: EventRecord, _ header: EventHeader, _ digest: Digest) {
    count += 1
    self.digest.add(index: header.index, sub: header.sub, digest: digest)
    start = min(start, record.offset)
    end = max(end, record.end)
  }
}

extension EventRecord {
  /// The body of a request that is whole and the first of its name; nil for anything else, which
  /// the reader itself then judges.
  func plainRequest(_ content: TermContent) -> RequestBody? {
    guard header.type == EventType.request.rawValue, payloadIsWhole, header.sub == 0,
      Fop(rawValue: header.fop) != nil, let event = try? event(), case .request(let body) = event,
      content.states.state(header.index) == nil,
      !content.states.overtaken.contains(RequestID(term: content.states.term, index: header.index))
    else { return nil }
    return body
  }
}

/// Reads the requests of a stretch of a term's log.
struct TermStretch {
  private let term: Term
  private let path: String
  private var reader: TermReader
  private let end: Int
  private var isOver = false

  /// `start` is where a record is known to begin.
  init(_ files: TermFiles, _ reader: TermReader, from start: Int, to end: Int) {
    term = files.term
    path = files.events?.path ?? ""
    self.reader = reader
    self.end = end
    self.reader.seek(to: start, readingAhead: true)
  }

  /// The next request that is wanted; nil behind the stretch.
  mutating func next(
    _ isWanted: (EventRecord) -> Bool
  ) throws(Failure) -> JournalRecord? {
    let types = [EventType.request.rawValue, EventType.copied.rawValue]
    let end = end
    while !isOver {
      var isBehind = false
      let item = try reader.next { record, _, _ throws(Failure) in
        if record.offset >= end {
          isBehind = true
          return false
        }
        return !types.contains(record.header.type) || !isWanted(record)
      }
      guard let item, !isBehind else {
        isOver = true
        break
      }
      switch item {
      case .request(let record, let request, let body, let details, let payload):
        return JournalRecord(
          record, request, body, details, payload, term, path, ordinal: 0)
      case .damage, .event, .end: continue
      }
    }
    return nil
  }
}
