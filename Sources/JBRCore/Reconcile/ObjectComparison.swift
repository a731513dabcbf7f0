// Comparing one object on all bricks.
extension TreeComparison {
  private static let blockByteCount: Int64 = 1 << 20

  /// What came of comparing one object.
  struct ComparedObject {
    var presences: [Presence]
    /// The most names that it has on any brick.
    var nameCount = 0
    var digests = ObjectDigests()
  }

  /// Compares an object wherever its GFID leads to one.
  ///
  /// `isNamed`: the bricks on which a name leads to it; there the handle must be, too. nil where
  /// nobody knows a name: then it must have a handle on all bricks or on none.
  mutating func compareObject(
    _ gfid: GFID, _ place: TreePlace, _ isNamed: [Bool]?, _ report: Report
  ) throws(Failure) -> ComparedObject {
    var answers = try ask(bricks.map { _ in .here }, place, "object", report) {
      brick throws(BrickError) in try brick.status(gfid)
    }
    var object = ComparedObject(presences: [])
    for (column, answer) in answers.enumerated() {
      let isMissing = isNamed?[column] ?? true
      object.presences.append(answer.value != nil ? .here : isMissing ? .unknown : .absent)
    }
    let found = answers.compactMap(\.value)
    if isNamed != nil || !found.isEmpty {
      try compareHandles(answers, isNamed, place, report)
    }
    guard let first = found.first else { return object }
    objectCount += 1
    object.nameCount = found.map(\.nameCount).max() ?? 0
    // That it is missing was told; what is left is between those that have it.
    answers = answers.map { $0 == .absent ? .unasked : $0 }
    guard try compareAttributes(place, answers, first, report) else {
      object.presences = object.presences.map { $0 == .here ? .unknown : $0 }
      return object
    }
    let isTimed = try compareTimes(gfid, place, answers, report)
    let xattrs = try compareXattrs(gfid, place, object.presences, report)
    var content = ContentHasher()
    switch first.type {
    case .file: try compareData(gfid, place, answers, object.presences, &content, report)
    case .symlink: try compareTargets(gfid, place, object.presences, &content, report)
    default: break
    }
    guard makesDigests else { return object }
    var attributes = ContentHasher()
    attributes.update(first, isTimed: isTimed)
    object.digests = ObjectDigests(
      attributes: attributes.digest(), xattrs: xattrs, content: content.digest(), isTimed: isTimed)
    return object
  }

  /// Tells where a name leads to nothing, or an object is on some bricks only.
  private mutating func compareHandles(
    _ answers: [BrickAnswer<ObjectStatus>], _ isNamed: [Bool]?, _ place: TreePlace, _ report: Report
  ) throws(Failure) {
    let isMissing = answers.indices.map { answers[$0] == .absent && (isNamed?[$0] ?? true) }
    guard isMissing.contains(true) else { return }
    try note(
      "handle", place,
      zip(answers, isMissing).map { answer, isMissing in
        isMissing ? "no handle" : answer.value.map { _ in "present" }
      }, report)
  }

  /// - Returns: whether it is of one type everywhere.
  private mutating func compareAttributes(
    _ place: TreePlace, _ answers: [BrickAnswer<ObjectStatus>], _ first: ObjectStatus,
    _ report: Report
  ) throws(Failure) -> Bool {
    // Nearly always all is equal, and nothing needs to be taken apart.
    let isSame = answers.allSatisfy { answer in
      answer.value.map {
        $0.type == first.type && $0.mode == first.mode && $0.uid == first.uid
          && $0.gid == first.gid && $0.rdev == first.rdev
      } ?? true
    }
    if isSame { return true }
    guard
      try agree("type", place, answers.map { $0.taking(\.type) }, report, text: \.rawValue)
    else { return false }
    try agree("mode", place, answers.map { $0.taking(\.mode) }, report) { String($0, radix: 8) }
    try agree("uid", place, answers.map { $0.taking(\.uid) }, report) { String($0) }
    try agree("gid", place, answers.map { $0.taking(\.gid) }, report) { String($0) }
    try agree("rdev", place, answers.map { $0.taking(\.rdev) }, report) { String($0) }
    return true
  }

  /// - Returns: whether the time was compared.
  private mutating func compareTimes(
    _ gfid: GFID, _ place: TreePlace, _ answers: [BrickAnswer<ObjectStatus>], _ report: Report
  ) throws(Failure) -> Bool {
    // atime moves with every read, so that replicas differ in it by nature.
    guard comparesTimes(gfid) else { return false }
    try agree("mtime", place, answers.map { $0.taking(\.mtime) }, report, text: \.text)
    return true
  }

  private mutating func compareXattrs(
    _ gfid: GFID, _ place: TreePlace, _ presences: [Presence], _ report: Report
  ) throws(Failure) -> Digest {
    let answers = try ask(presences, place, "xattrs", report) { brick throws(BrickError) in
      try brick.xattrs(gfid).map { Xattr(key: $0.key, value: $0.value) }
    }
    let lists = answers.compactMap(\.value)
    if let first = lists.first, lists.contains(where: { $0 != first }) {
      let keys = Set(lists.joined().map(\.key)).sorted { $0.lexicographicallyPrecedes($1) }
      for key in keys {
        let values = answers.map { answer -> BrickAnswer<ByteView> in
          guard let list = answer.value else { return .unasked }
          return list.first { $0.key == key }.map { .value($0.value) } ?? .absent
        }
        try agree("xattr " + String(decoding: key, as: UTF8.self), place, values, report) {
          Digest(of: $0).description
        }
      }
    }
    var hasher = ContentHasher()
    for xattr in makesDigests ? lists.first ?? [] : [] {
      hasher.update(counted: xattr.key)
      hasher.update(counted: xattr.value)
    }
    return hasher.digest()
  }

  private mutating func compareTargets(
    _ gfid: GFID, _ place: TreePlace, _ presences: [Presence], _ hasher: inout ContentHasher,
    _ report: Report
  ) throws(Failure) {
    let answers = try ask(presences, place, "target", report) { brick throws(BrickError) in
      try brick.symlinkTarget(gfid)
    }
    try agree("target", place, answers, report) { String(decoding: $0, as: UTF8.self) }
    if let target = answers.lazy.compactMap(\.value).first { hasher.update(counted: target) }
  }

  private mutating func compareData(
    _ gfid: GFID, _ place: TreePlace, _ found: [BrickAnswer<ObjectStatus>], _ presences: [Presence],
    _ hasher: inout ContentHasher, _ report: Report
  ) throws(Failure) {
    let sizes = found.map { $0.taking(\.size) }
    try agree("size", place, sizes, report) { String($0) }
    // Of files of different sizes the common part is compared all the same.
    guard let size = sizes.compactMap(\.value).min() else { return }
    hasher.update(integer: size)
    var offset: Int64 = 0
    while offset < size {
      if size > Self.blockByteCount {
        // Where all have a hole there is nothing to compare. Blocks begin at the same places
        // however the holes lie, so that their digests are the same.
        let starts = try ask(presences, place, "data", report) { brick throws(BrickError) in
          try brick.nextData(gfid, from: offset) ?? size
        }
        let start = starts.compactMap(\.value).min() ?? size
        offset = max(offset, start / Self.blockByteCount * Self.blockByteCount)
        guard start < size else { return }
      }
      let count = Int(min(Self.blockByteCount, size - offset))
      guard
        try compareBlock(gfid, place, offset, count, presences, &hasher, report)
      else { return }
      offset += Int64(count)
    }
  }

  /// - Returns: whether it is worth to go on.
  private mutating func compareBlock(
    _ gfid: GFID, _ place: TreePlace, _ offset: Int64, _ count: Int, _ presences: [Presence],
    _ hasher: inout ContentHasher, _ report: Report
  ) throws(Failure) -> Bool {
    if !makesDigests, bricks.contains(where: \.isFar) {
      // Of what is on other hosts only digests move, unless they differ.
      for brick in bricks { brick.expect([.digest(gfid, at: Int(offset), count: count)]) }
      let digests = try ask(presences, place, "data", report) { brick throws(BrickError) in
        try brick.digest(gfid, at: Int(offset), count: count)
      }.compactMap(\.value)
      if digests.count == presences.count(where: { $0 == .here }),
        digests.allSatisfy({ $0 == digests[0] })
      {
        byteCount += Int64(count)
        return true
      }
    }
    let parts = try ask(presences, place, "data", report) { brick throws(BrickError) in
      try brick.read(gfid, at: Int(offset), count: count)
    }
    byteCount += Int64(count)
    let read = parts.compactMap(\.value)
    guard let first = read.first, read.count == presences.count(where: { $0 == .here }) else {
      return false
    }
    let position = read.dropFirst().compactMap { Self.firstDifference(first, $0) }.min()
    if makesDigests, first.contains(where: { $0 != 0 }) {
      hasher.update(integer: offset)
      hasher.update(counted: first)
    }
    guard let position else { return true }
    return try agree("data at \(offset + Int64(position))", place, parts, report) {
      Digest(of: $0).description
    }
  }

  private static func firstDifference(_ left: [UInt8], _ right: [UInt8]) -> Int? {
    if left == right { return nil }
    let common = min(left.count, right.count)
    return left.indices.prefix(common).first { left[$0] != right[$0] } ?? common
  }
}

/// One xattr of an object.
private struct Xattr: Equatable {
  var key: ByteView
  var value: ByteView
}

extension BrickAnswer {
  /// The same answer about a part of the value.
  func taking<Part>(_ part: (Value) -> Part) -> BrickAnswer<Part> {
    switch self {
    case .value(let value): .value(part(value))
    case .absent: .absent
    case .failed(let number): .failed(number)
    case .unasked: .unasked
    }
  }
}

extension FileTime {
  /// Seconds and nanoseconds with a point between.
  var text: String {
    let digits = String(nanoseconds)
    return "\(seconds)." + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
  }
}
