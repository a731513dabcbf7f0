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
      let target = status.type == .symlink ? try brick.symlinkTarget(gfid) : []
      hasher.update(status, target: target, try brick.xattrs(gfid))
    }
    for name in names.sorted() {
      guard FileName.isComponent(name.name), let entry = try brick.entry(name) else { continue }
      hasher.update(name, entry)
    }
    return hasher.digest()
  }
}

extension ContentHasher {
  /// Takes what tells whether an object is still as it was: all but its content, which does not change
  /// without its mtime.
  mutating func update(
    _ status: ObjectStatus, target: ByteView, _ xattrs: [(key: ByteView, value: ByteView)]
  ) {
    update(status, isTimed: true)
    // A directory's says how a file system stores it.
    if status.type != .directory { update(integer: status.size) }
    update(counted: target)
    for (key, value) in xattrs {
      update(counted: key)
      update(counted: value)
    }
  }

  /// Takes what stands at a name.
  mutating func update(_ name: EntryName, _ entry: DirectoryEntry) {
    update(counted: name.parent.description.utf8)
    update(counted: name.name)
    update(counted: (entry.gfid?.description ?? "").utf8)
  }
}
