import Synchronization

/// Reads what a compressed data file says of itself.
struct CompressedHead {
  let source: any ByteSource
  private var byteCount = 0

  init(source: any ByteSource) { self.source = source }

  private func damaged(_ field: String, _ offset: Int, _ message: String) -> Failure {
    Failure(.damaged, message, path: source.path, at: .offset(offset), field: field)
  }

  /// The length and digest of the content, and the checksum of what follows the head.
  mutating func readHead() throws(Failure) -> (byteCount: Int, digest: Digest, rest: UInt64) {
    byteCount = try source.byteCount()
    let count = CompressedData.skippableByteCount + CompressedData.headByteCount
    let bytes = try source.read(at: 0, count: count)[...]
    guard bytes.count == count, bytes.load(0) == CompressedData.headMagic,
      bytes.load(4) == UInt32(CompressedData.headByteCount)
    else { throw damaged("head", 0, "is no compressed data file") }
    let head = bytes.dropFirst(CompressedData.skippableByteCount)
    guard xxh3(head.dropLast(8), seed: 0) == head.load(544) else {
      throw damaged("head", 8, "its checksum does not match")
    }
    guard let count = Int(exactly: head.load(512, as: UInt64.self)) else {
      throw damaged("length", 520, "is more than a file can have")
    }
    return (count, Digest(high: head.load(520), low: head.load(528)), head.load(536))
  }

  /// The frames, which must fill the file exactly.
  func readTable(
    contentByteCount: Int
  ) throws(Failure) -> [(start: Int, entry: CompressedData.Entry)] {
    let footerStart = byteCount - CompressedData.footerByteCount
    let first = CompressedData.skippableByteCount + CompressedData.headByteCount
    guard footerStart >= first else { throw damaged("seek table", 0, "the file ends before it") }
    let footer = try source.read(at: footerStart, count: CompressedData.footerByteCount)[...]
    guard footer.count == CompressedData.footerByteCount,
      footer.load(5) == CompressedData.footerMagic, footer.load(4) == UInt8(0x80)
    else { throw damaged("seek table", footerStart, "is no seek table's end") }
    let count = Int(footer.load(0, as: UInt32.self))
    let expected =
      (contentByteCount + CompressedData.frameByteCount - 1) / CompressedData.frameByteCount
    let tableByteCount =
      CompressedData.skippableByteCount + count * CompressedData.entryByteCount
      + CompressedData.footerByteCount
    guard count == expected, tableByteCount <= byteCount - first else {
      throw damaged(
        "seek table", footerStart, "says \(count) frames, and the content has \(expected)")
    }
    let start = byteCount - tableByteCount
    let table = try source.read(at: start, count: tableByteCount)[...]
    guard table.count == tableByteCount, table.load(0) == CompressedData.tableMagic,
      table.load(4) == UInt32(tableByteCount - CompressedData.skippableByteCount)
    else { throw damaged("seek table", start, "does not begin where its count says") }
    return try frames(
      table.dropFirst(CompressedData.skippableByteCount), count, from: first, to: start,
      contentByteCount)
  }

  private func frames(
    _ table: ByteView, _ count: Int, from first: Int, to end: Int, _ contentByteCount: Int
  ) throws(Failure) -> [(start: Int, entry: CompressedData.Entry)] {
    var frames: [(start: Int, entry: CompressedData.Entry)] = []
    var position = first
    for number in 0..<count {
      let place = number * CompressedData.entryByteCount
      let entry = CompressedData.Entry(
        compressed: table.load(place), content: table.load(place + 4),
        checksum: table.load(place + 8))
      let content = min(
        CompressedData.frameByteCount, contentByteCount - number * CompressedData.frameByteCount)
      guard entry.content == UInt32(content), Int(entry.compressed) <= end - position else {
        throw damaged("seek table", end + 8 + place, "an entry does not fit the file")
      }
      frames.append((position, entry))
      position += Int(entry.compressed)
    }
    guard position == end else {
      throw damaged("seek table", end, "the frames end at \(position)")
    }
    return frames
  }
}

/// The frame that was decompressed last, since neighbours are read one after the other.
final class LastFrame: Sendable {
  private let kept = Mutex<(number: Int, content: [UInt8])?>(nil)

  func content(of number: Int) -> [UInt8]? {
    kept.withLock { $0?.number == number ? $0?.content : nil }
  }

  func keep(_ content: [UInt8], of number: Int) { kept.withLock { $0 = (number, content) } }
}
