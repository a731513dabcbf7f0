/// Writes a journal anew in another format, request by request.
public enum JournalConversion {
  /// `rewriting` may change each item on its way.
  /// - Throws: the first damage that is met; what reading and writing do.
  public static func toJBR(
    _ files: JournalFiles, _ importer: inout JBRImporter,
    rewriting: (JournalItem) -> JournalItem
  ) throws(Failure) {
    var reader = try JournalReader(files)
    while let item = try reader.next() {
      switch rewriting(item) {
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
    _ files: JournalFiles, _ importer: inout JournalImporter,
    rewriting: (JournalItem) -> JournalItem
  ) throws(Failure) {
    var reader = try JournalReader(files)
    let isJBR = files.terms != nil
    var fops: [RequestID: Fop] = [:]
    while let item = try reader.next() {
      switch rewriting(item) {
      case .record(let record):
        var line = RequestLine(id: record.id, request: record.request, payload: record.payload)
        if isJBR {
          line.request.carry(record.id)
        } else {
          (line.run, line.fileNumber) = (record.run, record.fileNumber)
        }
        if isJBR { fops[record.id] = record.request.fop }
        try importer.take(line)
      case .event(let event):
        guard case .rollback = event.event else { continue }
        let header = event.record.header
        let id = RequestID(term: event.term, index: header.index, sub: header.sub)
        // Of what only its rollback is here, the fop is not known.
        guard let fop = fops[id] else { continue }
        try importer.take(RequestLine(id: id, request: Request.rollback(of: fop, id)))
      case .damage(let failure): throw failure
      case .fileEnd, .stale, .termEnd: break
      }
    }
  }
}

extension Request {
  /// A rollback as JBR's leader sends it.
  fileprivate static func rollback(of fop: Fop, _ id: RequestID) -> Request {
    var request = Request(
      fop: .ipc,
      values: [.dict([DictEntry("rollback-fop", Array(String(fop.rawValue).utf8) + [0])])])
    request.carry(id)
    return request
  }

  /// Puts the id where JBR's leader puts it, unless it is there, or the request has none.
  fileprivate mutating func carry(_ id: RequestID) {
    guard journaledIndex == nil, id.sub == 0, case .dict(var entries) = values.last else { return }
    entries.append(DictEntry("trusted.jbr.term", Array("0".utf8) + [0]))
    entries.append(DictEntry("trusted.jbr.index", Array(String(id.index).utf8) + [0]))
    values[values.count - 1] = .dict(entries)
  }
}
