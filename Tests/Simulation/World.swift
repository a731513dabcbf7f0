import Histories
package import JBRCore

/// Replicas, a network, clients and whoever reconciles, all in one thread and without a clock.
package final class World {
  struct Flight {
    var sender: Int
    var receiver: Int
    var message: ReplicationMessage
  }

  package let rule: QuorumRule
  let fault: PlantedFault?
  package let replicas: [SimulatedReplica]
  package var truth = Truth()
  package var marks: Set<Coverage.Mark> = []
  var flights: [Flight] = []
  private var cuts: Set<[Int]> = []
  var runs: [AttemptRun] = []
  var generator = ChangeGenerator(seed: 0)
  /// Terms that some process has led.
  private var ledTerms: Set<Term> = [Term(1)]
  private var lives: UInt64 = 0
  /// What crashes draw from, by replica.
  private var crashSeeds: [Int: UInt64] = [:]
  /// Whether something was lost or damaged, so that there may be no way on.
  var hasLoss = false
  var hasPruned = false
  /// Replicas whose journal was damaged.
  private(set) var rotten: Set<Int> = []
  /// Requests that were applied by hand, with the replica.
  var meddled: (replica: Int, id: RequestID)?
  private var time: Int64 = 1_700_000_000_000_000_000
  /// What clients' tickets are for: operations, and reads.
  var tickets: [UInt64: Ticket] = [:]
  enum Ticket {
    case operation(Int)
    /// With what was acknowledged when it began.
    case read(Set<RequestID>)
  }
  private(set) var recordedAttempts: Set<Term> = []

  package init(_ rule: QuorumRule, fault: PlantedFault? = nil) throws(Failure) {
    self.rule = rule
    self.fault = fault
    replicas = try (0..<rule.replicas).map { number throws(Failure) in
      try SimulatedReplica(number, rule: rule)
    }
    // The first term is opened by hand, on bricks that hold nothing.
    for replica in replicas {
      let writer = try JournalWriter(on: replica.disk, directory: replica.directory)
      try writer.open(Term(1))
    }
    // What a chown takes away from the mode of an older object, a replay of it alone cannot tell.
    generator.hasSpecialBits = false
    for replica in replicas { try serve(replica, leads: replica.number == 0) }
  }

  deinit {
    // A server knows its replica, which holds it.
    for replica in replicas { replica.activity = .down }
  }

  // MARK: Events

  /// Lets an event happen. What goes wrong with a replica ends what runs there.
  package func run(_ event: Event) {
    do throws(Failure) { try happen(event) } catch { note(error, "\(event)") }
    for replica in replicas where replica.disk.hasCrashed { losePower(replica) }
  }

  private func happen(_ event: Event) throws(Failure) {
    switch event {
    case .submit(let seed): try submit(seed)
    case .retry(let seed): try retry(seed)
    case .read(let seed): try read(seed)
    case .expire(let seed): try expire(seed)
    case .deliver(let seed, let count): deliver(seed, count)
    case .resend:
      for server in leaders {
        try guarded(server.replica) { () throws(Failure) in try server.resend() }
      }
    case .destage(let replica, let count): try destage(replicas[replica], count)
    case .power(let number, let after, let onBrick, let seed):
      crashSeeds[number] = seed
      let replica = replicas[number]
      guard replica.isUp else { return }
      if onBrick {
        replica.brick.changesLeft = after
      } else {
        replica.disk.setFault(.crash, at: replica.disk.point + 1 + after)
      }
    case .kill(let number):
      marks.insert(.crashed)
      end(replicas[number])
      replicas[number].kill()
    case .start(let number): try start(replicas[number])
    case .cut(let first, let second): cuts.insert([min(first, second), max(first, second)])
    case .heal: cuts = []
    case .loseDisk(let number): try loseDisk(replicas[number])
    case .rot(let number, let seed): try rot(replicas[number], seed)
    case .prune(let number): try prune(replicas[number])
    case .meddle(let number, let seed): try meddle(replicas[number], seed)
    case .attempt(let members, let seed): begin(members, seed)
    case .advance(let run, let steps): advance(run, steps)
    }
  }

  /// Damages a journal; not one that alone knows what was applied by hand and should not have been.
  private func rot(_ replica: SimulatedReplica, _ seed: UInt64) throws(Failure) {
    guard meddled?.replica != replica.number else { return }
    var random = SeededGenerator(seed: seed)
    try guarded(replica) { () throws(Failure) in
      // The power may go behind the write.
      var isRotten = true
      defer { if isRotten { note(rotten: replica) } }
      isRotten = try replica.rot(&random) != nil
    }
  }

  private func note(rotten replica: SimulatedReplica) {
    hasLoss = true
    rotten.insert(replica.number)
  }

  /// Does something on a replica; a crash there is no error of the world.
  func guarded(
    _ replica: SimulatedReplica, _ body: () throws(Failure) -> Void
  ) throws(Failure) {
    do throws(Failure) { try body() } catch {
      guard !replica.disk.hasCrashed else { return losePower(replica) }
      throw error
    }
  }

  private func losePower(_ replica: SimulatedReplica) {
    marks.insert(.crashed)
    end(replica)
    var random = SeededGenerator(seed: crashSeeds[replica.number] ?? 0)
    replica.losePower(&random)
  }

  /// Ends what runs on a replica.
  private func end(_ replica: SimulatedReplica) {
    if let server = replica.server {
      if !server.openRequests.isEmpty { marks.insert(.deposed) }
      server.stop()
    }
    replica.activity = .down
  }

  /// Errors that no history should meet.
  func note(_ failure: Failure, _ what: String) {
    // Damage, and what follows from it, is for whoever finds it to report.
    if hasLoss, failure.status == .damaged || failure.status == .refused { return }
    truth.fail("\(what): \(failure)")
  }

  func noteRecorded(_ attempt: Term) {
    recordedAttempts.insert(attempt)
    if recordedAttempts.count > 1 { marks.insert(.attempts) }
  }

  // MARK: Servers

  var leaders: [SimulatedServer] {
    replicas.compactMap(\.server).filter(\.isLeader)
  }

  private func start(_ replica: SimulatedReplica) throws(Failure) {
    if replica.server != nil { return }
    try guarded(replica) { () throws(Failure) in
      let again = fault == .termOfTwoProcesses && replica.number == 0
      try serve(replica, leads: again)
    }
  }

  /// Starts a server, where the replica may act in a term.
  func serve(_ replica: SimulatedReplica, leads: Bool) throws(Failure) {
    let others = Set(replicas.map(\.name)).subtracting([replica.name])
    // Whoever reconciles lets go of the journal.
    if case .participating = replica.activity { replica.kill() }
    replica.activity = .idle
    var quorum = rule.quorum
    if fault == .quorumOffByOne { quorum = max(1, quorum - 1) }
    let server = try SimulatedServer(
      replica, leading: leads ? others : nil, quorum: quorum, self)
    guard let server else { return }
    replica.activity = .serving(server)
  }

  /// The leader of a term that an attempt has opened starts, once all of its participants finished,
  /// and so do its followers.
  func open(_ term: Term, among members: [Int], leader: Int) throws(Failure) {
    guard ledTerms.insert(term).inserted else { return }
    for member in members {
      // A later attempt may have fenced it, or opened its own term, when the last one finished.
      guard let block = try? replicas[member].superblock(), block.opened == term.rawValue else {
        continue
      }
      try guarded(replicas[member]) { () throws(Failure) in
        try serve(replicas[member], leads: member == leader)
      }
    }
  }

  private func loseDisk(_ replica: SimulatedReplica) throws(Failure) {
    marks.insert(.lost)
    hasLoss = true
    lives += 1
    end(replica)
    for run in runs where run.members.contains(replica.number) { run.hasLoss = true }
    try replica.loseDisk(rule: rule, life: lives)
  }

  private func destage(_ replica: SimulatedReplica, _ count: Int) throws(Failure) {
    guard let server = replica.server else { return }
    // One after the other: of several together, a replay cannot know whether an older directory
    // was empty when one of them was to remove it.
    do throws(Failure) {
      try guarded(replica) { () throws(Failure) in
        for _ in 0..<count { try server.destage(limit: 1) }
      }
    } catch {
      // What is damaged is not destaged, as it must be.
      guard rotten.contains(replica.number), error.status == .ioError else { throw error }
    }
  }

  private func prune(_ replica: SimulatedReplica) throws(Failure) {
    guard let writer = replica.server?.journal else { return }
    try guarded(replica) { () throws(Failure) in
      let block = writer.superblock
      for (term, entry) in block.terms.sorted(by: { $0.key < $1.key }) {
        guard term.rawValue <= block.decidedUpTo, entry.state == .frozen,
          entry.reconciliation != 0
        else { break }
        try writer.retire(term, reconciliation: entry.reconciliation)
      }
      guard try !writer.prune().isEmpty else { return }
      marks.insert(.pruned)
      hasPruned = true
    }
  }

  // MARK: Clients

  private func pick(_ random: inout SeededGenerator) -> SimulatedServer? {
    let server = leaders.randomElement(using: &random)
    server?.setUp(
      Set(
        replicas.filter { other in
          other.isUp && server.map { !areCut($0.replica.number, other.number) } ?? false
        }.map(\.name)))
    return server
  }

  private func submit(_ seed: UInt64) throws(Failure) {
    var random = SeededGenerator(seed: seed)
    guard let server = pick(&random) else { return }
    generator.random = random
    let number = UInt64(truth.operations.count) + 1
    var change = generator.change(server.view, index: number)
    // What the root had before the journals no journal tells, so that no sum on it can be planned.
    while change.request.target == .root, [.xattrop, .fxattrop].contains(change.request.fop) {
      change = generator.change(server.view, index: number)
    }
    let operation = truth.ask(change)
    try submit(operation, to: server)
  }

  private func retry(_ seed: UInt64) throws(Failure) {
    var random = SeededGenerator(seed: seed)
    let open = truth.operations.indices.filter { !truth.operations[$0].isAnswered }
    guard let operation = open.randomElement(using: &random), let server = pick(&random) else {
      return
    }
    try submit(operation, to: server)
  }

  private func submit(_ operation: Int, to server: SimulatedServer) throws(Failure) {
    let asked = truth.operations[operation]
    time += 1_000_000
    let ticket = UInt64(tickets.count)
    tickets[ticket] = .operation(operation)
    let request = ClientRequest(
      asked.change.request, payload: asked.change.payload, client: asked.client, time: time)
    let digest = try asked.change.request.contentDigest(payload: asked.change.payload)
    try guarded(server.replica) { () throws(Failure) in
      try server.submit(request, digest: digest, ticket: ticket)
    }
  }

  private func read(_ seed: UInt64) throws(Failure) {
    var random = SeededGenerator(seed: seed)
    guard let server = pick(&random) else { return }
    let ticket = UInt64(tickets.count)
    tickets[ticket] = .read(Set(truth.told.keys))
    if fault == .staleReads { return answer(.mayRead, ticket: ticket, from: server) }
    try guarded(server.replica) { () throws(Failure) in try server.read(ticket: ticket) }
  }

  private func expire(_ seed: UInt64) throws(Failure) {
    var random = SeededGenerator(seed: seed)
    guard let server = leaders.randomElement(using: &random),
      let index = server.openRequests.first
    else { return }
    marks.insert(.failed)
    try guarded(server.replica) { () throws(Failure) in try server.expire(index) }
  }

  // MARK: Network

  func areCut(_ first: Int, _ second: Int) -> Bool {
    cuts.contains([min(first, second), max(first, second)])
  }

  private func deliver(_ seed: UInt64, _ count: Int) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<count where !flights.isEmpty {
      let place = Int.random(in: flights.indices, using: &random)
      let flight = flights.remove(at: place)
      switch Int.random(in: 0..<24, using: &random) {
      case 0: continue
      case 1: flights.append(flight)
      default: break
      }
      let receiver = replicas[flight.receiver]
      guard let server = receiver.server else { continue }
      do throws(Failure) {
        try guarded(receiver) { () throws(Failure) in
          try server.take(flight.message, from: replicas[flight.sender].name)
        }
      } catch { note(error, "a message to \(receiver.name)") }
    }
  }
}

extension World: ServerSurroundings {
  func send(_ message: ReplicationMessage, from sender: Int, to receiver: String) {
    guard let number = replicas.firstIndex(where: { $0.name == receiver }),
      !areCut(sender, number)
    else { return }
    var message = message
    if fault == .failedListForgotten, case .append(let request, let agreed) = message {
      var new = request.new
      new.failed = []
      message = .append(
        SequencedRequest(id: request.id, digest: request.digest, new: new), agreed: agreed)
    }
    flights.append(Flight(sender: sender, receiver: number, message: message))
  }

  func answer(_ answer: LeaderAnswer, ticket: UInt64, from server: SimulatedServer) {
    switch (answer, tickets[ticket]) {
    case (.done(let id), .operation(let operation)):
      marks.insert(id.term == server.term ? .acknowledged : .retried)
      truth.acknowledge(operation, id)
    case (.mayRead, .read(let before)):
      marks.insert(.read)
      truth.read(in: server.term, seen: server.seen, before: before)
    default: return
    }
  }

  func note(_ request: SequencedRequest) { truth.note(request) }

  func happened(_ id: RequestID, _ result: RequestResult) { truth.happened(id, result) }

  func destaged(on replica: SimulatedReplica, in term: Term, below index: UInt64) {
    truth.compare(replica.brick, replica.name, in: term, below: index)
  }
}
