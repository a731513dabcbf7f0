/// The fates of one term's requests: adopted from the highest earlier record, or decided afresh.
public struct TermFates: Sendable {
  public let term: Term
  /// The attempt whose record was adopted; nil where the term was decided afresh.
  public private(set) var adopted: Term?
  /// Every request that any participant knows, and the case that decides it.
  public private(set) var cases: [RequestID: FateCase] = [:]
  /// What is recorded. Requests of conflicts are not in it: with one, nothing may be recorded.
  public private(set) var table: DecisionRecord.Table

  /// Requests that happened and are in the table's digest alone.
  let uniform: UniformRequests

  /// How many requests happened.
  public var forwardCount: Int { table.forward.count + Int(clamping: uniform.count) }

  /// Decides a term from what all participants say of it, in any order.
  ///
  /// `uniform`: requests that all hold alike and have applied, of which the views leave out most.
  /// - Throws: `recordsDisagree` where one attempt recorded two tables, which nothing here does.
  ///
  /// `preferred`: the view whose request counts where contents differ; a person's choice.
  init(
    _ term: Term, views: [TermView], rule: QuorumRule, preferred: Int? = nil,
    uniform: UniformRequests = .init()
  ) throws(AttemptRefusal) {
    self.term = term
    self.uniform = uniform
    table = DecisionRecord.Table(term: term, forward: [])
    // The whole table of the highest attempt binds, also if one participant alone has it: what
    // that attempt went on to do is not known (finding 3).
    let records = views.filter(\.standing.vouches).compactMap(\.record)
    let highest = records.max { $0.attempt < $1.attempt }
    if let highest {
      guard records.allSatisfy({ $0.attempt < highest.attempt || $0.table == highest.table })
      else { throw .recordsDisagree(term, attempt: highest.attempt) }
      adopted = highest.attempt
      table = highest.table
    }
    let recorded = highest.map { $0.table.digests }
    let choice = preferred.map { views[$0].held.filter { !$0.value.isCopy } } ?? [:]
    for id in Self.known(term, views, but: uniform.indices).union(
      recorded.map { Set($0.keys) } ?? [])
    {
      var question = Self.question(id, views, rule, recorded)
      question.isPreferred =
        choice[id].map { one in views.contains { $0.hasContent(id, one.digest) } } ?? false
      cases[id] = decide(question)
    }
    guard highest == nil else { return }
    let forward = cases.filter { $0.value.fate == .forward }.keys.sorted()
    table = DecisionRecord.Table(
      term: term,
      forward: forward.compactMap { id in
        let isChosen = cases[id] == .preferred
        return isChosen
          ? choice[id].map { DecisionRecord.Forward(id, $0) } : Self.forward(id, views)
      })
    table.digest.add(uniform.digest)
  }

  /// The case of any request of the term, also of one that no participant knows.
  public func reason(of id: RequestID) -> FateCase {
    cases[id] ?? (adopted == nil ? .neverSeen : .recordedVoid)
  }

  /// What no rule may choose, in order.
  public var conflicts: [RequestID] {
    cases.filter { $0.value.fate == .conflict }.keys.sorted()
  }

  /// All requests of which any participant knows anything.
  private static func known(
    _ term: Term, _ views: [TermView], but uniform: AgreedRanges
  ) -> Set<RequestID> {
    var found: Set<RequestID> = []
    for view in views { found.formUnion(view.held.keys) }
    let end = found.lazy.map(\.index).max() ?? 0
    for view in views {
      found.formUnion(view.failed.subs)
      found.formUnion(view.agreed.subs)
      // What had its quorum and is held by nobody is a conflict, and no void: it must be seen.
      for ranges in [view.failed.indices.ranges, view.agreed.indices.ranges] {
        for range in ranges {
          let last = min(range.upperBound, max(end, range.lowerBound) &+ unheldCountMax)
          guard last >= range.lowerBound else { continue }
          for part in [range.lowerBound...last].subtracting(uniform.ranges) {
            for index in part { found.insert(RequestID(term: term, index: index)) }
          }
        }
      }
    }
    return found
  }

  /// How many requests behind the last one that anybody holds are named one by one.
  private static let unheldCountMax: UInt64 = 1000

  private static func question(
    _ id: RequestID, _ views: [TermView], _ rule: QuorumRule, _ recorded: [RequestID: Digest]?
  ) -> FateQuestion {
    let vouching = views.filter(\.standing.vouches)
    // A copy is no holder (finding 10), and what is invalid here was given up here.
    let holders = vouching.compactMap { view in
      view.failed.contains(id) ? nil : view.held[id].flatMap { $0.isCopy ? nil : $0 }
    }
    var question = FateQuestion(
      replicas: rule.replicas, quorum: rule.quorum, holders: holders.count,
      damagedHolders: holders.count { !$0.isReadable },
      failed: views.count { $0.failed.contains(id) }, applied: 0, vouching: vouching.count,
      contentDiffers: Set(views.compactMap { $0.held[id]?.digest }).count > 1)
    question.agreed = views.count { $0.agreed.contains(id) }
    let wanted = recorded?[id]
    question.recorded = recorded.map { _ in wanted == nil ? .void : .forward }
    question.readableCopies = views.count { view in
      wanted.map { view.hasContent(id, $0) } ?? view.hasReadable(id)
    }
    return question
  }

  /// A request as a record lists it, with its client, so that a retry is answered (finding 14).
  private static func forward(
    _ id: RequestID, _ views: [TermView]
  ) -> DecisionRecord.Forward? {
    let copies = views.compactMap { $0.held[id] }
    return copies.first { $0.client != .null }.map { DecisionRecord.Forward(id, $0) }
      ?? copies.first.map { DecisionRecord.Forward(id, $0) }
  }
}

extension DecisionRecord.Forward {
  init(_ id: RequestID, _ held: HeldRequest) {
    self.init(index: id.index, sub: id.sub, digest: held.digest, client: held.client)
  }
}

extension DecisionRecord.Table {
  /// The content of each request that it lists.
  package var digests: [RequestID: Digest] {
    Dictionary(
      forward.map { (RequestID(term: term, index: $0.index, sub: $0.sub), $0.digest) },
      uniquingKeysWith: { first, _ in first })
  }
}
