/// Which requests a user asked for. It means the same in every tool.
///
/// Whether a request matches depends on nothing but its name, its fields and, where a path was
/// asked for, what the journal did to names before it. `SelectionFilter` also counts to `limit`.
public struct Selection: Sendable {
  /// Both ends are included, as in all ranges here.
  public var terms: ClosedRange<UInt64>?
  public var indices: ClosedRange<UInt64>?
  /// Empty for any.
  public var requests: Set<RequestID> = []
  /// nil for any.
  public var fops: Set<Fop>?
  /// An object that the request names by GFID in any place; nil for any.
  public var gfid: GFID?
  /// The directory of a name in the request; nil for any.
  public var parent: GFID?
  /// A name in a directory; nil for any.
  public var name: [UInt8]?
  /// Where the object stands when the request comes; nil for any.
  public var path: PathPattern?
  /// Bytes of a file's data, at least one; nil for any.
  public var touched: ClosedRange<UInt64>?
  /// What becomes of the request in a jbr journal; nil for any.
  public var state: RequestState?
  /// The leader's time, in nanoseconds since 1970, both ends included; nil for any.
  public var times: ClosedRange<Int64>?
  /// How many requests at most; nil for all.
  public var limit: Int?
  /// Whether the last request comes first.
  public var reverse = false

  /// Everything, in the journal's order.
  public init() {}

  /// Whether every request of a journal comes, in the journal's order.
  public var isEverything: Bool {
    terms == nil && indices == nil && requests.isEmpty && fops == nil && gfid == nil
      && parent == nil && name == nil && path == nil && touched == nil && limit == nil && !reverse
      && !needsStates && times == nil
  }

  /// Whether the states of requests must be known, which only a jbr journal holds.
  public var needsStates: Bool { state != nil }

  /// Whether only a jbr journal can answer.
  public var needsDetails: Bool { needsStates || times != nil }

  /// Whether a request matches, but for its path, which `PathTracker` knows.
  public func matches(_ id: RequestID, _ request: Request) -> Bool {
    if let terms, !terms.contains(id.term.rawValue) { return false }
    if let indices, !indices.contains(id.index) { return false }
    if !requests.isEmpty, !requests.contains(id) { return false }
    if let fops, !fops.contains(request.fop) { return false }
    if let gfid, !request.names(gfid) { return false }
    if let parent, !request.locs.contains(where: { $0.parent == parent }) { return false }
    if let name, !request.locs.contains(where: { $0.name?.elementsEqual(name) == true }) {
      return false
    }
    if let touched {
      guard let range = request.dataRange, range.overlaps(touched) else { return false }
    }
    return true
  }
}

/// The requests that a selection names and that no journal was seen to hold: a name that is
/// mistyped must not pass for one whose other conditions do not hold.
public struct RequestSearch: Sendable {
  private var missing: Set<RequestID>

  public init(_ selection: Selection) { missing = selection.requests }

  /// Notes that a journal holds a request, be it selected or not.
  public mutating func meet(_ id: RequestID) {
    if !missing.isEmpty { missing.remove(id) }
  }

  /// A failure for each request that is not in any of these places.
  public func failures(in places: [String]) -> [Failure] {
    missing.sorted().map { Failure(missing: $0, in: places) }
  }
}

extension Failure {
  /// That none of some places holds a request that was named.
  public init(missing id: RequestID, in places: [String]) {
    self.init(
      .cannotOpen, "no request \(id) is there: dump lists those that are",
      path: places.joined(separator: ", "))
  }
}

/// Applies a selection to a journal's requests, which must come in the journal's order.
public struct SelectionFilter: Sendable {
  public let selection: Selection
  /// What the journal did to names so far; nil where nobody asked for paths.
  public private(set) var paths: PathTracker?
  private var admitted = 0
  private var states: [Term: RequestStates] = [:]

  /// - Parameters:
  ///   - selection: what is asked for.
  ///   - tracksPaths: whether paths are wanted although the selection names none.
  public init(_ selection: Selection, tracksPaths: Bool = false) {
    self.selection = selection
    paths = tracksPaths || selection.path != nil ? PathTracker() : nil
  }

  /// Whether as many requests were admitted as the selection allows.
  public var isFull: Bool { selection.limit.map { admitted >= $0 } ?? false }

  /// Whether the next request of the journal matches. `paths` stays as of before it until
  /// `step` is called.
  public func matches(_ id: RequestID, _ request: Request) -> Bool {
    guard selection.matches(id, request) else { return false }
    guard let pattern = selection.path else { return true }
    return paths?.matches(pattern, request) ?? false
  }

  /// Steps behind a request.
  public mutating func step(over request: Request) { paths?.apply(request) }

  /// Whether a record of a journal matches; its state is looked up where one is asked for.
  public func matches(_ record: JournalRecord) -> Bool {
    if let times = selection.times {
      guard let time = record.details?.time, times.contains(time) else { return false }
    }
    if let state = selection.state {
      let found = states[record.id.term]?.state(record.id.index, sub: record.id.sub)
      guard found == state else { return false }
    }
    return matches(record.id, record.request)
  }

  /// Whether the next record is one of the first `limit` that match; steps behind it.
  public mutating func admits(_ record: JournalRecord) -> Bool {
    defer { step(over: record.request) }
    guard !isFull, matches(record) else { return false }
    admitted += 1
    return true
  }

  /// Reads what becomes of each request, if the selection asks for it.
  ///
  /// - Throws: a `usage` failure for an fdl journal, which holds neither states nor times.
  public mutating func prepare(_ files: JournalFiles) throws(Failure) {
    guard selection.needsDetails else { return }
    guard let terms = files.terms else {
      throw Failure(
        .usage,
        "is an fdl journal, which holds neither states nor times: leave --state, --since and --until out",
        path: files.path)
    }
    guard selection.needsStates else { return }
    for term in terms {
      // Damage is told when the journal itself is read.
      guard var reader = try? TermReader(term) else { continue }
      while let item = try reader.next() {
        if case .end(let end) = item { states[term.term] = end.content.states }
      }
    }
  }

  /// Whether the next request is one of the first `limit` that match; steps behind it.
  ///
  /// Not for a selection in reverse, whose first requests are the journal's last.
  public mutating func admits(_ id: RequestID, _ request: Request) -> Bool {
    defer { step(over: request) }
    guard !isFull, matches(id, request) else { return false }
    admitted += 1
    return true
  }
}
