import Histories
import Testing

@testable import JBRCore

private let request = RequestID(term: Term(1), index: 1)
private let one = Digest(of: [1])
private let two = Digest(of: [2])

/// What a replica shows of a request.
private enum Shown: CaseIterable {
  case nothing, one, two, oneDamaged, twoDamaged, failed, copyOfOne, oneWithCopyOfTwo

  var view: TermView {
    var view = TermView(standing: .whole)
    switch self {
    case .nothing: break
    case .one: view.held[request] = HeldRequest(digest: JBRCoreTests.one)
    case .two: view.held[request] = HeldRequest(digest: JBRCoreTests.two)
    case .oneDamaged:
      view.held[request] = HeldRequest(digest: JBRCoreTests.one, isReadable: false)
    case .twoDamaged:
      view.held[request] = HeldRequest(digest: JBRCoreTests.two, isReadable: false)
    case .failed: view.failed = [request]
    case .copyOfOne: view.held[request] = HeldRequest(digest: JBRCoreTests.one, isCopy: true)
    case .oneWithCopyOfTwo:
      view.held[request] = HeldRequest(digest: JBRCoreTests.one)
      view.copies[request] = [JBRCoreTests.two]
    }
    return view
  }

  /// What the replica itself journaled.
  var own: Digest? {
    switch self {
    case .one, .oneDamaged, .oneWithCopyOfTwo: JBRCoreTests.one
    case .two, .twoDamaged: JBRCoreTests.two
    case .nothing, .failed, .copyOfOne: nil
    }
  }

  func hasReadable(_ digest: Digest) -> Bool { view.hasContent(request, digest) }
}

@Suite("Contents that differ, and a person's choice")
struct PreferenceTests {
  private func everyWorld(_ body: ([Shown]) throws -> Void) rethrows {
    for first in Shown.allCases {
      for second in Shown.allCases {
        for third in Shown.allCases { try body([first, second, third]) }
      }
    }
  }

  @Test(arguments: [50, 100]) func aChoiceSettlesConflictsOfContentAndNothingElse(percent: Int)
    throws
  {
    let rule = QuorumRule(replicas: 3, percent: percent)
    var settled = 0
    try everyWorld { world in
      let views = world.map(\.view)
      let plain = try TermFates(Term(1), views: views, rule: rule)
      for preferred in 0..<3 {
        let chosen = try TermFates(Term(1), views: views, rule: rule, preferred: preferred)
        let before = plain.reason(of: request)
        let after = chosen.reason(of: request)
        guard before == .contentConflict else {
          #expect(after == before && chosen.table == plain.table, "\(world) \(preferred)")
          continue
        }
        let wanted = world[preferred].own
        let isThere = wanted.map { digest in world.contains { $0.hasReadable(digest) } } ?? false
        #expect(after == (isThere ? .preferred : .contentConflict), "\(world) \(preferred)")
        guard isThere else { continue }
        settled += 1
        #expect(chosen.conflicts.isEmpty)
        #expect(chosen.table.forward.map(\.digest) == [wanted], "\(world) \(preferred)")
      }
    }
    #expect(settled > 100)
  }

  /// A record stands, whoever is preferred later.
  @Test func noChoiceReversesARecord() throws {
    let rule = QuorumRule(replicas: 3, percent: 50)
    try everyWorld { world in
      var views = world.map(\.view)
      let table = DecisionRecord.Table(
        term: Term(1), forward: [DecisionRecord.Forward(request, HeldRequest(digest: one))])
      views[0].record = RecordedTable(attempt: Term(2), table: table)
      for preferred in 0..<3 {
        let fates = try TermFates(Term(1), views: views, rule: rule, preferred: preferred)
        let isThere = world.contains { $0.hasReadable(one) }
        #expect(
          fates.reason(of: request) == (isThere ? .recordedForward : .recordedWithoutContent))
        #expect(fates.table == table)
      }
    }
  }

  /// A damaged request was held here all the same, also once an attempt that died brought a copy.
  @Test func aCopyDoesNotHideWhatIsDamaged() throws {
    let rule = QuorumRule(replicas: 3, percent: 50)
    var damaged = Shown.oneDamaged.view
    damaged.copies[request] = [one]
    // The third replica, which held it too, is away.
    let fates = try TermFates(Term(1), views: [damaged, Shown.nothing.view], rule: rule)
    #expect(fates.reason(of: request) == .quorumPossible)
  }
}
