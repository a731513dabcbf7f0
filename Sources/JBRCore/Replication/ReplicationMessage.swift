/// A request with its place in its term, as a leader sends it.
public struct SequencedRequest: Sendable {
  public let id: RequestID
  public let digest: Digest
  /// With its index, time, client and the list of what failed before it.
  public let new: NewRequest

  public init(id: RequestID, digest: Digest, new: NewRequest) {
    self.id = id
    self.digest = digest
    self.new = new
  }
}

/// What the leader and the followers of one term tell each other. Any of it may be lost, come
/// late, twice, or in another order.
public enum ReplicationMessage: Sendable {
  /// To a follower: journal this. The ranges are what is known to have its quorum by now.
  case append(SequencedRequest, agreed: AgreedRanges)
  /// To a follower: the request with this content failed. The digest keeps a late one from
  /// being taken for another leader's (finding 7).
  case rollback(RequestID, Digest)
  /// To a follower: these have their quorum. It also travels with every request.
  case agreed(Term, AgreedRanges)
  /// To a follower: does the term still run?
  case confirm(Term, ticket: UInt64)

  /// To the leader: the request is journaled here, and flushed.
  case journaled(RequestID, Digest)
  /// To the leader: the rollback is journaled here, and flushed.
  case rolledBack(RequestID)
  /// To the leader: the term still runs here.
  case confirmed(Term, ticket: UInt64)
  /// To the leader: the replica does not act in the term, or no more.
  case closed(Term)

  public var term: Term {
    switch self {
    case .append(let request, _): request.id.term
    case .rollback(let id, _), .journaled(let id, _), .rolledBack(let id): id.term
    case .agreed(let term, _), .confirm(let term, _), .confirmed(let term, _), .closed(let term):
      term
    }
  }
}

/// What a state machine of a term wants done, in this order.
public enum ReplicationEffect: Sendable {
  /// Journal these together, flush, and only then send these and tell that they are `done`.
  case journal([NewEvent], then: [ReplicationMessage], done: UInt64?)
  /// Journal these with the next group: a crash may lose them.
  case note([NewEvent])
  case send(ReplicationMessage, to: String)
  case answer(LeaderAnswer, ticket: UInt64)
}

/// What a client of a leader is told.
public enum LeaderAnswer: Equatable, Sendable {
  /// The request happened under this name.
  case done(RequestID)
  /// Nothing was sent, and nothing ever will be: EROFS.
  case notDone
  /// What the request says of names and objects is not so, or no more: ESTALE. Nothing was sent.
  case gone
  /// Nobody knows yet whether it happened: EIO or ETIMEDOUT.
  case unknown
  /// The term still runs: what is agreed may be read.
  case mayRead
}
