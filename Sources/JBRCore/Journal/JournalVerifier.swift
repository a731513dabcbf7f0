/// What `jbr-journal verify` finds in one journal, as lines.
public struct JournalVerifier {
  /// Of what kind a finding is.
  public enum Kind: String, CaseIterable, Sendable {
    /// Bytes that cannot be read, or files that are missing or do not belong together.
    case damage
    /// A field that holds what no writer stores there.
    case illegal
    /// The record that was being written when the writer stopped.
    case torn
    /// Indices that no record has. OPENs take indices and are not journaled, so gaps are normal.
    case gap
    /// A pair left over from an earlier life of the writer; not read.
    case stale
  }

  public enum Verdict: String, CaseIterable, Sendable, Comparable {
    case clean, torn, damaged

    private var rank: Int { self == .clean ? 0 : self == .torn ? 1 : 2 }
    public static func < (left: Verdict, right: Verdict) -> Bool { left.rank < right.rank }

    /// The status of a tool that checks.
    public var status: ExitStatus {
      switch self {
      case .clean: .ok
      case .torn: .found
      case .damaged: .damaged
      }
    }
  }

  private let journal: String
  private var filter: SelectionFilter
  private var idSource = IDSource.file
  private var counts: [Kind: Int] = [:]
  private var fileCount = 0
  private var recordCount = 0
  private var metaByteCount = 0
  private var payloadByteCount: UInt64 = 0
  private var indices: [Term: IndexGaps] = [:]
  public private(set) var verdict = Verdict.clean

  /// Prepares to check one journal.
  ///
  /// - Parameters:
  ///   - journal: as the user named it.
  ///   - selection: whose fields are checked and who is counted; structure is checked in any case.
  public init(journal: String, selection: Selection = Selection()) {
    self.journal = journal
    filter = SelectionFilter(selection)
  }

  /// Reads a journal through, and writes a line for each finding and one for the whole.
  ///
  /// - Throws: errors of the disk and of writing. Damage is a finding.
  public mutating func run(
    _ reader: inout JournalReader, to writer: inout LineWriter
  ) throws(Failure) {
    idSource = reader.idSource
    try filter.prepare(reader.files)
    while let item = try reader.next() {
      switch item {
      case .record(let record): try check(record, &writer)
      case .damage(let failure): try report(failure, &writer)
      case .fileEnd(let end): try check(end, &writer)
      // A jbr journal has a verifier of its own.
      case .event, .termEnd: break
      case .stale(let pair):
        try finding(.stale, "left over from an earlier run of the writer", &writer) { line in
          line.field("run", pair.run)
          line.field("file_number", pair.fileNumber)
          line.field("file", pair.meta.path)
        }
      }
    }
    try writeGaps(&writer)
    try writeSummary(&writer)
  }

  private mutating func finding(
    _ kind: Kind, _ message: String, _ writer: inout LineWriter,
    _ place: (inout LineBuilder) -> Void
  ) throws(Failure) {
    counts[kind, default: 0] += 1
    switch kind {
    case .damage, .illegal: verdict = .damaged
    case .torn: verdict = max(verdict, .torn)
    case .gap, .stale: break
    }
    let journal = journal
    try writer.write("finding") { line in
      line.field("kind", kind.rawValue)
      line.field("journal", journal)
      place(&line)
      line.field("message", message)
    }
  }

  private mutating func report(
    _ failure: Failure, _ writer: inout LineWriter
  ) throws(Failure) {
    try finding(.damage, failure.message, &writer) { line in
      if let path = failure.path { line.field("file", path) }
      if case .offset(let offset) = failure.place { line.field("file_offset", offset) }
      if let field = failure.field { line.field("field", field) }
    }
  }

  private mutating func check(
    _ record: JournalRecord, _ writer: inout LineWriter
  ) throws(Failure) {
    if idSource == .jbr, record.id.sub == 0 {
      indices[record.id.term, default: IndexGaps()].insert(record.id.index)
    }
    guard filter.admits(record) else { return }
    recordCount += 1
    metaByteCount += record.record.byteCount
    payloadByteCount &+= record.request.payloadByteCount
    for illegal in record.request.illegalFields {
      try finding(.illegal, illegal.message, &writer) { line in
        line.field("file", record.path)
        line.field("file_offset", record.record.offset)
        line.field("field", illegal.field)
        line.field("id", record.id.description)
        line.field("fop", record.request.fop.name)
      }
    }
  }

  private mutating func check(
    _ end: JournalFileEnd, _ writer: inout LineWriter
  ) throws(Failure) {
    fileCount += 1
    guard case .torn(let offset) = end.end else { return }
    let message = "the writer stopped within this record: its length was never stored"
    try finding(.torn, message, &writer) { line in
      line.field("file", end.pair.meta.path)
      line.field("file_offset", offset)
      line.field("field", "ext_length")
    }
  }

  private mutating func writeGaps(_ writer: inout LineWriter) throws(Failure) {
    for (term, seen) in indices.sorted(by: { $0.key < $1.key }) {
      for gap in seen.gaps {
        // No count: a hostile index makes a gap of more than Int.max.
        let isOne = gap.lowerBound == gap.upperBound
        let message = isOne ? "no record has this index" : "no record has these indices"
        try finding(.gap, message, &writer) { line in
          line.field("term", term.rawValue)
          line.field("first", gap.lowerBound)
          line.field("last", gap.upperBound)
        }
      }
    }
  }

  private func writeSummary(_ writer: inout LineWriter) throws(Failure) {
    try writer.write("verify") { line in
      line.field("journal", journal)
      line.field("verdict", verdict.rawValue)
      line.field("id_source", idSource.rawValue)
      line.field("files", fileCount)
      line.field("records", recordCount)
      line.field("meta_bytes", metaByteCount)
      line.field("payload_bytes", payloadByteCount)
      line.object("findings") { object in
        for kind in Kind.allCases { object.field(kind.rawValue, counts[kind, default: 0]) }
      }
    }
  }
}
