import FoundationEssentials

/// What the lines of an undo file say, one for each type. See docs/json.md.
enum UndoLine {
  case header(UndoHeader)
  case object(ObjectImage)
  case name(EntryName, GFID?)
  /// Former content of a file; nil for zeros.
  case data(GFID, Range<Int64>, [UInt8]?)
  /// What is taken out of the tree, and kept elsewhere in the brick.
  case setAside(SetAside)
  case objectAfter(GFID, UndoState.After)
  case nameAfter(EntryName, GFID?)
  case mark(UndoMark, Digest)
}

/// What has been reached where all lines before are on disk.
enum UndoMark: String {
  /// What the next requests touch is kept above, and they may touch it now.
  case begin
  /// The replay is over, and how it left everything stands above.
  case end
  /// The check was passed, and the undoing may touch the brick now.
  case undoing
  case undone
}

extension LineWriter {
  mutating func write(undo line: UndoLine) throws(Failure) {
    switch line {
    case .header(let header):
      try write("undo") { line in
        line.field("version", UndoHeader.version)
        line.field("brick", header.brick)
        if let plan = header.planID { line.field("plan_id", plan) }
        switch header.identity {
        case .directory(let device, let inode):
          line.field("device", device)
          line.field("inode", inode)
        case .served(let location): line.field("location", location)
        }
      }
    case .object(let image): try write("undo_object") { $0.fields(of: image) }
    case .name(let name, let gfid): try write("undo_name") { $0.fields(of: name, gfid) }
    case .data(let gfid, let range, let bytes):
      try write("undo_data") { line in
        line.field("gfid", gfid)
        line.field("offset", range.lowerBound)
        line.field("length", range.upperBound - range.lowerBound)
        if let bytes { line.field("data", base64(bytes)) }
      }
    case .setAside(let aside):
      try write("undo_set_aside") { line in
        line.fields(of: aside.name, aside.gfid)
        line.field("label", bytes: aside.label)
        line.field("handle", aside.hasHandle)
      }
    case .objectAfter(let gfid, let after):
      try write("undo_after") { line in
        line.field("gfid", gfid)
        if let digest = after.digest { line.field("digest", digest.description) }
        if let mtime = after.mtime { line.field("mtime", mtime.undoText) }
      }
    case .nameAfter(let name, let gfid): try write("undo_after") { $0.fields(of: name, gfid) }
    case .mark(let mark, let digest):
      try write("undo_mark") { line in
        line.field("mark", mark.rawValue)
        line.field("digest", digest.description)
      }
    }
  }
}

extension LineBuilder {
  fileprivate mutating func fields(of name: EntryName, _ gfid: GFID?) {
    field("parent", name.parent)
    field("name", bytes: name.name)
    field("gfid", gfid)
  }

  fileprivate mutating func fields(of image: ObjectImage) {
    field("gfid", image.gfid)
    field("exists", image.status != nil)
    guard let status = image.status else { return }
    field("object_type", status.type.rawValue)
    field("mode", status.mode)
    field("uid", status.uid)
    field("gid", status.gid)
    if status.rdev > 0 { field("rdev", status.rdev) }
    field("size", status.size)
    field("atime", status.atime.undoText)
    field("mtime", status.mtime.undoText)
    if status.type == .symlink { field("target", bytes: image.target) }
    array("xattrs") { line in
      for xattr in image.xattrs {
        line.element { line in
          line.field("key", bytes: xattr.key)
          line.field("value", bytes: xattr.value)
        }
      }
    }
  }
}

extension FileTime {
  /// As in all lines, or SECONDS.NANOSECONDS where no calendar has it.
  fileprivate var undoText: String {
    JournalTime(seconds: seconds, nanoseconds: nanoseconds).text ?? "\(seconds).\(nanoseconds)"
  }

  fileprivate init?(undoText text: String) {
    if let time = JournalTime(text: text) {
      self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
      return
    }
    let parts = text.split(separator: ".")
    guard parts.count == 2, let seconds = Int64(parts[0]), let nanoseconds = UInt32(parts[1]),
      nanoseconds < 1_000_000_000
    else { return nil }
    self.init(seconds: seconds, nanoseconds: nanoseconds)
  }
}

// MARK: Reading

/// Any line of an undo file, as it is decoded.
struct UndoLineFields: Decodable {
  /// A number, or a decimal string where jq would round it.
  struct Number: Decodable {
    var value: Int64

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int64.self) {
        value = number
      } else if let number = UInt64(try container.decode(String.self)) {
        value = Int64(bitPattern: number)
      } else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "is no number")
      }
    }
  }
  struct Xattr: Decodable {
    var key: JSONBytes
    var value: JSONBytes
  }
  var type: String
  var version: Int?
  var brick: String?
  var plan_id: String?
  var device: Number?
  var inode: Number?
  var location: String?
  var gfid: String?
  var exists: Bool?
  var object_type: String?
  var mode: UInt32?
  var uid: UInt32?
  var gid: UInt32?
  var rdev: Number?
  var size: Number?
  var atime: String?
  var mtime: String?
  var target: JSONBytes?
  var xattrs: [Xattr]?
  var parent: String?
  var name: JSONBytes?
  var offset: Number?
  var length: Number?
  var data: String?
  var label: JSONBytes?
  var handle: Bool?
  var mark: String?
  var digest: String?

  /// nil for a line that makes no sense.
  var line: UndoLine? {
    switch type {
    case "undo":
      guard version == UndoHeader.version, let brick, let identity else { return nil }
      return .header(UndoHeader(brick: brick, identity: identity, planID: plan_id))
    case "undo_object": return image.map { .object($0) }
    case "undo_name": return entryName.map { .name($0, object) }
    case "undo_data": return content
    case "undo_set_aside":
      guard let entryName, let label, FileName.isComponent(label.bytes), let handle else {
        return nil
      }
      return .setAside(
        SetAside(name: entryName, label: label.bytes, gfid: object, hasHandle: handle))
    case "undo_after":
      if let entryName { return .nameAfter(entryName, object) }
      return object.map {
        .objectAfter(
          $0,
          UndoState.After(
            digest: digest.flatMap { Digest($0) }, mtime: mtime.flatMap { FileTime(undoText: $0) }))
      }
    case "undo_mark":
      guard let mark = mark.flatMap({ UndoMark(rawValue: $0) }),
        let digest = digest.flatMap({ Digest($0) })
      else { return nil }
      return .mark(mark, digest)
    default: return nil
    }
  }

  private var identity: BrickIdentity? {
    if let device, let inode {
      return .directory(
        device: UInt64(bitPattern: device.value), inode: UInt64(bitPattern: inode.value))
    }
    return location.map { .served(location: $0) }
  }

  private var object: GFID? { gfid.flatMap { GFID($0) } }

  private var entryName: EntryName? {
    guard let parent = parent.flatMap({ GFID($0) }), let name, FileName.isComponent(name.bytes)
    else { return nil }
    return EntryName(parent: parent, name: name.bytes)
  }

  private var content: UndoLine? {
    guard let object, let start = offset?.value, let count = length?.value, start >= 0, count > 0,
      start <= Int64.max - count
    else { return nil }
    guard let data else { return .data(object, start..<start + count, nil) }
    guard let bytes = bytes(base64: data), bytes.count == Int(count) else { return nil }
    return .data(object, start..<start + count, bytes)
  }

  private var image: ObjectImage? {
    guard let object, let exists else { return nil }
    guard exists else { return ObjectImage(gfid: object, status: nil) }
    guard let type = object_type.flatMap({ ObjectType(rawValue: $0) }), let mode, let uid, let gid,
      let size, let atime = atime.flatMap({ FileTime(undoText: $0) }),
      let mtime = mtime.flatMap({ FileTime(undoText: $0) })
    else { return nil }
    var image = ObjectImage(
      gfid: object,
      status: ObjectStatus(
        type: type, mode: mode, uid: uid, gid: gid,
        rdev: UInt64(bitPattern: rdev?.value ?? 0), size: size.value, atime: atime, mtime: mtime))
    image.target = target?.bytes ?? []
    image.xattrs = (xattrs ?? []).map {
      ObjectImage.Xattr(key: $0.key.bytes, value: $0.value.bytes)
    }
    return image
  }
}
