/// Paths of a plan's objects: from the plan's own lines and, if asked for, from its journals.
///
/// A path is the last one that is known; the step's own line says better what it is about.
public struct PlanPaths {
  private static let depthMax = 4096
  private var paths: [GFID: ByteView] = [:]
  private var places: [GFID: EntryName] = [:]

  /// Knows what the plan's lines say, and reads nothing else.
  public init(_ plan: PlanFile) {
    for step in plan.steps {
      let path = plan.details.paths[step.number]
      if let gfid = step.gfid {
        places[gfid] = step.names.last ?? places[gfid]
        paths[gfid] = path ?? paths[gfid]
      }
      // The path of a name tells that of its directory too.
      guard let path, let name = step.names.last, path.count > name.name.count else { continue }
      paths[name.parent] = path.dropLast(name.name.count + 1)
    }
  }

  /// Reads the journals that the plan names, for objects of which it has no path.
  public mutating func addJournals(
    of plan: PlanFile, through hosts: Hosts
  ) throws(Failure) {
    for replica in plan.replicas {
      let journal = try ReplicaJournal(
        name: replica.name, files: hosts.journal(replica.journal))
      for record in journal.records { add(record.request) }
    }
  }

  private mutating func add(_ request: Request) {
    for field in [FieldName.loc, .oldloc, .newloc] {
      guard let loc = request.loc(field), let name = loc.name, loc.parent != .null else {
        continue
      }
      let given = loc.gfid == .null ? request.loc(.oldloc)?.gfid ?? .null : loc.gfid
      let gfid = request.requestedGFID ?? given
      // A copy, since the view keeps a block of the journal alive.
      guard gfid != .null else { continue }
      places[gfid] = EntryName(parent: loc.parent, name: ByteView(Array(name)))
    }
  }

  /// An object's path from the brick's root; nil where nobody says it.
  func path(of gfid: GFID) -> ByteView? {
    if let path = paths[gfid] { return path }
    var parts: [ByteView] = []
    var current = gfid
    while current != .root {
      if let path = paths[current] {
        parts.append(path)
        break
      }
      guard parts.count < Self.depthMax, let place = places[current] else { return nil }
      parts.append(place.name)
      current = place.parent
    }
    return ByteView(parts.reversed().joined(separator: [UInt8(ascii: "/")]))
  }

  /// A name's path; nil where nobody says where its directory is.
  func path(of name: EntryName) -> ByteView? {
    path(of: name.parent).map { $0.isEmpty ? name.name : $0 + [UInt8(ascii: "/")] + name.name }
  }

  /// As people read it: a path, or that none is known.
  func text(_ gfid: GFID) -> String {
    guard let path = path(of: gfid) else { return "(path not known) \(gfid)" }
    return path.isEmpty ? "/ (the root)" : readableWord(path)
  }

  func text(_ name: EntryName) -> String {
    path(of: name).map { readableWord($0) }
      ?? "\(readableWord(name.name)) in (path not known) \(name.parent)"
  }

  /// What a step works on, as people read it.
  func heading(of step: Step) -> String {
    if let gfid = step.gfid { return text(gfid) }
    return step.names.first.map { text($0) } ?? ""
  }
}
