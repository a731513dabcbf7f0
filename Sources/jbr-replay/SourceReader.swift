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
  private static let tool = "jbr-replay"
  var filter: SelectionFilter
  /// Whether what can be read of a damaged journal is replayed.
  let keepsGoing: Bool
  private(set) var requests: [FoldRequest] = []
  /// Where each request's object stood before it; nil where that is not known.
  private(set) var paths: [[UInt8]?] = []
  private(set) var isDamaged = false

  init(filter: SelectionFilter, keepsGoing: Bool) {
    self.filter = filter
    self.keepsGoing = keepsGoing
  }

  mutating func read(_ source: RequestSource) throws(Failure) {
    switch source {
    case .journal(let path): try readJournal(path)
    case .lines: try readLines()
    }
  }

  private mutating func readJournal(_ path: String) throws(Failure) {
    let files = try JournalFiles.find(path)
    try filter.prepare(files)
    var reader = try JournalReader(files)
    while let item = try reader.next() {
      switch item {
      case .record(let record):
        guard take(record.id, record.request, record.payload, filter.matches(record)) else {
          continue
        }
        for failure in record.illegalities { try meet(failure) }
      case .damage(let failure): try meet(failure)
      case .fileEnd(let end):
        if case .torn(let offset) = end.end {
          report(
            Failure(
              .found, "ends in a torn record, which is left out", path: end.pair.meta.path,
              at: .offset(offset)), tool: Self.tool)
        }
      case .event: continue
      case .termEnd(let end):
        if case .torn(let offset) = end.end {
          report(
            Failure(
              .found, "ends in torn records, which are left out", path: end.path,
              at: .offset(offset)), tool: Self.tool)
        }
      case .stale(let pair):
        note("\(pair.meta.path): is stale and left out", tool: Self.tool)
      }
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
      let isTaken = take(decoded.id, decoded.request, decoded.payload)
      if isTaken, decoded.request.payloadByteCount > 0, decoded.payload == nil {
        throw Failure(
          .damaged, "is missing: dump with --payload base64 or --payload DIR", path: path,
          at: .line(number), field: "payload")
      }
    }
  }

  /// Takes a request if it is selected; whether it is.
  private mutating func take(
    _ id: RequestID, _ request: Request, _ payload: Payload?, _ matches: Bool = true
  ) -> Bool {
    let path = filter.paths?.path(of: request)
    guard matches else {
      filter.step(over: request)
      return false
    }
    guard filter.admits(id, request) else { return false }
    // A write of nothing has no payload in a line, and needs none.
    let bytes = request.fop == .writev && request.payloadByteCount == 0 ? Payload([]) : payload
    requests.append(FoldRequest(id: id, request: request, payload: bytes))
    paths.append(path)
    return true
  }

  /// Damage ends it before anything is changed, unless told otherwise.
  private mutating func meet(_ failure: Failure) throws(Failure) {
    guard keepsGoing else { throw failure }
    report(failure, tool: Self.tool)
    isDamaged = true
  }
}
