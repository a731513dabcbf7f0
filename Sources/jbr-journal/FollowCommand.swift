import ArgumentParser
import JBRCore
import JBRTool

/// Where reading goes on, and where that is kept.
struct CursorOptions: ParsableArguments {
  @Flag(help: "Adds to each line the cursor behind its request.")
  var cursor = false

  @OptionGroup var after: AfterCursorOptions

  @Option(
    help: ArgumentHelp(
      "Goes on behind the cursor in this file, if it is there, and keeps that of the journal's last printed request in it.",
      valueName: "file"))
  var cursorFile: String?

  /// The cursor to go on behind; nil for the journal's beginning.
  func cursor(_ journals: [String]) throws(Failure) -> JournalCursor? {
    guard after.afterCursor != nil || cursorFile != nil else { return nil }
    guard journals.count == 1 else {
      throw Failure(.usage, "is of one journal: name one", field: "--after-cursor")
    }
    guard after.afterCursor == nil || cursorFile == nil else {
      throw Failure(.usage, "goes without --after-cursor", field: "--cursor-file")
    }
    if let cursor = try after.cursor() { return cursor }
    guard let cursorFile, exists(cursorFile) else { return nil }
    let bytes = try readSmallFile(cursorFile, limit: 256)
    let text = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first ?? ""
    return try JournalCursor(String(text), option: "--cursor-file")
  }

  /// Keeps the cursor of the last request that was printed.
  func keep(_ cursor: JournalCursor?) throws(Failure) {
    guard let cursor, let cursorFile else { return }
    try writeSmallFile(ByteView("\(cursor)\n".utf8), to: cursorFile, replacing: true)
  }
}

struct FollowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "follow",
    abstract: "Prints requests as dump does, and goes on as the journal is written.",
    discussion: """
      Across data files, terms and, of an fdl journal, files and runs. Takes no lock and \
      changes nothing. Ends with 0 on Ctrl-C or SIGTERM, or once --limit requests were printed; \
      with 75 if another journal takes this one's place.
      """)

  private static let checkInterval = 1000
  /// How long nobody may have read before it is seen, in milliseconds.
  private static let readerInterval = 100

  @OptionGroup var select: SelectOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var cursor: CursorOptions

  @Flag(help: "Only requests that come from now on; a cursor that is there comes before.")
  var new = false

  @Option(
    help: ArgumentHelp(
      "What becomes of payloads: left out, put into the line, or into files of their own in DIR.",
      valueName: "none|base64|DIR"))
  var payload = "none"

  @Argument(help: ArgumentHelp("The journal to follow.", valueName: "journal"))
  var journal: String

  func run() throws {
    let selection = try select.selection(ofJournals: true)
    guard !selection.reverse, !selection.needsStates else {
      throw Failure(
        .usage, "what is still being written has no end: leave it out",
        field: selection.reverse ? "--reverse" : "--state")
    }
    let payloads = PayloadChoice(payload)
    if case .directory(let path) = payloads { try NewFile.makeDirectory(path) }
    let dump = Dump(
      selection: selection, payloads: payloads, isTable: output.isTable,
      after: try cursor.cursor([journal]), printsCursors: cursor.cursor)
    let signals = SignalWait()
    var filter = SelectionFilter(selection, tracksPaths: output.isTable)
    try filter.prepare(try JournalFiles.find(journal))
    let sink = InterruptibleOutput(signals)
    var scan = JournalScan(LineWriter(sink, format: output.isTable ? .table : .json))
    var follower = JournalFollower(journal)
    var state = State(skipped: dump.after, isSkippingOld: new && dump.after == nil)
    var count = 0
    while !filter.isFull {
      follower.isPassingOver = state.isPassingOver
      guard let item = try follower.next() else {
        if let cursor = state.skipped { throw cursor.gone(journal) }
        state.isSkippingOld = false
        try scan.writer.flush()
        try cursor.keep(state.last)
        if pause(follower.pause, signals, sink) { break }
        continue
      }
      state.idSource = follower.idSource
      try print(item, dump, &filter, &state, &scan)
      count += 1
      if count % Self.checkInterval == 0, signals.wait(milliseconds: 0) { break }
    }
    try scan.writer.flush()
    try cursor.keep(state.last)
    try scan.finish()
  }

  /// Waits; whether a signal came.
  private func pause(
    _ milliseconds: Int, _ signals: SignalWait, _ sink: InterruptibleOutput
  ) -> Bool {
    var left = milliseconds
    while left > 0 {
      sink.requireReader()
      if signals.wait(milliseconds: min(left, Self.readerInterval)) { return true }
      left -= Self.readerInterval
    }
    return false
  }

  private struct State {
    var skipped: JournalCursor?
    var isSkippingOld: Bool
    var isPassingOver: Bool { isSkippingOld || skipped != nil }
    var idSource = IDSource.journal
    /// Behind the last request that was printed.
    var last: JournalCursor?

    /// What comes late into an earlier term does not take the place back.
    mutating func reach(_ cursor: JournalCursor) {
      if last.map(cursor.isBehind) ?? true { last = cursor }
    }
  }

  private func print(
    _ item: JournalItem, _ dump: Dump, _ filter: inout SelectionFilter, _ state: inout State,
    _ scan: inout JournalScan
  ) throws(Failure) {
    switch item {
    case .record(let record):
      if let cursor = state.skipped {
        if try cursor.isBehind(record) { state.skipped = nil }
        return filter.step(over: record.request)
      }
      if state.isSkippingOld { return filter.step(over: record.request) }
      let path = filter.paths?.path(of: record.request)
      guard filter.admits(record) else { return }
      try dump.print(record, path, journal, state.idSource, &scan.writer)
      if cursor.cursorFile != nil { state.reach(JournalCursor(record)) }
    case .damage(let failure): try scan.report(failure)
    default: break
    }
  }
}
