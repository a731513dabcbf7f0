import Foundation
import Histories
import Testing

@testable import JBRCore

/// Everything that a user could see of a brick: names, content, attributes, xattrs, times.
func wholeTree(_ path: String) throws -> String { try wholeTree(NativeBrick(path: path)) }

func wholeTree(_ brick: any BrickStore) throws -> String {
  var all: Set<GFID> = [.root]
  var pending: [GFID] = [.root]
  while let directory = pending.popLast() {
    for (_, entry) in try brick.list(directory) {
      guard let gfid = entry.gfid, all.insert(gfid).inserted else { continue }
      if entry.type == .directory { pending.append(gfid) }
    }
  }
  return try treeText(brick, timed: all)
}

/// A brick with one empty file.
private struct FileStage {
  let directory: TemporaryDirectory
  let undo: String
  let brick: NativeBrick
  let file = Request.gfid(2)

  init() throws {
    try #require(isRoot)
    directory = try TemporaryDirectory()
    undo = directory.path + "/undo"
    brick = try NativeBrick(path: directory.path + "/brick", creating: true)
    try brick.make(
      NewObject(gfid: file, type: .file, mode: 0o644),
      at: EntryName(parent: .root, name: ByteView("f".utf8)))
  }
}

/// A brick with some history, and the requests that come next.
struct UndoStage {
  let directory: TemporaryDirectory
  let history: ReplayHistoryTests.History
  let path: String
  let undo: String
  let rest: [FoldRequest]
  let before: String

  init(seed: UInt64) throws {
    try #require(isRoot)
    history = ReplayHistoryTests.History(seed: seed)
    directory = try TemporaryDirectory()
    path = directory.path + "/brick"
    undo = directory.path + "/undo"
    let count = 10 + Int(seed % 20)
    try JBRCoreTests.replay([FoldRequest](history.requests.prefix(count)), onto: path)
    rest = [FoldRequest](history.requests.dropFirst(count))
    // Times that nothing but an undo gives back.
    let brick = try NativeBrick(path: path)
    for (number, gfid) in history.brick.objects.keys.sorted().enumerated()
    where try brick.status(gfid) != nil {
      let time = FileTime(seconds: 1_000_000_000 + Int64(number), nanoseconds: 123_456_789)
      try brick.setTimes(gfid, atime: nil, mtime: time)
    }
    before = try wholeTree(path)
  }

  /// Replays what comes next; `stop` ends it behind so many requests, as a kill would.
  func replay(batch: Int = 5, stop: Int = .max) throws {
    let brick = try NativeBrick(path: path)
    let replayer = try Replayer(rest, onto: brick, .init(keepsGoing: true))
    replayer.batchCountMax = batch
    try replayer.keep(in: undo, UndoTarget(brick))
    var left = stop
    _ = try replayer.run { _, _ throws(Failure) in
      left -= 1
      if left < 0 { throw Failure(.ioError, "killed") }
    }
  }

  func undoRun(isUnchecked: Bool = false) throws -> UndoRun {
    try UndoRun(
      try UndoFile(undo), of: UndoTarget(try NativeBrick(path: path)), isUnchecked: isUnchecked)
  }

  @discardableResult
  func undoAll(isUnchecked: Bool = false) throws -> UndoRun.Summary {
    let run = try undoRun(isUnchecked: isUnchecked)
    try run.check()
    return try run.run { _, _ in }
  }

  func expectAsBefore(_ note: String = "", _ location: SourceLocation = #_sourceLocation) throws {
    let now = try wholeTree(path)
    #expect(
      now == before, "\(note): \(firstDifferences(before, now))", sourceLocation: location)
    #expect(try differences([path]) == "", "\(note)", sourceLocation: location)
  }
}

@Suite("Undoing a replay")
struct UndoTests {
  @Test(arguments: 0..<ReplayHistoryTests.seeds)
  func givesBackWhatWasThere(seed: UInt64) throws {
    let stage = try UndoStage(seed: seed)
    try stage.replay(batch: 1 + Int(seed % 9))
    let after = try wholeTree(stage.path)
    try stage.undoAll()
    try stage.expectAsBefore("seed \(seed)")
    // Once is enough.
    #expect(throws: Failure.self) { try stage.undoAll() }
    try stage.expectAsBefore("seed \(seed), again")
    // What was undone can be replayed once more.
    try JBRCoreTests.replay(stage.rest, onto: stage.path, .init(keepsGoing: true))
    let names = { (tree: String) in
      tree.split(separator: "\n").map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
    }
    #expect(try names(wholeTree(stage.path)) == names(after))
  }

  @Test(arguments: 0..<ReplayHistoryTests.seeds)
  func aReplayThatWasKilledGoesOnInTheSameFile(seed: UInt64) throws {
    let stage = try UndoStage(seed: seed)
    let count = try #require(stage.rest.count > 1 ? stage.rest.count : nil)
    for stop in [Int(seed % 7) % count, (Int(seed % 11) + 3) % count] {
      #expect(throws: Failure.self) { try stage.replay(batch: 4, stop: stop) }
    }
    if seed % 2 == 0 {
      // Nobody knows how it was left, so that it is undone only where somebody says so.
      #expect(throws: Failure.self) { try stage.undoAll() }
      try stage.undoAll(isUnchecked: true)
    } else {
      try stage.replay(batch: 4)
      #expect(throws: Failure.self) { try stage.replay() }
      try stage.undoAll()
    }
    try stage.expectAsBefore("seed \(seed)")
  }

  /// Each kind of change that somebody else makes is seen, and nothing is touched then.
  @Test(arguments: 0..<6)
  func whatChangedSinceIsNotOverwritten(kind: Int) throws {
    try #require(isRoot)
    let directory = try TemporaryDirectory()
    let (path, undo) = (directory.path + "/brick", directory.path + "/undo")
    let (d, f, g) = (Request.gfid(1), Request.gfid(2), Request.gfid(3))
    func numbered(_ all: [(Request, String?)]) -> [FoldRequest] {
      all.enumerated().map { index, one in
        FoldRequest(
          id: RequestID(term: Term(1), index: UInt64(index + 1)), request: one.0,
          payload: one.1.map { Payload([UInt8]($0.utf8)) })
      }
    }
    try replay(
      numbered([(.create("f", f), nil), (.write(f, count: 6, at: 0), "before")]), onto: path)
    let brick = try NativeBrick(path: path)
    let replayer = try Replayer(
      numbered([
        (.write(f, count: 3, at: 0), "AFT"), (.mkdir("d", d), nil), (.create("g", g, in: d), nil),
      ]), onto: brick)
    try replayer.keep(in: undo, UndoTarget(brick))
    _ = try replayer.run { _, _ in }
    let name = EntryName(parent: .root, name: ByteView("f".utf8))
    switch kind {
    case 0: try brick.write(Payload([7]), to: f, at: 1)
    case 1: try brick.setMode(f, 0o600)
    case 2: try brick.setXattr(g, ByteView("user.x".utf8), [1], .set)
    case 3: try brick.rename(name, to: EntryName(parent: d, name: ByteView("other".utf8)))
    case 4:
      try brick.make(
        NewObject(gfid: Request.gfid(9), type: .file, mode: 0o600),
        at: EntryName(parent: d, name: ByteView("stranger".utf8)))
    default: try brick.unlink(EntryName(parent: d, name: ByteView("g".utf8)))
    }
    let tree = try wholeTree(path)
    let run = try UndoRun(try UndoFile(undo), of: UndoTarget(brick))
    do {
      try run.check()
      Issue.record("kind \(kind) was not seen")
    } catch {
      #expect(error.status == .tryAgain)
      #expect(error.message.contains("has changed since the replay"), "\(error)")
    }
    #expect(try wholeTree(path) == tree)
  }

  @Test func contentIsKeptOnlyWhereItIsOverwritten() throws {
    let stage = try FileStage()
    let (brick, f, undo) = (stage.brick, stage.file, stage.undo)
    try brick.write(Payload([UInt8](repeating: 7, count: 1 << 20)), to: f, at: 0)
    try brick.truncate(f, to: 1 << 40)
    let write = FoldRequest(
      id: RequestID(term: Term(1), index: 1), request: .write(f, count: 4, at: 100),
      payload: Payload([1, 2, 3, 4]))
    let cut = FoldRequest(
      id: RequestID(term: Term(1), index: 2),
      request: Request(
        fop: .ftruncate, values: [.gfid(f), .i64(1 << 19), .dict([])]), payload: nil)
    for (request, kept) in [(write, 4), (cut, (1 << 19) + 4)] {
      let replayer = try Replayer([request], onto: brick)
      try? FileManager.default.removeItem(atPath: undo)
      try replayer.keep(in: undo, UndoTarget(brick))
      _ = try replayer.run { _, _ in }
      let bytes = try Data(contentsOf: URL(fileURLWithPath: undo)).count
      #expect(bytes < kept * 3 / 2 + 4096, "\(bytes) bytes for \(kept)")
      let run = try UndoRun(try UndoFile(undo), of: UndoTarget(brick))
      try run.check()
      _ = try run.run { _, _ in }
      #expect(try brick.status(f)?.size == 1 << 40)
      #expect(try brick.read(f, at: 0, count: 1 << 20).allSatisfy { $0 == 7 })
      // The hole is still one.
      #expect(try brick.nextData(f, from: 1 << 20) == nil)
    }
  }

  /// A file system may show what was allocated and never written as data of zeros, or as a hole, and
  /// may change its mind.
  @Test func zerosInPlaceOfAHoleAreNoChange() throws {
    let stage = try FileStage()
    let (brick, f, undo) = (stage.brick, stage.file, stage.undo)
    let grow = FoldRequest(
      id: RequestID(term: Term(1), index: 1),
      request: Request(
        fop: .ftruncate, values: [.gfid(f), .i64(3 << 19), .dict([])]), payload: nil)
    let replayer = try Replayer([grow], onto: brick)
    try replayer.keep(in: undo, UndoTarget(brick))
    _ = try replayer.run { _, _ in }
    let time = try brick.status(f)?.mtime
    // One whole block of zeros, and half of one.
    try brick.write(Payload([UInt8](repeating: 0, count: 3 << 19)), to: f, at: 0)
    try brick.setTimes(f, atime: nil, mtime: time)
    try UndoRun(UndoFile(undo), of: UndoTarget(brick)).check()
  }

  /// Far more zeros than could be read in a day, on both sides of what is written.
  @Test(.timeLimit(.minutes(1))) func holesAreNotRead() throws {
    let stage = try FileStage()
    let (brick, f, undo) = (stage.brick, stage.file, stage.undo)
    let write = FoldRequest(
      id: RequestID(term: Term(1), index: 1), request: .write(f, count: 4, at: 1 << 42),
      payload: Payload([1, 2, 3, 4]))
    let cut = FoldRequest(
      id: RequestID(term: Term(1), index: 2),
      request: Request(
        fop: .ftruncate, values: [.gfid(f), .i64(1 << 43), .dict([])]), payload: nil)
    let replayer = try Replayer([write, cut], onto: brick)
    try replayer.keep(in: undo, UndoTarget(brick))
    _ = try replayer.run { _, _ in }
    #expect(try brick.status(f)?.size == 1 << 43)
    try UndoRun(UndoFile(undo), of: UndoTarget(brick)).check()
    // What is written into the hole later is seen, whatever the time says.
    let time = try brick.status(f)?.mtime
    try brick.write(Payload([9]), to: f, at: 1 << 41)
    try brick.setTimes(f, atime: nil, mtime: time)
    #expect(throws: Failure.self) {
      try UndoRun(UndoFile(undo), of: UndoTarget(brick)).check()
    }
  }

  /// Every length that a crash can leave the file with, and every byte that can go wrong in it.
  @Test func aTornFileIsToldFromADamagedOne() throws {
    let stage = try UndoStage(seed: 3)
    try stage.replay(batch: 6)
    let whole = try Data(contentsOf: URL(fileURLWithPath: stage.undo))
    let cut = stage.directory.path + "/cut"
    func load(_ bytes: Data) throws -> UndoFile {
      try bytes.write(to: URL(fileURLWithPath: cut))
      return try UndoFile(cut)
    }
    let firstMark = try #require(whole.range(of: Data("undo_mark".utf8))).upperBound
    for count in stride(from: firstMark + 200, to: whole.count, by: 37) {
      let loaded = try load(whole.prefix(count))
      #expect(loaded.wholeByteCount <= count)
      #expect(!loaded.state.isEnded)
    }
    #expect(try load(whole).state.isEnded)
    // In front of the last mark a wrong byte is damage.
    for place in stride(from: 0, to: whole.count - 120, by: 53) {
      var bytes = whole
      bytes[place] ^= 0x01
      do {
        _ = try load(bytes)
        Issue.record("byte \(place) is wrong, and nobody sees it")
      } catch {
        #expect((error as? Failure)?.status == .damaged, "\(error)")
      }
    }
  }
}
