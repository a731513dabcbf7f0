/// Plans names and objects of one brick: which to make, move and take away, in an order in which
/// each step is valid.
///
/// Directories come first, from the root down, then all other names, then removals from the
/// leaves up. What stands in the way and is wanted elsewhere goes straight there or, in a circle,
/// is parked.
struct NamePlanner {
  let wanted: any WantedTree
  let brick: any BrickStore
  let replica: String
  /// The other replicas' bricks; needed only where there is a base.
  let others: [any BrickStore]
  private(set) var steps: [Step] = []
  var findings: [PlanFinding] = []
  /// What the steps so far have changed.
  private var entries: [EntryName: DirectoryEntry?] = [:]
  private var places: [GFID: EntryName] = [:]
  private(set) var made: Set<GFID> = []
  private(set) var gone: Set<GFID> = []
  private var touchedNames: Set<EntryName> = []
  /// With the request that freed the name from which each was parked.
  private var parked: [EntryName: RequestID?] = [:]
  /// The touched names at which an object stands now.
  private var held: [GFID: Set<EntryName>] = [:]

  init(
    wanted: any WantedTree, brick: any BrickStore, replica: String,
    others: [any BrickStore] = []
  ) {
    self.wanted = wanted
    self.others = others
    self.brick = brick
    self.replica = replica
  }

  mutating func plan() throws(BrickError) {
    try withForesight(
      Array(wanted.names), if: brick.isFar, { brick.expectNames($0) },
      { name throws(BrickError) in
        if let gfid = try current(name)?.gfid { held[gfid, default: []].insert(name) }
      })
    try findParked()
    for (_, gfid, object) in wantedObjects(directories: true) {
      try settle(gfid, object)
    }
    for (_, gfid, object) in wantedObjects(directories: false) {
      try settle(gfid, object)
    }
    try removeUnwanted()
    // In a whole tree every name is known, and what shall not be there was taken away above.
    if !wanted.isWhole { try findForeign() }
  }

  /// The wanted objects that the journals touch, from the root down and in the order of names.
  func wantedObjects(
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
      guard let name = wantedObject(current)?.names.min() else { break }
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

  func current(_ name: EntryName) throws(BrickError) -> DirectoryEntry? {
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
    for name in object.names.sorted() where wanted.names.contains(name) {
      let there = try current(name)
      if let there, there.gfid == gfid {
        if entries[name] == nil { try mendIfBroken(gfid, name) }
        continue
      }
      guard try exists(name.parent) else {
        conflict(gfid, name, "its directory is on no journal and not on this brick")
        continue
      }
      if let there, try !givesWay(there, to: gfid, object) { try clear(name, there, for: gfid) }
      if try exists(gfid) {
        try moveOrLink(gfid, object, to: name)
      } else {
        make(gfid, object, at: name)
      }
    }
  }

  /// Whether what stands at a name goes when another object is moved there, as rename(2) has it.
  private func givesWay(
    _ there: DirectoryEntry, to gfid: GFID, _ object: ModelObject
  ) throws(BrickError) -> Bool {
    guard let occupant = there.gfid, wanted.knows(occupant), there.type != .directory,
      object.type != .directory, formerName(of: gfid, object) != nil, try exists(gfid)
    else { return false }
    if case .present = wanted.object(occupant) { return false }
    return true
  }

  /// A name that an object other than a directory has and shall lose.
  private func formerName(of gfid: GFID, _ object: ModelObject) -> EntryName? {
    held[gfid]?.subtracting(object.names).min()
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
      old = formerName(of: gfid, object)
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
    guard object.maker != nil || wanted.isWhole || wanted.hasBase, let mode = object.mode?.value
    else {
      conflict(gfid, name, "it is missing here, and no journal says how it was made")
      return
    }
    let new = NewObject(
      gfid: gfid, type: object.type, mode: mode, uid: object.uid?.value ?? 0,
      gid: object.gid?.value ?? 0, rdev: object.rdev, target: object.target)
    add(.make(new, at: name), object.maker ?? wanted.writer(of: name))
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
      parked[parking] = .some(wanted.writer(of: gfid))
      held[gfid, default: []].insert(parking)
    }
  }

  private mutating func park(_ gfid: GFID, _ name: EntryName, _ there: DirectoryEntry) {
    let parking = Self.parking(gfid)
    // A second name of a file that is parked already: rename(2) would leave both.
    if parked[parking] != nil, (try? current(parking))??.gfid == gfid {
      return take(gfid, name, there)
    }
    add(.rename(gfid, from: name, to: parking), wanted.writer(of: name))
    put(nil, at: name)
    put(there, at: parking)
    parked[parking] = .some(wanted.writer(of: name))
  }

  // MARK: Unwanted names

  private mutating func removeUnwanted() throws(BrickError) {
    var rest: [(EntryName, DirectoryEntry)] = []
    var foreign: [(EntryName, DirectoryEntry)] = []
    var candidates = wanted.names
    candidates.formUnion(parked.keys)
    for name in candidates.sorted() {
      guard let there = try current(name), try isUnwanted(name, there) else { continue }
      guard let gfid = there.gfid, wanted.knows(gfid) else {
        foreign.append((name, there))
        continue
      }
      if there.type == .directory { rest.append((name, there)) } else { take(gfid, name, there) }
    }
    // A name that goes may lie in a directory that is set aside, and could not be reached there.
    for (name, there) in foreign {
      let who = wanted.isWhole ? "the brick that is copied lacks it" : "no journal knows it"
      setAside(name, there, who + ", and nothing shall stand there")
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
    if parked[name] != nil { return true }
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
    add(.removeDirectory(gfid, name), remover(of: gfid, name))
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
    add(.unlink(gfid, name), remover(of: gfid, name))
    put(nil, at: name)
  }

  /// The request behind an object's going from a name.
  private func remover(of gfid: GFID, _ name: EntryName) -> RequestID? {
    wanted.writer(of: name) ?? wanted.writer(of: gfid) ?? parked[name] ?? nil
  }

  mutating func setAside(_ name: EntryName, _ there: DirectoryEntry, _ why: String) {
    findings.append(
      PlanFinding(
        kind: .foreign, replica: replica, gfid: there.gfid, name: name,
        request: wanted.writer(of: name), message: why))
    add(.setAside(name, there), nil)
    put(nil, at: name)
  }

  private mutating func conflict(_ gfid: GFID?, _ name: EntryName?, _ message: String) {
    findings.append(
      PlanFinding(
        kind: .conflict, replica: replica, gfid: gfid, name: name,
        request: name.flatMap { wanted.writer(of: $0) }, message: message))
  }

  private mutating func add(_ action: Step.Action, _ request: RequestID?) {
    // Whatever else no request is behind, the journals know the object.
    let word: PlanWord = if case .setAside = action { .foreignObject } else { .restore }
    var step = Step(
      number: 0, replica: replica, action: action, request: request,
      reason: wanted.label(of: request) ?? word.rawValue, before: nil)
    // Only what no earlier step changes can be compared with what the plan saw.
    if step.names.allSatisfy({ touchedNames.insert($0).inserted }) {
      step.before = (try? StepState(brick).before(step)) ?? nil
    }
    steps.append(step)
  }
}
