/// A tree below one directory, as it was found on a disk.
public struct PlainTree: Sendable {
  public struct Node: Sendable {
    public var object: PlainModel.Object
    public var id: PlainID?
    /// Names, the handle not counted; 1 for a directory.
    public var linkCount = 1
    public var hasHandle = false
    /// The bytes that the file system has set aside.
    public var space = 0
    /// gfid2path xattrs: what each says, by its key.
    public var paths: [String: String] = [:]
  }

  /// By path, "" for the top.
  public internal(set) var nodes: [String: Node] = [:]
}

/// What may differ, each time that it did: by the rule's name.
public typealias PlainExceptions = [String: Int]

extension PlainModel {
  /// Who is compared with the model.
  public enum Judged: Sendable {
    /// A brick of which a running GlusterFS was asked fop by fop.
    case gluster
    /// A brick that requests were replayed onto.
    case replay
  }

  /// How a tree differs from what stands below a directory here; nothing where it does not.
  public func differences(
    _ tree: PlainTree, below top: PlainID, _ judged: Judged, _ exceptions: inout PlainExceptions
  ) -> [String] {
    var found: [String] = []
    var wanted: [String: PlainID] = [:]
    var pending = [(path: "", id: top)]
    while let (path, id) = pending.popLast() {
      wanted[path] = id
      for name in children(id) {
        if let child = names[name] { pending.append((path + "/" + name.name, child)) }
      }
    }
    for path in Set(wanted.keys).union(tree.nodes.keys).sorted() {
      guard let id = wanted[path], let object = objects[id] else {
        found.append("\(path): should not be there")
        continue
      }
      guard let node = tree.nodes[path] else {
        found.append("\(path): is not there")
        continue
      }
      var comparison = Comparison(path: path, judged: judged, exceptions: exceptions)
      comparison.compare(id, object, node)
      exceptions = comparison.exceptions
      found += comparison.found
    }
    return found
  }
}

/// One object of the model with one on a disk.
private struct Comparison {
  let path: String
  let judged: PlainModel.Judged
  var exceptions: PlainExceptions
  var found: [String] = []

  private mutating func expect<Value: Equatable>(_ field: String, _ is: Value, _ wanted: Value) {
    if `is` != wanted { found.append("\(path): \(field) is \(`is`), should be \(wanted)") }
  }

  mutating func compare(_ id: PlainID, _ object: PlainModel.Object, _ node: PlainTree.Node) {
    let there = node.object
    expect("gfid", node.id, id)
    expect("kind", there.kind, object.kind)
    expect("mode", String(there.mode, radix: 8), String(object.mode, radix: 8))
    expect("owner", there.uid, object.uid)
    expect("group", there.gid, object.gid)
    expect("device number", there.rdev, object.rdev)
    expect("target", there.target, object.target)
    expect("handle", node.hasHandle, true)
    if object.kind != .directory { expect("link count", node.linkCount, object.names.count) }
    compareAccess(object, there)
    if let mtime = object.mtime { expect("mtime", there.mtime, mtime) }
    expect("xattrs", there.xattrs.keys.sorted(), object.xattrs.keys.sorted())
    for (key, value) in object.xattrs { expect(key, there.xattrs[key], value) }
    comparePaths(object, node)
    compareContent(object, there)
    if object.kind == .file { compareSpace(object, node.space) }
  }

  /// Whoever reads a symlink leaves a trace, for which there is no flag against; a brick does so by
  /// itself.
  private mutating func compareAccess(_ object: PlainModel.Object, _ there: PlainModel.Object) {
    guard let atime = object.atime else { return }
    if object.kind == .symlink, there.atime != atime {
      exceptions["the atime of a symlink that was read", default: 0] += 1
    } else {
      expect("atime", there.atime, atime)
    }
  }

  /// A rename over one of a file's names leaves that name's gfid2path on the file's other names:
  /// a fault of GlusterFS' that replay does not share.
  private mutating func comparePaths(_ object: PlainModel.Object, _ node: PlainTree.Node) {
    guard object.kind != .directory else { return expect("gfid2path", node.paths.count, 0) }
    let wanted = object.names.map { "\($0.parent)/\($0.name)" }.sorted()
    let is_ = node.paths.values.sorted()
    if judged == .gluster, object.isRenamedOver, is_ != wanted {
      exceptions["gfid2path behind a rename over a hard link, GlusterFS", default: 0] += 1
    } else {
      expect("gfid2path", is_, wanted)
    }
  }

  private mutating func compareContent(_ object: PlainModel.Object, _ there: PlainModel.Object) {
    expect("size", there.content.count, object.content.count)
    guard there.content.count == object.content.count else { return }
    if !areEqual(there.content, object.content) {
      let first = there.content.indices.first { there.content[$0] != object.content[$0] }
      found.append("\(path): the content differs from offset \(first ?? 0) on")
    }
    for page in there.stored.symmetricDifference(object.stored).sorted() {
      let bytes = object.content[PlainModel.bytes(page, of: object.content.count)]
      let isStored = there.stored.contains(page)
      if let exception = exception(page, object, isStored), bytes.allSatisfy({ $0 == 0 }) {
        exceptions[exception, default: 0] += 1
      } else {
        found.append(
          isStored
            ? "\(path): page \(page) is stored, should be a hole"
            : "\(path): page \(page) is a hole, should be stored")
      }
    }
  }

  /// What is stored has its space, and on a brick of GlusterFS' own what is reserved. A replay leaves
  /// out an allocation that no size tells of, and need not store zeros.
  private mutating func compareSpace(_ object: PlainModel.Object, _ space: Int) {
    let pages = object.stored.union(object.reserved).subtracting(object.loose)
    let all = pages.count * PlainModel.pageByteCount
    guard space < all else { return }
    let least = object.stored.filter { page in
      !object.content[PlainModel.bytes(page, of: object.content.count)].allSatisfy { $0 == 0 }
    }
    if judged == .replay, space >= least.count * PlainModel.pageByteCount {
      exceptions["space that is not set aside, replay", default: 0] += 1
    } else {
      found.append("\(path): has space for \(space) bytes, should have it for \(all)")
    }
  }

  /// Why a page of zeros may be stored that should be a hole, or the other way round.
  private func exception(_ page: Int, _ object: PlainModel.Object, _ isStored: Bool) -> String? {
    // File systems do so with space that is reserved, tmpfs when it is reserved twice.
    if isStored, object.reserved.contains(page) { return "reserved space that is shown as stored" }
    // ext4 makes a hole of it, tmpfs does not.
    if object.loose.contains(page) { return "a last page that is discarded up to the file's end" }
    guard judged == .replay else { return nil }
    // What the brick reads as zeros already is not written, nor punched, once more: an overwritten
    // write is left out, and a zerofill of which any part counts is done wholly.
    if !isStored { return "a hole where zeros were stored, replay" }
    return object.zeroFilled.contains(page) ? "zeros of a zerofill in a later hole, replay" : nil
  }
}
