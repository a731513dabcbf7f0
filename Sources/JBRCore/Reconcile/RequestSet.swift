/// Requests of one term, as ranges of indices: what a leader says of millions takes a handful.
public struct RequestSet: Equatable, Sendable {
  public private(set) var indices = AgreedRanges()
  /// Requests without an index of their own, which are few.
  public private(set) var subs: Set<RequestID> = []

  public init() {}

  public var isEmpty: Bool { indices.ranges.isEmpty && subs.isEmpty }

  public mutating func insert(_ id: RequestID) {
    if id.sub > 0 { subs.insert(id) } else { indices.insert(id.index, through: id.index) }
  }

  public mutating func insert(_ range: ClosedRange<UInt64>) {
    indices.insert(range.lowerBound, through: range.upperBound)
  }

  public func contains(_ id: RequestID) -> Bool {
    id.sub > 0 ? subs.contains(id) : indices.contains(id.index)
  }

  /// The first requests of the set, as requests of a term. A range may name more than there are
  /// atoms, so that nobody may ask for all.
  func first(_ count: Int, of term: Term) -> [RequestID] {
    var found: [RequestID] = []
    for range in indices.ranges {
      for index in range {
        guard found.count < count else { return found }
        found.append(RequestID(term: term, index: index))
      }
    }
    return found + subs.sorted().prefix(count - found.count)
  }
}

extension RequestSet: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: RequestID...) { self.init(elements) }

  public init(_ ids: some Sequence<RequestID>) {
    for id in ids { insert(id) }
  }
}
