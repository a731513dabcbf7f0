import Foundation
import GlusterTesting
import Testing

@testable import JBRCore

private let d = Request.gfid(1)
private let f = Request.gfid(2)
private let g = Request.gfid(3)

private func at(_ name: String, in parent: GFID = .root) -> EntryName {
  EntryName(parent: parent, name: ByteView(name.utf8))
}

private func object(
  _ gfid: GFID, _ type: ObjectType = .file, mode: UInt32 = 0o644, uid: UInt32? = nil,
  gid: UInt32? = nil, rdev: UInt64 = 0, target: String = ""
) -> NewObject {
  NewObject(
    gfid: gfid, type: type, mode: mode, uid: uid, gid: gid, rdev: rdev,
    target: ByteView(target.utf8))
}

private let key = ByteView("user.a".utf8)

/// Each trap of GlusterFS' client library once: the brick behind it does as the one on disk.
@Suite("A brick behind GlusterFS")
struct GlusterBrickTests {
  @Test func aGFIDThatIsTakenIsNotGivenAgain() throws {
    let twins = try GlusterTwins()
    twins.both { try $0.make(object(d, .directory), at: at("d")) }
    twins.both { try $0.make(object(f), at: at("f")) }
    for taken in [d, f] {
      for type in [ObjectType.directory, .file, .symlink, .fifo] {
        let new = object(taken, type, target: "x")
        #expect(twins.refusal { try $0.make(new, at: at("new")) } == "EEXIST mknod")
      }
    }
    #expect(twins.refusal { try $0.make(object(g), at: at("f")) } == "EEXIST mknod")
    #expect(twins.refusal { try $0.make(object(.null), at: at("n")) } == "EINVAL mknod")
    #expect(try twins.gluster.list(.root).map(\.entry.gfid) == [d, f])
    #expect(try twins.differences() == "")
  }

  private static let long = String(repeating: "n", count: 256)

  @Test(arguments: ["a/b", "..", ".", "", "a\0b", ".glusterfs", long])
  func namesNeverLeadAnywhereElse(name: String) throws {
    let twins = try GlusterTwins()
    twins.both { try $0.make(object(d, .directory), at: at("a")) }
    twins.both { try $0.make(object(f), at: at("f")) }
    let bad = at(name)
    let calls: [(any BrickStore) throws -> Void] = [
      { try $0.make(object(g), at: bad) }, { try $0.link(f, at: bad) }, { try $0.unlink(bad) },
      { try $0.removeDirectory(bad) }, { try $0.rename(at("f"), to: bad) },
      { try $0.rename(bad, to: at("f")) }, { _ = try $0.lookup(bad) },
    ]
    for call in calls { #expect(twins.refusal { try call($0) } != nil) }
    #expect(try twins.gluster.list(d).isEmpty)
    #expect(try twins.differences() == "")
  }

  /// features/gfid-access shows a directory there, but would make another beside it.
  @Test func theDirectoryOfGFIDsIsNoName() throws {
    let twins = try GlusterTwins()
    let name = at(".gfid")
    #expect(answer { try twins.gluster.make(object(d, .directory), at: name) } == "EPERM")
    #expect(answer { try twins.gluster.lookup(name) } == "EPERM")
    #expect(try !twins.gluster.list(.root).contains { $0.name == name.name })
    twins.both { try $0.make(object(d, .directory), at: at("d")) }
    twins.both { try $0.make(object(f), at: at(".gfid", in: d)) }
    #expect(try twins.differences() == "")
  }

  @Test func bitsThatGlusterFSLosesAreGivenAfterwards() throws {
    let twins = try GlusterTwins()
    twins.both { try $0.make(object(f, mode: 0o6755), at: at("f")) }
    twins.both { try $0.make(object(d, .directory, mode: 0o3775, gid: 7), at: at("d")) }
    twins.both { try $0.make(object(g, .directory, mode: 0o755), at: at("below", in: d)) }
    for (number, (type, gid)) in [
      (ObjectType.file, nil), (.file, 9), (.directory, 9), (.symlink, nil), (.fifo, nil),
    ].enumerated() as EnumeratedSequence<[(ObjectType, UInt32?)]> {
      let new = object(
        Request.gfid(UInt64(10 + number)), type, mode: 0o1640, uid: 5, gid: gid, target: "t")
      twins.both { try $0.make(new, at: at("n\(number)", in: d)) }
      twins.answer { try $0.status(new.gfid)?.gid }
    }
    twins.both { try $0.setOwner(f, uid: 3, gid: nil) }
    twins.answer { try $0.status(f)?.mode }
    #expect(try twins.differences() == "")
  }

  /// A brick of glusterd's has access-control, which asks whether the owner may make the object.
  @Test func anOwnerMayBeOneWhoCouldNotMakeIt() throws {
    var shape = ServedBrick.Shape()
    shape.hasAccessControl = true
    let twins = try GlusterTwins(shape)
    twins.both { try $0.setMode(.root, 0o700) }
    twins.both { try $0.make(object(f, mode: 0o4640, uid: 1000, gid: 1000), at: at("f")) }
    twins.both { try $0.make(object(d, .directory, mode: 0o777, uid: 1000, gid: 9), at: at("d")) }
    twins.both { try $0.write(Payload([1, 2, 3]), to: f, at: 0) }
    #expect(try twins.differences() == "")
  }

  @Test func everyTypeIsMadeAsOnDisk() throws {
    let twins = try GlusterTwins()
    let device: UInt64 = 0x1_1117_0370  // glibc's number of (259, 70000), cut to 32 bits below.
    let objects = [
      object(Request.gfid(1), .fifo, mode: 0o640), object(Request.gfid(2), .socket, mode: 0o600),
      object(Request.gfid(3), .character, rdev: 0x103),
      object(Request.gfid(4), .block, rdev: device & 0xffff_ffff),
      object(Request.gfid(5), .symlink, target: "../some/where"),
      object(Request.gfid(6), .directory, mode: 0o1777),
    ]
    for object in objects {
      twins.both { try $0.make(object, at: at(object.type.rawValue)) }
      twins.answer { try $0.status(object.gfid).map { [$0.rdev, UInt64($0.mode)] } }
      twins.answer { try $0.lookup(at(object.type.rawValue)) }
      twins.answer { try $0.symlinkTarget(object.gfid) }
      twins.answer { try $0.read(object.gfid, at: 0, count: 1) }
      twins.answer { try $0.list(object.gfid).count }
    }
    let wide = object(Request.gfid(9), .character, rdev: 1 << 33)
    #expect(twins.refusal { try $0.make(wide, at: at("w")) } == "EINVAL mknod")
    let empty = object(Request.gfid(9), .symlink)
    #expect(twins.refusal { try $0.make(empty, at: at("w")) } == "ENOENT symlink")
    #expect(try twins.differences() == "")
  }

  @Test func renamesAnswerAsTheKernelDoes() throws {
    let twins = try GlusterTwins()
    twins.both { brick in
      try brick.make(object(d, .directory), at: at("d"))
      try brick.make(object(g, .directory), at: at("e", in: d))
      try brick.make(object(f), at: at("f"))
      try brick.make(object(Request.gfid(4)), at: at("two"))
      try brick.link(Request.gfid(4), at: at("names"))
      try brick.link(f, at: at("f2"))
    }
    func move(_ old: EntryName, _ new: EntryName) -> String? {
      twins.refusal { try $0.rename(old, to: new) }
    }
    #expect(move(at("f"), at("d")) == "EISDIR rename")
    #expect(move(at("d"), at("f")) == "ENOTDIR rename")
    #expect(move(at("d"), at("x", in: g)) == "EINVAL rename")
    #expect(move(at("e", in: d), at("d")) == "ENOTEMPTY rename")
    twins.both { try $0.make(object(Request.gfid(5)), at: at("f", in: g)) }
    #expect(move(at("f", in: g), at("d")) == "ENOTEMPTY rename")
    #expect(move(at("d"), at("f", in: g)) == "EINVAL rename")
    #expect(move(at("none"), at("f")) == "ENOENT rename")
    #expect(move(at("d"), at("f")) == "ENOTDIR rename")
    twins.both { try $0.make(object(Request.gfid(6), .directory), at: at("full")) }
    #expect(move(at("full"), at("d")) == "ENOTEMPTY rename")
    // Two names of one object: nothing happens, and both keep their gfid2path.
    #expect(move(at("f"), at("f2")) == nil)
    // Over one of several names, whose gfid2path must go.
    #expect(move(at("f"), at("names")) == nil)
    twins.answer { try $0.status(Request.gfid(4))?.nameCount }
    #expect(try twins.differences() == "")
  }

  @Test func removalsTellTypesApart() throws {
    let twins = try GlusterTwins()
    twins.both { try $0.make(object(d, .directory), at: at("d")) }
    twins.both { try $0.make(object(f), at: at("f", in: d)) }
    #expect(twins.refusal { try $0.unlink(at("d")) } == "EISDIR unlink")
    #expect(twins.refusal { try $0.removeDirectory(at("d")) } == "ENOTEMPTY rmdir")
    #expect(
      twins.refusal { try $0.removeDirectory(at("f", in: d)) } == "ENOTDIR rmdir")
    #expect(twins.refusal { try $0.link(d, at: at("n")) } == "EPERM link")
    #expect(twins.refusal { try $0.link(d, at: at("d")) } == "EEXIST link")
    #expect(twins.refusal { try $0.link(g, at: at("n")) } == "ESTALE lookup")
    #expect(twins.answer { try $0.lookup(at("x", in: f)) } == "ENOTDIR open")
    #expect(twins.answer { try $0.lookup(at("x", in: g)) } == "ESTALE open")
    twins.both { try $0.unlink(at("f", in: d)) }
    twins.both { try $0.removeDirectory(at("d")) }
    #expect(twins.answer { try $0.status(f) } == nil)
    #expect(try twins.differences() == "")
  }
}
