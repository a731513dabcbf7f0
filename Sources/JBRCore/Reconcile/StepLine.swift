import FoundationEssentials

extension Step {
  /// Writes the step's fields, enough to read it back.
  public func write(to line: inout LineBuilder, path: [UInt8]?) {
    line.field("step", number)
    line.field("replica", replica)
    line.field("action", word)
    if let path { line.field("path", bytes: path[...]) }
    line.field("gfid", gfid)
    writeNames(to: &line)
    writeArguments(to: &line)
    if let request { line.field("request", request.description) }
    if let origin { line.field("source", origin) }
    line.field("reason", reason)
    if let before { line.field("before", before) }
    line.field("bytes", byteCount)
    line.field("calls", callCount)
  }

  private func writeNames(to line: inout LineBuilder) {
    guard let first = names.first else { return }
    line.field("parent", first.parent)
    line.field("name", bytes: first.name)
    guard names.count > 1 else { return }
    line.field("to_parent", names[1].parent)
    line.field("to_name", bytes: names[1].name)
  }

  private func writeArguments(to line: inout LineBuilder) {
    switch action {
    case .make(let object, _):
      line.field("object_type", object.type.rawValue)
      line.field("mode", object.mode)
      line.field("uid", object.uid ?? 0)
      line.field("gid", object.gid ?? 0)
      if object.rdev != 0 { line.field("rdev", object.rdev) }
      if object.type == .symlink { line.field("target", bytes: object.target) }
    case .link, .rename, .unlink, .removeDirectory, .mend: break
    case .setAside(_, let entry): line.field("object_type", entry.type.rawValue)
    case .write(_, let range, let source):
      write(range, to: &line)
      line.field("source", source.replica)
      if case .journal(_, let file, let offset) = source {
        line.field("source_file", file)
        line.field("source_offset", offset)
      }
      if let sourceDigest { line.field("source_digest", sourceDigest.description) }
    case .zero(_, let range): write(range, to: &line)
    case .truncate(_, let size): line.field("size", size)
    case .setMode(_, let mode): line.field("mode", mode)
    case .setOwner(_, let uid, let gid):
      line.field("uid", uid)
      line.field("gid", gid)
    case .setTimes(_, let atime, let mtime):
      if let atime { write("atime", atime, to: &line) }
      if let mtime { write("mtime", mtime, to: &line) }
    case .setXattr(_, let key, let value):
      line.field("key", bytes: key)
      line.field("value", bytes: value)
    case .removeXattr(_, let key): line.field("key", bytes: key)
    }
  }

  private func write(_ range: Range<Int64>, to line: inout LineBuilder) {
    line.field("offset", range.lowerBound)
    line.field("length", range.upperBound - range.lowerBound)
  }

  private func write(_ key: String, _ time: FileTime, to line: inout LineBuilder) {
    line.field("\(key)_seconds", time.seconds)
    line.field("\(key)_nanoseconds", time.nanoseconds)
  }
}

/// The fields of a step's line, as they stand in a plan file.
struct StepLine: Decodable {
  var step: Int
  var replica: String
  var action: String
  var gfid: String?
  var parent: String?
  var name: JSONBytes?
  var to_parent: String?
  var to_name: JSONBytes?
  var object_type: String?
  var mode: UInt32?
  var uid: UInt32?
  var gid: UInt32?
  var rdev: JSONUnsigned?
  var target: JSONBytes?
  var offset: JSONInteger?
  var length: JSONInteger?
  var source: String?
  var source_file: String?
  var source_offset: JSONInteger?
  var source_digest: String?
  var size: JSONInteger?
  var atime_seconds: JSONInteger?
  var atime_nanoseconds: UInt32?
  var mtime_seconds: JSONInteger?
  var mtime_nanoseconds: UInt32?
  var key: JSONBytes?
  var value: JSONBytes?
  var request: String?
  var reason: String
  var before: String?
}

extension Step {
  /// Takes a step from its line.
  /// - Throws: the name of the field that is missing or makes no sense.
  init(_ line: StepLine) throws(StepLineError) {
    self.init(
      number: line.step, replica: line.replica, action: try Action(line),
      request: line.request.flatMap { RequestID($0) }, reason: line.reason, before: line.before,
      origin: line.action == "write" ? nil : line.source,
      sourceDigest: line.source_digest.flatMap { Digest($0) })
  }
}

/// The field of a step's line that is missing or makes no sense.
struct StepLineError: Error { var field: String }

extension Step.Action {
  init(_ line: StepLine) throws(StepLineError) {
    switch line.action {
    case "make": self = .make(try line.object(), at: try line.entry())
    case "link": self = .link(try line.object(), at: try line.entry())
    case "rename":
      self = .rename(try line.object(), from: try line.entry(), to: try line.destination())
    case "unlink": self = .unlink(try line.object(), try line.entry())
    case "rmdir": self = .removeDirectory(try line.object(), try line.entry())
    case "mend": self = .mend(try line.object(), try line.entry())
    case "set_aside":
      self = .setAside(
        try line.entry(),
        DirectoryEntry(gfid: line.gfid.flatMap { GFID($0) }, type: try line.type()))
    case "write": self = .write(try line.object(), try line.range(), try line.stepSource())
    case "zero": self = .zero(try line.object(), try line.range())
    case "truncate":
      self = .truncate(try line.object(), try required(line.size, "size").value)
    case "set_mode": self = .setMode(try line.object(), try required(line.mode, "mode"))
    case "set_owner":
      self = .setOwner(
        try line.object(), uid: try required(line.uid, "uid"),
        gid: try required(line.gid, "gid"))
    case "set_times":
      self = .setTimes(
        try line.object(), atime: line.time(line.atime_seconds, line.atime_nanoseconds),
        mtime: line.time(line.mtime_seconds, line.mtime_nanoseconds))
    case "set_xattr":
      self = .setXattr(
        try line.object(), try required(line.key, "key").bytes,
        try required(line.value, "value").bytes)
    case "remove_xattr":
      self = .removeXattr(try line.object(), try required(line.key, "key").bytes)
    default: throw StepLineError(field: "action")
    }
  }
}

private func required<Value>(_ value: Value?, _ field: String) throws(StepLineError) -> Value {
  guard let value else { throw StepLineError(field: field) }
  return value
}

extension StepLine {
  fileprivate func object() throws(StepLineError) -> GFID {
    try required(gfid.flatMap { GFID($0) }, "gfid")
  }

  fileprivate func type() throws(StepLineError) -> ObjectType {
    try required(object_type.flatMap { ObjectType(rawValue: $0) }, "object_type")
  }

  fileprivate func object() throws(StepLineError) -> NewObject {
    NewObject(
      gfid: try object(), type: try type(), mode: try required(mode, "mode"), uid: uid,
      gid: gid, rdev: rdev?.value ?? 0, target: target?.bytes ?? [])
  }

  fileprivate func entry() throws(StepLineError) -> EntryName { try entry(parent, name, "name") }

  fileprivate func destination() throws(StepLineError) -> EntryName {
    try entry(to_parent, to_name, "to_name")
  }

  private func entry(
    _ parent: String?, _ name: JSONBytes?, _ field: String
  ) throws(StepLineError) -> EntryName {
    guard let parent = parent.flatMap({ GFID($0) }), let name, FileName.isComponent(name.bytes)
    else { throw StepLineError(field: field) }
    return EntryName(parent: parent, name: name.bytes)
  }

  fileprivate func range() throws(StepLineError) -> Range<Int64> {
    let start = try required(offset, "offset").value
    let count = try required(length, "length").value
    let (end, overflow) = start.addingReportingOverflow(count)
    guard start >= 0, count >= 0, !overflow else { throw StepLineError(field: "length") }
    return start..<end
  }

  fileprivate func stepSource() throws(StepLineError) -> StepSource {
    let replica = try required(source, "source")
    guard let source_file else { return .brick(replica: replica) }
    let offset = try required(source_offset, "source_offset").value
    return .journal(replica: replica, file: source_file, offset: Int(offset))
  }

  fileprivate func time(_ seconds: JSONInteger?, _ nanoseconds: UInt32?) -> FileTime? {
    seconds.map { FileTime(seconds: $0.value, nanoseconds: nanoseconds ?? 0) }
  }
}
