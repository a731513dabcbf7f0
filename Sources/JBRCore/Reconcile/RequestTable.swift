/// What one replica says of one request.
public struct RequestCell: Sendable {
  public enum State: String, Sendable {
    case held
    case absent
    /// Held, and known to have failed.
    case rolledBack = "rolled_back"
    /// The replica's journal is damaged where the request may have stood, or its payload is.
    case damaged
  }
  /// Whether the replica's brick was changed by a request.
  enum Application {
    case never
    /// Not by the replica itself; a plan may have brought it, which no FDL journal records.
    case unheld
    /// Begun, or perhaps begun.
    case maybe
    case applied
  }
  /// The record's position in `ReplicaJournal.records`; nil where it is not held.
  public var record: Int?
  public var digest: Digest?
  /// Whether a rollback on this replica names the request.
  public var failed = false
  /// Whether the payload can be read.
  var isReadable = true
  /// What the request's state in a jbr journal says; nil in an fdl journal, which has none.
  var journaledState: RequestState?
  /// What a jbr journal of a replica set says of whether the request is on the brick.
  var journaledApplication: Application?
  var journalIsDamaged = false

  public var state: State {
    if failed { return .rolledBack }
    if record != nil { return isReadable ? .held : .damaged }
    return journalIsDamaged ? .damaged : .absent
  }

  /// Whether the request was applied to the replica's brick. FDL applies what it journals; what
  /// a damaged journal does not show may have stood in it.
  var application: Application {
    if let journaledApplication { return journaledApplication }
    if record != nil { return .applied }
    return journalIsDamaged ? .maybe : .unheld
  }
}

/// One request, seen from all replicas.
public struct RequestRow: Sendable {
  public var id: RequestID
  public var fop: Fop
  /// One for each replica, in their order.
  public var cells: [RequestCell]
  /// Of contents that differ the one that was decided: a replica, and the record's position there.
  var chosen: (replica: Int, record: Int, digest: Digest)?

  /// Whether two replicas hold different requests under this name.
  public var isConflict: Bool { Set(cells.compactMap(\.digest)).count > 1 }

  /// Whether some replica's cell differs from another's.
  public var diverges: Bool { isConflict || Set(cells.map(\.state)).count > 1 }
}

/// A rollback that names no record: of an OPEN, say, which is not journaled.
public struct OrphanRollback: Sendable {
  public var id: RequestID
  public var replica: String
  /// The fop's number as GlusterFS counts them.
  public var fop: UInt64
}

/// All requests of a replica set, in order, with one column for each replica.
public struct RequestTable: Sendable {
  public var replicas: [ReplicaJournal]
  public var idSource: IDSource
  public private(set) var rows: [RequestRow] = []
  public private(set) var orphans: [OrphanRollback] = []
  /// For each replica, its own reigns by the numbers of the union.
  private var terms: [[Term: Term]]
  /// For each replica, where its first record of a term stands, and the highest index of it.
  private var extents: [[Term: (first: Int, highest: UInt64)]] = []
  /// The first row of each term.
  private var firstRows: [Term: Int] = [:]

  /// - Throws: `refused` where journals are of different sets, or reigns cannot be matched; errors of
  ///   the disk.
  public init(_ replicas: [ReplicaJournal]) throws(Failure) {
    self.replicas = replicas
    try requireOneSet(replicas.map { ($0.name, $0.knowledge?.superblock) })
    guard let first = replicas.first(where: { !$0.records.isEmpty }) else {
      idSource = .file
      terms = replicas.map { _ in [:] }
      return
    }
    let source = first.idSource
    idSource = source
    for replica in replicas where !replica.records.isEmpty && replica.idSource != source {
      throw Failure(replica.name, replica.idSource, unlike: first.name, source)
    }
    let digests = try replicas.map { replica throws(Failure) in try Self.digests(replica) }
    if source == .jbr {
      terms = try ReignMatching(names: replicas.map(\.name), digests: digests).terms
    } else {
      terms = digests.map { reigns in Dictionary(uniqueKeysWithValues: reigns.keys.map { ($0, $0) })
      }
    }
    fill(digests)
  }

  /// The name over the union of a record that has `id` in a replica's own journal.
  public func unionID(_ id: RequestID, replica: Int) -> RequestID {
    RequestID(term: unionTerm(id.term, replica: replica), index: id.index, sub: id.sub)
  }

  /// The number over the union of a term that a replica's own journal numbers so.
  func unionTerm(_ own: Term, replica: Int) -> Term { terms[replica][own] ?? own }

  /// The record of a request from the first replica that holds it whole; of damaged ones the first.
  public func record(of row: RequestRow) -> (replica: Int, record: JournalRecord)? {
    if let chosen = row.chosen {
      return (chosen.replica, replicas[chosen.replica].records[chosen.record])
    }
    let held = row.cells.indices.filter { row.cells[$0].record != nil }
    let replica = held.first { row.cells[$0].isReadable } ?? held.first
    guard let replica, let index = row.cells[replica].record else { return nil }
    return (replica, replicas[replica].records[index])
  }

  /// The row of a request.
  func row(_ id: RequestID) -> RequestRow? { position(id).map { rows[$0] } }

  private func position(_ id: RequestID) -> Int? {
    var (low, high) = (0, rows.count)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < rows.count && rows[low].id == id ? low : nil
  }

  /// Has a request's row lead to one record.
  mutating func choose(replica: Int, record: Int, _ digest: Digest, for id: RequestID) {
    guard let position = position(id), rows[position].chosen == nil else { return }
    rows[position].chosen = (replica, record, digest)
    rows[position].fop = replicas[replica].records[record].request.fop
  }

  private static func digests(
    _ replica: ReplicaJournal
  ) throws(Failure) -> [Term: [RequestID: Digest]] {
    var found: [Term: [RequestID: Digest]] = [:]
    try withForesight(
      replica.records, if: replica.isFar && replica.knowledge == nil,
      { for record in $0 { record.request.expectContentDigest(payload: record.payload) } },
      { record throws(Failure) in
        guard record.request.fop != .ipc, found[record.id.term]?[record.id] == nil else { return }
        // A jbr journal says the digest, and damaged content must not be read for it.
        var digest = record.details?.digest
        if digest == nil { digest = try record.request.contentDigest(payload: record.payload) }
        found[record.id.term, default: [:]][record.id] = digest
      })
    return found
  }

  private mutating func fill(_ digests: [[Term: [RequestID: Digest]]]) {
    var byID: [RequestID: RequestRow] = [:]
    let empty = replicas.map { RequestCell(journalIsDamaged: !$0.isWhole) }
    for (column, replica) in replicas.enumerated() {
      for (position, record) in replica.records.enumerated() where record.request.fop != .ipc {
        let id = unionID(record.id, replica: column)
        var row =
          byID[id] ?? RequestRow(id: id, fop: record.request.fop, cells: empty)
        // The same request twice in one journal is one request; that it has it, and whole, counts.
        let isReadable = !replica.unreadable.contains(position)
        let digest = record.details?.digest ?? digests[column][record.id.term]?[record.id]
        let isBetter =
          isReadable && !row.cells[column].isReadable && digest == row.cells[column].digest
        if row.cells[column].record == nil || isBetter {
          row.cells[column].record = position
          row.cells[column].digest = digest
          row.cells[column].isReadable = isReadable
        }
        if let details = record.details, details.copiedBy == nil {
          row.cells[column].journaledState = replica.state(of: record)
        }
        byID[id] = row
      }
    }
    for (column, replica) in replicas.enumerated() {
      for id in replica.failed {
        byID[unionID(id, replica: column)]?.cells[column].failed = true
      }
      for record in replica.records {
        guard let fop = record.request.rolledBackFop else { continue }
        let id = unionID(record.id, replica: column)
        if byID[id]?.fop.rawValue == UInt8(exactly: fop) {
          byID[id]?.cells[column].failed = true
        } else {
          orphans.append(OrphanRollback(id: id, replica: replica.name, fop: fop))
        }
      }
    }
    rows = byID.values.sorted { $0.id < $1.id }
    let decided = JournaledApplications.decided(replicas)
    for (column, replica) in replicas.enumerated() {
      noteApplications(of: replica, column, decided)
    }
    for (position, row) in rows.enumerated() where firstRows[row.id.term] == nil {
      firstRows[row.id.term] = position
    }
    extents = replicas.indices.map(makeExtents)
  }

  private mutating func noteApplications(
    of replica: ReplicaJournal, _ column: Int, _ decided: [Term: [RequestID: Digest]]
  ) {
    guard let applications = JournaledApplications(replica, decided: decided) else { return }
    for position in rows.indices {
      let row = rows[position]
      rows[position].cells[column].journaledApplication = applications.of(
        row.id, row.cells[column])
    }
  }

  private func makeExtents(_ replica: Int) -> [Term: (first: Int, highest: UInt64)] {
    var found: [Term: (first: Int, highest: UInt64)] = [:]
    for (position, record) in replicas[replica].records.enumerated() {
      let id = unionID(record.id, replica: replica)
      let known = found[id.term] ?? (first: position, highest: 0)
      found[id.term] = (known.first, max(known.highest, id.index))
    }
    return found
  }
}

extension ReplicaJournal {
  /// What a jbr journal says of a request that is no copy.
  func state(of record: JournalRecord) -> RequestState {
    let states = knowledge?.contents[record.id.term]?.states
    return states?.state(record.id.index, sub: record.id.sub) ?? .uncommitted
  }
}

extension RequestTable {
  /// All terms of the union, in order.
  public var allTerms: [Term] { firstRows.keys.sorted() }

  /// The rows of one term.
  public func rows(of term: Term) -> ArraySlice<RequestRow> {
    guard let first = firstRows[term] else { return [] }
    return rows[first...].prefix { $0.id.term == term }
  }

  /// The highest index of a term that a replica holds; nil if it holds none.
  public func highestIndex(_ replica: Int, of term: Term) -> UInt64? {
    extents.isEmpty ? nil : extents[replica][term]?.highest
  }

  /// Whether a replica can answer for all of a term: its journal is whole, and it holds the
  /// term's first index, or something before it, so that its beginning is not lost.
  ///
  /// `isLeader`: of a reign that begins its run the leader needs no first index, since
  ///   it journals last and may have failed the first requests.
  public func vouches(_ replica: Int, for term: Term, isLeader: Bool) -> Bool {
    let journal = replicas[replica]
    guard journal.isWhole, !extents.isEmpty else { return false }
    guard let own = extents[replica][term]?.first else {
      return extents[replica].keys.contains { $0 < term }
    }
    if own > 0 { return true }
    if isLeader { return journal.records[own].ordinal == 1 }
    return firstRows[term].map { rows[$0].cells[replica].record != nil } ?? false
  }
}
