import Foundation
import Histories
import PlainModel
import Testing

@testable import JBRCore

@Suite("Replay, a running GlusterFS and a plain model", .serialized)
struct ThreeWayTests {
  private static func setting(_ name: String, _ usual: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? usual
  }

  private static let firstSeed = setting("JBR_MODEL_SEED", 1)
  private static let runs = setting("JBR_MODEL_RUNS", 200)

  /// As many sequences as scripts/model-test says; a few otherwise.
  @Test func theModelTest() throws {
    let ways = try ThreeWay()
    let start = ContinuousClock.now
    let finding = try ways.run(Self.firstSeed..<Self.firstSeed + Self.runs) { tally in
      if tally.sequences % 1000 == 0 { print("\(tally.sequences) of \(Self.runs) sequences") }
    }
    let seconds = (ContinuousClock.now - start).components.seconds
    print("model test from seed \(Self.firstSeed), \(seconds) s: \(ways.tally.text)")
    if let finding { Issue.record("\(finding.report)") }
  }

  /// A fault that is planted, and what is said of it.
  struct Fault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var symptom: String
    var replay: @Sendable (Change) -> Change = { $0 }
    var model: @Sendable (PlainFop) -> PlainFop? = { $0 }
  }

  /// Replaces a field of some requests.
  private static func replacing(
    _ fops: Set<Fop>, _ field: FieldName, _ value: @escaping @Sendable (FieldValue) -> FieldValue
  ) -> @Sendable (Change) -> Change {
    { change in
      var change = change
      guard fops.contains(change.request.fop),
        let position = change.request.fop.layout.firstIndex(where: { $0.name == field })
      else { return change }
      change.request.values[position] = value(change.request.values[position])
      return change
    }
  }

  private static let faults = [
    Fault(
      testDescription: "an append goes where the client thought", symptom: "size",
      replay: replacing([.writev], .flags) { _ in .u32(2) }),
    Fault(
      testDescription: "a condition of setxattr is not looked at", symptom: "should be E",
      replay: replacing([.setxattr, .fsetxattr], .flags) { _ in .i32(0) }),
    Fault(
      testDescription: "setattr forgets the modification time", symptom: "mtime",
      replay: replacing([.setattr, .fsetattr], .valid) { value in
        guard case .i32(let valid) = value else { return value }
        return .i32(valid & ~0x20)
      }),
    Fault(
      testDescription: "a file that grows is filled with zeros", symptom: "should be a hole",
      replay: { change in
        guard [.truncate, .ftruncate].contains(change.request.fop),
          let size = change.request.integer(.offset), size > 0
        else { return change }
        let maker = RequestMaker(index: change.request.journaledIndex)
        return Change(
          request: maker.write(change.request.target, at: 0, count: Int(size)),
          bytes: [UInt8](repeating: 0, count: Int(size)))
      }),
    Fault(
      testDescription: "the model does not know zerofill", symptom: "the model is wrong",
      model: { fop in
        if case .zerofill = fop { return nil }
        return fop
      }),
    Fault(
      testDescription: "the model does not know unlink", symptom: "the model is wrong",
      model: { fop in
        if case .unlink = fop { return nil }
        return fop
      }),
  ]

  /// A file in a directory below the top, and one thing that is done to it.
  private static let shrunkCountMax = 4

  /// The comparison can fail: each fault is found, shrunk to the few requests that show it, and
  /// not found in these without it.
  @Test(arguments: faults)
  func findsWhatIsWrong(_ fault: Fault) throws {
    let ways = try ThreeWay()
    ways.replayFault = fault.replay
    ways.modelFault = fault.model
    let finding = try #require(try ways.run(1..<500))
    #expect(finding.text.contains(fault.symptom), "\(finding.report)")
    #expect(finding.shrunk.count <= Self.shrunkCountMax, "\(finding.report)")
    ways.replayFault = { $0 }
    ways.modelFault = { $0 }
    #expect(try ways.difference(finding.shrunk) == nil)
  }

  @Test func shrinkingLeavesWhatIsNeeded() {
    let kept = shrunk(Array(0..<100)) { $0.contains(17) && $0.contains(60) && $0.count >= 2 }
    #expect(kept == [17, 60])
    #expect(shrunk([1, 2, 3]) { _ in true } == [])
  }
}
