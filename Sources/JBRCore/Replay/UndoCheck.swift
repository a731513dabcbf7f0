/// Compares a brick with how a replay left it.
struct UndoCheck {
  let state: UndoState
  let brick: any UndoableBrick

  /// All that has changed since, as sentences; empty if nothing has.
  func differences() throws(BrickError) -> [String] {
    var found: [String] = []
    for (name, after) in state.namesAfter.sorted(by: { $0.key < $1.key }) {
      let now = try NameState(name, on: brick)
      guard now != after.map({ .object($0) }) ?? .free else { continue }
      found.append(
        "\(Self.text(name)) is \(Self.text(now)), and the replay left \(Self.text(after))")
    }
    for (name, aside) in state.setAsides.sorted(by: { $0.key < $1.key }) {
      guard try !brick.isSetAside(aside.label) else { continue }
      found.append("what was set aside from \(Self.text(name)) is not kept any more")
    }
    for (gfid, after) in state.objectsAfter.sorted(by: { $0.key < $1.key }) {
      let now = try ObjectImage(of: gfid, on: brick)
      let digest = try now.digest(state.changedRanges(gfid), on: brick)
      if digest != after.digest {
        found.append("\(gfid) \(Self.change(from: after.digest, to: digest))")
      } else if state.objects[gfid]?.status == nil, now.status?.type == .directory {
        found += try strangers(in: gfid)
      }
    }
    return found
  }

  /// Names in a directory that is to go which the replay did not make.
  private func strangers(in directory: GFID) throws(BrickError) -> [String] {
    var found: [String] = []
    for (name, _) in try brick.list(directory) {
      let entry = EntryName(parent: directory, name: name)
      if state.names[entry] == nil { found.append("\(Self.text(entry)) came since") }
    }
    return found
  }

  private static func change(from old: Digest?, to new: Digest?) -> String {
    switch (old, new) {
    case (nil, _): "came since"
    case (_, nil): "is gone"
    default: "was changed since"
    }
  }

  private static func text(_ name: EntryName) -> String {
    "\"\(String(decoding: name.name, as: UTF8.self))\" in \(name.parent)"
  }

  private static func text(_ state: NameState) -> String {
    switch state {
    case .free: "free"
    case .foreign: "something without a GFID"
    case .object(let gfid): "\(gfid)"
    }
  }

  private static func text(_ gfid: GFID?) -> String { gfid.map(\.description) ?? "it free" }
}
