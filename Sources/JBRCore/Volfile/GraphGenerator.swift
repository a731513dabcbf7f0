/// Makes the graphs of a described replica set.
///
/// Pure functions: the same description gives the same graph, and nothing is looked up.
public struct GraphGenerator: Sendable {
  let description: ReplicaSetDescription
  /// The description's name, for the comment that says where a graph comes from.
  private let source: String

  public init(_ description: ReplicaSetDescription, source: String) {
    self.description = description
    self.source = source
  }

  /// What a brick's server runs: the brick, its journal, its peers, and the server on top.
  ///
  /// A replica alone has nobody to replicate to, and so no jbr between journal and server.
  public func brick(_ replica: DescribedReplica) throws(Failure) -> VolumeGraph {
    guard let journal = replica.journal else {
      throw missing(replica, "journal", "a brick graph needs it")
    }
    var stack = VolumeStack(prefix: description.volume)
    stack.push("posix", "storage/posix", posixOptions(replica), on: [])
    stack.push("acl", "features/access-control")
    stack.push("locks", "features/locks")
    stack.push("iot", "performance/io-threads")
    stack.push("fdl", "experimental/fdl", [("log-path", journal)])
    let peers = description.replicas.enumerated().filter { $0.element.name != replica.name }
    if !peers.isEmpty {
      let journaled = stack.top
      for (index, peer) in peers {
        stack.push("peer\(index)", "protocol/client", connection(to: peer), on: [])
      }
      stack.push(
        "jbr", "experimental/jbr",
        [
          ("leader", replica.isLeader ? "yes" : "no"),
          ("quorum-percent", String(description.quorumPercent)),
        ],
        on: journaled + peers.map { "\(description.volume)-peer\($0.offset)" })
    }
    stack.push(named: replica.name, "debug/io-stats")
    stack.push("server", "protocol/server", service(of: replica))
    return graph(stack, "brick graph of replica \(replica.name)")
  }

  /// What a client mounts: one connection to each replica, and jbrc, which finds the leader.
  public func client() -> VolumeGraph {
    var stack = VolumeStack(prefix: description.volume)
    for (index, replica) in description.replicas.enumerated() {
      stack.push("client-\(index)", "protocol/client", connection(to: replica), on: [])
    }
    if description.replicas.count > 1 {
      let clients = description.replicas.indices.map { "\(description.volume)-client-\($0)" }
      stack.push("replicate-0", "experimental/jbrc", on: clients)
    }
    for name in description.performance {
      stack.push(name, "performance/\(name)")
    }
    return graph(stack, "client graph")
  }

  // MARK: Parts

  func graph(_ stack: VolumeStack, _ what: String) -> VolumeGraph {
    // No time and no host: equal input gives equal bytes.
    let made = " Made by jbr-volgen \(Version.toolkit) from \(Self.commentable(source)):"
    return VolumeGraph(
      header: [made, " \(what) of volume \(description.volume)."], volumes: stack.volumes)
  }

  /// A file name may hold what a comment must not.
  private static func commentable(_ text: String) -> String {
    Failure.visible(text).replacing("`", with: "?")
  }

  func posixOptions(_ replica: DescribedReplica) -> [VolumeStack.Option] {
    var options = [("directory", replica.brick)]
    if let id = description.volumeID { options.append(("volume-id", id)) }
    return options
  }

  /// Where a client or peer finds a replica; the port is the brick's own unless given.
  func connection(to replica: DescribedReplica, port: Int? = nil) -> [VolumeStack.Option] {
    [
      ("transport-type", "tcp"),
      ("transport.address-family", Self.family(of: replica.host)),
      ("remote-host", replica.host),
      ("remote-port", String(port ?? replica.port)),
      ("remote-subvolume", replica.name),
    ] + connectionTail
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
  func service(of replica: DescribedReplica, port: Int? = nil) -> [VolumeStack.Option] {
    [
      ("transport-type", "tcp"),
      ("transport.address-family", Self.family(of: replica.bindAddress)),
      ("transport.socket.bind-address", replica.bindAddress),
      ("transport.socket.listen-port", String(port ?? replica.port)),
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
  private(set) var volumes: [Volume] = []

  init(prefix: String) { self.prefix = prefix }

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
        options: options.map { VolumeOption(Word($0.key), Word($0.value)) },
        subvolumes: (subvolumes ?? top).map { Word($0) }))
  }
}
