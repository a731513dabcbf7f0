import Foundation
import GlusterTesting
import Testing

@testable import JBRCore

private let d = Request.gfid(1)
private let f = Request.gfid(2)
private let s = Request.gfid(3)

private func at(_ name: String) -> EntryName {
  EntryName(parent: .root, name: ByteView(name.utf8))
}

/// Bricks with a directory, a file and a symlink.
private func made() throws -> GlusterTwins {
  let twins = try GlusterTwins()
  twins.both { brick in
    try brick.make(NewObject(gfid: d, type: .directory, mode: 0o755), at: at("d"))
    try brick.make(NewObject(gfid: f, type: .file, mode: 0o644), at: at("f"))
    try brick.make(
      NewObject(gfid: s, type: .symlink, mode: 0o777, target: ByteView("f".utf8)), at: at("s"))
  }
  return twins
}

@Suite("What is in a brick behind GlusterFS")
struct GlusterContentTests {
  @Test func rangesAreAsOnDisk() throws {
    let twins = try made()
    let far: Int64 = 5 << 20
    let content = Payload((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 % 251) })
    let calls: [(any BrickStore) throws -> Void] = [
      { try $0.write(content, to: f, at: Int(far)) },
      { try $0.write(Payload([1, 2, 3]), to: f, at: 1) },
      { try $0.change(f, from: far + 4096, count: 1 << 20, .punch) },
      { try $0.change(f, from: 0, count: 2, .zero) },
      { try $0.change(f, from: far << 1, count: 100, .zero) },
      { try $0.change(f, from: far << 2, count: 100, .allocate) },
      { try $0.truncate(f, to: far << 2 + 7) },
      { try $0.truncate(f, to: far + 2_000_000) },
    ]
    for call in calls {
      twins.both { try call($0) }
      twins.answer { try $0.status(f)?.size }
      twins.answer { try $0.nextData(f, from: 4096) }
      twins.answer { try $0.nextData(f, from: far << 3) }
      twins.answer { try $0.read(f, at: Int(far) - 5, count: 3_000_000) }
    }
    let whole = try twins.native.read(f, at: 0, count: 1 << 26)
    #expect(try twins.gluster.read(f, at: 0, count: whole.count + 5) == whole)
    #expect(try twins.differences() == "")
  }

  @Test func whatCannotBeDoneHasTheSameAnswer() throws {
    let twins = try made()
    let missing = Request.gfid(99)
    for gfid in [d, f, s, missing] {
      let calls: [(any BrickStore) throws -> Void] = [
        { try $0.write(Payload([1]), to: gfid, at: -1) },
        { try $0.write(Payload([1]), to: gfid, at: 1 << 60) },
        { try $0.write(Payload([1]), to: gfid, at: 3) },
        { try $0.truncate(gfid, to: -1) }, { try $0.truncate(gfid, to: 1 << 60) },
        { try $0.truncate(gfid, to: 2) },
        { try $0.change(gfid, from: 0, count: 0, .zero) },
        { try $0.change(gfid, from: .max, count: 9, .zero) },
        { try $0.change(gfid, from: 0, count: 9, .punch) },
        { _ = try $0.nextData(gfid, from: 0) }, { _ = try $0.symlinkTarget(gfid) },
        { _ = try $0.list(gfid) }, { try $0.setMode(gfid, 0o640) },
        { try $0.setOwner(gfid, uid: 1, gid: 2) },
        { try $0.setTimes(gfid, atime: nil, mtime: FileTime(seconds: 9, nanoseconds: 1)) },
        { try $0.setXattr(gfid, ByteView("trusted.x".utf8), [1], .set) },
        { try $0.setXattr(gfid, ByteView("user.x".utf8), [1], .set) },
        { try $0.removeXattr(gfid, ByteView("trusted.x".utf8)) }, { _ = try $0.xattrs(gfid) },
        { _ = try $0.xattr(gfid, ByteView("trusted.x".utf8)) },
      ]
      for call in calls { twins.refusal { try call($0) } }
      twins.answer { try $0.status(gfid).map { [$0.mode, $0.uid, $0.gid] } }
    }
    #expect(try twins.differences() == "")
  }

  @Test func timesAreExactAndLookingLeavesNoTrace() throws {
    let twins = try made()
    let old = FileTime(seconds: 5, nanoseconds: 123_456_789)
    let before1970 = FileTime(seconds: -7, nanoseconds: 1)
    twins.both { try $0.write(Payload([1, 2]), to: f, at: 0) }
    for gfid in [d, f, s] {
      twins.both { try $0.setTimes(gfid, atime: old, mtime: nil) }
      twins.both { try $0.setTimes(gfid, atime: nil, mtime: before1970) }
      twins.answer { try $0.status(gfid)?.mtime }
      twins.both { try $0.setTimes(gfid, atime: old, mtime: before1970) }
    }
    #expect(try twins.gluster.status(f)?.mtime == before1970)
    _ = try twins.gluster.read(f, at: 0, count: 2)
    _ = try twins.gluster.nextData(f, from: 0)
    _ = try twins.gluster.list(d)
    _ = try twins.gluster.xattrs(f)
    // Asked anew, and not what was seen before.
    let again = try connect(twins.served)
    #expect(try again.status(f)?.atime == old)
    #expect(try again.status(d)?.atime == old)
  }

  @Test func xattrsAreAsOnDisk() throws {
    let twins = try made()
    func set(_ gfid: GFID, _ key: String, _ value: [UInt8], _ mode: XattrMode = .set) -> String? {
      twins.refusal { try $0.setXattr(gfid, ByteView(key.utf8), value[...], mode) }
    }
    for gfid in [d, f] {
      #expect(set(gfid, "user.new", [1], .replace) == "ENODATA setxattr")
      #expect(set(gfid, "user.new", [1], .create) == nil)
      #expect(set(gfid, "user.new", [2], .create) == "EEXIST setxattr")
      #expect(set(gfid, "user.new", [], .replace) == nil)
      #expect(set(gfid, "user.big", [UInt8](repeating: 7, count: 3000)) == nil)
    }
    #expect(set(f, "user.x", [UInt8](repeating: 7, count: 70_000)) == "E2BIG setxattr")
    #expect(set(s, "user.x", [1]) == "EPERM setxattr")
    #expect(set(s, "trusted.x", [1]) == nil)
    #expect(set(f, "nothing", [1]) == "EOPNOTSUPP setxattr")
    #expect(set(f, "trusted.afr.v-client-0", [UInt8](repeating: 0, count: 12)) == nil)
    #expect(set(f, "security.selinux", [97]) == nil)
    // An order to GlusterFS, which would make an object.
    #expect(set(.root, "glusterfs.gfid.newfile", [1]) == "EOPNOTSUPP setxattr")
    #expect(twins.answer { try $0.xattr(.root, ByteView("glusterfs.x".utf8)) } != nil)
    for gfid in [d, f, s] {
      twins.answer { try $0.xattrs(gfid).map { [[UInt8]($0.key), [UInt8]($0.value)] } }
    }
    #expect(twins.refusal { try $0.removeXattr(f, ByteView("user.y".utf8)) } != nil)
    twins.both { try $0.removeXattr(f, ByteView("user.new".utf8)) }
    #expect(try twins.differences() == "")
  }

  /// GlusterFS says of these that all is well, and stores nothing or something else.
  @Test func xattrsThatGlusterFSWouldNotStoreAreRefused() throws {
    let twins = try made()
    for (key, expected) in [
      ("trusted.gfid", "EPERM"), ("trusted.glusterfs.volume-id", "EPERM"),
      ("trusted.gfid2path.0011223344556677", "EPERM"),
      ("trusted.glusterfs.mdata", "EOPNOTSUPP"),
    ] {
      let bytes = ByteView([UInt8](repeating: 120, count: 57))
      #expect(answer { try twins.gluster.setXattr(f, ByteView(key.utf8), bytes, .set) } == expected)
      #expect(answer { try twins.gluster.removeXattr(f, ByteView(key.utf8)) } == expected)
    }
    #expect(try twins.differences() == "")
  }

  @Test func directoriesKnowTheirPlace() throws {
    let twins = try made()
    let below = EntryName(parent: d, name: [0xff, 0x0a, 0x20])
    twins.both {
      try $0.make(NewObject(gfid: Request.gfid(7), type: .directory, mode: 0), at: below)
    }
    for gfid in [GFID.root, d, f, Request.gfid(7), Request.gfid(99)] {
      twins.answer { try $0.place(ofDirectory: gfid) }
    }
    #expect(try twins.gluster.place(ofDirectory: Request.gfid(7)) == below)
    #expect(twins.answer { try $0.list(d).map { [UInt8]($0.name) } } == nil)
    for name in [at("d"), at("f"), below] { twins.answer { try $0.soundness(name) } }
    twins.both { try $0.mend(at("f")) }
    #expect(answer { try twins.gluster.setAside(at("f"), as: [65]) } == "EOPNOTSUPP")
  }
}
