package import JBRCore

/// A whole brick as text, one line for each name, written by the tests alone: no code is shared
/// with the comparison that is tested.
///
/// `timed`: the objects whose mtime counts.
package func treeText(_ brick: any BrickStore, timed: Set<GFID>) throws -> String {
  var lines = ["/ " + (try objectText(.root, brick, timed))]
  var pending: [(gfid: GFID, path: String)] = [(.root, "")]
  var seen: Set<GFID> = []
  while let (directory, path) = pending.popLast() {
    guard seen.insert(directory).inserted else { return "a circle at \(path)" }
    for (name, entry) in try brick.list(directory) {
      let child = path + "/" + String(decoding: name, as: UTF8.self)
      guard let gfid = entry.gfid else {
        lines.append(child + " foreign")
        continue
      }
      lines.append("\(child) \(gfid) " + (try objectText(gfid, brick, timed)))
      if entry.type == .directory { pending.append((gfid, child)) }
    }
  }
  return lines.sorted().joined(separator: "\n")
}

private func objectText(
  _ gfid: GFID, _ brick: any BrickStore, _ timed: Set<GFID>
) throws -> String {
  guard let status = try brick.status(gfid) else { return "no handle" }
  var words = [
    status.type.rawValue, String(status.mode, radix: 8), "\(status.uid):\(status.gid)",
    "rdev \(status.rdev)",
  ]
  if status.type != .directory { words.append("names \(status.nameCount)") }
  if timed.contains(gfid) {
    words.append("mtime \(status.mtime.seconds).\(status.mtime.nanoseconds)")
  }
  switch status.type {
  case .file:
    let bytes = try brick.read(gfid, at: 0, count: Int(status.size) + 1)
    words.append("size \(status.size) \(bytes)")
  case .symlink: words.append("to \(try brick.symlinkTarget(gfid).map { $0 })")
  default: break
  }
  for (key, value) in try brick.xattrs(gfid) {
    words.append("\(String(decoding: key, as: UTF8.self))=\(value.map { $0 })")
  }
  return words.joined(separator: " ")
}
