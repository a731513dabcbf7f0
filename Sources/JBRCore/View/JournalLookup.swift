/// Which requests of a journal a view shows.
public struct ViewChoice: Sendable {
  /// The last one; nil for all.
  public var last: RequestID?
  /// Whether requests count too that are not known to have reached their quorum.
  public var countsUnagreed: Bool

  public init(last: RequestID? = nil, countsUnagreed: Bool = false) {
    self.last = last
    self.countsUnagreed = countsUnagreed
  }
}

/// Finds the requests of a journal that touch a name or a range of a file, in order.
///
/// A jbr journal's terms are looked up by their index where there is one, so that the cost
/// follows the answer; anything else is read through. Requests that are void are never found.
public final class JournalLookup {
  public let files: JournalFiles
  public let choice: ViewChoice
  private var terms: [TermLookup] = []
  /// Of an fdl journal.
  private var rolledBack: Set<RequestID> = []
  /// Whether an fdl journal holds the request as of which the view is.
  private var hasMetLast = false
  private var names = NameTable()
  private var journalDamage: [Failure]

  /// Opens a journal, and reads what no index covers.
  ///
  /// - Throws: errors of the disk. What is damaged is in `damage`, and the rest is shown.
  public init(_ files: JournalFiles, _ choice: ViewChoice = ViewChoice()) throws(Failure) {
    self.files = files
    self.choice = choice
    journalDamage = files.missing
    if files.terms == nil { try readPairs() }
    for term in files.terms ?? [] {
      do throws(Failure) { self.terms.append(try TermLookup(term)) } catch {
        guard error.status == .damaged else { throw error }
        journalDamage.append(error)
      }
    }
  }

  /// What could not be read.
  public var damage: [Failure] { journalDamage + terms.flatMap(\.damage) }

  /// Whether a brick has applied every request that it was sent: GlusterFS journals a request
  /// and then applies it, before it answers.
  public var isAppliedAtOnce: Bool { files.terms == nil }

  private func readPairs() throws(Failure) {
    try scanPairs { record throws(Failure) in
      if record.request.rolledBackFop != nil { rolledBack.insert(record.id) }
      if record.id == choice.last { hasMetLast = true }
      names.add(record)
    }
  }

  private func scanPairs(_ body: (JournalRecord) throws(Failure) -> Void) throws(Failure) {
    var reader = try JournalReader(files)
    var damage = files.missing
    while let item = try reader.next() {
      switch item {
      case .record(let record): try body(record)
      case .damage(let failure): if !damage.contains(failure) { damage.append(failure) }
      default: continue
      }
    }
    journalDamage = damage
  }

  /// Whether the view shows a request. A copy counts as the request that it is of.
  public func counts(_ id: RequestID) -> Bool {
    if let last = choice.last, last < id { return false }
    guard let content = content(of: id.term) else { return !rolledBack.contains(id) }
    switch content.states.state(id.index, sub: id.sub) {
    case .invalid: return false
    case .inProgress, .needFsync, .committed: return true
    // Only the copy of a request is here, which a reconciliation brought.
    case nil: return true
    case .uncommitted: return choice.countsUnagreed || content.agreed.contains(id.index)
    }
  }

  /// How many requests the view leaves out because nobody knows yet whether they happened.
  public var undecidedCount: UInt64 {
    guard !choice.countsUnagreed else { return 0 }
    var count: UInt64 = 0
    for content in terms.map(\.content) {
      for run in content.states.runs where run.state == .uncommitted {
        guard let last = lastIndex(of: content.states.term), run.first <= last else { continue }
        count &+= content.agreed.missingCount(run.first, through: min(run.last, last))
      }
    }
    return count
  }

  /// The last index of a term that the view shows; nil where it shows nothing of the term.
  private func lastIndex(of term: Term) -> UInt64? {
    guard let last = choice.last, term >= last.term else { return .max }
    return term == last.term ? last.index : nil
  }

  /// The state of a request; nil where none is kept.
  public func state(_ id: RequestID) -> RequestState? {
    content(of: id.term)?.states.state(id.index, sub: id.sub)
  }

  /// Whether the journal holds the request as of which the view is, be it as a copy for others.
  public func holdsLast() throws(Failure) -> Bool {
    guard let last = choice.last, !hasMetLast, state(last) == nil else { return true }
    // An fdl journal was read from its beginning to its end.
    guard files.terms != nil else { return false }
    // Copies have no state.
    var isThere = false
    try read { record throws(Failure) in
      if record.id == last { isThere = true }
    }
    return isThere
  }

  private func content(of term: Term) -> TermContent? {
    terms.first { $0.files.term == term }?.content
  }

  /// Whether the view shows a record: a request that counts, or the copy of one that is not here
  /// itself, which a reconciliation brought.
  private func shows(_ record: JournalRecord) -> Bool {
    guard record.request.rolledBackFop == nil else { return false }
    guard record.details?.copiedBy != nil else { return counts(record.id) }
    return state(record.id) == nil && choice.last.map { record.id <= $0 } ?? true
  }

  /// Gives all requests that are shown, in order.
  public func each(_ body: (JournalRecord) throws(Failure) -> Void) throws(Failure) {
    // Copies stand behind requests that come after them.
    var copies: [JournalRecord] = []
    if files.terms != nil {
      try read { record throws(Failure) in
        guard record.details?.copiedBy != nil, shows(record) else { return }
        copies.append(record.standingAlone())
      }
    }
    copies.sort { $0.id < $1.id }
    var next = 0
    try read { record throws(Failure) in
      guard record.details?.copiedBy == nil, shows(record) else { return }
      while next < copies.count, copies[next].id < record.id {
        try body(copies[next])
        next += 1
      }
      try body(record)
    }
    for copy in copies[next...] { try body(copy) }
  }

  private func read(_ body: (JournalRecord) throws(Failure) -> Void) throws(Failure) {
    var reader = try JournalReader(files)
    while let item = try reader.next() {
      if case .record(let record) = item { try body(record) }
    }
  }

  /// What the journal does to a name, of requests that count, in order.
  func changes(of name: EntryName) throws(Failure) -> [NameChange] {
    try changes(name.indexEntity, { $0.changes(of: name) }, { $0.name == name })
  }

  /// What the journal does to all names in a directory.
  func changes(in directory: GFID) throws(Failure) -> [NameChange] {
    try changes(
      .entries(directory), { $0.changes(in: directory) }, { $0.name.parent == directory })
  }

  /// What gives an object a name; of a rename the name that it loses too.
  func changes(naming object: GFID) throws(Failure) -> [NameChange] {
    try changes(.named(object), { $0.changes(naming: object) }, { _ in true })
  }

  private func changes(
    _ entity: IndexEntity, _ unindexed: (NameTable) -> [NameChange], _ isMeant: (NameChange) -> Bool
  ) throws(Failure) -> [NameChange] {
    var found = unindexed(names)
    for term in terms {
      let indexed = try term.withIndex([NameChange]()) { index throws(Failure) in
        var found: [NameChange] = []
        for offset in try index.records(of: entity) {
          found += try term.record(at: offset).nameChanges.filter(isMeant)
        }
        return found
      }
      found += indexed + unindexed(term.names)
    }
    return found.filter { counts($0.id) }.sorted { $0.id < $1.id }
  }

  /// The requests that make a file, change its data in a range or its size, of those that count,
  /// in order; perhaps others that change its data too.
  ///
  /// `range`: offsets in the file; nil for all its data.
  public func requests(
    of gfid: GFID, touching range: Range<Int64>?
  ) throws(Failure) -> [JournalRecord] {
    var found: [JournalRecord] = []
    var sieve = range.map { RangeSieve($0) }
    func keep(_ record: JournalRecord) {
      guard record.request.changesData(of: gfid), shows(record) else { return }
      if sieve?.keeps(record.request) ?? true { found.append(record.standingAlone()) }
    }
    if files.terms == nil {
      try scanPairs { record throws(Failure) in keep(record) }
      return found
    }
    for term in terms {
      let before = found.count
      let indexed = try term.withIndex([JournalRecord]()) { index throws(Failure) in
        try indexedRequests(of: gfid, touching: range, in: term, index)
      }
      // An index that was given up meanwhile has left nothing behind.
      found.removeSubrange(before...)
      for record in indexed where record.request.changesData(of: gfid) && shows(record) {
        found.append(record)
      }
      try term.scan { record throws(Failure) in keep(record) }
    }
    return found.sorted { $0.id < $1.id }
  }

  private func indexedRequests(
    of gfid: GFID, touching range: Range<Int64>?, in term: TermLookup, _ index: TermIndex
  ) throws(Failure) -> [JournalRecord] {
    func all() throws(Failure) -> [JournalRecord] {
      try records(try index.records(of: gfid), term)
    }
    guard let range, let blocks = Self.blocks(of: range) else { return try all() }
    var offsets = Set(try index.records(of: .wideData(gfid)) + index.records(of: .named(gfid)))
    for block in blocks { offsets.formUnion(try index.records(of: .data(gfid, block: block))) }
    // The last one made the file as long as it is; if that one does not count, any other may.
    if let last = try index.records(of: .size(gfid)).last {
      guard counts(try term.record(at: last).id) else { return try all() }
      offsets.insert(last)
    }
    let found = try records(offsets.sorted(), term)
    // Where an append goes depends on all requests before it.
    return found.contains { $0.request.isAppend } ? try all() : found
  }

  private func records(
    _ offsets: [UInt64], _ term: TermLookup
  ) throws(Failure) -> [JournalRecord] {
    var found: [JournalRecord] = []
    for offset in offsets { found.append(try term.record(at: offset)) }
    return found
  }

  /// The blocks of a range; nil if they are too many to look up one by one.
  private static func blocks(of range: Range<Int64>) -> ClosedRange<UInt64>? {
    guard range.lowerBound >= 0, !range.isEmpty else { return nil }
    let first = UInt64(range.lowerBound) / IndexEntity.blockByteCount
    let last = UInt64(range.upperBound - 1) / IndexEntity.blockByteCount
    return last - first < 1024 ? first...last : nil
  }
}

extension Request {
  /// Whether the request makes a file or changes its data. What happens to its names is no part
  /// of that: a handle outlives them.
  fileprivate func changesData(of gfid: GFID) -> Bool {
    switch fop {
    case .create, .mknod, .writev, .truncate, .ftruncate, .fallocate, .discard, .zerofill:
      names(gfid)
    default: false
    }
  }
}

/// Tells, of a file's requests that come in order, which ones matter for a range: those that
/// change its data, and those that make the file longer than it was, or cut it.
private struct RangeSieve {
  let range: Range<Int64>
  private var longest: UInt64 = 0
  /// How long the file is behind an append only the fold knows: everything matters.
  private var hasAppended = false

  init(_ range: Range<Int64>) { self.range = range }

  mutating func keeps(_ request: Request) -> Bool {
    let size = request.indexedSize
    let isLonger = size.map { $0.isCut || $0.end > longest } ?? false
    if let size, isLonger { longest = size.end }
    if size?.isCut == true { hasAppended = false }
    if request.isAppend { hasAppended = true }
    if isLonger || hasAppended { return true }
    guard let data = request.dataRange, !range.isEmpty, range.upperBound > 0 else { return false }
    let lower = UInt64(max(0, range.lowerBound))
    return data.overlaps(lower...UInt64(range.upperBound - 1))
  }
}

extension JournalRecord {
  /// The same with bytes of its own, so that it does not keep the block alive that it was read in.
  func standingAlone() -> JournalRecord {
    var copy = self
    let bytes = ArgumentsCodec.encode(request)
    if let request = try? ArgumentsCodec.decode(request.fop, ByteCursor(bytes[...], base: 0)) {
      copy.record.request = request
    }
    return copy
  }
}
