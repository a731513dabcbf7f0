/// A request of a client.
public struct ClientRequest: Sendable {
  public var request: Request
  public var payload: Payload?
  /// Names the request across retries.
  public var client: UniqueID
  /// The leader's time, which all replicas give to what the request changes.
  public var time: Int64

  public init(
    _ request: Request, payload: Payload? = nil, client: UniqueID = .null, time: Int64
  ) {
    self.request = request
    self.payload = payload
    self.client = client
    self.time = time
  }
}

/// What a leader knows of the tree in which everything is done that is agreed.
public struct AgreedTree {
  /// What stands at a name.
  public var standing: (EntryName) -> GFID?
  public var has: (GFID) -> Bool

  public init(standing: @escaping (EntryName) -> GFID?, has: @escaping (GFID) -> Bool) {
    self.standing = standing
    self.has = has
  }
}

/// The leader of one term: numbers requests, has the followers journal them, then journals them
/// itself, and answers.
///
/// A pure state machine: messages and a client's requests in, effects out. A term belongs to one
/// process, since the leader journals last and does not know after a restart which numbers it has
/// used (finding 7): so it never begins in the middle.
public struct Leader: Sendable {
  private struct Waiting {
    var request: ClientRequest
    var digest: Digest
    var tickets: [UInt64]
  }
  private struct Pending {
    var request: SequencedRequest
    var footprint: RequestFootprint
    var tickets: [UInt64]
    var journaledBy: Set<String> = []
    var isJournaling = false
  }
  private struct Failed {
    var digest: Digest
    /// Who did not confirm the rollback yet.
    var missing: Set<String>
  }

  public let term: Term
  public let followers: Set<String>
  private let quorum: Int
  public private(set) var known: TermKnowledge
  public private(set) var isOpen = true
  private var up: Set<String>
  private var lastIndex: UInt64 = 0
  private var waiting: [Waiting] = []
  private var pending: [UInt64: Pending] = [:]
  private var failed: [UInt64: Failed] = [:]
  /// Requests that some follower that is up did not confirm, for sending them again.
  private var unconfirmed: [UInt64: (request: SequencedRequest, missing: Set<String>)] = [:]
  /// What is known of clients' requests: those of earlier terms, and this one's (finding 14).
  private var done: [UniqueID: RequestID]
  private var reads: [UInt64: Set<String>] = [:]
  /// Which requests must wait for each other; the simulator looks what comes of it if none does.
  package var meet: @Sendable (RequestFootprint, RequestFootprint) -> Bool = { $0.meets($1) }

  /// `done`: clients' requests of earlier terms that happened, as the superblock remembers them.
  public init(
    _ term: Term, followers: Set<String>, quorum: Int, done: [UniqueID: RequestID] = [:]
  ) {
    self.term = term
    self.followers = followers
    self.quorum = quorum
    self.done = done
    known = TermKnowledge(term)
    up = followers
  }

  /// The numbers of requests whose outcome is open.
  public var open: [UInt64] { pending.keys.sorted() }

  /// Takes that something was destaged here.
  public mutating func destaged(through index: UInt64) { known.destaged(through: index) }

  // MARK: What clients ask

  /// Takes a client's request; its answer has the ticket. `digest` is that of the request with its
  /// payload.
  public mutating func submit(
    _ request: ClientRequest, digest: Digest, ticket: UInt64, in tree: AgreedTree
  ) -> [ReplicationEffect] {
    // Nothing was sent and nothing will be, so that the client may do something else.
    guard isOpen, up.count + 1 >= quorum else { return [.answer(.notDone, ticket: ticket)] }
    if request.client != .null {
      if let id = done[request.client] { return [.answer(.done(id), ticket: ticket)] }
      for (index, other) in pending where other.request.new.client == request.client {
        pending[index]?.tickets.append(ticket)
        return []
      }
      for index in waiting.indices where waiting[index].request.client == request.client {
        waiting[index].tickets.append(ticket)
        return []
      }
    }
    waiting.append(Waiting(request: request, digest: digest, tickets: [ticket]))
    return begin(tree)
  }

  /// Asks for leave to read: a deposed leader must not serve what is out of date (finding 12).
  public mutating func read(ticket: UInt64) -> [ReplicationEffect] {
    guard isOpen else { return [.answer(.notDone, ticket: ticket)] }
    guard quorum > 1 else { return [.answer(.mayRead, ticket: ticket)] }
    reads[ticket] = []
    return up.sorted().map { .send(.confirm(term, ticket: ticket), to: $0) }
  }

  // MARK: What others say

  /// Takes a follower's message.
  public mutating func take(
    _ message: ReplicationMessage, from follower: String, in tree: AgreedTree
  ) -> [ReplicationEffect] {
    guard isOpen, message.term == term, followers.contains(follower) else { return [] }
    switch message {
    case .journaled(let id, let digest): return journaled(id.index, digest, by: follower)
    case .rolledBack(let id):
      failed[id.index]?.missing.remove(follower)
      // All know it by themselves now, so that no list need name it any more.
      if failed[id.index]?.missing.isEmpty == true { failed[id.index] = nil }
      return []
    case .confirmed(_, let ticket): return confirmed(ticket, by: follower)
    case .closed:
      setUp(up.subtracting([follower]))
      return []
    case .append, .rollback, .agreed, .confirm: return []
    }
  }

  private mutating func journaled(
    _ index: UInt64, _ digest: Digest, by follower: String
  ) -> [ReplicationEffect] {
    unconfirmed[index]?.missing.remove(follower)
    if unconfirmed[index]?.missing.isEmpty == true { unconfirmed[index] = nil }
    guard pending[index]?.request.digest == digest else { return [] }
    pending[index]?.journaledBy.insert(follower)
    return journalIfEnough(index)
  }

  /// Journals a request once all other acknowledgements of a quorum are in hand, and not before:
  /// what is in the leader's journal had its quorum (finding 12).
  private mutating func journalIfEnough(_ index: UInt64) -> [ReplicationEffect] {
    guard let request = pending[index], !request.isJournaling,
      request.journaledBy.count + 1 >= quorum
    else { return [] }
    pending[index]?.isJournaling = true
    return [.journal([.request(request.request.new)], then: [], done: index)]
  }

  private mutating func confirmed(_ ticket: UInt64, by follower: String) -> [ReplicationEffect] {
    reads[ticket]?.insert(follower)
    guard let count = reads[ticket]?.count, count + 1 >= quorum else { return [] }
    reads[ticket] = nil
    return [.answer(.mayRead, ticket: ticket)]
  }

  // MARK: What becomes of requests

  /// Takes that a request is in the leader's own journal, flushed: it has its quorum.
  public mutating func flushed(_ index: UInt64, in tree: AgreedTree) -> [ReplicationEffect] {
    guard isOpen, let request = pending.removeValue(forKey: index) else { return [] }
    known.hold(index, request.request.digest)
    var agreed = AgreedRanges()
    agreed.insert(index, through: index)
    known.agree(agreed)
    if request.request.new.client != .null {
      done[request.request.new.client] = request.request.id
    }
    var effects = request.tickets.map {
      ReplicationEffect.answer(.done(request.request.id), ticket: $0)
    }
    effects.append(.note([.agreed(first: index, last: index, byDecision: false)]))
    return effects + begin(tree)
  }

  /// Gives a request up: it has waited too long, or there is no space for it in the leader's own
  /// journal. One that is being journaled cannot be given up.
  public mutating func expire(_ index: UInt64, in tree: AgreedTree) -> [ReplicationEffect] {
    guard isOpen, pending[index]?.isJournaling == false else { return [] }
    return fail(index) + begin(tree)
  }

  /// Takes that the leader's own journal has no space for a request, and took nothing of it.
  public mutating func couldNotJournal(
    _ index: UInt64, in tree: AgreedTree
  ) -> [ReplicationEffect] {
    guard isOpen, pending[index]?.isJournaling == true else { return [] }
    return fail(index) + begin(tree)
  }

  private mutating func fail(_ index: UInt64) -> [ReplicationEffect] {
    guard let request = pending.removeValue(forKey: index) else { return [] }
    let digest = request.request.digest
    unconfirmed[index] = nil
    if !followers.isEmpty { failed[index] = Failed(digest: digest, missing: followers) }
    _ = known.fail(index...index)
    var effects = request.tickets.map { ReplicationEffect.answer(.unknown, ticket: $0) }
    effects.append(.note([.rollback(index: index, sub: 0, digest: digest)]))
    effects += up.sorted().map { .send(.rollback(request.request.id, digest), to: $0) }
    return effects
  }

  /// Begins what need not wait any more, in the order in which it came.
  private mutating func begin(_ tree: AgreedTree) -> [ReplicationEffect] {
    var effects: [ReplicationEffect] = []
    var ahead = pending.values.map(\.footprint)
    var kept: [Waiting] = []
    for next in waiting {
      let footprint = next.request.request.footprint(standing: tree.standing)
      // Not before the outcome of an earlier one is known: with that, its own would change
      // (finding 13).
      if ahead.contains(where: { meet($0, footprint) }) {
        kept.append(next)
      } else if next.request.request.isStale(in: tree) {
        // It was so when the client asked, perhaps; a replay takes what a request says of names
        // and objects for true.
        effects += next.tickets.map { .answer(.gone, ticket: $0) }
        continue
      } else {
        effects += send(next, footprint)
      }
      ahead.append(footprint)
    }
    waiting = kept
    return effects
  }

  private mutating func send(_ next: Waiting, _ footprint: RequestFootprint) -> [ReplicationEffect]
  {
    lastIndex += 1
    let index = lastIndex
    var new = NewRequest(next.request.request, payload: next.request.payload, index: index)
    new.time = next.request.time
    new.client = next.request.client
    var ranges = AgreedRanges()
    for one in failed.keys.sorted() { ranges.insert(one, through: one) }
    new.failed = ranges.ranges
    let request = SequencedRequest(
      id: RequestID(term: term, index: index), digest: next.digest, new: new)
    pending[index] = Pending(request: request, footprint: footprint, tickets: next.tickets)
    if !up.isEmpty { unconfirmed[index] = (request, up) }
    return up.sorted().map { .send(.append(request, agreed: known.agreed), to: $0) }
      + journalIfEnough(index)
  }

  // MARK: Who can be reached

  /// Takes which followers can be reached. One that was away lacks what was sent meanwhile, and
  /// is not told: the next reconciliation brings it.
  public mutating func setUp(_ names: Set<String>) {
    up = names.intersection(followers)
    for index in unconfirmed.keys {
      unconfirmed[index]?.missing.formIntersection(up)
      if unconfirmed[index]?.missing.isEmpty == true { unconfirmed[index] = nil }
    }
  }

  /// Sends again what followers did not confirm, and what has its quorum by now.
  public func resend() -> [ReplicationEffect] {
    guard isOpen else { return [] }
    var effects: [ReplicationEffect] = []
    for name in up.sorted() {
      for (_, one) in unconfirmed.sorted(by: { $0.key < $1.key }) where one.missing.contains(name) {
        effects.append(.send(.append(one.request, agreed: known.agreed), to: name))
      }
      for (index, one) in failed.sorted(by: { $0.key < $1.key }) where one.missing.contains(name) {
        let id = RequestID(term: term, index: index)
        effects.append(.send(.rollback(id, one.digest), to: name))
      }
      effects.append(.send(.agreed(term, known.agreed), to: name))
    }
    return effects
  }

  /// Ends the leader: the replica is fenced, or its journal fails. What is open stays open until
  /// a reconciliation decides it.
  public mutating func depose() -> [ReplicationEffect] {
    guard isOpen else { return [] }
    isOpen = false
    var effects: [ReplicationEffect] = []
    for (_, request) in pending.sorted(by: { $0.key < $1.key }) {
      effects += request.tickets.map { .answer(.unknown, ticket: $0) }
    }
    for request in waiting { effects += request.tickets.map { .answer(.notDone, ticket: $0) } }
    for ticket in reads.keys.sorted() { effects.append(.answer(.notDone, ticket: ticket)) }
    (pending, waiting, reads) = ([:], [], [:])
    return effects
  }
}

extension Request {
  /// Whether an object that it works on by GFID or a directory of its names is gone, or something
  /// else stands at a name than it says.
  fileprivate func isStale(in tree: AgreedTree) -> Bool {
    if touched.names.contains(where: { !tree.has($0.parent) }) { return true }
    for field in [FieldName.loc, .oldloc, .newloc] {
      // A link's new place names the object that comes there.
      guard let loc = loc(field), loc.gfid != .null, !(fop == .link && field == .newloc) else {
        continue
      }
      guard let name = loc.name else {
        if !tree.has(loc.gfid) { return true }
        continue
      }
      if tree.standing(EntryName(parent: loc.parent, name: name)) != loc.gfid { return true }
    }
    if case .gfid(let gfid) = self[.fd], gfid != .null { return !tree.has(gfid) }
    return false
  }
}
