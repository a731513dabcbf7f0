/// An object of a tree as a fold of requests knows it.
public struct ListedObject: Sendable {
  public var gfid: GFID
  public var path: [UInt8]
  public var object: ModelObject
  /// The content's digest; nil where none is wanted, for what is no file, and for a file that was
  /// there before.
  public var digest: Digest?
}

/// The tree as of a request, from the journal's requests alone.
public struct TreeListing {
  private let model: ModelBrick
  private let hasDigests: Bool

  /// Folds the requests of a journal that a view counts. `digests`: whether contents are read.
  public init(_ lookup: JournalLookup, digests: Bool) throws(Failure) {
    hasDigests = digests
    var fold = Fold()
    try lookup.each { record throws(Failure) in
      let alone = record.standingAlone()
      fold.apply(FoldRequest(id: alone.id, request: alone.request, payload: alone.payload))
    }
    model = fold.model
  }

  /// Gives every name of the tree, directories before what is in them; then what has no known
  /// place, by GFID.
  ///
  /// - Throws: what reading contents for their digests does, and what `body` does.
  public func each(_ body: (ListedObject) throws(Failure) -> Void) throws(Failure) {
    var seen: Set<GFID> = [.root]
    try list(.root, path: [], &seen, body)
    for (gfid, object) in model.objects.sorted(by: { $0.key < $1.key })
    where seen.insert(gfid).inserted {
      let path = [UInt8]("<gfid:\(gfid)>".utf8)
      try body(try listed(gfid, object, path))
      try list(gfid, path: path, &seen, body)
    }
  }

  private func list(
    _ top: GFID, path: [UInt8], _ seen: inout Set<GFID>,
    _ body: (ListedObject) throws(Failure) -> Void
  ) throws(Failure) {
    var waiting = [(gfid: top, path: path)]
    while let directory = waiting.popLast() {
      let names = (model.children[directory.gfid] ?? []).sorted {
        $0.lexicographicallyPrecedes($1)
      }
      var below: [(gfid: GFID, path: [UInt8])] = []
      for name in names {
        let entry = EntryName(parent: directory.gfid, name: name)
        guard let gfid = model.names[entry].flatMap(\.value), let object = model.objects[gfid]
        else { continue }
        let path = directory.path + (directory.path.isEmpty ? [] : [UInt8(ascii: "/")]) + name
        try body(try listed(gfid, object, path))
        if seen.insert(gfid).inserted { below.append((gfid, path)) }
      }
      waiting += below.reversed()
    }
  }

  private func listed(
    _ gfid: GFID, _ object: ModelObject, _ path: [UInt8]
  ) throws(Failure) -> ListedObject {
    var found = ListedObject(gfid: gfid, path: path, object: object)
    if hasDigests, object.type == .file, object.maker != nil {
      found.digest = try digest(gfid, object)
    }
    return found
  }

  private func digest(_ gfid: GFID, _ object: ModelObject) throws(Failure) -> Digest {
    var hasher = ContentHasher()
    var offset = 0
    let size = Int(clamping: object.size?.value ?? 0)
    while offset < size {
      let bytes: [UInt8]
      do throws(BrickError) {
        bytes = try model.read(gfid, at: offset, count: min(1 << 20, size - offset))
      } catch { throw Failure(error, path: "<gfid:\(gfid)>") }
      hasher.update(bytes)
      offset += bytes.count
    }
    return hasher.digest()
  }
}
