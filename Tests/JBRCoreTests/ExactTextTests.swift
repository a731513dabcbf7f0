import Histories
import Testing

@testable import JBRCore

@Suite struct ExactTextTests {
  @Test(arguments: 0..<50 as Range<UInt64>)
  func anyBytesComeBack(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    // Beginnings of characters, so that some are whole, some cut, and some our own.
    let pieces: [[UInt8]] = [
      [0xF4, 0x8F, 0xBE, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x8F], [0xF4], [0xC3, 0xA9],
      [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0xAF], [0x80], [47], [46],
    ]
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0...12, using: &random) {
      bytes += pieces.randomElement(using: &random) ?? []
      if Bool.random(using: &random) { bytes.append(UInt8.random(in: 0...255, using: &random)) }
    }
    let text = String(exactly: bytes)
    #expect(text.exactBytes == bytes)
    #expect(!text.unicodeScalars.contains("\u{FFFD}") || bytes.contains(0xEF))
    // No slash or dot comes of what was none.
    #expect(text.utf8.filter { $0 < 128 } == bytes.filter { $0 < 128 })
  }

  @Test func textIsItself() {
    for text in ["", "a/b", "é", "\u{10FF7F}", "\u{10FFFF}x", "\u{FFFD}", "日本"] {
      let exact = String(exactly: text.utf8)
      #expect(exact.exactBytes == Array(text.utf8))
      #expect((exact == text) == !text.hasPrefix("\u{10FFFF}"))
    }
  }

  @Test func peopleAndProgramsSeeTheBytes() throws {
    let name = String(exactly: [97, 0xFF])
    #expect(Failure.visible(name) == "a\\xff")
    var line = LineBuilder()
    line.begin("t")
    line.field("a", name)
    line.field("b", "é\u{10FF7F}")
    line.end()
    #expect(
      String(decoding: line.bytes, as: UTF8.self)
        == #"{"type":"t","a":{"base64":"Yf8="},"b":"é\#u{10FF7F}"}"# + "\n")
  }

  @Test(arguments: [
    ("{", 1), ("{\"a\" 1}", 5), ("[1,]", 3), ("{\"a\":1,}", 7), ("{}x", 2), ("[\"a\u{1}\"]", 3),
    ("{\"a\":tru}", 8), ("[\"\\x\"]", 3), ("", 0),
  ])
  func whereJSONEndsIsSaid(text: String, offset: Int) {
    #expect(JSONFlaw(in: Array(text.utf8))?.offset == offset)
  }

  @Test(arguments: ["{\"a\": [1, -2.5e3, true, null, \"x\\u00e9\"], \"b\": {}}", " [] ", "7"])
  func nothingIsWrongWithJSON(text: String) {
    #expect(JSONFlaw(in: Array(text.utf8))?.offset == nil)
    let deep = String(repeating: "[", count: 100_000)
    #expect(JSONFlaw(in: Array(deep.utf8))?.offset == 512)
  }
}
