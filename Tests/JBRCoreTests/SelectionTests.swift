import Testing

@testable import JBRCore

@Suite struct SelectionTests {
  private static let file = GFID(high: 1, low: 2)

  private func write(_ offset: Int64, _ length: UInt64) -> Request {
    Request(
      fop: .writev,
      values: [.gfid(Self.file), .u64(length), .i64(offset), .u32(0), .dict([])])
  }

  private func entry(
    _ fop: Fop, _ parent: GFID, _ name: String, gfid: GFID = .null, new: GFID? = nil
  ) -> Request {
    let loc = Loc(gfid: gfid, parent: parent, name: ByteView(name.utf8))
    let xdata = new.map { [DictEntry("gfid-req", $0.bytes)] } ?? []
    let values: [FieldValue] = fop.layout.map { field in
      switch field.kind {
      case .loc: .loc(loc)
      case .i32: .i32(0)
      case .gfid: .gfid(.null)
      case .dict: .dict(xdata)
      default: .u32(0)
      }
    }
    return Request(fop: fop, values: values)
  }

  private func rename(_ from: (GFID, String), _ to: (GFID, String), _ gfid: GFID) -> Request {
    Request(
      fop: .rename,
      values: [
        .loc(Loc(gfid: gfid, parent: from.0, name: ByteView(from.1.utf8))),
        .loc(Loc(gfid: .null, parent: to.0, name: ByteView(to.1.utf8))), .dict([]),
      ])
  }

  @Test func rangesIncludeBothEnds() throws {
    #expect(try Selection.range("3..7", option: "--term") == 3...7)
    #expect(try Selection.range("3", option: "--term") == 3...3)
    #expect(try Selection.range("3..", option: "--term") == 3...UInt64.max)
    #expect(try Selection.range("..7", option: "--term") == 0...7)
  }

  @Test(arguments: ["", "..", "7..3", "-1", "1..2..3", "18446744073709551616", "x", "1.5", "+1"])
  func aMalformedRangeIsAUsageError(text: String) throws {
    let failure = try #require(throws: Failure.self) {
      try Selection.range(text, option: "--term")
    }
    #expect(failure.status == .usage && failure.field == "--term")
  }

  @Test(arguments: ["1", "1+", "1+0", "-1+5", "18446744073709551615+2", "1+2+3"])
  func aMalformedRangeOfBytesIsAUsageError(text: String) {
    #expect(throws: Failure.self) { try Selection.bytes(text, option: "--touch") }
  }

  @Test func fopsAreListedOrLeftOut() throws {
    #expect(try Selection.fops(["create,writev"], option: "--fop") == [.create, .writev])
    #expect(try Selection.fops(["!ipc"], option: "--fop")?.count == Fop.allCases.count - 1)
    #expect(try Selection.fops([], option: "--fop") == nil)
    #expect(throws: Failure.self) { try Selection.fops(["create,"], option: "--fop") }
  }

  @Test func aRangeIsTouchedAtItsEndsAndNotBeside() {
    let id = RequestID(term: Term(1), index: 1)
    func touches(_ range: ClosedRange<UInt64>, _ request: Request) -> Bool {
      var selection = Selection()
      selection.touched = range
      return selection.matches(id, request)
    }
    #expect(touches(19...19, write(10, 10)))
    #expect(touches(0...10, write(10, 10)))
    #expect(!touches(20...30, write(10, 10)))
    #expect(!touches(0...9, write(10, 10)))
    #expect(!touches(0...9, write(0, 0)))
    #expect(touches(UInt64.max...UInt64.max, write(Int64.max, UInt64.max)))
    let cut = Request(fop: .ftruncate, values: [.gfid(Self.file), .i64(5), .dict([])])
    #expect(touches(1 << 40...1 << 40, cut) && !touches(0...4, cut))
  }

  @Test func pathsFollowCreatesRenamesAndRemovals() throws {
    let (folder, file) = (GFID(high: 0, low: 7), GFID(high: 0, low: 8))
    var paths = PathTracker()
    func path(_ gfid: GFID) -> String? {
      paths.path(of: gfid).map { String(decoding: $0, as: UTF8.self) }
    }
    paths.apply(entry(.mkdir, .root, "a", new: folder))
    paths.apply(entry(.create, folder, "f", new: file))
    #expect(path(file) == "a/f")
    // As on a brick: the directory has an entry, and the name is taken.
    paths.apply(entry(.rmdir, .root, "a", gfid: folder))
    paths.apply(entry(.create, folder, "f", new: GFID(high: 5, low: 5)))
    #expect(path(file) == "a/f")
    paths.apply(rename((.root, "a"), (.root, "b"), folder))
    #expect(path(file) == "b/f")
    let exact = try Selection.path("/b/f", option: "--path")
    let below = try Selection.path("b/", option: "--path")
    let old = try Selection.path("a/f", option: "--path")
    let cut = Request(fop: .ftruncate, values: [.gfid(file), .i64(5), .dict([])])
    #expect(paths.matches(exact, cut) && paths.matches(below, cut) && !paths.matches(old, cut))
    paths.apply(entry(.unlink, folder, "f", gfid: file))
    paths.apply(entry(.rmdir, .root, "b", gfid: folder))
    #expect(path(file) == nil && path(folder) == nil)
  }

  @Test func aCycleOfDirectoriesHasAnEnd() {
    let (one, two) = (GFID(high: 0, low: 7), GFID(high: 0, low: 8))
    var paths = PathTracker()
    paths.apply(entry(.mkdir, two, "a", new: one))
    paths.apply(entry(.mkdir, one, "b", new: two))
    #expect(paths.path(of: one) != nil)
  }

  @Test func gapsAreWhatIsBetween() {
    var seen = IndexGaps()
    for index in [3, 1, 7, 6, 4, 4, UInt64.max, 0] as [UInt64] { seen.insert(index) }
    #expect(seen.gaps == [2...2, 5...5, 8...UInt64.max - 1])
  }
}
