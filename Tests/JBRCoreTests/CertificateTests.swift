import Foundation
import Histories
import Testing

@testable import JBRCore

/// What a certificate says of a tree, and how a tree is checked against it.
@Suite struct CertificateTests {
  private static let key = ByteView("user.k".utf8)

  private static func name(_ text: String, in parent: GFID = .root) -> EntryName {
    EntryName(parent: parent, name: ByteView(text.utf8))
  }

  private static func id(_ number: UInt64) -> GFID { GFID(high: 7, low: number) }

  /// `a`, `a/b`, `a.c` and `a b` beside each other, with a file of two names in two of them.
  private static func brick() throws -> ModelBrick {
    let brick = ModelBrick()
    brick.writer = RequestID(term: Term(1), index: 1)
    for (number, place) in [
      (1, name("a")), (2, name("b", in: id(1))), (3, name("a.c")), (4, name("a b")),
    ] {
      try brick.make(
        NewObject(gfid: id(UInt64(number)), type: .directory, mode: 0o755), at: place)
    }
    try brick.make(
      NewObject(gfid: id(9), type: .file, mode: 0o644), at: name("f", in: id(2)))
    try brick.link(id(9), at: name("g", in: id(3)))
    try brick.write(Payload([1, 2, 3]), to: id(9), at: 0)
    try brick.truncate(id(9), to: 3 << 20)
    try brick.setXattr(id(9), key, [7], .set)
    try brick.setTimes(id(9), atime: nil, mtime: FileTime(seconds: 5, nanoseconds: 6))
    return brick
  }

  private func digests(_ brick: ModelBrick, timed: Bool = true) throws -> [DirectoryDigests] {
    var found: [DirectoryDigests] = []
    var comparison = TreeComparison([brick]) { timed && $0 == Self.id(9) }
    comparison.onDigests = { found.append($0) }
    try comparison.run { Issue.record("\($0)") }
    return found
  }

  private func path(_ digests: DirectoryDigests) -> String {
    String(decoding: digests.path, as: UTF8.self)
  }

  /// The directories that differ, and in what.
  private func differing(
    timed: Bool = true, _ change: (ModelBrick) throws -> Void
  ) throws -> [String] {
    let brick = try Self.brick()
    let before = try digests(brick, timed: timed)
    try change(brick)
    let after = try digests(brick, timed: timed)
    #expect(before.map(\.path) == after.map(\.path))
    var found: [String] = []
    for (was, now) in zip(before, after) {
      if was.names != now.names { found.append("\(path(now)) names") }
      if was.attributes != now.attributes { found.append("\(path(now)) attributes") }
      if was.xattrs != now.xattrs { found.append("\(path(now)) xattrs") }
      if was.content != now.content { found.append("\(path(now)) content") }
    }
    return found
  }

  @Test func aChangeShowsWhereItIsAndNowhereElse() throws {
    #expect(try differing { _ in }.isEmpty)
    #expect(try differing { try $0.setMode(Self.id(4), 0o700) } == ["a b attributes"])
    #expect(try differing { try $0.setXattr(.root, Self.key, [1], .set) } == [" xattrs"])
    // A file of two names is in both directories.
    #expect(
      try differing { try $0.setMode(Self.id(9), 0o600) } == ["a/b attributes", "a.c attributes"])
    #expect(
      try differing {
        try $0.setTimes(Self.id(9), atime: nil, mtime: .init(seconds: 6, nanoseconds: 6))
      }
        == ["a/b attributes", "a.c attributes"])
    #expect(
      try differing(timed: false) { try $0.write(Payload([9]), to: Self.id(9), at: 2 << 20) }
        == ["a/b content", "a.c content"])
    #expect(
      try differing {
        try $0.rename(Self.name("g", in: Self.id(3)), to: Self.name("h", in: Self.id(3)))
      }
        == ["a.c names"])
    // A link that went to another directory is seen in the one that it left, too.
    let moved = try differing {
      try $0.unlink(Self.name("f", in: Self.id(2)))
      try $0.link(Self.id(9), at: Self.name("f", in: Self.id(1)))
    }
    #expect(moved.contains("a names") && moved.contains("a/b names"))
  }

  @Test func holesAndZerosAreTheSame() throws {
    let changed = try differing(timed: false) {
      try $0.write(Payload([UInt8](repeating: 0, count: 1 << 20)), to: Self.id(9), at: 1 << 20)
    }
    #expect(changed.isEmpty)
  }

  @Test func aTimeThatIsNotCertifiedMayChange() throws {
    let brick = try Self.brick()
    let before = try digests(brick, timed: false)
    #expect(before.flatMap(\.timed).isEmpty)
    try brick.setTimes(Self.id(9), atime: nil, mtime: FileTime(seconds: 9, nanoseconds: 9))
    #expect(try digests(brick, timed: false) == before)
    #expect(try digests(brick).map(\.timed) == [[], [], [Self.id(9)], [], [Self.id(9)]])
  }

  @Test func directoriesComeInTheOrderThatTheCheckExpects() throws {
    let found = try digests(try Self.brick())
    #expect(found.map(path) == ["", "a", "a/b", "a b", "a.c"])
    for (first, second) in zip(found, found.dropFirst()) {
      #expect(CertificateCheck.precedes(first.path, second.path))
      #expect(!CertificateCheck.precedes(second.path, first.path))
    }
  }

  /// What a brick that changed is found to lack or have against a certificate of what it was.
  private func check(_ change: (ModelBrick) throws -> Void) throws -> [String] {
    let path = FileManager.default.temporaryDirectory.path + "/jbr-certificate-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let brick = try Self.brick()
    let marks = JournalMarks(replica: "r0")
    let writer = try CertificateWriter(path)
    try writer.begin([marks, JournalMarks(replica: "r1")], planID: nil, hasAllTimes: true)
    var comparison = TreeComparison([brick]) { _ in true }
    comparison.onDigests = { digests throws(Failure) in try writer.add(digests, listsTimes: false) }
    try comparison.run { Issue.record("\($0)") }
    _ = try writer.finish(comparison)
    try change(brick)
    var found: [String] = []
    let check = try CertificateCheck(CertificateFile(path: path), brick: brick) { difference in
      found.append("\(String(decoding: difference.path ?? [], as: UTF8.self)) \(difference.entity)")
    }
    try check.run(marks)
    #expect(check.differenceCount == found.count)
    return found
  }

  @Test func directoriesThatGoOrComeAreNamedAloneAmongTheOthers() throws {
    #expect(try check { _ in }.isEmpty)
    let gone = try check {
      try $0.unlink(Self.name("f", in: Self.id(2)))
      try $0.removeDirectory(Self.name("b", in: Self.id(1)))
    }
    #expect(gone == ["a names", "a/b directory"])
    let new = try check {
      try $0.make(
        NewObject(gfid: Self.id(20), type: .directory, mode: 0o755), at: Self.name("a!"))
    }
    #expect(new == [" names", "a! directory"])
    let other = try check {
      try $0.removeDirectory(Self.name("a b"))
      try $0.make(
        NewObject(gfid: Self.id(21), type: .directory, mode: 0o755), at: Self.name("a b"))
    }
    #expect(other.contains(" names") && other.contains("a b directory"))
    #expect(other.allSatisfy { $0.hasPrefix(" ") || $0.hasPrefix("a b ") })
  }
}
