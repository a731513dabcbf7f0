import Histories
import Testing

@testable import JBRCore

/// What one byte of a file is, in the simplest possible twin of an extent map.
private struct Cell: Equatable {
  var byte: UInt8
  var writer: UInt64
}

@Suite("Extents and the model of a brick")
struct ExtentMapTests {
  private static let byteCount: Int64 = 40

  private func id(_ index: UInt64) -> RequestID { RequestID(term: Term(1), index: index) }

  @Test(arguments: seeds(300))
  func everyByteBelongsToItsLastWriter(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var map = ExtentMap()
    var cells: [Cell?] = Array(repeating: nil, count: Int(Self.byteCount))
    for step in 1...30 as ClosedRange<UInt64> {
      let start = Int64.random(in: 0..<Self.byteCount, using: &random)
      let isOpen = random.next() % 8 == 0
      let end = isOpen ? Int64.max : Int64.random(in: start...Self.byteCount, using: &random)
      let bytes = [UInt8](random.bytes(isOpen ? 0 : Int(end - start)))
      let isZero = isOpen || random.next() % 3 == 0
      map.insert(
        Extent(
          range: start..<end, content: isZero ? .zeros : .payload(Payload(bytes)),
          writer: id(step)))
      for offset in start..<min(end, Self.byteCount) {
        cells[Int(offset)] = Cell(
          byte: isZero ? 0 : bytes[Int(offset - start)], writer: step)
      }
      try check(map, cells, "seed \(seed) step \(step)")
      let low = Int64.random(in: 0..<Self.byteCount, using: &random)
      let high = Int64.random(in: low...Self.byteCount, using: &random)
      try check(map.within(low..<high), cells, low..<high, "seed \(seed) step \(step)")
    }
  }

  private func check(_ map: ExtentMap, _ cells: [Cell?], _ label: String) throws {
    for (left, right) in zip(map.extents, map.extents.dropFirst()) {
      #expect(left.range.upperBound <= right.range.lowerBound, "\(label)")
    }
    #expect(map.extents.allSatisfy { !$0.range.isEmpty }, "\(label)")
    try check(map.within(0..<Self.byteCount), cells, 0..<Self.byteCount, label)
  }

  private func check(
    _ extents: [Extent], _ cells: [Cell?], _ bounds: Range<Int64>, _ label: String
  ) throws {
    var found: [Cell?] = Array(repeating: nil, count: cells.count)
    for extent in extents {
      #expect(bounds.lowerBound <= extent.range.lowerBound, "\(label)")
      #expect(extent.range.upperBound <= bounds.upperBound, "\(label)")
      let count = Int(extent.range.upperBound - extent.range.lowerBound)
      var bytes = [UInt8](repeating: 0, count: count)
      if case .payload(let payload) = extent.content { bytes = try payload.read() }
      for (position, byte) in bytes.enumerated() {
        found[Int(extent.range.lowerBound) + position] = Cell(
          byte: byte, writer: extent.writer?.index ?? 0)
      }
    }
    let range = Int(bounds.lowerBound)..<Int(bounds.upperBound)
    #expect(Array(found[range]) == Array(cells[range]), "\(label)")
  }

  /// A file as an array of bytes, with all sizes that it may have.
  private struct PlainFile {
    var bytes: [UInt8] = []

    mutating func grow(to size: Int) {
      bytes += [UInt8](repeating: 0, count: max(0, size - bytes.count))
    }

    mutating func lay(_ new: [UInt8], at offset: Int) {
      grow(to: offset + new.count)
      bytes.replaceSubrange(offset..<offset + new.count, with: new)
    }
  }

  @Test(arguments: seeds(200))
  func aFileReadsAsAnArrayOfBytesWould(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let brick = ModelBrick()
    brick.writer = id(1)
    let gfid = GFID(high: 1, low: 2)
    let name = EntryName(parent: .root, name: ByteView("f".utf8))
    try brick.make(NewObject(gfid: gfid, type: .file, mode: 0o644), at: name)
    var file = PlainFile()
    for step in 2...40 as ClosedRange<UInt64> {
      brick.writer = id(step)
      let offset = Int.random(in: 0..<30, using: &random)
      let count = Int.random(in: 1...12, using: &random)
      switch random.next() % 6 {
      case 0, 1:
        let bytes = [UInt8](random.bytes(count))
        try brick.write(Payload(bytes), to: gfid, at: offset)
        file.lay(bytes, at: offset)
      case 2:
        try brick.truncate(gfid, to: Int64(offset))
        file.bytes = Array(file.bytes.prefix(offset))
        file.grow(to: offset)
      case 3:
        try brick.change(gfid, from: Int64(offset), count: Int64(count), .punch)
        for place in offset..<offset + count where place < file.bytes.count {
          file.bytes[place] = 0
        }
      case 4:
        try brick.change(gfid, from: Int64(offset), count: Int64(count), .zero)
        file.lay([UInt8](repeating: 0, count: count), at: offset)
      default:
        try brick.change(gfid, from: Int64(offset), count: Int64(count), .allocate)
        file.grow(to: offset + count)
      }
      let size = try #require(try brick.status(gfid)).size
      #expect(size == file.bytes.count, "seed \(seed) step \(step)")
      #expect(try brick.read(gfid, at: 0, count: 100) == file.bytes, "seed \(seed) step \(step)")
      let start = Int.random(in: 0..<40, using: &random)
      #expect(
        try brick.read(gfid, at: start, count: 7) == Array(file.bytes.dropFirst(start).prefix(7)),
        "seed \(seed) step \(step)")
      #expect(try brick.nextData(gfid, from: size) == nil)
    }
  }

  /// KEEP_SIZE is not journaled: the true size is always the model's, or one of the others.
  @Test(arguments: seeds(200))
  func theTrueSizeIsAlwaysAmongThoseThatAFallocateMayHaveLeft(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let brick = ModelBrick()
    brick.writer = id(1)
    let gfid = GFID(high: 1, low: 2)
    try brick.make(
      NewObject(gfid: gfid, type: .file, mode: 0o644),
      at: EntryName(parent: .root, name: ByteView("f".utf8)))
    var size: Int64 = 0
    for step in 2...12 as ClosedRange<UInt64> {
      brick.writer = id(step)
      let end = Int64.random(in: 1...60, using: &random)
      switch random.next() % 6 {
      case 0:
        try brick.write(Payload([1]), to: gfid, at: Int(end) - 1)
        size = max(size, end)
      case 1:
        try brick.truncate(gfid, to: end)
        size = end
      case 2: try brick.change(gfid, from: 0, count: end, .punch)
      default:
        try brick.change(gfid, from: 0, count: end, .allocate)
        if random.next() % 2 == 0 { size = max(size, end) }
      }
      let object = try #require(brick.objects[gfid])
      let possible = object.otherSizes.union([object.size?.value ?? -1])
      #expect(possible.contains(size), "seed \(seed) step \(step): \(size) in \(possible)")
      #expect(!object.otherSizes.contains(object.size?.value ?? -1), "seed \(seed) step \(step)")
    }
  }
}
