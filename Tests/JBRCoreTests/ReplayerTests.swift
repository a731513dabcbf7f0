import Foundation
import Histories
import Testing

@testable import JBRCore

/// Replays requests onto a brick and returns each one's outcome.
@discardableResult
func replay(
  _ requests: [FoldRequest], onto path: String, _ options: Replayer.Options = .init()
) throws -> (outcomes: [Outcome], summary: ReplaySummary) {
  let brick = try NativeBrick(path: path, creating: true)
  let replayer = try Replayer(requests, onto: brick, options)
  var outcomes: [Outcome] = []
  let summary = try replayer.run { outcomes.append($1) }
  return (outcomes, summary)
}

func requests(_ journal: String) throws -> [FoldRequest] {
  try records(journal).map { FoldRequest(id: $0.id, request: $0.request, payload: $0.payload) }
}

/// Every inode of a tree with its times and everything else that stat(2) tells, but for access
/// times.
func snapshot(_ path: String) throws -> String {
  let result = try run(
    "find",
    [path, "-not", "-path", "*/.glusterfs/jbr*", "-printf", "%P %i %n %m %U %G %s %T@ %C@\\n"])
  return result.output.split(separator: "\n").sorted().joined(separator: "\n")
}

@Suite("Replaying a selection")
struct ReplayerTests {
  @Test(arguments: WholeJournal.all)
  func givesTheBrickThatGlusterFSLeft(_ journal: WholeJournal) throws {
    try #require(isRoot)
    guard let sample = try SampleCase(journal.name) else { return }
    let directory = try TemporaryDirectory()
    let path = directory.path + "/brick"
    let all = try requests(sample.journal)
    let dryRun = try Replayer(dryRunOntoEmptyBrick: all)
    var expected: [Outcome] = []
    _ = try dryRun.run { expected.append($1 == .wouldApply ? .applied : $1) }
    let (done, summary) = try replay(all, onto: path)
    #expect(summary.count("failed") == 0)
    let surprises = zip(all, zip(expected, done)).filter { $1.0 != $1.1 }
      .map { "\($0.id) \($1.0.word) \($1.1.word)" }
    #expect(surprises == [])
    let options = journal.options(sample.brick, mtimeOf: pathsWithTime(Fold(all).model))
    let found = try differences([sample.brick, path], options)
    #expect(found == "", "\(found)")
    let before = try snapshot(path)
    let (outcomes, again) = try replay(all, onto: path)
    #expect(
      again.count("applied") == 0, "\(zip(all, outcomes).filter { $1 == .applied }.map(\.0.id))")
    #expect(again.count("failed") == 0)
    #expect(try snapshot(path) == before)
  }

  struct Killed: Error {}

  /// Every place at which a replay can end before its time, for a small journal; some for one
  /// that has every fop.
  @Test(arguments: [("40-fdl-one-fop-per-term", 1), ("04-fdl-torn", 3), ("01-fdl-allops-fuse", 29)])
  func canBeKilledAnywhereAndRunAgain(_ name: String, step: Int) throws {
    try #require(isRoot)
    guard let sample = try SampleCase(name) else { return }
    let directory = try TemporaryDirectory()
    let all = try requests(sample.journal)
    let whole = directory.path + "/whole"
    try replay(all, onto: whole)
    for count in stride(from: 0, through: all.count, by: step) {
      let killed = directory.path + "/killed"
      let brick = try NativeBrick(path: killed, creating: true)
      let replayer = try Replayer(all, onto: brick)
      var left = count
      _ = try? replayer.run { _, _ throws(Failure) in
        left -= 1
        if left <= 0 { throw Failure(.ioError, "killed") }
      }
      let (_, summary) = try replay(all, onto: killed)
      #expect(summary.count("failed") == 0)
      #expect(try differences([whole, killed], ["--all-xattrs"]) == "", "killed after \(count)")
      let prefix = directory.path + "/prefix"
      try replay([FoldRequest](all.prefix(count)), onto: prefix)
      try replay(all, onto: prefix)
      let found = try differences([whole, prefix], ["--all-xattrs"])
      #expect(found == "", "the first \(count), then all")
      for path in [killed, prefix] { try FileManager.default.removeItem(atPath: path) }
    }
  }

  /// Linux keeps no mode for symlinks, so that none is waited for.
  @Test func aSymlinkHasNoModeThatIsLacking() throws {
    try #require(isRoot)
    let directory = try TemporaryDirectory()
    let path = directory.path + "/brick"
    let (link, before) = (Request.gfid(1), Request.gfid(2))
    let brick = try NativeBrick(path: path, creating: true)
    try FopSemantics.apply(.symlink("before", before, to: "t"), payload: nil, to: brick)
    let all: [Request] = [
      .symlink("new", link, to: "t"), .setattr(link, valid: 0x27, mode: 0o640, uid: 3, mtime: 7),
      .setattr(before, valid: 0x27, mode: 0o640, uid: 3, mtime: 7),
    ]
    let requests = all.enumerated().map { position, request in
      FoldRequest(
        id: RequestID(term: Term(1), index: UInt64(position + 1)), request: request, payload: nil)
    }
    #expect(try replay(requests, onto: path).outcomes == [.applied, .applied, .applied])
    let found = try snapshot(path)
    let again: [Outcome] = [.alreadyApplied, .alreadyApplied, .alreadyApplied]
    #expect(try replay(requests, onto: path).outcomes == again)
    #expect(try snapshot(path) == found)
  }

  /// What a replica's requests leave on objects that they make is there also for the trial in
  /// memory, which else would make again what stands elsewhere by now.
  @Test func whatIsDoneIsDoneInTheTrialToo() throws {
    try #require(isRoot)
    let directory = try TemporaryDirectory()
    let path = directory.path + "/brick"
    func at(_ name: String, in parent: GFID = .root) -> EntryName {
      EntryName(parent: parent, name: ByteView(name.utf8))
    }
    let (gone, moved) = (Request.gfid(1), Request.gfid(2))
    let maker = RequestMaker(index: 7)
    let requests = [
      maker.mkdir(gone, at: at("d"), mode: 0o755),
      maker.create(moved, at: at("f", in: gone), flags: 0x42, mode: 0o644),
      maker.rename(moved, at("f", in: gone), to: at("f"), over: nil),
      maker.rmdir(gone, at("d")), .setattr(moved, valid: 1, mode: 0o600),
    ].enumerated().map { position, request in
      FoldRequest(
        id: RequestID(term: Term(1), index: UInt64(position + 1)), request: request, payload: nil)
    }
    try replay(requests, onto: path)
    try NativeBrick(path: path).setMode(moved, 0o777)
    let outcomes = try replay(requests, onto: path).outcomes
    #expect(outcomes.last == .applied)
    #expect(outcomes.dropLast().allSatisfy { $0.word != "failed" && $0 != .applied })
    #expect(try NativeBrick(path: path).status(moved)?.mode == 0o600)
  }
}
