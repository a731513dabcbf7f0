extension RawDescription {
  /// Reads what a client's or a brick's volfile says of its volume.
  ///
  /// A client's has all bricks and sets, a brick's has one brick. Neither has all: what a graph is
  /// then made of, and is missing, is asked for.
  init(volfile parsed: ParsedVolfile, path: String) throws(Failure) {
    let reading = VolfileReading(
      graph: try parsed.wholeGraph(path: path, isByName: true), path: path)
    self = try reading.described()
  }
}

/// Finds in a graph what it was made of.
struct VolfileReading {
  private let graph: VolumeGraph
  private let path: String
  private let byName: [Word: Volume]

  init(graph: VolumeGraph, path: String) {
    self.graph = graph
    self.path = path
    byName = Dictionary(graph.volumes.map { ($0.name, $0) }) { first, _ in first }
  }

  func described() throws(Failure) -> RawDescription {
    let stores = graph.volumes.filter { $0.type.text == "storage/posix" }
    switch stores.count {
    case 0: return try describedByClient()
    case 1: return try describedByBrick(stores[0])
    default:
      throw Failure(
        .damaged, "has \(stores.count) storage/posix, and describes no single brick", path: path)
    }
  }

  // MARK: A client's

  private static let setTypes = ["cluster/replicate", "cluster/disperse", "experimental/jbrc"]

  private func describedByClient() throws(Failure) -> RawDescription {
    let sets = graph.volumes.filter { Self.setTypes.contains($0.type.text) }
    // In the order of the sets, which need not be the file's.
    let inSets = sets.flatMap(\.subvolumes).compactMap { byName[$0] }
    let connections =
      sets.isEmpty ? graph.volumes.filter { $0.type.text == "protocol/client" } : inSets
    guard let first = connections.first,
      connections.allSatisfy({ $0.type.text == "protocol/client" })
    else {
      throw Failure(
        .damaged, "has no protocol/client for each brick, and describes no volume", path: path)
    }
    var raw = RawDescription()
    raw.volume = try prefix(of: first, "-client-")
    raw.volumeID = sets.compactMap { $0.value(of: "volume-id") }.first
    try take(sets, in: &raw)
    raw.pingTimeout = try number("ping-timeout", of: first)
    raw.auth = login(first)
    raw.replicas = try connections.map(replica)
    if raw.replication == "jbr" { raw.performance = performance } else { takeOptions(&raw) }
    return raw
  }

  private func take(_ sets: [Volume], in raw: inout RawDescription) throws(Failure) {
    raw.replicaCount = sets.first?.subvolumes.count ?? 1
    switch sets.first?.type.text {
    case "cluster/replicate":
      raw.replication = "replicate"
      raw.arbiterCount = try number("arbiter-count", of: sets.first)
    case "cluster/disperse":
      raw.replication = "disperse"
      raw.redundancyCount = try number("redundancy", of: sets.first)
    case "experimental/jbrc": raw.replication = "jbr"
    default:
      // A set of one under jbr has no jbrc; what glusterd makes has a distribute.
      let isPlain = graph.volumes.contains { $0.type.text == "cluster/distribute" }
      raw.replication = isPlain ? "none" : "jbr"
    }
  }

  private func replica(_ connection: Volume) throws(Failure) -> RawReplica {
    var replica = RawReplica()
    let exported = connection.value(of: "remote-subvolume") ?? ""
    replica.host = connection.value(of: "remote-host")
    replica.port = try number("remote-port", of: connection)
    // glusterd exports a brick under its path; a jbr server has names of its own.
    if exported.hasPrefix("/") {
      replica.brick = exported
    } else {
      replica.name = exported
    }
    return replica
  }

  private func login(_ connection: Volume) -> RawAccess? {
    guard let username = connection.value(of: "username"),
      let password = connection.value(of: "password")
    else { return nil }
    var access = RawAccess()
    (access.username, access.password) = (username, password)
    return access
  }

  private var performance: [String] {
    graph.volumes.compactMap { volume in
      let parts = volume.type.text.split(separator: "/")
      return parts.first == "performance" ? parts.last.map(String.init) : nil
    }
  }

  /// The volume options with which glusterd would make this graph.
  private func takeOptions(_ raw: inout RawDescription) {
    var options: [String: String] = [:]
    for volume in graph.volumes {
      for row in VolumeOptionRow.rows(of: volume.type.text) {
        guard let value = volume.value(of: row.option), value != row.standard else { continue }
        options[row.key] = value
      }
    }
    // Connections have this one always, and a description has a key for it.
    options["network.ping-timeout"] = nil
    // Written always, and no rule of the table.
    options["client.send-gids"] = nil
    let present = performance
    for (option, name, standard) in VolumeOptions.performanceOrder {
      let isThere = present.contains(name)
      if isThere != standard { options[option] = isThere ? "on" : "off" }
    }
    if graph.volumes.contains(where: { $0.type.text == "features/shard" }) {
      options["features.shard"] = "on"
    }
    if !graph.volumes.contains(where: { $0.type.text == "features/utime" }) {
      options["features.ctime"] = "off"
    }
    if let top = graph.volumes.last, top.type.text == "debug/io-stats" {
      if let level = top.value(of: "log-level"), level != "INFO" {
        options["diagnostics.client-log-level"] = level
      }
      if let threads = top.value(of: "threads"), threads != "16" {
        options["config.client-threads"] = threads
      }
    }
    // The readers of several sets share it.
    let limit = "performance.rda-cache-limit"
    let readers = graph.volumes.count { $0.type.text == "performance/readdir-ahead" }
    if readers > 1, let share = options[limit].flatMap(byteCount(ofSize:)) {
      options[limit] = "\(share * readers)B"
    }
    if let family = graph.volumes.first?.value(of: "transport.address-family") {
      options["transport.address-family"] = family
    }
    raw.options = options
  }

  // MARK: A brick's

  private func describedByBrick(_ store: Volume) throws(Failure) -> RawDescription {
    guard let server = graph.volumes.last, server.type.text == "protocol/server" else {
      throw Failure(
        .damaged, "has a storage/posix and no protocol/server at its top, and is no brick's",
        path: path)
    }
    var raw = RawDescription()
    raw.volume = try prefix(of: store, "-posix")
    raw.volumeID = store.value(of: "volume-id")
    var replica = RawReplica()
    replica.brick = store.value(of: "directory")
    let exported = server.subvolumes.first?.text ?? ""
    if !exported.hasPrefix("/") { replica.name = exported }
    replica.port = try number("transport.socket.listen-port", of: server)
    replica.bindAddress = server.value(of: "transport.socket.bind-address")
    // A server that is bound to no address does not say where it is.
    replica.host = replica.bindAddress ?? "localhost"
    replica.journal = only("experimental/fdl")?.value(of: "log-path")
    raw.auth = access(of: server, exported)
    if let jbr = only("experimental/jbr") {
      replica.leader = VolumeOptions(["x.y": jbr.value(of: "leader") ?? "no"]).isOn("x.y")
      raw.quorumPercent = try number("quorum-percent", of: jbr)
      raw.replicas = try peers(of: jbr, and: replica)
      raw.pingTimeout = try number("ping-timeout", of: only("protocol/client"))
    } else {
      raw.replicas = [replica]
    }
    raw.replicaCount = raw.replicas?.count
    raw.replication = replica.journal == nil ? "none" : "jbr"
    // How a brick of glusterd's is joined with others stands in the clients' volfiles only.
    raw.isOneBrick = replica.journal == nil
    return raw
  }

  /// The brick and its peers, in the order of their numbers; of the peers only the address is
  /// known. The number that no peer has is the brick's.
  private func peers(of jbr: Volume, and own: RawReplica) throws(Failure) -> [RawReplica] {
    var numbered: [Int: RawReplica] = [:]
    let peers = jbr.subvolumes.compactMap { byName[$0] }
      .filter { $0.type.text == "protocol/client" }
    for (index, peer) in peers.enumerated() {
      let digits = peer.name.text.reversed().prefix { $0.isNumber }.reversed()
      numbered[Int(String(digits)) ?? index + 1] = try replica(peer)
    }
    let number = (0...peers.count).first { numbered[$0] == nil } ?? peers.count
    numbered[number] = own
    return numbered.sorted { $0.key < $1.key }.map(\.value)
  }

  private func access(of server: Volume, _ exported: String) -> RawAccess {
    var access = RawAccess()
    if let username = server.value(of: "auth.login.\(exported).allow"),
      let password = server.value(of: "auth.login.\(username).password")
    {
      (access.username, access.password) = (username, password)
    } else if let allowed = server.value(of: "auth.addr.\(exported).allow") {
      access.allow = allowed.split(separator: ",").map(String.init)
    }
    return access
  }

  // MARK: Both

  /// A whole number; nil where the option is missing. What is no number means something to
  /// GlusterFS perhaps, and must not be left out in silence.
  private func number(_ key: String, of volume: Volume?) throws(Failure) -> Int? {
    guard let option = volume?.option(key) else { return nil }
    let place = option.value.position.map {
      Failure.Place.position(line: $0.line, column: $0.column)
    }
    return try VolumeFacts.number(option.value.text, "option '\(key)'", path: path, at: place)
  }

  private func only(_ type: String) -> Volume? {
    graph.volumes.first { $0.type.text == type }
  }

  /// The volume's name, with which glusterd and we begin those of the graph.
  private func prefix(of volume: Volume, _ ending: String) throws(Failure) -> String {
    let name = volume.name.text
    if let range = name.ranges(of: ending).last, range.lowerBound > name.startIndex {
      return String(name[..<range.lowerBound])
    }
    throw Failure(
      .damaged, "is not named VOLUME\(ending)…, so that the volume's name is not known",
      path: path, field: "volume \(quoted(volume.name.text))")
  }
}
