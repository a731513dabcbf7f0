/// Compares bricks with each other: the trees themselves, not the journals.
///
/// It holds the names of one directory at a time, the directories that are still to be looked at,
/// and the GFIDs of directories and of objects that may be met again: those with several names,
/// and those whose names differ. So memory follows the directories and not the files.
public struct TreeComparison {
  public typealias Report = (TreeDifference) throws(Failure) -> Void

  /// How a brick has an object.
  enum Presence { case here, absent, unknown }

  /// A directory that is still to be looked at.
  private struct Pending {
    var gfid: GFID
    /// Shared by all directories of one parent.
    var parent: [UInt8]
    var name: ByteView
    /// Whether each brick has it at this name.
    var isNamed: [Bool]
    var path: [UInt8] { parent.isEmpty ? Array(name) : parent + [UInt8(ascii: "/")] + name }
  }

  let bricks: [any ReadableBrick]
  /// Whether an object's mtime is compared: nothing in an FDL journal says what it must be,
  /// unless a setattr was the last to set it.
  let comparesTimes: (GFID) -> Bool
  /// Called with each directory before it is looked at.
  public var onDirectory: ((_ path: [UInt8]) throws(Failure) -> Void)?
  /// Called with the digests of each directory, parents first and names in order. What they say
  /// holds for all bricks only if no difference was found.
  public var onDigests: ((DirectoryDigests) throws(Failure) -> Void)?
  private var seen: Set<GFID> = [.root]
  private var linked: [GFID: ObjectDigests] = [:]
  private var queue: [Pending] = []
  public internal(set) var objectCount = 0
  public internal(set) var nameCount = 0
  public internal(set) var directoryCount = 0
  public internal(set) var byteCount: Int64 = 0
  public internal(set) var differenceCount = 0
  /// How often something could not be read.
  public private(set) var unreadableCount = 0
  /// The first of these on each brick.
  public private(set) var unreadable: [UnreadablePlace] = []

  public init(
    _ bricks: [any ReadableBrick], comparesTimes: @escaping (GFID) -> Bool
  ) {
    self.bricks = bricks
    self.comparesTimes = comparesTimes
  }

  var makesDigests: Bool { onDigests != nil }

  /// Walks all trees at once, and tells of every difference.
  public mutating func run(_ report: Report) throws(Failure) {
    queue = [Pending(gfid: .root, parent: [], name: [], isNamed: bricks.map { _ in true })]
    while let next = queue.popLast() { try compareDirectory(next, report) }
  }

  /// Compares only some objects and names.
  public mutating func run(_ parts: TouchedParts, _ report: Report) throws(Failure) {
    var places: [GFID: (path: [UInt8], isNamed: [Bool])] = [:]
    for name in parts.names {
      let path = path(of: name)
      let entries = try ask(bricks.map { _ in .here }, TreePlace(path: path), "name", report) {
        brick throws(BrickError) in try brick.entry(name)
      }
      nameCount += 1
      try compareName(TreePlace(path: path), entries, report)
      for entry in entries {
        guard let gfid = entry.value?.gfid, let path, places[gfid] == nil else { continue }
        places[gfid] = (path, entries.map { $0.value?.gfid == gfid })
      }
    }
    for gfid in parts.objects.union(places.keys).sorted() {
      let known = places[gfid]
      let path = gfid == .root ? [] : known?.path ?? self.path(ofDirectory: gfid)
      _ = try compareObject(
        gfid, TreePlace(path: path, gfid: gfid), known?.isNamed, report)
    }
  }

  private mutating func compareDirectory(
    _ directory: Pending, _ report: Report
  ) throws(Failure) {
    let (gfid, path) = (directory.gfid, directory.path)
    try onDirectory?(path)
    let place = TreePlace(path: path, gfid: gfid)
    let found = try compareObject(gfid, place, directory.isNamed, report)
    guard found.presences.contains(.here) else { return }
    directoryCount += 1
    let lists = try ask(found.presences, place, "names", report) { brick throws(BrickError) in
      NameList(entries: try brick.list(gfid))
    }
    for (brick, list) in zip(bricks, lists) where brick.isFar {
      let objects = list.value?.entries.compactMap(\.entry.gfid) ?? []
      brick.expect(objects.flatMap { [.status($0), .xattrs($0)] })
    }
    // What stands in a directory that a brick lacks is lacking there too; what stands in one that
    // cannot be read there is not known.
    let isKnown = zip(found.presences, lists).map { presence, list in
      presence == .absent || list.value != nil
    }
    var names = DirectoryNames(lists.map { $0.value?.entries ?? [] })
    var hasher = DirectoryHasher(path: path, gfid: gfid)
    hasher.add(gfid, found.digests)
    var below: [Pending] = []
    while let (name, entries) = names.next() {
      nameCount += 1
      let child = path.isEmpty ? Array(name) : path + [UInt8(ascii: "/")] + name
      let answers = zip(entries, isKnown).map { entry, isKnown -> BrickAnswer<DirectoryEntry> in
        entry.map { .value($0) } ?? (isKnown ? .absent : .unasked)
      }
      let isEqual = try compareName(TreePlace(path: child), answers, report)
      for (column, entry) in entries.enumerated() {
        guard let gfid = entry?.gfid,
          !entries[..<column].contains(where: { $0?.gfid == gfid })
        else { continue }
        hasher.add(name: name, gfid)
        let isNamed = entries.map { $0?.gfid == gfid }
        if entries.contains(where: { $0?.gfid == gfid && $0?.type == .directory }) {
          guard seen.insert(gfid).inserted else { continue }
          below.append(Pending(gfid: gfid, parent: path, name: name, isNamed: isNamed))
        } else {
          try compareFile(gfid, child, isNamed, isEqual: isEqual, &hasher, report)
        }
      }
    }
    queue += below.reversed()
    try onDigests?(hasher.digests())
  }

  /// Compares anything but a directory, once.
  private mutating func compareFile(
    _ gfid: GFID, _ path: [UInt8], _ isNamed: [Bool], isEqual: Bool,
    _ hasher: inout DirectoryHasher, _ report: Report
  ) throws(Failure) {
    if seen.contains(gfid) {
      if let known = linked[gfid] { hasher.add(gfid, known) }
      return
    }
    let found = try compareObject(gfid, TreePlace(path: path, gfid: gfid), isNamed, report)
    hasher.add(gfid, found.digests)
    guard !isEqual || found.nameCount > 1 else { return }
    seen.insert(gfid)
    if makesDigests { linked[gfid] = found.digests }
  }

  /// Compares what stands at a name.
  @discardableResult
  private mutating func compareName(
    _ place: TreePlace, _ answers: [BrickAnswer<DirectoryEntry>], _ report: Report
  ) throws(Failure) -> Bool {
    let entry = answers.lazy.compactMap(\.value).first
    let place = TreePlace(path: place.path, gfid: entry?.gfid)
    guard let entry else { return true }
    let isSame = answers.allSatisfy { answer in
      switch answer {
      case .value(let other): other.gfid == entry.gfid
      case .absent: false
      case .failed, .unasked: true
      }
    }
    let hasID = answers.allSatisfy { $0.value == nil || $0.value?.gfid != nil }
    if isSame, hasID { return true }
    // What has no GFID cannot be reached, so that nobody can say it is equal.
    try note(
      isSame ? "gfid" : "name", place,
      answers.map { answer in
        switch answer {
        case .value(let other): other.gfid?.description ?? "no gfid"
        case .absent: "absent"
        case .failed, .unasked: nil
        }
      }, report)
    return false
  }
}

// Asking the bricks.
extension TreeComparison {
  /// Asks each brick that has something; one that cannot answer is told of.
  mutating func ask<Value>(
    _ presences: [Presence], _ place: TreePlace, _ entity: String, _ report: Report,
    _ question: (any ReadableBrick) throws(BrickError) -> Value?
  ) throws(Failure) -> [BrickAnswer<Value>] {
    var answers: [BrickAnswer<Value>] = []
    var hasFailed = false
    for (column, brick) in bricks.enumerated() {
      guard presences[column] == .here else {
        answers.append(.unasked)
        continue
      }
      do throws(BrickError) {
        answers.append(try question(brick).map { .value($0) } ?? .absent)
      } catch {
        hasFailed = true
        answers.append(.failed(error.errno))
        unreadableCount += 1
        if !unreadable.contains(where: { $0.replica == column }) {
          unreadable.append(UnreadablePlace(replica: column, path: place.path, error: error))
        }
      }
    }
    guard hasFailed else { return answers }
    try note(
      entity, place,
      answers.map { answer in
        switch answer {
        case .value: "readable"
        case .absent: "absent"
        case .failed(let number): "unreadable: " + errorName(number)
        case .unasked: nil
        }
      }, report)
    return answers
  }

  /// Tells of a difference unless all that have the entity agree on it.
  @discardableResult
  mutating func agree<Value>(
    _ entity: @autoclosure () -> String, _ place: TreePlace, _ answers: [BrickAnswer<Value>],
    _ report: Report, text: (Value) -> String
  ) throws(Failure) -> Bool {
    var first: Value?
    var isSame = true
    for case .value(let value) in answers {
      if let first { isSame = isSame && first == value } else { first = value }
    }
    if isSame, first == nil || !answers.contains(.absent) { return true }
    try note(
      entity(), place,
      answers.map { answer in
        switch answer {
        case .value(let value): text(value)
        case .absent: "absent"
        case .failed, .unasked: nil
        }
      }, report)
    return false
  }

  mutating func note(
    _ entity: String, _ place: TreePlace, _ values: [String?], _ report: Report
  ) throws(Failure) {
    differenceCount += 1
    try report(
      TreeDifference(path: place.path, gfid: place.gfid, entity: entity, values: values))
  }

  /// A directory's path by the first brick that has it; nil where none has.
  private func path(ofDirectory gfid: GFID) -> [UInt8]? {
    for brick in bricks {
      var parts: [ByteView] = []
      var current = gfid
      while current != .root, parts.count < Layout.depthMax {
        guard let place = try? brick.place(ofDirectory: current) else { break }
        parts.append(place.name)
        current = place.parent
      }
      if current == .root {
        return Array(parts.reversed().joined(separator: [UInt8(ascii: "/")]))
      }
    }
    return nil
  }

  private func path(of name: EntryName) -> [UInt8]? {
    path(ofDirectory: name.parent).map {
      $0.isEmpty ? Array(name.name) : $0 + [UInt8(ascii: "/")] + name.name
    }
  }
}

/// A directory's names, as something that can be compared.
private struct NameList: Equatable {
  var entries: [DirectoryNames.Entry]

  static func == (left: NameList, right: NameList) -> Bool {
    left.entries.elementsEqual(right.entries) { $0.name == $1.name && $0.entry == $1.entry }
  }
}
