/// The directory in which glusterd keeps a volume: `info`, and a file for each brick.
struct GlusterdVolume {
  /// More than any of its files has.
  private static let fileByteCountMax = 16 << 20
  private let directory: String
  private let info: [String: String]

  init(directory: String) throws(Failure) {
    self.directory = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
    let path = self.directory + "/info"
    // What may not be looked at is no missing file.
    if try pathKind(path) == nil {
      throw Failure(
        .cannotOpen, "has no file 'info', and is no directory of a volume of glusterd",
        path: directory)
    }
    info = try Self.lines(of: path)
    for key in ["count", "volume-id"] where info[key] == nil {
      throw Failure(
        .damaged, "is missing: is this glusterd's file of a volume, and whole?", path: path,
        field: key)
    }
  }

  /// Whether a text is such a file: lines of `key=value`, among them the volume's id.
  static func isInfo(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: "type=".utf8)
      && String(decoding: bytes.prefix(4096), as: UTF8.self).contains("\nvolume-id=")
  }

  func described() throws(Failure) -> RawDescription {
    var raw = RawDescription()
    // The directory has the volume's name, however it is led to.
    raw.volume = pathBehindLinks(directory)?.split(separator: "/").last.map(String.init)
    raw.volumeID = value("volume-id")
    if let username = value("username"), let password = value("password") {
      var access = RawAccess()
      (access.username, access.password) = (username, password)
      raw.auth = access
    }
    var facts = VolumeFacts()
    facts.replicaCount = try number("replica_count")
    facts.arbiterCount = try number("arbiter_count")
    facts.disperseCount = try number("disperse_count")
    facts.redundancyCount = try number("redundancy_count")
    facts.options = options
    raw.take(facts)
    raw.quotaVersion = try number("quota-version")
    raw.replicas = try bricks()
    return raw
  }

  /// The options have a dot in their names, and the rest has none.
  private var options: [String: String] { info.filter { $0.key.contains(".") } }

  // MARK: Bricks

  private func bricks() throws(Failure) -> [RawReplica] {
    var found: [(replica: RawReplica, system: String)] = []
    var number = 0
    while let name = value("brick-\(number)") {
      found.append(try brick(name))
      number += 1
    }
    let count = try self.number("count")
    guard count == found.count else {
      throw Failure(
        .damaged, "has \(found.count) bricks, and says that it has \(count)",
        path: directory + "/info", field: "count")
    }
    var sharing: [String: Int] = [:]
    for (_, system) in found { sharing[system, default: 0] += 1 }
    return found.map { replica, system in
      var replica = replica
      replica.sharedBrickCount = system.isEmpty ? nil : sharing[system]
      return replica
    }
  }

  /// A brick, and the file system that it is on.
  private func brick(_ name: String) throws(Failure) -> (RawReplica, String) {
    // The name is HOST:PATH with each slash of the path turned into a dash.
    guard !name.contains("/"), name != ".." else {
      throw Failure(
        .damaged, "\(quoted(name)) is no brick's file", path: directory + "/info", field: "brick")
    }
    let path = "\(directory)/bricks/\(name)"
    let lines = try Self.lines(of: path)
    guard let host = lines["hostname"], let place = lines["path"] else {
      throw Failure(.damaged, "lacks hostname or path", path: path)
    }
    var replica = RawReplica()
    replica.host = host
    replica.brick = place
    // Zero while the brick does not run.
    let port = try VolumeFacts.number(lines["listen-port"], "listen-port", path: path)
    replica.port = port > 0 ? port : nil
    let system = lines["brick-fsid"].map { $0 == "0" ? "" : host + " " + $0 }
    return (replica, system ?? "")
  }

  // MARK: Files

  private func value(_ key: String) -> String? { info[key] }

  private func number(_ key: String) throws(Failure) -> Int {
    try VolumeFacts.number(value(key), key, path: directory + "/info")
  }

  private static func lines(of path: String) throws(Failure) -> [String: String] {
    let bytes = try readSmallFile(path, limit: fileByteCountMax)
    var lines: [String: String] = [:]
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
      guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
        throw Failure(.damaged, "is not KEY=VALUE", path: path, at: .line(index + 1))
      }
      // A brick's path may be any bytes.
      lines[String(exactly: line[..<equals])] = String(exactly: line[(equals + 1)...])
    }
    return lines
  }
}
