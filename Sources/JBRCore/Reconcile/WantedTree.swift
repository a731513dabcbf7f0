/// The names and objects that a brick shall have, whoever says so: journals, or another brick.
protocol WantedTree {
  /// All names and objects that are of any account, also those that shall be gone.
  var names: Set<EntryName> { get }
  var objects: Set<GFID> { get }
  /// Whether it is all of a tree: then every object can be made, and what it lacks is foreign.
  var isWhole: Bool { get }
  /// Whether it lies over what was there before the journals.
  var hasBase: Bool { get }
  /// Whether anything is said of a name.
  func isTouched(_ name: EntryName) -> Bool
  func object(_ gfid: GFID) -> Want<ModelObject>
  func entry(_ name: EntryName) -> Want<GFID>
  func knows(_ gfid: GFID) -> Bool
  /// Of an object's names the first in order; nil where none is known.
  func shownName(of gfid: GFID) -> EntryName?
  /// The request behind what stands, or stands no more, at a name; nil where there is none.
  func writer(of name: EntryName) -> RequestID?
  func writer(of gfid: GFID) -> RequestID?
  /// Why a step is taken that follows from a request, or from none.
  func label(of id: RequestID?) -> String?
}

extension WantedState: WantedTree {
  var isWhole: Bool { false }
  var hasBase: Bool { base != nil }
}

extension WantedTree {
  var hasBase: Bool { false }
  func isTouched(_ name: EntryName) -> Bool { names.contains(name) }

  /// An object's path; nil where a name on the way is not known.
  func path(of gfid: GFID) -> [UInt8]? {
    var parts: [ByteView] = []
    var current = gfid
    while current != .root {
      guard parts.count < 4096, let name = shownName(of: current) else { return nil }
      parts.append(name.name)
      current = name.parent
    }
    return Array(parts.reversed().joined(separator: [UInt8(ascii: "/")]))
  }

  /// A name's path.
  func path(of name: EntryName) -> [UInt8]? {
    path(of: name.parent).map {
      $0.isEmpty ? Array(name.name) : $0 + [UInt8(ascii: "/")] + name.name
    }
  }
}
