/// What a request looks at or may change: requests whose footprints meet keep their order.
public struct RequestFootprint: Sendable {
  /// The objects that it touches, and the directories of its names: whether one of these is empty
  /// decides over its removal.
  public var objects: Set<GFID>
  /// Two moves can make a circle without having anything in common.
  public var isMove: Bool

  /// Whether one of two requests looks at anything that the other one may change.
  public func meets(_ other: RequestFootprint) -> Bool {
    isMove && other.isMove || !objects.isDisjoint(with: other.objects)
  }
}

extension Request {
  /// The footprint as far as the request itself tells it.
  public var footprint: RequestFootprint {
    let (objects, names) = touched
    return RequestFootprint(objects: Set(objects + names.map(\.parent)), isMove: fop == .rename)
  }

  /// The footprint with what stands at its names, which it may replace, cut or remove without
  /// saying so.
  public func footprint(standing: (EntryName) -> GFID?) -> RequestFootprint {
    var found = footprint
    for name in touched.names {
      if let gfid = standing(name) { found.objects.insert(gfid) }
    }
    return found
  }
}
