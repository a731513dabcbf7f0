import Foundation
import Testing

@testable import JBRCore

/// A brick to which selections are replayed, and the requests that there are.
private final class Stage {
  let directory = try? TemporaryDirectory()
  let path: String
  private var count: UInt64 = 0

  init() throws {
    try #require(isRoot)
    path = try #require(directory).path + "/brick"
  }

  func numbered(_ request: Request, _ bytes: String? = nil) -> FoldRequest {
    count += 1
    return FoldRequest(
      id: RequestID(term: Term(1), index: count), request: request,
      payload: bytes.map { Payload([UInt8]($0.utf8)) })
  }

  func outcomes(_ requests: [FoldRequest]) throws -> [String] {
    try replay(requests, onto: path).outcomes.map(\.word)
  }

  func content(_ gfid: GFID) throws -> String {
    let brick = try NativeBrick(path: path)
    return String(decoding: try brick.read(gfid, at: 0, count: 1 << 16), as: UTF8.self)
  }
}

@Suite("What a selection comes to")
struct ReplaySelectionTests {
  let d = Request.gfid(1)
  let f = Request.gfid(2)
  let g = Request.gfid(3)

  @Test func anAppendIsDoneOnce() throws {
    let stage = try Stage()
    let before = [
      stage.numbered(.create("f", f)), stage.numbered(.write(f, count: 3, at: 0), "one"),
    ]
    _ = try stage.outcomes(before)
    let appends = [
      stage.numbered(.write(f, count: 3, at: 0, flags: 0x401), "two"),
      stage.numbered(.write(f, count: 5, at: 0, flags: 0x401), "three"),
    ]
    #expect(try stage.outcomes(appends) == ["applied", "applied"])
    #expect(try stage.content(f) == "onetwothree")
    #expect(try stage.outcomes(appends) == ["already_applied", "already_applied"])
    // A crash may have kept the record and lost the data.
    let brick = try NativeBrick(path: stage.path)
    try brick.truncate(f, to: 4)
    #expect(try stage.outcomes(appends) == ["applied", "applied"])
    #expect(try stage.content(f) == "onetwothree")
    // The same words by another request are another append.
    let other = stage.numbered(.write(f, count: 3, at: 0, flags: 0x401), "two")
    #expect(try stage.outcomes([other]) == ["applied"])
    #expect(try stage.content(f) == "onetwothreetwo")
  }

  @Test func aSumIsAddedOnce() throws {
    let stage = try Stage()
    let key = "trusted.count"
    _ = try stage.outcomes([
      stage.numbered(.create("f", f)), stage.numbered(.setxattr(f, key, [0, 0, 0, 5])),
    ])
    let sums = [
      stage.numbered(.xattrop(f, key, [0, 0, 0, 1], type: 0)),
      stage.numbered(.xattrop(f, key, [0, 0, 0, 2], type: 0)),
    ]
    for _ in 0..<3 {
      _ = try stage.outcomes(sums)
      let brick = try NativeBrick(path: stage.path)
      #expect(try brick.xattr(f, ByteView(key.utf8)) == [0, 0, 0, 8])
    }
    #expect(try stage.outcomes(sums) == ["skipped", "already_applied"])
  }

  @Test func whatIsWrittenOverIsNotWritten() throws {
    let stage = try Stage()
    let all = [
      stage.numbered(.create("f", f)), stage.numbered(.write(f, count: 6, at: 0), "aaaaaa"),
      stage.numbered(.write(f, count: 2, at: 2), "bb"),
      stage.numbered(.write(f, count: 2, at: 2), "cc"),
      stage.numbered(.setattr(f, valid: 1, mode: 0o600)),
      stage.numbered(.setattr(f, valid: 1, mode: 0o640)),
    ]
    let (outcomes, summary) = try replay(all, onto: stage.path)
    #expect(outcomes[2] == .skipped(.overlapped(by: all[5].id)))
    #expect(outcomes[4] == .skipped(.overlapped(by: all[5].id)))
    #expect(summary.byteCount == 6)
    #expect(try stage.content(f) == "aaccaa")
  }

  @Test func whatIsGoneIsNotMade() throws {
    let stage = try Stage()
    let all = [
      stage.numbered(.create("f", f)), stage.numbered(.write(f, count: 1, at: 0), "x"),
      stage.numbered(.unlink("f")),
      // By a descriptor that is still open.
      stage.numbered(.write(f, count: 1, at: 1), "y"),
      stage.numbered(Request(fop: .ipc, values: [.dict([])])),
    ]
    let (outcomes, _) = try replay(all, onto: stage.path)
    #expect(
      outcomes == [
        .skipped(.overlapped(by: all[2].id)), .skipped(.overlapped(by: all[2].id)),
        .alreadyApplied, .skipped(.objectRemoved(by: all[2].id)), .skipped(.changesNothing),
      ])
  }

  /// A directory that is gone in the end is still needed on the way.
  @Test func whatOthersNeedIsMade() throws {
    let stage = try Stage()
    let all = [
      stage.numbered(.mkdir("d", d)), stage.numbered(.create("f", f, in: d)),
      stage.numbered(.rename("f", in: d, to: "f")), stage.numbered(.rmdir("d")),
    ]
    #expect(try stage.outcomes(all) == ["applied", "applied", "applied", "applied"])
    #expect(try differences([stage.path]) == "")
    #expect(
      try stage.outcomes(all)
        == ["skipped", "already_applied", "already_applied", "already_applied"])
  }

  /// Names that are used again: nothing of the first rename survives but the way.
  @Test func namesOnTheWayAreTaken() throws {
    let stage = try Stage()
    _ = try stage.outcomes([stage.numbered(.create("a", f))])
    let all = [
      stage.numbered(.rename("a", to: "b")), stage.numbered(.rename("b", to: "c")),
      stage.numbered(.create("a", g)), stage.numbered(.create("b", d)),
    ]
    #expect(try stage.outcomes(all) == ["applied", "applied", "applied", "applied"])
    let brick = try NativeBrick(path: stage.path)
    let entries = try brick.list(.root).map(\.entry.gfid)
    #expect(entries == [g, d, f])
    let before = try snapshot(stage.path)
    #expect(try stage.outcomes(all).contains("applied") == false)
    #expect(try snapshot(stage.path) == before)
  }

  /// Journals of 2016 do not say over what something is moved: a second replay finds there what
  /// was moved, and must not miss what gave way.
  @Test(arguments: [true, false])
  func whatGaveWayIsRemembered(isLinked: Bool) throws {
    let stage = try Stage()
    var setup = [
      stage.numbered(.create("a", f)), stage.numbered(.create("b", g)),
      stage.numbered(.mkdir("d", d)),
    ]
    if isLinked { setup.append(stage.numbered(.link(g, to: "other"))) }
    _ = try stage.outcomes(setup)
    let all = [
      stage.numbered(.write(g, count: 3, at: 0), "old"),
      stage.numbered(.setattr(g, valid: 1, mode: 0o600)),
      stage.numbered(.rename("a", to: "b")),
      // Over nothing: neither what is moved nor what comes later was there.
      stage.numbered(.rename("b", to: "free", under: d)),
      stage.numbered(.create("b", Request.gfid(9))),
      stage.numbered(.write(f, count: 3, at: 0), "new"),
    ]
    let first = try stage.outcomes(all)
    #expect(first.contains("failed") == false && first.contains("applied"))
    #expect(try stage.content(f) == "new")
    if isLinked { #expect(try stage.content(g) == "old") }
    let before = try snapshot(stage.path)
    for _ in 0..<2 {
      let again = try stage.outcomes(all)
      #expect(again.allSatisfy { ["skipped", "already_applied"].contains($0) }, "\(again)")
      #expect(try snapshot(stage.path) == before)
    }
    #expect(try differences([stage.path]) == "")
  }

  @Test func oneRequestAlone() throws {
    let stage = try Stage()
    let setup = [stage.numbered(.create("f", f)), stage.numbered(.mkdir("d", d))]
    _ = try stage.outcomes(setup)
    let one = stage.numbered(.rename("f", to: "moved", under: d))
    #expect(try stage.outcomes([one]) == ["applied"])
    #expect(try stage.outcomes([one]) == ["already_applied"])
    #expect(try stage.outcomes([stage.numbered(.setattr(g, valid: 1))]) == ["failed"])
    #expect(try stage.outcomes([stage.numbered(.rename("no", to: "n"))]) == ["refused"])
    #expect(try stage.outcomes([stage.numbered(.removexattr(f, "user.no"))]) == ["already_applied"])
    #expect(try stage.outcomes([stage.numbered(.mkdir("d", g))]) == ["refused"])
    #expect(try differences([stage.path]) == "")
  }

  /// chown clears setuid, also where the chmod before it was left out.
  @Test func attributesComeOutAsTheFoldSays() throws {
    let stage = try Stage()
    let all = [
      stage.numbered(.create("f", f, mode: 0o644)),
      stage.numbered(.setattr(f, valid: 1, mode: 0o6755)),
      stage.numbered(.setattr(f, valid: 2, uid: 7)),
    ]
    _ = try stage.outcomes(all)
    let brick = try NativeBrick(path: stage.path)
    #expect(try brick.status(f)?.mode == 0o755)
    #expect(try brick.status(f)?.uid == 7)
    #expect(try stage.outcomes(all).contains("applied") == false)
  }
}
