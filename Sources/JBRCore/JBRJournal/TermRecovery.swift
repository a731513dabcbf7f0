/// A term's files as a writer takes them over.
struct RecoveredTerm {
  var log: LogAppender
  var data: DataAppender?
  var dataFileCount: UInt32
  var states: RequestStates
  var totals: Trailer
  var overlaps: OverlapTracker
  var isClosed: Bool
  var isSealed: Bool
  /// What was cut: a file's name, from where, and the name of what keeps it.
  var cuts: [LogCut]
}

/// A torn tail that a writer cut from a file and kept aside.
public struct LogCut: Equatable, Sendable {
  public var file: String
  public var offset: Int
  public var byteCount: Int
  public var keptAs: String
}

/// Takes over a term that was written before, perhaps until the power went.
struct TermRecovery {
  let maker: JournalFileMaker
  let term: Term

  private var name: String { JournalNames.events(term) }

  /// Reads the log through, cuts a torn tail, and stands behind the last record.
  ///
  /// `thawing`: whether a trailer is cut too, so that the term takes more.
  /// - Throws: a `damaged` failure for a log that is damaged: it must not be written to.
  func recover(thawing: Bool = false) throws(Failure) -> RecoveredTerm {
    let file = try maker.disk.open(maker.path(name))
    // A killed writer leaves whole records that no flush has reached yet. They count from now
    // on, so they must be durable first.
    try file.synchronize()
    let found = try content(of: file)
    if thawing, let trailer = found.trailer {
      return try thaw(found.content, trailer, file, found.seed)
    }
    guard let end = found.end, let point = found.resume else {
      throw Failure(.damaged, "is damaged up to its end", path: file.path)
    }
    let seen = found.content
    var recovered = RecoveredTerm(
      log: try LogAppender(file, seed: found.seed, behind: point), data: nil, dataFileCount: 0,
      states: seen.states, totals: seen.totals, overlaps: OverlapTracker(),
      isClosed: seen.isClosed, isSealed: end == .sealed, cuts: [])
    guard !recovered.isSealed else { return recovered }
    try recoverData(seen, &recovered)
    if case .torn(let offset) = end {
      recovered.cuts.append(try cut(name, file, from: offset))
      // The appender must know that the space behind is gone.
      recovered.log = try LogAppender(file, seed: found.seed, behind: point)
    }
    try record(&recovered)
    return recovered
  }

  /// What a log was found to hold.
  private struct Found {
    var seed: UInt64
    var content: TermContent
    var end: LogEnd?
    var resume: LogPoint?
    /// In front of the trailer, if there is one.
    var trailer: LogPoint?
  }

  private func content(of file: any DiskFile) throws(Failure) -> Found {
    var reader = try EventLogReader(file)
    // Whoever holds it reads it; what is unusual is read here.
    if let log = reader.farLog, let sums = try log.termSums(checkingPayloads: false) {
      return Found(
        seed: reader.seed, content: sums.content, end: sums.end, resume: sums.resume,
        trailer: sums.trailer)
    }
    var found = Found(seed: reader.seed, content: TermContent(term: term))
    while true {
      let behind = reader.resumePoint
      guard let item = try reader.next() else { break }
      switch item {
      case .damage(let damage): throw damage.failure
      case .event(let record):
        try found.content.take(record, path: file.path)
        if record.header.type == EventType.sealed.rawValue { found.trailer = behind }
      }
    }
    found.end = reader.end
    found.resume = reader.resumePoint
    return found
  }

  private func thaw(
    _ seen: TermContent, _ point: LogPoint, _ file: any DiskFile, _ seed: UInt64
  ) throws(Failure) -> RecoveredTerm {
    let cut = try cut(name, file, from: point.offset)
    var recovered = RecoveredTerm(
      log: try LogAppender(file, seed: seed, behind: point),
      data: nil, dataFileCount: seen.dataFileCount, states: seen.states, totals: seen.totals,
      overlaps: OverlapTracker(), isClosed: true, isSealed: false, cuts: [cut])
    try record(&recovered)
    return recovered
  }

  /// Says in the log what was cut, so that later readers know.
  private func record(_ recovered: inout RecoveredTerm) throws(Failure) {
    guard !recovered.cuts.isEmpty else { return }
    for cut in recovered.cuts {
      recovered.log.add(
        .recovered(
          offset: UInt64(cut.offset), length: UInt64(cut.byteCount),
          keptAs: ByteView(cut.keptAs.utf8)),
        LogAppender.About(time: maker.disk.time()))
      recovered.totals.records += 1
    }
    try recovered.log.allocate(reserve: 0)
    try recovered.log.flush()
  }

  private func cut(
    _ name: String, _ file: any DiskFile, from offset: Int
  ) throws(Failure) -> LogCut {
    let kept = try maker.keepAside(name, file, from: offset)
    let count = try file.byteCount() - offset
    try file.truncate(to: offset)
    try file.synchronize()
    return LogCut(file: name, offset: offset, byteCount: count, keptAs: kept)
  }

  /// Opens the last data file behind the last payload that a record names.
  private func recoverData(
    _ seen: TermContent, _ recovered: inout RecoveredTerm
  ) throws(Failure) {
    recovered.dataFileCount = seen.dataFileCount
    guard seen.dataFileCount > 0 else { return }
    let name = JournalNames.data(term, seen.dataFileCount)
    let file = try maker.disk.open(maker.path(name))
    try file.synchronize()
    let opened = try DataFile(file)
    if let damage = opened.damage.first { throw damage.failure }
    let end = Int(clamping: seen.dataEnd)
    guard end <= (try file.byteCount()) else {
      throw Failure(.damaged, "ends before its last payload", path: file.path)
    }
    if try !file.isZero(from: end) { recovered.cuts.append(try cut(name, file, from: end)) }
    recovered.data = try DataAppender(
      file, number: seen.dataFileCount, seed: opened.seed, position: end)
  }
}

extension ByteSource {
  /// Whether nothing but zeros is there from an offset on.
  func isZero(from start: Int) throws(Failure) -> Bool {
    var offset = start
    while let next = try nextData(from: offset) {
      let bytes = try read(at: max(next, offset), count: DataFile.blockByteCount)
      if bytes.isEmpty { return true }
      if !bytes[...].isZero { return false }
      offset = max(next, offset) + bytes.count
    }
    return true
  }
}
