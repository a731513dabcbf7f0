/// What a jbr journal knows beside its requests.
public struct ReplicaKnowledge: Sendable {
  public var superblock: Superblock
  /// The decisions that the replica accepted.
  public var decisions: [DecisionRecord] = []
  /// Of each term of which there is a log that can be read to its end.
  var contents: [Term: TermContent] = [:]
  /// Indices that requests say their leader has failed.
  var failedByLeader: [Term: RequestSet] = [:]
  /// Terms of which something was lost.
  var damagedTerms: Set<Term> = []
  /// Whether nobody can say which decisions were accepted: then the replica vouches for nothing
  /// that is not decided.
  var decisionsAreDamaged = false

  init(_ superblock: Superblock) { self.superblock = superblock }

  /// What a sum came to that may have been applied, by its key in the journal; nil where nobody
  /// wrote it down.
  func sum(_ id: RequestID) -> [DictEntry]? {
    id.sub == 0 ? contents[id.term]?.sums[id.index] : nil
  }

  /// How the replica stands to a term.
  func standing(of term: Term) -> TermView.Standing {
    if damagedTerms.contains(term) || decisionsAreDamaged {
      return superblock.standing(of: term, log: .damaged)
    }
    return superblock.standing(of: term, log: contents[term] == nil ? .absent : .whole)
  }

  /// The requests of a term that the replica knows to have failed.
  func failed(in term: Term) -> RequestSet {
    var found = failedByLeader[term] ?? []
    for id in contents[term]?.states.overtaken ?? [] { found.insert(id) }
    for run in contents[term]?.states.runs ?? [] where run.state == .invalid {
      found.insert(run.first...run.last)
    }
    for (id, state) in contents[term]?.states.subs ?? [:] where state == .invalid {
      found.insert(id)
    }
    return found
  }

  /// The requests of a term that the replica knows to have had their quorum.
  func agreed(in term: Term) -> RequestSet {
    var found: RequestSet = []
    guard let content = contents[term] else { return found }
    for range in content.agreed.ranges { found.insert(range) }
    for run in content.states.runs where run.state.isAppliedMaybe {
      found.insert(run.first...run.last)
    }
    for (id, state) in content.states.subs where state.isAppliedMaybe { found.insert(id) }
    return found
  }
}

extension RequestState {
  /// Whether applying has begun, which begins only with what is agreed.
  var isAppliedMaybe: Bool { self == .inProgress || self == .needFsync || self == .committed }
}

extension ReplicaJournal {
  /// What the replica says of each term of which it knows anything; nothing for an fdl journal.
  var views: [Term: TermView] {
    guard let knowledge else { return [:] }
    var found: [Term: TermView] = [:]
    let terms = Set(knowledge.contents.keys).union(knowledge.damagedTerms)
      .union(knowledge.superblock.terms.keys)
    for term in terms {
      found[term] = TermView(
        standing: knowledge.standing(of: term), failed: knowledge.failed(in: term),
        agreed: knowledge.agreed(in: term))
    }
    for (position, record) in records.enumerated() {
      guard let details = record.details else { continue }
      let held = HeldRequest(
        digest: details.digest, client: details.client,
        isReadable: !unreadable.contains(position), isCopy: details.copiedBy != nil)
      found[record.id.term]?.take(record.id, held)
    }
    return found
  }

  /// The replica's answer to an attempt that it has promised.
  public func promise(to attempt: Term) throws(Failure) -> Promise {
    guard let knowledge else { throw lacksSuperblock }
    let marks = AttemptMarks(knowledge.superblock, decisions: knowledge.decisions)
    do throws(AttemptRefusal) {
      return try marks.answer(attempt, as: name, terms: views)
    } catch { throw error.failure(path: name) }
  }
}

extension TermView {
  /// Takes a record. A request and the copy that an attempt brought of it are one request, which
  /// was held here also where its own content is damaged (finding 9).
  fileprivate mutating func take(_ id: RequestID, _ record: HeldRequest) {
    guard let known = held[id] else {
      held[id] = record
      return
    }
    if known.isCopy, !record.isCopy {
      held[id] = record
      note(id, known)
    } else {
      note(id, record)
    }
  }

  private mutating func note(_ id: RequestID, _ copy: HeldRequest) {
    if copy.isReadable { copies[id, default: []].insert(copy.digest) }
  }
}
