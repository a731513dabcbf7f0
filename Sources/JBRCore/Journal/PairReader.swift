/// Reads one pair of files and checks that they belong together.
public struct PairReader {
  public let pair: JournalPair
  private var meta: FDLMetaReader
  private let metaSource: any ByteSource
  private let dataSource: any ByteSource
  /// nil once lengths were lost to damage, so that no payload can be found any more.
  private var payloadBase: Int? = 0
  private var used = 0
  /// How long the data file was when it was looked at last.
  private var available = 0
  /// Whether the meta file is whole where the last damage was found, in the data file.
  private var damageIsInData = false

  /// - Throws: if one of the two cannot be opened.
  public init(_ pair: JournalPair) throws(Failure) {
    self.pair = pair
    // Held open, so that a file that is replaced meanwhile is not read as one with the other.
    metaSource = try pair.meta.opened()
    dataSource = try pair.data.opened()
    meta = FDLMetaReader(metaSource, isLast: pair.isLast)
  }

  public var end: JournalEnd? { meta.end }

  /// The next record with its payload; nil at the end. Throws what `FDLMetaReader.next` does,
  /// and where the data file is too short for a record, or longer than a closed meta file says.
  public mutating func next() throws(Failure) -> (record: Record, payload: Payload?)? {
    guard let record = try meta.next() else {
      if meta.end == .closed, payloadBase != nil { try checkSurplus() }
      return nil
    }
    guard record.request.fop == .writev else { return (record, nil) }
    guard payloadBase != nil else { return (record, nil) }
    let count = Int(record.request.payloadByteCount)
    // Asked again only where it matters, since a live file does not shrink.
    if count > available - record.payloadOffset { available = try dataSource.byteCount() }
    guard count <= available - record.payloadOffset else {
      payloadBase = nil
      damageIsInData = true
      throw Failure(
        .damaged,
        "\(count) bytes are at \(record.payloadOffset) of \(pair.data.path), which has \(available)",
        path: pair.meta.path, at: .offset(record.offset), field: "length")
    }
    used = record.payloadOffset + count
    // By path again: a payload may be kept longer than files can be held open.
    return (record, Payload(source: pair.data, offset: record.payloadOffset, count: count))
  }

  /// A closed pair's data file holds the payloads and nothing else, but a crash between the
  /// two truncations leaves zeros.
  private func checkSurplus() throws(Failure) {
    guard let data = try dataSource.nextData(from: used) else { return }
    let bytes = try dataSource.read(at: max(data, used), count: 1 << 16)
    guard bytes.contains(where: { $0 != 0 }) else { return }
    throw Failure(
      .damaged,
      "is longer than the \(used) bytes that \(pair.meta.path) accounts for: wrong pair?",
      path: pair.data.path, at: .offset(used))
  }

  /// Looks for the next whole record behind damage; false if there is none. Behind damage of the
  /// data file that is simply the next.
  public mutating func resume() throws(Failure) -> Bool {
    payloadBase = nil
    if damageIsInData {
      damageIsInData = false
      return meta.end == nil
    }
    return try meta.resume() != nil
  }

  /// The files' lengths, read now.
  public func byteCounts() throws(Failure) -> (meta: Int, data: Int) {
    (try metaSource.byteCount(), try dataSource.byteCount())
  }
}
