/// A compressed data file. See docs/journal-format.md.
///
///     skippable frame  the data file's header, its length and digest, and a checksum of these
///     zstd frames      independent, of 1 MiB of content each, the last one shorter
///     skippable frame  zstd's seek table
enum CompressedData {
  static let frameByteCount = 1 << 20
  static let headMagic: UInt32 = 0x184D_2A5B
  static let tableMagic: UInt32 = 0x184D_2A5E
  static let footerMagic: UInt32 = 0x8F92_EAB1
  /// Magic and length before each skippable frame's content.
  static let skippableByteCount = 8
  /// The header, length, digest, and the checksums of what follows and of these.
  static let headByteCount = 552
  /// Two lengths and a checksum.
  static let entryByteCount = 12
  static let footerByteCount = 9

  /// One frame: what the seek table says of it, and where it is.
  struct Entry: Equatable, Sendable {
    var compressed: UInt32
    var content: UInt32
    var checksum: UInt32
  }

  /// Compresses a data file into another file, which must be new.
  static func write(_ source: any ByteSource, to file: any DiskFile) throws(Failure) {
    let whole = try source.trailerEntry()
    var entries: [Entry] = []
    var position = skippableByteCount + headByteCount
    var done = 0
    while done < Int(whole.byteCount) {
      let bytes = try source.read(at: done, count: frameByteCount)
      guard !bytes.isEmpty else { break }
      let frame = try Zstd.frame(bytes[...])
      try file.write(frame[...], at: position)
      entries.append(
        Entry(
          compressed: UInt32(frame.count), content: UInt32(bytes.count),
          checksum: UInt32(truncatingIfNeeded: xxh64(bytes))))
      position += frame.count
      done += bytes.count
    }
    try file.write(table(entries)[...], at: position)
    let rest = try bodyChecksum(of: file)
    try file.write(head(of: source, whole, rest)[...], at: 0)
  }

  /// The checksum of all that follows the head: a frame has bits that no decoder looks at.
  static func bodyChecksum(of file: any ByteSource) throws(Failure) -> UInt64 {
    let start = skippableByteCount + headByteCount
    let count = try file.byteCount() - start
    // With a seed that takes the place back out, which here says nothing.
    return try payloadChecksum(of: file, seed: UInt64(start), at: start, count: max(0, count))
  }

  private static func head(
    of source: any ByteSource, _ whole: Trailer.DataFile, _ rest: UInt64
  ) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(integer: headMagic)
    bytes.append(integer: UInt32(headByteCount))
    var head = try source.read(at: 0, count: FileHeader.byteCount)
    head.append(integer: whole.byteCount)
    head.append(digest: whole.digest)
    head.append(integer: rest)
    head.append(integer: xxh3(head, seed: 0))
    return bytes + head
  }

  private static func table(_ entries: [Entry]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(integer: tableMagic)
    bytes.append(integer: UInt32(entries.count * entryByteCount + footerByteCount))
    for entry in entries {
      bytes.append(integer: entry.compressed)
      bytes.append(integer: entry.content)
      bytes.append(integer: entry.checksum)
    }
    bytes.append(integer: UInt32(entries.count))
    // Bit 7: each entry has a checksum.
    bytes.append(0x80)
    bytes.append(integer: footerMagic)
    return bytes
  }
}

/// A compressed data file read as if it were plain; frames are decompressed as they are needed.
public final class CompressedSource: ByteSource {
  private let source: any ByteSource
  /// Where each frame starts in the file, and its entry.
  private let frames: [(start: Int, entry: CompressedData.Entry)]
  private let contentByteCount: Int
  /// The digest that the whole content must have.
  let digest: Digest
  private let bodyChecksum: UInt64
  private let last = LastFrame()

  /// Opens a file, and checks all of it but the frames' content.
  ///
  /// - Throws: a `damaged` failure with the place; errors of the disk.
  public init(_ source: any ByteSource) throws(Failure) {
    let opened = try source.opened()
    self.source = opened
    var reader = CompressedHead(source: opened)
    let (count, digest, checksum) = try reader.readHead()
    bodyChecksum = checksum
    frames = try reader.readTable(contentByteCount: count)
    contentByteCount = count
    self.digest = digest
  }

  /// Compares every byte of the file with the head's checksum; nil if they are as written.
  func damage(_ term: Term) throws(Failure) -> LogDamage? {
    let found = try CompressedData.bodyChecksum(of: source)
    guard found != bodyChecksum else { return nil }
    return LogDamage(
      path: path, offset: CompressedData.skippableByteCount + CompressedData.headByteCount,
      field: "frames", message: "their checksum does not match", expected: bodyChecksum,
      found: found, term: term)
  }

  public var path: String { source.path }
  public func byteCount() -> Int { contentByteCount }

  public func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    guard offset >= 0, offset < contentByteCount, count > 0 else { return [] }
    let end = min(contentByteCount, offset + min(count, contentByteCount))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(end - offset)
    var position = offset
    while position < end {
      let number = position / CompressedData.frameByteCount
      let start = position - number * CompressedData.frameByteCount
      let content = try frame(number)
      let part = min(content.count - start, end - position)
      bytes += content[start..<start + part]
      position += part
    }
    return bytes
  }

  private func frame(_ number: Int) throws(Failure) -> [UInt8] {
    if let content = last.content(of: number) { return content }
    let (start, entry) = frames[number]
    let bytes = try source.read(at: start, count: Int(entry.compressed))
    guard let content = Zstd.content(bytes[...], count: Int(entry.content)),
      UInt32(truncatingIfNeeded: xxh64(content)) == entry.checksum
    else {
      throw Failure(
        .damaged, "the frame cannot be decompressed to what was compressed", path: path,
        at: .offset(start), field: "frame")
    }
    last.keep(content, of: number)
    return content
  }
}
