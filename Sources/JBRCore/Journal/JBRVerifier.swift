/// What `jbr-journal verify` finds in one jbr journal, as lines.
///
/// Everything is read once, in constant memory: every header, record, payload and padding is
/// compared with its checksum, every event with what came before it, every trailer with its
/// term, and the terms with the superblock.
public struct JBRVerifier {
  private let journal: String
  private let files: JournalFiles
  private var counts: [JournalVerifier.Kind: Int] = [:]
  private var fileCount = 0
  private var recordCount = 0
  private var requestCount = 0
  private var metaByteCount = 0
  private var dataByteCount = 0
  private var payloadByteCount: UInt64 = 0
  public private(set) var verdict = JournalVerifier.Verdict.clean
  /// What other replicas may be asked for.
  public private(set) var losses: [Term: TermLosses] = [:]
  private let indices: IndexMaker
  private let nowhere = NoLines()

  /// `journal` is as the user named it; `indices` compares indices, with room of its own.
  public init(journal: String, files: JournalFiles, indices: IndexMaker) {
    self.journal = journal
    self.files = files
    self.indices = indices
  }

  /// Checks all terms, and writes a line for each finding and one for the whole.
  ///
  /// - Throws: errors of the disk and of writing. Damage is a finding.
  public mutating func run(to writer: inout LineWriter) throws(Failure) {
    for failure in files.missing { try report(failure, &writer) }
    for term in files.terms ?? [] { try verify(term, &writer) }
    // Of a term whose log is gone with its name anything may be wanted.
    if let superblock = files.superblock?.superblock {
      for term in superblock.terms.keys
      where superblock.hasJoined(term) && !(files.terms ?? []).contains(where: { $0.term == term })
      {
        losses[term, default: TermLosses(term)].isUncertain = true
      }
    }
    if let decisions = files.decisions {
      fileCount += 1
      do throws(Failure) { _ = try DecisionLog.read(decisions) } catch {
        guard error.status == .damaged else { throw error }
        try report(error, &writer)
      }
    }
    try writeSummary(&writer)
  }

  private mutating func verify(
    _ files: TermFiles, _ writer: inout LineWriter
  ) throws(Failure) {
    var reader: TermReader
    do throws(Failure) { reader = try TermReader(files) } catch {
      guard error.status == .damaged else { throw error }
      losses[files.term, default: TermLosses(files.term)].isUncertain = true
      return try report(error, &writer)
    }
    fileCount += 1
    var data = DataVerifier(term: files.term)
    while let item = try next(&reader) {
      if case .request(let record, let request, let body, _, _) = item {
        recordCount += 1
        requestCount += 1
        payloadByteCount &+= body.dataLength
        if !record.payloadIsWhole { note(body, record.header, files.term) }
        try check(request, record, reader.files, &writer)
        guard body.dataFile > 0 else { continue }
        if data.isFull { try settle(&data, files.term, &writer) }
        for damage in try data.add(record.header, body, &reader) {
          note(body, record.header, files.term)
          try report(damage, &writer)
        }
        continue
      }
      try settle(&data, files.term, &writer)
      switch item {
      case .damage(let damage):
        losses[files.term, default: TermLosses(files.term)].note(damage)
        try report(damage, &writer)
      case .event, .request: recordCount += 1
      case .end(let end):
        losses[files.term]?.states = end.content.states
        try finish(end, &data, &reader, &writer)
      }
    }
    if let damage = try indices.damage(files) { try report(damage, &writer) }
  }

  /// Tells what is wrong with the payloads that were met so far.
  private mutating func settle(
    _ data: inout DataVerifier, _ term: Term, _ writer: inout LineWriter
  ) throws(Failure) {
    for verdict in try data.settle() {
      note(verdict.body, verdict.record, term)
      for damage in verdict.damages { try report(damage, &writer) }
    }
  }

  /// The next item that wants a closer look. Plain requests without a payload in a data file are
  /// counted, as everything of them was compared already.
  private mutating func next(_ reader: inout TermReader) throws(Failure) -> TermItem? {
    try reader.next { record, content, openedData in
      guard let plain = PlainRequest(record, content, openedData), plain.dataFile == 0,
        plain.write(to: nowhere, keys: NoLines.keys)
      else { return false }
      plain.count(in: &content)
      recordCount += 1
      requestCount += 1
      payloadByteCount &+= plain.dataLength
      return true
    }
  }

  /// Remembers a request whose payload is damaged, and what it should be.
  private mutating func note(_ body: RequestBody, _ record: EventHeader, _ term: Term) {
    let id = RequestID(term: term, index: record.index, sub: record.sub)
    losses[term, default: TermLosses(term)].digests[id] = .some(body.digest)
  }

  private mutating func check(
    _ request: Request, _ record: EventRecord, _ files: TermFiles, _ writer: inout LineWriter
  ) throws(Failure) {
    for illegal in request.illegalFields {
      try finding(.illegal, illegal.message, &writer) { line in
        line.field("file", files.events?.path ?? "")
        line.field("file_offset", record.offset)
        line.field("field", illegal.field)
        line.field(
          "id",
          RequestID(term: files.term, index: record.header.index, sub: record.header.sub)
            .description)
        line.field("fop", request.fop.name)
      }
    }
  }

  private mutating func finish(
    _ end: TermEnd, _ data: inout DataVerifier, _ reader: inout TermReader,
    _ writer: inout LineWriter
  ) throws(Failure) {
    metaByteCount += end.byteCount
    if case .torn(let offset) = end.end {
      let message = "records that were being written when the writer stopped"
      try finding(.torn, message, &writer) { line in
        line.field("file", end.path)
        line.field("file_offset", offset)
        line.field("field", "type")
        line.field("term", end.term.rawValue)
      }
    }
    for damage in try data.finish(end, &reader) {
      switch damage {
      case .damage(let damage): try report(damage, &writer)
      case .unnamed(let path, let offset):
        try finding(.torn, "payloads that no record names", &writer) { line in
          line.field("file", path)
          line.field("file_offset", offset)
          line.field("field", "extent")
          line.field("term", end.term.rawValue)
        }
      }
    }
    fileCount += data.fileCount
    dataByteCount += data.byteCount
  }

  private mutating func finding(
    _ kind: JournalVerifier.Kind, _ message: String, _ writer: inout LineWriter,
    _ place: (inout LineBuilder) -> Void
  ) throws(Failure) {
    counts[kind, default: 0] += 1
    verdict = max(verdict, kind == .torn ? .torn : kind == .gap ? .clean : .damaged)
    let journal = journal
    try writer.write("finding") { line in
      line.field("kind", kind.rawValue)
      line.field("journal", journal)
      place(&line)
      line.field("message", message)
    }
  }

  private mutating func report(_ failure: Failure, _ writer: inout LineWriter) throws(Failure) {
    try finding(.damage, failure.message, &writer) { line in
      if let path = failure.path { line.field("file", path) }
      if case .offset(let offset) = failure.place { line.field("file_offset", offset) }
      if let field = failure.field { line.field("field", field) }
    }
  }

  private mutating func report(_ damage: LogDamage, _ writer: inout LineWriter) throws(Failure) {
    try finding(.damage, damage.message, &writer) { line in
      line.field("file", damage.path)
      line.field("file_offset", damage.offset)
      line.field("field", damage.field)
      if let term = damage.term { line.field("term", term.rawValue) }
      if let identity = damage.identity {
        if identity.index > 0 { line.field("index", identity.index) }
        if identity.sub > 0 { line.field("sub", identity.sub) }
        line.field("event", EventType(rawValue: identity.type)?.name ?? "\(identity.type)")
        if let fop = Fop(rawValue: identity.fop) { line.field("fop", fop.name) }
        if identity.gfid != .null { line.field("gfid", identity.gfid) }
      }
      if let expected = damage.expected { line.field("expected", expected.hexadecimal) }
      if let found = damage.found { line.field("found", found.hexadecimal) }
    }
  }

  private func writeSummary(_ writer: inout LineWriter) throws(Failure) {
    try writer.write("verify") { line in
      line.field("journal", journal)
      line.field("verdict", verdict.rawValue)
      line.field("id_source", IDSource.journal.rawValue)
      line.field("terms", files.terms?.count ?? 0)
      line.field("files", fileCount)
      line.field("records", recordCount)
      line.field("requests", requestCount)
      line.field("meta_bytes", metaByteCount)
      line.field("data_bytes", dataByteCount)
      line.field("payload_bytes", payloadByteCount)
      line.object("findings") { object in
        for kind in JournalVerifier.Kind.allCases {
          object.field(kind.rawValue, counts[kind, default: 0])
        }
      }
    }
  }
}
