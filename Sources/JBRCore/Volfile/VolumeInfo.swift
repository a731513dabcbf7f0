extension RawDescription {
  /// Reads the output of `gluster volume info --xml`.
  ///
  /// It has bricks, sets, the volume's id and options, and neither ports, logins nor journals.
  init(volumeInfo bytes: [UInt8], path: String, volume: String?) throws(Failure) {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw Failure(
        .damaged,
        "is not UTF-8, as XML must be; of a brick whose path is not, take glusterd's directory",
        path: path)
    }
    let document = try XMLElement(document: bytes[...], path: path)
    guard document.name == "cliOutput", let list = document["volInfo"]?["volumes"] else {
      let said = document["opErrstr"]?.text ?? ""
      throw Failure(
        .damaged,
        "is no output of gluster volume info --xml"
          + (said.isEmpty ? "" : ": it says " + quoted(said)), path: path)
    }
    let all = list.all("volume")
    let named = all.filter { volume == nil || $0["name"]?.text == volume }
    guard let only = named.first, named.count == 1 else {
      let names = all.compactMap { $0["name"]?.text }.map(quoted).joined(separator: ", ")
      let reason =
        switch volume {
        case _ where all.isEmpty: "has no volume"
        case let volume? where named.count > 1: "has the volume \(quoted(volume)) twice"
        case let volume?: "has no volume \(quoted(volume)), but \(names)"
        case nil: "has the volumes \(names); choose one with --volume NAME"
        }
      throw Failure(.usage, reason, path: path)
    }
    try self.init(volume: only, path: path)
  }

  private init(volume: XMLElement, path: String) throws(Failure) {
    self.init()
    self.volume = volume["name"]?.text
    volumeID = volume["id"]?.text
    var facts = VolumeFacts()
    facts.replicaCount = try volume.number("replicaCount", path)
    facts.arbiterCount = try volume.number("arbiterCount", path)
    facts.disperseCount = try volume.number("disperseCount", path)
    facts.redundancyCount = try volume.number("redundancyCount", path)
    for option in volume["options"]?.all("option") ?? [] {
      guard let name = option["name"]?.text, let value = option["value"]?.text else { continue }
      facts.options[name] = value
    }
    take(facts)
    var list: [RawReplica] = []
    for brick in volume["bricks"]?.all("brick") ?? [] {
      let text = brick["name"]?.text ?? brick.text
      guard let replica = RawReplica(place: text) else {
        throw Failure(.damaged, "\(quoted(text)) is not HOST:/PATH", path: path, field: "brick")
      }
      list.append(replica)
    }
    let count = try volume.number("brickCount", path)
    guard volume["brickCount"] == nil || count == list.count else {
      throw Failure(
        .damaged, "there are \(list.count) bricks, and not \(count): is the output whole?",
        path: path, field: "brickCount")
    }
    replicas = list
  }

  /// What GlusterFS' own sources say of a volume as a whole, whatever their spelling.
  mutating func take(_ facts: VolumeFacts) {
    options = facts.options
    pingTimeout = facts.options["network.ping-timeout"].flatMap { Int($0) }
    // A login makes addresses needless; only the volume's own graphs let both in, as glusterd does.
    if let allowed = facts.options["auth.allow"], allowed != "*", auth?.username == nil {
      auth = auth ?? RawAccess()
      auth?.allow = allowed.split(separator: ",").map(String.init)
    }
    let isJBR = VolumeOptions(facts.options).isOn("cluster.jbr")
    if facts.disperseCount > 0 {
      replication = "disperse"
      replicaCount = facts.disperseCount
      redundancyCount = facts.redundancyCount
    } else if facts.replicaCount > 1 {
      replication = isJBR ? "jbr" : "replicate"
      replicaCount = facts.replicaCount
      arbiterCount = facts.arbiterCount
    } else {
      replication = isJBR ? "jbr" : "none"
      replicaCount = 1
    }
    quorumPercent = facts.options["cluster.jbr.quorum-percent"].flatMap { Int($0) }
  }
}

/// The numbers and options of a volume.
struct VolumeFacts {
  var replicaCount = 1
  var arbiterCount = 0
  var disperseCount = 0
  var redundancyCount = 0
  var options: [String: String] = [:]
}

extension RawReplica {
  /// A brick as GlusterFS writes it: `HOST:/PATH`, where the host may be an IPv6 address.
  init?(place: String) {
    guard let colon = place.firstRange(of: ":/") else { return nil }
    self.init()
    host = String(place[..<colon.lowerBound])
    brick = String(place[place.index(after: colon.lowerBound)...])
  }
}

extension VolumeFacts {
  /// A number of bricks, ports or versions, as GlusterFS' own sources spell it; 0 where it is
  /// missing. No more than any volume has, so that what is made of it does not overflow.
  static func number(
    _ text: String?, _ field: String, path: String, at place: Failure.Place? = nil
  ) throws(Failure) -> Int {
    guard let text else { return 0 }
    guard let number = Int(text), (0...10_000_000).contains(number) else {
      throw Failure(
        .damaged, "\(quoted(text)) is no number from 0 to 10000000", path: path, at: place,
        field: field)
    }
    return number
  }
}

extension XMLElement {
  fileprivate func number(_ name: String, _ path: String) throws(Failure) -> Int {
    try VolumeFacts.number(self[name]?.text, name, path: path)
  }
}
