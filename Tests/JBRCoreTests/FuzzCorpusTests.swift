import Foundation
import Histories
import Testing

@testable import JBRCore

/// The corpus of `scripts/fuzz`, and a short run of mutations of it wherever tests run.
@Suite struct FuzzCorpusTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fuzz/corpus")

  /// What random writers write, as inputs of each parser: `RECORD=1 swift test` renews it.
  private static func seeds() throws -> [String: [UInt8]] {
    var seeds: [String: [UInt8]] = [:]
    var random = SeededGenerator(seed: 11, byteCountMax: 30)
    for fop in Fop.allCases {
      let request = random.request(fop)
      seeds["fdl-\(fop.name)"] = [0] + request.encoded
      seeds["arguments-\(fop.name)"] = [1, fop.rawValue] + ArgumentsCodec.encode(request)
    }
    for event in JournalBodies.samples(&random) {
      seeds["event-\(event.type.name)"] = [2, event.type.rawValue] + event.encoded
    }
    seeds["superblock"] = [3] + JournalBodies.superblock().encoded
    let header = FileHeader(
      kind: .events, volume: UniqueID(high: 1, low: 2), replica: UniqueID(high: 3, low: 4),
      term: Term(5), salt: UniqueID(high: 6, low: 7), created: 8, generation: 9)
    seeds["header"] = [4] + header.encoded
    for name in VolfileSamples.grammar + ["volfiles/rep3-shd.vol", "volfiles/jbr3-brick0.vol"] {
      let file = (name as NSString).lastPathComponent.replacing(".vol", with: "")
      seeds["volfile-\(file)"] = [6] + (try VolfileSamples.bytes(name))
    }
    seeds["record"] = [5] + JournalBodies.header().unsealed + [UInt8](repeating: 0, count: 8)
    return seeds
  }

  @Test func theCorpusIsWhatWritersWrite() throws {
    let seeds = try Self.seeds()
    if ProcessInfo.processInfo.environment["RECORD"] == "1" {
      try FileManager.default.createDirectory(
        at: Self.folder, withIntermediateDirectories: true)
      for (name, bytes) in seeds {
        try Data(bytes).write(to: Self.folder.appendingPathComponent(name))
      }
    }
    for (name, bytes) in seeds {
      let kept = try Data(contentsOf: Self.folder.appendingPathComponent(name))
      #expect(Array(kept) == bytes, "\(name): RECORD=1 swift test renews it")
      FuzzTarget.run(bytes[0], Array(bytes.dropFirst()))
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func noMutationOfTheCorpusTraps(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
    let corpus = try names.map {
      Array(try Data(contentsOf: Self.folder.appendingPathComponent($0)))
    }
    for _ in 0..<3_000 {
      var bytes = try #require(corpus.randomElement(using: &random))
      let other = try #require(corpus.randomElement(using: &random))
      for _ in 0..<Int.random(in: 1...4, using: &random) { random.mutate(&bytes, other) }
      guard let kind = bytes.first else { continue }
      FuzzTarget.run(kind, Array(bytes.dropFirst()))
    }
  }
}

extension SeededGenerator {
  /// Changes a byte or a number, cuts, repeats, or takes a stretch of another input.
  mutating func mutate(_ bytes: inout [UInt8], _ other: [UInt8]) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &self)
    switch next() % 6 {
    case 0: bytes[place] ^= 1 << UInt8(next() % 8)
    case 1: bytes[place] = UInt8(truncatingIfNeeded: next())
    case 2: bytes.removeSubrange(place...)
    case 3: bytes.insert(contentsOf: bytes[place...].prefix(8), at: place)
    case 4:
      let odd: [UInt32] = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x0010_0001]
      guard place + 4 <= bytes.count else { return }
      bytes.store(odd.randomElement(using: &self) ?? 0, at: place)
    default:
      guard !other.isEmpty else { return }
      let start = Int.random(in: 0..<other.count, using: &self)
      bytes.replaceSubrange(place..<min(bytes.count, place + 8), with: other[start...].prefix(8))
    }
  }
}
