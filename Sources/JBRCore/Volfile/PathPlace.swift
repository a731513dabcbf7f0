/// Where a path leads, so that two spellings of one place are equal.
struct PathPlace {
  /// The deepest directory of the path that is there, whatever links and mounts lead to it; nil
  /// for paths that nobody looked for.
  var anchor: FileIdentity?
  /// What the path has behind that, such as `/a/b`; empty where all of it is there.
  var rest: String
  /// The directories above the anchor.
  var above: [FileIdentity]

  /// What is equal for all spellings of a place.
  struct Key: Hashable {
    var anchor: FileIdentity?
    var rest: ExactText
  }

  var key: Key { Key(anchor: anchor, rest: ExactText(rest)) }

  /// Whether both are the same place.
  func isSame(as other: PathPlace) -> Bool { key == other.key }

  /// Whether this place is a directory's, or somewhere below.
  func isWithin(_ directory: PathPlace) -> Bool {
    if anchor == directory.anchor {
      return key == directory.key || rest.utf8.starts(with: (directory.rest + "/").utf8)
    }
    guard directory.rest.isEmpty, let wanted = directory.anchor else { return false }
    return above.contains(wanted)
  }
}

/// Tells where paths lead.
struct PathPlaces {
  /// The longest path that the kernel takes; a longer one leads nowhere.
  private static let pathByteCountMax = 4095
  private let local: any LocalPaths

  init(_ local: any LocalPaths) { self.local = local }

  /// The place of an absolute path; nil for any other, and for one that GlusterFS would see
  /// otherwise.
  func find(_ path: String) -> PathPlace? {
    guard path.isAbsolutePath, path.utf8.count <= Self.pathByteCountMax, Word(path).hasKnownText
    else { return nil }
    // What is there, the kernel resolves, also if it climbs behind a symbolic link.
    if let resolved = local.resolved(path), let place = place(at: resolved, rest: "") {
      return place
    }
    var names = plainNames(path)[...]
    guard var directory = local.resolved("/") else { return Self.unseen(names) }
    while let name = names.first, let next = local.resolved(joined(directory, name)) {
      directory = next
      names.removeFirst()
    }
    return place(at: directory, rest: names.map { "/" + $0 }.joined()) ?? Self.unseen(names)
  }

  private static func unseen(_ names: ArraySlice<Substring>) -> PathPlace {
    PathPlace(anchor: nil, rest: names.map { "/" + $0 }.joined(), above: [])
  }

  private func place(at directory: String, rest: String) -> PathPlace? {
    guard let identity = local.identity(directory) else { return nil }
    var above: [FileIdentity] = []
    for path in [directory] + origins(of: directory, identity) {
      above += parents(of: path).compactMap { local.identity($0) }
    }
    return PathPlace(anchor: identity, rest: rest, above: above)
  }

  /// The other paths of a directory in whose mount only a part of a file system is seen.
  private func origins(of directory: String, _ identity: FileIdentity) -> [String] {
    // Of several mounts on one directory the last is seen.
    var seen: (mount: Mount, inside: String)?
    for mount in local.mounts {
      guard let inside = mount.inside(directory),
        mount.point.utf8.count >= seen?.mount.point.utf8.count ?? 0
      else { continue }
      seen = (mount, inside)
    }
    guard let seen, seen.mount.root != "/" else { return [] }
    return local.mounts.compactMap { mount in
      guard mount.device == seen.mount.device, mount != seen.mount,
        let path = mount.outside(seen.inside), local.identity(path) == identity
      else { return nil }
      return path
    }
  }
}

private func joined(_ directory: String, _ name: Substring) -> String {
  directory == "/" ? "/" + name : directory + "/" + name
}

/// The names of an absolute path, without repeated slashes and dots, and what climbs resolved.
private func plainNames(_ path: String) -> [Substring] {
  var names: [Substring] = []
  for name in path.pathNames where name != "." {
    if name == ".." {
      _ = names.popLast()
    } else {
      names.append(name)
    }
  }
  return names
}

/// The directories above a plain path, from the nearest to the root.
private func parents(of directory: String) -> [String] {
  var parents: [String] = []
  var path = directory
  while path != "/", let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
    path = slash == path.startIndex ? "/" : String(path[..<slash])
    parents.append(path)
  }
  return parents
}
