/// Counts and bytes of one journal, for `jbr-journal stat`.
public struct JournalStatistics {
  struct Count {
    var records = 0
    var metaByteCount = 0
    var payloadByteCount: UInt64 = 0

    mutating func add(_ record: JournalRecord) {
      records += 1
      metaByteCount += record.record.byteCount
      payloadByteCount &+= record.request.payloadByteCount
    }
  }

  private struct Cell: Hashable, Comparable {
    var term: Term
    var fop: Fop
    static func < (left: Cell, right: Cell) -> Bool {
      (left.term, left.fop.rawValue) < (right.term, right.fop.rawValue)
    }
  }

  private let top: Int
  private var cells: [Cell: Count] = [:]
  private var total = Count()
  private var objects: [GFID: Count] = [:]
  private var paths: PathTracker?
  private var terms: Set<Term> = []

  /// - Parameter top: how many of the busiest objects are wanted; 0 keeps no account of objects.
  public init(top: Int) {
    self.top = top
    paths = top > 0 ? PathTracker() : nil
  }

  /// Steps over a record that is not counted, so that paths are right.
  public mutating func pass(_ record: JournalRecord) { paths?.apply(record.request) }

  /// Counts a record, and steps over it.
  public mutating func add(_ record: JournalRecord) {
    cells[Cell(term: record.id.term, fop: record.request.fop), default: Count()].add(record)
    total.add(record)
    terms.insert(record.id.term)
    paths?.apply(record.request)
    guard top > 0 else { return }
    let target = record.request.target
    let object = target == .null ? record.request.requestedGFID ?? .null : target
    if object != .null { objects[object, default: Count()].add(record) }
  }

  /// Writes the lines.
  ///
  /// - Parameters:
  ///   - journal: as the user named it.
  ///   - idSource: where terms come from.
  ///   - superblock: of a jbr journal, for its marks.
  ///   - writer: where the lines go.
  /// - Throws: what writing does.
  public func write(
    journal: String, idSource: IDSource, superblock: Superblock?, to writer: inout LineWriter
  ) throws(Failure) {
    for (cell, count) in cells.sorted(by: { $0.key < $1.key }) {
      try writer.write("stat") { line in
        line.field("journal", journal)
        line.field("term", cell.term.rawValue)
        line.field("fop", cell.fop.name)
        line.add(count)
      }
    }
    let busiest = objects.sorted { left, right in
      (right.value.payloadByteCount, right.value.records, left.key)
        < (left.value.payloadByteCount, left.value.records, right.key)
    }
    for (gfid, count) in busiest.prefix(top) {
      try writer.write("stat_file") { line in
        line.field("journal", journal)
        line.field("gfid", gfid)
        line.add(count)
        if let path = paths?.path(of: gfid) { line.field("path", bytes: path[...]) }
      }
    }
    try writer.write("stat_journal") { line in
      line.field("journal", journal)
      line.field("id_source", idSource.rawValue)
      line.field("terms", terms.count)
      line.add(total)
      if let superblock { line.marks(of: superblock) }
    }
  }
}

extension LineBuilder {
  /// The marks that say how far a replica has promised and decided.
  mutating func marks(of superblock: Superblock) {
    field("promise", superblock.promise)
    field("opened", superblock.opened)
    field("decided_up_to", superblock.decidedUpTo)
  }

  fileprivate mutating func add(_ count: JournalStatistics.Count) {
    field("records", count.records)
    field("meta_bytes", count.metaByteCount)
    field("payload_bytes", count.payloadByteCount)
  }
}
