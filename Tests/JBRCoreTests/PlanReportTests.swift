import Foundation
import Histories
import Testing

@testable import JBRCore

/// What a plan says of itself: losses, costs, reasons.
@Suite("What a plan reports")
struct PlanReportTests {
  private struct Line: Decodable {
    var type: String
    var id: String?
    var fop: String?
    var path: JSONBytes?
    var from_path: JSONBytes?
    var offset: JSONInteger?
    var length: JSONInteger?
    var acknowledged: String?
    var message: String?
    var reason: String?
    var kind: String?
    var `case`: String?
    var source: String?
    var action: String?
    var bytes: JSONInteger?
    var calls: Int?
    var estimated_seconds: JSONInteger?
    var perhaps_acknowledged: Int?
    var zero_loss: Bool?
    var loss_digest: String?
    var statement: String?
  }

  private func lines(_ plan: Plan) throws -> [Line] {
    try planText(plan).split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
  }

  private static let words = Set(
    FateCase.allCases.map(\.rawValue) + PlanWord.allCases.map(\.rawValue))

  @Test func everyWordThatAPlanCitesIsExplained() throws {
    var cited: Set<String> = []
    for seed in 0..<UInt64(36) {
      for prior in [0, 12] {
        guard let stage = try ApplyStage(seed: seed, prior: prior) else { continue }
        for line in try lines(stage.plan) {
          cited.formUnion([line.reason, line.kind, line.case].compactMap { $0 })
          // Only what no journal knows has nobody who says what is to be there.
          guard line.type == "step" else { continue }
          #expect((line.source == nil) == (line.action == "set_aside"), "seed \(seed): \(line)")
          #expect((line.reason == "foreign-object") == (line.action == "set_aside"))
        }
      }
    }
    #expect(cited.subtracting(Self.words) == [])
    #expect(cited.isSuperset(of: ["foreign-object", "foreign", "overlapped", "V1-rolled-back"]))
  }

  @Test(arguments: seeds(60))
  func everyVoidRequestIsReportedWithPathAndRange(seed: UInt64) throws {
    guard let history = ReconciliationTests.history(seed) else { return }
    let made = try Reconciliation(history)
    let losses = try lines(made.plan).filter { $0.type == "loss" }
    #expect(losses.map(\.id) == made.decision.requests(.void).map(\.row.id.description))
    for loss in losses {
      #expect(loss.acknowledged == "never")
      #expect(loss.path != nil, "seed \(seed): \(loss)")
      #expect((loss.from_path != nil) == ["rename", "link"].contains(loss.fop), "seed \(seed)")
      let hasRange = ["writev", "discard", "zerofill", "fallocate"].contains(loss.fop)
      #expect((loss.length != nil) == hasRange, "seed \(seed): \(loss)")
    }
  }

  @Test(arguments: seeds(40))
  func theSummaryAddsUp(seed: UInt64) throws {
    guard let history = ReconciliationTests.history(seed) else { return }
    let made = try Reconciliation(history)
    let all = try lines(made.plan)
    let steps = all.filter { $0.type == "step" }
    let summary = try #require(all.last)
    #expect(summary.bytes?.value == steps.reduce(0) { $0 + ($1.bytes?.value ?? 0) })
    #expect(summary.calls == steps.reduce(0) { $0 + ($1.calls ?? 0) })
    #expect(steps.allSatisfy { $0.calls ?? 0 > 0 })
    #expect((summary.estimated_seconds?.value ?? 0 > 0) == !steps.isEmpty)
    #expect(summary.zero_loss == true)
    #expect(summary.statement?.hasPrefix("Zero loss") == true)
  }

  /// Two replicas have different bytes under one name: neither is chosen, and whoever applies the
  /// plan must type a digest that says so.
  @Test func aConflictIsALossOfWhichNobodyKnows() throws {
    var found = false
    for seed in 0..<UInt64(40) {
      var history = RandomHistory(
        seed: seed, HistoryOptions(requests: 60, void: 0, lostRollbacks: 0, away: 0))
      guard history.changeWrite(on: 2) else { continue }
      let made = try Reconciliation(history)
      let all = try lines(made.plan)
      let loss = try #require(all.first { $0.type == "loss" })
      #expect(loss.acknowledged == "unknown")
      #expect(loss.message == FateCase.contentConflict.explanation)
      #expect(all.last?.perhaps_acknowledged == 2)
      #expect(all.last?.zero_loss == false)
      let digest = all.last?.loss_digest
      // Another request in conflict is another loss.
      let isChanged = history.changeWrite(on: 1, last: true)
      #expect(isChanged)
      #expect(try lines(try Reconciliation(history).plan).last?.loss_digest != digest)
      found = true
      break
    }
    #expect(found)
  }

  @Test func fileSystemsAreAddedUp() throws {
    let brick = ModelBrick.empty()
    let file = Request.gfid(1)
    let name = EntryName(parent: .root, name: ByteView("f".utf8))
    try brick.make(NewObject(gfid: file, type: .file, mode: 0o644), at: name)
    try brick.write(Payload([UInt8](repeating: 1, count: 1000)), to: file, at: 0)
    func step(_ action: Step.Action) -> Step {
      Step(number: 1, replica: "r", action: action, request: nil, reason: "restore", before: nil)
    }
    let write = step(.write(file, 400..<1500, .brick(replica: "s")))
    let needs = try ApplyNeeds([write], on: brick, blockByteCount: 512)
    #expect(needs.byteCount == 500)
    #expect(needs.inodeCount == 0)
    let directory = step(
      .make(NewObject(gfid: Request.gfid(2), type: .directory, mode: 0o755), at: name))
    let made = try ApplyNeeds([write, directory], on: brick, blockByteCount: 512)
    #expect(made.byteCount == 1012)
    #expect(made.inodeCount == 2)
    // 600 bytes are written over, and kept as base64.
    let kept = try ApplyNeeds(keeping: [write], planID: "p", on: brick)
    #expect(kept.byteCount >= 800)
    #expect(kept.byteCount < 8000)

    func shortages(_ bytes: Int64, _ inodes: Int64?, devices: [UInt64]) -> Int {
      var ledger = RoomLedger()
      for device in devices {
        let room = FileSystemRoom(device: device, freeByteCount: bytes, freeInodeCount: inodes)
        ledger.add(made, room, path: "b\(device)")
      }
      return ledger.shortages.count
    }
    #expect(shortages(1012, 2, devices: [1]) == 0)
    #expect(shortages(1011, 2, devices: [1]) == 1)
    #expect(shortages(1012, 1, devices: [1]) == 1)
    #expect(shortages(1012, nil, devices: [1, 2]) == 0)
    #expect(shortages(1012, nil, devices: [1, 1]) == 1)
    #expect(shortages(1, nil, devices: [1, 2]) == 2)
  }
}
