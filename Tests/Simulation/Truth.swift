import Histories
import JBRCore

/// What really happened, seen from outside: what clients were told, what was decided first, and
/// everything of it that must never break. It knows neither journals nor plans.
package struct Truth {
  /// What a client asked for.
  struct Operation {
    var client: UniqueID
    var change: Change
    var isAnswered = false
  }
  /// A state that a client has read: the requests that it came from.
  private struct Reading { var requests: Set<RequestID> }

  private(set) var operations: [Operation] = []
  private(set) var sent: [RequestID: SequencedRequest] = [:]
  private(set) var told: [RequestID: RequestResult] = [:]
  private var results: [RequestID: RequestResult] = [:]
  /// What was first acted on, of each term.
  private(set) var bound: [Term: [RequestID]] = [:]
  private(set) var broken: [String] = []
  private var readings: [Reading] = []
  /// All that is decided, done in order, behind each term.
  private var trees = [ModelBrick.empty()]

  mutating func fail(_ message: String) { broken.append(message) }

  mutating func ask(_ change: Change) -> Int {
    let number = operations.count
    operations.append(
      Operation(client: UniqueID(high: 3, low: UInt64(number) + 1), change: change))
    return number
  }

  mutating func note(_ request: SequencedRequest) {
    if let known = sent[request.id], known.digest != request.digest {
      // Nothing is said yet: whether it harms is for the other invariants to tell.
      return
    }
    sent[request.id] = request
  }

  mutating func happened(_ id: RequestID, _ result: RequestResult) { results[id] = result }

  /// A client is told that its request happened.
  mutating func acknowledge(_ operation: Int, _ id: RequestID) {
    operations[operation].isAnswered = true
    // Of a retry that an earlier term has answered the leader knows no result.
    guard let result = results[id] else { return }
    if let first = told[id], first != result { fail("\(id) was answered twice, differently") }
    told[id] = result
    requireUndecided(id)
  }

  private mutating func requireUndecided(_ id: RequestID) {
    if let table = bound[id.term], !table.contains(id) {
      fail("invariant 1: \(id) was acknowledged although its term was decided without it")
    }
  }

  /// A client reads, as the leader of a term lets it, what happened before that term, and what it
  /// has seen of the term itself. `before` was acknowledged when the client began.
  mutating func read(in term: Term, seen: Set<RequestID>, before: Set<RequestID>) {
    let missing = before.filter { $0.term > term || $0.term == term && !seen.contains($0) }
    if let first = missing.min() {
      fail("invariant 8: a read in term \(term) misses \(first), which was acknowledged before")
    }
    readings.append(Reading(requests: seen))
  }

  /// Somebody is about to act on a decision.
  mutating func act(on decision: DecisionRecord) {
    for number in decision.terms {
      let term = Term(number)
      let table = decision.tables.first { $0.term == term }
      let forward = table.map { $0.digests.keys.sorted() } ?? []
      if let first = bound[term] {
        if first != forward { fail("invariant 7: term \(term) was decided twice, differently") }
        continue
      }
      bound[term] = forward
      for id in told.keys where id.term == term && !forward.contains(id) {
        fail("invariant 1: \(id) was acknowledged and is void")
      }
      for reading in readings {
        for id in reading.requests where id.term == term && !forward.contains(id) {
          fail("invariant 8: \(id) was read and is void")
        }
      }
      for id in forward where sent[id] == nil { fail("\(id) was never sent and is forward") }
    }
    requireOnce()
  }

  /// A request happens once, however often its client asks.
  private mutating func requireOnce() {
    var seen: [UniqueID: RequestID] = [:]
    for id in bound.values.joined().sorted() {
      guard let client = sent[id]?.new.client, client != .null else { continue }
      if let first = seen[client] { fail("invariant 4: \(first) is done again as \(id)") }
      seen[client] = id
    }
  }

  /// What all replicas must hold once everything below a term is decided and done.
  mutating func tree(below end: Term) -> ModelBrick {
    while UInt64(trees.count) < end.rawValue {
      let next = trees[trees.count - 1].copy()
      for id in bound[Term(UInt64(trees.count))] ?? [] {
        guard let new = sent[id]?.new else { continue }
        next.writer = id
        let result = RequestResult(of: new.request, new.payload, on: next)
        if let first = told[id], first != result {
          fail("invariant 4: \(id) was answered \(first) and comes to \(result)")
        }
      }
      trees.append(next)
    }
    return trees[Int(end.rawValue) - 1]
  }

  /// Compares a brick with what it must hold once a reconciliation finished there.
  mutating func compare(_ brick: SimulatedBrick, _ name: String, below end: Term) {
    compare(brick, tree(below: end), "\(name), below term \(end),")
  }

  /// Compares a brick with what it must hold when all that is agreed of a term is destaged, below
  /// an index.
  mutating func compare(
    _ brick: SimulatedBrick, _ name: String, in term: Term, below index: UInt64
  ) {
    let wanted = tree(below: term).copy()
    for id in results.keys.sorted() where id.term == term && id.index < index {
      guard let new = sent[id]?.new else { continue }
      wanted.writer = id
      _ = RequestResult(of: new.request, new.payload, on: wanted)
    }
    compare(brick, wanted, "\(name), destaged in term \(term) below \(index),")
  }

  private mutating func compare(_ brick: SimulatedBrick, _ wanted: ModelBrick, _ what: String) {
    let timed = Set(wanted.objects.filter { $0.value.mtime != nil }.keys)
    do {
      let right = try treeText(wanted, timed: timed)
      let found = try treeText(brick, timed: timed)
      guard right != found else { return }
      let lines = Set(right.split(separator: "\n")).symmetricDifference(
        found.split(separator: "\n"))
      fail("invariants 2 to 4: \(what) differs: \(lines.sorted().prefix(3))")
    } catch { fail("\(what) cannot be read: \(error)") }
  }

  /// Every request that got a number, with what became of it.
  var account: [String] {
    sent.sorted { $0.key < $1.key }.map { id, request in
      let fate = bound[id.term].map { $0.contains(id) ? "forward" : "void" } ?? "undecided"
      let told = told[id].map { " told \($0)" } ?? ""
      return "\(id) \(fate)\(told): \(describe(request.new.request))"
    }
  }
}
