/// What the log of a term adds up to: enough to see where replicas differ, and to write on.
struct TermSums: Sendable {
  var content: TermContent
  var end: LogEnd?
  /// How long the log is.
  var byteCount: Int
  /// What one must know to go on behind the last record; nil behind damage.
  var resume: LogPoint?
  /// The same in front of the trailer, where there is one.
  var trailer: LogPoint?
  var blocks: [UInt64: RequestBlock]
  /// The indices that the leader has failed, as its requests say.
  var failed: AgreedRanges
  var damages: [LogDamage] = []

  /// Whether all is as a writer leaves it.
  var isOrdinary: Bool {
    if case .torn = end { return false }
    return end != nil && damages.isEmpty && resume != nil
  }
}

extension TermSums {
  /// Reads a term's log from its beginning to its end.
  ///
  /// `checkingPayloads`: whether payloads in data files are read too; requests whose payload is
  ///   damaged are special then.
  /// - Throws: a `damaged` failure for a log that cannot be begun with; errors of the disk. Other
  ///   damage is noted.
  init(
    _ files: TermFiles, blockSize: UInt64 = RequestBlock.size, checkingPayloads: Bool = false
  ) throws(Failure) {
    var maker = TermSumsMaker(blockSize: blockSize, checksPayloads: checkingPayloads)
    self = try maker.read(files)
  }
}

extension TermFiles {
  /// What the log adds up to, with its end: summed up where it lies, if that is another host and
  /// all is as a writer leaves it.
  func sums(
    blockSize: UInt64 = RequestBlock.size
  ) throws(Failure) -> (sums: TermSums, end: TermEnd) {
    let far = blockSize == RequestBlock.size ? try farSums(checkingPayloads: false) : nil
    if let far { return far }
    let sums = try TermSums(self, blockSize: blockSize)
    return (sums, try end(of: sums))
  }

  /// The sums of a log on another host; nil where it is not, or something about it is unusual, or it
  /// cannot be begun with: what is wrong is told by reading it.
  func farSums(checkingPayloads: Bool) throws(Failure) -> (sums: TermSums, end: TermEnd)? {
    guard let log = events as? any FarLog else { return nil }
    do throws(Failure) {
      guard let sums = try log.termSums(checkingPayloads: checkingPayloads) else { return nil }
      return (sums, try end(of: sums))
    } catch {
      guard error.status == .damaged else { throw error }
      return nil
    }
  }

  private func end(of sums: TermSums) throws(Failure) -> TermEnd {
    TermEnd(
      term: term, path: events?.path ?? "", end: sums.end, content: sums.content,
      byteCount: sums.byteCount, header: try TermReader(self).header)
  }
}

private struct TermSumsMaker {
  /// How many bytes of payloads are checked at once.
  private static let checkedByteCount = 1 << 28

  var blocks: RequestBlocks
  var failed = AgreedRanges()
  var damages: [LogDamage] = []
  var trailer: LogPoint?
  var checks = PayloadChecks()
  /// The requests whose payloads wait for their check.
  var checked: [UInt64] = []
  let checksPayloads: Bool

  init(blockSize: UInt64, checksPayloads: Bool) {
    blocks = RequestBlocks(size: blockSize)
    self.checksPayloads = checksPayloads
  }

  mutating func read(_ files: TermFiles) throws(Failure) -> TermSums {
    var reader = try TermReader(files)
    var found: TermEnd?
    while let item = try reader.next({ record, content, _ throws(Failure) in
      guard let body = record.plainRequest(content) else {
        return !checksPayloads && takeSpecial(record, &content)
      }
      // Where a payload lies in a data file only the reader knows.
      if checksPayloads, body.dataFile > 0 { return false }
      content.count(
        record.header, digest: body.digest, dataFile: body.dataFile,
        dataOffset: body.dataOffset, dataLength: body.dataLength)
      take(record, body, isSpecial: false)
      return true
    }) {
      switch item {
      case .request(let record, _, let body, let details, let payload):
        try take(record, body, details, payload)
      case .damage(let damage): damages.append(damage)
      case .end(let end): found = end
      case .event(let record, _): note(record)
      }
    }
    try check()
    blocks.finish()
    guard let found else {
      throw Failure(.damaged, "has no end", path: files.events?.path)
    }
    return TermSums(
      content: found.content, end: found.end, byteCount: found.byteCount,
      resume: reader.resumePoint, trailer: trailer, blocks: blocks.found, failed: failed,
      damages: damages)
  }

  private mutating func take(_ record: EventRecord, _ body: RequestBody, isSpecial: Bool) {
    for range in body.failed { failed.insert(range.lowerBound, through: range.upperBound) }
    blocks.take(record, body.digest, isSpecial: isSpecial)
  }

  /// Takes a request that is not plain without a look at its payload; false for what the reader
  /// itself must judge.
  private mutating func takeSpecial(_ record: EventRecord, _ content: inout TermContent) -> Bool {
    guard record.payloadIsWhole, Fop(rawValue: record.header.fop) != nil,
      let body = (try? record.event())?.requestBody,
      (try? content.take(record, path: "")) != nil
    else { return false }
    take(record, body, isSpecial: true)
    return true
  }

  /// Takes a request that the reader has decoded.
  private mutating func take(
    _ record: EventRecord, _ body: RequestBody, _ details: JournaledDetails, _ payload: Payload?
  ) throws(Failure) {
    // One that is plain was given to the reader for the sake of its payload alone.
    let isPlain =
      checksPayloads && body.dataFile > 0 && details.copiedBy == nil && record.header.sub == 0
      && record.payloadIsWhole && payload != nil
    take(record, body, isSpecial: !isPlain)
    guard isPlain, let payload else { return }
    checks.add(payload, tag: checked.count)
    checked.append(record.header.index)
    if checks.byteCount > Self.checkedByteCount { try check() }
  }

  private mutating func check() throws(Failure) {
    for (tag, failure) in checks.run() {
      guard failure.status == .damaged else { throw failure }
      blocks.mark(checked[tag])
    }
    checked = []
  }

  private mutating func note(_ record: EventRecord) {
    guard record.header.type == EventType.sealed.rawValue else { return }
    trailer = record.point
  }
}

extension Event {
  /// The body of a request, be it the leader's or a copy; nil for any other event.
  var requestBody: RequestBody? {
    switch self {
    case .request(let body), .copied(_, let body): body
    default: nil
    }
  }
}

extension EventRecord {
  /// The body of a request that is whole and the first of its name; nil for anything else, which
  /// the reader itself then judges.
  func plainRequest(_ content: TermContent) -> RequestBody? {
    guard header.type == EventType.request.rawValue, payloadIsWhole, header.sub == 0,
      Fop(rawValue: header.fop) != nil, let event = try? event(), case .request(let body) = event,
      content.states.state(header.index) == nil,
      !content.states.overtaken.contains(RequestID(term: content.states.term, index: header.index))
    else { return nil }
    return body
  }
}
