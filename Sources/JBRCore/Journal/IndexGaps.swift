/// Which indices of a term were seen, as ranges: memory follows the gaps, not the requests.
struct IndexGaps {
  /// Disjoint, growing, with at least one index between two.
  private(set) var ranges: [ClosedRange<UInt64>] = []

  mutating func insert(_ index: UInt64) {
    // Indices grow but for small steps, so the place is at the end or near it.
    var position = ranges.count
    while position > 0, ranges[position - 1].lowerBound > index { position -= 1 }
    if position > 0, ranges[position - 1].upperBound >= index { return }
    let joinsLower = position > 0 && ranges[position - 1].upperBound == index - 1
    let joinsUpper = position < ranges.count && ranges[position].lowerBound - 1 == index
    switch (joinsLower, joinsUpper) {
    case (true, true):
      ranges[position - 1] = ranges[position - 1].lowerBound...ranges[position].upperBound
      ranges.remove(at: position)
    case (true, false): ranges[position - 1] = ranges[position - 1].lowerBound...index
    case (false, true): ranges[position] = index...ranges[position].upperBound
    case (false, false): ranges.insert(index...index, at: position)
    }
  }

  /// What is missing between 1 and the highest index.
  var gaps: [ClosedRange<UInt64>] {
    var found: [ClosedRange<UInt64>] = []
    var next: UInt64 = 1
    for range in ranges {
      if range.lowerBound > next { found.append(next...range.lowerBound - 1) }
      if range.upperBound == UInt64.max { break }
      next = range.upperBound + 1
    }
    return found
  }
}
