/// What a jbr journal knows of its requests beside what they say: what became of them here, and
/// what sums came to that may have been applied.
public struct JournalKnowledge: Sendable {
  private var states: [Term: RequestStates] = [:]
  private var agreed: [Term: AgreedRanges] = [:]
  private var sums: [RequestID: [DictEntry]] = [:]

  /// Reads the event logs; nil for an fdl journal, which knows neither.
  ///
  /// Damage is left to whoever reads the requests.
  public init?(_ files: JournalFiles) throws(Failure) {
    guard let terms = files.terms else { return nil }
    for files in terms {
      var reader: TermReader
      do throws(Failure) { reader = try TermReader(files) } catch {
        guard error.status == .damaged else { throw error }
        continue
      }
      while let item = try reader.next() {
        switch item {
        case .event(let record, .state(.inProgress, _, let results)) where !results.isEmpty:
          let header = record.header
          sums[RequestID(term: files.term, index: header.index, sub: header.sub)] = results
        case .end(let end):
          states[files.term] = end.content.states
          agreed[files.term] = end.content.agreed
        default: continue
        }
      }
    }
  }

  /// nil for a request that the journal only holds as a copy for others.
  public func state(_ id: RequestID) -> RequestState? {
    states[id.term]?.state(id.index, sub: id.sub)
  }

  /// Whether nobody knows yet that a request has reached its quorum, so that it may turn out
  /// not to have happened. What is on its way to the brick already had.
  public func isUndecided(_ id: RequestID) -> Bool {
    state(id) == .uncommitted && agreed[id.term]?.contains(id.index) != true
  }

  /// What a sum comes to, by key; empty where that was never found out.
  public func results(_ id: RequestID) -> [DictEntry] { sums[id] ?? [] }
}

/// Finds out whether a request that is to be replayed would be laid over a later one that is on
/// the brick by now and that was not selected.
public struct OrderCheck: Sendable {
  /// Who touches an object, and which bytes of it.
  private struct Touch {
    /// The first that touches anything but a range of data.
    var other: RequestID?
    /// The first that touches data, and all that such requests touch, gaps between included.
    var data: (id: RequestID, range: ClosedRange<UInt64>)?
  }
  private var objects: [GFID: Touch] = [:]
  private var names: [EntryName: RequestID] = [:]

  public init() {}

  /// Takes a request that is to be replayed and that is not safe on the brick yet.
  public mutating func add(_ id: RequestID, _ request: Request) {
    let touched = request.touched
    for gfid in touched.objects {
      var touch = objects[gfid] ?? Touch()
      if let range = request.dataRange {
        let known = touch.data?.range ?? range
        let lower = min(known.lowerBound, range.lowerBound)
        let upper = max(known.upperBound, range.upperBound)
        touch.data = (touch.data?.id ?? id, lower...upper)
      } else {
        touch.other = touch.other ?? id
      }
      objects[gfid] = touch
    }
    for name in touched.names where names[name] == nil { names[name] = id }
  }

  /// The request that would be laid over one that is on the brick and comes later.
  public func older(than id: RequestID, _ request: Request) -> RequestID? {
    let touched = request.touched
    var found: [RequestID] = touched.names.compactMap { names[$0] }
    for gfid in touched.objects {
      guard let touch = objects[gfid] else { continue }
      if let other = touch.other { found.append(other) }
      guard let data = touch.data else { continue }
      if request.dataRange.map({ $0.overlaps(data.range) }) ?? true { found.append(data.id) }
    }
    return found.filter { $0 < id }.min()
  }
}
