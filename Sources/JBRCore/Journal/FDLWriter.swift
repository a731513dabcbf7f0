/// Where a journal file is written: a file, or memory in tests.
public protocol JournalOutput {
  /// Writes all of the bytes at an offset.
  func write(_ bytes: ByteView, at offset: Int) throws(Failure)
  /// Sets the length; what was never written reads as zeros.
  func truncate(to count: Int) throws(Failure)
  /// Makes what was written durable.
  func synchronize() throws(Failure)
}

extension File: JournalOutput {}

/// The in-memory twin of a journal file that is written.
public final class MemoryOutput: JournalOutput {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public func write(_ bytes: ByteView, at offset: Int) {
    if self.bytes.count < offset + bytes.count { truncate(to: offset + bytes.count) }
    self.bytes.replaceSubrange(offset..<offset + bytes.count, with: bytes)
  }

  public func truncate(to count: Int) {
    if bytes.count > count { bytes.removeLast(bytes.count - count) }
    bytes += [UInt8](repeating: 0, count: count - bytes.count)
  }

  public func synchronize() {}
}

/// The two files of a pair.
public enum JournalPart: String, Sendable { case meta, data }

/// Writes one pair of fdl files, byte by byte as GlusterFS does.
///
/// A pair that was read and is written again record by record, with its tails and lengths, has
/// the same bytes. Runs of zeros in payloads become holes.
public struct FDLPairWriter {
  private var meta: AppendedOutput
  private var data: AppendedOutput
  /// How many records were appended.
  public private(set) var recordCount = 0

  public init(meta: any JournalOutput, data: any JournalOutput) {
    self.meta = AppendedOutput(meta)
    self.data = AppendedOutput(data)
  }

  /// Appends a record and its payload.
  ///
  /// - Throws: a `damaged` failure without a path for a request that the format cannot carry, or
  ///   whose payload is missing; what reading the payload and writing do.
  public mutating func append(_ request: Request, payload: Payload?) throws(Failure) {
    let bytes = request.encoded
    try Self.requireReadable(bytes, request)
    let count = request.payloadByteCount
    guard UInt64(payload?.count ?? 0) == count else {
      throw Failure(
        .damaged, "\(count) bytes of payload are missing: dump with --payload base64",
        field: "payload")
    }
    try meta.append(bytes[...])
    recordCount += 1
    guard let payload else { return }
    var done = 0
    while done < payload.count {
      let part = payload.slice(
        from: done, count: min(AppendedOutput.blockByteCount, payload.count - done))
      try data.append(try part.read()[...])
      done += part.count
    }
  }

  /// What the format cannot tell apart must not be written: it would read as something else.
  private static func requireReadable(_ bytes: [UInt8], _ request: Request) throws(Failure) {
    guard bytes.count - RecordHeader.byteCount <= FDLMetaReader.recordByteCountMax else {
      throw Failure(.damaged, "is too large for a record: \(bytes.count) bytes", field: "xdata")
    }
    let body = ByteCursor(bytes[RecordHeader.byteCount...], base: 0)
    let read = try? Request(fop: request.fop, from: body)
    guard read == request else {
      throw Failure(
        .damaged, "cannot be journaled: the record would read back as another", field: "fop")
    }
  }

  /// Adds bytes that are no record: what a torn or preallocated file holds behind its records.
  public mutating func write(
    _ bytes: ByteView, at offset: Int, of part: JournalPart
  ) throws(Failure) {
    switch part {
    case .meta: try meta.write(bytes, at: offset)
    case .data: try data.write(bytes, at: offset)
    }
  }

  /// Writes what is buffered and sets the lengths.
  ///
  /// - Parameters:
  ///   - metaByteCount: of a file that was not closed, how much was preallocated; nil for what
  ///     the records take.
  ///   - dataByteCount: the same of the data file.
  /// - Throws: a `damaged` failure without a path if a length is less than what was written;
  ///   what writing does.
  public mutating func finish(
    metaByteCount: Int? = nil, dataByteCount: Int? = nil
  ) throws(Failure) {
    try meta.finish(metaByteCount, "meta_bytes")
    try data.finish(dataByteCount, "data_bytes")
  }
}

/// Gathers appended bytes into blocks, and leaves holes where a block is zero.
private struct AppendedOutput {
  static let blockByteCount = 256 << 10
  private let output: any JournalOutput
  private var block: [UInt8] = []
  private var blockOffset = 0
  /// The end of what was written out of order.
  private var writtenEnd = 0

  init(_ output: any JournalOutput) { self.output = output }

  mutating func append(_ bytes: ByteView) throws(Failure) {
    block += bytes
    if block.count >= Self.blockByteCount { try flush() }
  }

  mutating func write(_ bytes: ByteView, at offset: Int) throws(Failure) {
    try flush()
    guard offset >= blockOffset else {
      throw Failure(.damaged, "\(offset) lies within the records", field: "file_offset")
    }
    let (end, overflow) = offset.addingReportingOverflow(bytes.count)
    guard !overflow else {
      throw Failure(.damaged, "\(offset) is too large", field: "file_offset")
    }
    try output.write(bytes, at: offset)
    writtenEnd = max(writtenEnd, end)
  }

  private mutating func flush() throws(Failure) {
    if block.contains(where: { $0 != 0 }) { try output.write(block[...], at: blockOffset) }
    blockOffset += block.count
    block.removeAll(keepingCapacity: true)
  }

  mutating func finish(_ byteCount: Int?, _ field: String) throws(Failure) {
    try flush()
    let used = max(blockOffset, writtenEnd)
    let count = byteCount ?? used
    guard count >= used else {
      throw Failure(.damaged, "\(count) is less than the \(used) bytes in it", field: field)
    }
    try output.truncate(to: count)
    try output.synchronize()
  }
}
