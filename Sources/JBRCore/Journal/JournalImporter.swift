/// Where an import puts its files: a folder per run, or memory in tests.
public protocol JournalStore {
  /// Makes a file that was not there.
  func make(_ name: String, run: Int) throws(Failure) -> any JournalOutput
}

/// Writes fdl journals from the lines of a dump: the inverse of `jbr-journal dump`.
///
/// Files come one after the other, as a dump prints them. Numbers of files that a filter left
/// out become empty, closed files, since a missing file would be damage.
public struct JournalImporter {
  /// More files than this are not made up.
  private static let gapMax: UInt64 = 10_000

  private struct Place: Comparable {
    var run: Int
    var fileNumber: UInt64
    static func < (left: Place, right: Place) -> Bool {
      (left.run, left.fileNumber) < (right.run, right.fileNumber)
    }
  }

  private let store: any JournalStore
  private var writer: FDLPairWriter?
  private var place = Place(run: 1, fileNumber: 0)
  private var journal: String?
  private var identity: String?
  private var lastOrdinal = 0
  /// Set behind a file's last line.
  private var isComplete = true
  /// Whether the first run's files lay in the journal's own folder; nil if no line says.
  public private(set) var firstRunIsFlat: Bool?
  /// How many records and files were written.
  public private(set) var recordCount = 0
  public private(set) var fileCount = 0
  /// How many runs there are, empty ones included.
  public var runCount: Int { place.run }

  public init(_ store: some JournalStore) { self.store = store }

  /// Takes the next line; lines of other types are passed over.
  ///
  /// - Parameters:
  ///   - line: without its newline.
  ///   - lineNumber: from 1, for errors.
  ///   - path: where the line comes from, for errors.
  /// - Throws: a `damaged` failure that names the line and the key; what writing does.
  public mutating func take(
    _ line: ByteView, lineNumber: Int, path: String
  ) throws(Failure) {
    guard let decoded = try JournalLine.decode(line, lineNumber: lineNumber, path: path) else {
      return
    }
    do throws(Failure) { try take(decoded) } catch {
      guard error.path == nil else { throw error }
      var placed = error
      placed.path = path
      placed.place = .line(lineNumber)
      throw placed
    }
  }

  /// Takes a request of a journal that is read.
  mutating func take(_ line: RequestLine) throws(Failure) { try take(.request(line)) }

  private mutating func take(_ line: JournalLine) throws(Failure) {
    switch line {
    case .request(let line):
      try step(to: line.run, line.fileNumber, journal: line.journal, file: line.file)
      if let ordinal = line.ordinal {
        guard ordinal > lastOrdinal else {
          throw Failure(
            .damaged, "\(ordinal) is not behind \(lastOrdinal): import takes the journal's order",
            field: "ordinal")
        }
        lastOrdinal = ordinal
      }
      try writer?.append(line.request, payload: line.payload)
      recordCount += 1
    // An fdl journal has no room for it.
    case .event: break
    case .tail(let line):
      try step(to: line.run, line.fileNumber, journal: line.journal, file: nil)
      try writer?.write(line.content[...], at: line.offset, of: line.part)
    case .file(let line):
      try step(to: line.run, line.fileNumber, journal: line.journal, file: line.file)
      try writer?.finish(metaByteCount: line.metaByteCount, dataByteCount: line.dataByteCount)
      writer = nil
      isComplete = true
      if line.run == 1 { firstRunIsFlat = line.isBesideRuns }
    }
  }

  /// Goes to the file that a line belongs to, and closes the one before.
  private mutating func step(
    to run: Int, _ fileNumber: UInt64, journal: String?, file: String?
  ) throws(Failure) {
    if let journal {
      guard journal == self.journal ?? journal else {
        throw Failure(
          .damaged, "is \(journal) behind \(self.journal ?? ""): import takes one at a time",
          field: "journal")
      }
      self.journal = journal
    }
    let next = Place(run: run, fileNumber: fileNumber)
    guard next != place || isComplete else { return }
    guard next > place, run >= 1, fileNumber >= 1 else {
      let message = "\(fileNumber) of run \(run) is not behind \(place.fileNumber) of run "
      throw Failure(
        .damaged, message + "\(place.run): import takes the journal's order",
        field: "file_number")
    }
    try finishFile()
    try name(file, fileNumber)
    try fill(to: next)
    try open(next)
  }

  /// Learns what the journal's files are called.
  private mutating func name(_ file: String?, _ number: UInt64) throws(Failure) {
    guard let file else { return }
    guard let parsed = JournalFileName(file), parsed.isMeta, parsed.number == number,
      FileName.isComponent(file.utf8),
      file == JournalFileName.text(parsed.identity, meta: true, number)
    else {
      throw Failure(
        .damaged, "\"\(file)\" is not X-meta-\(number).jnl", field: "file")
    }
    guard parsed.identity == identity ?? String(parsed.identity) else {
      throw Failure(
        .damaged, "is of another journal than \(identity ?? "")", field: "file")
    }
    identity = String(parsed.identity)
  }

  private mutating func fill(to next: Place) throws(Failure) {
    while place.run < next.run {
      if place.fileNumber == 0 { try makeEmpty(Place(run: place.run, fileNumber: 1)) }
      guard next.run - place.run <= Int(Self.gapMax) else { throw Self.gap("run", next.run) }
      place = Place(run: place.run + 1, fileNumber: 0)
    }
    guard next.fileNumber - place.fileNumber <= Self.gapMax else {
      throw Self.gap("file_number", next.fileNumber)
    }
    while place.fileNumber + 1 < next.fileNumber {
      try makeEmpty(Place(run: place.run, fileNumber: place.fileNumber + 1))
    }
  }

  private static func gap(_ field: String, _ value: some BinaryInteger) -> Failure {
    Failure(.damaged, "\(value) is too far behind the one before", field: field)
  }

  private mutating func makeEmpty(_ place: Place) throws(Failure) {
    try open(place)
    try finishFile()
  }

  private mutating func open(_ next: Place) throws(Failure) {
    place = next
    lastOrdinal = 0
    isComplete = false
    fileCount += 1
    let identity = identity ?? "journal"
    writer = FDLPairWriter(
      meta: try store.make(
        JournalFileName.text(identity, meta: true, next.fileNumber), run: next.run),
      data: try store.make(
        JournalFileName.text(identity, meta: false, next.fileNumber), run: next.run))
  }

  private mutating func finishFile() throws(Failure) {
    try writer?.finish()
    writer = nil
    isComplete = true
  }

  /// Closes the last file.
  ///
  /// - Throws: a `damaged` failure without a path if no line was a request's or a file's; what
  ///   writing does.
  public mutating func finish() throws(Failure) {
    try finishFile()
    guard fileCount > 0 else {
      throw Failure(.damaged, "holds no line of type request or journal_file")
    }
  }
}
