import Histories
import Testing

@testable import JBRCore

/// Damage of every kind is seen, and nothing that is damaged passes for what was written.
@Suite struct JournalFlipTests {
  /// How many parts the bits of the sample are tested in, so that both cores have work.
  static let parts = 16

  @Test func theSampleIsClean() throws {
    for sample in [try JournalSample.frozen(), try JournalSample.current()] {
      let (verdict, lines) = try sample.verify()
      #expect(verdict == .clean, "\(lines)")
      #expect(try sample.requests().count == 4)
    }
  }

  /// Whether a line gives a sum as wrong that is the one that was expected.
  private static func tellsEqualSums(_ lines: String) -> Bool {
    lines.split(separator: "\n").contains { line in
      let words = line.split(separator: "\"")
      guard let expected = words.firstIndex(of: "expected"),
        let found = words.firstIndex(of: "found")
      else { return false }
      return words[expected + 2] == words[found + 2]
    }
  }

  @Test(arguments: 0..<parts, [true, false])
  func everyFlippedBitIsFound(part: Int, isFrozen: Bool) throws {
    let sample = isFrozen ? try JournalSample.frozen() : try JournalSample.current()
    let whole = try sample.requests()
    try #require(try sample.verify().verdict == .clean)
    for (name, bytes) in sample.files.sorted(by: { $0.key < $1.key }) {
      var damaged = sample
      for offset in stride(from: part, to: bytes.count, by: Self.parts) {
        for bit in 0..<8 {
          damaged.files[name]?[offset] ^= 1 << UInt8(bit)
          defer { damaged.files[name]?[offset] ^= 1 << UInt8(bit) }
          let what: Comment = "bit \(bit) of \(name) at \(offset)"
          let (verdict, lines) = try damaged.verify()
          #expect(!Self.tellsEqualSums(lines), "\(what.rawValue)\n\(lines)")
          if verdict == .damaged { continue }
          // A single bit is no torn write, except in zeros that no record has reached.
          #expect(verdict == .torn && bytes[offset] == 0, "\(what.rawValue)\n\(lines)")
          #expect(try damaged.requests() == whole, what)
        }
      }
    }
  }
}

/// Damage of more than a bit.
@Suite struct JournalTamperTests {
  /// What is damaged must be told, and what is given out must be what was written.
  private static func expectFound(
    _ sample: JournalSample, _ original: [RequestID: Digest], _ what: Comment,
    mayBeTorn: Bool = false
  ) throws {
    let (verdict, lines) = try sample.verify()
    #expect(
      verdict == .damaged || (mayBeTorn && verdict == .torn), "\(what.rawValue)\n\(lines)")
    for (id, digest) in try sample.requests() { #expect(original[id] == digest, what) }
  }

  @Test(arguments: 0..<300 as Range<UInt64>)
  func randomBytesAreFound(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let sample =
      seed % 2 == 0 ? try JournalSample.frozen() : try JournalSample.current()
    let original = try sample.requests()
    var damaged = sample
    let name = try #require(sample.files.keys.sorted().randomElement(using: &random))
    let count = try #require(sample.files[name]?.count)
    let start = Int.random(in: 0..<count, using: &random)
    let length = Int.random(in: 1...min(700, count - start), using: &random)
    damaged.files[name]?.replaceSubrange(start..<start + length, with: random.bytes(length))
    try #require(damaged.files != sample.files)
    try Self.expectFound(damaged, original, "\(name) \(start)+\(length)", mayBeTorn: true)
  }

  @Test func everySwapOfSectorsIsFound() throws {
    let sample = try JournalSample.frozen()
    let original = try sample.requests()
    for (name, bytes) in sample.files where name.hasPrefix("term-") {
      let sectors = bytes.count / 512
      for first in 0..<sectors {
        for second in first + 1..<max(sectors, first + 1) {
          var damaged = bytes
          let (a, b) = (
            bytes[first * 512..<first * 512 + 512], bytes[second * 512..<second * 512 + 512]
          )
          if a.elementsEqual(b) { continue }
          damaged.replaceSubrange(first * 512..<first * 512 + 512, with: b)
          damaged.replaceSubrange(second * 512..<second * 512 + 512, with: a)
          var changed = sample
          changed.files[name] = damaged
          try Self.expectFound(changed, original, "\(name), sectors \(first) and \(second)")
        }
      }
    }
  }

  @Test func everyMissingOrForeignFileIsFound() throws {
    let sample = try JournalSample.frozen()
    let original = try sample.requests()
    let other = try JournalSample.frozen(seed: 99)
    for name in sample.files.keys.sorted() {
      var missing = sample
      missing.files[name] = nil
      try Self.expectFound(missing, original, "\(name) missing")
      guard name.hasPrefix("term-") else { continue }
      var foreign = sample
      foreign.files[name] = other.files[name]
      try Self.expectFound(foreign, original, "\(name) of another life")
      for second in sample.files.keys.sorted() where second > name && second.hasPrefix("term-") {
        var swapped = sample
        (swapped.files[name], swapped.files[second]) = (sample.files[second], sample.files[name])
        try Self.expectFound(swapped, original, "\(name) and \(second) swapped")
      }
    }
  }

  @Test func everySectorOfAnotherLifeIsFound() throws {
    let sample = try JournalSample.frozen()
    let original = try sample.requests()
    let other = try JournalSample.frozen(seed: 99)
    for (name, bytes) in sample.files where name.hasPrefix("term-") {
      let strange = try #require(other.files[name])
      for start in stride(from: 0, to: min(bytes.count, strange.count) - 511, by: 512) {
        let sector = strange[start..<start + 512]
        if bytes[start..<start + 512].elementsEqual(sector) { continue }
        var recycled = sample
        recycled.files[name]?.replaceSubrange(start..<start + 512, with: sector)
        try Self.expectFound(recycled, original, "\(name) at \(start)")
      }
    }
  }

  @Test func everyCutIsFoundAndHidesNothingBeforeIt() throws {
    for sample in [try JournalSample.frozen(), try JournalSample.current()] {
      let original = try sample.requests()
      for (name, bytes) in sample.files where name.hasSuffix(".events") {
        let end = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
        for count in 0..<end {
          var cut = sample
          cut.files[name] = Array(bytes[..<count])
          let verdict = try cut.verify().verdict
          for (id, digest) in try cut.requests() { #expect(original[id] == digest) }
          // A cut between two records of a term that goes on looks like an end, and is one if
          // the records behind were never flushed.
          if verdict == .clean { #expect(count % 8 == 0 && name.contains("0001")) }
        }
      }
    }
  }
}
