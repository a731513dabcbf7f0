import Glibc

/// A file that keeps what a replay is about to change, so that it can be undone: JSON lines,
/// described in docs/json.md.
///
/// Lines count once a mark behind them is on disk; a mark carries a digest of the lines before
/// it, back to the mark before. So a torn end is told from damage.
public final class UndoFile {
  public let path: String
  private let file: File
  private let faults: (any CallFaults)?
  /// Of which brick it is.
  public private(set) var header: UndoHeader
  /// The brick's path, or its address behind GlusterFS.
  public var brick: String { header.brick }
  private(set) var state = UndoState()
  /// Where the last mark ends.
  private(set) var wholeByteCount = 0
  private let sink: UndoSink
  private var writer: LineWriter

  /// Makes an undo file, or takes up one of the same brick whose replay was cut off.
  ///
  /// - Throws: `cannotCreate` where there is another file of this name.
  public convenience init(_ path: String, for target: UndoTarget) throws(Failure) {
    try self.init(path, for: target, faults: nil)
  }

  /// `faults` stand before every call of the system's that is made for the file.
  convenience init(
    _ path: String, for target: UndoTarget, faults: (any CallFaults)?
  ) throws(Failure) {
    let header = target.header
    if try pathKind(path) == nil {
      try self.init(making: path, header, faults)
    } else if try File(path, faults: faults).byteCount() == 0 {
      try self.init(making: path, header, faults, isThere: true)
    } else {
      try self.init(path, faults: faults)
      try takeUp(header)
    }
    // Also of a file that was there: who made it may have been cut off before this.
    try File(directoryPath(of: path), O_RDONLY | O_DIRECTORY, faults: faults).synchronize()
  }

  private init(
    making path: String, _ header: UndoHeader, _ faults: (any CallFaults)?, isThere: Bool = false
  ) throws(Failure) {
    self.path = path
    self.header = header
    self.faults = faults
    let flags = O_RDWR | O_NOFOLLOW | (isThere ? 0 : O_CREAT | O_EXCL)
    file = try File(path, flags, mode: 0o600, failing: .cannotCreate, faults: faults)
    sink = UndoSink(file, at: 0)
    writer = LineWriter(sink)
    try begin(header)
  }

  /// Goes on behind the last mark of a file that was read.
  private func takeUp(_ header: UndoHeader) throws(Failure) {
    guard self.header.identity == header.identity else {
      throw Failure(.cannotCreate, "is there, and of another brick", path: path)
    }
    guard self.header.planID == header.planID else {
      throw Failure(.cannotCreate, "is there, and of another plan or of a replay", path: path)
    }
    // A plan's steps are known, so that they may be finished once more.
    guard !state.isEnded || header.planID != nil, !state.isUndoing else {
      throw Failure(
        .cannotCreate, "is there, and undoes a replay that came to its end: name another file",
        path: path)
    }
    // What stands behind the last mark was never relied on.
    try file.truncate(to: wholeByteCount)
    if wholeByteCount == 0 { try begin(header) }
  }

  /// Writes what every undo file begins with.
  private func begin(_ header: UndoHeader) throws(Failure) {
    self.header = header
    try add(.header(header))
    try mark(.begin)
  }

  /// Reads an undo file.
  ///
  /// - Throws: `damaged` where it is no undo file, or not as it was written.
  public convenience init(_ path: String) throws(Failure) { try self.init(path, faults: nil) }

  init(_ path: String, faults: (any CallFaults)?) throws(Failure) {
    self.path = path
    self.faults = faults
    file = try File(path, O_RDWR | O_NOFOLLOW, faults: faults)
    let loaded = try UndoLoader(path, faults)
    header = loaded.header
    state = loaded.state
    wholeByteCount = loaded.wholeByteCount
    sink = UndoSink(file, at: wholeByteCount)
    writer = LineWriter(sink)
  }

  /// Adds a line, which counts from the next mark on.
  func add(_ line: UndoLine) throws(Failure) {
    try writer.write(undo: line)
    state.take(line)
  }

  /// Makes all lines so far durable. Where that fails, nobody knows what of them the disk has,
  /// although they can be read: they are cut off, so that no later run relies on them.
  func mark(_ mark: UndoMark) throws(Failure) {
    let line: UndoLine
    do throws(Failure) {
      try writer.flush()
      line = UndoLine.mark(mark, sink.takeDigest())
      try writer.write(undo: line)
      try writer.flush()
      try file.synchronize()
    } catch {
      try? file.truncate(to: wholeByteCount)
      throw error
    }
    sink.forget()
    wholeByteCount = sink.offset
    state.take(line)
  }

  /// Calls a body with each kept stretch of content, in the order in which they were kept.
  func eachContent(
    _ body: (GFID, Range<Int64>, [UInt8]?) throws(Failure) -> Void
  ) throws(Failure) {
    var lines = try UndoLines(path, faults, upTo: wholeByteCount)
    while let line = try lines.next() {
      if case .data(let gfid, let range, let bytes) = line { try body(gfid, range, bytes) }
    }
  }
}

/// Appends to an undo file, and digests what it appends.
private final class UndoSink: ByteSink {
  private let file: File
  private(set) var offset: Int
  private var hasher = ContentHasher()

  init(_ file: File, at offset: Int) {
    self.file = file
    self.offset = offset
  }

  func write(_ bytes: ByteView) throws(Failure) {
    try file.write(bytes, at: offset)
    offset += bytes.count
    hasher.update(bytes)
  }

  func takeDigest() -> Digest { hasher.digest() }
  func forget() { hasher = ContentHasher() }
}

/// Reads lines of an undo file one after the other.
private struct UndoLines {
  private let path: String
  private var reader: LineReader
  private let byteCountMax: Int
  private let fileByteCount: Int
  private(set) var byteCount = 0
  private(set) var bytes: ByteView = []
  var lineNumber: Int { reader.lineNumber }

  init(
    _ path: String, _ faults: (any CallFaults)?, upTo byteCountMax: Int = .max
  ) throws(Failure) {
    self.path = path
    self.byteCountMax = byteCountMax
    reader = try LineReader(path: path, faults: faults)
    fileByteCount = try File(path, faults: faults).byteCount()
  }

  /// The next line; nil behind the last. A line that makes no sense is an error.
  mutating func next() throws(Failure) -> UndoLine? {
    guard byteCount < byteCountMax, let text = try reader.next() else { return nil }
    bytes = text
    byteCount += text.count + 1
    // A line without a newline is torn, be it as good as whole.
    guard byteCount <= fileByteCount else {
      throw Failure(.damaged, "is torn", path: path, at: .line(lineNumber))
    }
    let fields = try JSONLine.decode(
      UndoLineFields.self, text, lineNumber: lineNumber, path: path)
    guard let line = fields.line else {
      throw Failure(.damaged, "is no line of an undo file", path: path, at: .line(lineNumber))
    }
    return line
  }
}

/// Reads a whole undo file.
private struct UndoLoader {
  var header = UndoHeader(brick: "", identity: .served(location: ""))
  var state = UndoState()
  var wholeByteCount = 0

  init(_ path: String, _ faults: (any CallFaults)?) throws(Failure) {
    var lines = try UndoLines(path, faults)
    var hasher = ContentHasher()
    var pending: [UndoLine] = []
    var firstBad: Failure?
    var found: UndoHeader?
    while true {
      let line: UndoLine?
      do throws(Failure) { line = try lines.next() } catch {
        // The end may be torn: only a mark behind it makes it damage.
        guard error.status == .damaged else { throw error }
        firstBad = firstBad ?? error
        continue
      }
      guard let line else { break }
      if case .header(let header) = line, found == nil { found = header }
      guard case .mark(_, let digest) = line else {
        hasher.update(lines.bytes)
        hasher.update([UInt8(ascii: "\n")])
        pending.append(line.withoutContent)
        continue
      }
      if let firstBad { throw firstBad }
      guard hasher.digest() == digest else {
        throw Failure(
          .damaged, "the lines before it are not what was written", path: path,
          at: .line(lines.lineNumber), field: "digest")
      }
      for line in pending { state.take(line) }
      state.take(line)
      pending = []
      hasher = ContentHasher()
      wholeByteCount = lines.byteCount
    }
    guard let found else {
      throw firstBad ?? Failure(.damaged, "is no undo file: it has no header", path: path)
    }
    header = found
  }
}

extension UndoLine {
  /// Content stays in the file.
  fileprivate var withoutContent: UndoLine {
    if case .data(let gfid, let range, _) = self { return .data(gfid, range, nil) }
    return self
  }
}

extension UndoState {
  /// Takes what the next line says. What was kept first counts, and what was left last.
  mutating func take(_ line: UndoLine) {
    switch line {
    case .header: return
    case .object(let image): if objects[image.gfid] == nil { objects[image.gfid] = image }
    case .name(let name, let gfid): if names[name] == nil { names[name] = .some(gfid) }
    case .data(let gfid, let range, _): kept[gfid, default: RangeSet()].insert(contentsOf: range)
    case .setAside(let aside):
      if setAsides[aside.name] == nil { setAsides[aside.name] = aside }
    case .objectAfter(let gfid, let after): objectsAfter[gfid] = after
    case .nameAfter(let name, let gfid): namesAfter[name] = .some(gfid)
    case .mark(.begin, _): isEnded = false
    case .mark(.end, _): isEnded = true
    case .mark(.undoing, _):
      isResumed = isUndoing
      isUndoing = true
    case .mark(.undone, _): isUndone = true
    }
  }
}
