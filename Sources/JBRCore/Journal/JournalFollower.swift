/// Reads a journal that is being written to, and goes on where it was: across data files, terms
/// and, in an fdl journal, files and runs.
///
/// Of what a writer is in the middle of nothing is told: it is no damage, and its requests come
/// once they are whole.
public struct JournalFollower {
  /// How long to wait before looking again, in milliseconds.
  public private(set) var pause = 50
  /// Where the requests' names come from.
  public private(set) var idSource = IDSource.journal
  /// Whether the requests that come are passed over by the caller, so that those come as well
  /// whose names are not certain.
  public var isPassingOver = false
  private let path: String
  private let find: (String) throws(Failure) -> JournalFiles
  private var replica: UniqueID?
  private var sequences: [TermFollower] = []
  private var seen: Set<Term> = []
  private var pairs: PairsFollower?
  private var reported: Set<String> = []
  private var ready: [Failure] = []

  /// `find` finds the journal's files anew.
  public init(
    _ path: String, find: @escaping (String) throws(Failure) -> JournalFiles = JournalFiles.find
  ) {
    self.path = path
    self.find = find
  }

  /// The next item; nil where nothing new is there now. Damage is told once.
  ///
  /// - Throws: `tryAgain` where another journal has taken this one's place, or a term was pruned
  ///   before it was read; errors of the disk.
  public mutating func next() throws(Failure) -> JournalItem? {
    if !ready.isEmpty { return .damage(ready.removeFirst()) }
    if pairs?.isReading == true { return try nextOfPairs() }
    if let item = try nextOfTerms() { return item }
    let files = try find(path)
    guard let terms = files.terms else {
      guard seen.isEmpty else { throw renewed }
      if pairs == nil { pairs = PairsFollower(path) }
      try pairs?.begin(files)
      return try nextOfPairs()
    }
    try requireSame(files)
    for failure in files.missing where reported.insert(failure.description).inserted {
      ready.append(failure)
    }
    for term in terms {
      if seen.insert(term.term).inserted { sequences.append(TermFollower(term)) }
      let index = sequences.firstIndex { $0.term == term.term }
      if let index { sequences[index].refresh(term) }
    }
    if !ready.isEmpty { return .damage(ready.removeFirst()) }
    return try nextOfTerms()
  }

  /// A journal that was made anew under the same path numbers its requests from the beginning.
  private mutating func requireSame(_ files: JournalFiles) throws(Failure) {
    guard pairs == nil else { throw renewed }
    guard let found = files.superblock?.superblock?.replica else { return }
    guard found == replica ?? found else { throw renewed }
    replica = found
  }

  private var renewed: Failure {
    Failure(.tryAgain, "is another journal than it was: follow it anew", path: path)
  }

  private mutating func nextOfTerms() throws(Failure) -> JournalItem? {
    var index = 0
    while index < sequences.count {
      if let item = try sequences[index].next() {
        guard case .damage(let failure) = item,
          !reported.insert(failure.description).inserted
        else { return item }
        continue
      }
      if sequences[index].isSealed { sequences.remove(at: index) } else { index += 1 }
    }
    return nil
  }

  private mutating func nextOfPairs() throws(Failure) -> JournalItem? {
    pairs?.holdsBack = !isPassingOver
    guard let item = try pairs?.next() else {
      pause = pairs?.pause ?? pause
      return nil
    }
    idSource = pairs?.idSource ?? idSource
    return item
  }
}

/// Follows one term of a jbr journal.
private struct TermFollower {
  let term: Term
  private(set) var isSealed = false
  private var files: TermFiles
  private var sequence: TermSequence?
  /// Whether there is nothing more until somebody looks again.
  private var isAtEnd = false

  init(_ files: TermFiles) {
    term = files.term
    self.files = files
  }

  /// Learns of what was written meanwhile.
  mutating func refresh(_ files: TermFiles) {
    self.files = files
    isAtEnd = false
    sequence?.goOn(with: files)
  }

  mutating func next() throws(Failure) -> JournalItem? {
    if isSealed || isAtEnd { return nil }
    if sequence == nil { sequence = TermSequence([files]) }
    let item: JournalItem?
    do throws(Failure) { item = try sequence?.next() } catch {
      guard error.errno == 2, error.path == files.events?.path else { throw error }
      throw Failure(
        .tryAgain, "term \(term) was pruned before it was read: follow the journal anew",
        path: error.path)
    }
    guard let item else {
      isAtEnd = true
      return nil
    }
    guard case .termEnd(let end) = item else { return item }
    // More may come behind any other end, and what looks torn is being written.
    guard end.end == .sealed else {
      isAtEnd = true
      return nil
    }
    isSealed = true
    return item
  }
}

/// Follows an fdl journal, which names its requests by all that came before them, so that it is
/// read from its beginning each time; the pauses grow with what that takes.
private struct PairsFollower {
  private(set) var pause = 200
  private(set) var idSource = IDSource.jbr
  /// Whether requests wait until their names are certain.
  var holdsBack = true
  private let path: String
  private var reader: JournalReader?
  private var started = ContinuousClock.now
  /// How many records were given out, and the cursor of the last.
  private var given = 0
  private var last: JournalCursor?
  /// How many records this pass and the one before it met.
  private var passed = 0
  private var passedBefore = -1
  /// Damage that one pass met, and that another one has to meet before it is told: the writer may
  /// be in the middle of the place.
  private var suspected: Set<String> = []
  private var reported: Set<String> = []
  private var found: Set<String> = []
  /// Whether the rest of the pass is only read.
  private var isHeldBack = false

  init(_ path: String) { self.path = path }

  var isReading: Bool { reader != nil }

  mutating func begin(_ files: JournalFiles) throws(Failure) {
    started = ContinuousClock.now
    let opened = try JournalReader(files)
    idSource = opened.idSource
    reader = opened
    passed = 0
    found = []
    isHeldBack = false
  }

  mutating func next() throws(Failure) -> JournalItem? {
    while let item = try reader?.next() {
      switch item {
      case .record(let record):
        passed += 1
        if passed == given, JournalCursor(record) != last { throw renewed }
        // What comes next may still change the names of the last requests: they wait for a pause.
        let isUncertain = reader?.isSettling == true && passed > passedBefore
        if isUncertain { isHeldBack = true }
        guard passed > given, !isHeldBack || !holdsBack else { continue }
        given = passed
        last = JournalCursor(record)
        return item
      case .damage(let failure):
        let text = failure.description
        found.insert(text)
        guard suspected.contains(text) else {
          // Nothing that stands behind comes before it.
          isHeldBack = true
          continue
        }
        if !isHeldBack, reported.insert(text).inserted { return item }
      default: continue
      }
    }
    try end()
    return nil
  }

  private mutating func end() throws(Failure) {
    reader = nil
    guard passed >= given else { throw renewed }
    suspected = found
    passedBefore = passed
    let took = (ContinuousClock.now - started).components
    let milliseconds = took.seconds * 1000 + took.attoseconds / 1_000_000_000_000_000
    pause = Int(clamping: max(200, min(30_000, milliseconds * 10)))
  }

  private var renewed: Failure {
    Failure(
      .tryAgain, "no longer holds the request that was read last: follow it anew", path: path)
  }
}
