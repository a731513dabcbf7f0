internal import FoundationEssentials

extension ReplicaSetDescription {
  /// Far more than 10,000 bricks take.
  public static let byteCountMax = 64 << 20

  /// Reads and validates a description. The path is for errors, which also name the key.
  public init(json bytes: [UInt8], path: String) throws(Failure) {
    try self.init(try RawDescription(json: bytes, path: path), path: path, isWhole: true)
  }

  /// Validates what a source says. `isWhole`: it must say all that a description must say; of
  /// other sources the generators ask for what they need.
  init(_ raw: RawDescription, path: String, isWhole: Bool) throws(Failure) {
    do {
      try self.init(raw, isWhole: isWhole)
    } catch {
      throw Failure(.damaged, error.message, path: path, field: error.key)
    }
  }
}

extension RawDescription {
  /// Reads the keys of a description, any of which may be missing.
  init(json bytes: [UInt8], path: String) throws(Failure) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    // FoundationEssentials takes what no other reader does, and does not say where it stops.
    let bytes = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
    if let failure = Self.flaw(of: bytes, path: path) { throw failure }
    do {
      self = try JSONDecoder().decode(RawDescription.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw Self.failure(error, path: path)
    } catch {
      throw Failure(.damaged, "is not a description: \(error)", path: path)
    }
  }

  private static func failure(_ error: DecodingError, path: String) -> Failure {
    switch error {
    case .keyNotFound(let key, let context):
      Failure(
        .damaged, "is missing", path: path, field: keyPath(context.codingPath + [key]))
    case .valueNotFound(_, let context):
      Failure(.damaged, "is null", path: path, field: keyPath(context.codingPath))
    case .typeMismatch(let type, let context):
      Failure(
        .damaged, "is not \(name(of: type))", path: path, field: keyPath(context.codingPath))
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      Failure(.damaged, "is not valid JSON", path: path)
    case .dataCorrupted(let context):
      Failure(
        .damaged, context.debugDescription, path: path, field: keyPath(context.codingPath))
    @unknown default:
      Failure(.damaged, "is not a description", path: path)
    }
  }

  /// Why a text is no JSON; nil if it is.
  private static func flaw(of bytes: [UInt8], path: String) -> Failure? {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      return Failure(.damaged, "is not valid JSON: has bytes that are not UTF-8", path: path)
    }
    guard let flaw = JSONFlaw(in: bytes) else { return nil }
    let offset = flaw.offset
    var position = VolfilePosition(line: 1, column: 1)
    for byte in bytes[..<offset] { position.pass(byte) }
    let found = String(decoding: bytes[offset...].prefix(16), as: UTF8.self).first
    let what =
      flaw.key.map { "key \(quoted($0)) comes twice" }
      ?? found.map { "unexpected \(quoted(String($0)))" } ?? "it ends too early"
    return Failure(
      .damaged, "is not valid JSON: \(what)", path: path,
      at: .position(line: position.line, column: position.column))
  }

  private static func name(of type: Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Int.Type: "an integer"
    case is Bool.Type: "true or false"
    case is [Any].Type: "an array"
    default: "an object"
    }
  }

  /// The way to a value as people write it: `replicas[1].port`; nil for the whole file.
  private static func keyPath(_ path: [any CodingKey]) -> String? {
    if path.isEmpty { return nil }
    return path.reduce(into: "") { text, key in
      if let index = key.intValue {
        text += "[\(index)]"
      } else {
        text += (text.isEmpty ? "" : ".") + Failure.visible(key.stringValue)
      }
    }
  }
}

/// What a source says of a volume, under the keys of a description; nil where it says nothing.
struct RawDescription: Decodable, Equatable {
  var volume: String?
  var volumeID: String?
  var replication: String?
  var replicaCount: Int?
  var redundancyCount: Int?
  var arbiterCount: Int?
  var quorumPercent: Int?
  var pingTimeout: Int?
  var replicas: [RawReplica]?
  var auth: RawAccess?
  var performance: [String]?
  var options: [String: String]?
  var quotaVersion: Int?
  /// Whether the source shows one brick of a volume, and not how it is joined with others. No key
  /// of a description.
  var isOneBrick = false

  enum CodingKeys: String, CodingKey, CaseIterable {
    case volume, replication, replicas, auth, performance, options
    case volumeID = "volume_id"
    case replicaCount = "replica_count"
    case redundancyCount = "redundancy_count"
    case arbiterCount = "arbiter_count"
    case quorumPercent = "quorum_percent"
    case pingTimeout = "ping_timeout"
    case quotaVersion = "quota_version"
  }

  init() {}

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(only: CodingKeys.self)
    volume = try values.decodeIfPresent(String.self, forKey: .volume)
    volumeID = try values.decodeIfPresent(String.self, forKey: .volumeID)
    replication = try values.decodeIfPresent(String.self, forKey: .replication)
    replicaCount = try values.integer(forKey: .replicaCount)
    redundancyCount = try values.integer(forKey: .redundancyCount)
    arbiterCount = try values.integer(forKey: .arbiterCount)
    quorumPercent = try values.integer(forKey: .quorumPercent)
    pingTimeout = try values.integer(forKey: .pingTimeout)
    replicas = try values.decodeIfPresent([RawReplica].self, forKey: .replicas)
    auth = try values.decodeIfPresent(RawAccess.self, forKey: .auth)
    performance = try values.decodeIfPresent([String].self, forKey: .performance)
    options = try values.decodeIfPresent([String: String].self, forKey: .options)
    quotaVersion = try values.integer(forKey: .quotaVersion)
  }
}

struct RawReplica: Decodable, Equatable {
  var name: String?
  var host: String?
  var port: Int?
  var bindAddress: String?
  var brick: String?
  var journal: String?
  var leader: Bool?
  var local: Bool?
  var socket: String?
  var reconPort: Int?
  var sharedBrickCount: Int?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, host, port, brick, journal, leader, local, socket
    case bindAddress = "bind_address"
    case reconPort = "recon_port"
    case sharedBrickCount = "shared_brick_count"
  }

  init() {}

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(only: CodingKeys.self)
    name = try values.decodeIfPresent(String.self, forKey: .name)
    host = try values.decodeIfPresent(String.self, forKey: .host)
    port = try values.integer(forKey: .port)
    bindAddress = try values.decodeIfPresent(String.self, forKey: .bindAddress)
    brick = try values.decodeIfPresent(String.self, forKey: .brick)
    journal = try values.decodeIfPresent(String.self, forKey: .journal)
    leader = try values.decodeIfPresent(Bool.self, forKey: .leader)
    local = try values.decodeIfPresent(Bool.self, forKey: .local)
    socket = try values.decodeIfPresent(String.self, forKey: .socket)
    reconPort = try values.integer(forKey: .reconPort)
    sharedBrickCount = try values.integer(forKey: .sharedBrickCount)
  }
}

struct RawAccess: Decodable, Equatable {
  var allow: [String]?
  var username: String?
  var password: String?

  enum CodingKeys: String, CodingKey, CaseIterable { case allow, username, password }

  init() {}

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(only: CodingKeys.self)
    allow = try values.decodeIfPresent([String].self, forKey: .allow)
    username = try values.decodeIfPresent(String.self, forKey: .username)
    password = try values.decodeIfPresent(String.self, forKey: .password)
  }
}

extension KeyedDecodingContainer {
  /// A whole number; FoundationEssentials does not say at which key one is that fits nowhere.
  fileprivate func integer(forKey key: Key) throws -> Int? {
    do {
      return try decodeIfPresent(Int.self, forKey: key)
    } catch let error as DecodingError {
      throw error
    } catch {
      throw DecodingError.typeMismatch(
        Int.self, DecodingError.Context(codingPath: codingPath + [key], debugDescription: ""))
    }
  }
}

/// Any key, to find those that we do not know.
private struct AnyKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Decoder {
  /// The object's values, after a look that it has no other keys: a misspelt key must not pass
  /// for one that was left out.
  fileprivate func container<Keys: CodingKey & CaseIterable>(
    only keys: Keys.Type
  ) throws -> KeyedDecodingContainer<Keys> {
    let known = Set(Keys.allCases.map(\.stringValue))
    let all = try container(keyedBy: AnyKey.self)
    let unknown = all.allKeys.filter { !known.contains($0.stringValue) }
    // Sorted, since a dictionary's order differs from run to run.
    if let key = unknown.min(by: { $0.stringValue < $1.stringValue }) {
      let names = known.sorted().joined(separator: ", ")
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: codingPath + [key],
          debugDescription: "is not a known key; known are \(names)"))
    }
    return try container(keyedBy: keys)
  }
}
