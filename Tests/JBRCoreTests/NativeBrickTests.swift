import Foundation
import Testing

@testable import JBRCore

/// A brick in a directory beside a canary that nothing may touch.
final class GuardedBrick {
  let directory: TemporaryDirectory
  let path: String
  let brick: NativeBrick
  private let canary: String
  private let before: String

  init() throws {
    try #require(isRoot)
    directory = try TemporaryDirectory()
    path = directory.path + "/brick"
    canary = directory.path + "/canary"
    try FileManager.default.createDirectory(atPath: canary, withIntermediateDirectories: true)
    try Data("sings".utf8).write(to: URL(fileURLWithPath: canary + "/file"))
    before = try snapshot(canary)
    brick = try NativeBrick(path: path, creating: true)
  }

  /// Another view of the brick, which has nothing open yet.
  func reopened() throws -> NativeBrick { try NativeBrick(path: path) }

  func handle(_ gfid: GFID) -> String {
    let text = gfid.description
    return path + "/.glusterfs/\(text.prefix(2))/\(text.dropFirst(2).prefix(2))/\(text)"
  }

  func symlink(_ path: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
  }

  func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }

  func expectCanarySings(_ location: SourceLocation = #_sourceLocation) throws {
    #expect(try snapshot(canary) == before, sourceLocation: location)
  }
}

/// The errno that a call answers with; nil if it went well.
func answer<Value>(_ body: () throws -> Value) -> String? {
  do {
    _ = try body()
    return nil
  } catch let error as BrickError {
    return errorName(error.errno)
  } catch {
    return "\(error)"
  }
}

@Suite("A brick on disk")
struct NativeBrickTests {
  let d = Request.gfid(1)
  let f = Request.gfid(2)
  let g = Request.gfid(3)

  private func name(_ text: String, in parent: GFID = .root) -> EntryName {
    EntryName(parent: parent, name: ByteView(text.utf8))
  }

  private func file(_ gfid: GFID) -> NewObject { NewObject(gfid: gfid, type: .file, mode: 0o644) }
  private func folder(_ gfid: GFID) -> NewObject {
    NewObject(gfid: gfid, type: .directory, mode: 0o755)
  }

  @Test func onlyABrickIsOpened() throws {
    try #require(isRoot)
    let directory = try TemporaryDirectory()
    #expect(throws: Failure.self) { try NativeBrick(path: directory.path) }
    #expect(throws: Failure.self) { try NativeBrick(path: directory.path + "/none") }
    #expect(NativeBrick.isVacant(path: directory.path))
    #expect(NativeBrick.isVacant(path: directory.path + "/none"))
    try Data().write(to: URL(fileURLWithPath: directory.path + "/file"))
    // What holds anything is never made a brick.
    #expect(throws: Failure.self) { try NativeBrick(path: directory.path, creating: true) }
    #expect(throws: Failure.self) { try NativeBrick(path: directory.path + "/file") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["file"])
  }

  @Test func everyNameAndHandleIsAsGlusterFSKeepsThem() throws {
    let guarded = try GuardedBrick()
    let brick = guarded.brick
    try brick.make(folder(d), at: name("d"))
    try brick.make(file(f), at: name("f", in: d))
    try brick.link(f, at: name("hard"))
    try brick.make(
      NewObject(gfid: g, type: .symlink, mode: 0, target: ByteView("../canary/file".utf8)),
      at: name("s"))
    for (number, type) in [ObjectType.fifo, .socket, .character, .block].enumerated() {
      let object = NewObject(
        gfid: Request.gfid(10 + UInt64(number)), type: type, mode: 0o600, rdev: 0x103)
      try brick.make(object, at: name("special\(number)"))
      try brick.link(object.gfid, at: name("link\(number)", in: d))
    }
    #expect(try differences([guarded.path]) == "")
    try brick.rename(name("f", in: d), to: name("moved"))
    try brick.rename(name("d"), to: name("e"))
    try brick.make(file(Request.gfid(20)), at: name("victim"))
    try brick.rename(name("moved"), to: name("victim"))
    // A hard-linked victim loses one name and keeps nothing that remembers it.
    try brick.rename(name("s"), to: name("hard"))
    #expect(try differences([guarded.path]) == "")
    #expect(try brick.status(f)?.nameCount == 1)
    try brick.unlink(name("victim"))
    #expect(try brick.status(f) == nil)
    try brick.setMode(g, 0o600)
    try brick.setOwner(g, uid: 5, gid: 6)
    try brick.setXattr(g, ByteView("trusted.x".utf8), [1], .set)
    #expect(try differences([guarded.path]) == "")
    try guarded.expectCanarySings()
  }

  @Test func namesLeadNowhereElse() throws {
    let guarded = try GuardedBrick()
    let brick = guarded.brick
    for text in ["..", ".", "", "a/b", "a\0b"] {
      #expect(answer { try brick.make(file(f), at: name(text)) } == "EINVAL")
      #expect(answer { try brick.unlink(name(text)) } == "EINVAL")
    }
    #expect(answer { try brick.make(file(f), at: name(".glusterfs")) } == "EPERM")
    #expect(answer { try brick.removeDirectory(name(".glusterfs")) } == "EPERM")
    #expect(answer { try brick.rename(name(".glusterfs"), to: name("x")) } == "EPERM")
    #expect(answer { try brick.lookup(name(".glusterfs")) } == "EPERM")
    let long = String(repeating: "n", count: 256)
    #expect(answer { try brick.make(file(f), at: name(long)) } == "ENAMETOOLONG")
    // Only the root's is special.
    try brick.make(folder(d), at: name("d"))
    #expect(answer { try brick.make(file(f), at: name(".glusterfs", in: d)) } == nil)
    #expect(try brick.list(.root).count == 1)
    try guarded.expectCanarySings()
  }

  @Test func plantedSymlinksAreNotFollowed() throws {
    let guarded = try GuardedBrick()
    try guarded.brick.make(folder(d), at: name("d"))
    try guarded.brick.make(file(f), at: name("f"))
    // The directory's place is taken by a symlink to the canary.
    try guarded.remove(guarded.path + "/d")
    try guarded.symlink(guarded.path + "/d", to: "../canary")
    var brick = try guarded.reopened()
    #expect(try brick.status(d) == nil)
    #expect(answer { try brick.unlink(name("file", in: d)) } == "ESTALE")
    #expect(answer { try brick.make(file(g), at: name("new", in: d)) } == "ESTALE")
    // Handles that leave the brick, or lead to what has another GFID.
    for target in ["../../../../canary", "../../00/00/\(GFID.root)/../../canary", "/etc"] {
      try guarded.remove(guarded.handle(d))
      try guarded.symlink(guarded.handle(d), to: target)
      brick = try guarded.reopened()
      #expect(answer { try brick.unlink(name("file", in: d)) } == "ESTALE")
    }
    try guarded.remove(guarded.handle(f))
    try guarded.symlink(guarded.handle(f), to: "../../../../canary/file")
    #expect(answer { try brick.write(Payload([1]), to: f, at: 0) } == "ESTALE")
    #expect(answer { try brick.truncate(f, to: 0) } == "ESTALE")
    #expect(answer { try brick.setMode(f, 0) } == "ESTALE")
    // A directory of handles that is one of somebody else's.
    let first = guarded.path + "/.glusterfs/ab"
    try guarded.remove(first)
    try guarded.symlink(first, to: guarded.directory.path + "/canary")
    brick = try guarded.reopened()
    #expect(answer { try brick.make(file(g), at: name("new")) } != nil)
    try guarded.expectCanarySings()
  }

  @Test func handlesInCirclesEnd() throws {
    let guarded = try GuardedBrick()
    try guarded.brick.make(folder(d), at: name("d"))
    try guarded.brick.make(folder(g), at: name("g"))
    for (here, there) in [(d, g), (g, d)] {
      try guarded.remove(guarded.handle(here))
      try guarded.symlink(
        guarded.handle(here),
        to: String(decoding: Layout.handleTarget(name("x", in: there)), as: UTF8.self))
    }
    #expect(answer { try guarded.reopened().status(d) } == "ELOOP")
  }

  @Test func pathsTooDeepForGlusterFSAreRefused() throws {
    let guarded = try GuardedBrick()
    var parent = GFID.root
    var refused: String?
    var depth = 0
    while refused == nil, depth < 5000 {
      let gfid = Request.gfid(100 + UInt64(depth))
      refused = answer { try guarded.brick.make(folder(gfid), at: name("d", in: parent)) }
      if refused == nil { parent = gfid }
      depth += 1
    }
    #expect(refused == "ENAMETOOLONG")
    // The deepest that was made is found again by one that has nothing open.
    #expect(try guarded.reopened().status(parent)?.type == .directory)
  }

  @Test func gfidsAreUsedOnce() throws {
    let guarded = try GuardedBrick()
    try guarded.brick.make(folder(d), at: name("d"))
    #expect(answer { try guarded.brick.make(folder(d), at: name("e")) } == "EEXIST")
    #expect(answer { try guarded.brick.make(file(d), at: name("e")) } == "EEXIST")
    #expect(answer { try guarded.brick.make(file(.root), at: name("e")) } == "EEXIST")
    #expect(answer { try guarded.brick.make(file(.null), at: name("e")) } == "EINVAL")
    let key = ByteView("trusted.gfid".utf8)
    #expect(answer { try guarded.brick.setXattr(d, key, f.bytes[...], .set) } == "EPERM")
    #expect(answer { try guarded.brick.removeXattr(d, key) } == "EPERM")
    #expect(try differences([guarded.path]) == "")
  }

  @Test func whatACrashLeftIsTakenBack() throws {
    let guarded = try GuardedBrick()
    try guarded.brick.make(file(f), at: name("f"))
    try guarded.brick.make(folder(d), at: name("d"))
    let scratch = guarded.path + "/.glusterfs/jbr"
    // A file that has a handle but no name yet, and a directory that has moved while its handle
    // did not: what is there between the steps.
    try guarded.brick.make(file(g), at: name("g"))
    #expect(rename(guarded.path + "/g", scratch + "/new") == 0)
    let moving = "\(d) " + String(decoding: Layout.handleTarget(name("e")), as: UTF8.self)
    try guarded.symlink(scratch + "/moving", to: moving)
    #expect(rename(guarded.path + "/d", guarded.path + "/e") == 0)
    let brick = try guarded.reopened()
    try brick.make(file(Request.gfid(5)), at: name("x"))
    #expect(try differences([guarded.path]) == "")
    #expect(try brick.status(g) == nil)
    #expect(try brick.place(ofDirectory: d) == name("e"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch).isEmpty)
  }
}
