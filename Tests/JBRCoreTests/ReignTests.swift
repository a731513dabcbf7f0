import Histories
import Testing

@testable import JBRCore

/// Records of one replica, each with the reign that wrote it.
private struct ReignSequence {
  struct Item {
    var request: Request
    var reign: UInt64
    var index: UInt64?
    var isRollback = false
  }
  var items: [Item] = []
  var label: UInt64 = 0

  /// A request that is unlike all others.
  mutating func request(_ index: UInt64?) -> Request {
    label += 1
    return RequestMaker(index: index).truncate(GFID(high: 7, low: label), to: 0)
  }

  /// What a leader's reign leaves: indices with gaps, out of order by less than `window`.
  mutating func add(
    reign: UInt64, count: Int, window: Int, from first: UInt64 = 1, gaps: Int,
    _ random: inout SeededGenerator
  ) {
    var indices: [UInt64] = []
    var next = first
    for _ in 0..<count {
      if Int.random(in: 0..<100, using: &random) < gaps { next += 1 }
      indices.append(next)
      next += 1
    }
    // Each goes ahead of at most `window` others.
    let delayed = indices.enumerated().map { position, index in
      (position + Int.random(in: 0...window, using: &random), position, index)
    }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    var seen: [UInt64] = []
    for (_, _, index) in delayed {
      items.append(Item(request: request(index), reign: reign, index: index))
      seen.append(index)
      let dice = Int.random(in: 0..<20, using: &random)
      if dice == 0, let old = seen.suffix(5).randomElement(using: &random) {
        let rollback = RequestMaker(index: old).rollback(of: .truncate)
        items.append(Item(request: rollback, reign: reign, index: old, isRollback: true))
      } else if dice == 1 {
        items.append(Item(request: request(nil), reign: reign, index: nil))
      }
    }
  }

  /// What the tracker makes of it.
  func tracked() throws -> [(id: RequestID, position: Int)] {
    var tracker = ReignTracker<Int>()
    var found: [(id: RequestID, position: Int)] = []
    for (position, item) in items.enumerated() {
      try tracker.push(position, request: item.request, payload: nil) { found.append(($0, $1)) }
    }
    try tracker.finish { found.append(($0, $1)) }
    return found
  }

  func check(_ label: String) throws {
    let found = try tracked()
    #expect(found.map(\.position) == Array(items.indices), "\(label): order")
    var predecessor = RequestID(term: Term(1), index: 0)
    for (id, position) in found {
      let item = items[position]
      guard id.term == Term(item.reign) else {
        let all = found.map {
          "\(items[$0.position].reign)/\(items[$0.position].index ?? 0)→\($0.id)"
        }
        Issue.record("\(label): record \(position) is of reign \(item.reign), not \(id)\n\(all)")
        return
      }
      if let index = item.index {
        #expect(id.index == index && id.sub == 0, "\(label)")
        if !item.isRollback { predecessor = id }
      } else {
        #expect(id.index == predecessor.index && id.sub == predecessor.sub + 1, "\(label)")
        predecessor = id
      }
    }
  }
}

@Suite("Reigns of one journal")
struct ReignTrackerTests {
  @Test(arguments: seeds(300))
  func oneReignIsOneHoweverItsRequestsOvertakeEachOther(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var sequence = ReignSequence()
    let window = [0, 1, 5, 30].randomElement(using: &random) ?? 0
    // Half way down within a journal this short would be taken for a new reign at its end.
    sequence.add(
      reign: 1, count: Int.random(in: 3 * window + 3...200, using: &random), window: window,
      from: 1, gaps: Int.random(in: 0...20, using: &random), &random)
    try sequence.check("seed \(seed)")
  }

  @Test(arguments: seeds(300))
  func everyLeaderProcessBeginsAReign(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var sequence = ReignSequence()
    for reign in 1...UInt64.random(in: 2...5, using: &random) {
      // The first indices fall together, so that the new reign clashes with the old one.
      sequence.add(
        reign: reign, count: Int.random(in: 8...150, using: &random), window: 3,
        gaps: Int.random(in: 0...25, using: &random), &random)
    }
    try sequence.check("seed \(seed)")
  }

  @Test(arguments: seeds(200))
  func aReignThatMissesItsFirstIndexIsTold(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var sequence = ReignSequence()
    for reign in 1...UInt64.random(in: 2...4, using: &random) {
      // An open is the first request of most reigns, and in no journal.
      sequence.add(
        reign: reign, count: Int.random(in: 10...80, using: &random), window: 2,
        from: UInt64.random(in: 1...3, using: &random), gaps: 10, &random)
    }
    try sequence.check("seed \(seed)")
  }

  /// A leader that was killed at once leaves a request or two.
  @Test(arguments: seeds(100))
  func aReignOfOneRequestIsOne(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var sequence = ReignSequence()
    sequence.add(reign: 1, count: 30, window: 0, from: 2, gaps: 10, &random)
    for reign in 2...4 as ClosedRange<UInt64> {
      sequence.add(reign: reign, count: 1, window: 0, gaps: 0, &random)
    }
    sequence.add(reign: 5, count: 20, window: 0, gaps: 0, &random)
    try sequence.check("seed \(seed)")
  }

  @Test func aReignThatBeginsWithTheSameRequestIsOneOfItsOwn() throws {
    var sequence = ReignSequence()
    var random = SeededGenerator(seed: 1)
    sequence.add(reign: 1, count: 20, window: 0, gaps: 0, &random)
    let first = sequence.items[0]
    sequence.items.append(.init(request: first.request, reign: 2, index: 1))
    sequence.add(reign: 2, count: 20, window: 0, from: 2, gaps: 0, &random)
    try sequence.check("twice the same")
  }

  @Test func aRequestThatCameTwiceIsNoReign() throws {
    var sequence = ReignSequence()
    var random = SeededGenerator(seed: 1)
    sequence.add(reign: 1, count: 20, window: 0, gaps: 0, &random)
    sequence.items.append(sequence.items[3])
    try sequence.check("a duplicate at the end")
    sequence.add(reign: 1, count: 20, window: 0, from: 40, gaps: 0, &random)
    try sequence.check("a duplicate in the middle")
  }
}

@Suite("Reigns of several journals")
struct ReignMatchingTests {
  /// Reigns by their own numbers; each request's content is told by a number.
  private func digests(_ reigns: [[UInt64: UInt64]]) -> [Term: [RequestID: Digest]] {
    var found: [Term: [RequestID: Digest]] = [:]
    for (position, reign) in reigns.enumerated() {
      let term = Term(UInt64(position + 1))
      for (index, content) in reign {
        found[term, default: [:]][RequestID(term: term, index: index)] = Digest(
          high: 0, low: content)
      }
    }
    return found
  }

  private func matched(_ replicas: [[[UInt64: UInt64]]]) throws -> [[UInt64: UInt64]] {
    let names = replicas.indices.map { "r\($0)" }
    let matching = try ReignMatching(names: names, digests: replicas.map(digests))
    return matching.terms.map { terms in
      Dictionary(uniqueKeysWithValues: terms.map { ($0.key.rawValue, $0.value.rawValue) })
    }
  }

  /// A reign's requests: content is unlike that of any other reign.
  private func reign(_ number: UInt64, _ indices: [UInt64]) -> [UInt64: UInt64] {
    Dictionary(uniqueKeysWithValues: indices.map { ($0, number << 32 | $0) })
  }

  @Test(arguments: seeds(200))
  func aFollowerThatMissedReignsCountsThemAll(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let count = UInt64.random(in: 1...6, using: &random)
    let leader = (1...count).map { reign($0, Array(1...20)) }
    var followers: [[[UInt64: UInt64]]] = []
    var expected: [[UInt64: UInt64]] = [
      Dictionary(uniqueKeysWithValues: (1...count).map { ($0, $0) })
    ]
    for _ in 0..<2 {
      var reigns: [[UInt64: UInt64]] = []
      var terms: [UInt64: UInt64] = [:]
      for number in 1...count where Bool.random(using: &random) {
        let indices = (1...20 as ClosedRange<UInt64>).filter { _ in random.next() % 3 > 0 }
        guard !indices.isEmpty else { continue }
        reigns.append(reign(number, indices))
        terms[UInt64(reigns.count)] = number
      }
      followers.append(reigns)
      expected.append(terms)
    }
    #expect(try matched([leader] + followers) == expected, "seed \(seed)")
    // The leader's place among the replicas changes nothing.
    let turned = try matched(followers + [leader])
    #expect(turned == [expected[1], expected[2], expected[0]], "seed \(seed)")
  }

  @Test func aReplicaThatHoldsPartsOfTwoJoinsThem() throws {
    let terms = try matched([
      [reign(1, [1, 2, 3])], [reign(1, [7, 8, 9])], [reign(1, [2, 3, 7, 8])],
    ])
    #expect(terms == [[1: 1], [1: 1], [1: 1]])
  }

  @Test func aSplitBrainIsRefusedWithBothReignsNamed() throws {
    let failure = try #require(throws: Failure.self) {
      try self.matched([[self.reign(1, [1, 2, 3])], [self.reign(2, [1, 2, 3])], []])
    }
    #expect(failure.status == .refused)
    #expect("\(failure)".contains("r0") && "\(failure)".contains("r1"), "\(failure)")
  }

  @Test func anOrderThatNoJournalTellsIsRefused() throws {
    // Reign 1 is common; of 2 and 3 each is on one replica alone.
    let failure = try #require(throws: Failure.self) {
      try self.matched([
        [self.reign(1, [1, 2]), self.reign(2, [1, 2])],
        [self.reign(1, [1, 2]), self.reign(3, [1, 2])],
      ])
    }
    #expect(failure.status == .refused)
    #expect("\(failure)".contains("r0") && "\(failure)".contains("r1"), "\(failure)")
  }

  @Test func journalsThatContradictEachOtherInTheOrderAreRefused() throws {
    let failure = try #require(throws: Failure.self) {
      try self.matched([
        [self.reign(1, [1, 2]), self.reign(2, [1, 2])],
        [self.reign(2, [1, 2]), self.reign(1, [1, 2])],
      ])
    }
    #expect(failure.status == .refused)
  }

  @Test func aReignThatIsHalfOfOneAndHalfOfAnotherIsRefused() throws {
    var mixed = reign(1, [1, 2, 3])
    mixed.merge(reign(2, [4, 5, 6])) { first, _ in first }
    let failure = try #require(throws: Failure.self) {
      try self.matched([
        [self.reign(1, [1, 2, 3])], [self.reign(2, [4, 5, 6]), self.reign(1, [1, 2])], [mixed],
      ])
    }
    #expect(failure.status == .refused)
  }
}
