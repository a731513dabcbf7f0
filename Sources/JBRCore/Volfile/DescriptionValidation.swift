/// What is wrong with a description, and at which key.
struct DescriptionProblem: Error, Equatable {
  var key: String
  var message: String

  init(_ key: String, _ message: String) {
    self.key = key
    self.message = message
  }
}

/// What the kernel takes for a Unix socket's path, without the NUL.
private let socketPathByteCountMax = 107
/// What `ping-timeout` takes in GlusterFS.
private let pingTimeoutSecondsMax = 1013

extension ReplicaSetDescription {
  init(_ raw: RawDescription, isWhole: Bool) throws(DescriptionProblem) {
    volume = try requirePresent(raw.volume, "volume")
    try requireName(volume, "volume")
    volumeID = try raw.volumeID.map { text throws(DescriptionProblem) in
      try checkedUUID(text, "volume_id")
    }
    let listed = try requirePresent(raw.replicas, "replicas")
    try requireThat(!listed.isEmpty, "replicas", "is empty")
    setSize = raw.replicaCount ?? listed.count
    try requireThat(
      setSize > 0 && listed.count % setSize == 0, "replica_count",
      "does not divide the \(listed.count) replicas into sets of equal size")
    replication = try Replication(raw, setSize: setSize)
    quorumPercent = raw.quorumPercent ?? 50
    try requireThat((0...100).contains(quorumPercent), "quorum_percent", "is not from 0 to 100")
    pingTimeout = raw.pingTimeout ?? 42
    try requireThat(
      (0...pingTimeoutSecondsMax).contains(pingTimeout), "ping_timeout",
      "is not from 0 to \(pingTimeoutSecondsMax)")
    access = try DescribedAccess(raw.auth)
    performance = raw.performance ?? []
    options = try Self.checkedOptions(raw.options ?? [:])
    quotaVersion = raw.quotaVersion ?? (options.isOn("features.quota") ? 1 : 0)
    try requireThat(quotaVersion >= 0, "quota_version", "is negative")
    isGlusterd = !isWhole
    isOneBrick = raw.isOneBrick
    replicas = []
    let isAlone = setSize == 1
    for (index, replica) in listed.enumerated() {
      replicas.append(
        try DescribedReplica(
          replica, "replicas[\(index)]", number: index, isAlone: isAlone, isWhole: isWhole))
    }
    try Self.requirePerformance(performance)
    try requireOneLeader(isWhole: isWhole)
    try requireDistinctReplicas()
  }

  private static func checkedOptions(
    _ values: [String: String]
  ) throws(DescriptionProblem) -> VolumeOptions {
    for (option, value) in values.sorted(by: { $0.key < $1.key }) {
      let key = "options.\(Failure.visible(option))"
      try requirePlain(option, "options")
      try requirePlain(value, key)
      try requireThat(
        option.contains(".") && !option.contains(" "), key, "is not the name of a volume option")
      try requireThat(!value.isEmpty, key, "is empty")
    }
    return VolumeOptions(values)
  }

  private static func requirePerformance(_ names: [String]) throws(DescriptionProblem) {
    for (index, name) in names.enumerated() {
      let key = "performance[\(index)]"
      try requireThat(
        performanceTranslators.contains(name), key,
        "\(quoted(name)) is not one of \(performanceTranslators.joined(separator: ", "))")
      try requireThat(!names[..<index].contains(name), key, "\(quoted(name)) is named twice")
    }
  }

  /// Of the sources only a description can say who leads.
  private func requireOneLeader(isWhole: Bool) throws(DescriptionProblem) {
    guard replication == .jbr else { return }
    for set in sets {
      let leaders = replicas[set].filter(\.isLeader)
      let key = sets.count == 1 ? "replicas" : "replicas[\(set.lowerBound)]"
      let whose = sets.count == 1 ? "" : "the set that begins here "
      try requireThat(
        !leaders.isEmpty || !isWhole, key, "\(whose)has no leader; one has \"leader\": true")
      let names = leaders.map { quoted($0.name) }.joined(separator: ", ")
      try requireThat(
        leaders.count <= 1, key, "\(whose)has \(leaders.count) leaders: \(names)")
    }
  }

  /// What the volumes below and above the one with the replica's name are called.
  private var generatedNames: Set<String> {
    let fixed = ["posix", "acl", "locks", "iot", "fdl", "jbr", "server"]
    let peers = replicas.indices.map { "peer\($0)" }
    return Set((fixed + peers).map { "\(volume)-\($0)" })
  }

  private func requireDistinctReplicas() throws(DescriptionProblem) {
    let takenNames = generatedNames
    var names = Owners()
    var addresses = Owners()
    var places = Owners()
    var bricks: [ExactText: Int] = [:]
    for (index, replica) in replicas.enumerated() {
      let key = "replicas[\(index)]"
      try requireThat(
        !takenNames.contains(replica.name), key + ".name",
        "\(quoted(replica.name)) is the name of another volume of the brick's graph")
      try names.claim(replica.name, key + ".name", "name")
      for (port, name) in [(replica.port, "port"), (replica.reconPort, "recon_port")] {
        guard let port else { continue }
        try addresses.claim("\(replica.host) \(port)", "\(key).\(name)", "host and port")
      }
      if let brick = replica.brick { bricks[ExactText(replica.host + ":" + brick)] = index }
      for (path, name, what) in [
        (replica.brick, "brick", "directory"), (replica.journal, "journal", "directory"),
        (replica.socket, "socket", "path"),
      ] {
        guard let path else { continue }
        try places.claim(replica.host + ":" + path, "\(key).\(name)", what)
      }
    }
    try requireApart(bricks)
  }

  /// No brick within another: the outer would replicate the inner one's bookkeeping.
  private func requireApart(_ bricks: [ExactText: Int]) throws(DescriptionProblem) {
    for (index, replica) in replicas.enumerated() {
      guard var parent = replica.brick else { continue }
      while let slash = parent.utf8.lastIndex(of: UInt8(ascii: "/")), slash != parent.startIndex {
        parent = String(parent[..<slash])
        guard let outer = bricks[ExactText(replica.host + ":" + parent)] else { continue }
        throw DescriptionProblem(
          "replicas[\(index)].brick", "lies within replicas[\(outer)].brick, \(quoted(parent))")
      }
    }
  }
}

extension Replication {
  /// By name, and with the numbers that go with it.
  init(_ raw: RawDescription, setSize: Int) throws(DescriptionProblem) {
    let arbiters = raw.arbiterCount ?? 0
    let redundancy = raw.redundancyCount ?? 0
    switch raw.replication ?? "jbr" {
    case "jbr": self = .jbr
    case "replicate":
      try requireThat(
        setSize > 1 && (0...1).contains(arbiters), "arbiter_count", "is neither 0 nor 1")
      self = .replicate(arbiters: arbiters)
    case "disperse":
      guard let range = Translator.redundancies(ofChildren: setSize) else {
        throw DescriptionProblem("replica_count", "is not from 3 to 31, as disperse needs it")
      }
      try requireThat(
        range.contains(redundancy), "redundancy_count",
        "is not from \(range.lowerBound) to \(range.upperBound), which disperse needs for "
          + "\(setSize) replicas")
      self = .disperse(redundancy: redundancy)
    case "none":
      try requireThat(setSize == 1, "replica_count", "is not 1, as without replication it must be")
      self = .none
    case let other:
      throw DescriptionProblem(
        "replication", "\(quoted(other)) is not one of jbr, replicate, disperse, none")
    }
  }
}

/// Who was first to use something that only one may.
private struct Owners {
  private var keys: [ExactText: String] = [:]

  mutating func claim(_ thing: String, _ key: String, _ what: String) throws(DescriptionProblem) {
    if let first = keys.updateValue(key, forKey: ExactText(thing)) {
      throw DescriptionProblem(key, "is the same \(what) as \(first)")
    }
  }
}

extension DescribedReplica {
  init(
    _ raw: RawReplica, _ key: String, number: Int, isAlone: Bool, isWhole: Bool
  ) throws(DescriptionProblem) {
    self.number = number
    name = try requirePresent(raw.name ?? (isWhole ? nil : "brick-\(number)"), key + ".name")
    try requireName(name, key + ".name")
    host = try checkedHost(try requirePresent(raw.host, key + ".host"), key + ".host")
    port = try raw.port.map { port throws(DescriptionProblem) in
      try checkedPort(port, key + ".port")
    }
    reconPort = try raw.reconPort.map { port throws(DescriptionProblem) in
      try checkedPort(port, key + ".recon_port")
    }
    boundAddress = try raw.bindAddress.map { text throws(DescriptionProblem) in
      try checkedHost(text, key + ".bind_address")
    }
    brick = try raw.brick.map { text throws(DescriptionProblem) in
      try checkedPath(text, key + ".brick")
    }
    if isWhole {
      _ = try requirePresent(port, key + ".port")
      _ = try requirePresent(brick, key + ".brick")
    }
    journal = try raw.journal.map { text throws(DescriptionProblem) in
      try checkedPath(text, key + ".journal")
    }
    // A replica alone leads itself.
    isLeader = raw.leader ?? isAlone
    hasKnownRole = raw.leader != nil || isAlone
    isLocal = raw.local ?? false
    socket = try raw.socket.map { text throws(DescriptionProblem) in
      try checkedPath(text, key + ".socket")
    }
    try requireThat(
      (socket?.utf8.count ?? 0) <= socketPathByteCountMax, key + ".socket",
      "has more than \(socketPathByteCountMax) bytes, which no Unix socket can have")
    sharedBrickCount = raw.sharedBrickCount
    try requireThat((sharedBrickCount ?? 1) > 0, key + ".shared_brick_count", "is not positive")
  }
}

extension DescribedAccess {
  init(_ raw: RawAccess?) throws(DescriptionProblem) {
    login = nil
    if let username = raw?.username, let password = raw?.password {
      for (text, key) in [(username, "auth.username"), (password, "auth.password")] {
        try requireThat(!text.isEmpty, key, "is empty")
        try requirePlain(text, key)
      }
      try requireName(username, "auth.username")
      login = Login(username: username, password: password)
    } else if raw?.username != nil || raw?.password != nil {
      throw DescriptionProblem("auth", "has only one of username and password; it takes both")
    }
    // As GlusterFS' own bricks do where nothing else is asked for.
    allowed = raw?.allow ?? (login == nil ? ["*"] : [])
    for (index, address) in allowed.enumerated() {
      let key = "auth.allow[\(index)]"
      try requireThat(!address.isEmpty, key, "is empty")
      try requirePlain(address, key)
      try requireThat(
        !address.contains { $0 == "," || $0 == " " }, key,
        "has a comma or a space; one pattern each")
    }
    try requireThat(
      login != nil || !allowed.isEmpty, "auth", "lets nobody in: no addresses and no login")
  }
}
