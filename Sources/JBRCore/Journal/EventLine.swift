import FoundationEssentials

/// An event of a jbr journal that is no request, as a JSON line.
///
/// What people and jq want to see stands in keys of its own; `body` is the whole of it, from
/// which an import writes the event again.
public struct EventLine: Sendable {
  public static let type = "event"

  public var term: Term
  public var index: UInt64
  public var sub: UInt32
  public var event: Event

  /// Writes the line of an event.
  public static func write(
    _ found: JournalEvent, journal: String, to writer: inout LineWriter
  ) throws(Failure) {
    let header = found.record.header
    try writer.write(type) { line in
      line.field("event", EventType(rawValue: header.type)?.name ?? "type-\(header.type)")
      line.field("term", found.term.rawValue)
      if header.index > 0 { line.field("index", header.index) }
      if header.sub > 0 { line.field("sub", header.sub) }
      line.field("sequence", header.sequence)
      line.field("time", JournalTime(sinceEpoch: header.time))
      line.field("journal", journal)
      line.field("file", baseName(found.path))
      line.field("file_offset", found.record.offset)
      line.fields(of: found.event)
      line.field("body", base64([UInt8](found.record.body)))
    }
  }
}

extension LineBuilder {
  fileprivate mutating func fields(of event: Event) {
    switch event {
    case .state(let state, let last, let results):
      field("last", last)
      field("state", state.name)
      if !results.isEmpty { field("results", results) }
    case .rollback(let digest): field("digest", digest.description)
    case .agreed(let last, let byDecision):
      field("last", last)
      field("by", byDecision ? "decision" : "leader")
    case .overlap(let overlap):
      field("covered", overlap.covered.description)
      field("whole", overlap.isWhole)
      field("offset", overlap.offset)
      field("length", overlap.length)
    case .decision(let decision):
      field("attempt", decision.attempt.rawValue)
      field("first_term", decision.terms.lowerBound)
      field("last_term", decision.terms.upperBound)
    case .opened(let attempt, let leader):
      field("attempt", attempt.rawValue)
      field("leader", bytes: leader)
    case .recovered(let offset, let length, let name):
      field("offset", offset)
      field("length", length)
      field("kept_as", bytes: name)
    case .sealed(let trailer):
      field("records", trailer.records)
      field("requests", trailer.requests)
      field("digest", trailer.digest.description)
    case .request, .copied, .closed, .mark: break
    }
  }
}

extension EventLine {
  init(from keys: LineContainer) throws {
    let name = try keys.decode(String.self, forKey: "event")
    let type = try keys.known(EventType.allCases.first { $0.name == name }, name, "event")
    term = Term(try keys.integer("term"))
    index = try keys.integerIfPresent("index") ?? 0
    sub = try keys.integerIfPresent("sub") ?? 0
    let body = try keys.base64("body")
    do { event = try Event(type, from: ByteCursor(body[...], base: 0)) } catch {
      throw keys.wrong("body", "\(error.field) \(error.reason)")
    }
  }
}

/// The end of a jbr journal's term as a JSON line.
public enum JournalTermLine {
  public static let type = "journal_term"

  /// Writes the line of a term that was read to its end.
  public static func write(
    _ end: TermEnd, journal: String, to writer: inout LineWriter
  ) throws(Failure) {
    let totals = end.content.totals
    let states = end.content.states
    try writer.write(type) { line in
      line.field("journal", journal)
      line.field("term", end.term.rawValue)
      line.field("file", baseName(end.path))
      switch end.end {
      case .sealed: line.field("end", "sealed")
      case .open(let offset):
        line.field("end", "open")
        line.field("end_offset", offset)
      case .torn(let offset):
        line.field("end", "torn")
        line.field("end_offset", offset)
      case nil: line.field("end", "damaged")
      }
      line.field("records", totals.records)
      line.field("requests", totals.requests)
      if let indices = states.indices {
        line.field("first_index", indices.lowerBound)
        line.field("last_index", indices.upperBound)
      }
      line.object("states") { object in
        for state in RequestState.allCases { object.field(state.name, states.count(state)) }
      }
      line.field("data_files", end.content.dataFileCount)
      line.field("digest", totals.digest.description)
      line.field("replica", end.header.replica.description)
    }
  }
}
