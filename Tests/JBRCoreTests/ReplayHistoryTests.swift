import Foundation
import Histories
import Testing

@testable import JBRCore

/// Histories in which few names and few blocks collide, replayed onto bricks on disk.
@Suite("Replaying random histories")
struct ReplayHistoryTests {
  static let seeds = UInt64(ProcessInfo.processInfo.environment["JBR_SEEDS"] ?? "") ?? 60

  /// What a brick executed, and the brick that it gave.
  struct History {
    var requests: [FoldRequest] = []
    let brick = ModelBrick()

    init(seed: UInt64, count: UInt64 = 40) {
      var generator = ChangeGenerator(seed: seed)
      for index in 1...count {
        brick.writer = RequestID(term: Term(1), index: index)
        let change = generator.change(brick, index: index)
        // The root was there before all requests: what it had, no journal tells.
        if change.request.target == .root { continue }
        change.apply(to: brick)
        requests.append(
          FoldRequest(
            id: RequestID(term: Term(1), index: index), request: change.request,
            payload: change.payload))
      }
    }

    func tree(of path: String) throws -> String {
      let timed = Set(brick.objects.filter { $0.value.mtime != nil }.map(\.key))
      return try treeText(NativeBrick(path: path), timed: timed)
    }

    func wantedTree() throws -> String {
      try treeText(brick, timed: Set(brick.objects.filter { $0.value.mtime != nil }.map(\.key)))
    }

    /// The lines that one tree has and the other has not.
    func difference(_ path: String) throws -> [String] {
      let wanted = Set(try wantedTree().split(separator: "\n").map { "wanted " + $0 })
        .filter { !$0.hasPrefix("wanted / ") }
      let found = Set(try tree(of: path).split(separator: "\n").map { "found " + $0 })
        .filter { !$0.hasPrefix("found / ") }
      let same = wanted.filter { found.contains("found " + $0.dropFirst(7)) }
      let common = Set(same.map { $0.dropFirst(7) })
      return wanted.union(found).filter { line in
        !common.contains(line.dropFirst(line.hasPrefix("wanted") ? 7 : 6))
      }.sorted()
    }
  }

  @Test(arguments: 0..<seeds)
  func givesTheTreeOfOneAfterTheOther(seed: UInt64) throws {
    try #require(isRoot)
    let history = History(seed: seed)
    let directory = try TemporaryDirectory()
    let path = directory.path + "/brick"
    let (_, summary) = try replay(history.requests, onto: path)
    #expect(summary.count("failed") == 0)
    let different = try history.difference(path)
    #expect(different == [], "\(different)")
    let (_, again) = try replay(history.requests, onto: path)
    #expect(again.count("applied") == 0)
  }

  @Test(arguments: 0..<seeds)
  func finishesWhatEndedAnywhere(seed: UInt64) throws {
    try #require(isRoot)
    let history = History(seed: seed)
    let directory = try TemporaryDirectory()
    let path = directory.path + "/brick"
    // What a brick executed by itself before replay came to it.
    let brick = try NativeBrick(path: path, creating: true)
    for request in history.requests.prefix(Int(seed) % history.requests.count) {
      try? FopSemantics.apply(request.request, payload: request.payload, to: brick)
    }
    let (_, summary) = try replay(history.requests, onto: path)
    #expect(summary.count("failed") == 0)
    let different = try history.difference(path)
    #expect(different == [], "\(different)")
  }
}
