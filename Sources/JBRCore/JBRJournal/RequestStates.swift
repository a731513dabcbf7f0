/// The states of a term's requests, in runs of equal ones: requests come and go in order, so that
/// a term of millions needs a handful of runs.
public struct RequestStates: Sendable {
  public struct Run: Equatable, Sendable {
    public var first: UInt64
    public var last: UInt64
    public var state: RequestState
  }

  /// Why an event does not fit what came before it.
  public enum Illegal: Error, Equatable, Sendable {
    case duplicate(RequestID)
    case unknown(first: UInt64, last: UInt64)
    case change(first: UInt64, last: UInt64, from: RequestState, to: RequestState)
  }

  public let term: Term
  /// Ascending, apart, and neighbours differ.
  public private(set) var runs: [Run] = []
  /// Requests without an index of their own, which are few.
  public private(set) var subs: [RequestID: RequestState] = [:]

  /// Requests whose rollback came before they did.
  private(set) var overtaken: Set<RequestID> = []

  public init(term: Term) { self.term = term }

  /// As an index remembers them; nil where runs are not ascending and apart.
  init?(
    term: Term, runs: [Run], subs: [RequestID: RequestState], overtaken: Set<RequestID>
  ) {
    self.init(term: term)
    var end: UInt64?
    for run in runs {
      guard run.first <= run.last, end.map({ run.first > $0 }) ?? true else { return nil }
      end = run.last
    }
    (self.runs, self.subs, self.overtaken) = (runs, subs, overtaken)
  }

  /// The state of a request; nil if there is none of that name.
  public func state(_ index: UInt64, sub: UInt32 = 0) -> RequestState? {
    if sub > 0 { return subs[RequestID(term: term, index: index, sub: sub)] }
    let position = firstRun(endingFrom: index)
    guard position < runs.count, runs[position].first <= index else { return nil }
    return runs[position].state
  }

  /// Takes a new request.
  public mutating func add(_ index: UInt64, sub: UInt32 = 0) throws(Illegal) {
    let id = RequestID(term: term, index: index, sub: sub)
    guard state(index, sub: sub) == nil else { throw .duplicate(id) }
    let isOvertaken = !overtaken.isEmpty && overtaken.remove(id) != nil
    let state = isOvertaken ? RequestState.invalid : .uncommitted
    if sub > 0 {
      subs[id] = state
    } else {
      insert(Run(first: index, last: index, state: state))
    }
  }

  /// Takes a rollback, which may come before its request, and more than once.
  public mutating func rollBack(_ index: UInt64, sub: UInt32 = 0) throws(Illegal) {
    switch state(index, sub: sub) {
    case nil: overtaken.insert(RequestID(term: term, index: index, sub: sub))
    case .invalid: break
    case .uncommitted: try change(index, sub: sub, last: index, to: .invalid)
    // A leader fails only what was never applied.
    case .some(let old): throw .change(first: index, last: index, from: old, to: .invalid)
    }
  }

  /// Takes a change of state of the requests from `index` to `last`, of those that there are.
  public mutating func change(
    _ index: UInt64, sub: UInt32 = 0, last: UInt64, to state: RequestState
  ) throws(Illegal) {
    if sub > 0 {
      let id = RequestID(term: term, index: index, sub: sub)
      guard let old = subs[id] else { throw .unknown(first: index, last: last) }
      guard old.mayBecome(state) else {
        throw .change(first: index, last: index, from: old, to: state)
      }
      subs[id] = state
      return
    }
    let touched = try parts(index, last)
    guard let first = touched.first else { throw .unknown(first: index, last: last) }
    for part in touched where !part.state.mayBecome(state) {
      throw .change(first: part.first, last: part.last, from: part.state, to: state)
    }
    replace(
      from: first.first, to: last,
      with: touched.map { Run(first: $0.first, last: $0.last, state: state) })
  }

  /// How many requests there are in a state.
  public func count(_ state: RequestState) -> UInt64 {
    let plain = runs.reduce(UInt64(0)) { sum, run in
      run.state == state ? sum &+ (run.last - run.first) &+ 1 : sum
    }
    return plain &+ UInt64(subs.values.count { $0 == state })
  }

  /// The requests that are known to have failed: those that are invalid, and those whose rollback
  /// came and they did not.
  public var failed: Set<RequestID> {
    var found = overtaken
    for run in runs where run.state == .invalid {
      for index in run.first...run.last { found.insert(RequestID(term: term, index: index)) }
    }
    for (id, state) in subs where state == .invalid { found.insert(id) }
    return found
  }

  /// The lowest and the highest index; nil where there is no request.
  public var indices: ClosedRange<UInt64>? {
    guard let first = runs.first, let last = runs.last else { return nil }
    return first.first...last.last
  }

  /// Whether nothing more will come of any request here.
  public var areFinal: Bool {
    runs.allSatisfy(\.state.isFinal) && subs.values.allSatisfy(\.isFinal)
  }

  /// The runs between two indices, cut to them.
  private func parts(_ first: UInt64, _ last: UInt64) throws(Illegal) -> [Run] {
    guard first <= last else { throw .unknown(first: first, last: last) }
    var found: [Run] = []
    var position = firstRun(endingFrom: first)
    while position < runs.count, runs[position].first <= last {
      var part = runs[position]
      part.first = max(part.first, first)
      part.last = min(part.last, last)
      found.append(part)
      position += 1
    }
    return found
  }

  /// The first run that ends at or behind an index.
  private func firstRun(endingFrom index: UInt64) -> Int {
    var low = 0
    var high = runs.count
    // Nearly all changes are at the end.
    if let last = runs.last, last.last < index { return high }
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].last < index { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func insert(_ run: Run) {
    if let last = runs.last, last.last < run.first {
      if last.last + 1 == run.first, last.state == run.state {
        runs[runs.count - 1].last = run.last
      } else {
        runs.append(run)
      }
      return
    }
    replace(from: run.first, to: run.last, with: [run])
  }

  /// Puts runs in the place of whatever lies between two indices, and joins equal neighbours.
  private mutating func replace(from first: UInt64, to last: UInt64, with new: [Run]) {
    let start = firstRun(endingFrom: first)
    var end = start
    var pieces = new
    while end < runs.count, runs[end].first <= last {
      let old = runs[end]
      if old.first < first {
        pieces.insert(Run(first: old.first, last: first - 1, state: old.state), at: 0)
      }
      if old.last > last {
        pieces.append(Run(first: last + 1, last: old.last, state: old.state))
      }
      end += 1
    }
    let before = start > 0 ? start - 1 : start
    let after = end < runs.count ? end + 1 : end
    let all = runs[before..<start] + pieces + runs[end..<after]
    runs.replaceSubrange(before..<after, with: Self.joined(Array(all)))
  }

  private static func joined(_ runs: [Run]) -> [Run] {
    var result: [Run] = []
    for run in runs {
      if let last = result.last, last.state == run.state, last.last &+ 1 == run.first {
        result[result.count - 1].last = run.last
      } else {
        result.append(run)
      }
    }
    return result
  }
}
