/// What one replica says when it is asked for something.
enum BrickAnswer<Value: Equatable>: Equatable {
  case value(Value)
  /// It has no such thing.
  case absent
  /// It cannot be read, with errno.
  case failed(Int32)
  /// It is not asked: what is above is missing or cannot be read there, which was told already.
  case unasked

  var value: Value? { if case .value(let value) = self { value } else { nil } }
}

/// An object or a name, as a difference names it.
struct TreePlace {
  /// From the brick's root; nil where no brick says it.
  var path: [UInt8]?
  var gfid: GFID?
}

/// Something in which replicas differ.
public struct TreeDifference: Sendable {
  /// nil where no brick says it.
  public var path: [UInt8]?
  public var gfid: GFID?
  /// What differs: `name`, `gfid`, `type`, `mode`, `data`, `xattr KEY` …
  public var entity: String
  /// What each replica has, in their order; nil for one that was not asked.
  public var values: [String?]
}

extension TreeDifference {
  /// Writes the difference with one value for each replica that was asked.
  public func write(to line: inout LineBuilder, _ replicas: [String]) {
    if let path { line.field("path", bytes: path[...]) }
    if let gfid { line.field("gfid", gfid) }
    line.field("entity", entity)
    line.object("values") { object in
      for (replica, value) in zip(replicas, values) {
        if let value { object.field(replica, value) }
      }
    }
  }
}

/// Something that could not be read on a brick, so that it was not compared.
public struct UnreadablePlace: Sendable {
  /// Which of the bricks, from 0.
  public var replica: Int
  public var path: [UInt8]?
  public var error: BrickError
}

/// The names of one directory on all bricks side by side, in order.
struct DirectoryNames {
  typealias Entry = (name: ByteView, entry: DirectoryEntry)
  private let lists: [[Entry]]
  private var positions: [Int]

  /// `lists` are sorted by name.
  init(_ lists: [[Entry]]) {
    self.lists = lists
    positions = lists.map { _ in 0 }
  }

  /// The next name, with what stands there on each brick.
  mutating func next() -> (name: ByteView, entries: [DirectoryEntry?])? {
    var first: ByteView?
    for (list, position) in zip(lists, positions) where position < list.count {
      let name = list[position].name
      if let known = first, !name.lexicographicallyPrecedes(known) { continue }
      first = name
    }
    guard let first else { return nil }
    var entries: [DirectoryEntry?] = []
    for (column, list) in lists.enumerated() {
      let position = positions[column]
      guard position < list.count, list[position].name == first else {
        entries.append(nil)
        continue
      }
      entries.append(list[position].entry)
      positions[column] += 1
    }
    return (first, entries)
  }
}
