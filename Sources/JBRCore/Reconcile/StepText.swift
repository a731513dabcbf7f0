/// A step in words for people.
struct StepText {
  let paths: PlanPaths

  func bytes(from offset: Int64, count: Int64) -> String {
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard count > 0, !overflow else { return "from byte \(offset), \(count) long" }
    return "bytes \(offset)-\(end - 1)"
  }

  /// What a step does, in words.
  func what(_ step: Step) -> String {
    switch step.action {
    case .make(let object, let name):
      var text = "make \(object.type.rawValue) \(paths.text(name)), mode \(octal(object.mode)), "
      text += "owner \(object.uid ?? 0):\(object.gid ?? 0)"
      if object.type == .symlink { text += ", leading to \(readableWord(object.target))" }
      if object.rdev != 0 { text += ", device \(object.rdev)" }
      return text
    case .link(_, let name): return "link at \(paths.text(name))"
    case .rename(_, let old, let new): return "rename \(paths.text(old)) to \(paths.text(new))"
    case .unlink(_, let name): return "unlink \(paths.text(name))"
    case .removeDirectory(_, let name): return "remove directory \(paths.text(name))"
    case .mend(_, let name): return "mend handle and gfid2path of \(paths.text(name))"
    case .setAside(let name, _):
      return "set aside \(paths.text(name)): moved to .glusterfs/jbr-set-aside and kept"
    case .write(_, let range, let source):
      let from =
        switch source {
        case .journal(let replica, let file, let offset):
          "\(readableWord(replica.utf8))'s journal, \(readableWord(file.utf8)) from byte \(offset)"
        case .brick(let replica): "the brick of \(readableWord(replica.utf8))"
        }
      return "write \(text(range)) from \(from)"
    case .zero(_, let range): return "zero \(text(range))"
    case .truncate(_, let size): return "set the size to \(size.counted("byte"))"
    case .setMode(_, let mode): return "set mode \(octal(mode))"
    case .setOwner(_, let uid, let gid): return "set owner \(uid):\(gid)"
    case .setTimes(_, let atime, let mtime):
      let times = [atime.map { "atime @\($0.decimal)" }, mtime.map { "mtime @\($0.decimal)" }]
      return "set " + times.compactMap { $0 }.joined(separator: ", ")
    case .setXattr(_, let key, let value):
      return "set xattr \(readableWord(key)), \(value.count.counted("byte"))"
    case .removeXattr(_, let key): return "remove xattr \(readableWord(key))"
    }
  }

  private func text(_ range: Range<Int64>) -> String {
    let size = range.upperBound - range.lowerBound
    return "\(bytes(from: range.lowerBound, count: size)) (\(size))"
  }

  private func octal(_ mode: UInt32) -> String { "0" + String(mode & 0o7777, radix: 8) }
}

extension FileTime {
  /// Seconds since 1970 with nine decimals, as `touch -d @…` reads them.
  var decimal: String {
    var whole = seconds
    var part = nanoseconds
    let isBelowZero = seconds < 0 && nanoseconds > 0
    if isBelowZero {
      whole += 1
      part = 1_000_000_000 - nanoseconds
    }
    let digits = String(part)
    let sign = isBelowZero && whole == 0 ? "-" : ""
    return "\(sign)\(whole)." + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
  }
}

extension BinaryInteger {
  /// The number with its noun: `1 step`, `2 steps`.
  func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
