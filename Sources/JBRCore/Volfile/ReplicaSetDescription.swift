/// A volume of replica sets, as any of the sources says it: `docs/volgen-description.md`.
///
/// Only what was validated becomes one, so generators need not look again.
public struct ReplicaSetDescription: Equatable, Sendable {
  /// The prefix of the volumes' names.
  public var volume: String
  /// The bricks' `trusted.glusterfs.volume-id`, lower-case; nil leaves it untested.
  public var volumeID: String?
  /// What joins the replicas of a set.
  public var replication: Replication
  /// How many replicas a set has. The first ones are the first set, and so on.
  public var setSize: Int
  public var quorumPercent: Int
  /// Seconds without an answer after which a connection counts as dead.
  public var pingTimeout: Int
  public var replicas: [DescribedReplica]
  public var access: DescribedAccess
  /// Performance translators of the client graph without their prefix, the lowest first.
  public var performance: [String]
  /// What was set with `gluster volume set`.
  public var options: VolumeOptions
  /// The version of the quota's records on the bricks; where the source does not say, the first
  /// that a quota has.
  public var quotaVersion: Int
  /// Whether bricks are glusterd's, of which clients ask it for the port.
  public var isGlusterd: Bool
  /// Whether the source shows one brick only, and not how it is joined with others.
  public var isOneBrick: Bool

  /// The performance translators that a description may name.
  static let performanceTranslators = [
    "io-cache", "io-threads", "md-cache", "nl-cache", "open-behind", "quick-read", "read-ahead",
    "readdir-ahead", "write-behind",
  ]

  /// The replicas' numbers, set by set.
  public var sets: [Range<Int>] {
    stride(from: 0, to: replicas.count, by: setSize).map { $0..<min($0 + setSize, replicas.count) }
  }

  /// The set of a replica.
  func set(of index: Int) -> Range<Int> {
    let first = index / setSize * setSize
    return first..<min(first + setSize, replicas.count)
  }
}

/// What joins the replicas of a set, and makes one of many.
public enum Replication: Equatable, Sendable {
  /// Journal based replication, within the bricks' servers.
  case jbr
  /// GlusterFS' own replication in the client. The last of a set may hold names only.
  case replicate(arbiters: Int)
  case disperse(redundancy: Int)
  /// Each brick stands alone.
  case none
}

/// One replica: a brick, its journals, and where both are served.
public struct DescribedReplica: Equatable, Sendable {
  /// Its place among the replicas, from 0.
  public var number: Int
  /// Its name, also of its files, and the name under which a jbr server exports it.
  public var name: String
  public var host: String
  /// Nil where the source says nothing: clients of GlusterFS then ask glusterd.
  public var port: Int?
  /// The address that its server binds, if one is named.
  public var boundAddress: String?
  /// The brick's directory; nil where the source does not know it.
  public var brick: String?
  /// What fdl calls the `log-path`; nil if the source says nothing, as for recon it may.
  public var journal: String?
  public var isLeader: Bool
  /// Whether the source says if it leads.
  public var hasKnownRole: Bool
  /// Whether the brick is on this machine, so that recon serves it on a Unix socket.
  public var isLocal: Bool
  /// The Unix socket of the private server that recon has for a local brick.
  public var socket: String?
  /// The port of that server for another brick. Not `port`: what listens there stands on jbr,
  /// through which a replayed request would reach the peers.
  public var reconPort: Int?
  /// How many bricks share the brick's file system, if that is known.
  public var sharedBrickCount: Int?

  /// The address that its server binds.
  var bindAddress: String { boundAddress ?? host }
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
