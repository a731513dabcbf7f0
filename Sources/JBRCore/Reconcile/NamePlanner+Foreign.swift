// What no journal knows.
extension NamePlanner {
  /// Looks through every directory that the journals touch. Of a directory that was made here
  /// every name is known, so that what else is in it goes, if the user confirms it; in one that
  /// was there before, it may be anything, and stays.
  mutating func findForeign() throws(BrickError) {
    let directories = Set(wanted.names.map(\.parent)).union(
      wanted.objects.filter { wantedObject($0)?.type == .directory })
    for directory in directories.sorted()
    where !made.contains(directory) && !gone.contains(directory) {
      guard try brick.status(directory)?.type == .directory else { continue }
      for (name, entry) in try brick.list(directory) {
        let place = EntryName(parent: directory, name: name)
        guard !wanted.isTouched(place), entry.gfid.map({ !wanted.knows($0) }) ?? true,
          try current(place) != nil
        else { continue }
        if wantedObject(directory)?.maker != nil {
          setAside(place, entry, "no journal knows it")
          continue
        }
        if wanted.hasBase {
          try judgeOlder(place, entry)
          continue
        }
        findings.append(
          PlanFinding(
            kind: .foreign, replica: replica, gfid: entry.gfid, name: place, request: nil,
            message: "no journal knows it; it was perhaps there before, so it stays"))
      }
    }
  }

  /// What only this brick has, in a directory that was there before, is foreign; what others have,
  /// too, was there before. What stands elsewhere on another brick is none of this plan's.
  private mutating func judgeOlder(
    _ name: EntryName, _ entry: DirectoryEntry
  ) throws(BrickError) {
    for other in others {
      if let there = try other.entry(name), there.gfid == entry.gfid { return }
      guard let gfid = entry.gfid, try other.status(gfid) != nil else { continue }
      findings.append(
        PlanFinding(
          kind: .foreign, replica: replica, gfid: gfid, name: name, request: nil,
          message: "no journal knows it, and another brick has it elsewhere, so it stays"))
      return
    }
    if others.isEmpty { return }
    setAside(name, entry, "no journal knows it, and no other brick has it")
  }

  func wantedObject(_ gfid: GFID) -> ModelObject? {
    if case .present(let object) = wanted.object(gfid) { return object }
    return nil
  }
}
