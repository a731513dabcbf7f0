/// The replica set that jbr journals say they are of.
extension ReplicaSetOptions {
  /// The quorum rule that the journals' superblocks name; nil where they name none, as fdl
  /// journals do, and jbr journals that were converted from them or made by hand.
  ///
  /// - Throws: `refused` where journals are of different sets, or the superblock of one is lost;
  ///   `usage` where the options say something else.
  func rule(of journals: [ReplicaJournal]) throws(Failure) -> QuorumRule? {
    let named = journals.filter(\.namesSet)
    guard let first = named.first?.knowledge?.superblock else { return nil }
    for journal in journals {
      guard journal.knowledge != nil else { throw journal.lacksSuperblock }
    }
    if let quorumPercent, !(1...100).contains(quorumPercent) {
      throw Failure(.usage, "is not from 1 to 100", field: "--quorum-percent")
    }
    let percent = quorumPercent ?? Int(first.quorumPercent)
    guard (1...100).contains(percent) else {
      throw Failure(
        .usage, "must be given: the journals do not say it", field: "--quorum-percent")
    }
    guard quorumPercent == nil || first.quorumPercent == 0 || percent == Int(first.quorumPercent)
    else {
      throw Failure(
        .usage, "the journals say \(first.quorumPercent)", field: "--quorum-percent")
    }
    guard replicas.map({ $0 == Int(first.replicas) }) ?? true else {
      throw Failure(.usage, "the journals say \(first.replicas)", field: "--replicas")
    }
    guard journals.count <= Int(first.replicas) else {
      throw Failure(.usage, "\(journals.count) replicas are given, of \(first.replicas)")
    }
    return QuorumRule(replicas: Int(first.replicas), percent: percent)
  }

  /// Decides what happened, from journals of either kind.
  ///
  /// `reduction`: where the table's journals come from, if they leave out what is alike everywhere.
  public func decide(
    _ names: [ReplicaName], _ table: RequestTable, _ choices: ManualChoices = ManualChoices(),
    reduction: JournalReduction? = nil, through hosts: Hosts
  ) throws(Failure) -> Decision {
    if let name = choices.preferred, !table.replicas.contains(where: { $0.name == name }) {
      throw Failure(.usage, "no replica is named \(name)", field: "--prefer")
    }
    if let rule = try rule(of: table.replicas) {
      let attempt = try Attempt.foreseen(
        table.replicas, rule: rule, choices, uniform: reduction?.uniform ?? [:])
      do throws(AttemptRefusal) {
        return try Decision(DecisionInputs(table: table, rule: rule, leader: nil), attempt: attempt)
      } catch { throw error.failure() }
    }
    let (rule, leader) = try resolve(names, through: hosts)
    return try Decision(DecisionInputs(table: table, rule: rule, leader: leader), choices)
  }
}

/// Refuses jbr journals that say of themselves that they are of different replica sets. Those that
/// name none are of none, and lost superblocks say nothing.
func requireOneSet(_ journals: [(name: String, superblock: Superblock?)]) throws(Failure) {
  let known = journals.compactMap { name, superblock in superblock.map { (name, $0) } }
  guard let (namer, set) = known.first(where: { $0.1.replicas > 0 }) else { return }
  for (name, own) in known {
    let differs: (what: String, is: String, was: String)? =
      if own.volume != set.volume {
        ("volume", "\(own.volume)", "\(set.volume)")
      } else if own.replicas != set.replicas {
        ("replica count", "\(own.replicas)", "\(set.replicas)")
      } else if own.quorumPercent != set.quorumPercent {
        ("quorum percent", "\(own.quorumPercent)", "\(set.quorumPercent)")
      } else { nil }
    guard let differs else { continue }
    throw Failure(
      .refused,
      "its journal is of another replica set than \(namer)'s: its \(differs.what) is \(differs.is), not \(differs.was)",
      path: name)
  }
}

extension ReplicaJournal {
  /// That a jbr journal among others has lost what says whose it is, or is none.
  var lacksSuperblock: Failure {
    guard idSource == .journal else {
      return Failure(
        .refused, "its journal is an fdl one, and others' are jbr journals of a replica set",
        path: name)
    }
    return Failure(
      .refused,
      """
      has no superblock: a disk that was lost joins as a new replica, with a journal made by \
      jbr-journal create --rejoin
      """, path: name)
  }
}

extension Failure {
  /// That the ids of two replicas' requests cannot be compared.
  init(_ name: String, _ source: IDSource, unlike other: String, _ otherSource: IDSource) {
    self.init(
      .refused,
      "its journal is \(source.kind), and \(other)'s is \(otherSource.kind): their requests cannot be compared",
      path: name)
  }
}

extension IDSource {
  fileprivate var kind: String {
    switch self {
    case .jbr: "an fdl one with JBR's indices"
    case .file: "an fdl one without indices"
    case .journal: "a jbr one"
    }
  }
}

/// What only a person may choose.
public struct ManualChoices: Equatable, Sendable {
  /// Whether fewer replicas may vouch than must.
  public var isUnsafe: Bool
  /// Whose request counts where two replicas hold different ones under one name.
  public var preferred: String?

  public init(_ isUnsafe: Bool = false, preferring preferred: String? = nil) {
    self.isUnsafe = isUnsafe
    self.preferred = preferred
  }
}

extension Attempt {
  /// The attempt that would be made now, if all promised: nothing is asked or touched.
  ///
  /// - Throws: `refused` where it would be.
  static func foreseen(
    _ journals: [ReplicaJournal], rule: QuorumRule, _ choices: ManualChoices = ManualChoices(),
    uniform: [Term: UniformRequests] = [:]
  ) throws(Failure) -> Attempt {
    let promised = journals.compactMap { $0.knowledge?.superblock.attemptFloor }
    guard let number = Attempt.number(above: promised) else {
      throw Failure(.refused, "no attempt has a number above \(Term(.max))")
    }
    let promises = try journals.map { journal throws(Failure) in
      var fenced = journal
      fenced.knowledge?.superblock.promise = number.rawValue
      return try fenced.promise(to: number)
    }
    do throws(AttemptRefusal) {
      return try Attempt(
        number, rule: rule, needed: choices.isUnsafe ? 1 : nil, preferring: choices.preferred,
        promises: promises, uniform: uniform)
    } catch { throw error.failure() }
  }
}
