import Foundation
import Testing

@testable import JBRCore

@Suite("Plans as files")
struct PlanFileTests {
  private static let gfid = GFID(high: 0xfeed, low: .max)
  private static let odd = EntryName(parent: .root, name: [0xff, 0x2e, 0x0a, 0x22, 0x5c])
  private static let plain = EntryName(parent: gfid, name: ByteView("naïve".utf8))
  private static let large: Int64 = 1 << 53 + 1

  static let actions: [Step.Action] =
    ObjectType.allCases.map { type in
      .make(
        NewObject(
          gfid: gfid, type: type, mode: 0o6755, uid: .max, gid: 0,
          rdev: type == .block ? UInt64.max : 0,
          target: type == .symlink ? [0xc3, 0x28] : []),
        at: odd)
    } + [
      .link(gfid, at: plain),
      .rename(gfid, from: odd, to: plain),
      .unlink(gfid, odd),
      .removeDirectory(gfid, plain),
      .setAside(odd, DirectoryEntry(gfid: nil, type: .unknown)),
      .setAside(plain, DirectoryEntry(gfid: gfid, type: .directory)),
      .write(gfid, large..<Int64.max, .journal(replica: "a", file: "/x \"y\"/é", offset: Int.max)),
      .write(gfid, 0..<1, .brick(replica: "b")),
      .zero(gfid, large..<(large + 7)),
      .truncate(gfid, Int64.max),
      .setMode(gfid, 0),
      .setOwner(gfid, uid: .max, gid: 1),
      .setTimes(
        gfid, atime: FileTime(seconds: .min, nanoseconds: 999_999_999),
        mtime: FileTime(seconds: 1 << 60, nanoseconds: 0)),
      .setTimes(gfid, atime: nil, mtime: FileTime(seconds: -1, nanoseconds: 1)),
      .setXattr(gfid, [0xfe, 0x61], [0, 1, 0, 0xff]),
      .setXattr(gfid, ByteView("user.empty".utf8), []),
      .removeXattr(gfid, [0xfe]),
    ]

  private func line(_ step: Step) throws -> [UInt8] {
    let sink = SharedSink()
    var writer = LineWriter(sink)
    try writer.write("step") { step.write(to: &$0, path: [0xff]) }
    try writer.flush()
    return sink.bytes
  }

  @Test(arguments: actions.indices)
  func aStepIsReadAsItWasWritten(number: Int) throws {
    for request in [nil, RequestID(term: Term(3), index: .max, sub: 2)] {
      var step = Step(
        number: number + 1, replica: "r \"1\"", action: Self.actions[number], request: request,
        reason: "F1", before: request == nil ? nil : "absent")
      if step.word != "write" { step.origin = request == nil ? nil : "s" }
      if case .write(_, _, .brick) = step.action { step.sourceDigest = Digest(of: [7]) }
      let decoded = try JSONDecoder().decode(StepLine.self, from: Data(try line(step)))
      #expect(try Step(decoded) == step)
    }
  }

  private func write(_ text: String, _ directory: TemporaryDirectory) throws -> String {
    let path = directory.path + "/plan"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func status(_ text: String, _ directory: TemporaryDirectory) throws -> JBRCore.ExitStatus?
  {
    let path = try write(text, directory)
    do throws(Failure) {
      _ = try PlanFile(path: path)
      return nil
    } catch { return error.status }
  }

  @Test(arguments: seeds(20))
  func aPlanIsReadAsItWasMade(seed: UInt64) throws {
    guard let history = ReconciliationTests.history(seed) else { return }
    let made = try Reconciliation(history)
    let directory = try TemporaryDirectory()
    let file = try PlanFile(path: try write(try planText(made.plan), directory))
    #expect(file.steps == made.plan.steps, "seed \(seed)")
    #expect(file.isLossless == made.plan.isLossless)
    #expect(file.replicas.map(\.name) == ["r0", "r1", "r2"])
  }

  @Test func aPlanThatEndsTooEarlyIsRefused() throws {
    let text = try planText(try Reconciliation(RandomHistory(seed: 3, HistoryOptions())).plan)
    let lines = text.split(separator: "\n")
    let directory = try TemporaryDirectory()
    #expect(try status(text, directory) == nil)
    for count in 0..<lines.count {
      let part = lines.prefix(count).joined(separator: "\n") + (count == 0 ? "" : "\n")
      #expect(try status(part, directory) == .damaged, "\(count) lines")
    }
  }

  /// What a plan says of copies is added up while it is read, before it is known to be whole.
  @Test(arguments: [
    ["0", "\(Int64.max)"], ["\(Int.max)", "0"], ["\(Int.max)", "\(Int64.max)"], ["1", "-1"],
    ["0", "\(Int64.min)"], ["-1", "1"], ["1e400", "1"],
  ])
  func noNumberOfWhatIsCopiedIsTooLarge(numbers: [String]) throws {
    let text = try planText(try Reconciliation(RandomHistory(seed: 3, HistoryOptions())).plan)
    var lines = text.split(separator: "\n").map(String.init)
    let line =
      #"{"type":"content_supply","replica":"r1","term":1,"why":"missing","#
      + #""requests":\#(numbers[0]),"payload_bytes":"\#(numbers[1])"}"#
    lines.insert(contentsOf: [line, line], at: 1)
    #expect(
      try status(lines.joined(separator: "\n") + "\n", TemporaryDirectory()) == .damaged)
  }

  @Test func aPlanThatWasEditedIsRefused() throws {
    let text = try planText(try Reconciliation(RandomHistory(seed: 3, HistoryOptions())).plan)
    let directory = try TemporaryDirectory()
    let lines = text.split(separator: "\n").map(String.init)
    for (position, line) in lines.enumerated() {
      var without = lines
      without.remove(at: position)
      #expect(
        try status(without.joined(separator: "\n") + "\n", directory) == .damaged, "without \(line)"
      )
      var changed = lines
      // A digit that is part of a number, an id or a digest.
      guard let digit = line.lastIndex(where: \.isNumber) else { continue }
      let other = line[digit] == "1" ? "2" : "1"
      changed[position].replaceSubrange(digit...digit, with: other)
      #expect(try status(changed.joined(separator: "\n") + "\n", directory) == .damaged, "\(line)")
      if position > 1, lines[position - 1] != line {
        var swapped = lines
        swapped.swapAt(position, position - 1)
        #expect(
          try status(swapped.joined(separator: "\n") + "\n", directory) == .damaged, "\(line)")
      }
    }
  }
}
