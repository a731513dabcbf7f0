/// What a participant's journal holds of one request.
public struct HeldRequest: Equatable, Sendable {
  public var digest: Digest
  public var client: UniqueID
  /// Whether the content checks. A damaged one was here all the same (finding 9).
  public var isReadable: Bool
  /// An attempt brought it: it is content, and no holder, since whoever brought it may have died
  /// before it recorded anything (finding 10).
  public var isCopy: Bool

  public init(
    digest: Digest, client: UniqueID = .null, isReadable: Bool = true, isCopy: Bool = false
  ) {
    self.digest = digest
    self.client = client
    self.isReadable = isReadable
    self.isCopy = isCopy
  }
}

/// The decision on a term that a participant has recorded, and the attempt that it is of.
public struct RecordedTable: Equatable, Sendable {
  public var attempt: Term
  public var table: DecisionRecord.Table

  public init(attempt: Term, table: DecisionRecord.Table) {
    self.attempt = attempt
    self.table = table
  }

  /// Equal and not 0 on all replicas: the term is reconciled.
  public var reconciliationID: UInt64 {
    var hasher = ContentHasher()
    hasher.update(integer: attempt.rawValue)
    hasher.update(integer: table.term.rawValue)
    hasher.update(integer: table.digest.high)
    hasher.update(integer: table.digest.low)
    return max(1, hasher.digest().low)
  }
}

/// What one participant says of one term, read after its fence was flushed (finding 6).
public struct TermView: Equatable, Sendable {
  /// Why a participant can or cannot answer for all of a term.
  public enum Standing: Equatable, Sendable {
    /// It joined the term and its journal of it is whole.
    case whole
    /// It never took part in the term, and now that it is fenced never will (finding 9).
    case neverJoined
    /// It deleted what was decided and applied (finding 9).
    case pruned
    /// Something was here, and nobody can say what (finding 9).
    case damaged
    /// It joined the term, and the term's log is gone (finding 9).
    case missing
    /// It never finished a reconciliation: it is new, or its disk was lost (finding 8).
    case unproven

    public var vouches: Bool {
      switch self {
      case .whole, .neverJoined, .pruned: true
      case .damaged, .missing, .unproven: false
      }
    }
  }

  public var standing: Standing
  public var held: [RequestID: HeldRequest]
  /// What attempts brought beside it, and can be read: what is held may be damaged, or another
  /// content than the one that was decided.
  public var copies: [RequestID: Set<Digest>] = [:]
  /// What it knows to have failed: it is invalid here, a rollback names it, or a later request's
  /// list of failed ones does (finding 1).
  public var failed: RequestSet
  /// What it knows to have had its quorum: by a mark, or because applying it has begun.
  public var agreed: RequestSet
  /// What the record with the highest attempt that it accepted says of the term.
  public var record: RecordedTable?

  public init(
    standing: Standing, held: [RequestID: HeldRequest] = [:], failed: RequestSet = [],
    agreed: RequestSet = [], record: RecordedTable? = nil
  ) {
    self.standing = standing
    self.held = held
    self.failed = failed
    self.agreed = agreed
    self.record = record
  }

  /// Whether it holds content that checks, and is what the digest says.
  func hasContent(_ id: RequestID, _ digest: Digest) -> Bool {
    held[id].map { $0.isReadable && $0.digest == digest } ?? false
      || copies[id]?.contains(digest) ?? false
  }

  /// Whether it holds any content that checks.
  func hasReadable(_ id: RequestID) -> Bool { held[id]?.isReadable ?? false || copies[id] != nil }

  /// Whether what it holds cannot stay beside what was decided: content that cannot be read, or
  /// another one under a name that happened.
  func isSpoiled(_ digests: [RequestID: Digest]) -> Bool {
    held.contains { id, one in
      !one.isReadable || digests[id].map { $0 != one.digest } ?? false
    }
  }
}

extension Superblock {
  /// What is found of a term's event log.
  public enum LogCondition: Sendable { case whole, damaged, absent }

  /// Whether the replica ever took part in anything. One that did not cannot be told from one
  /// that came back from a lost disk: its silence proves nothing (finding 8).
  public var hasTakenPart: Bool { decidedUpTo > 0 || !joined.isEmpty }

  /// The attempt that fenced the replica and did not come to its end here; nil if there is none.
  public var unfinishedAttempt: Term? {
    promise > 0 && opened == 0 ? Term(promise) : nil
  }

  /// How the replica stands to a term, by its marks and its log. `joined` and the marks are kept
  /// for ever, so that healthy replicas are not taken for damaged ones (finding 9).
  public func standing(of term: Term, log: LogCondition) -> TermView.Standing {
    guard hasTakenPart else { return .unproven }
    // Marks are both asked: nothing may be pruned that is not decided.
    if term.rawValue <= min(prunedUpTo, decidedUpTo) { return .pruned }
    switch log {
    // A damaged log of a term that was never joined may have lost a record of a decision.
    case .damaged: return .damaged
    case .whole: return hasJoined(term) ? .whole : .neverJoined
    case .absent: return hasJoined(term) ? .missing : .neverJoined
    }
  }
}
