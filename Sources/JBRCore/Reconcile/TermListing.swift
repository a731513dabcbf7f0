/// What one replica holds of one term.
public struct TermListing: Sendable {
  public var replica: String
  public var term: Term
  /// The first and last index that it holds; nil where it holds nothing of the term.
  public var indices: ClosedRange<UInt64>?
  public var held = 0
  public var rolledBack = 0
  public var damaged = 0
  /// Indices that other replicas hold and this one does not.
  public var absent = IndexRanges()
  /// Indices between first and last that no replica holds: JBR gives them to fops that it does
  /// not journal, an open for example.
  public var gaps = IndexRanges()
  /// In the meta files.
  public var metaByteCount = 0
  /// In the data files.
  public var payloadByteCount: UInt64 = 0
  /// Whether the replica can answer for all of the term.
  public var vouches = false
}

/// A set of indices, as ranges.
public struct IndexRanges: Sendable, Equatable {
  public private(set) var ranges: [ClosedRange<UInt64>] = []
  public private(set) var count: UInt64 = 0

  public init() {}

  /// Adds an index, which must not be below those already there.
  mutating func add(_ index: UInt64) {
    if let last = ranges.last, index <= last.upperBound { return }
    count += 1
    if let last = ranges.last, last.upperBound &+ 1 == index {
      ranges[ranges.count - 1] = last.lowerBound...index
    } else {
      ranges.append(index...index)
    }
  }

  /// Adds a range above those already there.
  mutating func add(_ range: ClosedRange<UInt64>) {
    count += range.upperBound - range.lowerBound + 1
    ranges.append(range)
  }
}

extension RequestTable {
  /// One listing for each replica and term.
  ///
  /// `includes`: which requests count.
  public func listings(
    leader: Int? = nil, including includes: (RequestRow) -> Bool = { _ in true }
  ) -> [TermListing] {
    var found: [TermListing] = []
    for term in allTerms {
      let rows = rows(of: term).filter(includes)
      for column in replicas.indices {
        found.append(listing(rows, term, column, isLeader: column == leader))
      }
    }
    return found
  }

  private func listing(
    _ rows: [RequestRow], _ term: Term, _ column: Int, isLeader: Bool
  ) -> TermListing {
    var listing = TermListing(replica: replicas[column].name, term: term)
    listing.vouches = vouches(column, for: term, isLeader: isLeader)
    var previous: UInt64?
    for row in rows {
      let cell = row.cells[column]
      switch cell.state {
      case .held: listing.held += 1
      case .rolledBack: listing.rolledBack += 1
      case .damaged: listing.damaged += 1
      case .absent: listing.absent.add(row.id.index)
      }
      if let previous, row.id.index > previous + 1 {
        listing.gaps.add(previous + 1...row.id.index - 1)
      }
      previous = row.id.index
      guard let position = cell.record else { continue }
      let record = replicas[column].records[position].record
      listing.metaByteCount += record.byteCount
      listing.payloadByteCount += record.request.payloadByteCount
      listing.indices = (listing.indices?.lowerBound ?? row.id.index)...row.id.index
    }
    return listing
  }
}

extension TermListing {
  /// Writes the listing's fields.
  public func write(to line: inout LineBuilder, idSource: IDSource) {
    line.field("replica", replica)
    line.field("term", term.rawValue)
    line.field("id_source", idSource.rawValue)
    if let indices {
      line.field("first", indices.lowerBound)
      line.field("last", indices.upperBound)
    }
    line.field("held", held)
    line.field("rolled_back", rolledBack)
    line.field("absent", absent.count)
    line.field("damaged", damaged)
    line.field("bytes", metaByteCount)
    line.field("payload_bytes", payloadByteCount)
    line.field("vouches", vouches)
    line.array("missing") { write(absent, to: &$0) }
    line.array("gaps") { write(gaps, to: &$0) }
  }

  private func write(_ ranges: IndexRanges, to list: inout LineBuilder) {
    for range in ranges.ranges {
      list.element { line in
        line.field("first", range.lowerBound)
        line.field("last", range.upperBound)
      }
    }
  }
}

extension RequestRow {
  /// Writes the request's state on every replica.
  ///
  /// `isFirst`: whether it is the first in which replicas diverge.
  public func write(to line: inout LineBuilder, _ table: RequestTable, isFirst: Bool) {
    line.field("id", id.description)
    line.field("term", id.term.rawValue)
    line.field("index", id.index)
    line.field("fop", fop.name)
    line.object("replicas") { object in
      for (replica, cell) in zip(table.replicas, cells) {
        object.field(replica.name, cell.state.rawValue)
      }
    }
    line.field("diverges", diverges)
    if isFirst { line.field("first_divergence", true) }
    if isConflict {
      line.object("digests") { object in
        for (replica, cell) in zip(table.replicas, cells) {
          if let digest = cell.digest { object.field(replica.name, digest.description) }
        }
      }
    }
  }
}

extension OrphanRollback {
  /// Writes what is known of the rollback.
  public func write(to line: inout LineBuilder) {
    line.field("id", id.description)
    line.field("replica", replica)
    line.field("fop_number", fop)
  }
}
