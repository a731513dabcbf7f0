/// What replaying a request changes of one entity: what the brick holds, and what it will hold.
public struct EntityChange: Sendable, Equatable {
  public enum Value: Sendable, Equatable {
    /// A type of object, a GFID, a time or a digest.
    case word(String)
    case number(Int64)
    case bytes(ByteView)
  }
  public var entity: Entity
  /// nil where the brick has none.
  public var current: Value?
  /// nil where there is to be none.
  public var wanted: Value?
}

extension EntityComparison {
  /// What is to be changed of some entities for the brick to hold them.
  func changes(_ entities: [Entity]) throws(BrickError) -> [EntityChange] {
    var found: [EntityChange] = []
    for entity in entities where try !holdsAll([entity]) {
      found.append(
        EntityChange(entity: entity, current: try current(entity), wanted: try wanted(entity)))
    }
    return found
  }

  private func current(_ entity: Entity) throws(BrickError) -> EntityChange.Value? {
    if case .name(let name) = entity {
      return try brick.entry(name).map { .word($0.gfid?.description ?? "foreign") }
    }
    let gfid = entity.gfid
    guard let status = try brick.status(gfid) else { return nil }
    switch entity {
    case .object: return .word(status.type.rawValue)
    case .name: return nil
    case .size: return .number(status.size)
    case .mode: return .number(Int64(status.mode))
    case .uid: return .number(Int64(status.uid))
    case .gid: return .number(Int64(status.gid))
    case .atime: return .word(status.atime.shownText)
    case .mtime: return .word(status.mtime.shownText)
    case .xattr(_, let key): return try brick.xattr(gfid, key).map { .bytes($0) }
    case .data(_, let range):
      guard status.type == .file else { return nil }
      return .word(try brick.contentDigest(gfid, range).description)
    }
  }

  private func wanted(_ entity: Entity) throws(BrickError) -> EntityChange.Value? {
    if case .name(let name) = entity {
      return wanted.names[name]?.value.map { .word($0.description) }
    }
    guard let object = wanted.objects[entity.gfid] else { return nil }
    switch entity {
    case .object: return .word(object.type.rawValue)
    case .name: return nil
    case .size: return (object.size ?? object.grown).map { .number($0.value) }
    case .mode: return object.mode.map { .number(Int64($0.value)) }
    case .uid: return object.uid.map { .number(Int64($0.value)) }
    case .gid: return object.gid.map { .number(Int64($0.value)) }
    case .atime: return object.atime.map { .word($0.value.shownText) }
    case .mtime: return object.mtime.map { .word($0.value.shownText) }
    case .xattr(_, let key): return object.xattrs[key]?.value.map { .bytes($0) }
    case .data(_, let range): return .word(try ContentDigest.of(object, range).description)
    }
  }
}

extension FileTime {
  /// As in all lines, or its numbers where no calendar has it.
  fileprivate var shownText: String {
    JournalTime(seconds: seconds, nanoseconds: nanoseconds).text ?? "\(seconds)s \(nanoseconds)ns"
  }
}

/// Digests of stretches of files.
enum ContentDigest {
  /// How much is read at once.
  private static let blockByteCount: Int64 = 1 << 20

  /// Of what a model's file has in a range that it knows.
  static func of(_ object: ModelObject, _ range: Range<Int64>) throws(BrickError) -> Digest {
    var hasher = ContentHasher()
    for extent in object.data.within(range) {
      var offset = extent.range.lowerBound
      while offset < extent.range.upperBound {
        let end = min(offset + blockByteCount, extent.range.upperBound)
        switch extent.clipped(to: offset..<end).content {
        case .zeros: hasher.update([UInt8](repeating: 0, count: Int(end - offset)))
        case .payload(let payload): hasher.update(try payload.brickRead())
        }
        offset = end
      }
    }
    return hasher.digest()
  }
}

extension LineBuilder {
  /// The entities that a request would change, with what they hold and what they will.
  mutating func field(_ key: String, changes: [EntityChange]) {
    array(key) { line in
      for change in changes {
        line.element { line in
          line.field("entity", change.entity.word)
          switch change.entity {
          case .name(let name):
            line.field("parent", name.parent)
            line.field("name", bytes: name.name)
          default: line.field("gfid", change.entity.gfid)
          }
          if case .xattr(_, let key) = change.entity { line.field("key", bytes: key) }
          if case .data(_, let range) = change.entity {
            line.field("offset", range.lowerBound)
            line.field("length", range.upperBound - range.lowerBound)
          }
          line.field("current", change.current)
          line.field("wanted", change.wanted)
        }
      }
    }
  }

  private mutating func field(_ key: String, _ value: EntityChange.Value?) {
    switch value {
    case .word(let word): field(key, word)
    case .number(let number): field(key, number)
    case .bytes(let bytes): field(key, bytes: bytes)
    case nil: return
    }
  }
}
