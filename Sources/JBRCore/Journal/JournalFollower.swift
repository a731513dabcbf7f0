/// Reads a journal that is being written to, and goes on where it was: across data files, terms
/// and, in an fdl journal, files and runs.
public struct JournalFollower {
  /// How long to wait before looking again, in milliseconds.
  public private(set) var pause = 50
  /// Where the requests' names come from.
  public private(set) var idSource = IDSource.journal
  private let path: String
  private let find: (String) throws(Failure) -> JournalFiles
  private var sequences: [TermFollower] = []
  private var seen: Set<Term> = []
  /// Of an fdl journal: how many records were given out.
  private var given = 0
  private var pairs: JournalReader?
  private var passed = 0
  private var reported: Set<String> = []
  private var ready: [Failure] = []
  private var started: ContinuousClock.Instant?

  /// `find` finds the journal's files anew.
  public init(
    _ path: String, find: @escaping (String) throws(Failure) -> JournalFiles = JournalFiles.find
  ) {
    self.path = path
    self.find = find
  }

  /// The next item; nil where nothing new is there now. Damage is told once.
  public mutating func next() throws(Failure) -> JournalItem? {
    if let failure = ready.popLast() { return .damage(failure) }
    if pairs != nil { return try nextOfPairs() }
    if let item = try nextOfTerms() { return item }
    let files = try find(path)
    guard let terms = files.terms else {
      let reader = try JournalReader(files)
      idSource = reader.idSource
      pairs = reader
      passed = 0
      started = ContinuousClock.now
      return try nextOfPairs()
    }
    for failure in files.missing where reported.insert(failure.description).inserted {
      ready.insert(failure, at: 0)
    }
    for term in terms {
      if seen.insert(term.term).inserted { sequences.append(TermFollower(term)) }
      for index in sequences.indices where sequences[index].term == term.term {
        sequences[index].refresh(term)
      }
    }
    if let failure = ready.popLast() { return .damage(failure) }
    return try nextOfTerms()
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

  /// An fdl journal names its requests by all that came before them, so that it is read from its
  /// beginning each time; the pauses grow with what that takes.
  private mutating func nextOfPairs() throws(Failure) -> JournalItem? {
    while let item = try pairs?.next() {
      switch item {
      case .record:
        passed += 1
        guard passed > given else { continue }
        given = passed
        return item
      case .damage(let failure) where reported.insert(failure.description).inserted: return item
      default: continue
      }
    }
    pairs = nil
    if let started {
      let took = (ContinuousClock.now - started).components
      let milliseconds = took.seconds * 1000 + took.attoseconds / 1_000_000_000_000_000
      pause = Int(clamping: max(200, min(30_000, milliseconds * 10)))
    }
    return nil
  }
}

/// Follows one term of a jbr journal.
private struct TermFollower {
  let term: Term
  private(set) var isSealed = false
  private var files: TermFiles
  private var sequence: TermSequence?

  init(_ files: TermFiles) {
    term = files.term
    self.files = files
  }

  /// Learns of data files that were made meanwhile.
  mutating func refresh(_ files: TermFiles) {
    self.files = files
    sequence?.goOn(with: files)
  }

  mutating func next() throws(Failure) -> JournalItem? {
    if isSealed { return nil }
    var current = sequence ?? TermSequence([files])
    defer { sequence = current }
    guard let item = try current.next() else { return nil }
    guard case .termEnd(let end) = item else { return item }
    guard end.end == .sealed else {
      // More may come, and what looks torn is being written.
      return nil
    }
    isSealed = true
    return item
  }
}
