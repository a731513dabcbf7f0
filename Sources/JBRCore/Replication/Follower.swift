/// A follower of one term: journals what the leader sends, and says so once it is flushed.
///
/// A pure state machine: messages in, effects out. It exists only while the replica holds the
/// licence for the term; a fence ends it (finding 6).
public struct Follower: Sendable {
  public private(set) var known: TermKnowledge
  public var term: Term { known.term }

  public init(_ known: TermKnowledge) { self.known = known }

  /// Takes that something was destaged.
  public mutating func destaged(through index: UInt64) { known.destaged(through: index) }

  /// Takes a message of a leader.
  public mutating func take(_ message: ReplicationMessage, from leader: String)
    -> [ReplicationEffect]
  {
    guard message.term == term else { return [.send(.closed(message.term), to: leader)] }
    switch message {
    case .append(let request, let agreed): return append(request, agreed)
    case .rollback(let id, let digest): return rollBack(id, digest)
    case .agreed(_, let ranges):
      let new = learn(ranges)
      return new.isEmpty ? [] : [.note(new)]
    case .confirm(_, let ticket): return [.send(.confirmed(term, ticket: ticket), to: leader)]
    case .journaled, .rolledBack, .confirmed, .closed: return []
    }
  }

  private mutating func append(
    _ request: SequencedRequest, _ agreed: AgreedRanges
  ) -> [ReplicationEffect] {
    let index = request.id.index
    let answer = ReplicationMessage.journaled(request.id, request.digest)
    // What failed before it counts as failed here too, also if its rollback was lost.
    var events = fail(request.new.failed)
    guard !known.failed.contains(index) else { return noted(events + learn(agreed)) }
    if known.holds(index) {
      // Sent again: the flush that it waits for may still be on its way.
      events += learn(agreed)
      let isSame = known.held[index].map { $0 == request.digest } ?? true
      return isSame ? [.journal(events, then: [answer], done: nil)] : noted(events)
    }
    events.append(.request(request.new))
    known.hold(index, request.digest)
    events += learn(agreed)
    return [.journal(events, then: [answer], done: nil)]
  }

  private mutating func rollBack(_ id: RequestID, _ digest: Digest) -> [ReplicationEffect] {
    let index = id.index
    let answer = ReplicationMessage.rolledBack(id)
    if known.failed.contains(index) { return [.journal([], then: [answer], done: nil)] }
    // Of another content, or of what is known to have had its quorum: not the leader of this term
    // sent it (finding 7).
    if let held = known.held[index], held != digest { return [] }
    guard index >= known.next, !known.agreed.contains(index) else { return [] }
    _ = known.fail(index...index)
    return [
      .journal([.rollback(index: index, sub: 0, digest: digest)], then: [answer], done: nil)
    ]
  }

  /// Marks what a list of failed requests names, so that it is not destaged.
  private mutating func fail(_ failed: [ClosedRange<UInt64>]) -> [NewEvent] {
    failed.flatMap { known.fail($0) }.map {
      .rollback(index: $0.index, sub: 0, digest: $0.digest)
    }
  }

  /// Marks what is known to have its quorum by now.
  private mutating func learn(_ ranges: AgreedRanges) -> [NewEvent] {
    let new = ranges.ranges.filter {
      known.agreed.missingCount($0.lowerBound, through: $0.upperBound) > 0
    }
    known.agree(ranges)
    return new.map { .agreed(first: $0.lowerBound, last: $0.upperBound, byDecision: false) }
  }

  private func noted(_ events: [NewEvent]) -> [ReplicationEffect] {
    events.isEmpty ? [] : [.note(events)]
  }
}
