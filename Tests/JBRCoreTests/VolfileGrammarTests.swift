import Foundation
import Histories
import JBRCore
import Testing

@Suite struct VolfileGrammarTests {
  @Test func samplesAreThere() {
    #expect(VolfileSamples.real.count >= 10)
    #expect(VolfileSamples.grammar.count == 44)
  }

  @Test(arguments: VolfileSamples.real)
  func realVolfilesAreCleanAndPrintToEqualGraphs(name: String) throws {
    let graph = try VolfileSamples.graph(name)
    #expect(graph.check() == [])
    let printed = try graph.volfile()
    let again = parse(printed)
    #expect(again.findings == [])
    #expect(again.graph == graph)
    #expect(try again.graph.volfile() == printed)
  }

  @Test(arguments: VolfileSamples.grammar)
  func verdictIsGlusterFSOwnOrStricterByANamedRule(name: String) throws {
    let json = try Data(
      contentsOf: VolfileSamples.directory.appendingPathComponent("volfile-grammar/verdicts.json"))
    let verdicts = try JSONDecoder().decode([String: String].self, from: json)
    let file = (name as NSString).lastPathComponent
    let errors = ParsedVolfile(try VolfileSamples.bytes(name)).check()
      .filter { $0.severity == .error }
    switch try #require(verdicts[file]) {
    case "refused": #expect(!errors.isEmpty)
    default: #expect(errors.filter { !$0.rule.isStricterThanGlusterFS } == [])
    }
  }

  @Test func atMostEightRulesAreStricter() {
    #expect(VolfileRule.allCases.count { $0.isStricterThanGlusterFS } <= 8)
  }

  @Test(arguments: VolfileSamples.grammar)
  func whatTheGrammarTakesPrintsToAnEqualGraph(name: String) throws {
    let parsed = ParsedVolfile(try VolfileSamples.bytes(name))
    guard parsed.findings.isEmpty else { return }
    #expect(parse(try parsed.graph.volfile()).graph == parsed.graph)
  }

  @Test func everyErrorIsReportedAtOnceWithItsPlace() {
    let found = parse(
      """
      volume a
        option x y
      end-volume
      stray
      volume b
        type storage/posix
        option directory
      volume c
        type storage/posix
        subvolumes
      end-volume
      """
    ).findings
    let places = found.map { [$0.position?.line, $0.position?.column] }
    #expect(places == [[2, 3], [4, 1], [8, 1], [8, 1], [11, 1]])
    #expect(found.map(\.volume) == ["a", nil, "b", "b", "c"])
    #expect(found.last?.message == "expected the name of a subvolume, found 'end-volume'")
  }

  @Test func behindABacktickTheOthersAreFound() {
    let text = """
      # `a
      volume b`
      volume `hostname`-p
        type storage/posix
        option directory `cat "volume type` option bogus x
      end-volume
      volume l
        type features/locks
        stray
        subvolumes `hostname`-p
      end-volume
      volume m
        type features/nolocks
        subvolumes l nope
      end-volume
      """
    let found = parse(text).check()
    let places = found.map { "\($0.position?.line ?? 0) \($0.rule.rawValue)" }
    #expect(
      places == [
        "1 backtick", "3 backtick", "5 backtick", "9 syntax", "10 backtick",
        "13 unknown-type", "14 undefined-subvolume",
      ])
    #expect(found.allSatisfy { !$0.message.contains("`") })
    // One that is never closed hides nothing either.
    #expect(parse("# `\nvolume x\n").check().map(\.rule) == [.backtick, .syntax])
  }

  @Test func behindANULTheOthersAreFound() {
    let text = "volume a\u{0}\n type storage/posix\n option directory /x\nend-volume\n"
    let found = parse(text + "volume c\n type x/y\n option d e\nend-volum").check()
    #expect(found.map(\.rule) == [.encoding, .syntax, .syntax])
    #expect(found.map { $0.position?.line } == [1, 8, 8])
    // Of what is no volfile, that is all that is said.
    #expect(parse("\u{1}\u{0}`x` \u{0} y").check().map(\.rule) == [.encoding])
  }

  @Test func bytesThatAreNotUTF8AreKept() throws {
    let bytes = Array("# \u{10FF80}".utf8) + [0xFF, 10]
    let volume = Array("volume ".utf8) + [0xFC, 0xF4, 0x8F]
    let rest = Array(" type storage/posix option directory /\u{10FFFF}".utf8) + [0xC3, 32]
    let parsed = ParsedVolfile(bytes + volume + rest + Array("end-volume".utf8))
    #expect(parsed.check().map(\.rule) == [])
    let printed = try parsed.graph.volfile().exactBytes
    #expect(printed.starts(with: bytes + volume + [10]))
    #expect(printed.dropLast(12).last == 0xC3)
    #expect(ParsedVolfile(printed).graph == parsed.graph)
    #expect(parse("volume a \u{FF}").findings.first?.message.contains("'ÿ'") == true)
    let wrong = ParsedVolfile(Array("volume a ".utf8) + [0xFF]).findings.first
    #expect(wrong?.message.contains("'\\xff'") == true)
  }

  @Test func columnsCountCharacters() {
    let found = parse("volume é type").findings
    #expect(found.first?.position == VolfilePosition(line: 1, column: 14))
    #expect(parse("volume é x").findings.first?.position == VolfilePosition(line: 1, column: 10))
  }

  @Test func commentsSurviveAndSettle() throws {
    let text = """
      # from x

      # about a
      volume a # name
        # first
        type storage/posix # kind
        # where
        option directory /a
        # last
      end-volume # over
      # the end
      """
    let graph = parse(text).graph
    #expect(graph.header == [" from x"])
    #expect(graph.volumes.first?.comments == [" about a", " name", " first", " kind"])
    #expect(graph.volumes.first?.options.first?.comments == [" where"])
    #expect(graph.volumes.first?.endComments == [" last", " over"])
    #expect(graph.footer == [" the end"])
    #expect(parse(try graph.volfile()).graph == graph)
  }

  @Test(arguments: [
    "", "volume", "subvolumeS", "end-volume", "#x", "a b", "a\tb", "\"", "\\", "a\"b\\c", "é",
    "x#y",
    "\u{b}", "a\rb",
  ])
  func wordsOfAnyKindAreQuotedAsNeeded(word: String) throws {
    let option = VolumeOption(Word("k" + word), Word(word))
    let volume = Volume(name: Word("n" + word), type: "storage/posix", options: [option])
    let graph = VolumeGraph(volumes: [volume])
    let parsed = parse(try graph.volfile())
    #expect(parsed.findings == [])
    #expect(parsed.graph == graph)
  }

  @Test(arguments: ["a\nb", "a`b", "a\u{0}b"])
  func whatNoVolfileCanHoldIsNotPrinted(word: String) {
    let graph = VolumeGraph(volumes: [Volume(name: Word(word), type: "storage/posix")])
    #expect(throws: Failure.self) { try graph.volfile() }
  }

  @Test func wordsNeedNoSpaceAroundQuotes() {
    let parsed = parse("volume\"a b\"type\"storage/posix\"option\"directory\"\"/x\"end-volume")
    #expect(parsed.findings == [])
    #expect(parsed.graph.volumes.first?.name == "a b")
  }

  /// A small generator with a seed, so that a failure can be run again.
  struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func noMutationCrashesTheParser(seed: UInt64) throws {
    var random = SeededGenerator(state: seed &* 7919 &+ 1)
    let names = VolfileSamples.grammar + VolfileSamples.real
    var bytes = try VolfileSamples.bytes(try #require(names.randomElement(using: &random)))
    let interesting = Array("\"\\#`\n\r\0 volume end-volume subvolumes option type".utf8)
    for _ in 0..<Int.random(in: 1...12, using: &random) {
      let at = Int.random(in: 0...bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0 where at < bytes.count: bytes.remove(at: at)
      case 1 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &random)
      case 2: bytes.removeSubrange(at...)
      default: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: at)
      }
    }
    let parsed = ParsedVolfile(bytes)
    _ = parsed.check()
    guard parsed.findings.isEmpty else { return }
    #expect(parse(try parsed.graph.volfile()).graph == parsed.graph)
  }
}
