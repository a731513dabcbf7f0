extension RawDescription {
  /// Lays what a person says over what a source says; the person is right.
  ///
  /// A replica of the overlay is found by host and brick, if it has both, or else by name, and may
  /// give the first a new name.
  mutating func lay(_ overlay: RawDescription, path: String) throws(Failure) {
    let replicas = try replicas?.laid(over: overlay.replicas ?? [], path: path)
    let auth = auth.laid(over: overlay.auth)
    volume = overlay.volume ?? volume
    volumeID = overlay.volumeID ?? volumeID
    replication = overlay.replication ?? replication
    replicaCount = overlay.replicaCount ?? replicaCount
    redundancyCount = overlay.redundancyCount ?? redundancyCount
    arbiterCount = overlay.arbiterCount ?? arbiterCount
    quorumPercent = overlay.quorumPercent ?? quorumPercent
    pingTimeout = overlay.pingTimeout ?? pingTimeout
    performance = overlay.performance ?? performance
    quotaVersion = overlay.quotaVersion ?? quotaVersion
    if let more = overlay.options { options = (options ?? [:]).merging(more) { $1 } }
    self.auth = auth
    self.replicas = replicas ?? overlay.replicas
  }
}

extension [RawReplica] {
  fileprivate func laid(
    over overlay: [RawReplica], path: String
  ) throws(Failure) -> [RawReplica] {
    var result = self
    var places: [ExactText: Int] = [:]
    var names: [String: Int] = [:]
    for (index, replica) in enumerated() {
      if let place = replica.place { places[place] = index }
      names[replica.name ?? "brick-\(index)"] = index
    }
    for (index, over) in overlay.enumerated() {
      guard let found = over.place.flatMap({ places[$0] }) ?? over.name.flatMap({ names[$0] })
      else {
        let known = names.keys.sorted().prefix(8).joined(separator: ", ")
        throw Failure(
          .usage,
          "is no replica of the source, neither by host and brick nor by name; there are \(known)",
          path: path, field: "replicas[\(index)]")
      }
      result[found].lay(over)
    }
    return result
  }
}

extension RawReplica {
  /// Its brick, on its host.
  fileprivate var place: ExactText? {
    host.flatMap { host in brick.map { ExactText(host + ":" + $0) } }
  }

  fileprivate mutating func lay(_ over: RawReplica) {
    name = over.name ?? name
    host = over.host ?? host
    port = over.port ?? port
    bindAddress = over.bindAddress ?? bindAddress
    brick = over.brick ?? brick
    journal = over.journal ?? journal
    leader = over.leader ?? leader
    local = over.local ?? local
    socket = over.socket ?? socket
    reconPort = over.reconPort ?? reconPort
    sharedBrickCount = over.sharedBrickCount ?? sharedBrickCount
  }
}

extension RawAccess? {
  fileprivate func laid(over overlay: RawAccess?) -> RawAccess? {
    guard var result = self, let overlay else { return overlay ?? self }
    result.allow = overlay.allow ?? result.allow
    result.username = overlay.username ?? result.username
    result.password = overlay.password ?? result.password
    return result
  }
}
