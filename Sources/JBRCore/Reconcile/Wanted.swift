/// What a name or an object shall be after reconciliation.
public enum Want<Value> {
  case present(Value)
  case absent
  /// The journals do not say: it was there before them, or was not.
  case unknown
}

/// The state that all replicas shall have, as far as the journals touch it.
public struct WantedState {
  public let decision: Decision
  /// What all forward requests lead to, with those that were refused.
  public let fold: Fold
  public var model: ModelBrick { fold.model }
  /// What was there before; nil where the journals begin at an empty brick.
  let base: Base?
  /// What is written down before sums of what was there before are applied.
  public let sums: [SumResult]
  /// All objects and names that any request of any replica touches.
  public private(set) var objects: Set<GFID> = []
  public private(set) var names: Set<EntryName> = []
  /// All objects that some request names, also where nobody knows what they shall be.
  private var known: Set<GFID> = []
  private var touchedNames: Set<EntryName> = []
  /// The requests' positions in the decision.
  private var positions: [RequestID: Int] = [:]
  /// The xattrs that void requests write, and the last of these.
  public private(set) var voidXattrs: [GFID: [ByteView: RequestID]] = [:]
  /// The replicas whose journals hold a request.
  public private(set) var holders: [RequestID: Set<Int>] = [:]
  /// Who touched a name or object last, void requests included.
  private var lastTouch: [EntryName: RequestID] = [:]
  /// What void requests made, and no forward request did.
  private var madeInVain: [GFID: RequestID] = [:]
  /// Names in directories that were there before, which only void requests touch, as they were.
  private var priorNames: [EntryName: GFID?] = [:]

  /// `base`: what was there before, unless the journals begin at an empty brick.
  init(_ decision: Decision, base: Base? = nil) throws(BrickError) {
    self.decision = decision
    self.base = base
    if let base {
      var folded = try BaseFold(base)
      // What turns out to be in doubt is left out.
      while try base.compare(with: folded) { folded = try BaseFold(base) }
      fold = folded.fold
      sums = folded.sums
    } else {
      fold = decision.fold
      sums = []
    }
    for (position, decided) in decision.requests.enumerated() {
      positions[decided.row.id] = position
    }
    for decided in decision.superseded + decision.requests {
      guard let (_, record) = decision.inputs.table.record(of: decided.row) else { continue }
      let columns = decided.row.cells.indices.filter { decided.row.cells[$0].record != nil }
      holders[decided.row.id] = Set(columns)
      let touched = record.request.touched
      objects.formUnion(touched.objects)
      names.formUnion(touched.names)
      for name in touched.names { lastTouch[name] = decided.row.id }
      if decided.fate == .void { note(void: record.request, decided.row.id) }
    }
    for gfid in fold.model.objects.keys { madeInVain[gfid] = nil }
    objects.remove(.null)
    known = objects
    touchedNames = names
    guard let base else { return }
    // What stands at a name that a request touches, and was there before.
    objects.formUnion(base.footprint.objects.filter { fold.model.objects[$0] != nil })
    known.formUnion(objects)
    objects = objects.filter { !base.isDoubtful(.object($0)) }
    names = names.filter { !base.isDoubtful(.name($0)) }
  }

  /// Whether a brick shows what a request that its replica holds has done.
  private func hasApplied(_ id: RequestID, _ column: Int) -> Bool {
    guard let base, let position = positions[id] else { return true }
    return base.state(position, column) == .applied
  }

  /// Whether nobody knows what became of a request.
  func isDoubtful(_ id: RequestID) -> Bool {
    guard let base, let position = positions[id] else { return false }
    return base.footprint.groupsOfItem[position].contains { base.doubts[$0] != nil }
  }

  /// Whether a plan may settle a part of an object: a request touches it, and what it shall be is
  /// known.
  func settles(_ part: Part, of gfid: GFID) -> Bool {
    guard let base else { return true }
    if base.isDoubtful(part) { return false }
    return model.objects[gfid]?.maker != nil || base.footprint.group(of: part) != nil
  }

  private mutating func note(void request: Request, _ id: RequestID) {
    if let made = request.requestedGFID, made != .null { madeInVain[made] = madeInVain[made] ?? id }
    for key in request.xattrKeys { voidXattrs[request.target, default: [:]][key] = id }
    for field in [FieldName.loc, .oldloc, .newloc] {
      guard let loc = request.loc(field), let name = loc.name else { continue }
      let entry = EntryName(parent: loc.parent, name: name)
      guard priorNames[entry] == nil else { continue }
      let linked = request.fop == .link && field == .newloc
      let there = loc.gfid != .null && !linked && madeInVain[loc.gfid] == nil
      priorNames[entry] = .some(there ? loc.gfid : nil)
    }
  }

  /// The void request that changed what the wanted state has from a brick, and that brick's column.
  var restorers: [Entity: (request: RequestID, column: Int)] = [:]
  /// What a void request changed on a replica, and no brick has as it was.
  var unrestorable: [(column: Int, entity: Entity, request: RequestID)] = []

  /// Sockets that no brick has any more.
  public private(set) var lostSockets: [GFID] = []

  /// Settles what an FDL journal leaves open by a look at the bricks: the size behind a
  /// fallocate that may have kept it, and the upper half of times beyond 32 bits. Sockets that
  /// no brick has are left out: a copy of a brick has none, and whoever binds one makes it anew.
  ///
  /// `bricks`: one for each replica, in the order of the request table.
  public mutating func settle(by bricks: [any BrickStore]) throws(BrickError) {
    var restoration = Restoration(decision, bricks: bricks)
    for gfid in objects.sorted() {
      guard case .present(var object) = object(gfid) else { continue }
      if let mode = object.modeIfDirectory, try bricks.firstStatus(gfid)?.type == .directory {
        model.objects[gfid]?.mode?.value = mode
      }
      guard object.maker != nil else { continue }
      if object.type == .socket {
        var isThere = false
        for brick in bricks { if try brick.status(gfid) != nil { isThere = true } }
        if !isThere {
          lostSockets.append(gfid)
          objects.remove(gfid)
          names.subtract(object.names)
        }
        continue
      }
      guard !object.otherSizes.isEmpty || object.mtime != nil || object.atime != nil else {
        continue
      }
      for (column, brick) in bricks.enumerated() {
        guard let status = try brick.status(gfid) else { continue }
        // A brick tells only where nothing else set its size behind that request.
        if object.otherSizes.contains(status.size), let writer = object.size?.writer,
          restoration.sizeWriter(gfid, on: column) == writer, hasApplied(writer, column)
        {
          object.size?.value = status.size
          object.otherSizes = []
        }
        object.mtime?.value.takeUpperHalf(of: status.mtime)
        object.atime?.value.takeUpperHalf(of: status.atime)
      }
      model.objects[gfid] = object
    }
    if base == nil { try restore(from: bricks) }
  }

  public func object(_ gfid: GFID) -> Want<ModelObject> {
    if let object = model.objects[gfid] { return .present(object) }
    if model.removed[gfid] != nil || madeInVain[gfid] != nil { return .absent }
    // With a base all is known, but for what is in doubt.
    return base != nil && objects.contains(gfid) ? .absent : .unknown
  }

  /// What shall stand at a name; nothing in a directory that shall be gone.
  public func entry(_ name: EntryName) -> Want<GFID> {
    if case .absent = object(name.parent) { return .absent }
    if let known = model.names[name] { return known.value.map { .present($0) } ?? .absent }
    if model.objects[name.parent]?.maker != nil { return .absent }
    if let prior = priorNames[name] { return prior.map { .present($0) } ?? .absent }
    return .unknown
  }

  /// The forward request that put or took what stands at a name, or the void one that a restore
  /// undoes.
  public func writer(of name: EntryName) -> RequestID? {
    model.names[name]?.writer ?? lastTouch[name]
  }

  /// The request behind an object's absence or presence.
  public func writer(of gfid: GFID) -> RequestID? {
    if let object = model.objects[gfid] { return object.maker }
    if let remover = model.removed[gfid] { return remover }
    return madeInVain[gfid]
  }

  /// Whether a request is about a name, also where nobody knows what shall stand there.
  func isTouched(_ name: EntryName) -> Bool { touchedNames.contains(name) }

  /// Whether any journal knows the object.
  public func knows(_ gfid: GFID) -> Bool {
    if known.contains(gfid) || model.removed[gfid] != nil { return true }
    // The base has objects, too, that no request is about.
    return base == nil && model.objects[gfid] != nil
  }

  func shownName(of gfid: GFID) -> EntryName? { (try? model.known(gfid))??.names.min() }

  /// The case of the decision table that gave a request its fate.
  public func label(of id: RequestID?) -> String? {
    guard let id else { return nil }
    return decision.reasons[id]?.rawValue
  }
}

extension FileTime {
  /// Takes over the whole of another time that the journal's 32 bits cannot tell from this one.
  fileprivate mutating func takeUpperHalf(of other: FileTime) {
    guard nanoseconds == other.nanoseconds,
      UInt32(truncatingIfNeeded: seconds) == UInt32(truncatingIfNeeded: other.seconds)
    else { return }
    seconds = other.seconds
  }
}
