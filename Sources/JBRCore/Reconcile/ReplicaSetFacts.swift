/// What a brick's volfile says of the replica set: its `jbr` volume names the leader and the
/// quorum, and has the journal and one client for each other replica below it.
public struct ReplicaSetFacts: Equatable, Sendable {
  public var leads: Bool
  public var quorumPercent: Int
  public var replicas: Int

  /// - Returns: nil for a graph without a jbr volume.
  public init?(_ graph: VolumeGraph) {
    guard let jbr = graph.volumes.first(where: { $0.type.text == "experimental/jbr" }) else {
      return nil
    }
    leads = ["yes", "on", "true", "1", "enable"].contains(
      jbr.value(of: "leader")?.lowercased() ?? "")
    // GlusterFS takes 51 where the option is missing.
    quorumPercent = jbr.value(of: "quorum-percent").flatMap { Int($0) } ?? 51
    replicas = jbr.subvolumes.count
  }

  /// Looks for a brick's volfile beside a journal.
  /// - Returns: nil if no `*.vol` there has a jbr volume.
  public static func find(
    besideJournal path: String, in place: any FilePlace
  ) throws(Failure) -> ReplicaSetFacts? {
    let folder =
      try place.kind(path) == .directory
      ? path : path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    for name in try place.names(in: folder) where name.hasSuffix(".vol") {
      let file = try place.source(folder + "/" + name).opened()
      let count = try file.byteCount()
      guard count <= ParsedVolfile.byteCountMax else { continue }
      let parsed = ParsedVolfile(try file.read(at: 0, count: count))
      if let facts = ReplicaSetFacts(parsed.graph) { return facts }
    }
    return nil
  }
}

/// What the command line says of the replica set; what is missing comes from volfiles.
public struct ReplicaSetOptions: Sendable {
  public var replicas: Int?
  public var quorumPercent: Int?
  public var leader: String?

  public init(replicas: Int? = nil, quorumPercent: Int? = nil, leader: String? = nil) {
    self.replicas = replicas
    self.quorumPercent = quorumPercent
    self.leader = leader
  }

  /// The quorum rule and the leader's column, from the options and else from the volfiles.
  ///
  /// - Throws: `usage` where neither says it, or they contradict each other.
  public func resolve(
    _ names: [ReplicaName], through hosts: Hosts
  ) throws(Failure) -> (rule: QuorumRule, leader: Int?) {
    let facts = try names.map { name throws(Failure) in
      try ReplicaSetFacts.find(
        besideJournal: name.journal, in: try hosts.files(of: name.journal))
    }
    let count = try Self.one(replicas, facts.map { $0?.replicas }, "--replicas")
    let percent = try Self.one(
      quorumPercent, facts.map { $0?.quorumPercent }, "--quorum-percent")
    guard (1...100).contains(percent) else {
      throw Failure(.usage, "must be from 1 to 100", field: "--quorum-percent")
    }
    guard count >= names.count else {
      throw Failure(.usage, "\(names.count) replicas are given, of \(count)", field: "--replicas")
    }
    return (QuorumRule(replicas: count, percent: percent), try leaderColumn(names, facts, count))
  }

  private func leaderColumn(
    _ names: [ReplicaName], _ facts: [ReplicaSetFacts?], _ count: Int
  ) throws(Failure) -> Int? {
    if let leader {
      let column = names.firstIndex { $0.name == leader }
      // A leader that is not given is allowed: it is the one that is away.
      guard column != nil || names.count < count else {
        throw Failure(.usage, "no replica has the name \(leader)", field: "--leader")
      }
      return column
    }
    let leading = facts.indices.filter { facts[$0]?.leads == true }
    guard leading.count <= 1 else {
      throw Failure(.usage, "two volfiles say 'leader yes': name one", field: "--leader")
    }
    guard leading.count == 1 || facts.allSatisfy({ $0 != nil }) && names.count < count else {
      throw Failure(
        .usage, "no volfile beside the journals says who leads: name the replica",
        field: "--leader")
    }
    return leading.first
  }

  private static func one(
    _ given: Int?, _ found: [Int?], _ option: String
  ) throws(Failure) -> Int {
    if let given { return given }
    let values = found.compactMap { $0 }
    guard let first = values.first else {
      throw Failure(
        .usage, "must be given: no brick's volfile is beside the journals", field: option)
    }
    guard values.allSatisfy({ $0 == first }) else {
      throw Failure(.usage, "the bricks' volfiles contradict each other: give it", field: option)
    }
    return first
  }
}
