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
    if request.fop == .writev, let flags = request.integer(.flags), flags & 0x400 != 0 { return [] }
    if rangeCount > Self.rangeCountMax {
      files = [:]
      rangeCount = 0
    }
    var kept: [Range] = []
    var covered: [RequestID: Overlap] = [:]
    let old = files[request.target] ?? []
    for range in old { Self.cut(range, by: written, &kept, &covered) }
    for (older, overlap) in covered where !kept.contains(where: { $0.id == older }) {
      covered[older]?.isWhole = true
      _ = overlap
    }
    if request.fop == .writev || request.fop == .zerofill || request.fop == .discard {
      kept.append(Range(offset: written.lowerBound, last: written.upperBound, id: id))
    }
    rangeCount += kept.count - old.count
    files[request.target] = kept
    return covered.values.sorted { $0.covered < $1.covered }.prefix(Self.reportedMax).map { $0 }
  }

  private static func cut(
    _ range: Range, by written: ClosedRange<UInt64>, _ kept: inout [Range],
    _ covered: inout [RequestID: Overlap]
  ) {
    guard range.offset <= written.upperBound, written.lowerBound <= range.last else {
      kept.append(range)
      return
    }
    let first = max(range.offset, written.lowerBound)
    let last = min(range.last, written.upperBound)
    if range.offset < first {
      kept.append(Range(offset: range.offset, last: first - 1, id: range.id))
    }
    if last < range.last { kept.append(Range(offset: last + 1, last: range.last, id: range.id)) }
    // Of several stretches of one request the first is told.
    if covered[range.id] == nil {
      covered[range.id] = Overlap(
        covered: range.id, isWhole: false, offset: first, length: last - first + 1)
    }
  }
}
