import Foundation
import Testing

@testable import JBRCore

/// A brick `r` with its copy `applied`, another brick that supplies bytes, and a plan for `r`.
struct ScriptShop {
  private let directory: TemporaryDirectory
  private static let odd = ShellScriptTests.words.filter { word in
    FileName.isComponent(word)
  }
  private static let chain: Range<UInt64> = 1000..<1060
  private let data: [UInt8] = (0..<5000).map { UInt8(truncatingIfNeeded: $0 / 3 ^ $0) }

  init() throws { directory = try TemporaryDirectory() }

  func path(_ name: String) -> String { directory.path + "/" + name }

  func gfid(_ number: UInt64) -> GFID { GFID(high: 0xabcd << 48 | 0x4000, low: 1 << 63 | number) }

  func name(_ text: String, in parent: GFID = .root) -> EntryName {
    EntryName(parent: parent, name: ByteView(text.utf8))
  }

  func new(_ number: UInt64, _ type: ObjectType, mode: UInt32 = 0o644) -> NewObject {
    NewObject(
      gfid: gfid(number), type: type, mode: mode, uid: 0, gid: 0, rdev: 0,
      target: type == .symlink ? ByteView("old target".utf8) : [])
  }

  /// Fills the bricks: files 1 to 9, directories 20 to 25, and some of every other kind.
  func prepare() throws {
    for brick in ["r", "other"] { try fill(try NativeBrick(path: path(brick), creating: true)) }
    let other = try NativeBrick(path: path("other"))
    try other.write(Payload(data), to: gfid(1), at: 0)
    try Data(data).write(to: URL(fileURLWithPath: path("journal")))
    // What no server knows, and names that are not in order.
    try shell("echo foreign >$0/foreign; mkdir -p $0/strange/er; echo x >$0/strange/er/x")
    try shell("rm $0/.glusterfs/ab/cd/\(gfid(8)) $0/.glusterfs/ab/cd/\(gfid(25))")
    try shell("cp -a $0 $0/../applied")
  }

  private func fill(_ brick: NativeBrick) throws {
    for (number, text) in [
      (1, "timed"), (2, "gone"), (3, "two"), (4, "over"), (5, "victim"), (6, "over2"),
      (7, "victim2"), (8, "unbooked"), (9, "aside"),
    ] as [(UInt64, String)] {
      try brick.make(new(number, .file), at: name(text))
      try brick.write(Payload(Array("content \(text)".utf8)), to: gfid(number), at: 0)
    }
    for (number, text) in [
      (20, "dir"), (21, "empty"), (22, "sub-timed"), (23, "moved"), (24, "replaced"),
      (25, "unbooked dir"), (26, "aside dir"),
    ] as [(UInt64, String)] {
      try brick.make(new(number, .directory, mode: 0o755), at: name(text))
    }
    try brick.make(new(30, .directory, mode: 0o755), at: name("below", in: gfid(23)))
    try brick.make(new(31, .file), at: name("deep", in: gfid(30)))
    // More than a path may have symlinks, as which directories' handles are.
    for number in Self.chain {
      let parent = number == Self.chain.lowerBound ? GFID.root : gfid(number - 1)
      try brick.make(new(number, .directory, mode: 0o755), at: name("level", in: parent))
    }
    try brick.make(new(40, .symlink), at: name("link"))
    try brick.make(new(41, .fifo), at: name("fifo"))
    try brick.link(gfid(3), at: name("two again"))
    try brick.link(gfid(7), at: name("victim2 again"))
    try brick.setXattr(gfid(1), ByteView("user.old".utf8), [1], .set)
    try brick.setMode(gfid(22), 0o2775)
    try brick.synchronize()
  }

  /// Makes a directory's handle say that it stands in another.
  func breakHandle(of gfid: GFID, below parent: GFID) throws {
    let target = "../../ab/cd/\(parent)/below"
    try shell("ln -sfT \(target) $0/.glusterfs/ab/cd/\(gfid)")
  }

  /// Runs commands of bash with the brick as `$0`.
  private func shell(_ commands: String) throws {
    let result = try run("bash", ["-ec", commands, path("r")])
    try #require(result.status == 0, "\(result.output)")
  }

  /// Steps of every kind, with odd names.
  func steps() -> [Step] { numbered(making() + naming() + changing()) }

  private func making() -> [Step.Action] {
    var actions: [Step.Action] = []
    var number: UInt64 = 100
    for word in Self.odd {
      let parent = gfid(number)
      let directory = NewObject(
        gfid: parent, type: .directory, mode: 0o2750, uid: 3, gid: 4, rdev: 0, target: [])
      actions.append(.make(directory, at: EntryName(parent: .root, name: word[...])))
      for type in [ObjectType.file, .symlink, .fifo, .character, .block, .directory] {
        number += 1
        let device: UInt64 = type == .block ? 0x1_1103_70 : 0x103
        let object = NewObject(
          gfid: gfid(number), type: type, mode: 0o4711, uid: 1, gid: 2,
          rdev: [.character, .block].contains(type) ? device : 0,
          target: type == .symlink ? word[...] : [])
        let place = EntryName(parent: parent, name: word.prefix(200) + type.rawValue.utf8)
        actions.append(.make(object, at: place))
        guard type == .file else { continue }
        actions.append(.link(object.gfid, at: EntryName(parent: gfid(20), name: word[...])))
      }
      number += 10
    }
    return actions
  }

  private func naming() -> [Step.Action] {
    [
      .make(new(50, .file), at: name("deepest", in: gfid(Self.chain.upperBound - 1))),
      .rename(gfid(4), from: name("over"), to: name("victim")),
      .rename(gfid(6), from: name("over2"), to: name("victim2")),
      .rename(gfid(3), from: name("two"), to: name("two again")),
      .rename(gfid(30), from: name("below", in: gfid(23)), to: name("up\n")),
      .rename(gfid(23), from: name("moved"), to: name("replaced")),
      .rename(gfid(31), from: name("deep", in: gfid(30)), to: name("it's", in: gfid(23))),
      .unlink(gfid(3), name("two")), .unlink(gfid(2), name("gone")),
      .unlink(gfid(41), name("fifo")), .removeDirectory(gfid(21), name("empty")),
      .mend(gfid(8), name("unbooked")), .mend(gfid(25), name("unbooked dir")),
      .setAside(name("foreign"), DirectoryEntry(gfid: nil, type: .file)),
      .setAside(name("strange"), DirectoryEntry(gfid: nil, type: .directory)),
      .setAside(name("aside"), DirectoryEntry(gfid: gfid(9), type: .file)),
      .setAside(name("aside dir"), DirectoryEntry(gfid: gfid(26), type: .directory)),
    ]
  }

  private func changing() -> [Step.Action] {
    let file = gfid(1)
    let journal = StepSource.journal(replica: "s", file: path("journal"), offset: 17)
    let times = (FileTime(seconds: -2, nanoseconds: 5), FileTime(seconds: 1 << 32, nanoseconds: 7))
    return [
      .write(file, 3..<3003, journal), .write(file, 4000..<4800, .brick(replica: "s")),
      .write(gfid(8), 0..<10, .brick(replica: "s")), .write(gfid(31), 7..<7, journal),
      .zero(file, 100..<200), .zero(file, 4700..<6000), .zero(gfid(8), 100..<200),
      .truncate(gfid(4), 3), .truncate(gfid(6), 1 << 20),
      .setMode(file, 0o6755), .setMode(gfid(22), 0o755), .setMode(gfid(40), 0o600),
      .setOwner(file, uid: 5, gid: 6), .setOwner(gfid(40), uid: .max, gid: 7),
      .setXattr(file, ByteView("user.binary".utf8), ByteView([0, 0xff, 0x0a] + data.prefix(900))),
      .setXattr(file, ByteView("user.large".utf8), data.prefix(3000)),
      .setXattr(file, ByteView("user.empty".utf8), []),
      .setXattr(gfid(40), ByteView("trusted.it's 日".utf8), ByteView("0x1".utf8)),
      .removeXattr(file, ByteView("user.old".utf8)),
      .setTimes(file, atime: times.1, mtime: times.0),
      .setTimes(gfid(40), atime: nil, mtime: times.1),
      .setTimes(gfid(22), atime: nil, mtime: times.0),
    ]
  }

  func numbered(_ actions: [Step.Action]) -> [Step] {
    actions.enumerated().map { number, action in
      Step(
        number: number + 1, replica: "r", action: action, request: nil, reason: "restore",
        before: nil)
    }
  }

  /// A plan file with these steps.
  func plan(_ steps: [Step], journal: String? = nil) throws -> PlanFile {
    let body = MemoryByteSink()
    var writer = LineWriter(body)
    for step in steps { try writer.write("step") { step.write(to: &$0, path: nil) } }
    try writer.write("plan_summary") { line in
      for key in ["forward", "void", "conflicts", "foreign", "bytes"] { line.field(key, 0) }
      line.field("steps", steps.count)
      line.field("zero_loss", true)
    }
    try writer.flush()
    let inputs = [("r", path("r")), ("s", path("other"))].map { name, brick in
      PlanFile.Replica(
        name: name, journal: journal ?? path("journal"), brick: brick,
        digest: Digest(of: [1]).description)
    }
    func heading(_ id: Digest?) throws -> [UInt8] {
      let heading = MemoryByteSink()
      var writer = LineWriter(heading)
      try writer.write("plan") { line in
        if let id { line.field("plan_id", id.description) }
        line.field("version", "0.0.0")
        line.field("replica_count", 2)
        line.field("quorum", 2)
        line.field("id_source", "jbr")
        line.array("replicas") { list in
          for input in inputs { list.element { input.write(to: &$0) } }
        }
      }
      try writer.flush()
      return heading.bytes
    }
    let id = Digest(of: try heading(nil) + body.bytes)
    try Data(try heading(id) + body.bytes).write(to: URL(fileURLWithPath: path("plan")))
    return try PlanFile(path: path("plan"), withDetails: true)
  }

  func script(_ plan: PlanFile) throws -> [UInt8] {
    let sink = MemoryByteSink()
    var script = ShellScript(plan, paths: PlanPaths(plan), to: sink)
    try script.write()
    return sink.bytes
  }

  /// What was set aside in a brick.
  func shelf(_ brick: String) throws -> String {
    try run("bash", ["-c", "cd $0/.glusterfs/jbr-set-aside && find . | sort", brick]).output
  }

  /// All of the brick but the tool's own directory, with what changes when anything does.
  func listing() throws -> String {
    try run(
      "bash",
      [
        "-c", "cd $0 && find . -path ./.glusterfs/jbr -prune -o -printf '%p %i %C@\\n' | sort",
        path("r"),
      ]
    ).output
  }
}
