/// A path that a user asked for.
public struct PathPattern: Equatable, Sendable {
  /// From the brick's root down; empty for the root itself.
  public var components: [[UInt8]]
  /// Whether everything below the path is meant too.
  public var isSubtree: Bool

  /// Parses a path from the brick's root; a slash at its end means everything below too.
  /// - Returns: nil if a component cannot be a file's name.
  public init?(_ path: [UInt8]) {
    let slash = UInt8(ascii: "/")
    components = path.split(separator: slash).map { [UInt8]($0) }
    isSubtree = path.last == slash
    guard !path.isEmpty, components.allSatisfy({ FileName.isComponent($0) }) else { return nil }
  }

  /// Whether a whole path is the one that was asked for, or lies below it.
  public func holds(_ path: [UInt8]) -> Bool {
    let parts = path.split(separator: UInt8(ascii: "/")).map { [UInt8]($0) }
    return isSubtree ? parts.starts(with: components) : parts == components
  }
}

/// Knows where objects stand, from a journal's own creates, links, renames and removals.
///
/// A journal says what was asked and not what came of it, so the rules of a file system are
/// applied as far as names go: a name that is taken stays, a directory with entries is not
/// removed. Objects that the journal did not create are known only as far as it names them.
public struct PathTracker: Sendable {
  /// Deeper chains of directories are not followed: no path that deep can be used in one call.
  private static let depthMax = 2048

  private struct Entry: Hashable {
    var parent: GFID
    var name: [UInt8]
  }
  private var entries: [GFID: [Entry]] = [:]
  private var objects: [Entry: GFID] = [:]
  private var childCounts: [GFID: Int] = [:]

  public init() {}

  /// Steps over a request.
  public mutating func apply(_ request: Request) {
    switch request.fop {
    case .create, .mkdir, .mknod, .symlink:
      guard let entry = request.loc(.loc).flatMap(Self.entry),
        let gfid = request.requestedGFID
      else { return }
      add(entry, gfid)
    case .link:
      guard let new = request.loc(.newloc), let entry = Self.entry(new) else { return }
      add(entry, request.loc(.oldloc)?.gfid ?? new.gfid)
    case .unlink, .rmdir:
      guard let entry = request.loc(.loc).flatMap(Self.entry) else { return }
      remove(entry)
    case .rename: rename(request)
    default:
      // Whatever names an object in full tells where it stands.
      guard let loc = request.loc(.loc), let entry = Self.entry(loc) else { return }
      add(entry, loc.gfid)
    }
  }

  private static func entry(_ loc: Loc) -> Entry? {
    guard let name = loc.name, loc.parent != .null else { return nil }
    // A copy, since the view would keep the whole block alive that was read from the file.
    return Entry(parent: loc.parent, name: [UInt8](name))
  }

  private mutating func add(_ entry: Entry, _ gfid: GFID) {
    guard objects[entry] == nil, gfid != .null else { return }
    objects[entry] = gfid
    entries[gfid, default: []].append(entry)
    childCounts[entry.parent, default: 0] += 1
  }

  private mutating func remove(_ entry: Entry) {
    guard let gfid = objects[entry], childCounts[gfid, default: 0] == 0 else { return }
    objects[entry] = nil
    entries[gfid]?.removeAll { $0 == entry }
    if entries[gfid]?.isEmpty == true { entries[gfid] = nil }
    let left = childCounts[entry.parent, default: 1] - 1
    childCounts[entry.parent] = left > 0 ? left : nil
  }

  private mutating func rename(_ request: Request) {
    guard let old = request.loc(.oldloc), let from = Self.entry(old),
      let to = request.loc(.newloc).flatMap(Self.entry)
    else { return }
    let gfid = objects[from] ?? old.gfid
    // Two names of one file: rename(2) does nothing.
    guard from != to, objects[to] != gfid else { return }
    remove(to)
    guard objects[to] == nil else { return }
    // The children stay where they are, so the count that keeps a directory is no hindrance.
    let children = childCounts.removeValue(forKey: gfid)
    remove(from)
    add(to, gfid)
    if let children { childCounts[gfid, default: 0] += children }
  }

  /// The path of an object from the brick's root, without a slash before it; one of them if it
  /// has several names.
  ///
  /// Where a directory on the way is not known, the path begins with its GFID, as in
  /// `<gfid:…>/name`. nil for an object that has no known name.
  public func path(of gfid: GFID) -> [UInt8]? {
    if gfid == .root { return [UInt8(ascii: "/")] }
    guard let entry = entries[gfid]?.last else { return nil }
    return path(of: entry)
  }

  private func path(of entry: Entry) -> [UInt8] {
    var parts = [entry.name]
    var parent = entry.parent
    while parent != .root {
      guard parts.count < Self.depthMax, let next = entries[parent]?.last else {
        parts.append([UInt8]("<gfid:\(parent)>".utf8))
        break
      }
      parts.append(next.name)
      parent = next.parent
    }
    return [UInt8](parts.reversed().joined(separator: [UInt8(ascii: "/")]))
  }

  /// Where the object stands that a request works on, as of before the request; of a rename, the
  /// old place. nil if no name of it is known.
  public func path(of request: Request) -> [UInt8]? {
    if let loc = request.loc(.loc) ?? request.loc(.oldloc), let entry = Self.entry(loc) {
      return path(of: entry)
    }
    return path(of: request.target)
  }

  /// Whether an object that the request names stands at a path, before or after it.
  public func matches(_ pattern: PathPattern, _ request: Request) -> Bool {
    if request.locs.contains(where: { matches(pattern, $0) }) { return true }
    let target = request.target
    return target != .null && matches(pattern, target)
  }

  private func matches(_ pattern: PathPattern, _ loc: Loc) -> Bool {
    guard let entry = Self.entry(loc) else {
      return loc.gfid != .null && matches(pattern, loc.gfid)
    }
    return matches(pattern, entry)
  }

  private func matches(_ pattern: PathPattern, _ gfid: GFID) -> Bool {
    if gfid == .root { return pattern.components.isEmpty }
    return entries[gfid]?.contains { matches(pattern, $0) } ?? false
  }

  private func matches(_ pattern: PathPattern, _ entry: Entry) -> Bool {
    var place = entry
    for _ in 0..<Self.depthMax {
      if isAt(place, pattern.components[...]) { return true }
      guard pattern.isSubtree else { return false }
      if place.parent == .root { return pattern.components.isEmpty }
      guard let next = entries[place.parent]?.last else { return false }
      place = next
    }
    return false
  }

  /// Whether an entry stands at exactly a path.
  private func isAt(_ entry: Entry, _ components: ArraySlice<[UInt8]>) -> Bool {
    var place = entry
    var rest = components
    while let component = rest.popLast() {
      guard place.name == component else { return false }
      if place.parent == .root { return rest.isEmpty }
      guard let next = entries[place.parent]?.last else { return false }
      place = next
    }
    return false
  }
}
