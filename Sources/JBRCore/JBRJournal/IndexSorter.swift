/// An entry of an index: under which key a record is filed, and where it begins.
struct IndexPosting: Equatable {
  var key: UInt64
  /// Of the record in the event log.
  var offset: UInt64
  /// Of what touches a file's size, the end that it gives it; else 0. Not stored.
  var end: UInt64 = 0
  /// 1 for a size that is set whatever it was, 0 for one that only grows. Not stored.
  var kind: UInt64 = 0

  static let spilledByteCount = 32

  static func < (left: IndexPosting, right: IndexPosting) -> Bool {
    left.key == right.key ? left.offset < right.offset : left.key < right.key
  }
}

/// Sorts more postings than memory should hold: in runs that go to a file, and are merged.
final class IndexSorter {
  static let runLengthMax = 1 << 17
  private static let readAhead = 1 << 10

  private let file: any DiskFile
  private let runLength: Int
  private var entries: [IndexPosting] = []
  private var runs: [(start: Int, count: Int)] = []
  private var written = 0

  /// `file` takes what memory does not; it is empty, and nobody else writes to it.
  init(_ file: any DiskFile, runLength: Int = runLengthMax) {
    self.file = file
    self.runLength = runLength
  }

  func add(_ posting: IndexPosting) throws(Failure) {
    entries.append(posting)
    if entries.count == runLength { try spill() }
  }

  private func spill() throws(Failure) {
    entries.sort(by: <)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(entries.count * IndexPosting.spilledByteCount)
    for entry in entries {
      bytes.append(integer: entry.key)
      bytes.append(integer: entry.offset)
      bytes.append(integer: entry.end)
      bytes.append(integer: entry.kind)
    }
    try file.write(bytes[...], at: written)
    runs.append((written, entries.count))
    written += bytes.count
    entries.removeAll(keepingCapacity: true)
  }

  /// One run, read from the file piece by piece.
  private struct Run {
    var start: Int
    var left: Int
    var buffer: [IndexPosting] = []
    var position = 0

    mutating func next(_ file: any DiskFile) throws(Failure) -> IndexPosting? {
      if position == buffer.count {
        guard left > 0 else { return nil }
        let count = min(left, IndexSorter.readAhead)
        let size = IndexPosting.spilledByteCount
        let bytes = try file.read(at: start, count: count * size)
        guard bytes.count == count * size else {
          throw Failure(.ioError, "ends before what was written to it", path: file.path)
        }
        buffer = (0..<count).map { index in
          let entry = bytes[...].slice(index * size, size)
          return IndexPosting(
            key: entry.load(0), offset: entry.load(8), end: entry.load(16), kind: entry.load(24))
        }
        position = 0
        start += count * size
        left -= count
      }
      defer { position += 1 }
      return buffer[position]
    }
  }

  /// Gives all postings in order; none may be added afterwards.
  func merge(_ body: (IndexPosting) throws(Failure) -> Void) throws(Failure) {
    guard !runs.isEmpty else {
      entries.sort(by: <)
      for entry in entries { try body(entry) }
      return
    }
    if !entries.isEmpty { try spill() }
    entries = []
    var sources = runs.map { Run(start: $0.start, left: $0.count) }
    var heads: [(posting: IndexPosting, run: Int)] = []
    for run in sources.indices {
      if let first = try sources[run].next(file) { heads.append((first, run)) }
    }
    heads.sort { $0.posting < $1.posting }
    while let head = heads.first {
      try body(head.posting)
      if let next = try sources[head.run].next(file) {
        Self.sink((next, head.run), into: &heads)
      } else {
        let last = heads.removeLast()
        if !heads.isEmpty { Self.sink(last, into: &heads) }
      }
    }
  }

  /// Puts an element in the place of a heap's least, and lets it sink to where it belongs.
  private static func sink(
    _ new: (posting: IndexPosting, run: Int), into heap: inout [(posting: IndexPosting, run: Int)]
  ) {
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].posting < heap[child].posting { child += 1 }
      guard heap[child].posting < new.posting else { break }
      heap[place] = heap[child]
      place = child
    }
    heap[place] = new
  }
}
