/// Writes a jbr journal: holds the lock, the superblock and the terms that still take events.
///
/// One thread at a time; `JournalCommit` brings many producers together.
public final class JournalWriter {
  let store: SuperblockStore
  let limits: WriterLimits
  private let lock: any AnyObject & Sendable
  public internal(set) var superblock: Superblock
  /// Terms that take requests or state changes.
  var writers: [Term: TermWriter] = [:]
  /// Terms that cannot be written to, and why.
  public private(set) var damagedTerms: [Term: Failure] = [:]
  /// What recovery cut from files when the journal was opened.
  public private(set) var cuts: [LogCut] = []

  var disk: any Disk { store.disk }
  var directory: String { store.directory }

  /// Makes a journal without any term.
  ///
  /// - Throws: `cannotCreate` where one is there already.
  public static func create(
    on disk: any Disk, directory: String, superblock: Superblock
  ) throws(Failure) {
    if try !disk.exists(directory) { try disk.makeDirectory(directory) }
    let names = try disk.names(in: directory)
    guard !JournalNames.areJournal(names) else {
      throw Failure(.cannotCreate, "holds a journal already", path: directory)
    }
    try SuperblockStore(disk, directory: directory).create(superblock)
  }

  /// Opens a journal for writing: takes the lock, counts the boot, and recovers every term that
  /// still takes events.
  ///
  /// - Throws: `tryAgain` while another writer holds the lock; `damaged` where the superblock is
  ///   lost; errors of the disk.
  public init(
    on disk: any Disk, directory: String, limits: WriterLimits = WriterLimits()
  ) throws(Failure) {
    let store = SuperblockStore(disk, directory: directory)
    let lock = try disk.lock(directory + "/" + JournalNames.lock)
    let loaded = try store.load()
    guard var superblock = loaded.superblock else {
      throw Failure(
        .damaged,
        "no copy of the superblock is whole: this is a lost disk, which can vouch for nothing",
        path: directory, field: "superblock")
    }
    superblock.bootCount += 1
    superblock = try store.update(try loaded.required(), to: superblock)
    self.store = store
    self.limits = limits
    self.lock = lock
    self.superblock = superblock
    try recover()
  }

  private func recover() throws(Failure) {
    var next = superblock
    for (term, entry) in superblock.terms.sorted(by: { $0.key < $1.key }) {
      guard entry.state == .current || entry.state == .draining else { continue }
      do throws(Failure) {
        let recovered = try TermRecovery(maker: maker, term: term).recover()
        cuts += recovered.cuts
        if recovered.isSealed {
          next.terms[term]?.state = .frozen
        } else {
          if recovered.isClosed { next.terms[term]?.state = .draining }
          writers[term] = TermWriter(recovered, maker, limits)
        }
      } catch {
        guard error.status == .damaged || error.errno == 2 else { throw error }
        damagedTerms[term] = error
      }
    }
    try update(next)
  }

  var maker: JournalFileMaker {
    JournalFileMaker(
      disk: disk, directory: directory, volume: superblock.volume, replica: superblock.replica,
      generation: superblock.generation)
  }

  /// Makes a change of the superblock durable, if it is one.
  package func update(_ next: Superblock) throws(Failure) {
    guard next != superblock else { return }
    superblock = try store.update(superblock, to: next)
  }

  /// The term that takes requests; nil if none does.
  public var currentTerm: Term? {
    superblock.terms.filter { $0.value.state == .current }.keys.max()
  }

  /// Takes a group of events into the current term, and returns when it is durable.
  ///
  /// - Throws: `refused` where no term is open; what `TermWriter.commit` does.
  public func commit(_ events: [NewEvent]) throws(Failure) -> [RequestID] {
    guard let term = currentTerm else { throw noTerm() }
    return try commit(events, in: term)
  }

  func noTerm() -> Failure {
    Failure(.refused, "no term is open: set one current first", path: directory)
  }

  /// Takes a group of events into a term.
  public func commit(
    _ events: [NewEvent], in term: Term
  ) throws(Failure) -> [RequestID] {
    try requireWritable(term)
    return try writers[term]?.commit(events) ?? []
  }

  func requireWritable(_ term: Term) throws(Failure) {
    if let damage = damagedTerms[term] {
      throw Failure(
        .damaged, "term \(term) is damaged and takes nothing: \(damage.message)",
        path: damage.path, at: damage.place, field: damage.field)
    }
    guard writers[term] == nil else { return }
    guard let state = superblock.terms[term]?.state else {
      throw Failure(.refused, "there is no term \(term)", path: directory)
    }
    throw Failure(.refused, "term \(term) is \(state.name): it takes nothing", path: directory)
  }

  /// Forgets that a term was damaged, once its files are out of the way.
  func forgetDamage(of term: Term) { damagedTerms[term] = nil }

  /// The states of a term's requests; nil for a term that takes nothing any more.
  public func states(of term: Term) -> RequestStates? { writers[term]?.states }
}

extension SuperblockStore.Loaded {
  /// The superblock, which is known to be there.
  fileprivate func required() throws(Failure) -> Superblock {
    guard let superblock else { throw Failure(.damaged, "there is no superblock") }
    return superblock
  }
}
