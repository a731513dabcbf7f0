extension VolumeGraph {
  /// Volumes that would write to one brick behind each other's back: storage on the same directory
  /// or within another's, and connections to the same volume of the same server.
  func sharedBricks() -> [VolfileFinding] {
    sharedDirectories() + sharedConnections()
  }

  private func sharedDirectories() -> [VolfileFinding] {
    var owners: [String: Volume] = [:]
    var findings: [VolfileFinding] = []
    for (volume, directory) in bricks {
      if let first = owners[directory] {
        // Of two volumes with one name, the name is what is wrong.
        if first.name == volume.name { continue }
        findings.append(Self.shared(volume, first, "on the same directory, \(quoted(directory))"))
      } else {
        owners[directory] = volume
      }
    }
    for (volume, directory) in bricks {
      for parent in parents(of: directory) {
        guard let outer = owners[parent] else { continue }
        findings.append(Self.shared(volume, outer, "within that one's, \(quoted(parent))"))
        break
      }
    }
    return findings
  }

  private func sharedConnections() -> [VolfileFinding] {
    var owners: [BrickAddress: Volume] = [:]
    var findings: [VolfileFinding] = []
    for (volume, address) in connections {
      if let first = owners[address] {
        if first.name == volume.name { continue }
        findings.append(
          Self.shared(volume, first, "a connection to the same brick, \(quoted(address.spelled))"))
      } else {
        owners[address] = volume
      }
    }
    return findings
  }

  private static func shared(_ volume: Volume, _ first: Volume, _ how: String) -> VolfileFinding {
    let position = volume.name.position
    let line = first.name.position.map { " of line \($0.line)" } ?? ""
    return VolfileFinding(
      .sharedBrick, at: position, volume: volume.name.text,
      "stands on the brick of \(quoted(first.name.text))\(line): it is \(how)")
  }

  /// The directories of storage volumes, in one spelling.
  var bricks: [(volume: Volume, directory: String)] {
    volumes.compactMap { volume in
      guard volume.type.text == "storage/posix", let path = volume.value(of: "directory"),
        let directory = plainPath(path)
      else { return nil }
      return (volume, directory)
    }
  }

  /// Where the clients among the volumes connect to.
  var connections: [(volume: Volume, address: BrickAddress)] {
    volumes.compactMap { volume in
      guard volume.type.text == "protocol/client",
        let subvolume = volume.value(of: "remote-subvolume")
      else { return nil }
      return (volume, BrickAddress(volume, subvolume))
    }
  }
}

/// Which volume of which server a `protocol/client` uses.
struct BrickAddress: Hashable {
  /// The Unix socket or host, and the port; empty where the graph leaves it open.
  var server: String
  var subvolume: String

  init(_ volume: Volume, _ subvolume: String) {
    let socket = volume.value(of: "transport.socket.connect-path")
    let port = volume.value(of: "remote-port") ?? volume.value(of: "transport.remote-port")
    let host = volume.value(of: "remote-host") ?? ""
    server = socket ?? host + (port.map { ":" + $0 } ?? "")
    self.subvolume = subvolume
  }

  var spelled: String { "\(subvolume) of \(server)" }
}

/// An absolute path without repeated slashes and dots; nil for one that is relative or climbs.
func plainPath(_ path: String) -> String? {
  guard path.hasPrefix("/") else { return nil }
  let components = path.split(separator: "/").filter { $0 != "." }
  guard !components.contains("..") else { return nil }
  return "/" + components.joined(separator: "/")
}

/// The directories above a plain path, from the nearest to the root.
private func parents(of directory: String) -> [String] {
  var parents: [String] = []
  var path = directory
  while path != "/", let slash = path.lastIndex(of: "/") {
    path = slash == path.startIndex ? "/" : String(path[..<slash])
    parents.append(path)
  }
  return parents
}
