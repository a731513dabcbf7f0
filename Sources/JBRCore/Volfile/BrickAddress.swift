/// Which volume of which server a `protocol/client` uses.
struct BrickAddress: Hashable {
  var server: ServerAddress
  var subvolume: ExactText

  var spelled: String { "\(subvolume.text) of \(server.spelled)" }
}

/// Where a server is found; equal if the same one is found, however it is spelled.
struct ServerAddress: Hashable {
  /// `HOST:PORT`, or `unix:PATH`.
  let spelled: String
  private let place: Place

  private enum Place: Hashable {
    case host(String)
    case socket(PathPlace.Key)
  }

  init(host: String, port: String?) {
    let bracketed = host.contains(":") ? "[" + host + "]" : host
    self.init(host: bracketed + (port.map { ":" + $0 } ?? ""))
  }

  private init(host: String) {
    spelled = host
    place = .host(host.lowercased())
  }

  init(socket: String, _ finder: PathPlaces) {
    spelled = Self.socketPrefix + socket
    place = .socket(finder.find(socket)?.key ?? PathPlace.Key(anchor: nil, rest: ExactText(socket)))
  }

  /// Reads what `spelled` says.
  init(_ text: String, _ finder: PathPlaces) {
    if text.hasPrefix(Self.socketPrefix) {
      self.init(socket: String(text.dropFirst(Self.socketPrefix.count)), finder)
    } else {
      self.init(host: text)
    }
  }

  /// Where a client connects to.
  ///
  /// Of options with several names, the one counts that GlusterFS 10.3 was seen to take. Empty
  /// where the graph does not say it.
  init(ofClient volume: Volume, _ finder: PathPlaces) {
    func value(_ keys: String...) -> String? { keys.lazy.compactMap { volume.value(of: $0) }.first }
    let family = value("address-family", "transport.address-family")
    if volume.value(of: "transport-type") == "unix" || family == "unix" {
      let socket = value("connect-path", "transport.socket.connect-path")
      self.init(socket: socket ?? "", finder)
    } else {
      self.init(
        host: volume.value(of: "remote-host") ?? "",
        port: value("transport.remote-port", "transport.socket.remote-port", "remote-port"))
    }
  }

  private static let socketPrefix = "unix:"

  static func == (left: Self, right: Self) -> Bool { left.place == right.place }
  func hash(into hasher: inout Hasher) { hasher.combine(place) }
}

extension VolumeGraph {
  /// Where the clients among the volumes connect to.
  func connections(_ finder: PathPlaces) -> [(volume: Volume, address: BrickAddress)] {
    volumes.compactMap { volume in
      guard volume.type.text == "protocol/client",
        let subvolume = volume.value(of: "remote-subvolume")
      else { return nil }
      let server = ServerAddress(ofClient: volume, finder)
      return (volume, BrickAddress(server: server, subvolume: ExactText(subvolume)))
    }
  }
}
