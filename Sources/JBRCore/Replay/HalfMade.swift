/// Something without a GFID that a GlusterFS server left that was killed while it made it.
public struct HalfMade {
  public let name: EntryName
  public let type: ObjectType
}

/// An object that is to be made at a name, of which a GlusterFS server that was killed meanwhile
/// may have left something without a GFID, or with one that it invented when it met it again.
public struct MadeObject {
  public let name: EntryName
  let gfid: GFID
  public let type: ObjectType
  /// Of a symlink.
  let target: ByteView

  init(name: EntryName, gfid: GFID, type: ObjectType, target: ByteView) {
    self.name = name
    self.gfid = gfid
    self.type = type
    self.target = target
  }

  /// What a request makes; nil for one that makes nothing.
  public init?(_ request: Request) {
    guard let gfid = request.requestedGFID, gfid != .null, let loc = request.loc(.loc),
      let text = loc.name, let type = try? FopSemantics.type(request)
    else { return nil }
    self.init(
      name: EntryName(parent: loc.parent, name: text), gfid: gfid, type: type,
      target: request.string(.linkpath) ?? [])
  }

  /// Takes away what of some objects is half-made on a brick that nobody serves; the answer is
  /// which they were.
  public static func takeAway(
    _ objects: [MadeObject], from brick: NativeBrick
  ) throws(Failure) -> [HalfMade] {
    var found: [HalfMade] = []
    do throws(BrickError) {
      for object in objects where try brick.status(object.gfid) == nil {
        let type = try brick.removeHalfMade(at: object.name) { type, target in
          type == object.type && target == object.target
        }
        if let type { found.append(HalfMade(name: object.name, type: type)) }
      }
    } catch {
      throw Failure(error, path: brick.path)
    }
    return found
  }

  /// Which of some objects may be half-made on a brick behind GlusterFS, which gives a GFID to
  /// what it meets without one, so that nobody can be sure.
  public static func suspects(
    among objects: [MadeObject], on brick: some BrickStore
  ) throws(BrickError) -> [MadeObject] {
    let made = Set(objects.map(\.gfid))
    var found: [MadeObject] = []
    for object in objects where try brick.status(object.gfid) == nil {
      if try object.isSuspect(on: brick, made) { found.append(object) }
    }
    return found
  }

  private func isSuspect(on brick: some BrickStore, _ made: Set<GFID>) throws(BrickError) -> Bool {
    guard name.illegality == nil, try brick.status(name.parent)?.type == .directory else {
      return false
    }
    let entry: DirectoryEntry?
    do throws(BrickError) { entry = try brick.lookup(name) } catch  where error.errno == ESTALE {
      // It is there, and so young that GlusterFS waits for its maker.
      return true
    }
    guard let entry, entry.type == type else { return false }
    guard let gfid = entry.gfid, let status = try brick.status(gfid) else { return true }
    guard !made.contains(gfid), status.nameCount == 1 else { return false }
    return switch type {
    case .file: status.size == 0
    case .directory: try brick.list(gfid).isEmpty
    case .symlink: try brick.symlinkTarget(gfid) == target
    case .fifo, .socket, .character, .block, .unknown: true
    }
  }
}

extension UndoFile {
  /// Takes away what a replay or an undoing that was cut off left half-made, if it is this
  /// brick's.
  ///
  /// - Parameters:
  ///   - brick: The brick, which nobody serves.
  ///   - isUnchecked: Whether the undoing of a replay that was cut off goes without a check;
  ///     otherwise nothing of it is touched.
  /// - Returns: What was taken away.
  /// - Throws: What the brick's file system says.
  public func takeAwayHalfMade(
    from brick: NativeBrick, isUnchecked: Bool
  ) throws(Failure) -> [HalfMade] {
    guard !state.isUndone, try UndoTarget(brick).header.identity == header.identity else {
      return []
    }
    if state.isUndoing { return try MadeObject.takeAway(recreated, from: brick) }
    guard isUnchecked, !state.isEnded else { return [] }
    return try takeAwayNameless(from: brick)
  }

  /// What an undoing makes anew.
  private var recreated: [MadeObject] {
    state.names.sorted { $0.key < $1.key }.compactMap { name, gfid in
      guard let gfid, let image = state.objects[gfid], let status = image.status else {
        return nil
      }
      return MadeObject(name: name, gfid: gfid, type: status.type, target: image.target)
    }
  }

  /// Which object the replay was about to make is written nowhere; but each name was free when it
  /// began, or taken by something with a GFID.
  private func takeAwayNameless(from brick: NativeBrick) throws(Failure) -> [HalfMade] {
    var found: [HalfMade] = []
    do throws(BrickError) {
      for name in state.names.keys.sorted() {
        let type = try brick.removeHalfMade(at: name) { _, _ in true }
        if let type { found.append(HalfMade(name: name, type: type)) }
      }
    } catch {
      throw Failure(error, path: brick.path)
    }
    return found
  }
}
