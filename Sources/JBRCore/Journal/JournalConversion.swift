/// Writes a journal anew in another format, request by request.
public enum JournalConversion {
  /// - Throws: the first damage that is met; what reading and writing do.
  public static func toJBR(
    _ files: JournalFiles, _ importer: inout JBRImporter
  ) throws(Failure) {
    var reader = try JournalReader(files)
    while let item = try reader.next() {
      switch item {
      case .record(let record):
        try importer.take(record.id, record.request, record.payload, record.details)
      case .event(let event):
        try importer.take(
          EventLine(
            term: event.term, index: event.record.header.index, sub: event.record.header.sub,
            event: event.event))
      case .damage(let failure): throw failure
      case .fileEnd, .stale, .termEnd: break
      }
    }
  }

  /// Terms become reigns of one file. An id goes into xdata as JBR's index, where the request
  /// does not carry it already.
  /// - Throws: as `toJBR`.
  public static func toFDL(
    _ files: JournalFiles, _ importer: inout JournalImporter
  ) throws(Failure) {
    var reader = try JournalReader(files)
    let isJBR = files.terms != nil
    while let item = try reader.next() {
      switch item {
      case .record(let record):
        var line = RequestLine(id: record.id, request: record.request, payload: record.payload)
        if isJBR {
          line.request.carry(record.id)
        } else {
          (line.run, line.fileNumber) = (record.run, record.fileNumber)
        }
        try importer.take(line)
      case .damage(let failure): throw failure
      case .event, .fileEnd, .stale, .termEnd: break
      }
    }
  }
}

extension Request {
  /// Puts the id where JBR's leader puts it, unless it is there, or the request has none.
  fileprivate mutating func carry(_ id: RequestID) {
    guard journaledIndex == nil, id.sub == 0, case .dict(var entries) = values.last else { return }
    entries.append(DictEntry("trusted.jbr.term", Array("0".utf8) + [0]))
    entries.append(DictEntry("trusted.jbr.index", Array(String(id.index).utf8) + [0]))
    values[values.count - 1] = .dict(entries)
  }
}
