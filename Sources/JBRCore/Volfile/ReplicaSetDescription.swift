/// A replica set as a person describes it in JSON: `docs/volgen-description.md`.
///
/// Only what was validated becomes one, so generators need not look again.
public struct ReplicaSetDescription: Equatable, Sendable {
  /// The prefix of the volumes' names.
  public var volume: String
  /// The bricks' `trusted.glusterfs.volume-id`, lower-case; nil leaves it untested.
  public var volumeID: String?
  public var quorumPercent: Int
  /// Seconds without an answer after which a connection counts as dead.
  public var pingTimeout: Int
  public var replicas: [DescribedReplica]
  public var access: DescribedAccess
  /// Performance translators of the client graph without their prefix, the lowest first.
  public var performance: [String]

  /// The performance translators that a description may name.
  static let performanceTranslators = [
    "io-cache", "io-threads", "md-cache", "nl-cache", "open-behind", "quick-read", "read-ahead",
    "readdir-ahead", "write-behind",
  ]
}

/// One replica: a brick, its journals, and where both are served.
public struct DescribedReplica: Equatable, Sendable {
  /// Also the name under which its server exports it.
  public var name: String
  public var host: String
  public var port: Int
  /// The address that its server binds.
  public var bindAddress: String
  /// The brick's directory.
  public var brick: String
  /// What fdl calls the `log-path`; nil if the description says nothing, as recon may.
  public var journal: String?
  public var isLeader: Bool
  /// Whether the brick is on this machine, so that recon serves it on a Unix socket.
  public var isLocal: Bool
  /// The Unix socket of the private server that recon has for a local brick.
  public var socket: String?
  /// The port of that server for another brick. Not `port`: what listens there stands on jbr,
  /// through which a replayed request would reach the peers.
  public var reconPort: Int?
}

/// Who may use the servers.
public struct DescribedAccess: Equatable, Sendable {
  /// A name and password, both or neither.
  public struct Login: Equatable, Sendable {
    public var username: String
    public var password: String
  }
  /// Address patterns that need no login.
  public var allowed: [String]
  public var login: Login?
}
