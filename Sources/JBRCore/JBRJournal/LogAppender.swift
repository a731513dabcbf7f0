/// A group of records, sealed, with the place that it goes to.
struct LogGroup: Sendable {
  let file: any DiskFile
  let offset: Int
  let bytes: [UInt8]

  /// Writes the group and makes it durable.
  func write() throws(Failure) {
    try file.write(bytes[...], at: offset)
    try file.synchronize()
  }
}

/// Appends records to an event log, a group at a time.
///
/// Records gather in memory; `take` seals them, once all before them is durable, and gives them
/// out to be written in one go. What is acknowledged, and when, is `TermWriter`'s.
struct LogAppender {
  /// By how much the file grows ahead of what is written.
  static let growthByteCount = 1 << 20
  /// The same ahead of large groups, which would have it grow at every eighth flush else.
  static let largeGrowthByteCount = 8 << 20
  /// Ahead of groups up to this the file grows by zeros that are written: a flush of what was
  /// only reserved must also record that it is there now, which takes half as long again. Larger
  /// groups would pay more for the zeros than they win.
  static let writtenGrowthGroupMax = 16 << 10

  let file: any DiskFile
  let seed: UInt64
  /// Where the group that gathers starts.
  private(set) var position: Int
  private var sequence: UInt64
  /// Checksum of the last record before the group.
  private var previous: UInt64
  private var allocated: Int
  private var group: [UInt8] = []
  private var spare: [UInt8] = []
  /// Where the group's records begin in it.
  private var starts: [Int] = []

  /// Begins a new file behind its header: the file's seed stands for the checksum of a record before.
  init(_ file: any DiskFile, seed: UInt64) throws(Failure) {
    let point = LogPoint(offset: FileHeader.areaByteCount, sequence: 1, previous: seed)
    try self.init(file, seed: seed, behind: point)
  }

  /// Goes on behind the last record.
  init(_ file: any DiskFile, seed: UInt64, behind point: LogPoint) throws(Failure) {
    self.file = file
    self.seed = seed
    position = point.offset
    sequence = point.sequence
    previous = point.previous
    allocated = try file.byteCount()
  }

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
      index: about.index, sub: about.sub, gfid: about.gfid, time: about.time, durable: 0,
      previous: 0, bodyChecksum: xxh3(body, seed: seed ^ UInt64(bodyStart)),
      payloadChecksum: dataChecksum ?? 0)
    if !payload.isEmpty {
      header.payloadChecksum = xxh3(payload, seed: seed ^ UInt64(payloadStart))
    }
    starts.append(first)
    group += header.unsealed
    // In the place of the checksum, which will not be zeros either.
    group.append(integer: UInt64.max)
    group += body
    group.padToEight()
    group += payload
    group.padToEight()
    let zeros = zeroSectorCount(group[first...], from: start, count: group.count - first)
    group.store(UInt16(clamping: zeros), at: first + EventHeader.zeroSectorsOffset)
    sequence += 1
  }

  /// Completes the header of the record that begins at `first` in the group. No view of the group
  /// may be held while it is written to, or all of it is copied.
  private mutating func seal(_ first: Int) {
    group.store(UInt64(position), at: first + EventHeader.durableOffset)
    group.store(previous, at: first + EventHeader.previousOffset)
    previous = xxh3(
      group[first..<first + EventHeader.checksumOffset],
      seed: seed ^ UInt64(position + first))
    group.store(previous, at: first + EventHeader.checksumOffset)
  }

  /// Makes sure that the group and `reserve` more bytes can be written without further space.
  mutating func allocate(reserve: Int) throws(Failure) {
    let needed = position + group.count + reserve
    guard needed > allocated else { return }
    let isLarge = group.count > Self.writtenGrowthGroupMax
    do throws(Failure) {
      try grow(to: needed + (isLarge ? Self.largeGrowthByteCount : Self.growthByteCount))
    } catch {
      // Less may still fit.
      try grow(to: needed)
    }
  }

  private mutating func grow(to count: Int) throws(Failure) {
    try file.allocate(to: count)
    if group.count <= Self.writtenGrowthGroupMax, count - allocated <= 2 * Self.growthByteCount {
      try file.write([UInt8](repeating: 0, count: count - allocated)[...], at: allocated)
    }
    allocated = count
  }

  /// Where the group stands, to come back to.
  struct Mark {
    fileprivate var sequence: UInt64
    fileprivate var byteCount: Int
    fileprivate var recordCount: Int
  }

  var mark: Mark {
    Mark(sequence: sequence, byteCount: group.count, recordCount: starts.count)
  }

  /// Takes back what was added behind a mark: nothing of it was written.
  mutating func discard(to mark: Mark) {
    sequence = mark.sequence
    group.removeLast(group.count - mark.byteCount)
    starts.removeLast(starts.count - mark.recordCount)
  }

  /// Ends the group: seals its records, and begins another behind it. Everything before the group
  /// must be durable.
  mutating func take() -> LogGroup {
    for first in starts { seal(first) }
    let taken = LogGroup(file: file, offset: position, bytes: group)
    position += group.count
    allocated = max(allocated, position)
    group = []
    swap(&group, &spare)
    group.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    return taken
  }

  /// Takes back the memory of a group that was written, for the next but one.
  mutating func recycle(_ written: LogGroup) { spare = written.bytes }

  /// Ends the group, writes it and makes it durable.
  mutating func flush() throws(Failure) { try take().write() }

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

  /// The file, if anything was appended to it since the last flush, which is the caller's now.
  mutating func takeDirty() -> (any DiskFile)? {
    defer { isDirty = false }
    return isDirty ? file : nil
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
