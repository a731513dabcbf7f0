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
private let nameByteCountMax = 255

extension ReplicaSetDescription {
  init(_ raw: RawDescription) throws(DescriptionProblem) {
    try requireName(raw.volume, "volume")
    volume = raw.volume
    volumeID = try raw.volumeID.map { text throws(DescriptionProblem) in
      try checkedUUID(text, "volume_id")
    }
    quorumPercent = raw.quorumPercent ?? 50
    try require((0...100).contains(quorumPercent), "quorum_percent", "is not from 0 to 100")
    pingTimeout = raw.pingTimeout ?? 42
    try require(
      (0...pingTimeoutSecondsMax).contains(pingTimeout), "ping_timeout",
      "is not from 0 to \(pingTimeoutSecondsMax)")
    access = try DescribedAccess(raw.auth)
    performance = raw.performance ?? []
    try Self.requirePerformance(performance)
    replicas = []
    for (index, replica) in raw.replicas.enumerated() {
      replicas.append(
        try DescribedReplica(replica, "replicas[\(index)]", ofOne: raw.replicas.count == 1))
    }
    try requireOneLeader()
    try requireDistinctReplicas()
  }

  private static func requirePerformance(_ names: [String]) throws(DescriptionProblem) {
    for (index, name) in names.enumerated() {
      let key = "performance[\(index)]"
      try require(
        performanceTranslators.contains(name), key,
        "\(quoted(name)) is not one of \(performanceTranslators.joined(separator: ", "))")
      try require(!names[..<index].contains(name), key, "\(quoted(name)) is named twice")
    }
  }

  private func requireOneLeader() throws(DescriptionProblem) {
    try require(!replicas.isEmpty, "replicas", "is empty")
    let leaders = replicas.filter(\.isLeader)
    try require(!leaders.isEmpty, "replicas", "has no leader; one has \"leader\": true")
    let names = leaders.map { quoted($0.name) }.joined(separator: ", ")
    try require(leaders.count == 1, "replicas", "has \(leaders.count) leaders: \(names)")
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
    var bricks: [String: Int] = [:]
    for (index, replica) in replicas.enumerated() {
      let key = "replicas[\(index)]"
      try require(
        !takenNames.contains(replica.name), key + ".name",
        "\(quoted(replica.name)) is the name of another volume of the brick's graph")
      try names.claim(replica.name, key + ".name", "name")
      try addresses.claim("\(replica.host) \(replica.port)", key + ".port", "host and port")
      if let port = replica.reconPort {
        try addresses.claim("\(replica.host) \(port)", key + ".recon_port", "host and port")
      }
      try places.claim(replica.host + ":" + replica.brick, key + ".brick", "directory")
      bricks[replica.host + ":" + replica.brick] = index
      if let journal = replica.journal {
        try places.claim(replica.host + ":" + journal, key + ".journal", "directory")
      }
      if let socket = replica.socket {
        try places.claim(replica.host + ":" + socket, key + ".socket", "path")
      }
    }
    try requireApart(bricks)
  }

  /// No brick within another: the outer would replicate the inner one's bookkeeping.
  private func requireApart(_ bricks: [String: Int]) throws(DescriptionProblem) {
    for (index, replica) in replicas.enumerated() {
      var parent = replica.brick
      while let slash = parent.lastIndex(of: "/"), slash != parent.startIndex {
        parent = String(parent[..<slash])
        guard let outer = bricks[replica.host + ":" + parent] else { continue }
        throw DescriptionProblem(
          "replicas[\(index)].brick", "lies within replicas[\(outer)].brick, \(quoted(parent))")
      }
    }
  }
}

/// Who was first to use something that only one may.
private struct Owners {
  private var keys: [String: String] = [:]

  mutating func claim(_ thing: String, _ key: String, _ what: String) throws(DescriptionProblem) {
    if let first = keys.updateValue(key, forKey: thing) {
      throw DescriptionProblem(key, "is the same \(what) as \(first)")
    }
  }
}

extension DescribedReplica {
  init(_ raw: RawReplica, _ key: String, ofOne: Bool) throws(DescriptionProblem) {
    try requireName(raw.name, key + ".name")
    name = raw.name
    host = try checkedHost(raw.host, key + ".host")
    port = try checkedPort(raw.port, key + ".port")
    reconPort = try raw.reconPort.map { port throws(DescriptionProblem) in
      try checkedPort(port, key + ".recon_port")
    }
    bindAddress =
      try raw.bindAddress.map { text throws(DescriptionProblem) in
        try checkedHost(text, key + ".bind_address")
      } ?? host
    brick = try checkedPath(raw.brick, key + ".brick")
    journal = try raw.journal.map { text throws(DescriptionProblem) in
      try checkedPath(text, key + ".journal")
    }
    // A replica alone leads itself.
    isLeader = raw.leader ?? ofOne
    isLocal = raw.local ?? false
    socket = try raw.socket.map { text throws(DescriptionProblem) in
      try checkedPath(text, key + ".socket")
    }
    try require(
      (socket?.utf8.count ?? 0) <= socketPathByteCountMax, key + ".socket",
      "has more than \(socketPathByteCountMax) bytes, which no Unix socket can have")
  }
}

extension DescribedAccess {
  init(_ raw: RawAccess?) throws(DescriptionProblem) {
    login = nil
    if let username = raw?.username, let password = raw?.password {
      for (text, key) in [(username, "auth.username"), (password, "auth.password")] {
        try require(!text.isEmpty, key, "is empty")
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
      try require(!address.isEmpty, key, "is empty")
      try requirePlain(address, key)
      try require(
        !address.contains { $0 == "," || $0 == " " }, key,
        "has a comma or a space; one pattern each")
    }
    try require(
      login != nil || !allowed.isEmpty, "auth", "lets nobody in: no addresses and no login")
  }
}

// MARK: Single values

private func require(
  _ condition: Bool, _ key: String, _ message: @autoclosure () -> String
) throws(DescriptionProblem) {
  guard condition else { throw DescriptionProblem(key, message()) }
}

/// No characters that a volfile cannot hold, or that make a line of it unreadable.
private func requirePlain(_ text: String, _ key: String) throws(DescriptionProblem) {
  for scalar in text.unicodeScalars {
    try require(scalar != "`", key, "has a backtick, which GlusterFS would run as a command")
    try require(
      scalar.value >= 32 && scalar.value != 127, key,
      "has a control character, U+\(hexadecimal(scalar.value)), which no volfile should hold")
  }
}

private func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16, uppercase: true)
  return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

/// A name that volumes, options and files can carry.
private func requireName(_ text: String, _ key: String) throws(DescriptionProblem) {
  try require(!text.isEmpty, key, "is empty")
  try require(text.utf8.count <= nameByteCountMax, key, "has more than \(nameByteCountMax) bytes")
  let isPlain = text.unicodeScalars.allSatisfy { scalar in
    scalar.isASCII
      && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || "-_.".unicodeScalars.contains(scalar))
  }
  try require(isPlain, key, "\(quoted(text)) has other than letters, digits, '-', '_' and '.'")
  try require(
    text.first != "." && text.first != "-", key, "\(quoted(text)) begins with '.' or '-'")
}

private func checkedPort(_ port: Int, _ key: String) throws(DescriptionProblem) -> Int {
  try require((1...65535).contains(port), key, "is not from 1 to 65535")
  return port
}

private func checkedHost(_ text: String, _ key: String) throws(DescriptionProblem) -> String {
  let isPlain = text.unicodeScalars.allSatisfy { scalar in
    scalar.isASCII
      && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || "-_.:%".unicodeScalars.contains(scalar))
  }
  try require(
    !text.isEmpty && text.utf8.count <= nameByteCountMax && isPlain, key,
    "\(quoted(text)) is not a host name or an address")
  return text
}

/// An absolute path, brought into one spelling so that equal ones are seen as equal.
private func checkedPath(_ text: String, _ key: String) throws(DescriptionProblem) -> String {
  try requirePlain(text, key)
  try require(text.hasPrefix("/"), key, "\(quoted(text)) is not an absolute path")
  let components = text.split(separator: "/").filter { $0 != "." }
  try require(!components.contains(".."), key, "\(quoted(text)) goes through '..'")
  try require(!components.isEmpty, key, "is the root directory")
  return "/" + components.joined(separator: "/")
}

private func checkedUUID(_ text: String, _ key: String) throws(DescriptionProblem) -> String {
  let isUUID = text.utf8.enumerated().allSatisfy { index, byte in
    [8, 13, 18, 23].contains(index)
      ? byte == UInt8(ascii: "-") : Unicode.Scalar(byte).properties.isASCIIHexDigit
  }
  try require(
    isUUID && text.utf8.count == 36, key, "\(quoted(text)) is not a UUID")
  return text.lowercased()
}
