import Foundation
import Histories
import Testing

@testable import JBRCore

/// Three bricks on disk as a random history left them, with things that no journal knows, and the
/// plan for them.
final class ApplyStage {
  let history: RandomHistory
  let directory: TemporaryDirectory
  let plan: Plan
  let before: [String]
  static let planID = String(repeating: "0123456789abcdef", count: 2)

  /// nil where the history's journals cannot be matched, or leave a conflict.
  init?(seed: UInt64, prior: Int = 0, isStrange: Bool = true) throws {
    try #require(isRoot)
    var options = ReconciliationTests.kinds[Int(seed % UInt64(ReconciliationTests.kinds.count))]
    options.prior = prior
    history = RandomHistory(seed: seed, options)
    guard history.isConnected else { return nil }
    directory = try TemporaryDirectory()
    let origin = directory.path + "/origin"
    try FileManager.default.createDirectory(atPath: origin, withIntermediateDirectories: true)
    let decision = try history.decision()
    for replica in 0...2 {
      let path = "\(origin)/r\(replica)"
      try history.build(NativeBrick(path: path, creating: true), replica: replica)
      if isStrange { try Self.addStrangers(path, decision, seed) }
      try Self.setTimes(path)
    }
    plan = try Plan(decision, replicas: try Self.replicas(origin))
    guard !plan.hasConflicts else { return nil }
    before = try (0...2).map { try wholeTree("\(origin)/r\($0)") }
  }

  private static func replicas(_ folder: String) throws -> [PlanReplica] {
    try (0...2).map { replica in
      let path = "\(folder)/r\(replica)"
      return PlanReplica(
        name: ReplicaName(name: "r\(replica)", journal: "r\(replica)", brick: path),
        brick: try NativeBrick(path: path))
    }
  }

  /// Puts what no journal knows into directories that the journals made: with a GFID and without.
  private static func addStrangers(_ path: String, _ decision: Decision, _ seed: UInt64) throws {
    let brick = try NativeBrick(path: path)
    let made = decision.fold.model.objects.filter { $0.value.type == .directory && $0.key != .root }
    for (number, gfid) in made.keys.sorted().enumerated() where try brick.has(gfid) {
      let name = EntryName(parent: gfid, name: ByteView("strange".utf8))
      let type: ObjectType = number % 2 == 0 ? .file : .directory
      let stranger = GFID(high: 0xfeed, low: seed << 8 + UInt64(number))
      try brick.make(NewObject(gfid: stranger, type: type, mode: 0o640), at: name)
      if type == .directory {
        let below = EntryName(parent: stranger, name: ByteView("below".utf8))
        let other = GFID(high: 0xfeee, low: UInt64(number))
        try brick.make(NewObject(gfid: other, type: .directory, mode: 0o700), at: below)
      }
      let place = try #require(try brick.pathText(of: gfid))
      try Data([1, 2, 3]).write(to: URL(fileURLWithPath: "\(path)/\(place)/no gfid"))
    }
  }

  /// Times that nothing but an undo gives back.
  private static func setTimes(_ path: String) throws {
    let brick = try NativeBrick(path: path)
    var pending: [GFID] = [.root]
    var number: Int64 = 1_000_000_000
    while let directory = pending.popLast() {
      for (_, entry) in try brick.list(directory) {
        guard let gfid = entry.gfid else { continue }
        number += 1
        try brick.setTimes(
          gfid, atime: nil, mtime: FileTime(seconds: number, nanoseconds: 123_456_789))
        if entry.type == .directory { pending.append(gfid) }
      }
    }
    try brick.setTimes(.root, atime: nil, mtime: FileTime(seconds: number, nanoseconds: 1))
  }

  /// A brick on which all forward requests were executed, in order.
  func replayed() throws -> NativeBrick {
    let path = directory.path + "/replayed"
    if FileManager.default.fileExists(atPath: path) { return try NativeBrick(path: path) }
    let brick = try NativeBrick(path: path, creating: true)
    history.execute(plan.decision, on: brick)
    return brick
  }

  /// A copy of all bricks to work on.
  func copy(_ name: String) throws -> ApplyRun {
    let path = directory.path + "/" + name
    let result = try run("cp", ["-a", directory.path + "/origin", path])
    try #require(result.status == 0, "\(result.output)")
    return ApplyRun(stage: self, path: path)
  }
}

extension NativeBrick {
  /// A directory's path below the brick's.
  fileprivate func pathText(of gfid: GFID) throws -> String? {
    guard gfid != .root else { return "." }
    guard let place = try place(ofDirectory: gfid) else { return nil }
    let name = String(decoding: place.name, as: UTF8.self)
    return try pathText(of: place.parent).map { "\($0)/\(name)" }
  }
}

/// Bricks to which the plan of a stage is applied.
struct ApplyRun {
  let stage: ApplyStage
  let path: String
  let progress = MemoryProgress()

  func brick(_ replica: Int) -> String { "\(path)/r\(replica)" }

  private func bricks(_ faults: (any CallFaults)?) throws -> [String: NativeBrick] {
    var bricks: [String: NativeBrick] = [:]
    for replica in 0...2 {
      bricks["r\(replica)"] = try NativeBrick(path: brick(replica), faults: faults)
    }
    return bricks
  }

  private func undo(_ bricks: [String: NativeBrick]) throws -> PlanUndo {
    let changed = Set(stage.plan.steps.map(\.replica))
    return PlanUndo(
      directory: path + "/undo", planID: ApplyStage.planID,
      bricks: try bricks.filter { changed.contains($0.key) }.mapValues { try UndoTarget($0) })
  }

  /// Applies the plan; `stop` ends it behind so many steps, as a kill would.
  func apply(
    _ steps: [Step]? = nil, groupCount: Int = 3, stop: Int = .max,
    faults: (any CallFaults)? = nil
  ) throws {
    let steps = steps ?? stage.plan.steps
    let bricks = try bricks(faults)
    var applier = Applier(
      bricks: bricks, progress: progress, planID: ApplyStage.planID, undo: try undo(bricks),
      source: stage.history.source)
    applier.groupCount = groupCount
    if let first = try applier.problems(in: steps).first { throw first }
    var left = stop
    try applier.apply(steps) { _, _ throws(Failure) in
      left -= 1
      if left < 0 { throw Failure(.ioError, "killed") }
    }
  }

  func remove() { _ = try? JBRCoreTests.run("rm", ["-rf", path]) }

  func undo(isUnchecked: Bool = false, faults: (any CallFaults)? = nil) throws {
    let undo = try undo(try bricks(faults))
    for (_, _, run) in try undo.runs(isUnchecked: isUnchecked) { _ = try run.run { _, _ in } }
    progress.start(upTo: 0)
  }

  /// How the bricks differ from each other and from what executing all forward requests gives.
  func differencesFromReplay() throws -> [String] {
    let model = stage.plan.wanted.model
    let timed = Set(model.objects.filter { $0.value.mtime?.writer != nil }.keys)
    let bricks = try (0...2).map { try NativeBrick(path: brick($0)) }
    var comparison = TreeComparison(bricks + [try stage.replayed()]) { timed.contains($0) }
    var found: [String] = []
    try comparison.run { difference throws(Failure) in
      let path = String(decoding: difference.path ?? [], as: UTF8.self)
      found.append("\(path) \(difference.entity): \(difference.values)")
    }
    return found
  }

  func trees() throws -> [String] { try (0...2).map { try wholeTree(brick($0)) } }

  /// What an independent comparison says of bricks, but that strangers have no GFID, and that the
  /// handle of one that went with its directory leads nowhere.
  func faults(_ bricks: [String]) throws -> String {
    try differences(bricks).split(separator: "\n")
      .filter { !$0.contains("no gfid: gfid: has none") && !$0.contains("-feee-") }
      .joined(separator: "\n")
  }

  func expectAsBefore(_ note: String, _ location: SourceLocation = #_sourceLocation) throws {
    for (replica, tree) in try trees().enumerated() {
      let wanted = stage.before[replica]
      #expect(
        tree == wanted, "\(note), r\(replica): \(firstDifferences(wanted, tree))",
        sourceLocation: location)
      let origin = "\(stage.directory.path)/origin/r\(replica)"
      let found = try faults([origin, brick(replica)])
      #expect(found == "", "\(note), r\(replica): \(found)", sourceLocation: location)
    }
  }
}
