/// Finds, while requests are appended, which older ones they cover, so that what was pruned of a
/// journal can be told from what was lost, and covered data need not be replayed.
///
/// It remembers a bounded number of writes; what it has forgotten is only found later.
struct OverlapTracker {
  private static let rangeCountMax = 1 << 14
  private static let reportedMax = 64

  /// A stretch of a file of which a request is the last writer.
  private struct Range {
    var offset: UInt64
    /// The last byte.
    var last: UInt64
    var id: RequestID
  }

  private var files: [GFID: [Range]] = [:]
  private var rangeCount = 0

  /// Takes a request, and tells which it covers.
  mutating func add(_ id: RequestID, _ request: Request) -> [Overlap] {
    guard let written = request.dataRange, request.target != .null else { return [] }
    // Of an append nobody knows here where it goes.
    if request.isAppend { return [] }
    if rangeCount > Self.rangeCountMax {
      files = [:]
      rangeCount = 0
    }
    let isWriter = request.fop == .writev || request.fop == .zerofill || request.fop == .discard
    return lay(written, by: isWriter ? id : nil, over: request.target)
  }

  /// Lays a stretch over a file's ranges, which are ascending and apart.
  private mutating func lay(
    _ written: ClosedRange<UInt64>, by id: RequestID?, over gfid: GFID
  ) -> [Overlap] {
    let start = firstRange(of: gfid, endingFrom: written.lowerBound)
    let ranges = files[gfid]?[start...].prefix { $0.offset <= written.upperBound } ?? []
    var pieces: [Range] = []
    var covered: [Overlap] = []
    for range in ranges {
      let first = max(range.offset, written.lowerBound)
      let last = min(range.last, written.upperBound)
      if range.offset < first {
        pieces.append(Range(offset: range.offset, last: first - 1, id: range.id))
      }
      if covered.last?.covered != range.id, covered.count < Self.reportedMax {
        covered.append(
          Overlap(covered: range.id, isWhole: false, offset: first, length: last - first + 1))
      }
      if last < range.last {
        pieces.append(Range(offset: last + 1, last: range.last, id: range.id))
      }
    }
    if let id {
      let new = Range(offset: written.lowerBound, last: written.upperBound, id: id)
      pieces.insert(new, at: pieces.firstIndex { $0.offset > new.offset } ?? pieces.count)
    }
    rangeCount += pieces.count - ranges.count
    let end = start + ranges.count
    files[gfid, default: []].replaceSubrange(start..<end, with: pieces)
    guard !covered.isEmpty else { return [] }
    let left = Set(files[gfid]?.map(\.id) ?? [])
    return covered.map { overlap in
      var overlap = overlap
      overlap.isWhole = !left.contains(overlap.covered)
      return overlap
    }
  }

  /// The first range that ends at or behind an offset, by bisection.
  private func firstRange(of gfid: GFID, endingFrom offset: UInt64) -> Int {
    guard let ranges = files[gfid] else { return 0 }
    var low = 0
    var high = ranges.count
    if let last = ranges.last, last.last < offset { return high }
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].last < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
