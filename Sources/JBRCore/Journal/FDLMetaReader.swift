/// How a journal file ends, where it is not damaged.
public enum JournalEnd: Equatable, Sendable {
  /// At its exact length, as a writer leaves it that closed the file.
  case closed
  /// In zeros: the writer is still there, or was killed, or has not come so far.
  case preallocated(from: Int)
  /// In a record whose length was never stored: the writer stopped in the middle of it.
  case torn(at: Int)
}

/// A journaled request and where it stands.
public struct Record: Equatable, Sendable {
  public var request: Request
  /// Where the record starts in the meta file.
  public var offset: Int
  /// The record's length in the meta file, header included.
  public var byteCount: Int
  /// Where its payload starts in the data file.
  public var payloadOffset: Int
}

/// Reads the records of one meta file, block by block, in constant memory.
///
/// The file may be preallocated, filled and truncated by its writer meanwhile; it is never
/// mapped, and every length is checked against what is there before it is used.
public struct FDLMetaReader {
  /// Far beyond what a 1 MiB meta file holds, and little enough to allocate.
  public static let recordByteCountMax = 16 << 20
  private static let blockByteCount = 256 << 10
  /// How many bytes are parsed in vain in the search for a record behind damage, so that a file
  /// made of false headers does not keep the reader for hours.
  private static let searchByteCountMax = 1 << 30
  /// A run of zeros that no complete record ends in: the file is preallocated.
  private static let preallocationByteCountMin = 64

  private let source: any ByteSource
  /// Whether no further file of the same run follows, so that a torn record may end it.
  private let isLast: Bool
  private var block: [UInt8] = []
  private var blockOffset = 0
  private var position = 0
  private var payloadOffset = 0
  /// Set once `next` has returned nil.
  public private(set) var end: JournalEnd?

  public init(_ source: any ByteSource, isLast: Bool = true) {
    self.source = source
    self.isLast = isLast
  }

  /// The next record; nil at the end of the journal.
  ///
  /// - Throws: a `damaged` failure that names file, offset and field. The reader then stands
  ///   where the damage begins; `resume` looks for the next whole record.
  public mutating func next() throws(Failure) -> Record? {
    if end != nil { return nil }
    var header = try view(RecordHeader.byteCount)
    guard let event = header.first else { return finish(.closed) }
    if event == 0 {
      guard try !restIsZero() else { return finish(.preallocated(from: position)) }
      // The writer may have stored a record here since the block was read.
      block = []
      header = try view(RecordHeader.byteCount)
      guard header.first != 0 else {
        throw damaged(FormatError(.notZero, "event_type", at: position))
      }
    }
    do throws(FormatError) {
      return try self.record(at: position)
    } catch {
      if error.reason == .lostLength, try isTorn() { return finish(.torn(at: position)) }
      throw damaged(error)
    }
  }

  private mutating func finish(_ end: JournalEnd) -> Record? {
    self.end = end
    return nil
  }

  private func damaged(_ error: FormatError) -> Failure { Failure(error, path: source.path) }

  /// Parses the record at an offset, and steps behind it.
  private mutating func record(at start: Int) throws(FormatError) -> Record {
    var input = cursor(try bytes(RecordHeader.byteCount, "event_type"))
    let header = try RecordHeader(from: &input)
    let count = header.extensionLength
    guard count > 0 else { throw FormatError(.lostLength, "ext_length", at: start + 4) }
    guard count <= Self.recordByteCountMax else {
      throw FormatError(
        .tooLong(stated: count, limit: Self.recordByteCountMax), "ext_length", at: start + 4)
    }
    let whole = try bytes(RecordHeader.byteCount + count, "ext_length")
    let request = try Request(fop: header.fop, from: cursor(whole.dropFirst(8)))
    guard
      let payloadEnd = Int(exactly: request.payloadByteCount)?
        .addingReportingOverflow(payloadOffset), !payloadEnd.overflow
    else {
      throw FormatError(
        .illegal(value: request.payloadByteCount, expected: "a length"), "length", at: start + 24)
    }
    defer {
      position += whole.count
      payloadOffset = payloadEnd.partialValue
    }
    return Record(
      request: request, offset: start, byteCount: whole.count, payloadOffset: payloadOffset)
  }

  private func cursor(_ bytes: ByteView) -> ByteCursor { ByteCursor(bytes, base: blockOffset) }

  /// The next `count` bytes from where the reader stands, which must be there.
  private mutating func bytes(_ count: Int, _ field: String) throws(FormatError) -> ByteView {
    let view: ByteView
    do { view = try self.view(count) } catch {
      // An error of the disk ends the file here; reading on would only repeat it.
      throw FormatError(.truncated(needed: count, available: 0), field, at: position)
    }
    guard view.count == count else {
      throw FormatError(.truncated(needed: count, available: view.count), field, at: position)
    }
    return view
  }

  /// The next `count` bytes, or fewer where the file ends; reads a block when it must.
  private mutating func view(_ count: Int) throws(Failure) -> ByteView {
    let start = position - blockOffset
    if start + count > block.count {
      block = try source.read(at: position, count: max(count, Self.blockByteCount))
      blockOffset = position
      return block.prefix(count)
    }
    return block[start..<start + count]
  }

  /// Whether nothing but zeros lies behind the position.
  private func restIsZero() throws(Failure) -> Bool {
    try firstNonZero(from: position) == nil
  }

  private func firstNonZero(from start: Int) throws(Failure) -> Int? {
    var offset = start
    while let next = try source.nextData(from: offset) {
      let bytes = try source.read(at: next, count: Self.blockByteCount)
      if bytes.isEmpty { return nil }
      if let found = bytes.firstIndex(where: { $0 != 0 }) { return next + found }
      offset = next + bytes.count
    }
    return nil
  }

  /// Whether a record without a length is where the writer stopped: nothing whole follows it,
  /// and the file was not closed behind it.
  private mutating func isTorn() throws(Failure) -> Bool {
    let start = position
    defer { position = start }
    if try findRecord(from: start + 1) != nil { return false }
    if isLast { return true }
    let count = try source.byteCount()
    let tail = max(start, count - Self.preallocationByteCountMin)
    return try firstNonZero(from: tail) == nil
  }

  /// Steps to the next whole record behind damage.
  /// - Returns: how many bytes were passed over; nil if no whole record follows. What follows
  ///   has unknown payload, since lengths in the damaged stretch are lost.
  public mutating func resume() throws(Failure) -> Int? {
    let start = position
    guard let found = try findRecord(from: start + 1) else { return nil }
    position = found
    return found - start
  }

  /// The first offset from `start` on at which a record with a legal header parses completely.
  private mutating func findRecord(from start: Int) throws(Failure) -> Int? {
    let (savedPosition, savedPayload) = (position, payloadOffset)
    defer { (position, payloadOffset) = (savedPosition, savedPayload) }
    position = start
    var budget = Self.searchByteCountMax
    while true {
      let window = try view(Self.blockByteCount)
      if window.isEmpty { return nil }
      let windowStart = position
      for index in window.indices where window[index] == RecordHeader.event {
        let offset = windowStart + (index - window.startIndex)
        position = offset
        if (try? record(at: offset)) != nil { return offset }
        guard index + 1 < window.endIndex, Fop(rawValue: window[index + 1]) != nil else { continue }
        // The block that was read is what a false header cost at most.
        budget -= block.count
        guard budget > 0 else {
          throw Failure(
            .damaged, "too much behind it looks like a record and is none; the rest is not read",
            path: source.path, at: .offset(start))
        }
      }
      position = windowStart + window.count
    }
  }
}
