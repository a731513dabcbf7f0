import Foundation
import Histories
import Synchronization
import Testing

@testable import JBRCore

/// Has calls of a brick fail, and counts them.
final class InjectedFaults: CallFaults {
  private struct State {
    var count = 0
    var failed: [String] = []
  }
  private let state = Mutex(State())
  /// The calls that fail, by their order from 0.
  let range: Range<Int>
  let number: Int32
  /// Whether writes take one byte at a time, as they may.
  let isShort: Bool
  /// Called before the call of this order, to do something in between.
  let before: (@Sendable (Int) -> Void)?

  init(
    _ range: Range<Int> = 0..<0, _ number: Int32 = 0, isShort: Bool = false,
    before: (@Sendable (Int) -> Void)? = nil
  ) {
    self.range = range
    self.number = number
    self.isShort = isShort
    self.before = before
  }

  var count: Int { state.withLock { $0.count } }
  var failed: [String] { state.withLock { $0.failed } }

  func failure(of call: String) -> Int32? {
    let order = state.withLock { state in
      defer { state.count += 1 }
      if range.contains(state.count) { state.failed.append(call) }
      return state.count
    }
    before?(order)
    return range.contains(order) ? number : nil
  }

  func countTaken(of count: Int) -> Int { isShort ? 1 : count }
}

/// A file system that has no xattrs.
private final class UnsupportedXattrs: CallFaults {
  func failure(of call: String) -> Int32? { call == "setxattr" ? JBRCore.EOPNOTSUPP : nil }
  func countTaken(of count: Int) -> Int { count }
}

/// A brick with something on it, and requests of every kind that come next.
struct FaultStage {
  static let requests: [FoldRequest] = {
    let (d, e, f, g, h) = (
      Request.gfid(1), Request.gfid(2), Request.gfid(3), Request.gfid(4), Request.gfid(5)
    )
    let all: [(Request, [UInt8]?)] = [
      (.mkdir("d", d), nil), (.create("f", f, in: d), nil),
      (.write(f, count: 6, at: 0), [1, 2, 3, 4, 5, 6]),
      (.setxattr(f, "user.a", [1, 2]), nil),
      (.xattrop(f, "trusted.n", [0, 0, 0, 1], type: 0), nil),
      (.link(f, to: "hard"), nil), (.symlink("s", Request.gfid(6), to: "d/f"), nil),
      (.mknod("p", Request.gfid(7), mode: 0o010644), nil),
      // What was there before.
      (.write(g, count: 3, at: 0, flags: 0x401), [7, 8, 9]),
      (.xattrop(g, "trusted.sum", [0, 0, 0, 2], type: 0), nil),
      (.setattr(g, valid: 0x37, mode: 0o4711, uid: 3, gid: 4, atime: 5, mtime: 6), nil),
      (.removexattr(g, "user.old"), nil), (.range(.zerofill, h, from: 2, count: 3), nil),
      (.range(.discard, h, from: 4096, count: 4096), nil), (.truncate(h, to: 8000), nil),
      (move("g", g, to: "f", under: e), nil), (move("e", e, to: "moved"), nil),
      (move("over", Request.gfid(12), to: "h", over: h), nil),
      (remove(.unlink, "gone", Request.gfid(11)), nil),
      (remove(.rmdir, "empty", Request.gfid(10)), nil),
      (move("hard", f, to: "p", over: Request.gfid(7)), nil),
    ]
    return all.enumerated().map { index, one in
      FoldRequest(
        id: RequestID(term: Term(1), index: UInt64(index + 1)), request: one.0,
        payload: one.1.map { Payload($0) })
    }
  }()

  /// As GlusterFS journals them: with the object that is moved, and the one that gives way.
  private static func move(
    _ name: String, _ gfid: GFID, to new: String, under parent: GFID = .root, over: GFID = .null
  ) -> Request {
    Request(
      fop: .rename,
      values: [
        Request.place(name, gfid: gfid), Request.place(new, in: parent, gfid: over), Request.none,
      ])
  }

  private static func remove(_ fop: Fop, _ name: String, _ gfid: GFID) -> Request {
    Request(fop: fop, values: [Request.place(name, gfid: gfid), .i32(0), Request.none])
  }

  let directory: TemporaryDirectory
  var path: String { directory.path + "/brick" }
  var undo: String { directory.path + "/undo" }

  init() throws {
    try #require(isRoot)
    directory = try TemporaryDirectory()
    let brick = try NativeBrick(path: path, creating: true)
    func name(_ text: String) -> EntryName {
      EntryName(parent: .root, name: ByteView(text.utf8))
    }
    func file(_ text: String, _ gfid: GFID) throws {
      try brick.make(NewObject(gfid: gfid, type: .file, mode: 0o644), at: name(text))
      try brick.write(
        Payload([UInt8](repeating: UInt8(gfid.low), count: 9000)), to: gfid, at: 0)
    }
    for (text, number) in [("e", 2), ("empty", 10)] as [(String, UInt64)] {
      try brick.make(
        NewObject(gfid: Request.gfid(number), type: .directory, mode: 0o755), at: name(text))
    }
    for (text, number) in [("g", 4), ("h", 5), ("gone", 11), ("over", 12)] as [(String, UInt64)] {
      try file(text, Request.gfid(number))
    }
    try brick.setXattr(Request.gfid(4), ByteView("user.old".utf8), [1], .set)
    try brick.setXattr(Request.gfid(4), ByteView("trusted.sum".utf8), [0, 0, 0, 5], .set)
    // Everything that a brick has from its first use on.
    _ = try brick.openScratch()
  }

  /// Replays all; what became of each, or the error that ended it.
  func replay(
    _ faults: InjectedFaults? = nil, keepsUndo: Bool = false
  ) -> Result<[Outcome], Failure> {
    do throws(Failure) {
      let brick = try NativeBrick(path: path, faults: faults)
      let replayer = try Replayer(Self.requests, onto: brick)
      if keepsUndo {
        replayer.batchCountMax = 6
        try replayer.keep(in: undo, UndoTarget(brick))
      }
      var outcomes: [Outcome] = []
      _ = try replayer.run { outcomes.append($1) }
      return .success(outcomes)
    } catch { return .failure(error) }
  }

  /// The tree, with the times that requests have set.
  func tree() throws -> String {
    try treeText(NativeBrick(path: path), timed: [Request.gfid(4)])
  }

  /// How many calls a replay makes, and the tree that it leaves.
  static func undisturbed(keepsUndo: Bool = false) throws -> (callCount: Int, tree: String) {
    let stage = try FaultStage()
    let faults = InjectedFaults()
    let outcomes = try stage.replay(faults, keepsUndo: keepsUndo).get()
    #expect(
      outcomes.allSatisfy { $0.word != "failed" && $0.word != "refused" }, "\(outcomes)")
    #expect(try differences([stage.path]) == "")
    return (faults.count, try stage.tree())
  }
}

@Suite("Replaying where calls fail")
struct ReplayFaultTests {
  /// One call after the other fails once, for want of space, by a broken disk, and so on: it is told clearly, nothing that was whole is broken,
  /// and the next replay finishes.
  @Test func aFailedCallIsToldAndTheNextReplayFinishes() throws {
    let errors: [Int32] = [5, 28, 30, 122]
    let wanted = try FaultStage.undisturbed()
    var told = 0
    for order in 0..<wanted.callCount {
      let stage = try FaultStage()
      let number = errors[order % errors.count]
      let faults = InjectedFaults(order..<order + 1, number)
      let run = stage.replay(faults)
      let call = faults.failed.first ?? "none"
      switch run {
      case .failure(let failure):
        told += 1
        #expect(failure.errno == number, "\(order) \(call): \(failure)")
        #expect(failure.description.contains(stage.path), "\(order) \(call): \(failure)")
      case .success(let outcomes):
        // Only what cleans up may fail unseen.
        for case .failed(let error) in outcomes {
          told += 1
          #expect(error.errno == number, "\(order) \(call): \(error)")
          #expect(!error.call.isEmpty)
        }
      }
      if order % 12 == 0 {
        let found = try differences([stage.path])
        #expect(found == "", "\(order) \(call): \(found)")
      }
      let again = try stage.replay().get()
      #expect(again.allSatisfy { $0.word != "failed" }, "\(order) \(call): \(again)")
      let tree = try stage.tree()
      #expect(
        tree == wanted.tree, "\(order) \(call): \(firstDifferences(wanted.tree, tree))")
    }
    // Nearly all calls matter.
    #expect(told > wanted.callCount * 9 / 10, "\(told) of \(wanted.callCount)")
  }

  /// From one call on all fail, as after a kill: every place at which a process can end.
  @Test func aReplayThatEndsAtAnyCallIsFinishedByTheNext() throws {
    let wanted = try FaultStage.undisturbed()
    for order in 0..<wanted.callCount {
      let stage = try FaultStage()
      _ = stage.replay(InjectedFaults(order..<Int.max, JBRCore.EIO))
      let again = try stage.replay().get()
      #expect(
        again.allSatisfy { $0.word != "failed" && $0.word != "refused" }, "\(order): \(again)")
      let tree = try stage.tree()
      #expect(tree == wanted.tree, "\(order): \(firstDifferences(wanted.tree, tree))")
      if order % 20 == 0 { #expect(try differences([stage.path]) == "", "\(order)") }
    }
  }

  /// An xattr that cannot be set is trouble and no refusal: it would be lost without a word.
  @Test func anXattrThatTheFileSystemLacksEndsTheReplay() throws {
    let stage = try FaultStage()
    let brick = try NativeBrick(path: stage.path, faults: UnsupportedXattrs())
    let request = FoldRequest(
      id: RequestID(term: Term(1), index: 1),
      request: .setxattr(Request.gfid(4), "user.new", [1]), payload: nil)
    let replayer = try Replayer([request], onto: brick)
    var outcomes: [Outcome] = []
    let summary = try replayer.run { outcomes.append($1) }
    #expect(summary.status == .ioError)
    guard case .failed(let error) = outcomes.first else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(errorName(error.errno) == "EOPNOTSUPP")
    #expect(error.call.contains("setxattr"))
  }

  @Test func everyFopTwiceIsOnce() throws {
    let stage = try FaultStage()
    let first = try stage.replay().get()
    #expect(first.contains(.applied))
    let before = try snapshot(stage.path)
    for _ in 0..<2 {
      let again = try stage.replay().get()
      #expect(
        again.allSatisfy { ["already_applied", "skipped"].contains($0.word) }, "\(again)")
      // Not even a time.
      #expect(try snapshot(stage.path) == before)
    }
  }

  @Test func signalsAndShortWritesChangeNothing() throws {
    let wanted = try FaultStage.undisturbed()
    for order in stride(from: 0, to: wanted.callCount, by: 3) {
      let stage = try FaultStage()
      let outcomes = try stage.replay(InjectedFaults(order..<order + 3, 4)).get()
      #expect(outcomes.allSatisfy { $0.word != "failed" }, "\(order)")
      #expect(try stage.tree() == wanted.tree, "\(order)")
    }
    let stage = try FaultStage()
    _ = try stage.replay(InjectedFaults(isShort: true)).get()
    #expect(try stage.tree() == wanted.tree)
    #expect(try differences([stage.path]) == "")
  }

  /// A replay that keeps what it changes ends at any call; so does what undoes it.
  @Test func undoingFromAnywhereAndEndedAnywhere() throws {
    let wanted = try FaultStage.undisturbed(keepsUndo: true)
    let untouched = try FaultStage()
    let before = try wholeTreeWithoutTimes(untouched.path)
    for order in stride(from: 0, to: wanted.callCount, by: 3) {
      let stage = try FaultStage()
      _ = stage.replay(InjectedFaults(order..<Int.max, JBRCore.EIO), keepsUndo: true)
      guard FileManager.default.fileExists(atPath: stage.undo) else { continue }
      try undo(stage.path, stage.undo, isUnchecked: true)
      let now = try wholeTreeWithoutTimes(stage.path)
      #expect(now == before, "\(order): \(firstDifferences(before, now))")
      if order % 20 == 0 { #expect(try differences([stage.path]) == "", "\(order)") }
    }
    let counted = InjectedFaults()
    let whole = try FaultStage()
    _ = try whole.replay(keepsUndo: true).get()
    try undo(whole.path, whole.undo, counted)
    for order in 0..<counted.count {
      let stage = try FaultStage()
      _ = try stage.replay(keepsUndo: true).get()
      #expect(throws: Failure.self, "\(order)") {
        try undo(stage.path, stage.undo, InjectedFaults(order..<Int.max, JBRCore.EIO))
      }
      try undo(stage.path, stage.undo)
      let now = try wholeTreeWithoutTimes(stage.path)
      #expect(now == before, "\(order): \(firstDifferences(before, now))")
      if order % 20 == 0 { #expect(try differences([stage.path]) == "", "\(order)") }
    }
  }

  private func undo(
    _ path: String, _ undo: String, _ faults: InjectedFaults? = nil, isUnchecked: Bool = false
  ) throws {
    let brick = try NativeBrick(path: path, faults: faults)
    let run = try UndoRun(try UndoFile(undo), of: UndoTarget(brick), isUnchecked: isUnchecked)
    try run.check()
    _ = try run.run { _, _ in }
  }

  /// Two bricks that were made alike differ in times.
  private func wholeTreeWithoutTimes(_ path: String) throws -> String {
    try treeText(NativeBrick(path: path), timed: [])
  }
}
