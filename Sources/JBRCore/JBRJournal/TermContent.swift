/// What a term's events add up to.
public struct TermContent: Sendable {
  public private(set) var states: RequestStates
  public private(set) var totals = Trailer()
  /// Requests that are known to have reached their quorum.
  public private(set) var agreed = AgreedRanges()
  /// What sums come to that may have been applied and are not safe yet, by their index: for each
  /// xattr its value behind the sum.
  public private(set) var sums: [UInt64: [DictEntry]] = [:]
  public private(set) var isClosed = false
  public private(set) var trailer: Trailer?
  /// How many data files records name, and where the last payload of the last one ends.
  public private(set) var dataFileCount: UInt32 = 0
  public private(set) var dataEnd: UInt64 = 0

  public init(term: Term) { states = RequestStates(term: term) }

  /// Goes on behind what an index knows of a term.
  init(states: RequestStates, agreed: AgreedRanges) {
    self.states = states
    self.agreed = agreed
  }

  /// As another host has found it.
  init(
    states: RequestStates, totals: Trailer, agreed: AgreedRanges, sums: [UInt64: [DictEntry]],
    isClosed: Bool, trailer: Trailer?, dataFileCount: UInt32, dataEnd: UInt64
  ) {
    self.init(states: states, agreed: agreed)
    self.sums = sums
    (self.totals, self.trailer, self.isClosed) = (totals, trailer, isClosed)
    (self.dataFileCount, self.dataEnd) = (dataFileCount, dataEnd)
  }

  /// Counts the event with which every term begins.
  mutating func countOpening() { totals.records += 1 }

  /// Takes the next record of the log.
  ///
  /// - Throws: a `damaged` failure for an event that does not fit what came before it.
  public mutating func take(_ record: EventRecord, path: String) throws(Failure) {
    do throws(FormatError) { _ = try taking(record) } catch { throw Failure(error, path: path) }
  }

  /// Takes the next record, and tells what it says; nil for a type that is passed over.
  mutating func taking(_ record: EventRecord) throws(FormatError) -> Event? {
    guard let event = try record.event() else {
      totals.records += 1
      return nil
    }
    try take(event, record)
    return event
  }

  private mutating func take(_ event: Event, _ record: EventRecord) throws(FormatError) {
    let header = record.header
    if case .sealed(let trailer) = event {
      self.trailer = trailer
      return
    }
    totals.records += 1
    do throws(RequestStates.Illegal) {
      switch event {
      case .request(let body):
        try states.add(header.index, sub: header.sub)
        totals.requests += 1
        totals.digest.add(index: header.index, sub: header.sub, digest: body.digest)
        place(body)
      case .copied(_, let body): place(body)
      case .state(let state, let last, let results):
        try states.change(header.index, sub: header.sub, last: last, to: state)
        if header.sub == 0 { noteSums(state, header.index, last, results) }
      case .rollback: try states.rollBack(header.index, sub: header.sub)
      case .agreed(let last, _): agreed.insert(header.index, through: last)
      case .closed: isClosed = true
      default: break
      }
    } catch {
      throw FormatError(.event(error.message), "index", at: record.offset + 24)
    }
  }

  /// Remembers what a sum comes to until that is safe.
  private mutating func noteSums(
    _ state: RequestState, _ first: UInt64, _ last: UInt64, _ results: [DictEntry]
  ) {
    switch state {
    case .inProgress: if !results.isEmpty { sums[first] = results }
    case .committed, .invalid:
      guard !sums.isEmpty else { return }
      if last - first < UInt64(sums.count) {
        for index in first...last { sums[index] = nil }
      } else {
        sums = sums.filter { !(first...last).contains($0.key) }
      }
    case .uncommitted, .needFsync: break
    }
  }

  private mutating func place(_ body: RequestBody) {
    place(body.dataFile, body.dataOffset, body.dataLength)
  }

  private mutating func place(_ file: UInt32, _ offset: UInt64, _ length: UInt64) {
    guard file > 0 else { return }
    if file > dataFileCount { dataEnd = 0 }
    dataFileCount = max(dataFileCount, file)
    guard file == dataFileCount else { return }
    let (end, overflow) = offset.addingReportingOverflow(length)
    dataEnd = overflow ? .max : max(dataEnd, (end &+ 7) & ~7)
  }

  /// Counts a request whose index is known to be new.
  mutating func count(
    _ header: EventHeader, digest: Digest, dataFile: UInt32, dataOffset: UInt64,
    dataLength: UInt64
  ) {
    guard (try? states.add(header.index, sub: header.sub)) != nil else { return }
    totals.records += 1
    totals.requests += 1
    totals.digest.add(index: header.index, sub: header.sub, digest: digest)
    place(dataFile, dataOffset, dataLength)
  }
}
