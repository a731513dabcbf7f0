/// The objects and names that the requests of some journals touch.
public struct TouchedParts: Sendable {
  public var objects: Set<GFID> = []
  /// In order.
  public var names: [EntryName] = []
}

extension RequestTable {
  /// What any request of any replica's journal touches, be it forward or void.
  public var touchedParts: TouchedParts {
    var parts = TouchedParts()
    var names: Set<EntryName> = []
    for record in replicas.lazy.flatMap(\.records) {
      let touched = record.request.touched
      parts.objects.formUnion(touched.objects)
      for name in touched.names where name.illegality == nil {
        // A copy, since the view keeps a block of the journal alive.
        names.insert(EntryName(parent: name.parent, name: ByteView(Array(name.name))))
      }
    }
    parts.names = names.sorted()
    return parts
  }
}
