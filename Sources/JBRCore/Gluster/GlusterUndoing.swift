extension GlusterBrick: UndoableBrick {
  public func plainXattrs(
    _ gfid: GFID
  ) throws(BrickError) -> [(key: ByteView, value: ByteView)] {
    let object = try require(gfid).object
    var all: [(key: ByteView, value: ByteView)] = []
    for key in try object.xattrKeys() where canSet(key[...]) {
      guard let value = try object.xattr(key) else { continue }
      all.append((key[...], value[...]))
    }
    return all.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  public func identity() throws(BrickError) -> BrickIdentity {
    let key = "trusted.glusterfs.pathinfo"
    guard let text = try require(.root).object.xattr(key.utf8) else {
      throw BrickError(ENODATA, "getxattr " + key)
    }
    return .served(location: String(decoding: text.prefix { $0 != 0 }, as: UTF8.self))
  }

  public func canSet(_ key: ByteView) -> Bool {
    do throws(BrickError) {
      try refuseReserved(key, "setxattr")
      return true
    } catch {
      return false
    }
  }

  /// Each call is whole, or is not made: what a server that was killed left, its next start and
  /// the look-up of a name mend.
  public func finishHalfDone() {}
}
