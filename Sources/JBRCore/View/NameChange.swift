/// What a request does to a name.
struct NameChange: Sendable {
  enum Kind: Sendable {
    /// An object stands there from now on, if the name was free; an open of it may cut a file that
    /// stood there.
    case made(GFID, isDirectory: Bool, cuts: Bool)
    case removed(isDirectory: Bool)
    /// What stood there goes to another name.
    case movedAway(to: EntryName)
    /// What stood at another name comes here; `GFID` is it where the request names it.
    case movedHere(from: EntryName, GFID?)
  }
  var id: RequestID
  var name: EntryName
  var kind: Kind
}

extension JournalRecord {
  /// What the request does to names.
  var nameChanges: [NameChange] {
    func entry(_ field: FieldName) -> EntryName? {
      guard let loc = request.loc(field), let name = loc.name else { return nil }
      return EntryName(parent: loc.parent, name: ByteView([UInt8](name)))
    }
    func change(_ name: EntryName?, _ kind: NameChange.Kind) -> [NameChange] {
      guard let name else { return [] }
      return [NameChange(id: id, name: name, kind: kind)]
    }
    switch request.fop {
    case .create, .mkdir, .mknod, .symlink:
      guard let made = request.requestedGFID else { return [] }
      let kind = NameChange.Kind.made(
        made, isDirectory: request.fop == .mkdir, cuts: request.cutsWhatItOpens)
      return change(entry(.loc), kind)
    case .link:
      guard let old = request.loc(.oldloc)?.gfid, old != .null else { return [] }
      return change(entry(.newloc), .made(old, isDirectory: false, cuts: false))
    case .unlink, .rmdir:
      return change(entry(.loc), .removed(isDirectory: request.fop == .rmdir))
    case .rename:
      guard let from = entry(.oldloc), let to = entry(.newloc), from != to else { return [] }
      let gfid = request.loc(.oldloc)?.gfid
      return change(from, .movedAway(to: to))
        + change(to, .movedHere(from: from, gfid == .null ? nil : gfid))
    default: return []
    }
  }

  /// The object that the request gives a name, where it says which.
  var namedObject: GFID? {
    switch request.fop {
    case .create, .mkdir, .mknod, .symlink: request.requestedGFID
    case .link, .rename: request.loc(.oldloc)?.gfid
    default: nil
    }
  }
}

extension Request {
  /// Whether a create cuts the file that stands there already.
  fileprivate var cutsWhatItOpens: Bool {
    let flags = integer(.flags) ?? 0
    let writes = flags & FopSemantics.OpenFlag.accessMask != 0
    return fop == .create && writes && flags & FopSemantics.OpenFlag.truncate != 0
      && flags & FopSemantics.OpenFlag.exclusive == 0
  }
}

extension EntryName {
  var indexEntity: IndexEntity { .name(parent: parent, name) }
}

/// Changes of names in memory: what no index files.
struct NameTable {
  private var changes: [NameChange] = []
  private var byName: [EntryName: [Int]] = [:]
  private var byDirectory: [GFID: [Int]] = [:]
  private var byObject: [GFID: [Int]] = [:]

  mutating func add(_ record: JournalRecord) {
    let new = record.nameChanges
    guard !new.isEmpty else { return }
    for change in new {
      byName[change.name, default: []].append(changes.count)
      byDirectory[change.name.parent, default: []].append(changes.count)
      if let object = record.namedObject { byObject[object, default: []].append(changes.count) }
      changes.append(change)
    }
  }

  func changes(of name: EntryName) -> [NameChange] { (byName[name] ?? []).map { changes[$0] } }
  func changes(in directory: GFID) -> [NameChange] {
    (byDirectory[directory] ?? []).map { changes[$0] }
  }
  func changes(naming object: GFID) -> [NameChange] {
    (byObject[object] ?? []).map { changes[$0] }
  }
}
