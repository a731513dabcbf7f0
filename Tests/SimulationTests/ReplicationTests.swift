import Histories
import Testing

@testable import JBRCore

/// The state machines of leader and follower, one message after the other.
@Suite struct ReplicationTests {
  private let file = GFID(high: 9, low: 1)
  private let other = GFID(high: 9, low: 2)

  private func leader(quorum: Int = 2, followers: Set<String> = ["a", "b"]) -> Leader {
    Leader(Term(3), followers: followers, quorum: quorum)
  }

  /// A tree that has every object, and in which every name is free.
  private let everything = AgreedTree(standing: { _ in nil }, has: { _ in true })

  private func setxattr(_ gfid: GFID, client: UInt64 = 0) -> ClientRequest {
    ClientRequest(
      RequestMaker(index: nil).setxattr(
        gfid, [117, 46, 107], [UInt8(client)], flags: 0, open: false),
      client: client == 0 ? .null : UniqueID(high: 1, low: client), time: 1)
  }

  private func submit(
    _ request: ClientRequest, _ ticket: UInt64, to leader: inout Leader, in tree: AgreedTree? = nil
  ) throws -> [ReplicationEffect] {
    leader.submit(
      request, digest: try request.request.contentDigest(payload: nil), ticket: ticket,
      in: tree ?? everything)
  }

  private func sent(_ effects: [ReplicationEffect]) -> [(SequencedRequest, String)] {
    effects.compactMap {
      guard case .send(.append(let request, _), let name) = $0 else { return nil }
      return (request, name)
    }
  }

  private func answers(_ effects: [ReplicationEffect]) -> [UInt64: LeaderAnswer] {
    var found: [UInt64: LeaderAnswer] = [:]
    for case .answer(let answer, let ticket) in effects { found[ticket] = answer }
    return found
  }

  private func journals(_ effects: [ReplicationEffect]) -> [UInt64] {
    effects.compactMap {
      guard case .journal(_, _, let done) = $0 else { return nil }
      return done
    }
  }

  private func acknowledge(
    _ request: SequencedRequest, by name: String, _ leader: inout Leader
  ) -> [ReplicationEffect] {
    leader.take(.journaled(request.id, request.digest), from: name, in: everything)
  }

  @Test func itJournalsOnceAllOtherAcknowledgementsAreInHand() throws {
    var leader = leader(quorum: 3)
    let all = sent(try submit(setxattr(file), 1, to: &leader))
    #expect(all.map(\.1) == ["a", "b"])
    let request = try #require(all.first?.0)
    #expect(acknowledge(request, by: "a", &leader).isEmpty)
    #expect(acknowledge(request, by: "a", &leader).isEmpty, "one follower counts once")
    #expect(journals(acknowledge(request, by: "b", &leader)) == [1])
    #expect(leader.known.destageable(limit: 9).isEmpty)
    let done = leader.flushed(1, in: everything)
    #expect(answers(done) == [1: .done(request.id)])
    #expect(leader.known.destageable(limit: 9) == [1])
  }

  @Test func whatIsOfAnotherTermContentOrSenderIsNoAcknowledgement() throws {
    var leader = leader()
    let request = try #require(sent(try submit(setxattr(file), 1, to: &leader)).first?.0)
    let wrong: [(ReplicationMessage, String)] = [
      (.journaled(RequestID(term: Term(2), index: 1), request.digest), "a"),
      (.journaled(request.id, Digest(high: 1, low: 1)), "a"),
      (.journaled(request.id, request.digest), "stranger"),
    ]
    for (message, name) in wrong {
      #expect(leader.take(message, from: name, in: everything).isEmpty)
    }
    #expect(journals(acknowledge(request, by: "a", &leader)) == [1])
  }

  @Test func withTooFewFollowersNothingIsSent() throws {
    var leader = leader(quorum: 3)
    leader.setUp(["a"])
    let effects = try submit(setxattr(file), 1, to: &leader)
    #expect(answers(effects) == [1: .notDone])
    #expect(sent(effects).isEmpty)
  }

  @Test func conflictingRequestsWaitAndOthersDoNot() throws {
    var leader = leader()
    let first = sent(try submit(setxattr(file), 1, to: &leader))
    #expect(sent(try submit(setxattr(file, client: 5), 2, to: &leader)).isEmpty)
    #expect(sent(try submit(setxattr(other), 3, to: &leader)).count == 2)
    _ = acknowledge(try #require(first.first?.0), by: "a", &leader)
    let next = sent(leader.flushed(1, in: everything))
    #expect(Set(next.map(\.0.id.index)) == [3])
  }

  /// What stands at a name may be cut by a create that does not say so.
  @Test func whatStandsAtANameConflictsToo() throws {
    var leader = leader()
    let name = EntryName(parent: .root, name: [97])
    let tree = AgreedTree(standing: { $0 == name ? file : nil }, has: { _ in true })
    let create = RequestMaker(index: nil).create(other, at: name, flags: 0x242, mode: 0o644)
    _ = try submit(ClientRequest(create, time: 1), 1, to: &leader, in: tree)
    #expect(sent(try submit(setxattr(file), 2, to: &leader, in: tree)).isEmpty)
  }

  @Test func whatNamesAnObjectThatIsGoneIsNotSent() throws {
    var leader = leader()
    let empty = AgreedTree(standing: { _ in nil }, has: { $0 == .root })
    let effects = try submit(setxattr(file), 1, to: &leader, in: empty)
    #expect(answers(effects) == [1: .gone])
    #expect(sent(effects).isEmpty)
  }

  @Test func aFailedRequestIsNamedByLaterOnesUntilAllKnowIt() throws {
    var leader = leader()
    let first = try #require(sent(try submit(setxattr(file), 1, to: &leader)).first?.0)
    let effects = leader.expire(1, in: everything)
    #expect(answers(effects) == [1: .unknown])
    let rollbacks = effects.compactMap { effect -> String? in
      guard case .send(.rollback(let id, let digest), let name) = effect else { return nil }
      return id == first.id && digest == first.digest ? name : nil
    }
    #expect(rollbacks == ["a", "b"])
    #expect(acknowledge(first, by: "a", &leader).isEmpty, "too late")
    let second = try #require(sent(try submit(setxattr(file), 2, to: &leader)).first?.0)
    #expect(second.new.failed == [1...1])
    for name in ["a", "b"] {
      _ = leader.take(.rolledBack(first.id), from: name, in: everything)
    }
    let third = try #require(sent(try submit(setxattr(other), 3, to: &leader)).first?.0)
    #expect(third.new.failed == [])
  }

  @Test func aRetryIsAnsweredAndNotDoneAgain() throws {
    let old = RequestID(term: Term(1), index: 7)
    var leader = Leader(
      Term(3), followers: ["a"], quorum: 2, done: [UniqueID(high: 1, low: 8): old])
    #expect(answers(try submit(setxattr(file, client: 8), 1, to: &leader)) == [1: .done(old)])
    let request = try #require(sent(try submit(setxattr(file, client: 9), 2, to: &leader)).first)
    #expect(try submit(setxattr(file, client: 9), 3, to: &leader).isEmpty)
    _ = acknowledge(request.0, by: "a", &leader)
    let done = LeaderAnswer.done(request.0.id)
    #expect(answers(leader.flushed(1, in: everything)) == [2: done, 3: done])
    #expect(answers(try submit(setxattr(file, client: 9), 4, to: &leader)) == [4: done])
  }

  @Test func aDeposedLeaderKnowsOnlyWhatItNeverSent() throws {
    var leader = leader()
    _ = try submit(setxattr(file), 1, to: &leader)
    _ = try submit(setxattr(file, client: 5), 2, to: &leader)
    #expect(answers(leader.depose()) == [1: .unknown, 2: .notDone])
    #expect(answers(try submit(setxattr(file), 3, to: &leader)) == [3: .notDone])
  }

  @Test func aReadWaitsForThoseThatWithTheLeaderMeetEveryFence() {
    var leader = leader(quorum: 3)
    #expect(leader.read(ticket: 1).count == 2)
    let confirmed = ReplicationMessage.confirmed(Term(3), ticket: 1)
    #expect(leader.take(confirmed, from: "a", in: everything).isEmpty)
    #expect(answers(leader.take(confirmed, from: "b", in: everything)) == [1: .mayRead])
  }

  // MARK: Followers

  private func request(
    _ index: UInt64, failed: [ClosedRange<UInt64>] = [], value: UInt8 = 1
  ) throws -> SequencedRequest {
    var new = NewRequest(
      RequestMaker(index: nil).setxattr(file, [107], [value], flags: 0, open: false), index: index)
    new.failed = failed
    return SequencedRequest(
      id: RequestID(term: Term(3), index: index), digest: try new.digest(), new: new)
  }

  private func replies(_ effects: [ReplicationEffect]) -> Int {
    effects.reduce(0) { count, effect in
      guard case .journal(_, let replies, _) = effect else { return count }
      return count + replies.count
    }
  }

  @Test func aFollowerDestagesWhatIsAgreedUpToTheFirstGap() throws {
    var follower = Follower(TermKnowledge(Term(3)))
    var agreed = AgreedRanges()
    agreed.insert(1, through: 3)
    for index in [1, 3] as [UInt64] {
      let effects = follower.take(.append(try request(index), agreed: agreed), from: "l")
      #expect(replies(effects) == 1)
    }
    #expect(follower.known.destageable(limit: 9) == [1])
    _ = follower.take(.append(try request(2), agreed: agreed), from: "l")
    #expect(follower.known.destageable(limit: 9) == [1, 2, 3])
    follower.destaged(through: 3)
    #expect(follower.known.destageable(limit: 9) == [])
  }

  /// Whether one before them failed may come to be known only behind a restart.
  @Test func aRestartedFollowerDoesNotDestageAgain() throws {
    var states = RequestStates(term: Term(3))
    for index: UInt64 in 1...4 { try states.add(index) }
    for state in [RequestState.inProgress, .committed] { try states.change(2, last: 3, to: state) }
    var agreed = AgreedRanges()
    agreed.insert(2, through: 4)
    let digests = Dictionary(
      uniqueKeysWithValues: (1...4).map { (UInt64($0), Digest(high: 0, low: 0)) })
    var follower = Follower(
      TermKnowledge(Term(3), states: states, agreed: agreed, digests: digests))
    #expect(follower.known.destageable(limit: 9) == [])
    #expect(follower.known.holds(2))
    _ = follower.take(
      .append(try request(5, failed: [1...1]), agreed: AgreedRanges()), from: "l")
    #expect(follower.known.destageable(limit: 9) == [4])
  }

  @Test func aFollowerTakesTheListOfFailedOnesForARollback() throws {
    var follower = Follower(TermKnowledge(Term(3)))
    _ = follower.take(.append(try request(1), agreed: AgreedRanges()), from: "l")
    let effects = follower.take(
      .append(try request(2, failed: [1...1]), agreed: AgreedRanges()), from: "l")
    guard case .journal(let events, _, _)? = effects.first, case .rollback(1, 0, _)? = events.first
    else {
      Issue.record("\(effects)")
      return
    }
    // Nor does it take it when it comes late.
    #expect(replies(follower.take(.append(try request(1), agreed: AgreedRanges()), from: "l")) == 0)
  }

  @Test func aRollbackOfAnotherContentOrOfWhatIsAgreedIsNotTaken() throws {
    var follower = Follower(TermKnowledge(Term(3)))
    _ = follower.take(.append(try request(1), agreed: AgreedRanges()), from: "l")
    let id = RequestID(term: Term(3), index: 1)
    #expect(follower.take(.rollback(id, Digest(high: 5, low: 5)), from: "l").isEmpty)
    var agreed = AgreedRanges()
    agreed.insert(1, through: 1)
    _ = follower.take(.agreed(Term(3), agreed), from: "l")
    #expect(follower.take(.rollback(id, try request(1).digest), from: "l").isEmpty)
    #expect(follower.known.destageable(limit: 9) == [1])
  }

  @Test func aFollowerOfAnotherTermSaysSo() throws {
    var follower = Follower(TermKnowledge(Term(4)))
    let effects = follower.take(.append(try request(1), agreed: AgreedRanges()), from: "l")
    guard case .send(.closed(let term), "l")? = effects.first else {
      Issue.record("\(effects)")
      return
    }
    #expect(term == Term(3) && effects.count == 1)
  }

  /// What a message says must not decide how long it takes.
  @Test func hugeRangesTakeNoTime() throws {
    var follower = Follower(TermKnowledge(Term(3)))
    var agreed = AgreedRanges()
    agreed.insert(0, through: .max)
    _ = follower.take(
      .append(try request(7, failed: [0...UInt64.max - 1]), agreed: agreed), from: "l")
    #expect(follower.known.destageable(limit: 9) == [])
  }
}
