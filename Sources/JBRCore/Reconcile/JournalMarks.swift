/// What tells a replica's journal from another one, and what it says was decided: the part of a
/// certificate that is about journals.
public struct JournalMarks: Equatable, Sendable {
  public struct Term: Equatable, Sendable {
    public var term: UInt64
    public var reconciliation: UInt64
    /// Of the list of forward requests; nil where the journal does not hold the decision any more.
    public var decision: Digest?
  }

  public var replica: String
  /// Of a jbr journal; nil for an fdl journal, which has no name of its own.
  public var volume: UniqueID?
  public var replicaID: UniqueID?
  /// 0 where the journal itself decides nothing.
  public var decidedUpTo: UInt64 = 0
  public var terms: [Term] = []
  /// Of all requests, where the journal itself decides nothing: then it must stay as it is. What
  /// was decided may be pruned.
  public var requests: Digest?

  init(replica: String) { self.replica = replica }

  /// `digest`: of all requests that the journal holds.
  init(_ journal: ReplicaJournal, digest: Digest) {
    self.init(replica: journal.name)
    if let superblock = journal.knowledge?.superblock {
      volume = superblock.volume
      replicaID = superblock.replica
      decidedUpTo = superblock.decidedUpTo
      terms = superblock.terms.filter { $0.value.reconciliation != 0 }.map { term, entry in
        Term(
          term: term.rawValue, reconciliation: entry.reconciliation,
          decision: journal.knowledge?.decisions.table(of: term)?.table.digest)
      }.sorted { $0.term < $1.term }
    }
    if decidedUpTo == 0 { requests = digest }
  }
}

extension RequestTable {
  /// The marks of all replicas, in their order.
  public var journalMarks: [JournalMarks] {
    zip(replicas, inputDigests).map { JournalMarks($0, digest: $1) }
  }

  /// Why the replicas cannot be called reconciled, although their trees may be equal; nil for fdl
  /// journals, which do not say it.
  public var lackOfReconciliation: Failure? {
    let known = replicas.filter(\.namesSet)
    guard let first = known.first, let marks = first.knowledge?.superblock else { return nil }
    for replica in known {
      guard let own = replica.knowledge?.superblock else { continue }
      guard own.decidedUpTo == marks.decidedUpTo else {
        return Failure(
          .found,
          "decided terms up to \(own.decidedUpTo), and \(first.name) up to "
            + "\(marks.decidedUpTo)", path: replica.name)
      }
      if let later = replica.records.first(where: { $0.id.term.rawValue > own.decidedUpTo }) {
        return Failure(.found, "term \(later.id.term) is not reconciled", path: replica.name)
      }
      for (term, entry) in own.terms where entry.reconciliation != 0 {
        let other = marks.terms[term]?.reconciliation ?? 0
        guard other == 0 || other == entry.reconciliation else {
          return Failure(
            .found, "has another reconciliation id for term \(term) than \(first.name)",
            path: replica.name)
        }
      }
    }
    return nil
  }
}

extension JournalMarks {
  /// What of these marks another look at the journal does not confirm, as entity, what these say,
  /// and what is found.
  public func differences(from now: JournalMarks) -> [(entity: String, was: String, is: String)] {
    var found: [(entity: String, was: String, is: String)] = []
    func compare(_ entity: String, _ was: String?, _ now: String?) {
      guard was != now else { return }
      found.append((entity, was ?? "none", now ?? "none"))
    }
    compare("volume", volume?.description, now.volume?.description)
    compare("replica_id", replicaID?.description, now.replicaID?.description)
    compare("decided_up_to", "\(decidedUpTo)", "\(now.decidedUpTo)")
    if let requests { compare("requests", requests.description, now.requests?.description) }
    let current = Dictionary(uniqueKeysWithValues: now.terms.map { ($0.term, $0) })
    for term in terms {
      let other = current[term.term]
      compare(
        "term \(term.term) reconciliation_id", term.reconciliation.hexadecimal,
        other?.reconciliation.hexadecimal)
      // A decision that was dropped meanwhile is vouched for by its reconciliation id.
      guard let decision = term.decision, let other = other?.decision else { continue }
      compare("term \(term.term) decision", decision.description, other.description)
    }
    return found
  }

  func write(to line: inout LineBuilder) {
    line.field("replica", replica)
    line.field("journal_format", volume == nil ? "fdl" : "jbr")
    if let volume { line.field("volume", volume.description) }
    if let replicaID { line.field("replica_id", replicaID.description) }
    line.field("decided_up_to", decidedUpTo)
    line.array("terms") { list in
      for term in terms {
        list.element { line in
          line.field("term", term.term)
          line.field("reconciliation_id", term.reconciliation.hexadecimal)
          if let decision = term.decision { line.field("decision", decision.description) }
        }
      }
    }
    if let requests { line.field("requests", requests.description) }
  }
}
