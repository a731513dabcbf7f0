import Foundation
import Histories
import Synchronization
import Testing

@testable import JBRCore

/// Requests that no GlusterFS would journal, and bricks that change under a replay.
@Suite("Hostile journals")
struct HostileReplayTests {
  let d = Request.gfid(1)
  let f = Request.gfid(2)
  let g = Request.gfid(3)

  private func outcomes(
    _ requests: [Request], on guarded: GuardedBrick, _ brick: NativeBrick? = nil
  ) throws -> [Outcome] {
    let all = requests.enumerated().map { index, request in
      FoldRequest(
        id: RequestID(term: Term(1), index: UInt64(index + 1)), request: request,
        payload: request.payloadByteCount > 0
          ? Payload([UInt8](repeating: 7, count: Int(request.payloadByteCount))) : nil)
    }
    let replayer = try Replayer(all, onto: brick ?? guarded.brick, .init(keepsGoing: true))
    var outcomes: [Outcome] = []
    _ = try replayer.run { outcomes.append($1) }
    return outcomes
  }

  private func words(_ requests: [Request], on guarded: GuardedBrick) throws -> [String] {
    try outcomes(requests, on: guarded).map { outcome in
      switch outcome {
      case .refused(let error), .failed(let error): outcome.word + " " + errorName(error.errno)
      default: outcome.word
      }
    }
  }

  /// Names that are none, in every fop that takes one.
  @Test(arguments: ["..", ".", "", "a/b", "/etc/passwd", "../canary/file", "a\0b", "x/../../y"])
  func aNameThatIsNoComponentIsRefused(_ name: String) throws {
    let guarded = try GuardedBrick()
    _ = try outcomes([.mkdir("d", d), .create("f", f)], on: guarded)
    let before = try snapshot(guarded.path)
    let moves = [
      Request.rename("f", to: name), .rename(name, to: "x"), .rename("f", to: name, under: d),
      .link(f, to: name), .unlink(name), .rmdir(name), .create(name, g), .mkdir(name, g),
      .mknod(name, g, mode: 0o010644), .symlink(name, g, to: "x"), .create(name, g, in: d),
    ]
    for request in moves {
      let answer = try words([request], on: guarded)
      #expect(
        answer == ["refused EINVAL"] || answer == ["refused ENOENT"],
        "\(describe(request)): \(answer)")
    }
    #expect(try snapshot(guarded.path) == before)
    #expect(try differences([guarded.path]) == "")
    try guarded.expectCanarySings()
  }

  @Test func theHiddenDirectoryIsNoName() throws {
    let guarded = try GuardedBrick()
    let moves = [
      Request.rename(".glusterfs", to: "x"), .rmdir(".glusterfs"), .mkdir(".glusterfs", d),
      .create("x", f, in: Request.gfid(99)),
    ]
    let answers = try moves.map { try words([$0], on: guarded)[0] }
    #expect(answers == ["refused EPERM", "refused EPERM", "refused EPERM", "failed ESTALE"])
    #expect(try differences([guarded.path]) == "")
  }

  /// What a fop cannot be done to.
  @Test func typesAreNotConfused() throws {
    let guarded = try GuardedBrick()
    _ = try outcomes(
      [
        .mkdir("d", d), .create("f", f), .symlink("s", g, to: "../canary/file"),
        .mknod("p", Request.gfid(4), mode: 0o010644), .mkdir("below", Request.gfid(5), in: d),
      ], on: guarded)
    let before = try wholeTree(guarded.path)
    let cases: [(Request, String)] = [
      (.write(d, count: 3, at: 0), "refused EISDIR"),
      (.write(g, count: 3, at: 0), "refused EINVAL"),
      (.write(Request.gfid(4), count: 3, at: 0), "refused EINVAL"),
      (.truncate(d, to: 0), "refused EISDIR"), (.truncate(g, to: 0), "refused EINVAL"),
      (.range(.zerofill, d, from: 0, count: 4), "refused EISDIR"),
      (.range(.fallocate, f, from: -1, count: 4), "refused EINVAL"),
      (.write(f, count: 3, at: -5), "refused EINVAL"),
      (.write(f, count: 3, at: Int64.max - 1), "refused EFBIG"),
      (.rename("d", to: "inside", under: d), "refused EINVAL"),
      (.rename("d", to: "inside", under: Request.gfid(5)), "refused EINVAL"),
      (.rename("f", to: "d"), "refused EISDIR"), (.rename("d", to: "f"), "refused ENOTDIR"),
      (.unlink("d"), "refused EISDIR"), (.rmdir("f"), "refused ENOTDIR"),
      (.rmdir("d"), "refused ENOTEMPTY"), (.link(d, to: "hard"), "refused EPERM"),
      (.create("x", Request.gfid(6), in: f), "refused ENOTDIR"),
      (.create("x", Request.gfid(6), in: g), "refused ENOTDIR"),
      (.xattrop(f, "trusted.n", [0, 0, 0, 1], type: 3), "refused EINVAL"),
    ]
    for (request, wanted) in cases {
      #expect(try words([request], on: guarded) == [wanted], "\(describe(request))")
    }
    #expect(try wholeTree(guarded.path) == before)
    #expect(try differences([guarded.path]) == "")
    try guarded.expectCanarySings()
  }

  @Test func gfidsThatAreTakenAreNotTakenAgain() throws {
    let guarded = try GuardedBrick()
    _ = try outcomes([.mkdir("d", d), .create("f", f)], on: guarded)
    let before = try wholeTree(guarded.path)
    let cases: [(Request, String)] = [
      (.create("x", f), "refused EEXIST"), (.mkdir("x", f), "refused EEXIST"),
      (.mkdir("x", d), "refused EEXIST"), (.symlink("x", d, to: "y"), "refused EEXIST"),
      (.mkdir("x", .root), "refused EEXIST"), (.create("x", .null), "refused EINVAL"),
      (.create("f", g, flags: 0o302), "refused EEXIST"),
    ]
    for (request, wanted) in cases {
      #expect(try words([request], on: guarded) == [wanted], "\(describe(request))")
    }
    // The layout's own xattrs are nobody's to set.
    for key in ["trusted.gfid", "trusted.gfid2path.0123456789abcdef"] {
      _ = try words([.setxattr(f, key, [1])], on: guarded)
    }
    #expect(try wholeTree(guarded.path) == before)
    #expect(try differences([guarded.path]) == "")
  }

  /// While a replay works, somebody puts a symlink to a place outside where a directory was, at
  /// each call in turn.
  @Test func symlinksThatComeMeanwhileLeadNowhere() throws {
    let requests = [
      Request.create("f", f, in: d), .write(f, count: 4, at: 0), .setxattr(f, "user.a", [1]),
      .rename("f", in: d, to: "g", under: d), .mkdir("e", g, in: d), .unlink("file", in: d),
    ]
    var order = 0
    var wasReached = true
    while wasReached {
      let guarded = try GuardedBrick()
      try guarded.brick.make(
        NewObject(gfid: d, type: .directory, mode: 0o755),
        at: EntryName(parent: .root, name: ByteView("d".utf8)))
      let (place, aside) = (guarded.path + "/d", guarded.path + "/aside")
      let target = order
      let swapped = Mutex(false)
      let faults = InjectedFaults(before: { now in
        guard now == target else { return }
        swapped.withLock { $0 = true }
        _ = rename(place, aside)
        _ = symlink("../canary", place)
      })
      let brick = try NativeBrick(path: guarded.path, faults: faults)
      _ = try? outcomes(requests, on: guarded, brick)
      try guarded.expectCanarySings()
      wasReached = swapped.withLock { $0 }
      order += 1
    }
    #expect(order > 80)
  }
}
