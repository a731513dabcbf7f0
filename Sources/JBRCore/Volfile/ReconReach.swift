/// What the comments at the head of a recon graph say that it reaches.
///
/// Each replica has a line: `# jbr-volgen recon: replica NAME, brick PATH[, plan ID]`.
public struct ReconPromise: Equatable, Sendable {
  static let prefix = "jbr-volgen recon: "

  public var replica: String
  public var brick: String
  public var plan: String?

  /// Reads a comment's text; nil for any other comment.
  public init?(comment: String) {
    let text = comment.drop { $0 == " " }
    guard text.hasPrefix(Self.prefix + "replica "),
      let middle = text.firstRange(of: ", brick ")
    else { return nil }
    replica = String(text[..<middle.lowerBound].dropFirst(Self.prefix.count + "replica ".count))
    // A path may hold this text, too; the plan's identifier holds no space.
    var path = text[middle.upperBound...]
    plan = nil
    if let last = path.ranges(of: ", plan ").last, !path[last.upperBound...].contains(" ") {
      plan = String(path[last.upperBound...])
      path = path[..<last.lowerBound]
    }
    brick = String(path)
    guard !replica.isEmpty, !brick.isEmpty else { return nil }
  }
}

extension VolumeGraph {
  /// The promises of a recon graph; none in any other graph.
  public var reconPromises: [ReconPromise] {
    // Without an empty line behind them the comments are the first volume's.
    (header + (volumes.first?.comments ?? [])).compactMap { ReconPromise(comment: $0) }
  }

  /// Whatever a recon graph reaches beyond the replicas that its head names.
  func reconReach() -> [VolfileFinding] {
    let promises = reconPromises
    guard !promises.isEmpty else { return [] }
    let replicas = Set(promises.map(\.replica))
    let bricks = Set(promises.map(\.brick))
    var findings: [VolfileFinding] = []
    for (volume, directory) in self.bricks where !bricks.contains(Failure.visible(directory)) {
      findings.append(Self.beyond(volume, "directory", "the brick \(quoted(directory))", promises))
    }
    var servers: [String: String] = [:]
    for (volume, address) in connections {
      let isNamed = replicas.contains(address.subvolume) || bricks.contains(address.subvolume)
      // A replica is at one place: its name at another one is another brick.
      let isFirst = servers[address.subvolume, default: address.server] == address.server
      servers[address.subvolume] = servers[address.subvolume] ?? address.server
      guard !isNamed || !isFirst else { continue }
      findings.append(
        Self.beyond(volume, "remote-subvolume", quoted(address.spelled), promises))
    }
    return findings + journaled(promises)
  }

  /// Translators that would write what is replayed into a journal, or send it to peers.
  private func journaled(_ promises: [ReconPromise]) -> [VolfileFinding] {
    volumes.filter { $0.type.text.hasPrefix("experimental/") }.map { volume in
      let path = volume.value(of: "log-path").map { " at \(quoted($0))" } ?? ""
      let what = volume.type.text == "experimental/fdl" ? "a journal\(path)" : "the replica's peers"
      return Self.beyond(volume, nil, "\(what) through \(volume.type.text)", promises)
    }
  }

  private static func beyond(
    _ volume: Volume, _ key: String?, _ what: String, _ promises: [ReconPromise]
  ) -> VolfileFinding {
    let shownCountMax = 8
    var names = promises.prefix(shownCountMax).map { "\($0.replica) (\($0.brick))" }
    if promises.count > names.count { names.append("…") }
    let option = key.flatMap { key in volume.options.last { $0.key.text == key } }
    return VolfileFinding(
      .reconReach, at: option?.value.position ?? volume.type.position, volume: volume.name.text,
      "reaches \(what), and the graph's head names only \(quoted(names.joined(separator: ", ")))")
  }
}
