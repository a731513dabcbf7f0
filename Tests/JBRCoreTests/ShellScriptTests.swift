import Foundation
import Testing

@testable import JBRCore

/// Scripts that do a plan's steps by hand.
@Suite("Plans as scripts")
struct ShellScriptTests {
  /// Bytes that mean something to a shell, or are no text.
  static let words: [[UInt8]] = [
    Array("-rf".utf8), Array("it's $(exit 9) `exit 8`".utf8), [0xff, 0x01, 0x27, 0x5c, 0x31],
    Array("two\nlines\n".utf8), Array("*?[a]~#;&|<>\"!{a,b}\t\\".utf8), Array("日\u{202e}x".utf8),
    Array("\u{1b}[31m".utf8), [0x7f, 0xc3], Array("plain-1.0".utf8), Array(1...255),
  ]

  @Test(arguments: words)
  func bashTakesAWordAsItIs(word: [UInt8]) throws {
    for quoted in [shellWord(word), readableWord(word)] {
      let result = try run("bash", ["-c", "printf %s \(quoted) | od -An -v -tx1 | tr -d ' \\n'"])
      #expect(result.output == word.map { String(format: "%02x", $0) }.joined(), "\(quoted)")
    }
    #expect(shellWord(word).utf8.allSatisfy { (32..<127).contains($0) })
    #expect(!readableWord(word).unicodeScalars.contains { $0.value < 32 || $0 == "\u{202e}" })
  }

  @Test func textStaysReadable() {
    #expect(readableWord("日本/é".utf8) == "日本/é")
    #expect(readableWord("a b".utf8) == "'a b'")
    #expect(readableWord("".utf8) == "''")
    #expect(shellWord("日".utf8) == #"$'\346\227\245'"#)
  }

  @Test func timesAreWhatTouchReads() {
    #expect(FileTime(seconds: 5, nanoseconds: 7).decimal == "5.000000007")
    #expect(FileTime(seconds: -1, nanoseconds: 500_000_000).decimal == "-0.500000000")
    #expect(FileTime(seconds: -2, nanoseconds: 1).decimal == "-1.999999999")
    #expect(FileTime(seconds: -2, nanoseconds: 0).decimal == "-2.000000000")
  }

  /// Everything that a step can be, on a brick and by hand on a copy.
  @Test func theScriptDoesWhatApplyDoes() throws {
    try #require(isRoot)
    let shop = try ScriptShop()
    try shop.prepare()
    let steps = shop.steps()
    let tried = Set(steps.map(\.word))
    #expect(tried.count == 15, "\(tried.sorted())")
    let plan = try shop.plan(steps)
    let file = shop.path("script")
    try Data(try shop.script(plan)).write(to: URL(fileURLWithPath: file))
    let byHand = try run("bash", [file])
    #expect(byHand.status == 0 && byHand.output.isEmpty, "\(byHand.output)")

    let applier = Applier(
      bricks: [
        "r": try NativeBrick(path: shop.path("applied")),
        "s": try NativeBrick(path: shop.path("other")),
      ],
      progress: ProgressFile(path: shop.path("progress"), planID: plan.id), planID: plan.id)
    try applier.apply(plan.steps) { _, _ in }
    let times = ["timed", "link", "sub-timed"].flatMap { ["--mtime-of", $0] }
    let found = try differences([shop.path("applied"), shop.path("r")], times)
    #expect(found == "", "\(found)")
    let shelves = try ["applied", "r"].map { try shop.shelf(shop.path($0)) }
    #expect(shelves[0] == shelves[1])
    #expect(shelves[0].split(separator: "\n").count == 7, "\(shelves[0])")
  }

  /// A step that no command can do: nothing is done at all.
  @Test func whatNoCommandCanDoIsSaid() throws {
    try #require(isRoot)
    let shop = try ScriptShop()
    try shop.prepare()
    let impossible: [(Step.Action, String)] = [
      (.make(shop.new(90, .socket), at: shop.name("socket")), "no command makes a socket"),
      (.setXattr(shop.gfid(1), Layout.gfidKey[...], [1]), "this xattr holds the brick together"),
      (.write(shop.gfid(1), 0..<1, .brick(replica: "away")), "no brick is given"),
    ]
    for (action, why) in impossible {
      let steps = shop.numbered([.setMode(shop.gfid(1), 0o600), action])
      let plan = try shop.plan(steps)
      #expect(ShellScript.impossible(in: plan).map(\.step.number) == [2])
      let before = try shop.listing()
      let text = String(decoding: try shop.script(plan), as: UTF8.self)
      #expect(text.contains("\n# No command can do step 2, "))
      let result = try run("bash", ["-c", text])
      #expect(result.status == 1)
      #expect(result.output.contains(why), "\(result.output)")
      #expect(try shop.listing() == before)
    }
  }

  /// A script that finds something else than the plan saw ends there.
  @Test func anotherObjectAtANameIsLeftAlone() throws {
    try #require(isRoot)
    let shop = try ScriptShop()
    try shop.prepare()
    let actions: [Step.Action] = [
      .unlink(shop.gfid(2), shop.name("timed")),
      .rename(shop.gfid(2), from: shop.name("timed"), to: shop.name("elsewhere")),
      .removeDirectory(shop.gfid(2), shop.name("sub-timed")),
      .make(shop.new(90, .file), at: shop.name("timed")),
      .link(shop.gfid(2), at: shop.name("timed")),
      .truncate(shop.gfid(99), 1), .setMode(shop.gfid(99), 0o600),
    ]
    for action in actions {
      let before = try shop.listing()
      let plan = try shop.plan(shop.numbered([action]))
      let text = String(decoding: try shop.script(plan), as: UTF8.self)
      #expect(try run("bash", ["-c", text]).status == 1, "\(action)")
      #expect(try shop.listing() == before, "\(action)")
    }
  }

  @Test func handlesThatGoInCirclesEndTheScript() throws {
    try #require(isRoot)
    let shop = try ScriptShop()
    try shop.prepare()
    try shop.breakHandle(of: shop.gfid(23), below: shop.gfid(30))
    let plan = try shop.plan(shop.numbered([.setMode(shop.gfid(30), 0o700)]))
    let script = String(decoding: try shop.script(plan), as: UTF8.self)
    let result = try run("bash", ["-c", script])
    #expect(result.status == 1)
    #expect(result.output.contains("lead to no path"), "\(result.output)")
  }

  private func text(_ plan: PlanFile, _ paths: PlanPaths) throws -> String {
    let sink = MemoryByteSink()
    var text = PlanText(plan, paths: paths, to: sink)
    try text.write()
    return String(decoding: sink.bytes, as: UTF8.self)
  }

  /// Only if it is asked for, journals are read for a path that the plan does not tell.
  @Test func aPathComesFromTheJournals() throws {
    let shop = try ScriptShop()
    let archive = projectPath + "/Tests/Samples/14-jbr3-quorum-loss.tar.zst"
    let unpacked = try run(
      "tar", ["--zstd", "-xSf", archive, "--strip-components=1", "-C", shop.path("")])
    try #require(unpacked.status == 0, "\(unpacked.output)")
    let known = try #require(GFID("a652ce73-76eb-4229-88ae-569f410ccea4"))
    let steps = shop.numbered([.setMode(known, 0o600), .setMode(shop.gfid(99), 0o600)])
    let plan = try shop.plan(steps, journal: shop.path("replica1"))
    var paths = PlanPaths(plan)
    let before = try text(plan, paths)
    #expect(before.contains("\n  (path not known) \(known)\n    1. set mode 0600  [restore]\n"))
    try paths.addJournals(of: plan, through: Hosts { _ in })
    let after = try text(plan, paths)
    #expect(after.contains("\n  q/c1 (\(known))\n    1. set mode 0600  [restore]\n"))
    #expect(after.contains("\n  (path not known) \(shop.gfid(99))\n    2. set mode"))
  }
}
