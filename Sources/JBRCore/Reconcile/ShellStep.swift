/// One step as commands of bash, with the functions of `ShellFunctions`.
struct ShellStep {
  private let step: Step
  private let planID: String

  init(_ step: Step, planID: String) {
    self.step = step
    self.planID = planID
  }

  /// Why no command can do it; nil if some can.
  ///
  /// `bricks`: the replicas whose bricks are known.
  func obstacle(bricks: Set<String>) -> String? {
    guard bricks.contains(step.replica) else { return "no brick is given for its replica" }
    switch step.action {
    case .make(let object, _):
      if object.type == .socket { return "no command makes a socket" }
      if object.type == .unknown { return "its type is unknown" }
      return object.target.contains(0) ? "no command takes a NUL byte" : nil
    case .write(_, _, .brick(let source)):
      return bricks.contains(source) ? nil : "no brick is given for the replica that it reads"
    case .truncate(_, let size): return size < 0 ? "no file has such a size" : nil
    case .setXattr(_, let key, _), .removeXattr(_, let key):
      if Layout.isStructural(key) { return "this xattr holds the brick together" }
      return key.isEmpty || key.contains(0) ? "no command takes such a key" : nil
    default: return nil
    }
  }

  /// `brick`, `source`: words that give the step's brick, and what it reads.
  func commands(brick: String, source: (StepSource) -> String) -> [String] {
    let gfid = step.gfid.map(\.description) ?? ""
    switch step.action {
    case .make(let object, let name): return make(object, name, brick)
    case .link(_, let name):
      return ["link_name \(brick) \(gfid) \(words(name)) \(pathXattr(name))"]
    case .rename(_, let old, let new):
      return [
        "rename_name \(brick) \(gfid) \(words(old)) \(pathKey(old)) \(words(new)) "
          + "\(pathXattr(new)) \(target(new))"
      ]
    case .unlink(_, let name):
      return ["unlink_name \(brick) \(gfid) \(words(name)) \(pathKey(name))"]
    case .removeDirectory(_, let name):
      return ["remove_directory_name \(brick) \(gfid) \(words(name)) \(target(name))"]
    case .mend(_, let name):
      return ["mend_name \(brick) \(gfid) \(words(name)) \(pathXattr(name)) \(target(name))"]
    case .setAside(let name, _):
      let label = shellWord("\(planID.prefix(16))-\(step.number)".utf8)
      return ["set_aside \(brick) \(words(name)) \(label)"]
    case .write(_, let range, let from):
      return write(range, from, brick: brick, gfid, source: source(from))
    case .zero(_, let range):
      return [
        "regular_file \(brick) \(gfid)",
        "zero \"$at\" \(range.lowerBound) \(range.upperBound - range.lowerBound)",
      ]
    case .truncate(_, let size):
      return ["regular_file \(brick) \(gfid)", "truncate -c -s \(size) -- \"$at\""]
    default: return ["object \(brick) \(gfid)"] + attributeCommands()
    }
  }

  /// Commands that change what an object is, with its path in `at`.
  private func attributeCommands() -> [String] {
    switch step.action {
    case .setMode(_, let mode):
      // Linux keeps no mode for symlinks.
      return ["[ -L \"$at\" ] || chmod \(octal(mode)) -- \"$at\""]
    case .setOwner(_, let uid, let gid): return chown(uid, gid, "\"$at\"")
    case .setTimes(_, let atime, let mtime):
      return [("a", atime), ("m", mtime)].compactMap { which, time in
        time.map { "touch -h -c -\(which) -d @\($0.decimal) -- \"$at\"" }
      }
    case .setXattr(_, let key, let value):
      return ["setfattr -h -n \(shellWord(key)) -v \(encoded(value)) -- \"$at\""]
    case .removeXattr(_, let key): return ["setfattr -h -x \(shellWord(key)) -- \"$at\""]
    default: return []
    }
  }

  private func make(_ object: NewObject, _ name: EntryName, _ brick: String) -> [String] {
    let new = "\"$new\""
    let place = "\(brick) \(object.gfid) \(words(name))"
    var commands = ["begin_new \(place)"]
    // What a device's number is made of, as Linux has it.
    let major = (object.rdev >> 8) & 0xfff | (object.rdev >> 32) & ~0xfff
    let minor = object.rdev & 0xff | (object.rdev >> 12) & ~0xff
    switch object.type {
    case .directory: commands.append("mkdir -- \(new)")
    case .symlink: commands.append("ln -s -T -- \(shellWord(object.target)) \(new)")
    case .fifo: commands.append("mkfifo -- \(new)")
    case .character: commands.append("mknod -- \(new) c \(major) \(minor & 0xffff_ffff)")
    case .block: commands.append("mknod -- \(new) b \(major) \(minor & 0xffff_ffff)")
    case .file, .socket, .unknown: commands.append(": >\(new)")
    }
    commands.append("setfattr -h -n trusted.gfid -v \(encoded(object.gfid.bytes[...])) -- \(new)")
    if object.type != .directory {
      let path = Layout.pathXattr(name)
      commands.append(
        "setfattr -h -n \(shellWord(path.key)) -v \(encoded(path.value[...])) -- \(new)")
    }
    commands += chown(object.uid ?? .max, object.gid ?? .max, new)
    if object.type != .symlink { commands.append("chmod \(octal(object.mode)) -- \(new)") }
    commands.append("end_new \(place) \(target(name))")
    return commands
  }

  private func write(
    _ range: Range<Int64>, _ from: StepSource, brick: String, _ gfid: String, source: String
  ) -> [String] {
    let count = range.upperBound - range.lowerBound
    let file = "regular_file \(brick) \(gfid)"
    switch from {
    case .journal(_, _, let offset):
      return [file, "copy \(source) \(offset) \(count) \"$at\" \(range.lowerBound)"]
    case .brick:
      return [
        "regular_file \(source) \(gfid)", "from=$at", file,
        "copy \"$from\" \(range.lowerBound) \(count) \"$at\" \(range.lowerBound)",
      ]
    }
  }

  /// An id of all ones leaves the owner or the group as it is.
  private func chown(_ uid: UInt32, _ gid: UInt32, _ path: String) -> [String] {
    let ids = (uid == .max ? "" : "\(uid)") + (gid == .max ? "" : ":\(gid)")
    return ids.isEmpty ? [] : ["chown -h \(ids) -- \(path)"]
  }

  /// Five digits, since chmod keeps a directory's setgid bit where there are fewer.
  private func octal(_ mode: UInt32) -> String {
    let digits = String(mode & 0o7777, radix: 8)
    return String(repeating: "0", count: 5 - digits.count) + digits
  }

  /// A directory's GFID and a name in it.
  private func words(_ name: EntryName) -> String { "\(name.parent) \(shellWord(name.name))" }

  private func pathKey(_ name: EntryName) -> String { shellWord(Layout.pathXattr(name).key) }

  private func pathXattr(_ name: EntryName) -> String {
    "\(pathKey(name)) \(encoded(Layout.pathXattr(name).value[...]))"
  }

  /// Where a directory's handle leads to.
  private func target(_ name: EntryName) -> String { shellWord(Layout.handleTarget(name)) }

  /// A value as setfattr takes any bytes; base64 where digits would be too long for an argument.
  private func encoded(_ value: ByteView) -> String {
    if value.isEmpty { return "''" }
    guard value.count <= 1024 else { return "0s" + base64(value) }
    return "0x" + value.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
