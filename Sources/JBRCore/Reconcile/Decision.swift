/// What is known of the replica set, beside its journals.
public struct DecisionInputs: Sendable {
  public var table: RequestTable
  public var rule: QuorumRule
  /// The replica that led, by its column; nil if it is not among the participants.
  public var leader: Int?

  public init(table: RequestTable, rule: QuorumRule, leader: Int?) {
    self.table = table
    self.rule = rule
    self.leader = leader
  }
}

/// A request's fate and the case of the table that gave it.
public struct DecidedRequest: Sendable {
  public var row: RequestRow
  public var reason: FateCase
  public var fate: Fate { reason.fate }
}

/// The fates of all requests, and the state that they lead to.
public struct Decision {
  public let inputs: DecisionInputs
  /// In (term, index) order.
  public private(set) var requests: [DecidedRequest] = []
  /// The outcome of all forward requests.
  public let fold: Fold
  /// The case by request.
  public let reasons: [RequestID: FateCase]
  /// The attempt that decided, with what it decides of each term; nil for fdl journals.
  public private(set) var attempt: Attempt?
  public private(set) var fates: [TermFates] = []
  /// Whose request a person chose where contents differ.
  public let preferred: String?
  /// The terms for which fewer vouch than must, with the columns of those that do; nothing unless
  /// a person wants it so.
  private(set) var shortTerms: [Term: Set<Int>] = [:]

  /// Decides every request of every term.
  ///
  /// - Throws: `refused` where fewer replicas vouch for a term than must.
  public init(
    _ inputs: DecisionInputs, _ choices: ManualChoices = ManualChoices()
  ) throws(Failure) {
    preferred = choices.preferred
    let preferred = inputs.table.replicas.firstIndex { $0.name == choices.preferred }
    let vouching = try Self.vouching(inputs, needed: choices.isUnsafe ? 1 : inputs.rule.needed)
    shortTerms = vouching.filter { $0.value.count < inputs.rule.needed }
    var inputs = inputs
    if let preferred { inputs.table.choose(Self.choices(inputs.table, preferred)) }
    self.inputs = inputs
    let table = inputs.table
    var undecided: [Int] = []
    for row in table.rows {
      var question = Self.question(row, inputs, vouching[row.id.term] ?? [])
      question.isPreferred = row.chosen != nil
      if question.failed == 0, !question.contentDiffers,
        Self.leaderLacks(row, inputs, vouching[row.id.term] ?? [])
      {
        undecided.append(requests.count)
      }
      requests.append(DecidedRequest(row: row, reason: decide(question)))
    }
    var forward = Self.foldRequests(requests, table, leavingOut: Set(undecided))
    let isKnown = table.beginsAtEmptyBrick
    for position in undecided {
      guard let item = Self.foldRequest(requests[position].row, table) else { continue }
      // Over what was there before nobody can say what comes out, but where nothing meets it.
      let harmless =
        isKnown
        ? Self.isHarmless(item, among: forward) : Self.isMetByNothing(position, requests, table)
      requests[position].reason = harmless ? .leaderLacksHarmless : .leaderLacksContradicted
      if harmless { forward.insert(item, at: forward.partition(behind: item.id)) }
    }
    fold = Fold(forward)
    reasons = Dictionary(uniqueKeysWithValues: requests.map { ($0.row.id, $0.reason) })
  }

  /// Takes the fates that an attempt gives, and of terms that were decided before those that were
  /// recorded.
  ///
  /// - Throws: where too few vouch for a term, or something that happened is damaged everywhere.
  public init(_ inputs: DecisionInputs, attempt: Attempt) throws(AttemptRefusal) {
    try attempt.requireSettled()
    self.attempt = attempt
    preferred = attempt.preferred
    self.fates = try attempt.fates()
    let fates = Dictionary(uniqueKeysWithValues: self.fates.map { ($0.term, $0) })
    var inputs = inputs
    inputs.table.choose(Self.chosen(inputs.table, among: fates, attempt))
    self.inputs = inputs
    shortTerms = attempt.shortTerms(inputs.table.replicas.map(\.name), self.fates)
    for term in inputs.table.allTerms {
      let settled = attempt.settled(term).map { Set($0.table.digests.keys) }
      for row in inputs.table.rows(of: term) {
        let reason =
          fates[term]?.reason(of: row.id) ?? settled.map {
            $0.contains(row.id) ? .recordedForward : .recordedVoid
          } ?? row.reasonByStates
        requests.append(DecidedRequest(row: row, reason: reason))
      }
    }
    fold = Fold(Self.foldRequests(requests, inputs.table, leavingOut: []))
    reasons = Dictionary(uniqueKeysWithValues: requests.map { ($0.row.id, $0.reason) })
  }

  /// Which replicas vouch for each term.
  private static func vouching(
    _ inputs: DecisionInputs, needed: Int
  ) throws(Failure) -> [Term: Set<Int>] {
    var found: [Term: Set<Int>] = [:]
    let table = inputs.table
    for term in table.allTerms {
      let replicas = table.replicas.indices.filter {
        table.vouches($0, for: term, isLeader: $0 == inputs.leader)
      }
      guard replicas.count >= needed else {
        let names = replicas.map { table.replicas[$0].name }.joined(separator: ", ")
        throw Failure(
          .refused,
          """
          term \(term) needs \(needed) replicas that vouch for it, and \
          \(replicas.count) do\(replicas.isEmpty ? "" : " (\(names))"): bring more replicas
          """)
      }
      found[term] = Set(replicas)
    }
    return found
  }

  private static func question(
    _ row: RequestRow, _ inputs: DecisionInputs, _ vouching: Set<Int>
  ) -> FateQuestion {
    let failed = row.cells.filter(\.failed).count
    let holders = row.cells.indices.filter {
      vouching.contains($0) && row.cells[$0].record != nil && !row.cells[$0].failed
    }.count
    // FDL applies as it journals, so that whoever holds a request has begun to apply it.
    let applied = row.cells.filter { $0.record != nil && !$0.failed }.count
    return FateQuestion(
      replicas: inputs.rule.replicas, quorum: inputs.rule.quorum, holders: holders,
      failed: failed, applied: applied, vouching: vouching.count,
      contentDiffers: row.isConflict)
  }

  /// Whether the leader never took the request: it vouches for the term, lacks the request and
  /// holds a later one of the same term.
  private static func leaderLacks(
    _ row: RequestRow, _ inputs: DecisionInputs, _ vouching: Set<Int>
  ) -> Bool {
    guard let leader = inputs.leader, vouching.contains(leader) else { return false }
    guard row.cells[leader].record == nil else { return false }
    return inputs.table.highestIndex(leader, of: row.id.term).map { $0 > row.id.index } ?? false
  }

  private static func foldRequests(
    _ requests: [DecidedRequest], _ table: RequestTable, leavingOut: Set<Int>
  ) -> [FoldRequest] {
    requests.indices.compactMap { position in
      guard !leavingOut.contains(position), requests[position].fate == .forward else { return nil }
      return foldRequest(requests[position].row, table)
    }
  }

  private static func foldRequest(_ row: RequestRow, _ table: RequestTable) -> FoldRequest? {
    table.record(of: row).map { _, record in
      FoldRequest(id: row.id, request: record.request, payload: record.payload)
    }
  }

  /// Whether every later request has the same result with and without one more.
  private static func isHarmless(_ item: FoldRequest, among forward: [FoldRequest]) -> Bool {
    let later = forward.filter { $0.id > item.id }
    // What nothing later meets changes no later result.
    let own = item.request.footprint
    guard later.contains(where: { $0.request.footprint.meets(own) }) else { return true }
    var all = forward
    all.insert(item, at: forward.partition(behind: item.id))
    let (with, without) = (Fold(all), Fold(forward))
    var refusals = with.refusals
    refusals[item.id] = nil
    guard refusals == without.refusals else { return false }
    let keys = Set(item.request.xattrKeys)
    return later.allSatisfy { other in
      // A create may open what stands there, and a sum is an answer too.
      let readsSum =
        other.request.isSum && other.request.target == item.request.target
        && !keys.isDisjoint(with: other.request.xattrKeys)
      return with.made(other.request) == without.made(other.request) && !readsSum
    }
  }

  /// How many requests happened, those included that are alike everywhere and not listed.
  public var forwardCount: Int {
    requests(.forward).count + fates.reduce(0) { $0 + Int(clamping: $1.uniform.count) }
  }

  /// Whether no later forward request depends on anything that one request changes.
  private static func isMetByNothing(
    _ position: Int, _ requests: [DecidedRequest], _ table: RequestTable
  ) -> Bool {
    let items = requests.map { Footprint.Item($0, table) }
    // Without bricks to look at nothing can fail.
    guard let footprint = try? Footprint(items, bricks: []) else { return false }
    let groups = Set(footprint.groupsOfItem[position])
    let made = items[position].requests.compactMap(\.requestedGFID)
    return !requests.indices.contains { other in
      guard other > position, requests[other].fate == .forward else { return false }
      return !groups.isDisjoint(with: footprint.groupsOfItem[other])
        || items[other].requests.contains { request in
          made.contains { gfid in
            request.touched.objects.contains(gfid)
              || request.touched.names.contains { $0.parent == gfid }
          }
        }
    }
  }

  /// The requests of one fate.
  public func requests(_ fate: Fate) -> [DecidedRequest] {
    requests.filter { $0.fate == fate }
  }
}

extension RequestRow {
  /// What a request's states say of one whose term was decided without a record that is left, as
  /// a term that was retired by hand.
  fileprivate var reasonByStates: FateCase {
    if cells.contains(where: \.failed) { return .rolledBack }
    return cells.contains { $0.journaledState == .committed } ? .agreed : .tooFew
  }
}

extension [FoldRequest] {
  /// Where a request with this name belongs.
  fileprivate func partition(behind id: RequestID) -> Int {
    firstIndex { $0.id > id } ?? count
  }
}

extension Fold {
  /// Whether a request's object was made, by this request or another one that asked for it.
  fileprivate func made(_ request: Request) -> Bool {
    guard let gfid = request.requestedGFID else { return false }
    return model.objects[gfid]?.maker != nil || model.removed[gfid] != nil
  }
}
