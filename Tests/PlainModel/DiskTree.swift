import CLinux
import Glibc

/// Reads a tree of a brick from its disk, with nothing but the system's calls, and leaves no trace
/// in access times.
public struct DiskTree {
  private let brick: String

  public init(brick: String) { self.brick = brick }

  /// All that stands below a name in the brick's root.
  public func read(_ top: String) -> PlainTree {
    var tree = PlainTree()
    var pending = [(path: "", parent: PlainID.root, name: top)]
    while let (path, parent, name) = pending.popLast() {
      let full = brick + "/" + top + path
      guard let node = node(full, parent, name) else { continue }
      tree.nodes[path] = node
      guard node.object.kind == .directory, let id = node.id else { continue }
      for child in names(full) { pending.append((path + "/" + child, id, child)) }
    }
    return tree
  }

  /// Removes what stands below a name, with its handles: there is no end to sequences, but to a
  /// disk.
  public func remove(_ top: String) {
    let tree = read(top)
    for (path, node) in tree.nodes.sorted(by: { $0.key.utf8.count > $1.key.utf8.count }) {
      let full = brick + "/" + top + path
      _ = node.object.kind == .directory ? rmdir(full) : unlink(full)
      if let id = node.id { unlink(handle(id)) }
    }
  }

  /// Gives a directory back its handle where that is missing; the answer is whether it was.
  public func mendHandle(_ id: PlainID, at place: PlainName) -> Bool {
    symlink(handleTarget(place), handle(id)) == 0
  }

  /// Below `.glusterfs`.
  private func handlePlace(_ id: PlainID) -> String {
    let text = id.description
    return "\(text.prefix(2))/\(text.dropFirst(2).prefix(2))/\(text)"
  }

  private func handle(_ id: PlainID) -> String { "\(brick)/.glusterfs/" + handlePlace(id) }

  private func handleTarget(_ place: PlainName) -> String {
    "../../\(handlePlace(place.parent))/\(place.name)"
  }

  private func node(_ path: String, _ parent: PlainID, _ name: String) -> PlainTree.Node? {
    var status = stat()
    guard lstat(path, &status) == 0, let kind = PlainModel.Kind(status.st_mode) else { return nil }
    var object = PlainModel.Object(kind: kind)
    object.mode = status.st_mode & 0o7777
    object.uid = status.st_uid
    object.gid = status.st_gid
    if kind == .character || kind == .block { object.rdev = UInt64(status.st_rdev) }
    object.atime = PlainTime(status.st_atim.tv_sec, status.st_atim.tv_nsec)
    object.mtime = PlainTime(status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    if kind == .symlink { object.target = target(path) }
    if kind == .file { readContent(path, into: &object) }
    var node = PlainTree.Node(object: object)
    // st_blocks counts in units of 512 bytes on every file system.
    node.space = Int(status.st_blocks) * 512
    if kind != .directory { node.linkCount = Int(status.st_nlink) - 1 }
    for key in keys(path) {
      let value = value(path, key)
      if key == "trusted.gfid" {
        node.id = PlainID(value)
      } else if key.hasPrefix("trusted.gfid2path.") {
        node.paths[key] = String(decoding: value, as: UTF8.self)
      } else {
        node.object.xattrs[key] = value
      }
    }
    if let id = node.id { node.hasHandle = hasHandle(id, status, PlainName(parent, name)) }
    return node
  }

  /// A directory's handle is a symlink that names its place, any other's one more hard link.
  private func hasHandle(_ id: PlainID, _ status: stat, _ place: PlainName) -> Bool {
    var found = stat()
    guard lstat(handle(id), &found) == 0 else { return false }
    if status.st_mode & S_IFMT != S_IFDIR { return found.st_ino == status.st_ino }
    return target(handle(id)) == handleTarget(place)
  }

  // MARK: The system's calls

  private static let withoutTrace = O_RDONLY | Int32(LINUX_O_NOATIME)

  private func names(_ path: String) -> [String] {
    let number = open(path, Self.withoutTrace | O_DIRECTORY)
    guard number >= 0, let directory = fdopendir(number) else { return [] }
    defer { closedir(directory) }
    var found: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { found.append(name) }
    }
    return found
  }

  private func target(_ path: String) -> String {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &bytes, bytes.count)
    return String(
      decoding: bytes.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func readContent(_ path: String, into object: inout PlainModel.Object) {
    let number = open(path, Self.withoutTrace)
    guard number >= 0 else { return }
    defer { close(number) }
    let size = Int(lseek(number, 0, SEEK_END))
    object.content = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = max(0, pread(number, buffer.baseAddress, size, 0))
    }
    var at = 0
    let (seekData, seekHole) = (LINUX_SEEK_DATA, LINUX_SEEK_DATA + 1)
    while at < size {
      let start = Int(lseek(number, off_t(at), Int32(seekData)))
      guard start >= 0 else { return }
      at = Int(lseek(number, off_t(start), Int32(seekHole)))
      guard at > start else { return }
      object.stored.formUnion(PlainModel.pages(start..<at))
    }
  }

  private func keys(_ path: String) -> [String] {
    var list = [CChar](repeating: 0, count: 1 << 14)
    let count = llistxattr(path, &list, list.count)
    return list.prefix(max(0, count)).split(separator: 0).map { key in
      String(decoding: key.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  private func value(_ path: String, _ key: String) -> [UInt8] {
    var value = [UInt8](repeating: 0, count: 1 << 12)
    let count = lgetxattr(path, key, &value, value.count)
    return Array(value.prefix(max(0, count)))
  }
}

extension PlainModel.Kind {
  fileprivate init?(_ mode: mode_t) {
    switch mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .directory
    case S_IFLNK: self = .symlink
    case S_IFIFO: self = .fifo
    case S_IFSOCK: self = .socket
    case S_IFCHR: self = .character
    case S_IFBLK: self = .block
    default: return nil
    }
  }
}

/// Byte for byte, by the C library: contents are large, and tests are not optimised.
func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.count == right.count && memcmp(left, right, left.count) == 0
}
