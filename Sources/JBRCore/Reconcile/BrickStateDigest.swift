extension RequestTable {
  /// All objects and names that any request of any replica touches.
  var touched: (objects: Set<GFID>, names: Set<EntryName>) {
    var objects: Set<GFID> = [.root]
    var names: Set<EntryName> = []
    for row in rows {
      // All requests of one name count, whichever of them a person may choose.
      for (replica, cell) in zip(replicas, row.cells) {
        guard let position = cell.record else { continue }
        let touched = replica.records[position].request.touched
        objects.formUnion(touched.objects)
        names.formUnion(touched.names)
      }
    }
    objects.formUnion(names.map(\.parent))
    objects.remove(.null)
    return (objects, names)
  }

  /// The digest of what a brick has wherever a journal touches it: names, types, attributes,
  /// sizes, times of change and xattrs. Of contents only what a step overwrites is bound, by the
  /// step itself: to read all of them would take as long as to copy the brick.
  public func stateDigest(of brick: any BrickStore) throws(BrickError) -> Digest {
    let (objects, names) = touched
    var hasher = ContentHasher()
    for gfid in objects.sorted() {
      guard let status = try brick.status(gfid) else { continue }
      hasher.update(counted: gfid.description.utf8)
      hasher.update(counted: status.type.rawValue.utf8)
      for number in [status.mode, status.uid, status.gid] { hasher.update(integer: number) }
      hasher.update(integer: status.rdev)
      if status.type != .directory { hasher.update(integer: status.size) }
      hasher.update(integer: status.mtime.seconds)
      hasher.update(integer: status.mtime.nanoseconds)
      if status.type == .symlink { hasher.update(counted: try brick.symlinkTarget(gfid)) }
      for (key, value) in try brick.xattrs(gfid) {
        hasher.update(counted: key)
        hasher.update(counted: value)
      }
    }
    for name in names.sorted() {
      guard FileName.isComponent(name.name), let entry = try brick.entry(name) else { continue }
      hasher.update(counted: name.parent.description.utf8)
      hasher.update(counted: name.name)
      hasher.update(counted: (entry.gfid?.description ?? "").utf8)
    }
    return hasher.digest()
  }
}
