import JBRCore

/// Prints the selected requests of journals.
struct Dump {
  var selection: Selection
  var payloads: PayloadChoice
  var isTable: Bool
  /// Requests up to it, the one before the place included, are not printed.
  var after: JournalCursor?
  /// Whether each line carries its cursor.
  var printsCursors = false
  /// Whether the caller wants the cursor of the last line.
  var keepsCursor = false

  func run(
    _ scan: inout JournalScan, _ journal: String, _ reader: inout JournalReader,
    _ reached: (JournalCursor) -> Void = { _ in }
  ) throws(Failure) {
    var filter = SelectionFilter(selection, tracksPaths: isTable)
    try filter.prepare(reader.files)
    var places = RecordPlaces(limit: selection.limit)
    var skipped = after
    let idSource = reader.idSource
    let isWhole = selection.isEverything && after == nil
    let isPlain = isWhole && payloads == .none && !isTable && !printsCursors && !keepsCursor
    let take = { (writer: inout LineWriter, item: JournalItem) throws(Failure) in
      switch item {
      case .record(let record):
        if let cursor = skipped {
          if try cursor.isBehind(record) { skipped = nil }
          return filter.step(over: record.request)
        }
        let path = filter.paths?.path(of: record.request)
        if selection.reverse {
          if filter.matches(record) { places.append(record, path: path) }
          filter.step(over: record.request)
        } else if filter.admits(record) {
          try print(record, path, journal, idSource, &writer)
          if keepsCursor { reached(JournalCursor(record)) }
        }
      case .fileEnd(let end) where isWhole && !isTable:
        try printEnd(end, journal, &writer)
      case .event(let event) where isWhole && !isTable:
        try EventLine.write(event, journal: journal, to: &writer)
      case .termEnd(let end) where isWhole && !isTable:
        try JournalTermLine.write(end, journal: journal, to: &writer)
      default: break
      }
    }
    if isPlain, reader.files.terms != nil {
      try scan.readPlain(&reader, journal: journal, take)
    } else {
      try scan.read(&reader, take)
    }
    if let skipped { throw skipped.gone(journal) }
    guard selection.reverse else { return }
    var writer = scan.writer
    defer { scan.writer = writer }
    var isLast = true
    try places.reversed(reader.files) { record, path throws(Failure) in
      try print(record, path, journal, idSource, &writer)
      // The journal's last, which was printed first.
      if keepsCursor, isLast { reached(JournalCursor(record)) }
      isLast = false
    }
  }

  private func printEnd(
    _ end: JournalFileEnd, _ journal: String, _ writer: inout LineWriter
  ) throws(Failure) {
    try JournalTailLine.write(end, .meta, journal: journal, to: &writer)
    if payloads != .none {
      try JournalTailLine.write(end, .data, journal: journal, to: &writer)
    }
    try JournalFileLine.write(end, journal: journal, to: &writer)
  }

  func print(
    _ record: JournalRecord, _ path: [UInt8]?, _ journal: String, _ idSource: IDSource,
    _ writer: inout LineWriter
  ) throws(Failure) {
    if isTable { return try printRow(record, path, &writer) }
    var line = RequestLine(record, journal: journal, idSource: idSource)
    line.path = path
    let form = try form(of: record)
    try writer.write(RequestLine.type) { builder throws(Failure) in
      try builder.fields(of: line, payload: form)
      if printsCursors { builder.field("cursor", JournalCursor(record).description) }
    }
  }

  private func form(of record: JournalRecord) throws(Failure) -> PayloadForm {
    switch payloads {
    case .none: return .omitted
    case .base64: return .base64
    case .directory(let directory):
      guard let payload = record.payload else { return .omitted }
      let name = "\(record.run)-\(record.fileNumber)-\(record.ordinal).bin"
      let path = directory + "/" + name
      try NewFile.write(path, payload)
      return .file(path)
    }
  }

  /// What people want to see of a request at a glance.
  private func printRow(
    _ record: JournalRecord, _ path: [UInt8]?, _ writer: inout LineWriter
  ) throws(Failure) {
    let request = record.request
    try writer.write(RequestLine.type) { line in
      line.field("id", record.id.description)
      line.field("fop", request.fop.name)
      line.field("offset", request.integer(.offset).map(String.init) ?? "")
      line.field("length", request.integer(.length).map(String.init) ?? "")
      let place = path ?? [UInt8]("<gfid:\(request.target)>".utf8)
      line.field("path", bytes: place[...])
      if let new = request.loc(.newloc)?.name { line.field("new_name", bytes: new) }
    }
  }
}
