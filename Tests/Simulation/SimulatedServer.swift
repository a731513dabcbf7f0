import Histories
import JBRCore

/// What servers need of the world around them.
protocol ServerSurroundings: AnyObject {
  func send(_ message: ReplicationMessage, from sender: Int, to receiver: String)
  func answer(_ answer: LeaderAnswer, ticket: UInt64, from server: SimulatedServer)
  /// Told of each request when it gets its number.
  func note(_ request: SequencedRequest)
  /// Told of what a leader makes of a request once it happened.
  func happened(_ id: RequestID, _ result: RequestResult)
  /// Told that a brick has everything of a term below an index.
  func destaged(on replica: SimulatedReplica, in term: Term, below index: UInt64)
  var fault: PlantedFault? { get }
}

/// A leader or follower with its journal and brick: it does what the state machines want done.
package final class SimulatedServer {
  enum Role {
    case leader(Leader)
    case follower(Follower)
  }
  let replica: SimulatedReplica
  let term: Term
  let journal: JournalWriter
  private(set) var role: Role
  /// What comes with the next group.
  private var notes: [NewEvent] = []
  /// What a leader's clients see: the brick as it was when the term began, and all that is agreed.
  let view: ModelBrick
  /// What a leader has put into its view.
  private(set) var seen: Set<RequestID> = []
  /// What has come of the term, in that order; for a fault.
  private var arrived: [UInt64] = []
  private unowned let surroundings: any ServerSurroundings

  /// - Returns: nil where the replica may not act in any term.
  init?(
    _ replica: SimulatedReplica, leading others: Set<String>?, quorum: Int,
    _ surroundings: any ServerSurroundings
  ) throws(Failure) {
    self.replica = replica
    self.surroundings = surroundings
    view = replica.brick.model.copy()
    journal = try JournalWriter(on: replica.disk, directory: replica.directory)
    let block = journal.superblock
    term = Term(block.opened)
    guard AttemptMarks(block).mayAct(in: term), let states = journal.states(of: term),
      journal.currentTerm == term
    else { return nil }
    if let others {
      let done = block.clients.mapValues { RequestID(term: $0.term, index: $0.index) }
      var leader = Leader(
        term, followers: others, quorum: quorum,
        done: surroundings.fault == .retriesDoneAgain ? [:] : done)
      if surroundings.fault == .conflictsPipelined { leader.meet = { _, _ in false } }
      role = .leader(leader)
      guard states.indices == nil || surroundings.fault == .termOfTwoProcesses else { return nil }
    } else {
      role = .follower(Follower(try replica.knowledge(of: term, states)))
    }
  }

  var isLeader: Bool { if case .leader = role { true } else { false } }

  var openRequests: [UInt64] { if case .leader(let leader) = role { leader.open } else { [] } }

  private var tree: AgreedTree {
    AgreedTree(
      standing: { [view] in view.standing(at: $0) }, has: { [view] in view.objects[$0] != nil })
  }

  /// Ends it as a fence does.
  func stop() {
    guard case .leader(var leader) = role else { return }
    let effects = leader.depose()
    role = .leader(leader)
    for case .answer(let answer, let ticket) in effects {
      surroundings.answer(answer, ticket: ticket, from: self)
    }
  }

  // MARK: What comes in

  func submit(
    _ request: ClientRequest, digest: Digest, ticket: UInt64
  ) throws(Failure) {
    try lead { leader in
      leader.submit(request, digest: digest, ticket: ticket, in: tree)
    }
  }

  func expire(_ index: UInt64) throws(Failure) {
    try lead { $0.expire(index, in: tree) }
  }

  func resend() throws(Failure) { try lead { $0.resend() } }

  func read(ticket: UInt64) throws(Failure) { try lead { $0.read(ticket: ticket) } }

  func setUp(_ names: Set<String>) {
    guard case .leader(var leader) = role else { return }
    leader.setUp(names)
    role = .leader(leader)
  }

  private func lead(_ body: (inout Leader) -> [ReplicationEffect]) throws(Failure) {
    guard case .leader(var leader) = role else { return }
    let effects = body(&leader)
    role = .leader(leader)
    try run(effects, from: replica.name)
  }

  func take(_ message: ReplicationMessage, from sender: String) throws(Failure) {
    switch role {
    case .leader: try lead { $0.take(message, from: sender, in: tree) }
    case .follower(var follower):
      let effects = follower.take(message, from: sender)
      role = .follower(follower)
      try run(effects, from: sender)
    }
  }

  // MARK: What goes out

  /// Does what is wanted, in order. `peer` is whom replies go to.
  private func run(_ effects: [ReplicationEffect], from peer: String) throws(Failure) {
    for effect in effects {
      switch effect {
      case .note(let events): notes += events
      case .send(let message, let receiver): send(message, to: receiver)
      case .answer(let answer, let ticket):
        surroundings.answer(answer, ticket: ticket, from: self)
      case .journal(let events, let replies, let done):
        if surroundings.fault == .acknowledgedBeforeFlush {
          for reply in replies { send(reply, to: peer) }
        }
        note(events)
        try commit(events)
        if surroundings.fault != .acknowledgedBeforeFlush {
          for reply in replies { send(reply, to: peer) }
        }
        if let done { try finish(done, events) }
      }
    }
  }

  private func send(_ message: ReplicationMessage, to receiver: String) {
    if case .append(let request, _) = message { surroundings.note(request) }
    surroundings.send(message, from: replica.number, to: receiver)
  }

  /// Tells of a request that is about to be journaled, since a crash may leave it there.
  private func note(_ events: [NewEvent]) {
    for case .request(let new) in events {
      guard let index = new.index,
        let digest = try? new.request.contentDigest(payload: new.payload)
      else { continue }
      let id = RequestID(term: term, index: index)
      surroundings.note(SequencedRequest(id: id, digest: digest, new: new))
    }
  }

  private func commit(_ events: [NewEvent]) throws(Failure) {
    let group = notes + events
    notes = []
    guard !group.isEmpty else { return }
    for case .request(let new) in group { if let index = new.index { arrived.append(index) } }
    _ = try journal.commit(group, in: term)
  }

  /// A request is in the leader's journal: its clients see it from here on.
  private func finish(_ index: UInt64, _ events: [NewEvent]) throws(Failure) {
    let id = RequestID(term: term, index: index)
    for case .request(let new) in events where new.index == index {
      seen.insert(id)
      view.writer = id
      surroundings.happened(id, RequestResult(of: new.request, new.payload, on: view))
    }
    try lead { $0.flushed(index, in: tree) }
  }

  // MARK: Destaging

  private var known: TermKnowledge {
    switch role {
    case .leader(let leader): leader.known
    case .follower(let follower): follower.known
    }
  }

  /// Applies some of what is agreed to the brick, as far as the order allows.
  func destage(limit: Int) throws(Failure) {
    let indices =
      surroundings.fault?.destaged(known, limit: limit, arrived: arrived)
      ?? known.destageable(limit: limit)
    guard let last = indices.max() else { return }
    let files = try JBRDirectory.files(replica.directory, on: replica.disk)
    let requests = try foldRequests(files, indices)
    guard requests.count == indices.count else {
      throw Failure(.damaged, "requests that are to be destaged cannot be read", path: replica.name)
    }
    let record: any ResultsRecord =
      surroundings.fault == .sumsAddedAgain ? ForgetfulRecord() : replica.brick
    let target = Replayer.Target(replica.brick, record: record, path: replica.name)
    let replayer = try Replayer(requests, onto: target)
    replayer.keep(JournalStates(journal))
    var failed = ""
    let summary = try replayer.run { request, outcome in
      if outcome.word == "failed" { failed += " \(request.id) \(outcome)" }
    }
    guard failed.isEmpty, !summary.stopped else {
      throw Failure(.ioError, "destaging failed:\(failed)", path: replica.name)
    }
    switch role {
    case .leader(var leader):
      leader.destaged(through: last)
      role = .leader(leader)
    case .follower(var follower):
      follower.destaged(through: last)
      role = .follower(follower)
    }
    surroundings.destaged(on: replica, in: term, below: known.next)
  }

  private func foldRequests(
    _ files: JournalFiles, _ indices: [UInt64]
  ) throws(Failure) -> [FoldRequest] {
    let knowledge = try JournalKnowledge(files)
    var found: [UInt64: FoldRequest] = [:]
    var reader = try JournalReader(files)
    while let item = try reader.next() {
      guard case .record(let record) = item, record.id.term == term else { continue }
      var request = FoldRequest(
        id: record.id, request: record.request, payload: record.payload)
      if surroundings.fault != .sumsAddedAgain {
        request.results = knowledge?.results(record.id) ?? []
      }
      found[record.id.index] = request
    }
    return indices.compactMap { found[$0] }
  }
}

/// Keeps nothing of what appends and sums come to; for a fault.
private final class ForgetfulRecord: ResultsRecord {
  func recorded() -> [UInt8] { [] }
  func record(_ lines: ByteView) {}
}

extension SimulatedReplica {
  /// What the journal remembers of a term's requests.
  fileprivate func knowledge(
    of term: Term, _ states: RequestStates
  ) throws(Failure) -> TermKnowledge {
    var digests: [UInt64: Digest] = [:]
    var agreed = AgreedRanges()
    var reader = try JournalReader(JBRDirectory.files(directory, on: disk))
    while let item = try reader.next() {
      switch item {
      case .record(let record) where record.id.term == term:
        digests[record.id.index] = record.details?.digest
      case .termEnd(let end) where end.term == term: agreed = end.content.agreed
      default: continue
      }
    }
    return TermKnowledge(term, states: states, agreed: agreed, digests: digests)
  }
}
