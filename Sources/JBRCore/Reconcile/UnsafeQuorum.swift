/// Terms of which fewer replicas vouch than must, which only a person may have decided.
extension Attempt {
  /// Such terms, with the columns of the replicas that vouch for them.
  func shortTerms(_ names: [String], _ fates: [TermFates]) -> [Term: Set<Int>] {
    var found: [Term: Set<Int>] = [:]
    guard needed < rule.needed else { return found }
    for term in fates.map(\.term) {
      let vouching = promises.filter { $0.view(of: term).standing.vouches }.map(\.replica)
      guard vouching.count < rule.needed else { continue }
      found[term] = Set(names.indices.filter { vouching.contains(names[$0]) })
    }
    let elsewhere = promises.filter(\.standingElsewhere.vouches).map(\.replica)
    if elsewhere.count < rule.needed {
      // Terms of which no journal here knows anything are closed as well.
      let last = Term(number.rawValue - 1)
      let columns = Set(names.indices.filter { elsewhere.contains(names[$0]) })
      found[last] = found[last] ?? columns
    }
    return found
  }
}

extension Decision {
  /// What may be lost, term by term: one finding for each replica that may hold more.
  var unsafeFindings: [PlanFinding] {
    let names = inputs.table.replicas.map(\.name)
    let away = inputs.rule.replicas - names.count
    return shortTerms.sorted { $0.key < $1.key }.flatMap { term, vouching in
      let quorum = "\(vouching.count) of the \(inputs.rule.needed) that must vouch for it do"
      var found = names.indices.filter { !vouching.contains($0) }.map { column in
        finding(
          names[column], term,
          "\(quorum); what it alone held of the term becomes void for ever, acknowledged or not")
      }
      if away > 0 {
        found.append(
          finding(
            "", term,
            """
            \(quorum); what only the \(away) hold that \(away == 1 ? "is" : "are") not given becomes \
            void for ever, acknowledged or not
            """))
      }
      return found
    }
  }

  private func finding(_ replica: String, _ term: Term, _ message: String) -> PlanFinding {
    PlanFinding(
      kind: .unsafeQuorum, replica: replica, gfid: nil, name: nil, request: nil, message: message,
      term: term)
  }
}

extension LogDamage {
  /// Whether a request may have stood there, and not only what is said of requests. What a file's
  /// header said is in its other copy.
  var mayHideRequest: Bool {
    guard case .events? = JournalNames.parse(baseName(path)) else { return false }
    guard let identity else { return offset >= FileHeader.areaByteCount }
    return [EventType.request, .copied].map(\.rawValue).contains(identity.type)
  }
}

/// A damaged place of a journal that may have held a request of which nothing else is known.
struct LostPlace {
  static let message =
    "What stood here cannot be read. Fewer replicas vouch for the term than must, so that nobody knows whether a request is lost with it that was acknowledged."

  var replica: String
  var term: Term
  var damage: LogDamage

  func write(to line: inout LineBuilder) {
    line.field("replica", replica)
    line.field("term", term.rawValue)
    line.field("file", damage.path)
    line.field("file_offset", damage.offset)
    if let end = damage.end, end > damage.offset { line.field("length", end - damage.offset) }
    if let count = damage.recordCount { line.field("records", count) }
    if let identity = damage.identity {
      line.field(
        "id", RequestID(term: term, index: identity.index, sub: identity.sub).description)
      line.field("fop", identity.name)
      if identity.gfid != .null { line.field("gfid", identity.gfid) }
    }
    line.field("acknowledged", "unknown")
    line.field("message", Self.message)
  }
}

extension Decision {
  /// Where requests may be lost that have no line of their own: nobody shows them, and too few vouch
  /// for it that there are none.
  var lostPlaces: [LostPlace] {
    var found: [LostPlace] = []
    for (term, vouching) in shortTerms.sorted(by: { $0.key < $1.key }) {
      for (column, replica) in inputs.table.replicas.enumerated()
      where !vouching.contains(column) {
        for damage in replica.lostPlaces where damage.term == term {
          // What another replica shows under this name has its own line, if it is lost.
          if let identity = damage.identity,
            reasons[RequestID(term: term, index: identity.index, sub: identity.sub)] != nil
          {
            continue
          }
          found.append(LostPlace(replica: replica.name, term: term, damage: damage))
        }
      }
    }
    return found
  }
}
