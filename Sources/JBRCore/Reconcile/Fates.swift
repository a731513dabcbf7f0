/// What reconciliation decides of a request, once and for ever.
public enum Fate: String, Sendable {
  /// It happened.
  case forward
  /// It did not.
  case void
  /// No rule may choose: a person must (`--prefer`).
  case conflict
}

/// The cases of the decision table, by the label that plan lines cite. See
/// docs/reconciliation.md, which is generated from here.
public enum FateCase: String, CaseIterable, Sendable {
  case recordedForward = "R1-recorded-forward"
  case recordedWithoutContent = "C3-recorded-without-content"
  case recordedVoid = "R2-recorded-void"
  case rolledBack = "V1-rolled-back"
  case preferred = "P1-preferred"
  case contentConflict = "C1-content-conflict"
  case leaderLacksHarmless = "L1-leader-lacks-harmless"
  case leaderLacksContradicted = "L2-leader-lacks-contradicted"
  case quorumPossible = "F1-quorum-possible"
  case agreed = "F3-agreed"
  case uncontradicted = "F2-applied-uncontradicted"
  case tooFew = "V2-too-few"
  case neverSeen = "V3-never-seen"
  case onlyDamaged = "C2-only-damaged-copies"

  public var fate: Fate {
    switch self {
    case .recordedVoid, .rolledBack, .leaderLacksContradicted, .tooFew, .neverSeen: .void
    case .recordedWithoutContent, .contentConflict, .onlyDamaged: .conflict
    case .recordedForward, .preferred, .leaderLacksHarmless, .quorumPossible, .agreed,
      .uncontradicted:
      .forward
    }
  }

  /// When the case applies, and why its fate is right.
  public var explanation: String {
    switch self {
    case .recordedForward:
      """
      An earlier attempt recorded that it happened, and no attempt with a higher number recorded \
      anything else for its term. Somebody may have acted on that record: it stands.
      """
    case .recordedWithoutContent:
      """
      An earlier attempt recorded that it happened, and no participant has a copy of what was \
      recorded that can be read. A record is never reversed: bring a replica that has it.
      """
    case .recordedVoid:
      """
      An earlier attempt recorded its term without it, and no attempt with a higher number \
      recorded anything else. Somebody may have acted on that record: it stands, whatever comes \
      back later.
      """
    case .rolledBack:
      """
      Some participant knows that the request failed: a rollback names it. It was never \
      acknowledged, and later requests were acknowledged on that ground, so it is void, always; \
      whoever applied it is restored.
      """
    case .preferred:
      """
      Two replicas hold different requests under one name, no rollback says which failed, and a \
      person said with --prefer whose counts. The other one is lost, acknowledged or not.
      """
    case .contentConflict:
      """
      Two replicas hold different requests under one name, and no rollback says which failed. \
      Nothing is merged by guess.
      """
    case .leaderLacksHarmless:
      """
      The reign's leader lacks the request although its whole journal holds a later one, so it \
      was never acknowledged. Every later request has the same result with and without it, so it \
      is forward: nothing contradicts it, and nothing that a replica shows is taken back.
      """
    case .leaderLacksContradicted:
      """
      The reign's leader lacks the request although its whole journal holds a later one, so it \
      was never acknowledged, and a later request would have another result with it: void.
      """
    case .quorumPossible:
      """
      Those that hold it and those that cannot be asked are enough for a quorum, so it may have \
      been acknowledged: forward.
      """
    case .agreed:
      """
      Too few hold it for a quorum now, but some participant knows that it had one: an agreed \
      mark names it, or a JBR journal shows that applying it has begun, which begins only with \
      what is agreed: forward.
      """
    case .uncontradicted:
      """
      Too few hold it for a quorum, but a holder has applied it (in an FDL journal every holder \
      has, since it is applied as it is journaled) and no rollback contradicts it: forward.
      """
    case .tooFew:
      "Too few hold it for a quorum, and nobody has applied it: void."
    case .neverSeen:
      """
      No participant holds it, and enough vouch for the term that it cannot have been \
      acknowledged. Deciding the term closes it: the request is void, also when a replica comes \
      back that holds it.
      """
    case .onlyDamaged:
      """
      It may have been acknowledged, and every copy that is left is damaged. Void would lose it, \
      forward has no content.
      """
    }
  }
}

/// What must be known of a request to decide it.
public struct FateQuestion: Equatable, Sendable {
  /// How many replicas there are, and how many of them make a quorum.
  public var replicas: Int
  public var quorum: Int
  /// S: those that vouch for the term and hold the request, and no rollback of it.
  public var holders: Int
  /// Holders whose copy cannot be read.
  public var damagedHolders: Int
  /// V: participants that know that it failed.
  public var failed: Int
  /// D: holders that have begun to apply it.
  public var applied: Int
  /// How many participants vouch for the term; the others may hold anything.
  public var vouching: Int
  public var contentDiffers: Bool
  /// Whether a person chose one of the contents that differ, and it can be read.
  public var isPreferred = false
  /// Whether the reign's leader proves by its whole journal that it never took the request; nil
  /// if it does not, else whether every later request has the same result with and without it.
  public var leaderLacksHarmlessly: Bool?
  /// What the record of the highest earlier attempt says; nil where there is none.
  public var recorded: Recorded?
  /// How many participants know that it had its quorum.
  public var agreed = 0
  /// Copies that can be read on any participant, be it one that does not vouch or one to which an
  /// attempt brought it; nil where only the holders' are known.
  public var readableCopies: Int?
  /// Whether any participant knows of the request at all.
  public var isSeen = true

  /// What an earlier attempt decided.
  public enum Recorded: Equatable, Sendable { case forward, void }

  public init(
    replicas: Int, quorum: Int, holders: Int, damagedHolders: Int = 0, failed: Int = 0,
    applied: Int = 0, vouching: Int, contentDiffers: Bool = false,
    leaderLacksHarmlessly: Bool? = nil
  ) {
    self.replicas = replicas
    self.quorum = quorum
    self.holders = holders
    self.damagedHolders = damagedHolders
    self.failed = failed
    self.applied = applied
    self.vouching = vouching
    self.contentDiffers = contentDiffers
    self.leaderLacksHarmlessly = leaderLacksHarmlessly
  }
}

/// Decides one request. Rows apply top down; nothing but the question is looked at.
public func decide(_ question: FateQuestion) -> FateCase {
  switch question.recorded {
  case .forward: return question.hasNoContent ? .recordedWithoutContent : .recordedForward
  case .void: return .recordedVoid
  case nil: break
  }
  if question.failed > 0 { return .rolledBack }
  if question.contentDiffers { return question.isPreferred ? .preferred : .contentConflict }
  if let harmless = question.leaderLacksHarmlessly {
    return harmless ? .leaderLacksHarmless : .leaderLacksContradicted
  }
  let unknown = question.replicas - question.vouching
  let forward: FateCase? =
    if question.holders + unknown >= question.quorum {
      .quorumPossible
    } else if question.agreed > 0 {
      .agreed
    } else if question.applied > 0 { .uncontradicted } else { nil }
  guard let forward else { return question.isSeen ? .tooFew : .neverSeen }
  return question.hasNoContent ? .onlyDamaged : forward
}

extension FateQuestion {
  /// Whether no copy can be read, although the request is known.
  fileprivate var hasNoContent: Bool {
    readableCopies.map { $0 == 0 } ?? (holders > 0 && holders == damagedHolders)
  }
}

/// The replica set as reconciliation must know it.
public struct QuorumRule: Equatable, Sendable {
  public var replicas: Int
  /// q: how many replicas, the leader among them, acknowledge a write.
  public var quorum: Int

  /// q = max(1, ⌈n·p/100⌉).
  public init(replicas: Int, percent: Int) {
    self.replicas = replicas
    quorum = max(1, (replicas * percent + 99) / 100)
  }

  /// r = max(n − q + 1, ⌊n/2⌋ + 1): enough to see every acknowledged request, and enough that
  /// two reconciliations meet.
  public var needed: Int { max(replicas - quorum + 1, replicas / 2 + 1) }
}
