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
}
