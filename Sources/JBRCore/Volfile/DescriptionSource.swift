/// Where a description comes from; all sources feed one model.
public enum SourceKind: String, CaseIterable, Sendable {
  /// A JSON description.
  case description
  /// The output of `gluster volume info --xml`.
  case volumeInfo = "volume-info"
  /// glusterd's own directory of a volume.
  case glusterd
  case volfile
}

/// What is said beside a source, on the command line: it is asked for where the source is silent.
public struct SourceSupplement: Sendable {
  /// Which volume is meant, where the source has several.
  public var volume: String?
  /// A description of which any key may be missing, and its path.
  public var overlay: (bytes: [UInt8], path: String)?
  /// Hosts and names of replicas that are on this machine.
  public var local: [String] = []
  /// Where the Unix sockets of local replicas go that have none yet.
  public var socketDirectory: String?
  /// The port of the first private server of each host; the next ones follow.
  public var reconPort: Int?

  public init() {}
}

extension ReplicaSetDescription {
  /// Reads a source, whose kind is told by its content, and validates what it and its supplement
  /// say together. The source is a file, a directory of glusterd, or `-`; the name is for messages.
  public init(
    source path: String, named name: String, _ supplement: SourceSupplement
  ) throws(Failure) {
    var (raw, kind) = try Self.read(path, named: name, volume: supplement.volume)
    if let overlay = supplement.overlay {
      try raw.lay(
        try RawDescription(json: overlay.bytes, path: overlay.path), path: overlay.path)
    }
    try raw.supply(supplement)
    if let volume = supplement.volume, raw.volume != volume {
      let other = raw.volume.map { ", but " + quoted($0) } ?? ""
      throw Failure(.usage, "is not of volume \(quoted(volume))\(other)", path: name)
    }
    // What is wrong may stand in either.
    let path = supplement.overlay.map { "\(name) with \($0.path)" } ?? name
    try self.init(raw, path: path, isWhole: kind == .description)
  }

  private static func read(
    _ path: String, named name: String, volume: String?
  ) throws(Failure) -> (RawDescription, SourceKind) {
    if path != "-", isDirectory(path) {
      return (try GlusterdVolume(directory: path).described(), .glusterd)
    }
    let bytes = try readSmallFile(path, limit: byteCountMax)
    switch bytes.first(where: { !isVolfileSpace($0) }) {
    // Or a byte order mark, which some editors put before it.
    case UInt8(ascii: "{"), 0xEF:
      return (try RawDescription(json: bytes, path: name), .description)
    case UInt8(ascii: "<"):
      return (try RawDescription(volumeInfo: bytes, path: name, volume: volume), .volumeInfo)
    default: break
    }
    if GlusterdVolume.isInfo(bytes) {
      throw Failure(
        .usage, "is glusterd's file of a volume: name the directory that it is in", path: name)
    }
    guard looksLikeVolfile(bytes) else {
      throw Failure(
        .damaged,
        bytes.isEmpty
          ? "is empty"
          : "is neither a JSON object, nor XML of gluster volume info, nor a volfile", path: name)
    }
    return (try RawDescription(volfile: ParsedVolfile(bytes), path: name), .volfile)
  }

  /// Whether the text begins with a comment or the word `volume`.
  private static func looksLikeVolfile(_ bytes: [UInt8]) -> Bool {
    let start = bytes.drop { isVolfileSpace($0) }
    return start.first == UInt8(ascii: "#") || start.starts(with: "volume".utf8)
  }
}

extension RawDescription {
  /// Fills in what the command line says, where nothing else has said it.
  fileprivate mutating func supply(_ supplement: SourceSupplement) throws(Failure) {
    guard var list = replicas else { return }
    for wanted in supplement.local {
      var isFound = false
      for index in list.indices {
        let name = list[index].name ?? "brick-\(index)"
        guard wanted == name || wanted == list[index].host else { continue }
        list[index].local = true
        isFound = true
      }
      guard isFound else {
        throw Failure(.usage, "--local \(wanted): no replica has this name or host")
      }
    }
    var ports: [String: Int] = [:]
    for index in list.indices {
      if list[index].local == true {
        let name = list[index].name ?? "brick-\(index)"
        list[index].socket =
          list[index].socket ?? supplement.socketDirectory.map { "\($0)/\(name).sock" }
      } else if let first = supplement.reconPort, let host = list[index].host {
        list[index].reconPort = list[index].reconPort ?? first + ports[host, default: 0]
        ports[host, default: 0] += 1
      }
    }
    replicas = list
  }
}
