/// A request that names all it needs to be done twice: an append or a sum is replaced by what it
/// comes to, and a name by the object that it stood for.
struct AbsoluteRequest {
  var request: Request
  /// To be written down before the brick is touched, if the brick was asked.
  var newResults: [AbsoluteResult] = []

  /// Resolves a request against the model, which stands where the requests before it left it, and
  /// takes into the model what the request shows to have been there before.
  init(
    _ original: FoldRequest, _ model: ModelBrick, _ brick: some ReadableBrick,
    _ results: AbsoluteResults
  ) throws(BrickError) {
    request = original.request
    try resolveNames(original, model, brick, results)
    model.assumeWhatIsNamed(by: request)
    switch original.request.fop {
    case .writev: try resolveAppend(original, model, brick, results)
    case .xattrop, .fxattrop: try resolveSums(original, model, brick, results)
    default: return
    }
  }

  /// Journals of 2016 name what is moved or removed, and what gives way to it, by nothing but its
  /// name. If that is older than the selection, the brick knows what it stands for, until it is
  /// gone.
  private mutating func resolveNames(
    _ original: FoldRequest, _ model: ModelBrick, _ brick: some ReadableBrick,
    _ results: AbsoluteResults
  ) throws(BrickError) {
    let field: FieldName = request.fop == .rename ? .oldloc : .loc
    guard [.rename, .unlink, .rmdir].contains(request.fop), let loc = request.loc(field),
      loc.gfid == .null, let text = loc.name
    else { return }
    var gfid = model.names[EntryName(parent: loc.parent, name: text)]?.value
    if let name = Self.olderName(loc, model) {
      let digest = try original.digest()
      for case .object(let recorded) in results.values(original.id, digest) { gfid = recorded }
      if gfid == nil, let found = try brick.entry(name)?.gfid {
        newResults.append(AbsoluteResult(id: original.id, digest: digest, value: .object(found)))
        gfid = found
      }
      request = request.replacing(field, loc.naming(gfid))
    }
    if let gfid, request.fop == .rename {
      try resolveVictim(of: gfid, original, model, brick, results)
    }
  }

  /// A new object's name may be taken by one that is older than the selection: then a create opens
  /// that one, and anything else is refused, also when it is done again behind requests that have
  /// freed the name. Takes into the model what has the name; what was not written down before is
  /// returned.
  static func resolveTaken(
    _ original: FoldRequest, _ model: ModelBrick, _ brick: some ReadableBrick,
    _ results: AbsoluteResults
  ) throws(BrickError) -> AbsoluteResult? {
    let request = original.request
    let field: FieldName = request.fop == .link ? .newloc : .loc
    let own = request.fop == .link ? request.target : request.requestedGFID
    guard [.create, .mkdir, .mknod, .symlink, .link].contains(request.fop),
      let loc = request.loc(field), let name = Self.olderName(loc, model)
    else { return nil }
    var new: AbsoluteResult?
    var taken: GFID?
    if !results.isEmpty {
      for case .object(let recorded) in results.values(original.id, try original.digest()) {
        taken = recorded
      }
    }
    if taken == nil, let found = try brick.entry(name)?.gfid, found != own {
      new = AbsoluteResult(id: original.id, digest: try original.digest(), value: .object(found))
      taken = found
    }
    guard let taken else { return nil }
    model.take(taken, type: try brick.status(taken)?.type ?? .unknown, at: name)
    return new
  }

  /// That the new name was free is written down too: behind the rename it holds something.
  private mutating func resolveVictim(
    of moved: GFID, _ original: FoldRequest, _ model: ModelBrick, _ brick: some ReadableBrick,
    _ results: AbsoluteResults
  ) throws(BrickError) {
    guard let loc = request.loc(.newloc), loc.gfid == .null,
      let name = Self.olderName(loc, model)
    else { return }
    let digest = try original.digest()
    var victim: GFID?
    for case .replaced(let recorded) in results.values(original.id, digest) { victim = recorded }
    if victim == nil {
      let found = try brick.entry(name)?.gfid ?? .null
      // The brick did it by itself, and nobody asked it before.
      guard found != moved else { return }
      newResults.append(AbsoluteResult(id: original.id, digest: digest, value: .replaced(found)))
      victim = found
    }
    request = request.replacing(.newloc, loc.naming(victim))
  }

  /// A name of which the selection does not tell what it stands for.
  private static func olderName(_ loc: Loc, _ model: ModelBrick) -> EntryName? {
    guard let text = loc.name else { return nil }
    let name = EntryName(parent: loc.parent, name: text)
    let isNew = model.names[name] != nil || model.objects[loc.parent]?.maker != nil
    return isNew || name.illegality != nil ? nil : name
  }

  private mutating func resolveAppend(
    _ original: FoldRequest, _ model: ModelBrick, _ brick: some ReadableBrick,
    _ results: AbsoluteResults
  ) throws(BrickError) {
    let gfid = request.target
    guard FopSemantics.isAppend(request), let object = model.objects[gfid] else { return }
    var start = object.size?.value
    if start == nil {
      let digest = try original.digest()
      for case .offset(let offset) in results.values(original.id, digest) { start = offset }
      if start == nil, let there = try brick.status(gfid)?.size {
        // Earlier requests of the selection may write beyond the end that the brick has now.
        let written = object.data.extents.last { $0.range.upperBound < Int64.max }
        let end = max(there, written?.range.upperBound ?? 0)
        newResults.append(AbsoluteResult(id: original.id, digest: digest, value: .offset(end)))
        start = end
      }
    }
    guard let start else { return }
    // The size is known from here on, also to the next append.
    if object.size == nil { model.objects[gfid]?.size = Written(start, by: nil) }
    request = FopSemantics.writing(request, at: start)
  }

  private mutating func resolveSums(
    _ original: FoldRequest, _ model: ModelBrick, _ brick: some ReadableBrick,
    _ results: AbsoluteResults
  ) throws(BrickError) {
    let gfid = request.target
    guard let object = model.objects[gfid] else { return }
    let digest = try original.digest()
    var recorded: [ByteView: ByteView] = [:]
    for entry in original.results { recorded[entry.key] = entry.value }
    for case .xattr(let key, let value) in results.values(original.id, digest) {
      recorded[key] = value
    }
    let isThere = try brick.status(gfid) != nil
    var sums: [DictEntry] = []
    for entry in request.entries(.dict) where !FopSemantics.isReserved(entry.key) {
      if let value = recorded[entry.key] {
        sums.append(DictEntry(key: entry.key, value: value))
        continue
      }
      let known = object.maker != nil || object.xattrs[entry.key] != nil
      guard known || isThere else { return }
      let base = known ? object.xattrs[entry.key]?.value : try brick.xattr(gfid, entry.key)
      // What the rules refuse is left as it is, and refused when it is applied.
      guard let sum = try? FopSemantics.combined(request, entry, with: base) else { return }
      sums.append(DictEntry(key: entry.key, value: sum))
      if !known {
        newResults.append(
          AbsoluteResult(id: original.id, digest: digest, value: .xattr(key: entry.key, value: sum))
        )
      }
    }
    request = FopSemantics.setting(request, sums)
  }
}

extension FoldRequest {
  /// The digest by which the tool's own record knows it.
  fileprivate func digest() throws(BrickError) -> Digest {
    do { return try request.contentDigest(payload: payload) } catch {
      throw BrickError(EIO, "read payload", source: error)
    }
  }
}

extension FopSemantics {
  package static func isAppend(_ request: Request) -> Bool {
    request.fop == .writev && (request.integer(.flags) ?? 0) & OpenFlag.append != 0
  }

  /// An append as a write at the place at which it came to lie.
  static func writing(_ request: Request, at offset: Int64) -> Request {
    let flags = (request.integer(.flags) ?? 0) & ~OpenFlag.append
    return request.replacing(.offset, .i64(offset))
      .replacing(.flags, .u32(UInt32(truncatingIfNeeded: flags)))
  }

  /// A (f)xattrop as the (f)setxattr of what it comes to.
  static func setting(_ request: Request, _ entries: [DictEntry]) -> Request {
    let fop: Fop = request.fop == .xattrop ? .setxattr : .fsetxattr
    return Request(
      fop: fop,
      values: [request.values[0], .dict(entries), .i32(0), .dict(request.entries(.xdata))])
  }

  /// A (f)setxattr without the conditions that the fold has found to be met.
  static func settingAnyway(_ request: Request) -> Request { request.replacing(.flags, .i32(0)) }
}

extension Loc {
  /// The same name, with the object that it stands for; nil for none.
  fileprivate func naming(_ gfid: GFID?) -> FieldValue {
    var loc = self
    loc.gfid = gfid ?? .null
    return .loc(loc)
  }
}

extension Request {
  fileprivate func replacing(_ field: FieldName, _ value: FieldValue) -> Request {
    var changed = self
    for (index, entry) in fop.layout.enumerated() where entry.name == field {
      changed.values[index] = value
    }
    return changed
  }
}
