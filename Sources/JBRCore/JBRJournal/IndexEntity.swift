/// Something that requests touch, by which a term's index finds them. See docs/journal-index.md.
public enum IndexEntity: Hashable, Sendable {
  /// A name in a directory, made, moved or removed.
  case name(parent: GFID, ByteView)
  /// 128 KiB of a file's data.
  case data(GFID, block: UInt64)
  /// Data that no few blocks hold: a truncation, an append, a long range.
  case wideData(GFID)
  /// What makes a file longer than the requests of the term before it did, and what cuts it.
  case size(GFID)
  /// Mode, owner, times and xattrs.
  case attributes(GFID)
  /// All names in a directory.
  case entries(GFID)
  /// What gives an object a name.
  case named(GFID)

  static let blockByteCount: UInt64 = 128 << 10
  /// Longer ranges are wide.
  static let blockCountMax: UInt64 = 16

  private var kind: UInt8 {
    switch self {
    case .name: 1
    case .data: 2
    case .wideData: 3
    case .size: 4
    case .attributes: 5
    case .entries: 6
    case .named: 7
    }
  }

  /// Under what the index files it.
  public var key: UInt64 {
    var bytes: [UInt8] = [kind]
    bytes.reserveCapacity(32)
    switch self {
    case .name(let parent, let name):
      bytes.append(gfid: parent)
      bytes += name
    case .data(let gfid, let block):
      bytes.append(gfid: gfid)
      bytes.append(integer: block)
    case .wideData(let gfid), .size(let gfid), .attributes(let gfid), .entries(let gfid),
      .named(let gfid):
      bytes.append(gfid: gfid)
    }
    return xxh3(bytes, seed: 0)
  }
}

extension [UInt8] {
  fileprivate mutating func append(gfid: GFID) {
    append(integer: gfid.high.bigEndian)
    append(integer: gfid.low.bigEndian)
  }
}

extension GFID {
  /// Under what the index files all requests that name the object.
  public var indexKey: UInt64 {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    bytes.append(gfid: self)
    return xxh3(bytes, seed: 0)
  }
}

/// What a request does to the length of a file, for the index.
struct IndexedSize: Equatable {
  var key: UInt64
  /// The new end; a cut sets it, anything else may only grow it.
  var end: UInt64
  var isCut: Bool
}

extension Request {
  /// The objects that the request names, each once.
  var indexedObjects: [GFID] {
    var found: [GFID] = []
    func add(_ gfid: GFID) { if gfid != .null, !found.contains(gfid) { found.append(gfid) } }
    for value in values {
      switch value {
      case .loc(let loc): add(loc.gfid)
      case .gfid(let descriptor): add(descriptor)
      default: break
      }
    }
    if let made = requestedGFID { add(made) }
    return found
  }

  /// The names that the request makes, moves or removes, their directories, and the object.
  private var indexedNames: [IndexEntity] {
    let fields: [FieldName]
    var object: GFID?
    switch fop {
    case .create, .mkdir, .mknod, .symlink:
      fields = [.loc]
      object = requestedGFID
    case .unlink, .rmdir: fields = [.loc]
    case .link:
      fields = [.newloc]
      object = loc(.oldloc)?.gfid
    case .rename:
      fields = [.oldloc, .newloc]
      object = loc(.oldloc)?.gfid
    default: return []
    }
    var found: [IndexEntity] = []
    for field in fields {
      guard let loc = loc(field), let name = loc.name else { continue }
      found.append(.name(parent: loc.parent, name))
      if !found.contains(.entries(loc.parent)) { found.append(.entries(loc.parent)) }
    }
    if let object, object != .null { found.append(.named(object)) }
    return found
  }

  /// Whether the request writes to the end of the file, wherever that is.
  public var isAppend: Bool {
    guard fop == .writev, let flags = integer(.flags) else { return false }
    return flags & 0o2000 != 0
  }

  private var indexedData: [IndexEntity] {
    let gfid = target
    guard let range = dataRange, gfid != .null else { return [] }
    let first = range.lowerBound / IndexEntity.blockByteCount
    let last = range.upperBound / IndexEntity.blockByteCount
    guard !isAppend, last - first < IndexEntity.blockCountMax else { return [.wideData(gfid)] }
    return (first...last).map { .data(gfid, block: $0) }
  }

  /// The entities that the request touches, but for sizes.
  var indexedEntities: [IndexEntity] {
    switch fop {
    case .setattr, .fsetattr, .setxattr, .fsetxattr, .removexattr, .fremovexattr, .xattrop,
      .fxattrop:
      let gfid = target
      return gfid == .null ? [] : [.attributes(gfid)]
    default: return indexedNames + indexedData
    }
  }

  /// What the request does to a file's size; nil for nothing.
  var indexedSize: IndexedSize? {
    switch fop {
    case .create, .mknod:
      guard let made = requestedGFID else { return nil }
      return IndexedSize(key: IndexEntity.size(made).key, end: 0, isCut: true)
    case .truncate, .ftruncate:
      guard target != .null, let end = integer(.offset), end >= 0 else { return nil }
      return IndexedSize(key: IndexEntity.size(target).key, end: UInt64(end), isCut: true)
    case .writev, .fallocate, .zerofill:
      guard target != .null, let range = dataRange else { return nil }
      // Where an append ends only the fold of all requests knows.
      let end = isAppend ? UInt64.max - 1 : range.upperBound &+ 1
      return IndexedSize(key: IndexEntity.size(target).key, end: end, isCut: false)
    default: return nil
    }
  }
}
