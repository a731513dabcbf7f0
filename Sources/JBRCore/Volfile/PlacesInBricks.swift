/// Which bricks are the same and which lie within which, found without comparing each with each.
struct PlacesInBricks {
  /// For each brick, an earlier one that is the same.
  private(set) var twins: [Int?]
  /// For each place, the nearest brick around it: of a brick's another one, of any other place's
  /// also one that it is itself.
  private(set) var bricks: [Int?]
  private let places: [PathPlace]
  private let brickCount: Int

  /// - Parameters:
  ///   - places: those of the bricks first; a brick's number is its place's index.
  ///   - brickCount: how many of them are bricks.
  init(_ places: [PathPlace], brickCount: Int) {
    self.places = places
    self.brickCount = brickCount
    twins = Array(repeating: nil, count: brickCount)
    bricks = Array(repeating: nil, count: places.count)
    compareNames()
    compareDirectories()
  }

  /// Behind a brick all that is within it follows, before anything else.
  private mutating func compareNames() {
    let places = places
    var around: [Int] = []
    for index in places.indices.sorted(by: { Self.precedes($0, $1, in: places) }) {
      let place = places[index]
      while let last = around.last,
        places[last].anchor != place.anchor || !place.isWithin(places[last])
      {
        around.removeLast()
      }
      if index >= brickCount {
        bricks[index] = around.last
      } else if let last = around.last, place.isSame(as: places[last]) {
        twins[index] = last
        bricks[index] = bricks[last]
      } else {
        bricks[index] = around.last
        around.append(index)
      }
    }
  }

  private mutating func compareDirectories() {
    var owners: [FileIdentity: Int] = [:]
    for (index, place) in places.prefix(brickCount).enumerated() where place.rest.isEmpty {
      guard let anchor = place.anchor else { continue }
      owners[anchor] = owners[anchor] ?? index
    }
    for (index, place) in places.enumerated() where bricks[index] == nil {
      bricks[index] = place.above.lazy.compactMap { owners[$0] }.first
    }
  }

  private static func precedes(_ one: Int, _ two: Int, in places: [PathPlace]) -> Bool {
    let (left, right) = (places[one], places[two])
    if left.anchor != right.anchor { return order(left.anchor) < order(right.anchor) }
    if left.isSame(as: right) { return one < two }
    return left.rest.utf8.lexicographicallyPrecedes(right.rest.utf8) { rank($0) < rank($1) }
  }

  private static func order(_ anchor: FileIdentity?) -> (UInt64, UInt64, Int) {
    anchor.map { ($0.device, $0.inode, 1) } ?? (0, 0, 0)
  }

  /// A slash stands before all else, so that `/a/b` comes between `/a` and `/a-b`.
  private static func rank(_ byte: UInt8) -> UInt8 { byte == UInt8(ascii: "/") ? 0 : byte }
}
