import Histories
import JBRCore

/// Draws what happens next, so that histories come to something: requests where there is a leader,
/// and attempts where there is none.
struct EventDrawing {
  private var random: SeededGenerator
  private let replicas: Int
  let count: Int
  private let mayLose: Bool
  private let mayRot: Bool
  private let mayPrune: Bool
  private var lossesLeft = 1
  /// What comes first, the next one last.
  private var stage: [Event] = []

  init(seed: UInt64, _ rule: QuorumRule) {
    random = SeededGenerator(seed: seed)
    replicas = rule.replicas
    let kind = Int.random(in: 0..<20, using: &random)
    mayLose = kind < 3
    mayRot = 3..<6 ~= kind
    mayPrune = kind == 6
    let drawn = Int.random(in: 25...70, using: &random)
    let scene = Scene.allCases.filter { $0.suits(rule) }.randomElement(using: &random)
    if let scene, Int.random(in: 0..<100, using: &random) < Self.scenePercent {
      stage = scene.events(&random).reversed()
    }
    count = stage.count + drawn
    if stage.contains(where: { if case .rot = $0 { true } else { false } }) { lossesLeft = 0 }
  }

  /// How many histories begin with a scene, of those that can.
  private static let scenePercent = 40

  private mutating func replica() -> Int { Int.random(in: 0..<replicas, using: &random) }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  mutating func next(_ world: World) -> Event {
    if let next = stage.popLast() { return next }
    let isOpen = world.runs.contains { !$0.isOver }
    let isLed = !world.leaders.isEmpty
    if isOpen, chance(14) { return .meddle(replica: replica(), seed: random.next()) }
    if mayPrune, chance(10) { return .prune(replica: replica()) }
    // Whoever is down comes back at some time, and whoever reconciles goes on.
    if world.replicas.contains(where: { !$0.isUp }), chance(12) { return start(world) }
    if isOpen, chance(isLed ? 25 : 60) {
      let run = Int.random(in: 0..<4, using: &random)
      return .advance(run: run, steps: Int.random(in: 1...16, using: &random))
    }
    let openCount = world.runs.count { !$0.isOver }
    if chance(isLed ? 5 : 50), openCount < (isLed ? 2 : 3) {
      return .attempt(members: members(world), seed: random.next())
    }
    return chance(80) ? work() : trouble()
  }

  private mutating func start(_ world: World) -> Event {
    let down = world.replicas.filter { !$0.isUp }.map(\.number)
    return .start(replica: down.randomElement(using: &random) ?? 0)
  }

  /// Nearly always enough replicas that are up.
  private mutating func members(_ world: World) -> UInt64 {
    let up = world.replicas.filter(\.isUp).map(\.number).shuffled(using: &random)
    let few = world.rule.replicas - world.rule.quorum + 1
    let needed = min(chance(80) ? world.rule.needed : few, up.count)
    let taken = Int.random(in: needed...max(needed, up.count), using: &random)
    return up.prefix(taken).reduce(0) { $0 | 1 << UInt64($1) }
  }

  private mutating func work() -> Event {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<32: .submit(seed: random.next())
    case 32..<66: .deliver(seed: random.next(), count: Int.random(in: 1...10, using: &random))
    case 66..<80: .destage(replica: replica(), count: Int.random(in: 1...6, using: &random))
    case 80..<85: .expire(seed: random.next())
    case 85..<88: .resend
    case 88..<97: .retry(seed: random.next())
    default: .read(seed: random.next())
    }
  }

  private mutating func trouble() -> Event {
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<6:
      return .power(
        replica: replica(), after: Int.random(in: 0..<12, using: &random),
        onBrick: chance(30), seed: random.next())
    case 6..<8: return .kill(replica: replica())
    case 8..<11: return .cut(first: replica(), second: replica())
    case 11..<13: return .heal
    case 13: return .start(replica: replica())
    case 14..<17 where lossesLeft > 0 && (mayLose || mayRot):
      lossesLeft -= 1
      return mayLose
        ? .loseDisk(replica: replica()) : .rot(replica: replica(), seed: random.next())
    default: return .submit(seed: random.next())
    }
  }
}
