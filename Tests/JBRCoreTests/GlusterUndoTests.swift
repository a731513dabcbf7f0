import Foundation
import GlusterTesting
import Testing

@testable import JBRCore

/// Undoing what was replayed through a real GlusterFS.
@Suite("Undoing a replay through GlusterFS")
struct GlusterUndoTests {
  /// A served brick with some history, and the requests that come next.
  private struct Stage {
    let served: ServedBrick
    let replica: GlusterReplica
    let graph: GlusterGraph
    let rest: [FoldRequest]
    let before: String
    var undo: String { served.directory + "/undo" }

    init(seed: UInt64) throws {
      try #require(isRoot)
      let history = ReplayHistoryTests.History(seed: seed)
      served = try ServedBrick()
      graph = try GlusterGraph(path: served.clientVolfile)
      replica = try GlusterReplica(graph)
      let count = 10 + Int(seed % 20)
      let brick = replica.brick
      // As all that is not made by a request.
      try brick.setMode(.root, 0o755)
      try Self.replay([FoldRequest](history.requests.prefix(count)), replica, graph)
      rest = [FoldRequest](history.requests.dropFirst(count))
      // Times that nothing but an undo gives back.
      for (number, gfid) in history.brick.objects.keys.sorted().enumerated()
      where try brick.status(gfid) != nil {
        let time = FileTime(seconds: 1_000_000_000 + Int64(number), nanoseconds: 123_456_789)
        try brick.setTimes(gfid, atime: nil, mtime: time)
      }
      before = try wholeTree(brick)
    }

    /// `stop` ends it behind so many requests, as a kill would.
    static func replay(
      _ requests: [FoldRequest], _ replica: GlusterReplica, _ graph: GlusterGraph,
      undo: String? = nil, batch: Int = 5, stop: Int = .max
    ) throws {
      let record = ResultsFile(path: graph.path + ".results", brick: graph.address)
      let replayer = try Replayer(
        requests, onto: .init(replica.brick, record: record, path: graph.path),
        .init(keepsGoing: true))
      replayer.batchCountMax = batch
      if let undo { try replayer.keep(in: undo, target(replica, graph)) }
      var left = stop
      _ = try replayer.run { _, _ throws(Failure) in
        left -= 1
        if left < 0 { throw Failure(.ioError, "killed") }
      }
    }

    static func target(
      _ replica: GlusterReplica, _ graph: GlusterGraph
    ) throws -> UndoTarget {
      try UndoTarget(replica.brick, at: graph.address, of: replica.native, path: graph.path)
    }

    func undoAll(isUnchecked: Bool = false) throws {
      let run = UndoRun(
        try UndoFile(undo), of: try Self.target(replica, graph), isUnchecked: isUnchecked)
      try run.check()
      _ = try run.run { _, _ in }
    }
  }

  @Test(arguments: seeds(12))
  func givesBackWhatWasThere(seed: UInt64) throws {
    let stage = try Stage(seed: seed)
    let rest = stage.rest
    if seed % 3 == 0 {
      // Nobody knows how it was left, so that it is undone only where somebody says so.
      #expect(throws: Failure.self) {
        try Stage.replay(
          rest, stage.replica, stage.graph, undo: stage.undo, batch: 4, stop: rest.count / 2)
      }
      #expect(throws: Failure.self) { try stage.undoAll() }
      try stage.undoAll(isUnchecked: true)
    } else {
      try Stage.replay(
        rest, stage.replica, stage.graph, undo: stage.undo, batch: 1 + Int(seed % 9))
      #expect(try wholeTree(stage.replica.brick) != stage.before)
      try stage.undoAll()
    }
    let now = try wholeTree(stage.replica.brick)
    #expect(now == stage.before, "seed \(seed): \(firstDifferences(stage.before, now))")
    // Handles, gfid2path and what a server that starts anew sees.
    #expect(try differences([stage.served.brick]) == "", "seed \(seed)")
    #expect(throws: Failure.self) { try stage.undoAll() }
  }

  @Test func whatChangedSinceIsNotOverwritten() throws {
    let stage = try Stage(seed: 5)
    try Stage.replay(stage.rest, stage.replica, stage.graph, undo: stage.undo)
    let names = try stage.replica.brick.list(.root)
    let gfid = try #require(names.first?.entry.gfid)
    let mode = try #require(try stage.replica.brick.status(gfid)).mode
    try stage.replica.brick.setMode(gfid, mode ^ 0o1)
    let tree = try wholeTree(stage.replica.brick)
    let failure = failure { try stage.undoAll() }
    #expect(failure?.status == .tryAgain)
    #expect(failure?.message.contains("has changed since") == true, "\(failure as Any)")
    #expect(try wholeTree(stage.replica.brick) == tree)
  }
}
