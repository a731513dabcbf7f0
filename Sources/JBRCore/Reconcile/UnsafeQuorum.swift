/// Terms of which fewer replicas vouch than must, which only a person may have decided.
extension Attempt {
  /// Such terms, with the columns of the replicas that vouch for them.
  func shortTerms(_ names: [String]) -> [Term: Set<Int>] {
    var found: [Term: Set<Int>] = [:]
    guard needed < rule.needed else { return found }
    for fates in (try? fates()) ?? [] {
      let vouching = promises.filter { $0.view(of: fates.term).standing.vouches }.map(\.replica)
      guard vouching.count < rule.needed else { continue }
      found[fates.term] = Set(names.indices.filter { vouching.contains(names[$0]) })
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
