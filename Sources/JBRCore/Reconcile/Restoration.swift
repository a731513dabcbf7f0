/// Finds what void requests overwrote on the root, which was there before all journals also where
/// these begin at an empty brick: the value comes from a brick that never changed it.
struct Restoration {
  private let decision: Decision
  private let bricks: [any BrickStore]
  /// For each replica, what its own journal may have done.
  private var folds: [Int: ModelBrick] = [:]
  /// For each replica, what its own journal says it has done.
  private var appliedFolds: [Int: ModelBrick] = [:]

  init(_ decision: Decision, bricks: [any BrickStore]) {
    self.decision = decision
    self.bricks = bricks
  }

  private mutating func fold(_ column: Int) -> ModelBrick {
    if let known = folds[column] { return known }
    // A brick may hold more than its journal's states say: of a journal that was converted, all.
    let fold = decision.inputs.table.fold(of: column, isHeld: true)
    folds[column] = fold
    return fold
  }

  /// What the size of a replica's file was last set by, as its own journal says.
  mutating func sizeWriter(_ gfid: GFID, on column: Int) -> RequestID? {
    let fold = appliedFolds[column] ?? decision.inputs.table.fold(of: column)
    appliedFolds[column] = fold
    return fold.objects[gfid]?.size?.writer
  }

  /// Whether a replica's own journal never wrote an attribute or xattr.
  private mutating func isUntouched(_ entity: Entity, on column: Int) throws(BrickError) -> Bool {
    let fold = fold(column)
    guard let status = try bricks[column].status(entity.gfid) else { return false }
    guard let object = fold.objects[entity.gfid] else { return fold.removed[entity.gfid] == nil }
    switch entity {
    case .uid: return object.uid?.writer == nil
    case .gid: return object.gid?.writer == nil
    case .mode:
      // chown(2) takes setuid and setgid away, but from directories.
      let isOwned = object.uid?.writer != nil || object.gid?.writer != nil
      return object.mode?.writer == nil && (status.type == .directory || !isOwned)
    case .xattr(_, let key): return object.xattrs[key]?.writer == nil
    default: return false
    }
  }

  /// The column of the brick that has an entity as it was before all journals.
  mutating func source(of entity: Entity) throws(BrickError) -> Int? {
    for column in bricks.indices where try isUntouched(entity, on: column) { return column }
    return nil
  }
}

extension Request {
  /// The attributes and xattrs that the request writes.
  func attributeEntities(of type: ObjectType) -> [Entity] {
    let gfid = target
    switch fop {
    case .setattr, .fsetattr:
      typealias Valid = FopSemantics.Valid
      let valid = integer(.valid) ?? 0
      var found: [Entity] = []
      if valid & Valid.uid != 0 { found.append(.uid(gfid)) }
      if valid & Valid.gid != 0 { found.append(.gid(gfid)) }
      if valid & Valid.mode != 0 || !found.isEmpty && type != .directory {
        found.append(.mode(gfid))
      }
      return found
    case .setxattr, .fsetxattr, .removexattr, .fremovexattr, .xattrop, .fxattrop:
      let keys = xattrKeys.filter { !Bookkeeping.owns($0) }
      let changesMode = keys.contains { $0.elementsEqual(AccessList.accessKey) }
      return keys.map { .xattr(gfid, $0) } + (changesMode ? [.mode(gfid)] : [])
    default: return []
    }
  }
}

extension WantedState {
  /// Takes what void requests overwrote from bricks that still have it into the wanted state.
  ///
  /// `bricks`: one for each replica, in the order of the request table.
  mutating func restore(from bricks: [any BrickStore]) throws(BrickError) {
    var restoration = Restoration(decision, bricks: bricks)
    for decided in decision.takenBack {
      guard let (_, record) = decision.inputs.table.record(of: decided.row) else { continue }
      let request = record.request
      guard try wasThereBefore(request.target, bricks) else { continue }
      let type = try bricks.firstStatus(request.target)?.type ?? .unknown
      for entity in request.attributeEntities(of: type) where !isWritten(entity) {
        guard let column = try restoration.source(of: entity) else {
          if try bricks.differ(in: entity) { note(unrestorable: entity, decided) }
          continue
        }
        try take(entity, from: bricks[column])
        restorers[entity] = (decided.row.id, column)
      }
    }
  }

  private func wasThereBefore(
    _ gfid: GFID, _ bricks: [any BrickStore]
  ) throws(BrickError) -> Bool {
    guard gfid != .null, try bricks.firstStatus(gfid) != nil else { return false }
    return switch object(gfid) {
    case .present(let object): object.maker == nil
    case .absent: false
    case .unknown: true
    }
  }

  /// Whether a forward request or an earlier restore has the last word on an entity.
  private func isWritten(_ entity: Entity) -> Bool {
    let object = model.objects[entity.gfid]
    return switch entity {
    case .uid: object?.uid != nil
    case .gid: object?.gid != nil
    case .mode: object?.mode != nil
    case .xattr(_, let key): object?.xattrs[key] != nil
    default: false
    }
  }

  private mutating func take(
    _ entity: Entity, from source: any BrickStore
  ) throws(BrickError) {
    guard let status = try source.status(entity.gfid) else { return }
    var object = model.objects[entity.gfid] ?? ModelObject(type: .unknown)
    switch entity {
    case .uid: object.uid = Written(status.uid, by: nil)
    case .gid: object.gid = Written(status.gid, by: nil)
    case .mode: object.mode = Written(status.mode, by: nil)
    case .xattr(let gfid, let key):
      object.xattrs[key] = Written(try source.xattr(gfid, key), by: nil)
    default: return
    }
    model.objects[entity.gfid] = object
  }

  private mutating func note(unrestorable entity: Entity, _ decided: DecidedRequest) {
    for column in decided.row.cells.indices where decided.row.cells[column].record != nil {
      unrestorable.append((column, entity, decided.row.id))
    }
  }
}

extension [any BrickStore] {
  /// The status of an object on the first brick that has it.
  func firstStatus(_ gfid: GFID) throws(BrickError) -> ObjectStatus? {
    for brick in self {
      if let status = try brick.status(gfid) { return status }
    }
    return nil
  }

  /// Whether bricks have different values of an attribute or xattr.
  fileprivate func differ(in entity: Entity) throws(BrickError) -> Bool {
    var values: Set<[UInt8]?> = []
    for brick in self {
      guard let status = try brick.status(entity.gfid) else { continue }
      switch entity {
      case .uid: values.insert([UInt8]("\(status.uid)".utf8))
      case .gid: values.insert([UInt8]("\(status.gid)".utf8))
      case .mode: values.insert([UInt8]("\(status.mode)".utf8))
      case .xattr(let gfid, let key): values.insert(try brick.xattr(gfid, key).map { [UInt8]($0) })
      default: continue
      }
    }
    return values.count > 1
  }
}
