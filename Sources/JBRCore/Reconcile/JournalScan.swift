/// A jbr journal of which only sums were kept: enough to see where replicas differ.
struct JournalScan: Sendable {
  /// All that is known but for the requests.
  private(set) var journal: ReplicaJournal
  private(set) var blocks: [Term: [UInt64: RequestBlock]] = [:]
  let files: JournalFiles
  private let blockSize: UInt64

  /// Reads a journal from its beginning to its end.
  ///
  /// - Throws: errors of the disk. Damage is noted.
  init(name: String, files: JournalFiles, blockSize: UInt64) throws(Failure) {
    self.files = files
    self.blockSize = blockSize
    journal = ReplicaJournal(name: name, idSource: .journal)
    try journal.takeSuperblock(files)
    var hasher = ContentHasher()
    for failure in files.missing { journal.note(failure) }
    for term in files.terms ?? [] {
      do throws(Failure) { try scan(term, &hasher) } catch {
        guard error.status == .damaged else { throw error }
        journal.note(error)
      }
    }
    journal.digest = hasher.digest()
  }

  private mutating func scan(
    _ files: TermFiles, _ hasher: inout ContentHasher
  ) throws(Failure) {
    let (sums, end) = try files.sums(blockSize: blockSize)
    for damage in sums.damages { journal.note(damage) }
    journal.take(end, &hasher)
    blocks[files.term] = sums.blocks
    journal.noteFailed(sums.failed, in: files.term)
  }

  /// Reads the requests of some blocks of a term.
  ///
  /// - Throws: errors of the disk; damage, which the scan would have met.
  mutating func load(_ numbers: Set<UInt64>, of term: Term) throws(Failure) {
    guard let termFiles = files.terms?.first(where: { $0.term == term }) else { return }
    let own = (blocks[term] ?? [:]).filter { numbers.contains($0.key) }
    for record in try termFiles.requests(in: own, blockSize: blockSize) { journal.take(record) }
  }

  /// Takes requests that are known to be held here just so.
  mutating func add(_ records: [JournalRecord]) { journal.records += records }

  /// Looks at the payloads of what was loaded.
  mutating func checkPayloads() throws(Failure) {
    try journal.checkPayloads(journal.records.indices)
  }
}
