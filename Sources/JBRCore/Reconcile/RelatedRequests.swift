/// Searches a journal for the requests on which the outcome of some others depends, or that depend on
/// theirs: those that touch the same objects or names, those in directories that these make, move or
/// remove, and those that made the directories above.
struct RelatedRequests {
  private var objects: Set<GFID> = []
  private var names: Set<EntryName> = []
  /// Directories of which every name counts.
  private var whole: Set<GFID> = []
  /// Directories whose times must be set again, since names in them may change.
  private var changed: Set<GFID> = []
  /// Directories of which it counts alone that they are there.
  private var above: Set<GFID> = []
  /// Where each directory was made, to find what is above an object.
  private var parents: [GFID: GFID] = [:]
  private var size = 0

  private static let namespace: Set<UInt8> = Set(
    [Fop.create, .mkdir, .mknod, .symlink, .link, .rename, .unlink, .rmdir].map(\.rawValue))

  private var currentSize: Int {
    objects.count + names.count + whole.count + changed.count + above.count
  }

  /// Whether the last round has found something new to look for.
  var hasGrown: Bool { currentSize > size }

  /// Begins a round over the journal.
  mutating func begin() { size = currentSize }

  /// Takes a request whose outcome counts.
  mutating func note(_ request: Request) {
    let touched = request.touched
    objects.formUnion(touched.objects)
    noteNames(touched.names)
    changed.formUnion(touched.names.map(\.parent))
    // Whether a directory is there, or is empty, decides over all that is done in it.
    if [.mkdir, .rmdir, .rename].contains(request.fop) { whole.formUnion(touched.objects) }
  }

  private mutating func noteNames(_ new: [EntryName]) {
    names.formUnion(new)
    for name in new {
      var current = name.parent
      while above.insert(current).inserted, let parent = parents[current] { current = parent }
    }
  }

  /// Where, in a term's log, the requests begin that touch any of it.
  ///
  /// `isKnown`: indices of requests that count already.
  mutating func places(
    in term: TermFiles, _ isKnown: (UInt64) -> Bool
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
    guard isNamespace || objects.contains(header.gfid) else {
      return changed.contains(header.gfid)
    }
    guard case .request(let body) = try? record.event(), let fop = Fop(rawValue: header.fop),
      let request = try? ArgumentsCodec.decode(fop, ByteCursor(body.arguments, base: 0))
    else { return false }
    let touched = request.touched
    if fop == .mkdir, let made = request.requestedGFID, let parent = touched.names.first?.parent {
      parents[made] = parent
    }
    if touched.objects.contains(where: objects.contains)
      || touched.names.contains(where: { names.contains($0) || whole.contains($0.parent) })
    {
      note(request)
      return true
    }
    guard isNamespace, touched.objects.contains(where: above.contains) else { return false }
    // All replicas have it alike, as nothing that it depends on counts.
    noteNames(touched.names)
    return true
  }
}
