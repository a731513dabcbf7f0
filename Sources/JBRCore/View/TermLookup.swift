/// One term of a jbr journal, to find requests in: by its index as far as that reaches, and by
/// reading its log behind that.
final class TermLookup {
  let files: TermFiles
  private(set) var index: TermIndex?
  /// What has become of requests up to the log's end.
  private(set) var content: TermContent
  /// What requests behind the index do to names.
  private(set) var names = NameTable()
  /// What is wrong with what was read.
  private(set) var damage: [Failure] = []
  private var single: TermSequence?

  init(_ files: TermFiles) throws(Failure) {
    self.files = files
    content = TermContent(term: files.term)
    let reader = try TermReader(files)
    index = try TermIndex.usable(files, reader)
    try scanAll()
  }

  /// Reads what no index covers, for states and names.
  private func scanAll() throws(Failure) {
    names = NameTable()
    do throws(Failure) {
      if let index { content = try index.content(of: files.term) }
    } catch {
      guard error.status == .damaged else { throw error }
      index = nil
    }
    try scan { record throws(Failure) in names.add(record) }
  }

  /// Reads the requests that no index covers.
  func scan(_ body: (JournalRecord) throws(Failure) -> Void) throws(Failure) {
    var reader = try TermReader(files)
    if let index { reader.resume(behind: index.root, try index.content(of: files.term)) }
    var sequence = TermSequence(files, reader)
    var damage: [Failure] = []
    while let item = try sequence.next() {
      switch item {
      case .record(let record): try body(record)
      case .damage(let failure): damage.append(failure)
      case .termEnd(let end): content = end.content
      case .event, .fileEnd, .stale: continue
      }
    }
    self.damage = damage
  }

  /// Does something with the index; without it where it turns out to be damaged, and then the
  /// whole log is read instead.
  func withIndex<Answer>(
    _ none: Answer, _ body: (TermIndex) throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    guard let index else { return none }
    do throws(Failure) { return try body(index) } catch {
      guard error.status == .damaged, error.path == files.index?.path else { throw error }
      self.index = nil
      content = TermContent(term: files.term)
      try scanAll()
      return none
    }
  }

  /// The request whose record begins at an offset of the log.
  ///
  /// - Throws: a `damaged` failure where the index is wrong, or the record is.
  func record(at offset: UInt64) throws(Failure) -> JournalRecord {
    var sequence: TermSequence
    if let single {
      sequence = single
    } else {
      sequence = TermSequence(files, try TermReader(files))
    }
    defer { single = sequence }
    guard let place = Int(exactly: offset), let record = try sequence.record(at: place) else {
      throw Failure(
        .damaged, "names a request at \(offset) of the log, where none can be read",
        path: files.index?.path, field: "offset")
    }
    return record
  }
}
