/// What a plan says of one term that it decides: enough to see whether a later look decides the same.
struct DecidedTerm: Equatable, Sendable {
  var term: Term
  /// Of the list of forward requests.
  var digest: Digest
  var forward: Int
  var void: Int
  /// The attempt whose record is adopted; nil where the term is decided afresh.
  var adopted: Term?
  /// The replicas that can answer for all of the term.
  var vouching: [String]
}

extension Decision {
  /// The terms that are decided, in order; nothing for fdl journals.
  var decidedTerms: [DecidedTerm] {
    guard let attempt else { return [] }
    return fates.map { fates in
      DecidedTerm(
        term: fates.term, digest: fates.table.digest, forward: fates.forwardCount,
        void: fates.cases.values.count { $0.fate == .void }, adopted: fates.adopted,
        vouching: attempt.promises.filter { $0.view(of: fates.term).standing.vouches }
          .map(\.replica))
    }
  }
}

extension DecidedTerm {
  func write(to line: inout LineBuilder) {
    line.field("term", term.rawValue)
    line.field("digest", digest.description)
    line.field("forward", forward)
    line.field("void", void)
    if let adopted { line.field("adopted_from", adopted.rawValue) }
    line.array("vouching") { list in vouching.forEach { list.element($0) } }
  }
}

extension Attempt {
  /// Whether each of some terms is decided, or was, just so.
  ///
  /// - Throws: where nothing can be decided.
  func agrees(with terms: [PlannedTerm]) throws(AttemptRefusal) -> Bool {
    let fates = try decided()
    return terms.allSatisfy { planned in
      let table =
        fates.first { $0.term == planned.term }?.table ?? settled(planned.term)?.table
        ?? DecisionRecord.Table(term: planned.term, forward: [])
      return table.digest == planned.digest && table.forward.count == planned.forward
    }
  }
}

/// A decided term as a plan file has it.
public struct PlannedTerm: Sendable {
  public var term: Term
  public var digest: Digest
  public var forward: Int
}
