/// Writes a jbr journal from the requests of another journal, or from the lines of a dump.
///
/// Terms must come in ascending order. Every group is flushed, so what the counts say is there.
public struct JBRImporter {
  private static let groupCountMax = 1024
  private static let groupByteCountMax = 4 << 20

  private let writer: JournalWriter
  private var group: [NewEvent] = []
  private var groupByteCount = 0
  private var term: Term?
  private var sealed: Set<Term> = []
  /// Of the term's requests, which a rollback may name.
  private var digests: [UInt64: Digest] = [:]
  /// How many requests were taken.
  public private(set) var requestCount = 0
  /// How many events that are no requests were taken.
  public private(set) var eventCount = 0

  /// `writer` is of a journal without any term.
  public init(_ writer: JournalWriter) { self.writer = writer }

  /// Takes a line of a dump; lines of other types are passed over.
  ///
  /// - Throws: a `damaged` failure that names the line; what writing does.
  public mutating func take(
    _ line: ByteView, lineNumber: Int, path: String
  ) throws(Failure) {
    guard let decoded = try JournalLine.decode(line, lineNumber: lineNumber, path: path) else {
      return
    }
    do throws(Failure) {
      switch decoded {
      case .request(let line): try take(line.id, line.request, line.payload, line.details)
      case .event(let line): try take(line)
      case .tail, .file: break
      }
    } catch {
      guard error.path == nil || error.status == .refused else { throw error }
      throw Failure(
        .damaged, error.message, path: path, at: .line(lineNumber), field: error.field)
    }
  }

  /// Takes a request under its own name.
  public mutating func take(
    _ id: RequestID, _ request: Request, _ payload: Payload?, _ details: JournaledDetails?
  ) throws(Failure) {
    if request.rolledBackFop != nil {
      // An fdl journal carries a rollback as a request under the id of the one that it is of.
      let digest = self.term == id.term ? digests[id.index] : nil
      let event = NewEvent.rollback(
        index: id.index, sub: id.sub, digest: digest ?? Digest(high: 0, low: 0))
      eventCount += 1
      return try add(event, to: id.term)
    }
    var new = NewRequest(request, payload: payload, index: id.index, sub: id.sub)
    if let details {
      new.time = details.time
      new.client = details.client
      new.failed = details.failed
      new.copiedBy = details.copiedBy
    }
    try add(.request(new), to: id.term, byteCount: payload?.count ?? 0)
    requestCount += 1
    digests[id.index] = try request.contentDigest(payload: payload)
  }

  mutating func take(_ line: EventLine) throws(Failure) {
    let (index, sub) = (line.index, line.sub)
    switch line.event {
    case .state(let state, let last, let results):
      try add(
        .state(state, index: index, sub: sub, last: last, results: results), to: line.term)
    case .rollback(let digest):
      try add(.rollback(index: index, sub: sub, digest: digest), to: line.term)
    case .agreed(let last, let byDecision):
      try add(.agreed(first: index, last: last, byDecision: byDecision), to: line.term)
    case .decision(let decision): try add(.decision(decision), to: line.term)
    case .sealed: sealed.insert(line.term)
    // The new journal's writer makes these for itself.
    case .opened, .closed, .overlap, .recovered, .mark, .request, .copied: return
    }
    eventCount += 1
  }

  private mutating func add(
    _ event: NewEvent, to term: Term, byteCount: Int = 0
  ) throws(Failure) {
    if self.term != term {
      try flush()
      guard term.rawValue > (self.term?.rawValue ?? 0) else {
        throw Failure(
          .damaged, "\(term) comes behind \(self.term ?? Term(0)): terms must ascend",
          field: "term")
      }
      try writer.open(term)
      self.term = term
      digests = [:]
    }
    group.append(event)
    groupByteCount += byteCount
    if group.count >= Self.groupCountMax || groupByteCount >= Self.groupByteCountMax {
      try flush()
    }
  }

  private mutating func flush() throws(Failure) {
    guard !group.isEmpty else { return }
    _ = try writer.commit(group)
    group.removeAll(keepingCapacity: true)
    groupByteCount = 0
  }

  /// Writes what is left. Terms that were frozen freeze; the last term stays open otherwise.
  public mutating func finish() throws(Failure) {
    try flush()
    for term in sealed.sorted() { try writer.freeze(term) }
    guard term != nil else {
      throw Failure(.damaged, "holds no line of type request or event")
    }
  }
}
