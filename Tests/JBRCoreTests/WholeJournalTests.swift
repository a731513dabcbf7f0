import Testing

@testable import JBRCore

/// A real journal and what replaying it cannot give, each with the reason.
struct WholeJournal: Sendable, CustomTestStringConvertible {
  var name: String
  /// `PATH=FIELD`, as compare-bricks takes them.
  var exceptions: [String] = []
  /// Whether the release that made the brick keeps gfid2path xattrs.
  var hasGFID2Path = true
  var testDescription: String { name }

  // The sizes: KEEP_SIZE of fallocate is lost by the writer, so that the file grows.
  static let all = [
    // `app` was given a time past 2106, of which the journal keeps 32 bits.
    WholeJournal(name: "01-fdl-allops-fuse", exceptions: ["fa=size", "app=mtime"]),
    WholeJournal(name: "02-fdl-allops-gfapi", exceptions: ["g/a=size"]),
    WholeJournal(name: "04-fdl-torn"),
    WholeJournal(name: "05-fdl-hugewrite"),
    WholeJournal(name: "40-fdl-one-fop-per-term", exceptions: ["d/f=size"]),
    WholeJournal(
      name: "41-fdl16-one-fop-per-term", exceptions: ["d/f=size"], hasGFID2Path: false),
    WholeJournal(
      name: "50-fdl16-allops-fuse", exceptions: ["fa=size", "app=mtime"], hasGFID2Path: false),
    WholeJournal(name: "60-fdl-bench-nosetattr"),
    WholeJournal(name: "61-fdl16-bench-setattr", hasGFID2Path: false),
    WholeJournal(name: "62-fdl-page-multiple"),
  ]

  func options(_ reference: String, mtimeOf paths: [String]) -> [String] {
    var options = ["--all-xattrs", "--from-tar", reference]
    if !hasGFID2Path { options += ["--no-gfid2path", reference] }
    for exception in exceptions { options += ["--except=" + exception] }
    for path in paths { options += ["--mtime-of=" + path] }
    return options
  }
}

@Suite("A whole journal onto an empty brick gives the brick that GlusterFS left")
struct WholeJournalTests {
  @Test(arguments: WholeJournal.all)
  func fopByFop(_ journal: WholeJournal) throws {
    try #require(isRoot)
    guard let sample = try SampleCase(journal.name) else { return }
    let directory = try TemporaryDirectory()
    let brick = try NativeBrick(path: directory.path + "/brick", creating: true)
    let all = try records(sample.journal)
    for record in all {
      // The rules refuse some, as they did on the real brick.
      try? FopSemantics.apply(record.request, payload: record.payload, to: brick)
    }
    let fold = Fold(
      all.map { FoldRequest(id: $0.id, request: $0.request, payload: $0.payload) })
    let paths = pathsWithTime(fold.model)
    let found = try differences(
      [sample.brick, brick.path], journal.options(sample.brick, mtimeOf: paths))
    #expect(found == "", "\(found)")
  }
}

/// The paths of objects whose mtime the journal tells, as compare-bricks writes them.
func pathsWithTime(_ model: ModelBrick) -> [String] {
  model.objects.compactMap { gfid, object in
    guard object.mtime?.writer != nil else { return nil }
    var path: [UInt8] = []
    var at = gfid
    while at != .root {
      guard let name = model.objects[at]?.names.min() else { return nil }
      path = [UInt8](name.name) + (path.isEmpty ? [] : [UInt8(ascii: "/")]) + path
      at = name.parent
    }
    return path.map { byte in
      (33..<127).contains(byte) && byte != UInt8(ascii: "\\")
        ? String(UnicodeScalar(byte)) : "\\x" + String(256 + Int(byte), radix: 16).dropFirst()
    }.joined()
  }
}
