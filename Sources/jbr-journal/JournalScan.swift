import ArgumentParser
import JBRCore
import JBRTool

/// The journals that a command reads.
struct JournalArguments: ParsableArguments {
  @Argument(help: ArgumentHelp("Journals to read.", valueName: "journal"))
  var journals: [String] = []

  /// The journals; an error if none is named.
  func required() throws -> [String] {
    guard !journals.isEmpty else {
      throw ValidationError("Name a journal: a directory, or one X-meta-N.jnl.")
    }
    return journals
  }
}

/// Reads one journal after the other, and remembers the worst that was met.
///
/// What was read before damage is printed first; one bad journal does not keep the others from
/// being read.
struct JournalScan {
  private static let tool = "jbr-journal"
  private(set) var worst = ExitStatus.ok
  var writer: LineWriter
  private var search: RequestSearch
  private var journals: [String] = []

  /// `selection`: whose requests must be there, if it names any.
  init(_ writer: LineWriter, _ selection: Selection = Selection()) {
    self.writer = writer
    search = RequestSearch(selection)
  }

  /// Opens a journal and does something with its reader. An error is reported, and the next
  /// journal's turn comes; only where standard output fails all ends.
  mutating func each(
    _ paths: [String], resuming: Bool = false,
    _ body: (inout JournalScan, String, inout JournalReader) throws(Failure) -> Void
  ) throws(Failure) {
    journals += paths
    for path in paths {
      do throws(Failure) {
        var reader = try JournalReader(try JournalFiles.find(path), resuming: resuming)
        try body(&self, path, &reader)
      } catch {
        if error.path == DescriptorSink.standardOutput.path { throw error }
        try report(error)
      }
    }
    try writer.flush()
  }

  /// Reads a journal's records and file ends; reports damage, torn and stale files.
  mutating func read(
    _ reader: inout JournalReader,
    _ body: (inout LineWriter, JournalItem) throws(Failure) -> Void
  ) throws(Failure) {
    while let item = try reader.next() { try take(item, body) }
  }

  /// The same, where plain requests of a jbr journal need no `body`: their lines are written as
  /// they are read.
  mutating func readPlain(
    _ reader: inout JournalReader, journal: String,
    _ body: (inout LineWriter, JournalItem) throws(Failure) -> Void
  ) throws(Failure) {
    var lane = RequestLane(writer, journal: journal)
    while true {
      let item = Result { () throws(Failure) in try lane.next(&reader) }
      // Swapped, since a copy would copy the block of lines with each item.
      swap(&writer, &lane.writer)
      guard let item = try item.get() else { return }
      try take(item, body)
      swap(&writer, &lane.writer)
    }
  }

  private mutating func take(
    _ item: JournalItem, _ body: (inout LineWriter, JournalItem) throws(Failure) -> Void
  ) throws(Failure) {
    switch item {
    case .record(let record):
      search.meet(record.id)
      try body(&writer, item)
      for failure in record.illegalities { try report(failure) }
    case .fileEnd(let end):
      try body(&writer, item)
      if case .torn(let offset) = end.end {
        try warn("ends in a torn record", end.pair.meta.path, offset)
      }
    case .event: try body(&writer, item)
    case .termEnd(let end):
      try body(&writer, item)
      if case .torn(let offset) = end.end { try warn("ends in torn records", end.path, offset) }
    case .damage(let failure): try report(failure)
    case .stale(let pair): try warn("is stale and left out", pair.meta.path, nil)
    }
  }

  /// Reports an error behind what was read before it. Damage wins over any other status.
  mutating func report(_ failure: Failure) throws(Failure) {
    try writer.flush()
    JBRTool.report(failure, tool: Self.tool)
    add(failure.status)
  }

  mutating func add(_ status: ExitStatus) {
    if worst == .damaged || status == .ok { return }
    if status == .damaged || worst <= .found { worst = status }
  }

  private mutating func warn(_ text: String, _ path: String, _ offset: Int?) throws(Failure) {
    try writer.flush()
    JBRTool.report(
      Failure(.found, text, path: path, at: offset.map { .offset($0) }), tool: Self.tool)
  }

  /// Ends the command with the worst status; a request that was asked for and is in no journal is
  /// told first.
  mutating func finish() throws {
    for failure in search.failures(in: journals) { try report(failure) }
    if worst != .ok { throw Finished(worst) }
  }
}
