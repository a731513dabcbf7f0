/// A POSIX ACL as Linux keeps it in an xattr: a version, and entries of tag, permissions and id,
/// little-endian.
struct AccessList {
  static let accessKey = ByteView("system.posix_acl_access".utf8)
  static let defaultKey = ByteView("system.posix_acl_default".utf8)

  static func isKey(_ key: ByteView) -> Bool { key == accessKey || key == defaultKey }

  enum Tag: UInt16 {
    case owner = 1
    case user = 2
    case owningGroup = 4
    case group = 8
    case mask = 16
    case other = 32
  }

  struct Entry {
    var tag: Tag
    var permissions: UInt16
    var id: UInt32
  }

  private static let version: UInt32 = 2
  var entries: [Entry] = []

  /// nil for bytes that are no ACL.
  init?(_ bytes: ByteView) {
    guard bytes.count >= 4, (bytes.count - 4) % 8 == 0 else { return nil }
    var cursor = ByteCursor(bytes, base: 0)
    guard (try? cursor.integer("version", as: UInt32.self)) == Self.version else { return nil }
    while cursor.remaining > 0 {
      guard let number: UInt16 = try? cursor.integer("tag"), let tag = Tag(rawValue: number),
        let permissions: UInt16 = try? cursor.integer("perm"), permissions < 8,
        let id: UInt32 = try? cursor.integer("id")
      else { return nil }
      entries.append(Entry(tag: tag, permissions: permissions, id: id))
    }
  }

  var bytes: ByteView {
    var bytes: [UInt8] = []
    bytes.append(integer: Self.version)
    for entry in entries {
      bytes.append(integer: entry.tag.rawValue)
      bytes.append(integer: entry.permissions)
      bytes.append(integer: entry.id)
    }
    return bytes[...]
  }

  /// Whether it says no more than a mode does.
  var isMinimal: Bool { entries.allSatisfy { [.owner, .owningGroup, .other].contains($0.tag) } }

  /// The entry that a mode's group bits show: the mask where there is one.
  private var groupTag: Tag { entries.contains { $0.tag == .mask } ? .mask : .owningGroup }

  private func shift(of tag: Tag) -> UInt32? {
    switch tag {
    case .owner: 6
    case groupTag: 3
    case .other: 0
    default: nil
    }
  }

  /// The nine permission bits of the mode that goes with it.
  var permissions: UInt32 {
    entries.reduce(0) { mode, entry in
      shift(of: entry.tag).map { mode | UInt32(entry.permissions) << $0 } ?? mode
    }
  }

  /// What chmod(2) makes of it.
  func changed(to mode: UInt32) -> ByteView {
    var list = self
    for index in entries.indices {
      if let shift = shift(of: entries[index].tag) {
        list.entries[index].permissions = UInt16(mode >> shift & 7)
      }
    }
    return list.bytes
  }

  /// As a directory's default ACL, what a new object gets: `mode` loses what the list does not
  /// allow, and the list what the mode does not. nil where the mode says it all.
  func inherited(mode: inout UInt32) -> ByteView? {
    let allowed = mode & permissions
    mode = mode & ~0o777 | allowed
    return isMinimal ? nil : changed(to: allowed)
  }
}
