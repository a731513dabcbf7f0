/// The graphs of volumes without journal based replication, as glusterd of GlusterFS 10.3 makes them.
extension GraphGenerator {
  /// The brick's stack. Clients ask for it by its path.
  func plainBrick(_ replica: DescribedReplica) throws(Failure) -> VolumeGraph {
    try requireWholeVolume()
    let brick = try brickPath(of: replica)
    var stack = VolumeStack(
      prefix: description.volume, options: description.options, withStandards: true)
    stack.push("posix", "storage/posix", try plainPosixOptions(replica), on: [])
    if isArbiter(replica) { stack.push("arbiter", "features/arbiter") }
    stack.push(
      "trash", "features/trash",
      [("trash-internal-op", "off"), ("brick-path", brick), ("trash-dir", ".trashcan")])
    stack.push(
      "changelog", "features/changelog",
      [
        ("changelog-notification", "off"), ("changelog-dir", brick + "/.glusterfs/changelogs"),
        ("changelog-brick", brick),
      ])
    stack.push(
      "bitrot-stub", "features/bitrot-stub",
      [
        ("bitrot", description.options.isOn("features.bitrot") ? "enable" : "disable"),
        ("export", brick),
      ])
    stack.push("access-control", "features/access-control")
    stack.push("locks", "features/locks")
    stack.push("worm", "features/worm")
    stack.push("read-only", "features/read-only", [("read-only", "off")])
    stack.push("leases", "features/leases")
    stack.push("upcall", "features/upcall")
    stack.push("io-threads", "performance/io-threads")
    stack.push("selinux", "features/selinux")
    stack.push("marker", "features/marker", markerOptions)
    stack.push("barrier", "features/barrier")
    stack.push("index", "features/index", indexOptions(brick))
    stack.push(
      "quota", "features/quota",
      [
        ("server-quota", description.options.isOn("features.quota") ? "on" : "off"),
        ("volume-uuid", description.volume),
      ])
    stack.push(named: brick, "debug/io-stats", statisticsOptions(ofBrick: brick))
    stack.push("server", "protocol/server", plainService(of: replica, brick))
    return graph(stack, "brick", of: replica)
  }

  /// Connections, sets, a distribute over them, and the performance translators.
  func plainClient() throws(Failure) -> VolumeGraph {
    try requireWholeVolume()
    let prefix = description.volume
    var stack = VolumeStack(prefix: prefix, options: clientOptions, withStandards: true)
    for (index, replica) in description.replicas.enumerated() {
      stack.push("client-\(index)", "protocol/client", try plainConnection(to: replica), on: [])
    }
    let sets = pushSets(to: &stack)
    let subvolumes = hasParallelReading ? pushReaders(to: &stack, on: sets) : sets
    stack.push("dht", "cluster/distribute", on: subvolumes)
    if description.options.isOn("features.shard") { stack.push("shard", "features/shard") }
    if description.options.isOn("features.ctime", unless: true) {
      stack.push("utime", "features/utime")
    }
    for name in plainPerformance where name != "readdir-ahead" || !hasParallelReading {
      stack.push(name, "performance/\(name)", performanceOptions(of: name))
    }
    stack.push(named: prefix, "debug/io-stats", statisticsOptions(ofBrick: nil))
    return graph(stack, "client")
  }

  /// A brick's own volfile does not say how the brick is joined with others.
  private func requireWholeVolume() throws(Failure) {
    guard description.isOneBrick else { return }
    throw Failure(
      .usage,
      "is one brick's volfile, which does not say how the volume's bricks are joined; name a "
        + "client's, glusterd's directory of the volume, or gluster volume info --xml")
  }

  // MARK: Sets

  /// - Returns: the names of the volumes that are the sets, one of which holds a file.
  private func pushSets(to stack: inout VolumeStack) -> [String] {
    let prefix = description.volume
    let clients = description.replicas.indices.map { "\(prefix)-client-\($0)" }
    let kind: String
    switch description.replication {
    case .replicate: kind = "replicate"
    case .disperse: kind = "disperse"
    case .none, .jbr: return clients
    }
    var names: [String] = []
    for (number, set) in description.sets.enumerated() {
      let members = Array(clients[set])
      stack.push("\(kind)-\(number)", "cluster/\(kind)", setOptions(of: members), on: members)
      names.append("\(prefix)-\(kind)-\(number)")
    }
    return names
  }

  private func setOptions(of members: [String]) -> [VolumeStack.Option] {
    switch description.replication {
    case .disperse(let redundancy): return [("redundancy", String(redundancy))]
    case .replicate(let arbiters):
      var options: [VolumeStack.Option] = []
      if let id = description.volumeID { options.append(("volume-id", id)) }
      options.append(("afr-pending-xattr", members.joined(separator: ",")))
      if arbiters > 0 { options.append(("arbiter-count", String(arbiters))) }
      return options
    case .none, .jbr: return []
    }
  }

  /// Whether the brick holds names only: the last of each set.
  private func isArbiter(_ replica: DescribedReplica) -> Bool {
    guard case .replicate(let arbiters) = description.replication, arbiters > 0 else {
      return false
    }
    return replica.number % description.setSize == description.setSize - 1
  }

  // MARK: Performance

  /// glusterd's other place for readdir-ahead: one under the distribute for each set.
  private var hasParallelReading: Bool {
    description.options.isOn("performance.parallel-readdir")
      && plainPerformance.contains("readdir-ahead")
  }

  /// The options of a client's graph.
  private var clientOptions: VolumeOptions {
    var options = description.options
    let key = "performance.rda-cache-limit"
    // The sets' readers share what one would cache.
    if hasParallelReading, description.sets.count > 1,
      let limit = byteCount(ofSize: options[key] ?? "10MB")
    {
      options.values[key] = "\(limit / description.sets.count)B"
    }
    return options
  }

  /// - Returns: the readers' names, one for each set.
  private func pushReaders(to stack: inout VolumeStack, on sets: [String]) -> [String] {
    var names: [String] = []
    for (number, set) in sets.enumerated() {
      let suffix = "readdir-ahead-\(number)"
      stack.push(
        suffix, "performance/readdir-ahead", [("performance.readdir-ahead", "on")], on: [set])
      names.append("\(description.volume)-\(suffix)")
    }
    return names
  }

  /// A file of root's that another must not read may be opened late, and by then as another.
  private func performanceOptions(of name: String) -> [VolumeStack.Option] {
    name == "open-behind" && description.options.isOn("server.root-squash")
      ? [("read-after-open", "yes")] : []
  }

  private var plainPerformance: [String] {
    if !description.performance.isEmpty { return description.performance }
    return VolumeOptions.performanceOrder.filter { option, _, standard in
      description.options.isOn(option, unless: standard)
    }.map(\.name)
  }

  // MARK: Options

  private func plainPosixOptions(
    _ replica: DescribedReplica
  ) throws(Failure) -> [VolumeStack.Option] {
    var options: [VolumeStack.Option] = []
    if let count = replica.sharedBrickCount {
      options.append(("shared-brick-count", String(count)))
    }
    if description.options.isOn("features.quota") {
      options.append(("update-link-count-parent", "on"))
    }
    return options + (try posixOptions(replica))
  }

  private var markerOptions: [VolumeStack.Option] {
    var options: [VolumeStack.Option] = [
      ("quota-version", String(description.quotaVersion)),
      ("timestamp-file", "/var/lib/glusterd/vols/\(description.volume)/marker.tstamp"),
    ]
    if let id = description.volumeID { options.append(("volume-uuid", id)) }
    return options
  }

  private func indexOptions(_ brick: String) -> [VolumeStack.Option] {
    let base = ("index-base", brick + "/.glusterfs/indices")
    if case .disperse = description.replication {
      return [("xattrop64-watchlist", "trusted.ec.dirty"), base]
    }
    return [
      ("xattrop-dirty-watchlist", "trusted.afr.dirty"),
      ("xattrop-pending-watchlist", "trusted.afr.\(description.volume)-"), base,
    ]
  }

  private func statisticsOptions(ofBrick brick: String?) -> [VolumeStack.Option] {
    let side = brick == nil ? "client" : "brick"
    var options: [VolumeStack.Option] = [
      ("log-level", description.options["diagnostics.\(side)-log-level"] ?? "INFO"),
      ("threads", description.options["config.\(side)-threads"] ?? "16"),
    ]
    guard let brick else { return options }
    if let id = description.volumeID { options.append(("volume-id", id)) }
    return options + [("unique-id", brick)]
  }

  private var family: [VolumeStack.Option] {
    description.options["transport.address-family"].map { [("transport.address-family", $0)] } ?? []
  }

  private func plainConnection(
    to replica: DescribedReplica
  ) throws(Failure) -> [VolumeStack.Option] {
    var options: [VolumeStack.Option] = [
      ("send-gids", "true"), ("transport-type", "tcp"),
      ("remote-subvolume", try brickPath(of: replica)), ("remote-host", replica.host),
      ("ping-timeout", String(description.pingTimeout)),
    ]
    if !description.isGlusterd, let port = replica.port {
      options.append(("remote-port", String(port)))
    }
    if let login = description.access.login {
      options += [("username", login.username), ("password", login.password)]
    }
    return options + family
  }

  /// Whom glusterd lets in: addresses by option, and clients of the trusted pool by login.
  private func plainService(of replica: DescribedReplica, _ brick: String) -> [VolumeStack.Option] {
    let allowed = description.options["auth.allow"]
    var options: [VolumeStack.Option] = [
      ("auth.addr.\(brick).allow", allowed ?? "*"), ("auth-path", brick), ("transport-type", "tcp"),
    ]
    if let rejected = description.options["auth.reject"] {
      options.append(("auth.addr.\(brick).reject", rejected))
    }
    if let login = description.access.login {
      options.append(("auth.login.\(brick).allow", login.username))
      options.append(("auth.login.\(login.username).password", login.password))
    }
    if let address = replica.boundAddress {
      options.append(("transport.socket.bind-address", address))
    }
    if !description.isGlusterd, let port = replica.port {
      options.append(("transport.socket.listen-port", String(port)))
    }
    return options + family
  }
}
