import Histories
import Testing

@testable import JBRCore

/// A brick as facts that are compared one by one, by the tests' own code.
func facts(_ brick: any BrickStore, timed: Set<GFID>) throws -> [String: String] {
  var found: [String: String] = [:]
  var pending: [GFID] = [.root]
  var seen: Set<GFID> = []
  while let gfid = pending.popLast() {
    guard seen.insert(gfid).inserted, let status = try brick.status(gfid) else { continue }
    found["\(gfid) type"] = status.type.rawValue
    found["\(gfid) mode"] = String(status.mode, radix: 8)
    found["\(gfid) owner"] = "\(status.uid):\(status.gid)"
    if timed.contains(gfid) { found["\(gfid) mtime"] = "\(status.mtime)" }
    for (key, value) in try brick.xattrs(gfid) {
      found["\(gfid) \(String(decoding: key, as: UTF8.self))"] = "\(value.map { $0 })"
    }
    switch status.type {
    case .file:
      found["\(gfid) size"] = "\(status.size)"
      for (index, byte) in try brick.read(gfid, at: 0, count: Int(status.size)).enumerated() {
        found["\(gfid) byte \(index)"] = "\(byte)"
      }
    case .directory:
      for (name, entry) in try brick.list(gfid) {
        let child = entry.gfid?.description ?? "foreign"
        found["\(gfid)/\(String(decoding: name, as: UTF8.self))"] = child
        if let gfid = entry.gfid { pending.append(gfid) }
      }
    default: break
    }
  }
  return found
}

@Suite("Reconciling what does not begin at an empty brick")
struct BaseTests {
  static func history(_ seed: UInt64, prior: Int = 20) -> RandomHistory? {
    let kinds = ReconciliationTests.kinds
    var options = kinds[Int(seed % UInt64(kinds.count))]
    options.prior = prior
    let history = RandomHistory(seed: seed, options)
    return history.isConnected ? history : nil
  }

  /// Whether journals or bricks show that something was there before.
  private func showsOlder(_ made: Reconciliation, _ given: Set<Int>) throws -> Bool {
    let table = made.decision.inputs.table
    let bricks = given.sorted().map { made.before[$0] }
    return try !table.beginsAtEmptyBrick || table.isYounger(than: bricks)
  }

  /// Applies the plan, and compares what it changed with what the forward requests make of the older
  /// tree. Where the plan has no conflict, all must be so; where it has, all that changed.
  private func check(
    _ made: Reconciliation, _ seed: UInt64, given: Set<Int> = [0, 1, 2],
    again: ([any BrickStore]) throws -> Plan
  ) throws {
    // Neither journals nor bricks show that anything was there before, but for the root.
    guard try showsOlder(made, given) else { return }
    let bricks = made.copies()
    do { try made.apply(made.plan.steps, to: bricks) } catch {
      Issue.record("seed \(seed): \(error)\n\(made.text)")
      return
    }
    let wanted = made.history.wanted(made.decision)
    let right = try facts(wanted, timed: made.timed)
    for column in given.sorted() {
      let before = try facts(made.before[column], timed: made.timed)
      let after = try facts(bricks[column], timed: made.timed)
      let keys = Set(before.keys).union(after.keys).union(right.keys)
      let wrong = keys.filter { key in
        after[key] != right[key] && (!made.plan.hasConflicts || after[key] != before[key])
          // Without its name an object has no facts, and with it all.
          && !(made.plan.hasConflicts && (before[key] == nil || after[key] == nil))
      }
      guard wrong.isEmpty else {
        let lines = wrong.sorted().prefix(8).map { key in
          "\(key): \(before[key] ?? "-") → \(after[key] ?? "-"), not \(right[key] ?? "-")"
        }
        Issue.record(
          """
          seed \(seed) r\(column): \(lines.joined(separator: "\n"))
          \(made.plan.findings.map { "\($0)" }.joined(separator: "\n"))
          \(made.text)
          """)
        return
      }
    }
    if !made.plan.hasConflicts {
      #expect(try again(bricks).steps == [], "seed \(seed)\n\(made.text)")
    }
  }

  @Test(arguments: seeds(300))
  func olderTreesComeOutAsTheForwardRequestsLeaveThem(seed: UInt64) throws {
    guard let history = Self.history(seed) else { return }
    let made = try Reconciliation(history)
    try check(made, seed) { try Reconciliation(history, bricks: $0).plan }
  }

  /// Journals alone show nothing of what was there before; with the followers' bricks something
  /// is known, if less than with all.
  @Test(arguments: seeds(80), [[1, 2], [0, 2], [1]] as [Set<Int>])
  func whatFewerBricksShowIsNeverWrong(seed: UInt64, given: Set<Int>) throws {
    guard let history = Self.history(seed) else { return }
    let bricks = (0...2).map { history.model(replica: $0) }
    let made = try Reconciliation(history, bricks: bricks, given: given)
    guard try showsOlder(made, given) else { return }
    #expect(made.plan.steps.allSatisfy { given.contains(Int($0.replica.dropFirst()) ?? -1) })
    #expect(made.plan.findings.filter { $0.kind == .noBrick }.count == 3 - given.count)
    try check(made, seed, given: given) {
      try Reconciliation(history, bricks: $0, given: given).plan
    }
  }

  /// As on jbr journals: each brick has what its replica destaged, and perhaps some more.
  @Test(arguments: seeds(200))
  func bricksThatAreBehindTheirJournalsComeOutRight(seed: UInt64) throws {
    guard let history = Self.history(seed) else { return }
    let decision = try history.decision()
    var random = SeededGenerator(seed: seed)
    var states: [RequestID: [RequestCell.Application]] = [:]
    var bricks: [ModelBrick] = []
    for column in 0...2 {
      let brick = ModelBrick.empty()
      history.buildPrior(brick)
      let held = decision.requests(.forward).filter { $0.row.cells[column].record != nil }
      let done = Int.random(in: 0...held.count, using: &random)
      let begun = min(held.count, done + Int.random(in: 0...3, using: &random))
      for (position, decided) in held.enumerated() {
        var state = RequestCell.Application.never
        if position < done { state = .applied } else if position < begun { state = .maybe }
        states[decided.row.id, default: [.never, .never, .never]][column] = state
        guard state == .applied || state == .maybe && Bool.random(using: &random) else { continue }
        brick.writer = decided.row.id
        history.change(decided.row.id, replica: column)?.apply(to: brick)
      }
      bricks.append(brick)
    }
    let made = try Reconciliation(history, bricks: bricks) { row, column in
      states[row.id]?[column] ?? .never
    }
    try check(made, seed) { bricks in
      // What was applied is known from then on.
      try Reconciliation(history, bricks: bricks) { row, _ in
        made.decision.reasons[row.id]?.fate == .forward ? .applied : .never
      }.plan
    }
  }

  /// What is left out above where a plan has conflicts must stay the smaller part.
  @Test func mostHistoriesAreSettled() throws {
    var settled = 0
    var conflicts = 0
    for seed in 0..<UInt64(120) {
      guard let history = Self.history(seed) else { continue }
      let made = try Reconciliation(history)
      guard try showsOlder(made, [0, 1, 2]) else { continue }
      if made.plan.hasConflicts { conflicts += 1 } else { settled += 1 }
    }
    #expect(settled > 6 * conflicts, "\(settled) settled, \(conflicts) conflicts")
    #expect(settled + conflicts > 60, "\(settled) settled, \(conflicts) conflicts")
  }
}
