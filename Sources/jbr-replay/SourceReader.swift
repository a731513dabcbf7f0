import JBRCore
import JBRTool

/// Where requests come from.
enum RequestSource {
  case journal(String)
  /// Standard input, as `jbr-journal dump` prints them.
  case lines
}

/// Reads the selected requests, all before the brick is touched: what they come to together
/// decides what is done of each.
struct SourceReader {
  /// A request that is left out and reported.
  struct Skip {
    /// How many of the requests that are replayed come before it.
    var position: Int
    var request: FoldRequest
    var path: [UInt8]?
    var reason: SkipReason
  }

  private static let tool = "jbr-replay"
  var filter: SelectionFilter
  /// Whether what can be read of a damaged journal is replayed.
  let keepsGoing: Bool
  /// Whether the brick is the journal's own, so that its states tell what is there.
  let isOwnBrick: Bool
  /// Whether requests are left out that are not known to have reached their quorum.
  let takesAgreedOnly: Bool
  /// How many requests are replayed that are not known to have reached it, and come into a state
  /// of which a reconciliation concludes that they have.
  private(set) var undecidedCount = 0
  /// The request up to which none is selected; nil once it was met.
  var skipped: JournalCursor?
  private(set) var requests: [FoldRequest] = []
  /// Where each request's object stood before it; nil where that is not known.
  private(set) var paths: [[UInt8]?] = []
  private(set) var skips: [Skip] = []
  private(set) var isDamaged = false
  /// What a jbr journal knows; nil for anything else.
  private(set) var knowledge: JournalKnowledge?
  private var order = OrderCheck()
  /// Payloads are read on all processors at once, this much at a time.
  private static let checkedAtOnceByteCount = 64 << 20
  private var checks = PayloadChecks()

  private var search: RequestSearch

  init(filter: SelectionFilter, keepsGoing: Bool, isOwnBrick: Bool, takesAgreedOnly: Bool) {
    self.filter = filter
    search = RequestSearch(filter.selection)
    self.keepsGoing = keepsGoing
    self.isOwnBrick = isOwnBrick
    self.takesAgreedOnly = takesAgreedOnly
  }

  mutating func read(_ source: RequestSource) throws(Failure) {
    switch source {
    case .journal(let path):
      try readJournal(path)
      try requireNamed(in: path)
    case .lines:
      try readLines()
      try requireNamed(in: "standard input")
    }
  }

  /// What was asked for by name must be there, or be what is damaged.
  private func requireNamed(in place: String) throws(Failure) {
    for failure in search.failures(in: [place]) {
      guard isDamaged else { throw failure }
      report(failure, tool: Self.tool)
    }
  }

  private mutating func readJournal(_ path: String) throws(Failure) {
    let files = try JournalFiles.find(path)
    try filter.prepare(files)
    knowledge = try JournalKnowledge(files)
    var reader = try JournalReader(files)
    while let item = try reader.next() {
      switch item {
      case .record(let record): try take(record)
      case .damage(let failure): try meet(failure)
      case .fileEnd(let end):
        if case .torn(let offset) = end.end {
          reportTorn("a torn record, which is left out", end.pair.meta.path, offset)
        }
      case .event: continue
      case .termEnd(let end):
        if case .torn(let offset) = end.end {
          reportTorn("torn records, which are left out", end.path, offset)
        }
      case .stale(let pair):
        note("\(pair.meta.path): is stale and left out", tool: Self.tool)
      }
    }
    try checkPayloads()
    if let skipped { throw skipped.gone(path) }
  }

  private func reportTorn(_ what: String, _ path: String, _ offset: Int) {
    report(
      Failure(.found, "ends in \(what)", path: path, at: .offset(offset)), tool: Self.tool)
  }

  private mutating func take(_ record: JournalRecord) throws(Failure) {
    let state = knowledge?.state(record.id)
    var request = FoldRequest(id: record.id, request: record.request, payload: record.payload)
    request.results = knowledge?.results(record.id) ?? []
    let isBehindCursor = skipped == nil
    if let skipped, try skipped.isBehind(record) { self.skipped = nil }
    guard take(request, isBehindCursor && filter.matches(record), state) else {
      // What is on the brick may not be overlaid by an older request.
      if isOwnBrick, let state, state != .uncommitted, state != .invalid,
        let older = order.older(than: record.id, record.request)
      {
        throw Failure(
          .refused,
          "\(older) is older than \(record.id), which touches the same and is \(state.name): select both",
          path: record.path, at: .offset(record.record.offset))
      }
      return
    }
    for failure in record.illegalities { try meet(failure) }
    try checkPayload(record)
  }

  /// A payload that lies apart from its record is read, so that damage is found before the brick
  /// is touched: what is read of a jbr journal is checked.
  private mutating func checkPayload(_ record: JournalRecord) throws(Failure) {
    guard record.details != nil, record.record.payloadOffset > 0, let payload = record.payload,
      requests.last?.id == record.id
    else { return }
    checks.add(payload, tag: requests.count - 1)
    if checks.byteCount > Self.checkedAtOnceByteCount { try checkPayloads() }
  }

  private mutating func checkPayloads() throws(Failure) {
    for (position, failure) in checks.run() {
      guard failure.status == .damaged else { throw failure }
      try meet(failure)
      // Who goes on all the same sees it fail.
      requests[position].payload = nil
    }
  }

  private mutating func readLines() throws(Failure) {
    var lines = try LineReader(path: "-")
    while let line = try lines.next() {
      if line.isEmpty { continue }
      let path = "standard input"
      let number = lines.lineNumber
      guard let decoded = try RequestLine.decode(line, lineNumber: number, path: path) else {
        continue
      }
      let request = FoldRequest(
        id: decoded.id, request: decoded.request, payload: decoded.payload)
      let isTaken = take(request, true, nil)
      if isTaken, decoded.request.payloadByteCount > 0, decoded.payload == nil {
        throw Failure(
          .damaged, "is missing: dump with --payload base64 or --payload DIR", path: path,
          at: .line(number), field: "payload")
      }
    }
  }

  /// Takes a request if it is selected; whether it is.
  private mutating func take(
    _ original: FoldRequest, _ matches: Bool, _ state: RequestState?
  ) -> Bool {
    var request = original
    search.meet(request.id)
    let path = filter.paths?.path(of: request.request)
    guard matches else {
      filter.step(over: request.request)
      return false
    }
    guard filter.admits(request.id, request.request) else { return false }
    // A write of nothing has no payload in a line, and needs none.
    if request.request.fop == .writev, request.request.payloadByteCount == 0 {
      request.payload = Payload([])
    }
    if let reason = reasonToSkip(request.id, state) {
      skips.append(Skip(position: requests.count, request: request, path: path, reason: reason))
      return true
    }
    // Where everything is selected, nothing can be left out of its order.
    if isOwnBrick, !filter.selection.isEverything, let state, !state.isFinal {
      order.add(request.id, request.request)
    }
    if isOwnBrick, knowledge?.isUndecided(request.id) == true { undecidedCount += 1 }
    requests.append(request)
    paths.append(path)
    return true
  }

  /// What was rolled back never happened, unless somebody asks for it by its very name.
  private func reasonToSkip(_ id: RequestID, _ state: RequestState?) -> SkipReason? {
    guard !filter.selection.requests.contains(id) else { return nil }
    if state == .invalid { return .invalid }
    return takesAgreedOnly && knowledge?.isUndecided(id) == true ? .unagreed : nil
  }

  /// Damage ends it before anything is changed, unless told otherwise.
  private mutating func meet(_ failure: Failure) throws(Failure) {
    guard keepsGoing else { throw failure }
    report(failure, tool: Self.tool)
    isDamaged = true
  }
}
