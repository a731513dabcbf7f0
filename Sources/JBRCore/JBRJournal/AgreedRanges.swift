/// Indices of requests as ranges, ascending and apart; both ends included.
public struct AgreedRanges: Equatable, Sendable {
  public private(set) var ranges: [ClosedRange<UInt64>] = []

  public init() {}

  /// Takes more indices; nothing if `last` comes before `first`.
  public mutating func insert(_ first: UInt64, through last: UInt64) {
    guard first <= last else { return }
    // Marks come in order, nearly always.
    let start = position(endingFrom: first == 0 ? 0 : first - 1)
    var end = start
    var (low, high) = (first, last)
    while end < ranges.count, high == .max || ranges[end].lowerBound <= high + 1 {
      low = min(low, ranges[end].lowerBound)
      high = max(high, ranges[end].upperBound)
      end += 1
    }
    ranges.replaceSubrange(start..<end, with: [low...high])
  }

  public func contains(_ index: UInt64) -> Bool { end(of: index) != nil }

  /// The last index of the range that holds an index; nil where none does.
  public func end(of index: UInt64) -> UInt64? {
    let place = position(endingFrom: index)
    guard place < ranges.count, ranges[place].lowerBound <= index else { return nil }
    return ranges[place].upperBound
  }

  /// How many of the indices from `first` to `last` are not in any of the ranges.
  func missingCount(_ first: UInt64, through last: UInt64) -> UInt64 {
    var missing = last - first &+ 1
    var place = position(endingFrom: first)
    while place < ranges.count, ranges[place].lowerBound <= last {
      missing &-= min(ranges[place].upperBound, last) - max(ranges[place].lowerBound, first) &+ 1
      place += 1
    }
    return missing
  }

  /// The first range that ends at or behind an index, by bisection.
  private func position(endingFrom index: UInt64) -> Int {
    var low = 0
    var high = ranges.count
    if let last = ranges.last, last.upperBound < index { return high }
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < index { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
