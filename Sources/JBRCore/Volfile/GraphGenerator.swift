/// Makes the graphs of a described replica set.
///
/// Pure functions: the same description gives the same graph, and nothing is looked up.
public struct GraphGenerator: Sendable {
  let description: ReplicaSetDescription
  /// The source's name, for the comment that says where a graph comes from.
  private let source: String
  /// The plan for which graphs are made.
  private let planID: String?

  public init(_ description: ReplicaSetDescription, source: String, planID: String? = nil) {
    self.description = description
    self.source = source
    self.planID = planID
  }

  /// What a brick's server runs.
  public func brick(_ replica: DescribedReplica) throws(Failure) -> VolumeGraph {
    switch description.replication {
    case .jbr: try journaledBrick(replica)
    default: try plainBrick(replica)
    }
  }

  /// What a client mounts.
  public func client() throws(Failure) -> VolumeGraph {
    switch description.replication {
    case .jbr: try journaledClient()
    default: try plainClient()
    }
  }

  /// The brick, its journal, its peers, and the server on top.
  ///
  /// A replica alone has nobody to replicate to, and so no jbr between journal and server.
  private func journaledBrick(_ replica: DescribedReplica) throws(Failure) -> VolumeGraph {
    guard let journal = replica.journal else {
      throw missing(replica, "journal", "a brick graph needs it")
    }
    var stack = VolumeStack(prefix: description.volume, options: description.options)
    stack.push("posix", "storage/posix", try posixOptions(replica), on: [])
    stack.push("acl", "features/access-control")
    stack.push("locks", "features/locks")
    stack.push("iot", "performance/io-threads")
    stack.push("fdl", "experimental/fdl", [("log-path", journal)])
    let set = description.set(of: replica.number)
    let peers = set.filter { $0 != replica.number }
    if !peers.isEmpty {
      try requireLeader(of: set, for: replica)
      let journaled = stack.top
      var names: [String] = []
      for index in peers {
        // A peer's number is the one that it has in its set.
        let suffix = "peer\(index - set.lowerBound)"
        stack.push(
          suffix, "protocol/client", try connection(to: description.replicas[index]), on: [])
        names.append("\(description.volume)-\(suffix)")
      }
      stack.push(
        "jbr", "experimental/jbr",
        [
          ("leader", replica.isLeader ? "yes" : "no"),
          ("quorum-percent", String(description.quorumPercent)),
        ],
        on: journaled + names)
    }
    stack.push(named: replica.name, "debug/io-stats")
    stack.push("server", "protocol/server", try service(of: replica))
    return graph(stack, "brick", of: replica)
  }

  /// Without one the set would wait for ever. A source that says that a replica follows need not
  /// know who leads.
  private func requireLeader(
    of set: Range<Int>, for replica: DescribedReplica
  ) throws(Failure) {
    let isKnown = replica.hasKnownRole || description.replicas[set].contains(where: \.isLeader)
    guard !isKnown else { return }
    throw missing(
      description.replicas[set.lowerBound], "leader", "one of a set must lead for a brick graph")
  }

  /// One connection to each replica, jbrc over those of a set, which finds the leader, and a
  /// distribute over several sets.
  private func journaledClient() throws(Failure) -> VolumeGraph {
    let prefix = description.volume
    var stack = VolumeStack(prefix: prefix, options: description.options)
    for (index, replica) in description.replicas.enumerated() {
      stack.push("client-\(index)", "protocol/client", try connection(to: replica), on: [])
    }
    var tops = description.replicas.indices.map { "\(prefix)-client-\($0)" }
    if description.setSize > 1 {
      for (number, set) in description.sets.enumerated() {
        stack.push("replicate-\(number)", "experimental/jbrc", on: Array(tops[set]))
      }
      tops = description.sets.indices.map { "\(prefix)-replicate-\($0)" }
    }
    if tops.count > 1 { stack.push("dht", "cluster/distribute", on: tops) }
    for name in description.performance {
      stack.push(name, "performance/\(name)")
    }
    return graph(stack, "client")
  }

  // MARK: Parts

  /// The graph with the comments that say what it is, of what and by which version.
  func graph(
    _ stack: VolumeStack, _ what: String, of replica: DescribedReplica? = nil
  ) -> VolumeGraph {
    var about = " jbr-volgen \(what): "
    if let replica {
      about += "replica \(replica.name)"
      if let brick = replica.brick { about += ", brick \(Failure.visible(brick))" }
    } else {
      about += "volume \(description.volume)"
    }
    if let planID { about += ", plan \(planID)" }
    return graph(stack, about: about)
  }

  /// The same, for a graph that promises to reach one replica only.
  func graph(
    _ stack: VolumeStack, reaching replica: DescribedReplica, at server: ServerAddress
  ) -> VolumeGraph {
    let promise = ReconPromise(
      replica: replica.name, brick: replica.brick, server: server.spelled, plan: planID)
    return graph(stack, about: promise.comment)
  }

  private func graph(_ stack: VolumeStack, about: String) -> VolumeGraph {
    // No time and no host: equal input gives equal bytes.
    let made = " Made by jbr-volgen \(Version.toolkit) from \(Self.commentable(source))."
    return VolumeGraph(header: [about, made], volumes: stack.volumes)
  }

  /// A file name may hold what a comment must not.
  private static func commentable(_ text: String) -> String {
    Failure.visible(text).replacing("`", with: "?")
  }

  /// The error for a key that only some graphs need.
  func missing(_ replica: DescribedReplica, _ name: String, _ why: String) -> Failure {
    Failure(
      .usage, "is missing, and \(why); --overlay can say it",
      field: "replicas[\(replica.number)].\(name)")
  }

  func brickPath(of replica: DescribedReplica) throws(Failure) -> String {
    if let brick = replica.brick { return brick }
    throw missing(replica, "brick", "the source does not know its directory")
  }

  func posixOptions(_ replica: DescribedReplica) throws(Failure) -> [VolumeStack.Option] {
    var options = [("directory", try brickPath(of: replica))]
    if let id = description.volumeID { options.append(("volume-id", id)) }
    return options
  }

  /// Where a client or peer finds a replica; the port is the brick's own unless given.
  func connection(
    to replica: DescribedReplica, port: Int? = nil
  ) throws(Failure) -> [VolumeStack.Option] {
    [
      ("transport-type", "tcp"),
      ("transport.address-family", Self.family(of: replica.host)),
      ("remote-host", replica.host),
      ("remote-port", String(try self.port(of: replica, unless: port))),
      ("remote-subvolume", replica.name),
    ] + connectionTail
  }

  private func port(of replica: DescribedReplica, unless other: Int?) throws(Failure) -> Int {
    if let port = other ?? replica.port { return port }
    throw missing(replica, "port", "jbr servers are found at it")
  }

  /// What every connection ends with, whatever it is made over.
  var connectionTail: [VolumeStack.Option] {
    var options = [("ping-timeout", String(description.pingTimeout)), ("send-gids", "true")]
    if let login = description.access.login {
      options += [("username", login.username), ("password", login.password)]
    }
    return options
  }

  /// What a server on TCP takes.
  func service(
    of replica: DescribedReplica, port: Int? = nil
  ) throws(Failure) -> [VolumeStack.Option] {
    [
      ("transport-type", "tcp"),
      ("transport.address-family", Self.family(of: replica.bindAddress)),
      ("transport.socket.bind-address", replica.bindAddress),
      ("transport.socket.listen-port", String(try self.port(of: replica, unless: port))),
    ] + leave(toUse: replica.name, from: description.access.allowed)
  }

  /// The options that let clients in: by address, by login, or both.
  func leave(toUse name: String, from addresses: [String]) -> [VolumeStack.Option] {
    var options: [VolumeStack.Option] = []
    if !addresses.isEmpty {
      options.append(("auth.addr.\(name).allow", addresses.joined(separator: ",")))
    }
    if let login = description.access.login {
      options.append(("auth.login.\(name).allow", login.username))
      options.append(("auth.login.\(login.username).password", login.password))
    }
    // Clients need not be root, and so may come from any port.
    return options + [("rpc-auth-allow-insecure", "on")]
  }

  private static func family(of host: String) -> String { host.contains(":") ? "inet6" : "inet" }
}

/// Volumes that are put one on another.
struct VolumeStack {
  typealias Option = (key: String, value: String)

  let prefix: String
  /// What was set for the volume, and whether what was not gets GlusterFS' usual values.
  private let options: VolumeOptions
  private let withStandards: Bool
  private(set) var volumes: [Volume] = []

  init(prefix: String, options: VolumeOptions = VolumeOptions(), withStandards: Bool = false) {
    self.prefix = prefix
    self.options = options
    self.withStandards = withStandards
  }

  /// The name of the highest volume, as the next one's only subvolume.
  var top: [String] { volumes.last.map { [$0.name.text] } ?? [] }

  /// Adds a volume whose name is the prefix and a suffix, on the volume below unless others are
  /// named.
  mutating func push(
    _ suffix: String, _ type: String, _ options: [Option] = [], on subvolumes: [String]? = nil
  ) {
    push(named: "\(prefix)-\(suffix)", type, options, on: subvolumes)
  }

  mutating func push(
    named name: String, _ type: String, _ options: [Option] = [], on subvolumes: [String]? = nil
  ) {
    volumes.append(
      Volume(
        name: Word(name), type: Word(type),
        options: merged(options, with: type).map { VolumeOption(Word($0.key), Word($0.value)) },
        subvolumes: (subvolumes ?? top).map { Word($0) }))
  }

  /// A graph's own options, but for what was set for the volume, and what else was set.
  private func merged(_ own: [Option], with type: String) -> [Option] {
    let chosen = options.options(of: type, withStandards: withStandards)
    if chosen.isEmpty { return own }
    let values = Dictionary(chosen.map { ($0.key, $0.value) }) { $1 }
    let known = Set(own.map(\.key))
    return own.map { ($0.key, values[$0.key] ?? $0.value) }
      + chosen.filter { !known.contains($0.key) }
  }
}
