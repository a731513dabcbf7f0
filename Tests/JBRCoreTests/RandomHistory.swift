import Foundation
import Histories

@testable import JBRCore

/// What goes wrong in a history, each in percent of the requests.
struct HistoryOptions {
  var requests = 30
  /// Requests that the leader failed, and that a follower applied.
  var void = 12
  /// Of these, rollbacks that reached nobody.
  var lostRollbacks = 0
  /// How often a follower goes away or comes back.
  var away = 6
  /// Indices that no record has: opens, which JBR numbers too.
  var gaps = 5
  /// Requests before all journals.
  var prior = 0
}

/// What three replicas executed, each in its own order; the first one leads.
struct RandomHistory {
  static let leader = 0
  /// For each replica, what its journal holds.
  private(set) var logs: [[Change]] = [[], [], []]
  /// What all bricks executed before there were journals.
  private(set) var prior: [Change] = []
  /// The requests that the leader took.
  private(set) var taken: [Change] = []

  init(seed: UInt64, _ options: HistoryOptions) {
    var generator = ChangeGenerator(seed: seed)
    let brick = ModelBrick.empty()
    var index: UInt64 = 0
    if options.prior > 0 {
      // Nothing at hand makes this one, so that something always shows an older tree.
      let old = EntryName(parent: .root, name: ByteView("old".utf8))
      brick.writer = RequestID(term: Term(0), index: 1)
      let change = Change(
        request: RequestMaker(index: 0).mkdir(GFID(high: 1, low: 0x77), at: old, mode: 0o755))
      change.apply(to: brick)
      prior.append(change)
    }
    for _ in 0..<options.prior {
      let change = generator.change(brick, index: 0)
      brick.writer = RequestID(term: Term(0), index: 1)
      change.apply(to: brick)
      prior.append(change)
    }
    var isAway = [false, false, false]
    // Rollbacks on their way: to whom, and behind how many further records.
    var rollbacks: [(replica: Int, delay: Int, Change)] = []
    for number in 0..<options.requests {
      index += generator.chance(options.gaps) ? 2 : 1
      for follower in 1...2 where number > 0 && generator.chance(options.away) {
        isAway[follower].toggle()
      }
      brick.writer = RequestID(term: Term(1), index: index)
      let change = generator.change(brick, index: index)
      deliver(&rollbacks)
      // All begin together, so that all vouch for the reign.
      guard number > 0, generator.chance(options.void) else {
        change.apply(to: brick)
        taken.append(change)
        for replica in 0...2 where !isAway[replica] { logs[replica].append(change) }
        continue
      }
      let rollback = Change(request: RequestMaker(index: index).rollback(of: change.request.fop))
      let isLost = generator.chance(options.lostRollbacks)
      for follower in 1...2 where !isAway[follower] && generator.chance(70) {
        logs[follower].append(change)
        if isLost || generator.chance(20) { continue }
        let delay = generator.chance(60) ? 0 : Int.random(in: 1...4, using: &generator.random)
        rollbacks.append((follower, delay, rollback))
      }
      if !isLost { rollbacks.append((Self.leader, 0, rollback)) }
    }
    while !rollbacks.isEmpty { deliver(&rollbacks) }
  }

  /// Gives a replica other bytes in the first or last of its writes; whether it has one.
  mutating func changeWrite(on replica: Int, last: Bool = false) -> Bool {
    let writes = logs[replica].indices.filter { !logs[replica][$0].bytes.isEmpty }
    guard let position = last ? writes.last : writes.first, writes.count > 1 else { return false }
    logs[replica][position].bytes[0] ^= 0x55
    return true
  }

  private mutating func deliver(_ rollbacks: inout [(replica: Int, delay: Int, Change)]) {
    for (replica, delay, change) in rollbacks where delay == 0 { logs[replica].append(change) }
    rollbacks = rollbacks.filter { $0.delay > 0 }.map { ($0.replica, $0.delay - 1, $0.2) }
  }

  /// Whether every replica that holds anything holds a request that another one holds too.
  var isConnected: Bool {
    let indices = logs.map { log in
      Set(log.filter { $0.request.fop != .ipc }.compactMap(\.request.journaledIndex))
    }
    return indices.indices.allSatisfy { replica in
      indices[replica].isEmpty
        || indices.indices.contains {
          $0 != replica && !indices[$0].isDisjoint(with: indices[replica])
        }
    }
  }

  /// What a replica's journal holds under a name.
  func change(_ id: RequestID, replica: Int) -> Change? {
    logs[replica].first { $0.request.journaledIndex == id.index && $0.request.fop != .ipc }
  }

  /// Does to a brick what was done before there were journals.
  func buildPrior(_ brick: any BrickStore) {
    for change in prior {
      (brick as? ModelBrick)?.writer = RequestID(term: Term(0), index: 1)
      change.apply(to: brick)
    }
  }

  /// Does to a brick what a replica did.
  func build(_ brick: any BrickStore, replica: Int) {
    buildPrior(brick)
    for change in logs[replica] {
      let index = change.request.journaledIndex ?? 0
      (brick as? ModelBrick)?.writer = RequestID(term: Term(1), index: index)
      change.apply(to: brick)
    }
  }

  func model(replica: Int) -> ModelBrick {
    let brick = ModelBrick.empty()
    build(brick, replica: replica)
    return brick
  }

  /// A replica's journal, written and read.
  func journal(replica: Int) throws -> ReplicaJournal {
    let files = JournalFiles(
      path: "r\(replica)",
      pairs: [
        JournalPair(
          run: 1, fileNumber: 1,
          meta: MemoryByteSource(
            logs[replica].flatMap(\.request.encoded), path: "r\(replica)-meta"),
          data: data(replica: replica), isLast: true)
      ])
    return try ReplicaJournal(name: "r\(replica)", files: files)
  }

  /// The data file of a journal.
  func data(replica: Int) -> MemoryByteSource {
    MemoryByteSource(logs[replica].flatMap(\.bytes), path: "r\(replica)-data")
  }

  /// The journal's data file by its path.
  func source(_ path: String) -> any ByteSource {
    for replica in 0...2 where path == "r\(replica)-data" { return data(replica: replica) }
    return PathSource(path)
  }

  /// The fates, with the replicas in another order if one is given.
  func decision(_ order: [Int] = [0, 1, 2]) throws -> Decision {
    let table = try RequestTable(order.map { try journal(replica: $0) })
    return try Decision(
      DecisionInputs(
        table: table, rule: QuorumRule(replicas: 3, percent: 51),
        leader: order.firstIndex(of: Self.leader)))
  }

  /// The tree that all replicas shall have: what is forward, executed once each and in order on
  /// an empty brick. Not the plan's own fold, but a brick that executes.
  func wanted(_ decision: Decision) -> ModelBrick {
    let brick = ModelBrick.empty()
    execute(decision, on: brick)
    return brick
  }

  /// The same on any empty brick.
  func execute(_ decision: Decision, on brick: any BrickStore) {
    buildPrior(brick)
    let byIndex = Dictionary(
      logs.joined().filter { $0.request.fop != .ipc }.map { ($0.request.journaledIndex ?? 0, $0) },
      uniquingKeysWith: { first, _ in first })
    for decided in decision.requests(.forward) {
      (brick as? ModelBrick)?.writer = decided.row.id
      byIndex[decided.row.id.index]?.apply(to: brick)
    }
  }
}

/// Progress of an application in memory, which survives what kills it.
final class MemoryProgress: ApplyProgress {
  private(set) var announced = 0
  private(set) var isFinished = false
  func started() -> Int { isFinished ? .max : announced }
  func start(upTo number: Int) {
    announced = number
    isFinished = false
  }
  func finish() { isFinished = true }
}

/// The number of seeds to try: `JBR_SEEDS` times as many as usual.
func seeds(_ usual: UInt64) -> Range<UInt64> {
  let factor = ProcessInfo.processInfo.environment["JBR_SEEDS"].flatMap { UInt64($0) } ?? 1
  return 0..<usual * factor
}
