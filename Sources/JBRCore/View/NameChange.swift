/// What a request does to a name.
struct NameChange: Sendable {
  enum Kind: Sendable {
    /// Stands there from now on, if the name was free.
    case made(GFID)
    case removed
    /// Comes from another name, over what stood here; the object may not be named.
    case moved(GFID?, from: EntryName)
  }
  var id: RequestID
  var name: EntryName
  var kind: Kind
  /// Whether a reconciliation brought the request.
  var isCopy: Bool
}

extension JournalRecord {
  /// What the request does to names, in order.
  var nameChanges: [NameChange] {
    func entry(_ field: FieldName) -> EntryName? {
      guard let loc = request.loc(field), let name = loc.name else { return nil }
      return EntryName(parent: loc.parent, name: ByteView([UInt8](name)))
    }
    func change(_ name: EntryName?, _ kind: NameChange.Kind) -> [NameChange] {
      guard let name else { return [] }
      return [NameChange(id: id, name: name, kind: kind, isCopy: details?.copiedBy != nil)]
    }
    switch request.fop {
    case .create, .mkdir, .mknod, .symlink:
      return request.requestedGFID.map { change(entry(.loc), .made($0)) } ?? []
    case .link:
      guard let old = request.loc(.oldloc)?.gfid, old != .null else { return [] }
      return change(entry(.newloc), .made(old))
    case .unlink, .rmdir: return change(entry(.loc), .removed)
    case .rename:
      guard let from = entry(.oldloc), let to = entry(.newloc), from != to else { return [] }
      let gfid = request.loc(.oldloc)?.gfid
      return change(from, .removed)
        + change(to, .moved(gfid == .null ? nil : gfid, from: from))
    default: return []
    }
  }
}

extension EntryName {
  var indexEntity: IndexEntity { .name(parent: parent, name) }
}
