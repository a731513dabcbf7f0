import Testing

@testable import JBRCore

/// A fop on an open file does what its twin does that names the object.
@Suite struct DescriptorFopTests {
  private let key = ByteView("user.k".utf8)

  private func brick() throws -> BrickUnderTest {
    let brick = try BrickUnderTest(.model)
    #expect(brick.apply(.create("f", Request.gfid(1))) == nil)
    return brick
  }

  @Test(arguments: [Fop.setxattr, .fsetxattr])
  func settingAnXattr(_ fop: Fop) throws {
    let brick = try brick()
    let file = Request.gfid(1)
    func request(_ value: String, flags: Int32) -> Request {
      Request(
        fop: fop,
        values: [
          fop == .fsetxattr ? .gfid(file) : Request.object(file),
          .dict([DictEntry("user.k", [UInt8](value.utf8))]), .i32(flags), Request.none,
        ])
    }
    #expect(brick.apply(request("one", flags: 2)) == "ENODATA")
    #expect(brick.apply(request("one", flags: 1)) == nil)
    #expect(brick.apply(request("two", flags: 1)) == "EEXIST")
    #expect(try brick.store.xattr(file, key) == ByteView("one".utf8))
    #expect(brick.apply(request("two", flags: 2)) == nil)
    #expect(try brick.store.xattr(file, key) == ByteView("two".utf8))
  }

  @Test(arguments: [Fop.xattrop, .fxattrop])
  func addingToAnXattr(_ fop: Fop) throws {
    let brick = try brick()
    let file = Request.gfid(1)
    let request = Request(
      fop: fop,
      values: [
        fop == .fxattrop ? .gfid(file) : Request.object(file), .i32(0),
        .dict([DictEntry("user.k", [0, 0, 0, 5])]), Request.none,
      ])
    #expect(brick.apply(request) == nil)
    #expect(brick.apply(request) == nil)
    #expect(try brick.store.xattr(file, key) == [0, 0, 0, 10])
  }
}
