/// Searches a journal for the requests on which the outcome of some others depends: those that touch
/// the same objects or names, and those that made the directories above.
struct RelatedRequests {
  private var objects: Set<GFID> = []
  private var names: Set<EntryName> = []
  /// Directories of which it counts whether they are empty.
  private var whole: Set<GFID> = []
  /// Where each directory was made, to find what is above an object.
  private var parents: [GFID: GFID] = [:]
  private var size = 0

  private static let namespace: Set<UInt8> = Set(
    [Fop.create, .mkdir, .mknod, .symlink, .link, .rename, .unlink, .rmdir].map(\.rawValue))

  private var currentSize: Int { objects.count + names.count + whole.count }

  /// Whether the last round has found something new to look for.
  var hasGrown: Bool { currentSize > size }

  /// Begins a round over the journal.
  mutating func begin() { size = currentSize }

  /// Takes a request whose outcome counts.
  mutating func note(_ request: Request) {
    let touched = request.touched
    objects.formUnion(touched.objects)
    names.formUnion(touched.names)
    for name in touched.names { noteAncestors(of: name.parent) }
    let removed = request.fop == .rmdir ? request.loc(.loc) : request.loc(.newloc)
    if request.fop == .rmdir || request.fop == .rename, let removed, removed.gfid != .null {
      whole.insert(removed.gfid)
    }
  }

  private mutating func noteAncestors(of directory: GFID) {
    var current = directory
    while objects.insert(current).inserted, let parent = parents[current] { current = parent }
  }

  /// Where, in a term's log, the requests begin that touch any of it.
  ///
  /// `isKnown`: indices of requests that count already.
  mutating func places(
    in term: TermFiles, of scan: JournalScan, _ isKnown: (UInt64) -> Bool
  ) throws(Failure) -> Set<Int> {
    var reader = try TermReader(term)
    var found: Set<Int> = []
    while try reader.next({ record, _, _ throws(Failure) in
      guard record.header.type == EventType.request.rawValue else { return true }
      if look(at: record), !isKnown(record.header.index) { found.insert(record.offset) }
      return true
    }) != nil {}
    return found
  }

  /// Whether a request touches any of it. Then more may count than before.
  private mutating func look(at record: EventRecord) -> Bool {
    let header = record.header
    let isNamespace = Self.namespace.contains(header.fop)
    guard isNamespace || objects.contains(header.gfid) || header.fop == Fop.rename.rawValue else {
      return false
    }
    guard case .request(let body) = try? record.event(), let fop = Fop(rawValue: header.fop),
      let request = try? ArgumentsCodec.decode(fop, ByteCursor(body.arguments, base: 0))
    else { return false }
    let touched = request.touched
    if fop == .mkdir, let made = request.requestedGFID, let parent = touched.names.first?.parent {
      parents[made] = parent
      if objects.contains(made) { noteAncestors(of: parent) }
    }
    let counts =
      touched.objects.contains(where: objects.contains)
      || touched.names.contains { names.contains($0) || whole.contains($0.parent) }
    if counts { note(request) }
    return counts
  }
}
