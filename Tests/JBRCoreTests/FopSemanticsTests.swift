import Testing

@testable import JBRCore

/// Both kinds of brick, which must answer alike.
enum BrickKind: CaseIterable { case native, model }

/// A brick under test: applies requests and tells the errno of one that is refused.
final class BrickUnderTest {
  let store: any BrickStore
  private let directory: TemporaryDirectory?

  init(_ kind: BrickKind) throws {
    if kind == .native {
      try #require(isRoot)
      let directory = try TemporaryDirectory()
      self.directory = directory
      store = try NativeBrick(path: directory.path + "/brick", creating: true)
    } else {
      directory = nil
      let model = ModelBrick()
      model.writer = RequestID(term: Term(1), index: 1)
      // The model's root is one that it made, since nothing was there before.
      store = model
    }
  }

  /// The name of the error; nil if it went well.
  @discardableResult
  func apply(_ request: Request, _ bytes: String? = nil) -> String? {
    do throws(BrickError) {
      try FopSemantics.apply(
        request, payload: bytes.map { Payload([UInt8]($0.utf8)) }, to: store)
      return nil
    } catch {
      return errorName(error.errno)
    }
  }

  func status(_ gfid: GFID) throws -> ObjectStatus { try #require(try store.status(gfid)) }

  func content(_ gfid: GFID) throws -> String {
    String(decoding: try store.read(gfid, at: 0, count: 1 << 20), as: UTF8.self)
  }
}

@Suite("What each fop does")
struct FopSemanticsTests {
  let d = Request.gfid(1)
  let f = Request.gfid(2)
  let g = Request.gfid(3)

  @Test(arguments: BrickKind.allCases)
  func createAndMkdir(_ kind: BrickKind) throws {
    let brick = try BrickUnderTest(kind)
    #expect(brick.apply(.mkdir("d", d, mode: 0o2777, umask: 0o022)) == nil)
    // mkdir(2) takes no setgid.
    #expect(try brick.status(d).mode == 0o755)
    #expect(brick.apply(.mkdir("d", g)) == "EEXIST")
    #expect(brick.apply(.create("f", f, in: d, mode: 0o100666, umask: 0o027)) == nil)
    #expect(try brick.status(f).mode == 0o640)
    #expect(try brick.status(f).type == .file)
    #expect(brick.apply(.create("f", g, in: d, flags: 0o302)) == "EEXIST")
    #expect(brick.apply(.create("d", g)) == "EISDIR")
    #expect(brick.apply(.create("x", g, in: f)) == "ENOTDIR")
    #expect(brick.apply(.create("x", g, in: .init(high: 9, low: 9))) == "ESTALE")
    // Without O_EXCL, an existing file is opened, and cut off with O_TRUNC.
    brick.apply(.write(f, count: 4, at: 0), "data")
    #expect(brick.apply(.create("f", g, in: d, flags: 0o102)) == nil)
    #expect(try brick.status(f).size == 4)
    #expect(brick.apply(.create("f", g, in: d, flags: 0o1102)) == nil)
    #expect(try brick.status(f).size == 0)
    #expect(try brick.store.status(g) == nil)
  }

  @Test(arguments: BrickKind.allCases)
  func mknodAndSymlink(_ kind: BrickKind) throws {
    let brick = try BrickUnderTest(kind)
    #expect(brick.apply(.mknod("fifo", Request.gfid(10), mode: 0o010644)) == nil)
    #expect(try brick.status(Request.gfid(10)).type == .fifo)
    #expect(brick.apply(.mknod("null", Request.gfid(11), mode: 0o020600, rdev: 0x103)) == nil)
    #expect(try brick.status(Request.gfid(11)).rdev == 0x103)
    #expect(brick.apply(.mknod("sock", Request.gfid(12), mode: 0o140755)) == nil)
    #expect(brick.apply(.mknod("reg", Request.gfid(13), mode: 0o100640)) == nil)
    #expect(try brick.status(Request.gfid(13)).type == .file)
    #expect(brick.apply(.mknod("dir", Request.gfid(14), mode: 0o040755)) == "EPERM")
    #expect(brick.apply(.symlink("link", Request.gfid(15), to: "/etc/passwd")) == nil)
    let target = try brick.store.symlinkTarget(Request.gfid(15))
    #expect(target.elementsEqual("/etc/passwd".utf8))
    #expect(brick.apply(.symlink("link", Request.gfid(16), to: "x")) == "EEXIST")
  }

  @Test(arguments: BrickKind.allCases)
  func names(_ kind: BrickKind) throws {
    let brick = try BrickUnderTest(kind)
    brick.apply(.mkdir("d", d))
    brick.apply(.create("f", f, in: d))
    #expect(brick.apply(.rmdir("d")) == "ENOTEMPTY")
    #expect(brick.apply(.unlink("d")) == "EISDIR")
    #expect(brick.apply(.rmdir("f", in: d)) == "ENOTDIR")
    #expect(brick.apply(.unlink("none")) == "ENOENT")
    #expect(brick.apply(.link(f, to: "hard")) == nil)
    #expect(brick.apply(.link(f, to: "hard")) == "EEXIST")
    #expect(brick.apply(.link(d, to: "again")) == "EPERM")
    #expect(try brick.status(f).nameCount == 2)
    // Two names of one file: rename(2) does nothing.
    #expect(brick.apply(.rename("hard", to: "f", under: d)) == nil)
    #expect(try brick.status(f).nameCount == 2)
    #expect(brick.apply(.rename("f", in: d, to: "g")) == nil)
    #expect(brick.apply(.rename("f", in: d, to: "g")) == "ENOENT")
    #expect(brick.apply(.rename("g", to: "d")) == "EISDIR")
    #expect(brick.apply(.rename("d", to: "g")) == "ENOTDIR")
    #expect(brick.apply(.mkdir("e", g)) == nil)
    #expect(brick.apply(.rename("e", to: "d")) == nil)
    #expect(try brick.store.status(d) == nil)
    #expect(brick.apply(.rename("d", to: "inside", under: g)) == "EINVAL")
    #expect(brick.apply(.unlink("g")) == nil)
    #expect(brick.apply(.unlink("hard")) == nil)
    #expect(try brick.store.status(f) == nil)
    #expect(brick.apply(.write(f, count: 1, at: 0), "x") == "ESTALE")
  }

  @Test(arguments: BrickKind.allCases)
  func content(_ kind: BrickKind) throws {
    let brick = try BrickUnderTest(kind)
    brick.apply(.create("f", f))
    #expect(brick.apply(.write(f, count: 5, at: 3), "hello") == nil)
    #expect(try brick.content(f) == "\0\0\0hello")
    // The client's offset of an append is only its idea.
    #expect(brick.apply(.write(f, count: 1, at: 0, flags: 0x8401), "!") == nil)
    #expect(try brick.content(f) == "\0\0\0hello!")
    #expect(brick.apply(.write(f, count: 1, at: -1), "x") == "EINVAL")
    #expect(brick.apply(.write(f, count: 1, at: .max), "x") == "EFBIG")
    #expect(brick.apply(.range(.discard, f, from: 4, count: 2)) == nil)
    #expect(try brick.content(f) == "\0\0\0h\0\0lo!")
    #expect(brick.apply(.range(.discard, f, from: 8, count: 20)) == nil)
    #expect(try brick.status(f).size == 9)
    #expect(brick.apply(.range(.zerofill, f, from: 8, count: 4)) == nil)
    #expect(try brick.status(f).size == 12)
    #expect(brick.apply(.range(.fallocate, f, from: 0, count: 20)) == nil)
    #expect(try brick.content(f) == "\0\0\0h\0\0lo" + String(repeating: "\0", count: 12))
    #expect(brick.apply(.range(.fallocate, f, from: 0, count: 0)) == "EINVAL")
    #expect(brick.apply(.truncate(f, to: 4)) == nil)
    #expect(try brick.content(f) == "\0\0\0h")
    #expect(brick.apply(.truncate(f, to: -1)) == "EINVAL")
    #expect(brick.apply(.truncate(.root, to: 0)) == "EISDIR")
  }

  @Test(arguments: BrickKind.allCases)
  func attributes(_ kind: BrickKind) throws {
    let brick = try BrickUnderTest(kind)
    brick.apply(.create("f", f, mode: 0o755))
    // Owner before mode, so that the mode's setuid stays.
    #expect(brick.apply(.setattr(f, valid: 7, mode: 0o6755, uid: 7, gid: 8)) == nil)
    #expect(try brick.status(f).mode == 0o6755)
    #expect(brick.apply(.setattr(f, valid: 2, uid: 9)) == nil)
    #expect(try brick.status(f).mode == 0o755)
    #expect(try brick.status(f).uid == 9)
    #expect(try brick.status(f).gid == 8)
    // 1960, as 32 bits without a sign: what the real brick made of it.
    #expect(brick.apply(.setattr(f, valid: 0x30, atime: 5, mtime: 3_992_601_600)) == nil)
    #expect(try brick.status(f).mtime == FileTime(seconds: 3_992_601_600, nanoseconds: 0))
    #expect(try brick.status(f).atime == FileTime(seconds: 5, nanoseconds: 0))
    let micro = Request.setattr(f, valid: 0x20, mtime: 1, nanoseconds: 999_999_999, layout: .narrow)
    #expect(brick.apply(micro) == nil)
    #expect(try brick.status(f).mtime == FileTime(seconds: 1, nanoseconds: 999_999_000))
    let open = Request.setattr(f, valid: 0x21, mode: 0o600, layout: .narrow, open: true)
    #expect(brick.apply(open) == "ENOSYS")
    #expect(try brick.status(f).mode == 0o600)
    #expect(brick.apply(.setattr(g, valid: 1)) == "ESTALE")
  }

  @Test(arguments: BrickKind.allCases)
  func xattrs(_ kind: BrickKind) throws {
    let brick = try BrickUnderTest(kind)
    brick.apply(.create("f", f, xdata: [DictEntry("trusted.jbr.index", [0x31, 0])]))
    #expect(try brick.store.xattr(f, ByteView("trusted.jbr.index".utf8)) == [0x31, 0])
    #expect(brick.apply(.setxattr(f, "user.a", [1], flags: 1)) == nil)
    #expect(brick.apply(.setxattr(f, "user.a", [2], flags: 1)) == "EEXIST")
    #expect(brick.apply(.setxattr(f, "user.b", [2], flags: 2)) == "ENODATA")
    #expect(brick.apply(.setxattr(f, "user.a", [], flags: 2)) == nil)
    #expect(try brick.store.xattr(f, ByteView("user.a".utf8)) == [])
    #expect(brick.apply(.removexattr(f, "user.a")) == nil)
    #expect(brick.apply(.removexattr(f, "user.a")) == "ENODATA")
    // As on a real brick, which ignores it.
    #expect(brick.apply(.setxattr(f, "trusted.gfid", g.bytes)) == nil)
    #expect(try brick.store.status(g) == nil)
  }

  @Test(arguments: BrickKind.allCases)
  func sums(_ kind: BrickKind) throws {
    let brick = try BrickUnderTest(kind)
    let key = "trusted.afr.v-client-0"
    brick.apply(.create("f", f))
    func value() throws -> ByteView? { try brick.store.xattr(f, ByteView(key.utf8)) }
    #expect(brick.apply(.xattrop(f, key, [0, 0, 0, 255, 0, 0, 0, 1], type: 0)) == nil)
    #expect(brick.apply(.xattrop(f, key, [0, 0, 0, 1, 255, 255, 255, 255], type: 0)) == nil)
    #expect(try value() == [0, 0, 1, 0, 0, 0, 0, 0])
    #expect(brick.apply(.xattrop(f, key, [0, 0, 0, 0, 0, 0, 0, 7], type: 1)) == nil)
    #expect(try value() == [0, 0, 1, 0, 0, 0, 0, 7])
    #expect(brick.apply(.xattrop(f, key, [1, 2, 3, 4, 5, 6, 7, 8], type: 4)) == nil)
    #expect(try value() == [1, 2, 3, 4, 5, 6, 7, 8])
    for type: Int32 in [2, 3, 99] {
      #expect(brick.apply(.xattrop(f, key, [1, 2, 3, 4, 5, 6, 7, 8], type: type)) == "EINVAL")
    }
    #expect(brick.apply(.xattrop(f, "trusted.n", [0, 0, 0, 1, 0, 0, 0, 9], type: 5)) == nil)
    #expect(try brick.store.xattr(f, ByteView("trusted.n".utf8)) == [0, 0, 0, 10])
    // What is there is read first, into room for as much as is added.
    for type: Int32 in 0...4 {
      #expect(brick.apply(.xattrop(f, key, [1], type: type)) == "ERANGE")
    }
  }

  /// A real brick leaves what is no whole integer as it is, and does not set it.
  @Test(arguments: BrickKind.allCases)
  func sumsOfPartsOfIntegers(_ kind: BrickKind) throws {
    let brick = try BrickUnderTest(kind)
    let key = "trusted.n"
    brick.apply(.create("f", f))
    func value() throws -> ByteView? { try brick.store.xattr(f, ByteView(key.utf8)) }
    #expect(brick.apply(.xattrop(f, key, [1, 2, 3, 4], type: 1)) == nil)
    #expect(try value() == [0, 0, 0, 0])
    #expect(brick.apply(.setxattr(f, key, [9, 9, 9, 9])) == nil)
    let more: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1, 5, 5, 5, 5]
    #expect(brick.apply(.xattrop(f, key, more, type: 1)) == nil)
    #expect(try value() == [9, 9, 9, 9, 0, 0, 0, 1, 0, 0, 0, 0])
  }

  /// What a real brick says where there is more than one reason, or none.
  @Test(arguments: BrickKind.allCases)
  func answersOfARealBrick(_ kind: BrickKind) throws {
    let brick = try BrickUnderTest(kind)
    brick.apply(.mkdir("d", d))
    brick.apply(.symlink("s", f, to: "t"))
    #expect(brick.apply(.link(d, to: "s")) == "EEXIST")
    #expect(brick.apply(.link(d, to: "new")) == "EPERM")
    #expect(brick.apply(.setxattr(f, "user.k", [1])) == "EPERM")
    #expect(brick.apply(.removexattr(f, "user.k")) == "EPERM")
    #expect(brick.apply(.removexattr(f, "trusted.k")) == "ENODATA")
    // Linux keeps no mode for symlinks, and no ACL that would change with it.
    #expect(brick.apply(.setattr(f, valid: 0x37, mode: 0o640, uid: 3, mtime: 7)) == nil)
    #expect(try brick.status(f).uid == 3)
    #expect(try brick.status(f).mtime.seconds == 7)
  }

  /// u::rwx,u:5:rw-,g::r-x,m::rwx,o::---
  private let list: [UInt8] = [
    2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 6, 0, 5, 0, 0, 0, 4, 0, 5, 0, 255, 255,
    255, 255, 16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255,
  ]

  @Test(arguments: BrickKind.allCases)
  func accessLists(_ kind: BrickKind) throws {
    let brick = try BrickUnderTest(kind)
    brick.apply(.mkdir("d", d))
    #expect(brick.apply(.setxattr(d, "system.posix_acl_default", list)) == nil)
    // A default ACL is inherited, and then the umask does not count.
    #expect(brick.apply(.create("f", f, in: d, mode: 0o664, umask: 0o077)) == nil)
    #expect(try brick.status(f).mode == 0o660)
    var wanted = list
    wanted[6] = 6
    wanted[30] = 6
    #expect(try brick.store.xattr(f, AccessList.accessKey) == wanted[...])
    #expect(try brick.store.xattr(f, AccessList.defaultKey) == nil)
    #expect(brick.apply(.mkdir("e", g, in: d, mode: 0o777)) == nil)
    #expect(try brick.store.xattr(g, AccessList.defaultKey) == list[...])
    // chmod(2) changes the mask, and an ACL the mode.
    #expect(brick.apply(.setattr(f, valid: 1, mode: 0o640)) == nil)
    wanted[30] = 4
    #expect(try brick.store.xattr(f, AccessList.accessKey) == wanted[...])
    #expect(brick.apply(.setxattr(f, "system.posix_acl_access", list)) == nil)
    #expect(try brick.status(f).mode == 0o770)
    #expect(brick.apply(.setxattr(f, "system.posix_acl_default", list)) == "EACCES")
    #expect(brick.apply(.setxattr(f, "system.posix_acl_access", [1, 2])) == "EINVAL")
  }

  @Test(arguments: BrickKind.allCases)
  func aGroupGoesDownFromASetgidDirectory(_ kind: BrickKind) throws {
    let brick = try BrickUnderTest(kind)
    brick.apply(.mkdir("d", d))
    brick.apply(.setattr(d, valid: 5, mode: 0o2755, gid: 42))
    brick.apply(.create("f", f, in: d))
    brick.apply(.mkdir("e", g, in: d, mode: 0o700))
    #expect(try brick.status(f).gid == 42)
    #expect(try brick.status(f).mode == 0o644)
    #expect(try brick.status(g).gid == 42)
    #expect(try brick.status(g).mode == 0o2700)
  }

  @Test(arguments: BrickKind.allCases)
  func aRollbackChangesNothing(_ kind: BrickKind) throws {
    let brick = try BrickUnderTest(kind)
    let entry = DictEntry("rollback-fop", [0x34, 0])
    #expect(brick.apply(Request(fop: .ipc, values: [.dict([entry])])) == nil)
    #expect(try brick.store.list(.root).isEmpty)
  }
}
