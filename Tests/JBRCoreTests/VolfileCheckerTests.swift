import JBRCore
import Testing

@Suite struct VolfileCheckerTests {
  private func locks(_ name: String, on children: String) -> String {
    "volume \(name)\n type features/locks\n subvolumes \(children)\nend-volume\n"
  }
  private func replicate(_ name: String, on children: String) -> String {
    "volume \(name)\n type cluster/replicate\n subvolumes \(children)\nend-volume\n"
  }

  @Test func anOrdinaryGraphIsClean() {
    #expect(rules(posix("a") + locks("b", on: "a")) == [])
  }

  @Test func aBacktickIsRefusedAlsoInAComment() {
    let found = parse("# `touch /x`\n" + posix("a"))
    #expect(found.check().map(\.rule) == [.backtick])
    #expect(found.findings.first?.position == VolfilePosition(line: 1, column: 3))
    #expect(VolfileSafety.objection(to: Array("# `touch /x`\n".utf8)) != nil)
  }

  @Test func droppedCharactersAreRefused() {
    #expect(
      rules("volume a\n type storage/posix\n option directory \"/a\nb\"\nend-volume") == [
        .droppedCharacter
      ])
    #expect(rules("\\" + posix("a")) == [.droppedCharacter])
  }

  @Test func aFileThatAQuoteCutsOffIsRefused() {
    #expect(rules(posix("a") + " \" " + posix("b")) == [.droppedCharacter])
    #expect(rules(posix("a") + "volume \"b") == [.syntax])
    #expect(rules("\"" + posix("a")) == [.syntax])
    #expect(rules(posix("a") + "x \"") == [.syntax, .syntax])
  }

  @Test func onlyTextIsRead() {
    #expect(ParsedVolfile([0x76, 0, 0x76]).check().map(\.rule) == [.encoding])
    let nul = ParsedVolfile(Array("volume\n ab".utf8) + [0, 0x20])
    #expect(nul.findings.first?.rule == .encoding)
    #expect(nul.findings.first?.position == VolfilePosition(line: 2, column: 4))
    #expect(rules("") == [.syntax])
  }

  @Test func errorsAreBounded() {
    let found = parse(String(repeating: "volume a ", count: 5000)).findings
    #expect(found.last?.rule == .limit)
    #expect(found.count < 1100)
    let checked = parse((0..<5000).map { posix("v\($0)\n type") }.joined()).check()
    #expect(checked.count < 2500)
    let several = parse((0..<5000).map { posix("v\($0)") }.joined()).check()
    #expect(several.count == 1001)
    #expect(several.allSatisfy { $0.severity == .warning })
    #expect(several.last?.message == "this volume and the rest of 3999 more are not used either")
  }

  @Test func unresolvedSubvolumesAreErrors() {
    #expect(rules(posix("a") + replicate("b", on: "a c")) == [.undefinedSubvolume])
    #expect(rules(posix("a") + replicate("b", on: "b a")) == [.undefinedSubvolume])
    #expect(rules(replicate("b", on: "a") + posix("a")).contains(.undefinedSubvolume))
  }

  @Test func aServerExportsOnlyWhatIsThere() {
    let server = """
      volume s
        type protocol/server
        option transport-type tcp
        option auth.addr.other.allow *
        subvolumes a
      end-volume
      """
    #expect(rules(posix("a") + server) == [.undefinedSubvolume])
    #expect(rules(posix("other") + server.replacing(" a\n", with: " other\n")) == [])
  }

  @Test func namesAreUnique() {
    #expect(rules(posix("a") + posix("a")) == [.duplicateVolume])
    #expect(rules(posix("a") + replicate("b", on: "a a")) == [.duplicateChild])
  }

  @Test func circlesAreFound() {
    let found = parse(
      replicate("a", on: "b") + replicate("b", on: "c") + replicate("c", on: "a")
    ).check()
    #expect(found.count { $0.rule == .cycle } == 1)
    #expect(
      found.first { $0.rule == .cycle }?.message
        == "the volumes stand on each other in a circle: 'a' on 'b' on 'c' on 'a'")
  }

  @Test func aLongChainIsNoTroubleForTheStack() {
    var text = posix("v0")
    for index in 1...100_000 { text += locks("v\(index)", on: "v\(index - 1)") }
    #expect(rules(text) == [])
  }

  @Test func childrenAreCounted() {
    #expect(rules(posix("a") + posix("b") + locks("c", on: "a b")) == [.childCount])
    #expect(
      rules("volume c\n type features/locks\n option trace off\nend-volume") == [.childCount])
  }

  @Test func optionsAreChecked() {
    func volume(_ options: String) -> String {
      "volume a\n type storage/posix\n \(options)\nend-volume\n"
    }
    #expect(rules(volume("option ctime on")) == [.missingOption])
    #expect(rules(volume("option directory \"\"")) == [.missingOption, .emptyValue])
    #expect(rules(volume("option directory b")) == [.invalidValue])
    #expect(rules(volume("option directory /a/../b")) == [.invalidValue])
    #expect(rules(volume("option directory /a option ctime maybe")) == [.invalidValue])
    #expect(rules(volume("option directory /a option nosuch 1")) == [.unknownOption])
    #expect(rules(volume("option directory /a option directory /b")) == [.duplicateOption])
    // The last one counts.
    #expect(rules(volume("option directory a option directory /b")) == [.duplicateOption])
    #expect(
      rules(volume("option directory /a option directory b")) == [.duplicateOption, .invalidValue])
    #expect(
      rules(volume("option directory a option directory \"\""))
        == [.invalidValue, .duplicateOption, .emptyValue])
  }

  @Test func percentagesAreChecked() {
    func jbr(_ percent: String) -> String {
      posix("a") + """
        volume j
          type experimental/jbr
          option quorum-percent \(percent)
          subvolumes a
        end-volume
        """
    }
    #expect(rules(jbr("50")) == [])
    #expect(rules(jbr("101")) == [.invalidValue])
    #expect(rules(jbr("nan")) == [.invalidValue])
  }

  @Test func typesAreKnown() {
    #expect(rules("volume a\n type storage/nosuch\n option a b\nend-volume") == [.unknownType])
    #expect(Translator.named("system/posix-acl") != nil)
    #expect(Translator.knownTypes.count > 50)
  }

  @Test func whatTheTopDoesNotReachIsReported() {
    #expect(
      rules(posix("a") + locks("b", on: "a") + posix("c")) == [.unusedVolume, .severalTops])
  }

  @Test func aBrokenVolumeHidesNoOtherErrorAndMakesNone() {
    let text = "volume x\n type storage/posix\n option\nend-volume\n" + locks("b", on: "x nosuch")
    #expect(rules(text) == [.syntax, .childCount, .undefinedSubvolume])
  }
}
