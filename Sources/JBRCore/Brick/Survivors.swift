extension ModelBrick {
  /// Every entity that some request wrote, with the one that wrote it last.
  ///
  /// An object that is gone is one entity, written by its remover; what belonged to it is none
  /// any more. The order is by GFID and kind, so that it is the same in every run.
  public func survivors() -> [(entity: Entity, writer: RequestID)] {
    var found: [(entity: Entity, writer: RequestID)] = []
    for (gfid, writer) in removed.sorted(by: { $0.key < $1.key }) {
      if let writer { found.append((.object(gfid), writer)) }
    }
    for name in names.keys.sorted() {
      // A name in a directory that is gone, is gone with it.
      guard objects[name.parent] != nil, let writer = names[name]?.writer else { continue }
      found.append((.name(name), writer))
    }
    for gfid in objects.keys.sorted() {
      if let object = objects[gfid] { found += object.survivors(of: gfid) }
    }
    return found
  }
}

extension ModelObject {
  /// The entities of one object that requests wrote, with their last writers.
  func survivors(of gfid: GFID) -> [(entity: Entity, writer: RequestID)] {
    var found: [(entity: Entity, writer: RequestID)] = []
    func add(_ entity: Entity, _ writer: RequestID??) {
      if let known = writer, let writer = known { found.append((entity, writer)) }
    }
    add(.object(gfid), maker)
    add(.mode(gfid), mode?.writer)
    add(.uid(gfid), uid?.writer)
    add(.gid(gfid), self.gid?.writer)
    add(.atime(gfid), atime?.writer)
    add(.mtime(gfid), mtime?.writer)
    add(.size(gfid), size == nil ? zerosThatGrewIt : size?.writer)
    for extent in data.within(0..<(size?.value ?? Int64.max)) {
      // Without a size the open end of a truncation is nothing that could be compared.
      if extent.range.upperBound == Int64.max { continue }
      add(.data(gfid, extent.range), extent.writer)
    }
    for (key, written) in xattrs.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      if !Bookkeeping.owns(key) { add(.xattr(gfid, key), written.writer) }
    }
    return found
  }
}

extension ModelObject {
  /// Of a file that was there before, all that is known may be that it has grown, with zeros that
  /// are no content to look for: who wrote these. What grows by other bytes is known by them.
  private var zerosThatGrewIt: RequestID? {
    guard let grown, grown.value > 0 else { return nil }
    let last = data.within(grown.value - 1..<grown.value).last
    if let last, last.writer == grown.writer, (try? last.isZero()) == false { return nil }
    return grown.writer
  }
}
