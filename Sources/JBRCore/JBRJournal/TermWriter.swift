/// A group of a term's events with the payloads that they name.
struct TermGroup: Sendable {
  let term: Term
  /// Data files that are full, of which what is preallocated is cut.
  let full: [DataAppender]
  let data: (any DiskFile)?
  let log: LogGroup
  /// Why the term takes nothing any more.
  let failure: Failure?

  /// Makes payloads durable, and then the events that name them.
  func write() throws(Failure) {
    if let failure { throw failure }
    for file in full {
      var file = file
      try file.trim()
    }
    try data?.synchronize()
    try log.write()
  }
}

/// Writes one term: its event log, its data files, its trailer.
///
/// A group of events is acknowledged by `commit` returning: payloads of data files are durable
/// by then, and the events after them. After any failed write or flush nothing more is taken.
public struct TermWriter {
  public let term: Term
  private let maker: JournalFileMaker
  private let limits: WriterLimits
  private var log: LogAppender
  private var data: DataAppender?
  /// Data files that are full, and whose last payloads the next group makes durable. While the
  /// group before it is written nobody else may flush a file of its: a disk tells an error once.
  private var full: [DataAppender] = []
  private var dataFileCount: UInt32
  /// What is known of the requests so far.
  public private(set) var states: RequestStates
  private var totals: Trailer
  private var overlaps: OverlapTracker
  /// How many more bytes may come before the disk is asked again how much is free.
  private var admitted = 0
  private static let admittedMax = 1 << 20
  public private(set) var isClosed: Bool
  public private(set) var isSealed = false
  /// The error after which nothing more is taken.
  public private(set) var failure: Failure?

  /// Takes over a term that was made or recovered.
  init(_ recovered: RecoveredTerm, _ maker: JournalFileMaker, _ limits: WriterLimits) {
    term = recovered.states.term
    self.maker = maker
    self.limits = limits
    log = recovered.log
    data = recovered.data
    dataFileCount = recovered.dataFileCount
    states = recovered.states
    totals = recovered.totals
    overlaps = recovered.overlaps
    isClosed = recovered.isClosed
  }

  /// Takes a group of events, and returns when it is durable.
  ///
  /// The answer names the requests among them, in order. An event that does not fit what came
  /// before it is refused, and with it the group; of a full disk the same.
  public mutating func commit(_ events: [NewEvent]) throws(Failure) -> [RequestID] {
    let ids = try stage(events)
    try flush()
    return ids
  }

  /// Takes events into the group that gathers; they count once `take` has given that out and it
  /// was written.
  mutating func stage(_ events: [NewEvent]) throws(Failure) -> [RequestID] {
    if let failure { throw failure }
    guard !isSealed else { throw refused("term \(term) is frozen: it takes nothing more") }
    let before = (log.mark, data, dataFileCount, states, totals)
    let fullCount = full.count
    var ids: [RequestID] = []
    do throws(Failure) {
      try admit(events)
      for event in events {
        if let id = try add(event) { ids.append(id) }
      }
      try log.allocate(reserve: stateReserve)
    } catch {
      let wroteData = data?.position != before.1?.position
      log.discard(to: before.0)
      (data, dataFileCount, states, totals) = (before.1, before.2, before.3, before.4)
      full.removeLast(full.count - fullCount)
      // It may know of requests that are not there now; what it forgets is only found later.
      overlaps = OverlapTracker()
      // Of a data file nothing counts that no record names.
      if wroteData && error.status == .ioError && error.errno != noSpace { failure = error }
      throw error
    }
    return ids
  }

  /// Ends the group that gathers. The one before it must have been written and settled.
  mutating func take() -> TermGroup {
    defer { full = [] }
    return TermGroup(
      term: term, full: full, data: data?.takeDirty(), log: log.take(), failure: failure)
  }

  /// Learns what became of a group. After a failure nothing more is taken: what is on the disk
  /// then nobody knows; only a recovery can tell.
  mutating func settle(_ group: TermGroup, _ failure: Failure?) {
    self.failure = self.failure ?? failure
    log.recycle(group.log)
  }

  private mutating func flush() throws(Failure) {
    let group = take()
    do throws(Failure) { try group.write() } catch {
      settle(group, error)
      throw error
    }
    settle(group, nil)
  }

  /// What state changes of the requests that are not final yet may still need.
  private var stateReserve: Int {
    let open = states.count(.uncommitted) &+ states.count(.inProgress) &+ states.count(.needFsync)
    return 1 << 16 + Int(clamping: min(open, 1 << 20)) * 3 * (EventHeader.byteCount + 24)
  }

  /// Refuses requests where space runs low, before anything is written.
  private mutating func admit(_ events: [NewEvent]) throws(Failure) {
    var wanted = 0
    for case .request(let new) in events {
      wanted += (new.payload?.count ?? 0) + EventHeader.byteCount
    }
    guard wanted > admitted else {
      admitted -= wanted
      return
    }
    let free = try maker.disk.freeByteCount(maker.directory)
    guard wanted <= free - limits.reserveByteCount else {
      admitted = 0
      throw Failure(
        .ioError,
        "No space left on device: \(free) bytes are free, of which \(limits.reserveByteCount) are kept; nothing of the request was journaled",
        path: maker.directory, errno: noSpace)
    }
    // Asked again long before others could have used up what was free.
    admitted = min(Self.admittedMax, (free - limits.reserveByteCount - wanted) / 16)
  }

  private mutating func add(_ event: NewEvent) throws(Failure) -> RequestID? {
    var about = LogAppender.About(time: maker.disk.time())
    switch event {
    case .request(let new): return try add(new)
    case .state(let state, let index, let sub, let last, let results):
      try legal { states throws(RequestStates.Illegal) in
        try states.change(index, sub: sub, last: last, to: state)
      }
      (about.index, about.sub) = (index, sub)
      log.add(.state(state, last: last, results: results), about)
    case .rollback(let index, let sub, let digest):
      (about.index, about.sub) = (index, sub)
      try legal { states throws(RequestStates.Illegal) in
        try states.rollBack(index, sub: sub)
      }
      log.add(.rollback(digest), about)
    case .agreed(let first, let last, let byDecision):
      guard first <= last else { throw refused("\(first)..\(last) are no requests") }
      about.index = first
      log.add(.agreed(last: last, byDecision: byDecision), about)
    case .decision(let decision): log.add(.decision(decision), about)
    case .mark: log.add(.mark, about)
    }
    totals.records += 1
    return nil
  }

  private mutating func add(_ new: NewRequest) throws(Failure) -> RequestID {
    let isCopy = new.copiedBy != nil
    guard !isClosed || isCopy else {
      throw refused("term \(term) is draining: it takes state changes only")
    }
    let count = new.request.payloadByteCount
    guard UInt64(new.payload?.count ?? 0) == count else {
      throw Failure(
        .damaged, "\(count) bytes of payload are missing: dump with --payload base64",
        field: "payload")
    }
    guard count <= UInt64(limits.payloadByteCountMax) else {
      throw Failure(
        .usage, "\(count) bytes are more than a request may carry: \(limits.payloadByteCountMax)",
        field: "payload")
    }
    let index = new.index ?? (states.indices.map { $0.upperBound &+ 1 } ?? 1)
    let id = RequestID(term: term, index: index, sub: new.sub)
    if !isCopy {
      try legal { states throws(RequestStates.Illegal) in try states.add(index, sub: new.sub) }
    }
    let about = LogAppender.About(
      fop: new.request.fop.rawValue, index: index, sub: new.sub, gfid: new.request.identityGFID,
      time: new.time ?? maker.disk.time())
    let digest = try new.digest()
    try write(new, digest, about)
    tally(id, digest, isCopy: isCopy)
    for overlap in overlaps.add(id, new.request) {
      log.add(.overlap(overlap), LogAppender.About(index: index, sub: new.sub, time: about.time))
      totals.records += 1
    }
    return id
  }

  private mutating func tally(_ id: RequestID, _ digest: Digest, isCopy: Bool) {
    totals.records += 1
    guard !isCopy else { return }
    totals.requests += 1
    totals.digest.add(index: id.index, sub: id.sub, digest: digest)
  }

  private mutating func write(
    _ new: NewRequest, _ digest: Digest, _ about: LogAppender.About
  ) throws(Failure) {
    var body = RequestBody(
      client: new.client, digest: digest, failed: new.failed,
      dataLength: UInt64(new.payload?.count ?? 0),
      arguments: new.encodedArguments[...])
    var inline: [UInt8] = []
    var checksum: UInt64?
    if let payload = new.payload, payload.count > 0 {
      if payload.count <= min(limits.inlineByteCount, EventHeader.inlineByteCountMax) {
        inline = try payload.read()
      } else {
        let place = try appendData(payload, about)
        body.dataFile = place.file
        body.dataOffset = UInt64(place.offset)
        checksum = place.checksum
      }
    }
    let event = new.copiedBy.map { Event.copied(attempt: $0, body) } ?? .request(body)
    let bodyByteCount = body.byteCount + 8
    guard bodyByteCount <= EventHeader.bodyByteCountMax else {
      throw Failure(
        .usage, "\(bodyByteCount) bytes of arguments are more than a record may carry",
        field: "body_length")
    }
    log.add(event, about, inline: inline[...], dataChecksum: checksum)
  }

  private mutating func appendData(
    _ payload: Payload, _ about: LogAppender.About
  ) throws(Failure) -> (file: UInt32, offset: Int, checksum: UInt64) {
    var current: DataAppender
    if let data, data.position < limits.dataFileByteCount {
      current = data
    } else {
      if let data { full.append(data) }
      current = try maker.makeData(term, dataFileCount + 1)
      dataFileCount += 1
    }
    try current.allocate(ExtentHeader.byteCount + pad8(payload.count))
    defer { data = current }
    let place = try current.append(payload, about)
    return (current.number, place.offset, place.checksum)
  }

  /// Runs a change of the states, and says in the user's words what does not fit.
  private mutating func legal(
    _ change: (inout RequestStates) throws(RequestStates.Illegal) -> Void
  ) throws(Failure) {
    do throws(RequestStates.Illegal) { try change(&states) } catch {
      throw refused(error.message)
    }
  }

  private func refused(_ message: String) -> Failure {
    Failure(.refused, message, path: maker.path(JournalNames.events(term)))
  }
}

extension TermWriter {
  /// No further request comes; state changes may.
  public mutating func close() throws(Failure) {
    if let failure { throw failure }
    guard !isClosed else { return }
    log.add(.closed, LogAppender.About(time: maker.disk.time()))
    totals.records += 1
    try flush()
    isClosed = true
  }

  /// Freezes the term: writes the trailer, behind which nothing comes.
  ///
  /// - Throws: `refused` while requests are neither committed nor invalid.
  public mutating func seal() throws(Failure) {
    try close()
    guard !isSealed else { return }
    guard states.areFinal else {
      let open = totals.requests &- states.count(.committed) &- states.count(.invalid)
      throw refused("\(open) requests are neither committed nor invalid: the term cannot freeze")
    }
    do throws(Failure) { try writeTrailer() } catch {
      failure = error
      throw error
    }
    isSealed = true
  }

  private mutating func writeTrailer() throws(Failure) {
    try data?.trim()
    totals.firstIndex = states.indices?.lowerBound ?? 0
    totals.lastIndex = states.indices?.upperBound ?? 0
    totals.committed = states.count(.committed)
    totals.invalid = states.count(.invalid)
    totals.dataFiles = []
    for number in 0..<dataFileCount {
      totals.dataFiles.append(try maker.openData(term, number + 1).trailerEntry())
    }
    log.add(.sealed(totals), LogAppender.About(time: maker.disk.time()))
    try log.flush()
    try log.trim()
  }
}

extension ByteSource {
  /// The length and digest of all bytes, read block by block.
  func trailerEntry() throws(Failure) -> Trailer.DataFile {
    var hasher = ContentHasher()
    var done = 0
    while true {
      let bytes = try read(at: done, count: DataFile.blockByteCount)
      if bytes.isEmpty { break }
      hasher.update(bytes)
      done += bytes.count
    }
    return Trailer.DataFile(byteCount: UInt64(done), digest: hasher.digest())
  }
}

extension RequestStates.Illegal {
  /// What does not fit, in the user's words.
  public var message: String {
    func naming(_ first: UInt64, _ last: UInt64) -> String {
      first == last ? "request \(first)" : "requests \(first)..\(last)"
    }
    return switch self {
    case .duplicate(let id): "request \(id) is there already"
    case .unknown(let first, let last): "there is no \(naming(first, last))"
    case .change(let first, let last, let from, let to):
      "\(naming(first, last)): \(from.name) cannot become \(to.name)"
    }
  }
}
