/// Something that a plan cannot settle by itself, or that a person should know.
public struct PlanFinding: Equatable, Sendable {
  public enum Kind: String, Sendable {
    /// An object that no journal knows.
    case foreign
    /// No rule says what is right, or no replica has it.
    case conflict
    /// A socket that was journaled and that no brick has: nothing is done.
    case lostSocket = "lost_socket"
  }
  public var kind: Kind
  public var replica: String
  public var gfid: GFID?
  public var name: EntryName?
  public var request: RequestID?
  public var message: String
}

/// Plans names and objects of one brick: which to make, move and take away, in an order in which
/// each step is valid.
///
/// Directories come first, from the root down, then all other names, then removals from the
/// leaves up. What stands in the way and is wanted elsewhere goes straight there or, in a circle,
/// is parked.
struct NamePlanner {
  let wanted: WantedState
  let brick: any BrickStore
  let replica: String
  private(set) var steps: [Step] = []
  private(set) var findings: [PlanFinding] = []
  /// What the steps so far have changed.
  private var entries: [EntryName: DirectoryEntry?] = [:]
  private var places: [GFID: EntryName] = [:]
  private(set) var made: Set<GFID> = []
  private var gone: Set<GFID> = []
  private var touchedNames: Set<EntryName> = []
  private var parked: Set<EntryName> = []
  /// The touched names at which an object stands now.
  private var held: [GFID: Set<EntryName>] = [:]

  init(wanted: WantedState, brick: any BrickStore, replica: String) {
    self.wanted = wanted
    self.brick = brick
    self.replica = replica
  }

  mutating func plan() throws(BrickError) {
    for name in wanted.names {
      if let gfid = try current(name)?.gfid { held[gfid, default: []].insert(name) }
    }
    try findParked()
    for (_, gfid, object) in wantedObjects(directories: true) {
      try settle(gfid, object)
    }
    for (_, gfid, object) in wantedObjects(directories: false) {
      try settle(gfid, object)
    }
    try removeUnwanted()
    try findForeign()
  }

  /// The wanted objects that the journals touch, from the root down and in the order of names.
  private func wantedObjects(
    directories: Bool
  ) -> [(depth: Int, gfid: GFID, object: ModelObject)] {
    var found: [(depth: Int, gfid: GFID, object: ModelObject)] = []
    var depths: [GFID: Int] = [.root: 0]
    for gfid in wanted.objects where gfid != .root {
      guard case .present(let object) = wanted.object(gfid), !object.names.isEmpty else { continue }
      guard (object.type == .directory) == directories else { continue }
      found.append((depth(of: gfid, &depths), gfid, object))
    }
    return found.sorted { ($0.depth, $0.gfid) < ($1.depth, $1.gfid) }
  }

  /// How many directories lie above an object, each looked up once.
  private func depth(of gfid: GFID, _ known: inout [GFID: Int]) -> Int {
    var chain: [GFID] = []
    var current = gfid
    while known[current] == nil {
      chain.append(current)
      // Marks the way, so that a circle in a hostile journal ends too.
      known[current] = 0
      guard let name = wanted.model.objects[current]?.names.min() else { break }
      current = name.parent
    }
    var depth = known[current] ?? 0
    for object in chain.reversed() {
      depth += 1
      known[object] = depth
    }
    return depth
  }

  // MARK: The brick as the steps so far leave it

  private func current(_ name: EntryName) throws(BrickError) -> DirectoryEntry? {
    if let known = entries[name] { return known }
    if made.contains(name.parent) || gone.contains(name.parent) { return nil }
    guard try brick.status(name.parent)?.type == .directory else { return nil }
    return try brick.lookup(name)
  }

  private mutating func put(_ entry: DirectoryEntry?, at name: EntryName) {
    if let old = (try? current(name))??.gfid { held[old]?.remove(name) }
    entries[name] = .some(entry)
    guard let entry, let gfid = entry.gfid else { return }
    held[gfid, default: []].insert(name)
    if entry.type == .directory { places[gfid] = name }
  }

  func exists(_ gfid: GFID) throws(BrickError) -> Bool {
    if made.contains(gfid) { return true }
    if gone.contains(gfid) { return false }
    return try brick.status(gfid) != nil
  }

  private func place(of gfid: GFID) throws(BrickError) -> EntryName? {
    if let known = places[gfid] { return known }
    return try brick.place(ofDirectory: gfid)
  }

  // MARK: Wanted names

  /// Makes or moves an object so that it stands at all of its wanted names.
  private mutating func settle(_ gfid: GFID, _ object: ModelObject) throws(BrickError) {
    for name in object.names.sorted() {
      let there = try current(name)
      if let there, there.gfid == gfid {
        if entries[name] == nil { try mendIfBroken(gfid, name) }
        continue
      }
      guard try exists(name.parent) else {
        conflict(gfid, name, "its directory is on no journal and not on this brick")
        continue
      }
      if let there { try clear(name, there, for: gfid) }
      if try exists(gfid) {
        try moveOrLink(gfid, object, to: name)
      } else {
        make(gfid, object, at: name)
      }
    }
  }

  private mutating func mendIfBroken(_ gfid: GFID, _ name: EntryName) throws(BrickError) {
    switch try brick.soundness(name) {
    case .sound: break
    case .contradicted: conflict(gfid, name, "its handle is another object with the same GFID")
    case .broken:
      add(.mend(gfid, name), wanted.writer(of: name))
      // What has no handle could not be looked at.
      if try brick.status(gfid) == nil {
        conflict(gfid, name, "it had no handle: plan again after this plan is applied")
      }
    }
  }

  private mutating func moveOrLink(
    _ gfid: GFID, _ object: ModelObject, to name: EntryName
  ) throws(BrickError) {
    let entry = DirectoryEntry(gfid: gfid, type: object.type)
    let old: EntryName?
    if object.type == .directory {
      old = try place(of: gfid)
    } else {
      old = held[gfid]?.subtracting(object.names).min()
    }
    if let old {
      add(.rename(gfid, from: old, to: name), wanted.writer(of: name))
      put(nil, at: old)
    } else {
      add(.link(gfid, at: name), wanted.writer(of: name))
    }
    put(entry, at: name)
  }

  private mutating func make(_ gfid: GFID, _ object: ModelObject, at name: EntryName) {
    guard object.maker != nil, let mode = object.mode?.value else {
      conflict(gfid, name, "it is missing here, and no journal says how it was made")
      return
    }
    let new = NewObject(
      gfid: gfid, type: object.type, mode: mode, uid: object.uid?.value ?? 0,
      gid: object.gid?.value ?? 0, rdev: object.rdev, target: object.target)
    add(.make(new, at: name), object.maker)
    made.insert(gfid)
    gone.remove(gfid)
    put(DirectoryEntry(gfid: gfid, type: object.type), at: name)
  }

  /// Frees a name for another object.
  private mutating func clear(
    _ name: EntryName, _ there: DirectoryEntry, for gfid: GFID
  ) throws(BrickError) {
    guard let occupant = there.gfid, wanted.knows(occupant) else {
      return setAside(name, there, "it stands where \(gfid) shall be")
    }
    if case .present(let object) = wanted.object(occupant) {
      for target in object.names.sorted() {
        guard try current(target) == nil, try exists(target.parent) else { continue }
        if there.type == .directory, try isBelow(target.parent, occupant) { continue }
        add(.rename(occupant, from: name, to: target), wanted.writer(of: target))
        put(nil, at: name)
        put(there, at: target)
        return
      }
    } else if there.type != .directory {
      return take(occupant, name, there)
    }
    park(occupant, name, there)
  }

  private func isBelow(_ directory: GFID, _ ancestor: GFID) throws(BrickError) -> Bool {
    var current = directory
    for _ in 0..<4096 {
      if current == ancestor { return true }
      guard current != .root, let place = try place(of: current) else { return false }
      current = place.parent
    }
    return true
  }

  private static func parking(_ gfid: GFID) -> EntryName {
    EntryName(parent: .root, name: ByteView(".jbr-parked-\(gfid)".utf8))
  }

  /// Takes over what an earlier plan had parked when it was ended: no journal knows these names.
  private mutating func findParked() throws(BrickError) {
    for (name, entry) in try brick.list(.root) {
      guard let gfid = entry.gfid, wanted.knows(gfid) else { continue }
      let parking = Self.parking(gfid)
      guard parking.name == name, !wanted.names.contains(parking) else { continue }
      parked.insert(parking)
      held[gfid, default: []].insert(parking)
    }
  }

  private mutating func park(_ gfid: GFID, _ name: EntryName, _ there: DirectoryEntry) {
    let parking = Self.parking(gfid)
    // A second name of a file that is parked already: rename(2) would leave both.
    if parked.contains(parking), (try? current(parking))??.gfid == gfid {
      return take(gfid, name, there)
    }
    add(.rename(gfid, from: name, to: parking), wanted.writer(of: name))
    put(nil, at: name)
    put(there, at: parking)
    parked.insert(parking)
  }

  // MARK: Unwanted names

  private mutating func removeUnwanted() throws(BrickError) {
    var rest: [(EntryName, DirectoryEntry)] = []
    var candidates = wanted.names
    candidates.formUnion(parked)
    for name in candidates.sorted() {
      guard let there = try current(name), try isUnwanted(name, there) else { continue }
      guard let gfid = there.gfid, wanted.knows(gfid) else {
        setAside(name, there, "no journal knows it, and nothing shall stand there")
        continue
      }
      if there.type == .directory { rest.append((name, there)) } else { take(gfid, name, there) }
    }
    // Leaves first: a directory goes when nothing is left in it.
    while !rest.isEmpty {
      var later: [(EntryName, DirectoryEntry)] = []
      for (name, there) in rest {
        if let gfid = there.gfid, try removeDirectory(gfid, name) { continue }
        later.append((name, there))
      }
      if later.count == rest.count { return reportStuck(later) }
      rest = later
    }
  }

  private func isUnwanted(_ name: EntryName, _ there: DirectoryEntry) throws(BrickError) -> Bool {
    if parked.contains(name) { return true }
    if case .absent = wanted.entry(name) { return true }
    return false
  }

  private mutating func removeDirectory(_ gfid: GFID, _ name: EntryName) throws(BrickError) -> Bool
  {
    for (child, entry) in try brick.list(gfid) {
      let childName = EntryName(parent: gfid, name: child)
      guard try current(childName) != nil else { continue }
      guard entry.gfid.map({ !wanted.knows($0) }) ?? true else { return false }
      setAside(childName, entry, "it is in a directory that shall be gone")
    }
    let left = entries.contains { $0.key.parent == gfid && $0.value != nil }
    if left { return false }
    add(.removeDirectory(gfid, name), wanted.writer(of: name))
    put(nil, at: name)
    gone.insert(gfid)
    return true
  }

  private mutating func reportStuck(_ rest: [(EntryName, DirectoryEntry)]) {
    for (name, there) in rest {
      conflict(there.gfid, name, "it shall be gone, and something that shall stay is in it")
    }
  }

  private mutating func take(_ gfid: GFID, _ name: EntryName, _ there: DirectoryEntry) {
    add(.unlink(gfid, name), wanted.writer(of: name) ?? wanted.writer(of: gfid))
    put(nil, at: name)
  }

  private mutating func setAside(_ name: EntryName, _ there: DirectoryEntry, _ why: String) {
    findings.append(
      PlanFinding(
        kind: .foreign, replica: replica, gfid: there.gfid, name: name,
        request: wanted.writer(of: name), message: why))
    add(.setAside(name, there), nil)
    put(nil, at: name)
  }

  // MARK: What no journal knows

  /// Looks through every directory that the journals touch. Of a directory that was made here
  /// every name is known, so that what else is in it goes, if the user confirms it; in one that
  /// was there before, it may be anything, and stays.
  private mutating func findForeign() throws(BrickError) {
    let directories = Set(wanted.names.map(\.parent)).union(
      wanted.objects.filter { wanted.model.objects[$0]?.type == .directory })
    for directory in directories.sorted()
    where !made.contains(directory) && !gone.contains(directory) {
      guard try brick.status(directory)?.type == .directory else { continue }
      for (name, entry) in try brick.list(directory) {
        let place = EntryName(parent: directory, name: name)
        guard !wanted.names.contains(place), entry.gfid.map({ !wanted.knows($0) }) ?? true,
          try current(place) != nil
        else { continue }
        if wanted.model.objects[directory]?.maker != nil {
          setAside(place, entry, "no journal knows it")
          continue
        }
        findings.append(
          PlanFinding(
            kind: .foreign, replica: replica, gfid: entry.gfid, name: place, request: nil,
            message: "no journal knows it; it was perhaps there before, so it stays"))
      }
    }
  }

  private mutating func conflict(_ gfid: GFID?, _ name: EntryName?, _ message: String) {
    findings.append(
      PlanFinding(
        kind: .conflict, replica: replica, gfid: gfid, name: name,
        request: name.flatMap { wanted.writer(of: $0) }, message: message))
  }

  private mutating func add(_ action: Step.Action, _ request: RequestID?) {
    var step = Step(
      number: 0, replica: replica, action: action, request: request,
      reason: wanted.label(of: request) ?? "foreign-object", before: nil)
    // Only what no earlier step changes can be compared with what the plan saw.
    if step.names.allSatisfy({ touchedNames.insert($0).inserted }) {
      step.before = (try? StepState(brick).before(step)) ?? nil
    }
    steps.append(step)
  }
}
