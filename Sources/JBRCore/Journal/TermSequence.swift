/// Reads the terms of a jbr journal one after the other, as the items of any journal.
struct TermSequence {
  private var terms: [TermFiles]
  private var nextTerm = 0
  private var reader: TermReader?
  private var ordinal = 0
  /// What was found damaged so far.
  private(set) var damages: [LogDamage] = []

  init(_ terms: [TermFiles]) { self.terms = terms }

  /// Goes on with a reader that stands somewhere in a term.
  init(_ term: TermFiles, _ reader: TermReader) {
    terms = [term]
    nextTerm = 1
    self.reader = reader
  }

  /// The next item that a lane leaves: it writes the lines of all others.
  mutating func next(_ lane: inout RequestLane) throws(Failure) -> JournalItem? {
    guard reader != nil else {
      let item = try next()
      if reader != nil { lane.begin(terms[nextTerm - 1].term, path: path) }
      return item
    }
    lane.ordinal = ordinal
    let item = try reader?.next { record, content, openedData throws(Failure) in
      try lane.take(record, &content, openedData)
    }
    ordinal = lane.ordinal
    if let item { return journalItem(item) }
    reader = nil
    return try next(&lane)
  }

  /// Goes on behind the last record of the last term, once more may be there.
  mutating func goOn(with files: TermFiles) {
    terms[terms.count - 1] = files
    reader?.goOn(with: files)
  }

  /// Goes to a record that is known to begin at an offset of the term's log, and reads it; nil if
  /// no request begins there.
  mutating func record(at offset: Int) throws(Failure) -> JournalRecord? {
    reader?.seek(to: offset)
    guard case .record(let record) = try next() else { return nil }
    return record
  }

  /// The next item; nil behind the last term.
  mutating func next() throws(Failure) -> JournalItem? {
    while true {
      guard let item = try reader?.next() else {
        reader = nil
        guard nextTerm < terms.count else { return nil }
        nextTerm += 1
        ordinal = 0
        do throws(Failure) { reader = try TermReader(terms[nextTerm - 1]) } catch {
          guard error.status == .damaged else { throw error }
          return .damage(error)
        }
        continue
      }
      return journalItem(item)
    }
  }

  /// The request whose record begins at an offset of a term's log; nil if there is none.
  static func record(of term: TermFiles, at offset: Int) throws(Failure) -> JournalRecord? {
    var sequence = TermSequence(term, try TermReader(term))
    return try sequence.record(at: offset)
  }

  private mutating func journalItem(_ item: TermItem) -> JournalItem {
    let term = terms[nextTerm - 1].term
    switch item {
    case .damage(let damage):
      damages.append(damage)
      return .damage(damage.failure)
    case .end(let end): return .termEnd(end)
    case .event(let record, let event):
      return .event(
        JournalEvent(term: term, record: record, event: event, path: path))
    case .request(let record, let request, let body, let details, let payload):
      ordinal += 1
      return .record(
        JournalRecord(record, request, body, details, payload, term, path, ordinal: ordinal))
    }
  }

  private var path: String { terms[nextTerm - 1].events?.path ?? "" }
}

extension JournalRecord {
  /// What a term's reader gives of a request.
  init(
    _ record: EventRecord, _ request: Request, _ body: RequestBody, _ details: JournaledDetails,
    _ payload: Payload?, _ term: Term, _ path: String, ordinal: Int
  ) {
    self.init(
      id: RequestID(term: term, index: record.header.index, sub: record.header.sub),
      record: Record(
        request: request, offset: record.offset, byteCount: record.header.recordByteCount,
        payloadOffset: Int(clamping: body.dataOffset)),
      payload: payload, run: 1, fileNumber: term.rawValue, path: path, ordinal: ordinal,
      details: details, checksum: record.checksum)
  }
}
