/// The two graphs through which a reconciliation reaches a replica.
public enum ReconPart: String, CaseIterable, Sendable {
  /// Loaded by the tool that replays: access by GFID over one connection.
  case client
  /// Run by a private server of a local brick, on a Unix socket.
  case brick
}

extension GraphGenerator {
  /// The parts that a replica has: a brick is only for a local one.
  public static func reconParts(of replica: DescribedReplica) -> [ReconPart] {
    replica.isLocal ? [.client, .brick] : [.client]
  }

  /// A graph that reaches this replica's brick, and nothing else.
  public func recon(_ replica: DescribedReplica, _ part: ReconPart) throws(Failure) -> VolumeGraph {
    switch part {
    case .client: try reconClient(replica)
    case .brick: try reconBrick(replica)
    }
  }

  private func reconClient(_ replica: DescribedReplica) throws(Failure) -> VolumeGraph {
    var stack = VolumeStack(prefix: description.volume)
    let options =
      replica.isLocal ? try privateConnection(to: replica) : connection(to: replica)
    stack.push("recon-\(replica.name)", "protocol/client", options, on: [])
    stack.push("recon-\(replica.name)-gfid", "features/gfid-access")
    return graph(stack, "recon client graph of replica \(replica.name)")
  }

  /// Without access-control, since replay sets owners that the parent would refuse; and without
  /// journal and jbr, since what is replayed must not be journaled again.
  private func reconBrick(_ replica: DescribedReplica) throws(Failure) -> VolumeGraph {
    guard replica.isLocal else {
      throw Failure(
        .damaged, "is not true, and only a local replica has a private brick graph",
        field: key(replica, "local"))
    }
    var stack = VolumeStack(prefix: description.volume)
    stack.push("posix", "storage/posix", posixOptions(replica), on: [])
    stack.push("locks", "features/locks")
    stack.push(named: replica.name, "performance/io-threads")
    // Whoever may open the socket is let in, unless the description asks for a login.
    let addresses = description.access.login == nil ? ["*"] : []
    stack.push(
      "server", "protocol/server",
      [
        ("transport-type", "socket"),
        ("transport.address-family", "unix"),
        ("transport.socket.listen-path", try socket(of: replica)),
      ] + leave(toUse: replica.name, from: addresses))
    return graph(stack, "recon brick graph of replica \(replica.name)")
  }

  private func privateConnection(
    to replica: DescribedReplica
  ) throws(Failure) -> [VolumeStack.Option] {
    [
      ("transport-type", "socket"),
      ("transport.address-family", "unix"),
      ("transport.socket.connect-path", try socket(of: replica)),
      // Not used on a Unix socket, but without it GlusterFS waits for ever.
      ("remote-host", "localhost"),
      ("remote-subvolume", replica.name),
    ] + connectionTail
  }

  private func socket(of replica: DescribedReplica) throws(Failure) -> String {
    guard let socket = replica.socket else {
      throw Failure(
        .damaged, "is missing, and a local replica needs it", field: key(replica, "socket"))
    }
    return socket
  }
}
