/// The two graphs through which a reconciliation reaches a replica.
public enum ReconPart: String, CaseIterable, Sendable {
  /// Loaded by the tool that replays: access by GFID over one connection.
  case client
  /// Run by a private server of the brick.
  case brick
}

extension GraphGenerator {
  /// A graph that reaches this replica's brick, and nothing else.
  public func recon(_ replica: DescribedReplica, _ part: ReconPart) throws(Failure) -> VolumeGraph {
    switch part {
    case .client: try reconClient(replica)
    case .brick: try reconBrick(replica)
    }
  }

  private func reconClient(_ replica: DescribedReplica) throws(Failure) -> VolumeGraph {
    var stack = VolumeStack(prefix: description.volume)
    stack.push(
      "recon-\(replica.name)", "protocol/client", try privateConnection(to: replica), on: [])
    stack.push("recon-\(replica.name)-gfid", "features/gfid-access")
    return graph(stack, reaching: replica, at: try privateServer(of: replica))
  }

  /// Without access-control, since replay sets owners that the parent would refuse; and without
  /// journal and jbr, since what is replayed must reach neither the journal nor the peers.
  private func reconBrick(_ replica: DescribedReplica) throws(Failure) -> VolumeGraph {
    var stack = VolumeStack(prefix: description.volume)
    stack.push("posix", "storage/posix", try posixOptions(replica), on: [])
    stack.push("locks", "features/locks")
    stack.push(named: replica.name, "performance/io-threads")
    stack.push("server", "protocol/server", try privateService(of: replica))
    return graph(stack, reaching: replica, at: try privateServer(of: replica))
  }

  private func privateService(
    of replica: DescribedReplica
  ) throws(Failure) -> [VolumeStack.Option] {
    guard replica.isLocal else {
      return try service(of: replica, port: reconPort(of: replica))
    }
    // Whoever may open the socket is let in, unless the description asks for a login.
    let addresses = description.access.login == nil ? ["*"] : []
    return [
      ("transport-type", "socket"),
      ("transport.address-family", "unix"),
      ("transport.socket.listen-path", try socket(of: replica)),
    ] + leave(toUse: replica.name, from: addresses)
  }

  private func privateConnection(
    to replica: DescribedReplica
  ) throws(Failure) -> [VolumeStack.Option] {
    guard replica.isLocal else {
      return try connection(to: replica, port: reconPort(of: replica))
    }
    return [
      ("transport-type", "socket"),
      ("transport.address-family", "unix"),
      ("transport.socket.connect-path", try socket(of: replica)),
      // Not used on a Unix socket, but without it GlusterFS waits for ever.
      ("remote-host", "localhost"),
      ("remote-subvolume", replica.name),
    ] + connectionTail
  }

  /// Where a client finds the private server.
  private func privateServer(of replica: DescribedReplica) throws(Failure) -> ServerAddress {
    guard replica.isLocal else {
      let port = try reconPort(of: replica)
      return ServerAddress(host: replica.host, port: String(port))
    }
    return ServerAddress(socket: try socket(of: replica), PathPlaces(UnseenPaths()))
  }

  private func reconPort(of replica: DescribedReplica) throws(Failure) -> Int {
    if let port = replica.reconPort { return port }
    throw missing(replica, "recon_port", "a replica that is not local needs it for recon")
  }

  private func socket(of replica: DescribedReplica) throws(Failure) -> String {
    if let socket = replica.socket { return socket }
    throw missing(replica, "socket", "a local replica needs it for recon")
  }
}
