/// Where a stretch of a file's content comes from.
public struct Extent: Sendable {
  public enum Content: Sendable {
    case zeros
    /// The stretch's bytes.
    case payload(Payload)
  }
  /// Offsets in the file; the end of what was cut off by a truncation is `Int64.max`.
  public var range: Range<Int64>
  public var content: Content
  /// The request that wrote it; nil for what was there before.
  public var writer: RequestID?

  /// The part within some bounds, which must overlap it.
  func clipped(to bounds: Range<Int64>) -> Extent {
    let part = range.clamped(to: bounds)
    var extent = self
    extent.range = part
    if case .payload(let payload) = content {
      extent.content = .payload(
        payload.slice(
          from: Int(part.lowerBound - range.lowerBound),
          count: Int(part.upperBound - part.lowerBound)))
    }
    return extent
  }
}

/// The content of one file by who wrote it last, as ranges in order that do not overlap. What no
/// range covers is not known: it was there before the journal.
public struct ExtentMap: Sendable {
  public private(set) var extents: [Extent] = []

  public init() {}

  /// Lays a stretch over what was there.
  public mutating func insert(_ new: Extent) {
    guard !new.range.isEmpty else { return }
    let first = firstIndex(endingBehind: new.range.lowerBound)
    var last = first
    var kept: [Extent] = []
    while last < extents.count, extents[last].range.lowerBound < new.range.upperBound {
      let old = extents[last]
      if old.range.lowerBound < new.range.lowerBound {
        kept.append(old.clipped(to: old.range.lowerBound..<new.range.lowerBound))
      }
      if old.range.upperBound > new.range.upperBound {
        kept.append(old.clipped(to: new.range.upperBound..<old.range.upperBound))
      }
      last += 1
    }
    let before = kept.filter { $0.range.lowerBound < new.range.lowerBound }
    let behind = kept.filter { $0.range.lowerBound >= new.range.upperBound }
    extents.replaceSubrange(first..<last, with: before + [new] + behind)
  }

  /// The stretches within some bounds, cut to them.
  public func within(_ bounds: Range<Int64>) -> [Extent] {
    var index = firstIndex(endingBehind: bounds.lowerBound)
    var found: [Extent] = []
    while index < extents.count, extents[index].range.lowerBound < bounds.upperBound {
      found.append(extents[index].clipped(to: bounds))
      index += 1
    }
    return found
  }

  /// The first extent that ends behind an offset, by bisection.
  private func firstIndex(endingBehind offset: Int64) -> Int {
    var low = 0
    var high = extents.count
    while low < high {
      let middle = (low + high) / 2
      if extents[middle].range.upperBound > offset { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
