import Histories
import JBRCore

/// Beginnings that chance alone finds too seldom: what the findings on the protocol begin with.
/// From there a history goes on as it likes.
enum Scene: CaseIterable {
  /// 1: a request fails, nobody hears of it, and the client asks again.
  case failedUnheard
  /// 3, 4: an attempt goes on when another one has decided without it.
  case overtaken
  /// 5: two attempts begin at the same time, and so with the same number.
  case sameTime
  /// 10: an attempt dies when it has recorded what only an absent replica holds by itself.
  case recordedAndGone
  /// 4: an attempt goes on with its steps when the next term is at work.
  case lateSteps
  /// 7: a leader's process ends, and another one takes its place.
  case anotherProcess
  /// 9: what a quorum acknowledged is damaged on one of two, and those that are left meet.
  case damagedWitness
  /// 11: power goes again and again while a leader's brick catches up.
  case brokenDestaging

  /// Whether replicas can play it: most have one leader, one that hears of a request, and one that
  /// does not, two of which are a quorum.
  func suits(_ rule: QuorumRule) -> Bool {
    self == .brokenDestaging || rule.replicas == 3 && rule.quorum == 2
  }

  func events(_ random: inout SeededGenerator) -> [Event] {
    var stage = Stage(&random)
    switch self {
    case .failedUnheard: stage.failedUnheard()
    case .overtaken: stage.overtaken()
    case .sameTime: stage.sameTime()
    case .recordedAndGone: stage.recordedAndGone()
    case .lateSteps: stage.lateSteps()
    case .anotherProcess: stage.anotherProcess()
    case .damagedWitness: stage.damagedWitness()
    case .brokenDestaging: stage.brokenDestaging()
    }
    random = stage.random
    return stage.events
  }
}

/// The events of a scene as they come together.
private struct Stage {
  private(set) var events: [Event] = []
  var random: SeededGenerator
  private let leader = 0
  private let witness: Int
  private let other: Int
  /// Steps of two that reconcile: a number and two promises, and the decision behind them.
  private let decided = 4

  init(_ random: inout SeededGenerator) {
    let isFirst = random.next() % 2 == 0
    self.random = random
    witness = isFirst ? 1 : 2
    other = isFirst ? 2 : 1
  }

  /// Two records, the plan, and the first beginning.
  private static let acted = 4

  private mutating func add(_ event: Event) { events.append(event) }
  private mutating func submit() { add(.submit(seed: random.next())) }
  private mutating func deliver(_ count: Int) {
    add(.deliver(seed: random.next(), count: count))
  }
  private mutating func attempt(_ members: Int...) {
    add(
      .attempt(members: members.reduce(0) { $0 | 1 << UInt64($1) }, seed: random.next()))
  }
  private mutating func advance(_ run: Int, _ steps: Int) { add(.advance(run: run, steps: steps)) }

  /// A request that the witness alone journals, and says so to nobody.
  private mutating func journalUnheard() {
    add(.cut(first: leader, second: other))
    submit()
    add(.cut(first: leader, second: witness))
    deliver(1)
  }

  /// A request that the leader and the witness journal, as it is acknowledged.
  private mutating func acknowledge(again: Bool = false) {
    add(.cut(first: leader, second: other))
    if again { add(.retry(seed: random.next())) } else { submit() }
    deliver(4)
  }

  mutating func failedUnheard() {
    journalUnheard()
    add(.expire(seed: random.next()))
    add(.heal)
    acknowledge(again: random.next() % 2 == 0)
    attempt(witness, other)
    advance(0, Int.random(in: 8...40, using: &random))
  }

  mutating func overtaken() {
    journalUnheard()
    add(.heal)
    attempt(witness, other)
    advance(0, decided)
    attempt(leader, other)
    advance(1, decided)
    advance(0, Self.acted)
    advance(1, Self.acted)
  }

  mutating func sameTime() {
    journalUnheard()
    add(.heal)
    attempt(witness, other)
    advance(0, 1)
    attempt(leader, other)
    advance(1, 1)
    advance(0, decided - 1)
    advance(1, decided - 1)
    advance(0, Self.acted)
    advance(1, Self.acted)
  }

  mutating func recordedAndGone() {
    journalUnheard()
    add(.heal)
    attempt(witness, other)
    advance(0, decided + 1)
    attempt(leader, other)
    advance(1, Int.random(in: decided...20, using: &random))
  }

  mutating func lateSteps() {
    let steps = 60
    submit()
    deliver(8)
    attempt(0, 1, 2)
    // A number, three promises, a decision, three records, the plan and three beginnings.
    advance(0, 12)
    attempt(0, 1, 2)
    advance(1, steps)
    for _ in 0..<3 { workAndDestage() }
    advance(0, Int.random(in: 1...3, using: &random))
    for _ in 0..<3 { workAndDestage() }
  }

  private mutating func workAndDestage() {
    submit()
    deliver(8)
    for replica in 0..<3 { add(.destage(replica: replica, count: 2)) }
  }

  mutating func anotherProcess() {
    journalUnheard()
    add(.heal)
    add(.expire(seed: random.next()))
    deliver(3)
    add(.kill(replica: leader))
    add(.start(replica: leader))
    add(.cut(first: leader, second: witness))
    submit()
    deliver(4)
    add(.heal)
    attempt(witness, other)
    advance(0, Int.random(in: 8...40, using: &random))
  }

  mutating func damagedWitness() {
    acknowledge()
    add(.heal)
    let damaged = random.next() % 2 == 0 ? leader : witness
    add(.rot(replica: damaged, seed: random.next()))
    attempt(damaged, other)
    advance(0, Int.random(in: 8...40, using: &random))
  }

  mutating func brokenDestaging() {
    for _ in 0..<8 {
      submit()
      deliver(8)
    }
    for _ in 0..<6 {
      let onBrick = random.next() % 2 == 0
      let after = Int.random(in: 0..<(onBrick ? 4 : 8), using: &random)
      add(.power(replica: leader, after: after, onBrick: onBrick, seed: random.next()))
      add(.destage(replica: leader, count: 1))
      add(.start(replica: leader))
    }
  }
}
