/// Where chosen records stand, so that they can be read again in another order.
///
/// A place takes some 80 bytes; the records themselves are not kept.
public struct RecordPlaces {
  private struct Place {
    var id: RequestID
    var record: (offset: Int, byteCount: Int, payloadOffset: Int)
    var pair: Int
    var ordinal: Int
    var hasPayload: Bool
    var path: [UInt8]?
  }

  private let limit: Int?
  private var pairs: [(run: Int, fileNumber: UInt64, path: String)] = []
  private var places: [Place] = []
  /// Where the oldest place is, once `limit` are kept.
  private var start = 0

  /// - Parameter limit: how many of the last places are kept; nil for all.
  public init(limit: Int?) { self.limit = limit }

  /// Keeps a record's place, with the path that its object had.
  public mutating func append(_ record: JournalRecord, path: [UInt8]?) {
    if pairs.last?.path != record.path {
      pairs.append((record.run, record.fileNumber, record.path))
    }
    let place = Place(
      id: record.id,
      record: (record.record.offset, record.record.byteCount, record.record.payloadOffset),
      pair: pairs.count - 1, ordinal: record.ordinal, hasPayload: record.payload != nil,
      path: path)
    guard let limit, places.count >= limit else { return places.append(place) }
    guard limit > 0 else { return }
    places[start] = place
    start = (start + 1) % limit
  }

  /// Reads the records again, the last first.
  ///
  /// - Parameters:
  ///   - files: the journal that the places are of.
  ///   - body: takes each record and the path that its object had.
  /// - Throws: a `damaged` failure where the journal has changed meanwhile; what reading does.
  public func reversed(
    _ files: JournalFiles, _ body: (JournalRecord, [UInt8]?) throws(Failure) -> Void
  ) throws(Failure) {
    if let terms = files.terms { return try reversed(terms, body) }
    var source: (any ByteSource)?
    var opened = -1
    for step in places.indices {
      let place = places[(start + places.count - 1 - step) % places.count]
      let (run, fileNumber, path) = pairs[place.pair]
      let pair = files.pairs.first { $0.run == run && $0.fileNumber == fileNumber }
      guard let pair else { continue }
      if opened != place.pair || source == nil {
        source = try pair.meta.opened()
        opened = place.pair
      }
      guard let source else { continue }
      let bytes = try source.read(at: place.record.offset, count: place.record.byteCount)
      let request: Request
      do throws(FormatError) {
        request = try Request(record: bytes, at: place.record.offset)
      } catch { throw Failure(error, path: path) }
      let record = Record(
        request: request, offset: place.record.offset, byteCount: place.record.byteCount,
        payloadOffset: place.record.payloadOffset)
      let payload = Payload(
        source: pair.data, offset: place.record.payloadOffset,
        count: Int(clamping: request.payloadByteCount))
      try body(
        JournalRecord(
          id: place.id, record: record, payload: place.hasPayload ? payload : nil, run: run,
          fileNumber: fileNumber, path: path, ordinal: place.ordinal),
        place.path)
    }
  }

  /// The same for a jbr journal, whose records are checked again as they are read.
  private func reversed(
    _ terms: [TermFiles], _ body: (JournalRecord, [UInt8]?) throws(Failure) -> Void
  ) throws(Failure) {
    for step in places.indices {
      let place = places[(start + places.count - 1 - step) % places.count]
      guard let term = terms.first(where: { $0.term == place.id.term }) else { continue }
      guard let record = try TermSequence.record(of: term, at: place.record.offset) else {
        throw Failure(
          .damaged, "the record that was here is gone", path: pairs[place.pair].path,
          at: .offset(place.record.offset))
      }
      var numbered = record
      numbered.ordinal = place.ordinal
      try body(numbered, place.path)
    }
  }
}
