/// An event log on another host, which reads it for us: what it says comes without the payloads
/// that lie in it, or summed up.
protocol FarLog: ByteSource {
  /// The records from a place on, as far as there is nothing unusual about them: what ends them,
  /// bytes must tell.
  ///
  /// `byteCount`: about how much is wanted at once.
  func heads(from place: LogPlace, byteCount: Int) throws(Failure) -> [RecordHead]
  /// What the log adds up to; nil where something about it is unusual.
  ///
  /// `checkingPayloads`: whether payloads in data files are read there, and looked at.
  func termSums(checkingPayloads: Bool) throws(Failure) -> TermSums?
}

/// The header and the body of a record, as they stand in the log, behind which everything is as it
/// was written.
struct RecordHead: Equatable, Sendable {
  var offset: Int
  var bytes: ByteView
}

/// The records that a log's own host has read ahead.
struct HeadQueue {
  private var heads: [RecordHead] = []
  private var position = 0
  /// Where the host had nothing to give.
  private var end: Int?

  /// The record at a place; nil where bytes must tell what is there.
  mutating func head(
    at place: LogPlace, of log: any FarLog, byteCount: Int
  ) throws(Failure) -> RecordHead? {
    if position == heads.count {
      guard end != place.offset else { return nil }
      heads = try log.heads(from: place, byteCount: byteCount)
      position = 0
    }
    guard position < heads.count, heads[position].offset == place.offset else {
      self = HeadQueue()
      end = place.offset
      return nil
    }
    position += 1
    return heads[position - 1]
  }
}

extension EventLogReader {
  /// How many times as much of heads as of bytes is asked for at once: a far host answers late.
  private static let headFactor = 16

  /// The next record of a log on another host, without its payload; nil where bytes must tell.
  mutating func farRecord() throws(Failure) -> LogItem? {
    guard let farLog else { return nil }
    let place = LogPlace(offset: position, sequence: expectedSequence, previous: previous)
    guard
      let head = try queue.head(at: place, of: farLog, byteCount: readAhead * Self.headFactor)
    else { return nil }
    guard let (header, checksum) = sound(head) else {
      throw Failure(.ioError, "the far host's answer cannot be right", path: source.path)
    }
    let event = EventRecord(
      header: header, checksum: checksum, offset: position,
      body: head.bytes.dropFirst(EventHeader.byteCount), payloadIsWhole: true)
    return accepted(event)
  }

  /// A record's header, if that and the body are what a writer has written there.
  private func sound(_ head: RecordHead) -> (EventHeader, checksum: UInt64)? {
    guard head.bytes.count >= EventHeader.byteCount,
      case .header(let header, let checksum) = EventHeader.read(
        head.bytes, at: position, seed: seed),
      EventHeader.illegality(head.bytes, at: position) == nil,
      head.bytes.count == EventHeader.byteCount + header.bodyLength,
      xxh3(
        head.bytes.dropFirst(EventHeader.byteCount),
        seed: seed ^ UInt64(position + EventHeader.byteCount)) == header.bodyChecksum
    else { return nil }
    return (header, checksum)
  }

  /// For another host: the heads of the records from here on that are whole and where they belong.
  mutating func heads(byteCount: Int) throws(Failure) -> [RecordHead] {
    var found: [RecordHead] = []
    var taken = 0
    while taken < byteCount, case .event(let record)? = try next(), record.payloadIsWhole {
      // The block that the record was found in is still there.
      let header = block.dropFirst(record.offset - blockOffset).prefix(EventHeader.byteCount)
      let bytes = ByteView(header + record.body)
      taken += bytes.count
      found.append(RecordHead(offset: record.offset, bytes: bytes))
    }
    return found
  }
}
