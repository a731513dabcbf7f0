/// What a what-if assumes beside what journals and volfiles say.
public struct Assumptions: Sendable {
  /// A term of which a replica is assumed to have lost all.
  public struct DamagedTerm: Sendable {
    /// As the union of all journals numbers it.
    public var term: Term
    public var replica: String

    /// Parses `TERM@REPLICA`.
    public init(parsing text: String) throws(Failure) {
      let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let term = UInt64(parts[0]), !parts[1].isEmpty else {
        throw Failure(.usage, "'\(text)' is no TERM@REPLICA", field: "--damaged")
      }
      self.term = Term(term)
      replica = String(parts[1])
    }
  }

  /// Replicas that are assumed to be away.
  public var without: [String]
  public var damaged: [DamagedTerm]
  /// The replica set as it is assumed.
  public var options: ReplicaSetOptions

  public init(without: [String], damaged: [DamagedTerm], options: ReplicaSetOptions) {
    self.without = without
    self.damaged = damaged
    self.options = options
  }

  /// - Throws: `usage` where a replica is assumed about that is not given, or none is left.
  func check(_ names: [String]) throws(Failure) {
    for name in without where !names.contains(name) {
      throw Failure(.usage, "no replica has the name \(name)", field: "--without")
    }
    for one in damaged where !names.contains(one.replica) || without.contains(one.replica) {
      throw Failure(
        .usage, "no replica that is left has the name \(one.replica)", field: "--damaged")
    }
    guard !names.allSatisfy(without.contains) else {
      throw Failure(.usage, "no replica is left", field: "--without")
    }
    if let percent = options.quorumPercent, !(1...100).contains(percent) {
      throw Failure(.usage, "must be from 1 to 100", field: "--quorum-percent")
    }
    if let count = options.replicas, UInt32(exactly: count) == nil || count == 0 {
      throw Failure(.usage, "makes no sense", field: "--replicas")
    }
  }

  /// The journals as they would be, without those of replicas that are away.
  func journals(of table: RequestTable) throws(Failure) -> [ReplicaJournal] {
    var found: [ReplicaJournal] = []
    for (column, replica) in table.replicas.enumerated() where !without.contains(replica.name) {
      var journal = replica
      for one in damaged where one.replica == journal.name {
        try journal.lose(one.term, column: column, of: table)
      }
      // Where the journals say of which set they are, they would say the other one.
      if journal.namesSet {
        if let count = options.replicas.flatMap({ UInt32(exactly: $0) }) {
          journal.knowledge?.superblock.replicas = count
        }
        if let percent = options.quorumPercent.flatMap({ UInt32(exactly: $0) }) {
          journal.knowledge?.superblock.quorumPercent = percent
        }
      }
      found.append(journal)
    }
    return found
  }
}

extension ReplicaJournal {
  /// Loses all that the journal holds of a term, as damage that nothing can be read behind.
  fileprivate mutating func lose(
    _ term: Term, column: Int, of table: RequestTable
  ) throws(Failure) {
    func isLost(_ own: Term) -> Bool { table.unionTerm(own, replica: column) == term }
    let hasMarks = knowledge?.superblock.hasJoined(term) ?? false
    guard hasMarks || records.contains(where: { isLost($0.id.term) }) else {
      throw Failure(.usage, "\(name) holds nothing of term \(term)", field: "--damaged")
    }
    removeRequests { isLost($0) }
    damages.append(Failure(.damaged, "term \(term) is assumed to be damaged", path: name))
    knowledge?.damagedTerms.insert(term)
    knowledge?.contents[term] = nil
    knowledge?.failedByLeader[term] = nil
  }
}

extension ReplicaSetOptions {
  /// What of these is needed to see the set as it is: what neither journals nor volfiles say.
  func asThingsAre(
    _ names: [ReplicaName], _ journals: [ReplicaJournal], through hosts: Hosts
  ) throws(Failure) -> ReplicaSetOptions {
    let superblocks = journals.compactMap { $0.knowledge?.superblock }
    if let named = superblocks.first(where: { $0.replicas > 0 }) {
      return ReplicaSetOptions(quorumPercent: named.quorumPercent == 0 ? quorumPercent : nil)
    }
    let facts = try names.map { name throws(Failure) in
      try ReplicaSetFacts.find(besideJournal: name.journal, in: hosts.files(of: name.journal))
    }.compactMap { $0 }
    let leads = facts.filter(\.leads).count
    return ReplicaSetOptions(
      replicas: Set(facts.map(\.replicas)).count == 1 ? nil : replicas,
      quorumPercent: Set(facts.map(\.quorumPercent)).count == 1 ? nil : quorumPercent,
      leader: leads == 1 ? nil : leader)
  }
}
