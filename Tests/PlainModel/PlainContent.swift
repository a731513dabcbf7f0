import Glibc

/// Content, attributes and xattrs.
extension PlainModel {
  /// The pages in which a range lies, which is not empty.
  static func pages(_ range: Range<Int>) -> ClosedRange<Int> {
    range.lowerBound / pageByteCount...(range.upperBound - 1) / pageByteCount
  }

  /// Where a page lies in a file of some size.
  static func bytes(_ page: Int, of size: Int) -> Range<Int> {
    page * pageByteCount..<min((page + 1) * pageByteCount, size)
  }

  private func file(_ id: PlainID) throws(Refusal) -> Object {
    let object = try object(id)
    guard object.kind != .directory else { throw Refusal(EISDIR) }
    guard object.kind == .file else { throw Refusal(EINVAL) }
    return object
  }

  /// Who appends writes at the file's end, whatever the offset says.
  mutating func write(
    _ id: PlainID, _ bytes: [UInt8], at offset: Int, _ appends: Bool
  ) throws(Refusal) {
    var file = try file(id)
    file.store(bytes, at: appends ? file.content.count : offset)
    file.mtime = nil
    objects[id] = file
  }

  mutating func truncate(_ id: PlainID, to size: Int) throws(Refusal) {
    var file = try file(id)
    if size < file.content.count {
      file.content.removeLast(file.content.count - size)
      let isKept = { (page: Int) in page * Self.pageByteCount < size }
      file.stored = file.stored.filter(isKept)
      file.reserved = file.reserved.filter(isKept)
    } else {
      file.grow(to: size)
    }
    file.mtime = nil
    objects[id] = file
  }

  /// Space that is only reserved reads as a hole.
  mutating func fallocate(_ id: PlainID, _ range: Range<Int>) throws(Refusal) {
    var file = try file(id)
    file.grow(to: range.upperBound)
    file.reserved.formUnion(Self.pages(range))
    file.mtime = nil
    objects[id] = file
  }

  /// Whole pages become holes; what is left of others is zeros. The size stays.
  mutating func discard(_ id: PlainID, _ range: Range<Int>) throws(Refusal) {
    var file = try file(id)
    for index in range.clamped(to: 0..<file.content.count) { file.content[index] = 0 }
    let page = Self.pageByteCount
    let isKept = { (number: Int) in
      !(range.lowerBound <= number * page && (number + 1) * page <= range.upperBound)
    }
    file.stored = file.stored.filter(isKept)
    file.reserved = file.reserved.filter(isKept)
    let last = (file.content.count - 1) / page
    if range.lowerBound <= last * page, range.upperBound >= file.content.count {
      file.loose.insert(last)
    }
    file.mtime = nil
    objects[id] = file
  }

  /// GlusterFS writes zeros.
  mutating func zerofill(_ id: PlainID, _ range: Range<Int>) throws(Refusal) {
    var file = try file(id)
    file.store([UInt8](repeating: 0, count: range.count), at: range.lowerBound)
    file.zeroFilled.formUnion(Self.pages(range))
    file.mtime = nil
    objects[id] = file
  }

  // MARK: Attributes

  mutating func setattr(_ id: PlainID, _ wanted: PlainFop.Attributes) throws(Refusal) {
    var object = try object(id)
    object.uid = wanted.uid ?? object.uid
    object.gid = wanted.gid ?? object.gid
    // chown(2), by root too.
    if wanted.uid != nil || wanted.gid != nil, object.kind != .directory {
      object.mode &= ~S_ISUID
      if object.mode & S_IXGRP != 0 { object.mode &= ~S_ISGID }
    }
    // Linux keeps no mode for symlinks.
    if let mode = wanted.mode, object.kind != .symlink { object.mode = mode & 0o7777 }
    object.atime = wanted.atime ?? object.atime
    object.mtime = wanted.mtime ?? object.mtime
    objects[id] = object
  }

  // MARK: xattrs

  mutating func setxattr(
    _ id: PlainID, _ key: String, _ value: [UInt8], _ flags: Int32
  ) throws(Refusal) {
    let object = try object(id)
    guard object.mayHave(key) else { throw Refusal(EPERM) }
    if flags == Self.create, object.xattrs[key] != nil { throw Refusal(EEXIST) }
    if flags == Self.replace, object.xattrs[key] == nil { throw Refusal(ENODATA) }
    objects[id]?.xattrs[key] = value
  }

  /// setxattr(2)'s flags.
  private static var create: Int32 { 1 }
  private static var replace: Int32 { 2 }

  mutating func removexattr(_ id: PlainID, _ key: String) throws(Refusal) {
    let object = try object(id)
    guard object.mayHave(key) else { throw Refusal(EPERM) }
    guard object.xattrs[key] != nil else { throw Refusal(ENODATA) }
    objects[id]?.xattrs[key] = nil
  }

  /// Adds arrays of integers of 32 or 64 bits, or puts a value in the place of another.
  mutating func xattrop(
    _ id: PlainID, _ operation: Int32, _ key: String, _ value: [UInt8]
  ) throws(Refusal) {
    let object = try object(id)
    let there = object.xattrs[key] ?? []
    // What is there is read first, into room for as much as was given.
    guard there.count <= value.count else { throw Refusal(ERANGE) }
    let result: [UInt8]
    switch operation {
    case 0: result = sum(value, there, width: 4)
    case 1: result = sum(value, there, width: 8)
    case 4: result = value
    default: throw Refusal(EINVAL)
    }
    objects[id]?.xattrs[key] = result
  }

  private func sum(_ value: [UInt8], _ there: [UInt8], width: Int) -> [UInt8] {
    let base = there + [UInt8](repeating: 0, count: value.count - there.count)
    var result = base
    for start in stride(from: 0, to: value.count / width * width, by: width) {
      func number(_ bytes: [UInt8]) -> UInt64 {
        bytes[start..<start + width].reduce(0) { $0 << 8 | UInt64($1) }
      }
      let total = number(value) &+ number(base)
      for index in 0..<width {
        result[start + index] = UInt8(truncatingIfNeeded: total >> (8 * (width - 1 - index)))
      }
    }
    return result
  }
}

extension PlainModel.Object {
  fileprivate mutating func grow(to size: Int) {
    let missing = size - content.count
    if missing > 0 { content += [UInt8](repeating: 0, count: missing) }
  }

  fileprivate mutating func store(_ bytes: [UInt8], at offset: Int) {
    guard !bytes.isEmpty else { return }
    let range = offset..<offset + bytes.count
    grow(to: range.upperBound)
    content.replaceSubrange(range, with: bytes)
    stored.formUnion(PlainModel.pages(range))
    loose.subtract(PlainModel.pages(range))
  }

  /// The kernel keeps user xattrs on files and directories alone.
  fileprivate func mayHave(_ key: String) -> Bool {
    !key.hasPrefix("user.") || kind == .file || kind == .directory
  }
}
