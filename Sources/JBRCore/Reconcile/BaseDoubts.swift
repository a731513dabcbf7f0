extension Base {
  /// Looks for bricks that executed the same and hold different things, where what they hold is what
  /// the fold began with. Says whether it found any that were not known.
  func compare(with folded: BaseFold) throws(BrickError) -> Bool {
    var found = false
    let model = folded.fold.model
    for group in folded.lost where doubts[group] == nil {
      doubt(group, .follows)
      found = true
    }
    for (number, group) in footprint.groups.enumerated() where doubts[number] == nil {
      guard let source = sources[number], needsSource(number) else { continue }
      for twin in alternatives[number]
      where twin.column != source.column && haveDoneTheSame(number, twin.column, source.column) {
        for part in group.parts.sorted(by: { $0.order < $1.order }) where doubts[number] == nil {
          guard try differ(part, number, source.column, twin.column, model) else { continue }
          doubt(number, .differ(part, source.column, twin.column))
          found = true
        }
      }
    }
    for (gfid, object) in model.objects where object.maker == nil && !object.otherSizes.isEmpty {
      guard let group = footprint.group(of: .content(gfid)), doubts[group] == nil else { continue }
      doubt(group, .size(gfid))
      found = true
    }
    return found
  }

  /// Whether two bricks differ in what the fold has read of a part.
  private func differ(
    _ part: Part, _ group: Int, _ left: Int, _ right: Int, _ model: ModelBrick
  ) throws(BrickError) -> Bool {
    guard let left = bricks[left], let right = bricks[right] else { return false }
    if case .object(let gfid) = part {
      // One that is missing is missing at its names, too, or lacks its handle alone.
      guard try left.status(gfid) != nil, try right.status(gfid) != nil else { return false }
    }
    // What is only overwritten matters where nothing has overwritten it.
    let isRead = !footprint.groups[group].members.allSatisfy(isRepeatable)
    return try PartComparison(part, footprint.ranges, overwritten: isRead ? nil : model)
      .differs(left, right)
  }

  // MARK: As findings

  /// What is not planned because nobody knows what it shall be, one for each name and part.
  func findings(_ wanted: WantedState, _ replicas: [ReplicaName]) -> [PlanFinding] {
    var found: [(Part, PlanFinding)] = []
    for (number, doubt) in doubts {
      let members = footprint.groups[number].members
      let last = members.last.map { decision.requests[$0].row.id }
      let column = columnToName(number, doubt)
      let why = text(doubt, replicas)
      for part in footprint.groups[number].parts where isWorthTelling(part, wanted) {
        var finding = PlanFinding(
          kind: .conflict, replica: replicas[column].name, gfid: part.gfid, name: nil,
          request: last, message: "\(part.text): \(why)")
        if case .name(let name) = part { (finding.gfid, finding.name) = (nil, name) }
        found.append((part, finding))
      }
    }
    return found.sorted { $0.0.order < $1.0.order }.map(\.1)
  }

  private func columnToName(_ number: Int, _ doubt: Doubt) -> Int {
    if case .differ(_, _, let column) = doubt { return column }
    let members = footprint.groups[number].members
    return bricks.indices.first { column in
      bricks[column] != nil && members.contains { isTouched($0, column) }
    } ?? 0
  }

  private func isWorthTelling(_ part: Part, _ wanted: WantedState) -> Bool {
    switch part {
    // Whoever reads of the name knows.
    case .moves, .object: return false
    case .name: return true
    case .content(let gfid), .attributes(let gfid), .xattr(let gfid, _):
      // Of what shall be gone nothing else is wanted.
      if case .present = wanted.object(gfid) { return true }
      return isDoubtful(.object(gfid)) && footprint.makers[gfid] == nil
    }
  }

  private func text(_ doubt: Doubt, _ replicas: [ReplicaName]) -> String {
    switch doubt {
    case .noSource:
      """
      nobody knows what it was before: every brick given may have applied a request on it, and none \
      holds exactly what the forward requests leave
      """
    case .differ(let part, let left, let right):
      """
      bases differ: \(replicas[left].name) and \(replicas[right].name) have executed the same, \
      and \(part.text) is not the same on both
      """
    case .size: "no journal says whether a fallocate kept the size"
    case .follows: "it depends on something else that is in conflict"
    }
  }
}

extension Part {
  /// What it belongs to; of a name, the directory.
  var gfid: GFID {
    switch self {
    case .name(let name): name.parent
    case .object(let gfid), .content(let gfid), .attributes(let gfid), .xattr(let gfid, _): gfid
    case .moves: .null
    }
  }

  /// In words, for people.
  var text: String {
    switch self {
    case .name(let name): "the name \(readableWord(name.name))"
    case .object: "the object"
    case .content: "data and size"
    case .attributes: "mode and owner"
    case .xattr(_, let key): "xattr \(readableWord(key))"
    case .moves: "the order of directories"
    }
  }

  /// Parts in one order, whichever way they were found.
  var order: PartOrder {
    switch self {
    case .moves: PartOrder(kind: 0, gfid: .null, name: [])
    case .object(let gfid): PartOrder(kind: 1, gfid: gfid, name: [])
    case .name(let name): PartOrder(kind: 2, gfid: name.parent, name: name.name)
    case .content(let gfid): PartOrder(kind: 3, gfid: gfid, name: [])
    case .attributes(let gfid): PartOrder(kind: 4, gfid: gfid, name: [])
    case .xattr(let gfid, let key): PartOrder(kind: 5, gfid: gfid, name: key)
    }
  }
}

/// What parts are sorted by.
struct PartOrder: Comparable {
  var kind: Int
  var gfid: GFID
  var name: ByteView

  static func < (left: PartOrder, right: PartOrder) -> Bool {
    if (left.kind, left.gfid) != (right.kind, right.gfid) {
      return (left.kind, left.gfid) < (right.kind, right.gfid)
    }
    return left.name.lexicographicallyPrecedes(right.name)
  }
}

extension [Range<Int64>] {
  /// What is left of stretches, in blocks that are looked at at once.
  func without(_ covered: [Range<Int64>]) -> [Range<Int64>] {
    let blockByteCount: Int64 = 1 << 20
    var found: [Range<Int64>] = []
    for bounds in self {
      var start = bounds.lowerBound
      let inside = covered.filter { $0.overlaps(bounds) }.sorted { $0.lowerBound < $1.lowerBound }
      for range in inside + [bounds.upperBound..<bounds.upperBound] {
        while start < range.lowerBound {
          let end = Swift.min(start + blockByteCount, range.lowerBound)
          found.append(start..<end)
          start = end
        }
        start = Swift.max(start, range.upperBound)
      }
    }
    return found
  }
}

/// Compares one part between two bricks.
struct PartComparison {
  private let part: Part
  private let ranges: [GFID: ExtentMap]
  /// What requests have written there does not count; nil to compare all.
  private let model: ModelBrick?

  init(_ part: Part, _ ranges: [GFID: ExtentMap], overwritten model: ModelBrick? = nil) {
    self.part = part
    self.ranges = ranges
    self.model = model
  }

  func differs(_ left: any BrickStore, _ right: any BrickStore) throws(BrickError) -> Bool {
    switch part {
    case .moves: return false
    case .name(let name): return try left.entry(name)?.gfid != right.entry(name)?.gfid
    case .object(let gfid): return try left.status(gfid)?.type != right.status(gfid)?.type
    case .attributes(let gfid), .content(let gfid), .xattr(let gfid, _):
      // Whether it is there is a part of its own.
      guard let one = try left.status(gfid), let other = try right.status(gfid) else {
        return false
      }
      let object = model?.objects[gfid]
      if case .xattr(_, let key) = part {
        guard object?.xattrs[key]?.writer == nil else { return false }
        return try left.xattr(gfid, key) != right.xattr(gfid, key)
      }
      if case .attributes = part {
        return one.mode != other.mode && object?.mode?.writer == nil
          || one.uid != other.uid && object?.uid?.writer == nil
          || one.gid != other.gid && object?.gid?.writer == nil
      }
      guard one.type == .file, other.type == .file else { return false }
      if one.size != other.size { return object?.size?.writer == nil }
      return try contentDiffers(gfid, left, right, size: one.size, object)
    }
  }

  private func contentDiffers(
    _ gfid: GFID, _ left: any BrickStore, _ right: any BrickStore, size: Int64,
    _ object: ModelObject?
  ) throws(BrickError) -> Bool {
    let touched = ranges[gfid]?.within(0..<size).map(\.range) ?? []
    let written = object?.data.within(0..<size).map(\.range) ?? []
    for range in touched.without(written) {
      let count = Int(range.upperBound - range.lowerBound)
      let first = try left.read(gfid, at: Int(range.lowerBound), count: count)
      guard try right.read(gfid, at: Int(range.lowerBound), count: count) == first else {
        return true
      }
    }
    return false
  }
}
