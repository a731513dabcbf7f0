extension JournalFiles {
  /// Whether it is a jbr journal on another host.
  var isFar: Bool { terms?.contains { $0.events is any FarLog } ?? false }

  /// The parts of which each is read by itself: the terms of a jbr journal on another host, which
  /// may be known already; of any other journal, all of it.
  var parts: [JournalFiles] {
    guard isFar, let terms else { return [self] }
    return terms.enumerated().map { place, term in
      var part = self
      part.terms = [term]
      if place > 0 { part.missing = [] }
      return part
    }
  }
}

extension TermFiles {
  /// Has all records of a term looked at that lie among those of some blocks, in their order.
  func look(
    among blocks: [UInt64: RequestBlock], _ look: (EventRecord) -> Void
  ) throws(Failure) {
    for stretch in stretches(of: blocks) {
      var reader = try TermReader(self)
      reader.seek(to: stretch.lowerBound, readingAhead: true)
      // Ends at the first record that is left, and at the log's end.
      _ = try reader.next { record, _, _ throws(Failure) in
        guard record.offset < stretch.upperBound else { return false }
        look(record)
        return true
      }
    }
  }

  /// The requests of some of a term's blocks, in the order in which they stand in the log.
  ///
  /// - Throws: errors of the disk; damage is passed over, which summing them up has met.
  func requests(
    in blocks: [UInt64: RequestBlock], blockSize: UInt64 = RequestBlock.size
  ) throws(Failure) -> [JournalRecord] {
    var found: [JournalRecord] = []
    for place in stretches(of: blocks) {
      var stretch = TermStretch(self, try TermReader(self), place)
      while let record = try stretch.next({ blocks[$0.header.index / blockSize] != nil }) {
        found.append(record)
      }
    }
    return found
  }

  /// Where the records of some blocks lie, each place once, though blocks may overlap.
  private func stretches(of blocks: [UInt64: RequestBlock]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    for block in blocks.values.sorted(by: { $0.start < $1.start }) {
      let start = max(block.start, found.last?.upperBound ?? 0)
      if start < block.end { found.append(start..<block.end) }
    }
    return found
  }
}

/// Reads the requests of a stretch of a term's log.
struct TermStretch {
  private let term: Term
  private let path: String
  private var reader: TermReader
  private let end: Int
  private var isOver = false

  /// At the beginning of `place` a record is known to begin.
  init(_ files: TermFiles, _ reader: TermReader, _ place: Range<Int>) {
    term = files.term
    path = files.events?.path ?? ""
    self.reader = reader
    end = place.upperBound
    self.reader.seek(to: place.lowerBound, readingAhead: true)
  }

  /// The next request that is wanted; nil behind the stretch.
  mutating func next(
    _ isWanted: (EventRecord) -> Bool
  ) throws(Failure) -> JournalRecord? {
    let types = [EventType.request.rawValue, EventType.copied.rawValue]
    let end = end
    while !isOver {
      var isBehind = false
      let item = try reader.next { record, _, _ throws(Failure) in
        if record.offset >= end {
          isBehind = true
          return false
        }
        return !types.contains(record.header.type) || !isWanted(record)
      }
      guard let item, !isBehind else {
        isOver = true
        break
      }
      switch item {
      case .request(let record, let request, let body, let details, let payload):
        return JournalRecord(
          record, request, body, details, payload, term, path, ordinal: 0)
      case .damage, .event, .end: continue
      }
    }
    return nil
  }
}
