/// The life of a term: next, current, draining, frozen, retired, and gone.
extension JournalWriter {
  /// How much of the next term's log is preallocated.
  private static var nextByteCount: Int { 1 << 20 }

  /// Opens a term for requests; the current one goes into draining.
  ///
  /// `attempt` is the reconciliation that opened it, 0 for one opened by hand.
  /// - Throws: `refused` for a term that is not above all that were joined and promised.
  public func open(
    _ term: Term, attempt: Term = Term(0), leader: String = ""
  ) throws(Failure) {
    let highest = superblock.joined.last?.upperBound ?? 0
    guard term.rawValue > highest, term.rawValue >= superblock.promise, term.rawValue > 0 else {
      throw Failure(
        .refused,
        "term \(term) is not above \(highest), the last that was joined, and \(superblock.promise), which was promised",
        path: directory)
    }
    if let current = currentTerm { try close(current) }
    let made = try make(term, attempt: attempt, leader: leader)
    var next = superblock
    next.join(term)
    next.promise = max(next.promise, term.rawValue)
    next.opened = term.rawValue
    next.terms[term] = Superblock.TermEntry(state: .current, reconciliation: 0)
    try update(next)
    writers[term] = TermWriter(made, maker, limits)
    try preallocateNext()
  }

  /// Makes the term's log, durable with its name, before the superblock knows of it.
  func make(
    _ term: Term, attempt: Term, leader: String
  ) throws(Failure) -> RecoveredTerm {
    let next = maker.path(JournalNames.next)
    let path = maker.path(JournalNames.events(term))
    if try disk.exists(next), try !disk.openForReading(next).isZero(from: 0) {
      // A crash came between its header and its name.
      try disk.remove(next)
    }
    if try disk.exists(path) {
      // Made by an opening that was cut off: nothing in it was ever acknowledged.
      let name = JournalNames.events(term)
      _ = try maker.keepAside(name, try disk.openForReading(path), from: 0)
      try disk.remove(path)
    }
    let file = try disk.exists(next) ? disk.open(next) : disk.create(next)
    let header = maker.header(.events, term)
    try file.allocate(to: FileHeader.areaByteCount)
    try file.write(header.encoded[...], at: 0)
    var log = try LogAppender(file, seed: header.seed)
    log.add(
      .opened(attempt: attempt, leader: ByteView(leader.utf8)),
      LogAppender.About(time: disk.time()))
    try log.allocate(reserve: 0)
    try log.flush()
    try disk.rename(next, to: path)
    try disk.synchronizeDirectory(directory)
    var content = TermContent(term: term)
    content.countOpening()
    return RecoveredTerm(
      log: log, data: nil, dataFileCount: 0, states: content.states, totals: content.totals,
      overlaps: OverlapTracker(), isClosed: false, isSealed: false, cuts: [])
  }

  /// Lays the next term's log ready; where there is no space, it is made when it is needed.
  func preallocateNext() throws(Failure) {
    let path = maker.path(JournalNames.next)
    guard try !disk.exists(path),
      try disk.freeByteCount(directory) > limits.reserveByteCount + Self.nextByteCount
    else { return }
    let file = try disk.create(path)
    try file.allocate(to: Self.nextByteCount)
    try file.synchronize()
    try disk.synchronizeDirectory(directory)
  }

  /// Ends a term's taking of requests; state changes may come.
  public func close(_ term: Term) throws(Failure) {
    if superblock.terms[term]?.state == .draining, writers[term] != nil { return }
    try requireWritable(term)
    try writers[term]?.close()
    var next = superblock
    next.terms[term]?.state = .draining
    if next.opened == term.rawValue { next.opened = 0 }
    try update(next)
  }

  /// Seals a term, of which all requests are committed or invalid.
  public func freeze(_ term: Term) throws(Failure) {
    if superblock.terms[term]?.state == .frozen { return }
    try close(term)
    try writers[term]?.seal()
    writers[term] = nil
    var next = superblock
    next.terms[term]?.state = .frozen
    try update(next)
  }

  /// Marks a frozen term as no longer needed by anyone.
  ///
  /// `reconciliation` is the id that is equal on all replicas.
  /// - Throws: `refused` for a term that is not frozen, for an id of 0, and while an earlier term
  ///   is still needed.
  public func retire(_ term: Term, reconciliation: UInt64) throws(Failure) {
    guard let entry = superblock.terms[term] else {
      throw Failure(.refused, "there is no term \(term)", path: directory)
    }
    guard entry.state == .frozen || entry.state == .retired else {
      throw Failure(.refused, "term \(term) is \(entry.state.name), not frozen", path: directory)
    }
    guard reconciliation != 0 else {
      throw Failure(.refused, "term \(term) is not reconciled: the id is 0", path: directory)
    }
    for (earlier, other) in superblock.terms where earlier < term && other.state != .retired {
      throw Failure(
        .refused, "term \(earlier), which came before, is still \(other.state.name)",
        path: directory)
    }
    var next = superblock
    next.terms[term] = Superblock.TermEntry(state: .retired, reconciliation: reconciliation)
    next.decidedUpTo = max(next.decidedUpTo, term.rawValue)
    next.promise = max(next.promise, next.decidedUpTo)
    try update(next)
  }

  /// Deletes the files of retired terms. The answer names the terms and how many bytes went.
  ///
  /// The superblock forgets a term first, so that a crash leaves files that nobody needs and
  /// never a term without files.
  public func prune() throws(Failure) -> [(term: Term, byteCount: Int)] {
    var next = superblock
    for (term, entry) in superblock.terms.sorted(by: { $0.key < $1.key }) {
      guard entry.state == .retired else { break }
      next.prunedUpTo = max(next.prunedUpTo, term.rawValue)
      next.terms[term] = nil
    }
    try update(next)
    return try removePruned()
  }

  private func removePruned() throws(Failure) -> [(term: Term, byteCount: Int)] {
    var removed: [Term: Int] = [:]
    for name in try disk.names(in: directory).sorted() {
      guard let file = JournalNames.parse(name), file.term.rawValue <= superblock.prunedUpTo else {
        continue
      }
      let path = maker.path(name)
      removed[file.term, default: 0] += try disk.openForReading(path).byteCount()
      try disk.remove(path)
    }
    if !removed.isEmpty { try disk.synchronizeDirectory(directory) }
    return removed.sorted { $0.key < $1.key }.map { (term: $0.key, byteCount: $0.value) }
  }
}
