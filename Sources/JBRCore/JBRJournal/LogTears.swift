/// The rules of docs/journal-format.md that tell a torn write from damage.
extension EventLogReader {
  /// The position of the first byte from `start` on that is not zero; nil if there is none.
  func firstNonZero(from start: Int) throws(Failure) -> Int? {
    var offset = start
    while let next = try source.nextData(from: offset) {
      let begin = max(next, offset)
      let bytes = try source.read(at: begin, count: Self.blockByteCount)
      if bytes.isEmpty { return nil }
      if !bytes[...].isZero, let found = bytes.firstIndex(where: { $0 != 0 }) {
        return begin + found
      }
      offset = begin + bytes.count
    }
    return nil
  }

  /// Rule 2: whether one of the sectors in which a header lies was never written, or the file's
  /// growth to its end never reached the disk.
  func headerIsTorn(at start: Int) throws(Failure) -> Bool {
    if try source.byteCount() < start + EventHeader.byteCount { return true }
    let boundary = (start / EventHeader.sectorByteCount + 1) * EventHeader.sectorByteCount
    if try source.read(at: start, count: boundary - start)[...].isZero { return true }
    let end = start + EventHeader.byteCount
    guard end > boundary else { return false }
    return try source.read(at: boundary, count: end - boundary)[...].isZero
  }

  /// Rule 3: whether more of a record's sectors are zero than its header says, or the file ends
  /// within it.
  func isTorn(_ header: EventHeader, at start: Int) throws(Failure) -> Bool {
    let bytes = try source.read(at: start, count: header.recordByteCount)
    if bytes.count < header.recordByteCount { return true }
    let zeros = zeroSectorCount(
      bytes[...], from: start, count: header.recordByteCount)
    return zeros > Int(header.zeroSectors)
  }

  /// Whether a record behind `start` says that what is there was flushed, or a trailer follows.
  func laterRecordVouches(for start: Int) throws(Failure) -> Bool {
    var reader = self
    var offset = start + 8
    while let found = try reader.findHeader(from: offset) {
      reader.position = found
      let bytes = try reader.view(EventHeader.byteCount)
      guard case .header(let header, _) = EventHeader.read(bytes, at: found, seed: seed) else {
        return false
      }
      if header.durable > UInt64(start) || header.type == EventType.sealed.rawValue { return true }
      offset = found + header.recordByteCount
    }
    return false
  }

  /// The first place from `start` on at which a header checks.
  mutating func findHeader(from start: Int) throws(Failure) -> Int? {
    let saved = position
    defer { position = saved }
    position = start
    while let next = try firstNonZero(from: position) {
      position = max(position, next & ~7)
      let window = try view(Self.blockByteCount)
      var offset = 0
      while offset + EventHeader.byteCount <= window.count {
        let bytes = window.slice(offset, EventHeader.byteCount)
        if EventHeader.isPlausible(bytes),
          case .header = EventHeader.read(bytes, at: position + offset, seed: seed)
        {
          return position + offset
        }
        offset += 8
      }
      if window.count < Self.blockByteCount { return nil }
      position += offset
    }
    return nil
  }

  /// Looks again at a place that is wrong: a live journal's writer may have been in the middle
  /// of it when the block was read. The answer is nil if the bytes stay as they are.
  ///
  /// `isLast`: without waiting, before damage is told. What was read elsewhere to come to that may
  /// be newer than the block; where the place itself is as it was, it is damage.
  mutating func retry(isLast: Bool = false) throws(Failure) -> (item: LogItem?, Void)? {
    guard source.mayChange else { return nil }
    let known = block.dropFirst(position - blockOffset)
    for round in 0...(isLast ? 0 : Self.retryCountMax) {
      if round > 0 { pause(milliseconds: 2) }
      // One byte more, which would be there if the file had grown.
      let now = try source.read(at: position, count: known.count + 1)
      guard now.prefix(known.count).elementsEqual(known),
        now.count <= known.count || !blockEndsFile
      else {
        block = []
        return (try next(), ())
      }
    }
    return nil
  }

  private static var retryCountMax: Int { 3 }
}

/// How many sectors hold only zeros where `count` bytes from file offset `start` lie in them.
/// `bytes` may be fewer: what is missing reads as zeros.
func zeroSectorCount(_ bytes: ByteView, from start: Int, count: Int) -> Int {
  var zeros = 0
  var done = 0
  while done < count {
    let offset = start + done
    let boundary = (offset / EventHeader.sectorByteCount + 1) * EventHeader.sectorByteCount
    let part = min(boundary - offset, count - done)
    let present = min(max(0, bytes.count - done), part)
    if bytes.slice(done < bytes.count ? done : bytes.count, present).isZero { zeros += 1 }
    done += part
  }
  return zeros
}

extension FileHeaderArea {
  /// Reads the header of a file that must be of a kind.
  ///
  /// - Throws: a `damaged` failure if there is none that can be used; errors of the disk.
  static func read(
    _ source: any ByteSource, kind: FileHeader.Kind
  ) throws(Failure) -> FileHeaderArea {
    let bytes = try source.read(at: 0, count: FileHeader.areaByteCount)
    let area: FileHeaderArea
    do throws(Unusable) { area = try read(bytes[...]) } catch {
      throw error.failure(path: source.path)
    }
    guard area.header.kind == kind else {
      throw Failure(
        .damaged, "is \(area.header.kind), and \(kind) was expected", path: source.path,
        at: .offset(10), field: "kind")
    }
    return area
  }

  /// What is wrong with the area although a copy could be read.
  func logDamage(_ path: String) -> [LogDamage] {
    damage.map {
      LogDamage(
        path: path, offset: $0.offset, field: $0.field, message: $0.message,
        expected: $0.expected, found: $0.found, term: header.term)
    }
  }
}

extension FileHeaderArea.Unusable {
  /// The same as a tool's user sees it.
  func failure(path: String) -> Failure {
    switch self {
    case .blank: Failure(.damaged, "holds no header, only zeros", path: path, at: .offset(0))
    case .damaged:
      Failure(
        .damaged, "neither copy of the header is whole", path: path, at: .offset(0),
        field: "header")
    case .unknown(let field, let value):
      Failure(
        .damaged, "\(value) is not known to this version: use a later one", path: path,
        at: .offset(0), field: field)
    }
  }
}
