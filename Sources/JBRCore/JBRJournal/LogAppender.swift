/// Appends records to an event log, a group at a time.
///
/// Records gather in memory with their places and checksums; `flush` writes them in one go. What
/// is acknowledged, and when, is `TermWriter`'s.
struct LogAppender {
  /// By how much the file grows ahead of what is written.
  static let growthByteCount = 1 << 20

  let file: any DiskFile
  let seed: UInt64
  /// Where the next group starts.
  private(set) var position: Int
  private var sequence: UInt64
  private var previous: UInt64
  private var allocated: Int
  private var group: [UInt8] = []

  /// Goes on behind the last record: of a new file behind its header, with sequence 1 and the
  /// file's seed as the checksum of the record before.
  init(
    _ file: any DiskFile, seed: UInt64, position: Int, sequence: UInt64, previous: UInt64
  ) throws(Failure) {
    self.file = file
    self.seed = seed
    self.position = position
    self.sequence = sequence
    self.previous = previous
    allocated = try file.byteCount()
  }

  /// How many bytes wait to be written.
  var groupByteCount: Int { group.count }
  /// The sequence of the next record.
  var nextSequence: UInt64 { sequence }
  /// The checksum that the next record must name.
  var lastChecksum: UInt64 { previous }

  /// What a record is about.
  struct About {
    var fop: UInt8 = 0
    var index: UInt64 = 0
    var sub: UInt32 = 0
    var gfid = GFID.null
    var time: Int64
  }

  /// Adds a record to the group. A payload in a data file comes with its checksum.
  mutating func add(
    _ event: Event, _ about: About, inline payload: ByteView = [], dataChecksum: UInt64? = nil
  ) {
    let start = position + group.count
    let first = group.count
    let body = event.encoded
    let bodyStart = start + EventHeader.byteCount
    let payloadStart = bodyStart + pad8(body.count)
    var header = EventHeader(
      type: event.type.rawValue, fop: about.fop, payloadIsInDataFile: dataChecksum != nil,
      bodyLength: body.count, payloadLength: payload.count, zeroSectors: 0, sequence: sequence,
      index: about.index, sub: about.sub, gfid: about.gfid, time: about.time,
      durable: UInt64(position), previous: previous,
      bodyChecksum: xxh3(body, seed: seed ^ UInt64(bodyStart)),
      payloadChecksum: dataChecksum ?? 0)
    if !payload.isEmpty {
      header.payloadChecksum = xxh3(payload, seed: seed ^ UInt64(payloadStart))
    }
    group += header.unsealed
    // In the place of the checksum, which will not be zeros either.
    group.append(integer: UInt64.max)
    group += body
    group.padToEight()
    group += payload
    group.padToEight()
    let zeros = zeroSectorCount(group[first...], from: start, count: group.count - first)
    group.store(UInt16(clamping: zeros), at: first + 12)
    let covered = group[first..<first + EventHeader.checksumOffset]
    previous = xxh3(covered, seed: seed ^ UInt64(start))
    group.store(previous, at: first + EventHeader.checksumOffset)
    sequence += 1
  }

  /// Makes sure that the group and `reserve` more bytes can be written without further space.
  mutating func allocate(reserve: Int) throws(Failure) {
    let needed = position + group.count + reserve
    guard needed > allocated else { return }
    let wanted = needed + Self.growthByteCount
    do throws(Failure) {
      try file.allocate(to: wanted)
      allocated = wanted
    } catch {
      // Less may still fit.
      try file.allocate(to: needed)
      allocated = needed
    }
  }

  /// Where the group stands, to come back to.
  struct Mark {
    fileprivate var sequence: UInt64
    fileprivate var previous: UInt64
    fileprivate var byteCount: Int
  }

  var mark: Mark { Mark(sequence: sequence, previous: previous, byteCount: group.count) }

  /// Takes back what was added behind a mark: nothing of it was written.
  mutating func discard(to mark: Mark) {
    sequence = mark.sequence
    previous = mark.previous
    group.removeLast(group.count - mark.byteCount)
  }

  /// Writes the group and makes it durable.
  mutating func flush() throws(Failure) {
    try file.write(group[...], at: position)
    try file.synchronize()
    position += group.count
    allocated = max(allocated, position)
    group.removeAll(keepingCapacity: true)
  }

  /// Cuts what is preallocated; no record follows.
  mutating func trim() throws(Failure) {
    try file.truncate(to: position)
    try file.synchronize()
    allocated = position
  }
}

/// Appends extents to a data file.
struct DataAppender {
  static let growthByteCount = 8 << 20

  let file: any DiskFile
  let number: UInt32
  let seed: UInt64
  private(set) var position: Int
  private var allocated: Int
  private var isDirty = false

  init(_ file: any DiskFile, number: UInt32, seed: UInt64, position: Int) throws(Failure) {
    self.file = file
    self.number = number
    self.seed = seed
    self.position = position
    allocated = try file.byteCount()
  }

  /// Makes sure that `count` more bytes can be written.
  mutating func allocate(_ count: Int) throws(Failure) {
    let needed = position + count
    guard needed > allocated else { return }
    do throws(Failure) {
      try file.allocate(to: needed + Self.growthByteCount)
      allocated = needed + Self.growthByteCount
    } catch {
      try file.allocate(to: needed)
      allocated = needed
    }
  }

  /// Writes a payload with its header. The answer is where the payload begins, and its checksum.
  mutating func append(
    _ payload: Payload, _ about: LogAppender.About
  ) throws(Failure) -> (offset: Int, checksum: UInt64) {
    let start = position
    let payloadStart = start + ExtentHeader.byteCount
    var hasher = SeededHasher(seed: seed ^ UInt64(payloadStart))
    var done = 0
    isDirty = true
    while done < payload.count {
      let part = payload.slice(from: done, count: min(1 << 20, payload.count - done))
      var bytes = try part.read()
      hasher.update(bytes[...])
      done += bytes.count
      if done == payload.count { bytes.padToEightFrom(payloadStart + done) }
      try file.write(bytes[...], at: payloadStart + done - part.count)
    }
    let extent = ExtentHeader(
      fop: about.fop, index: about.index, sub: about.sub, gfid: about.gfid,
      length: UInt64(payload.count), payloadChecksum: hasher.checksum())
    try file.write(extent.encoded(at: start, seed: seed)[...], at: start)
    position = payloadStart + pad8(payload.count)
    return (payloadStart, extent.payloadChecksum)
  }

  /// Makes durable what was appended since the last flush.
  mutating func flush() throws(Failure) {
    guard isDirty else { return }
    try file.synchronize()
    isDirty = false
  }

  /// Cuts what is preallocated.
  mutating func trim() throws(Failure) {
    try file.truncate(to: position)
    try file.synchronize()
    allocated = position
  }
}

extension [UInt8] {
  /// Appends zeros until bytes that end at `offset` of a file end at a multiple of 8.
  fileprivate mutating func padToEightFrom(_ offset: Int) {
    append(contentsOf: [UInt8](repeating: 0, count: pad8(offset) - offset))
  }
}
