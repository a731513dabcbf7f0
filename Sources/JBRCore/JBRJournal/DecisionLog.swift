/// The decisions that a replica accepted, in a file beside the terms': one is about several terms,
/// of which some may be damaged, frozen or gone here.
///
/// The file is an event log of term 0 that is always replaced as a whole, so that it is never
/// torn: without its trailer it is damaged. See docs/journal-format.md.
enum DecisionLog {
  /// How many forward requests one record lists at most, which keeps its body below the limit.
  static let partCount = 16_384

  /// Reads all decisions, in the order in which they were accepted.
  ///
  /// - Throws: a `damaged` failure, since half of a decision is none; errors of the disk.
  static func read(_ source: any ByteSource) throws(Failure) -> [DecisionRecord] {
    var reader = try EventLogReader(try source.opened())
    guard reader.header.term == Term(0) else {
      throw Failure(
        .damaged, "is of term \(reader.header.term), and decisions are of none",
        path: source.path, at: .offset(56), field: "term")
    }
    var found: [DecisionRecord] = []
    while let item = try reader.next() {
      switch item {
      case .damage(let damage): throw damage.failure
      case .event(let record):
        do throws(FormatError) {
          guard case .decision(let part) = try record.event() else { continue }
          found.take(part)
        } catch { throw Failure(error, path: source.path) }
      }
    }
    guard reader.end == .sealed else {
      throw Failure(.damaged, "ends before its trailer", path: source.path, field: "type")
    }
    for decision in found {
      for table in decision.tables where table.digest != DecisionRecord.Table(table).digest {
        throw Failure(
          .damaged, "attempt \(decision.attempt) does not list all of term \(table.term)",
          path: source.path, field: "digest")
      }
    }
    return found
  }

  /// Replaces all decisions, and returns when that is durable.
  static func write(
    _ decisions: [DecisionRecord], _ maker: JournalFileMaker
  ) throws(Failure) {
    let disk = maker.disk
    let path = maker.path(JournalNames.decisions)
    let temporary = path + ".new"
    if try disk.exists(temporary) { try disk.remove(temporary) }
    let file = try disk.create(temporary)
    let header = maker.header(.events, Term(0))
    try file.write(header.encoded[...], at: 0)
    var log = try LogAppender(file, seed: header.seed)
    let about = LogAppender.About(time: disk.time())
    var totals = Trailer()
    for part in decisions.flatMap(\.parts) {
      log.add(.decision(part), about)
      totals.records += 1
      try log.allocate(reserve: 0)
      try log.flush()
    }
    log.add(.sealed(totals), about)
    try log.allocate(reserve: 0)
    try log.flush()
    try log.trim()
    try disk.rename(temporary, to: path)
    try disk.synchronizeDirectory(maker.directory)
  }
}

extension [DecisionRecord] {
  /// Adds a decision, or what follows of the last one.
  fileprivate mutating func take(_ part: DecisionRecord) {
    guard var last, last.attempt == part.attempt, last.terms == part.terms else {
      return append(part)
    }
    for table in part.tables {
      if last.tables.last?.term == table.term {
        last.tables[last.tables.count - 1].forward += table.forward
      } else {
        last.tables.append(table)
      }
    }
    self[count - 1] = last
  }
}

extension DecisionRecord {
  /// Records that together say the same, each short enough.
  fileprivate var parts: [DecisionRecord] {
    var found: [DecisionRecord] = []
    var part = self
    part.tables = []
    var room = DecisionLog.partCount
    for table in tables {
      var rest = table.forward[...]
      repeat {
        if room == 0 {
          found.append(part)
          part.tables = []
          room = DecisionLog.partCount
        }
        // A term without forward requests takes room too.
        let taken = rest.prefix(room)
        part.tables.append(Table(term: table.term, digest: table.digest, forward: Array(taken)))
        rest = rest.dropFirst(taken.count)
        room -= Swift.max(1, taken.count)
      } while !rest.isEmpty
    }
    return found + [part]
  }
}

extension DecisionRecord.Table {
  /// The same with the digest of what it lists.
  fileprivate init(_ other: DecisionRecord.Table) {
    self.init(term: other.term, forward: other.forward)
  }

  /// A table with the digest of what it lists.
  init(term: Term, forward: [DecisionRecord.Forward]) {
    var digest = Digest(high: 0, low: 0)
    for one in forward { digest.add(index: one.index, sub: one.sub, digest: one.digest) }
    self.init(term: term, digest: digest, forward: forward)
  }
}
