/// Brings back the names that a replay changed, and the objects that went with them.
///
/// Everything that stands at a wrong name is taken from it first: what has no other name stands in
/// the root meanwhile, under a name of its own. So no order of moves is needed, and a crash in
/// between loses nothing.
struct UndoNames {
  private let state: UndoState
  private let brick: any UndoableBrick
  /// The brick as the user named it.
  private let path: String
  /// Where each directory was that the replay moved or removed.
  private let places: [GFID: EntryName]

  init(_ state: UndoState, on brick: any UndoableBrick, path: String) {
    self.state = state
    self.path = path
    self.brick = brick
    var places: [GFID: EntryName] = [:]
    for case (let name, let gfid?) in state.names
    where state.objects[gfid]?.status?.type == .directory { places[gfid] = name }
    self.places = places
  }

  private var sorted: [(name: EntryName, wanted: GFID?)] {
    state.names.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  func restore() throws(BrickError) {
    for (name, wanted) in sorted { try clear(name, for: wanted) }
    for gfid in places.keys.sorted() { try put(gfid, depth: 0) }
    for case (let name, let gfid?) in sorted where places[gfid] == nil {
      try put(gfid, at: name)
    }
  }

  /// Takes from a name what does not belong there.
  private func clear(_ name: EntryName, for wanted: GFID?) throws(BrickError) {
    guard let entry = try brick.entry(name), entry.gfid == nil || entry.gfid != wanted else {
      return
    }
    // What was to be set aside may be here still, or here again.
    if let aside = state.setAsides[name], aside.gfid == entry.gfid { return }
    guard let gfid = entry.gfid, let before = state.objects[gfid] else {
      throw isTaken(name, by: entry.gfid)
    }
    if entry.type != .directory {
      if before.status == nil { try brick.unlink(name) } else { try detach(gfid, from: name) }
    } else if before.status != nil || wanted != nil {
      try brick.rename(name, to: shelf(gfid))
    }
  }

  private func isTaken(_ name: EntryName, by gfid: GFID?) -> BrickError {
    let who = gfid.map { "\($0), of which the undo file knows nothing" }
    return BrickError(
      EEXIST, "undo",
      source: Failure(
        .tryAgain,
        "\"\(String(decoding: name.name, as: UTF8.self))\" in \(name.parent) is taken by \(who ?? "something without a GFID"): if nobody needs it, remove it, and undo again",
        path: path))
  }

  /// Takes a name from anything but a directory, and keeps the object even if it was the last.
  private func detach(_ gfid: GFID, from name: EntryName) throws(BrickError) {
    guard try brick.soundness(name) != .contradicted else { throw isTaken(name, by: gfid) }
    try mend(name)
    if let status = try brick.status(gfid), status.nameCount > 1 {
      try brick.unlink(name)
    } else {
      try brick.rename(name, to: shelf(gfid))
    }
  }

  /// Where an object stands until its own place is free.
  private func shelf(_ gfid: GFID) -> EntryName {
    EntryName(parent: .root, name: ByteView(".jbr-undo-\(gfid)".utf8))
  }

  /// Brings a directory to its place, those above it first.
  private func put(_ gfid: GFID, depth: Int) throws(BrickError) {
    guard let place = places[gfid], let image = state.objects[gfid] else { return }
    // A file that says that two directories lie in each other is not one of ours.
    guard depth <= places.count else { throw BrickError(ELOOP, "undo") }
    if places[place.parent] != nil { try put(place.parent, depth: depth + 1) }
    if try brick.entry(place)?.gfid == gfid { return try mend(place) }
    if let current = try brick.place(ofDirectory: gfid) {
      if current != place { try brick.rename(current, to: place) }
    } else {
      try make(image, at: place)
    }
  }

  private func put(_ gfid: GFID, at name: EntryName) throws(BrickError) {
    if try brick.entry(name)?.gfid == gfid { return try mend(name) }
    guard let image = state.objects[gfid] else { throw BrickError(ESTALE, "undo") }
    if try brick.entry(shelf(gfid))?.gfid == gfid {
      try brick.rename(shelf(gfid), to: name)
    } else if try brick.status(gfid) != nil {
      try brick.link(gfid, at: name)
    } else {
      try make(image, at: name)
    }
  }

  /// A replay that was cut off may have taken a name off the books and left it.
  private func mend(_ name: EntryName) throws(BrickError) {
    if try brick.soundness(name) == .broken { try brick.mend(name) }
  }

  private func make(_ image: ObjectImage, at name: EntryName) throws(BrickError) {
    guard let status = image.status else { throw BrickError(ESTALE, "undo") }
    try brick.make(
      NewObject(
        gfid: image.gfid, type: status.type, mode: status.mode, uid: status.uid, gid: status.gid,
        rdev: status.rdev, target: image.target), at: name)
  }

  /// Puts back what was taken out of the tree; its names are free by now.
  func putBack() throws(BrickError) {
    for (_, aside) in state.setAsides.sorted(by: { $0.key < $1.key }) {
      let isKept = try brick.isSetAside(aside.label)
      let isThere = try brick.entry(aside.name) != nil
      if isKept || isThere { try brick.putBack(aside) }
    }
  }

  /// Removes what the replay had made. Names of files are gone by now.
  func removeMade() throws(BrickError) {
    let made = state.objects.values.filter { $0.status == nil }.map(\.gfid).sorted()
    var directories: [(gfid: GFID, depth: Int)] = []
    // A removal that was cut off may have left a directory without its handle.
    for name in state.names.keys.sorted() + made.map({ shelf($0) }) {
      guard let entry = try brick.entry(name), entry.type == .directory, let gfid = entry.gfid,
        let image = state.objects[gfid], image.status == nil
      else { continue }
      try mend(name)
    }
    for gfid in made {
      if try brick.place(ofDirectory: gfid) != nil {
        directories.append((gfid, try depth(gfid)))
      } else {
        try dropNameless(gfid)
      }
    }
    for (gfid, _) in directories.sorted(by: { $0.depth > $1.depth }) {
      if let place = try brick.place(ofDirectory: gfid) { try brick.removeDirectory(place) }
    }
  }

  /// Removes an object that has no name left, by giving it one; one that has, stays.
  private func dropNameless(_ gfid: GFID) throws(BrickError) {
    guard let status = try brick.status(gfid), status.type != .directory else { return }
    let shelf = shelf(gfid)
    if status.nameCount == 0 { try brick.link(gfid, at: shelf) }
    if try brick.entry(shelf)?.gfid == gfid { try brick.unlink(shelf) }
  }

  /// What had no name before has only its handle again; on the shelf it would be seen.
  func hideNameless() throws(BrickError) {
    let named = Set(state.names.values.compactMap { $0 })
    for (gfid, image) in state.objects.sorted(by: { $0.key < $1.key }) {
      guard let status = image.status, status.type != .directory, !named.contains(gfid) else {
        continue
      }
      let shelf = shelf(gfid)
      if try brick.entry(shelf)?.gfid == gfid { try brick.hide(shelf) }
    }
  }

  private func depth(_ gfid: GFID) throws(BrickError) -> Int {
    var depth = 0
    var current = gfid
    while let place = try brick.place(ofDirectory: current), depth < Layout.depthMax {
      depth += 1
      current = place.parent
    }
    return depth
  }
}
