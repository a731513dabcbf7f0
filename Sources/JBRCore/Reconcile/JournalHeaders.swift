/// A request without its content: its name, what it works on, and a digest that tells it apart.
public struct RequestHeader: Sendable {
  var index: UInt64
  var sub: UInt32
  var fop: UInt8
  var gfid: GFID
  /// In a jbr journal of the whole request; in an fdl journal without the payload.
  var digest: Digest
  var payloadByteCount: UInt64

  var key: RequestKey { RequestKey(index: index, sub: sub) }
}

/// A request's name within its term.
struct RequestKey: Hashable, Comparable, Sendable {
  var index: UInt64
  var sub: UInt32

  static func < (left: RequestKey, right: RequestKey) -> Bool {
    (left.index, left.sub) < (right.index, right.sub)
  }
}

/// What one replica holds of one term, without contents.
struct TermHeaders: Sendable {
  /// Ascending, each name once.
  var requests: [RequestHeader] = []
  /// Requests that the replica knows to have failed, with the fop that a rollback names, if it
  /// does.
  var failed: [RequestKey: UInt64?] = [:]
  /// nil in an fdl journal, which has neither states nor agreed marks.
  var states: RequestStates?
  var agreed = AgreedRanges()
  var isTorn = false
  var isDamaged = false

  /// Whether the replica knows that a request failed.
  func failed(_ key: RequestKey, fop: UInt8) -> Bool {
    guard !failed.isEmpty, let rolledBack = failed[key] else { return false }
    return rolledBack.map { $0 == UInt64(fop) } ?? true
  }

  fileprivate mutating func sort() {
    // The first of two with the same name counts, as everywhere; nearly always all is in order.
    let isSorted = zip(requests, requests.dropFirst()).allSatisfy { $0.key < $1.key }
    guard !isSorted else { return }
    let inOrder = requests.enumerated().sorted {
      ($0.element.key, $0.offset) < ($1.element.key, $1.offset)
    }
    requests = []
    for (_, request) in inOrder where requests.last?.key != request.key {
      requests.append(request)
    }
  }
}

/// What a replica's journal says without its contents: no data file is opened.
public struct JournalHeaders: Sendable {
  public var name: String
  public var idSource: IDSource
  var terms: [Term: TermHeaders] = [:]
  /// nil in an fdl journal, and where it is lost.
  public private(set) var superblock: Superblock?
  public private(set) var damages: [Failure] = []
  /// Whether there is damage that is not of one term alone.
  private(set) var isDamaged = false
  public private(set) var torn: [Failure] = []
  public private(set) var stale: [String] = []

  public var isWhole: Bool { damages.isEmpty }

  /// Reads a journal's headers from beginning to end.
  ///
  /// - Parameters:
  ///   - name: the replica's.
  ///   - files: as `JournalFiles.find` finds them for somebody who leaves the data.
  ///   - known: what other journals were read with, as for `ReplicaJournal`.
  /// - Throws: errors of the disk.
  public init(
    name: String, files: JournalFiles, known: KnownBlocks<RequestHeader>? = nil
  ) throws(Failure) {
    self.name = name
    idSource = .journal
    superblock = files.superblock?.superblock
    if let terms = files.terms {
      note(files.missing)
      for term in terms where try !readFar(term, known) { try read(term, known) }
    } else {
      var reader = try JournalReader(files)
      idSource = reader.idSource
      try read(&reader)
    }
    for term in terms.keys { terms[term]?.sort() }
  }

  private mutating func note(_ failures: [Failure]) {
    damages += failures
    if !failures.isEmpty { isDamaged = true }
  }

  /// Numbers the terms anew, as reigns are numbered over all journals.
  mutating func renumber(_ numbers: [Term: Term]) {
    terms = Dictionary(
      terms.map { (numbers[$0.key] ?? $0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}

// fdl journals.
extension JournalHeaders {
  private mutating func read(_ reader: inout JournalReader) throws(Failure) {
    var last: Term?
    while let item = try reader.next() {
      switch item {
      case .record(let record):
        let illegalities = record.illegalities
        note(illegalities)
        if illegalities.isEmpty { take(record) }
        last = record.id.term
      case .damage(let failure): note([failure])
      case .fileEnd(let end):
        guard case .torn(let offset) = end.end else { break }
        torn.append(
          Failure(
            .found, "the record was never finished: a torn tail", path: end.pair.meta.path,
            at: .offset(offset), field: "ext_length"))
        terms[last ?? Term(1), default: TermHeaders()].isTorn = true
      case .stale(let pair): stale.append(pair.meta.path)
      case .event, .termEnd: break
      }
    }
  }

  private mutating func take(_ record: JournalRecord) {
    let key = RequestKey(index: record.id.index, sub: record.id.sub)
    let request = record.request
    if let fop = request.rolledBackFop {
      terms[record.id.term, default: TermHeaders()].failed[key] = .some(fop)
    } else if request.fop != .ipc {
      terms[record.id.term, default: TermHeaders()].requests.append(
        RequestHeader(
          index: key.index, sub: key.sub, fop: request.fop.rawValue, gfid: request.identityGFID,
          digest: request.contentDigest, payloadByteCount: request.payloadByteCount))
    }
  }
}

// jbr journals.
extension JournalHeaders {
  /// Takes a term of a journal on another host from its sums, and the headers that nobody knows.
  ///
  /// - Returns: false where all must be read.
  private mutating func readFar(
    _ files: TermFiles, _ known: KnownBlocks<RequestHeader>?
  ) throws(Failure) -> Bool {
    guard let (sums, end) = try files.farSums(checkingPayloads: false) else { return false }
    var headers = TermHeaders()
    let (values, unknown) = sums.parted(known, in: files.term)
    headers.requests = Array(values.joined())
    var sorter = BlockSorter<RequestHeader>()
    try files.look(among: unknown) { record in
      guard unknown[record.header.index / RequestBlock.size] != nil,
        let header = RequestHeader(record)
      else { return }
      headers.requests.append(header)
      sorter.take(header, record, of: files.term)
    }
    if let known { sorter.teach(known) }
    finish(&headers, end, files)
    terms[files.term] = headers
    return true
  }

  private mutating func read(
    _ files: TermFiles, _ known: KnownBlocks<RequestHeader>?
  ) throws(Failure) {
    var headers = TermHeaders()
    defer { terms[files.term] = headers }
    var sorter = BlockSorter<RequestHeader>()
    var reader: TermReader
    do throws(Failure) { reader = try TermReader(files) } catch {
      guard error.status == .damaged else { throw error }
      headers.isDamaged = true
      damages.append(error)
      return
    }
    while let item = try reader.next({ record, content, _ throws(Failure) in
      let count = headers.requests.count
      guard headers.take(record, &content) else { return false }
      if known != nil, headers.requests.count > count {
        sorter.take(headers.requests[count], record, of: files.term)
      }
      return true
    }) {
      switch item {
      case .damage(let damage):
        headers.isDamaged = true
        damages.append(damage.failure)
      case .end(let end): finish(&headers, end, files)
      case .request, .event: break
      }
    }
    if let known { sorter.teach(known) }
  }

  private mutating func finish(_ headers: inout TermHeaders, _ end: TermEnd, _ files: TermFiles) {
    headers.states = end.content.states
    headers.agreed = end.content.agreed
    for id in end.content.states.failed {
      headers.failed[RequestKey(index: id.index, sub: id.sub)] = .some(nil)
    }
    if case .torn(let offset) = end.end {
      headers.isTorn = true
      torn.append(
        Failure(
          .found, "records were never finished: a torn tail", path: end.path,
          at: .offset(offset), field: "type"))
    }
    for number in 0..<end.content.dataFileCount where files.data[number + 1] == nil {
      headers.isDamaged = true
      damages.append(
        Failure(
          .damaged, "data file \(number + 1) of term \(files.term) is missing", path: end.path))
    }
  }
}

extension TermHeaders {
  /// Takes a record with a request; false for any other, and for what is damaged: the reader
  /// itself then says what is wrong.
  fileprivate mutating func take(_ record: EventRecord, _ content: inout TermContent) -> Bool {
    let header = record.header
    guard let request = RequestHeader(record) else { return false }
    if header.type == EventType.request.rawValue {
      guard content.states.state(header.index, sub: header.sub) == nil else { return false }
    }
    guard (try? content.take(record, path: "")) != nil else { return false }
    // What stands inline is read with the log: a copy that is damaged is none.
    if record.payloadIsWhole { requests.append(request) }
    return true
  }
}

extension RequestHeader {
  /// nil for a record that is none of a request.
  fileprivate init?(_ record: EventRecord) {
    let header = record.header
    guard Fop(rawValue: header.fop) != nil, let body = (try? record.event())?.requestBody else {
      return nil
    }
    self.init(
      index: header.index, sub: header.sub, fop: header.fop, gfid: header.gfid,
      digest: body.digest, payloadByteCount: body.dataLength)
  }
}

extension BlockSorter<RequestHeader> {
  fileprivate mutating func take(_ value: RequestHeader, _ record: EventRecord, of term: Term) {
    take(
      value, RequestID(term: term, index: value.index, sub: value.sub), value.digest,
      isSpecial: record.header.type != EventType.request.rawValue)
  }
}
