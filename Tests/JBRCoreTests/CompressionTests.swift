import Foundation
import Histories
import Testing

@testable import JBRCore

@Suite struct CompressionTests {
  /// A journal with a frozen term that has data files.
  private static func frozen(
    _ disk: SimulatedDisk, _ counts: [Int]
  ) throws(Failure) -> JournalWriter {
    try JournalWriter.create(on: disk, directory: "j", superblock: JournalWorkload.superblock())
    var limits = JournalWorkload.limits
    limits.dataFileByteCount = 3 << 20
    let journal = try JournalWriter(on: disk, directory: "j", limits: limits)
    try journal.open(Term(1))
    for count in counts {
      let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
      let request = Request(
        fop: .writev,
        values: [.gfid(.root), .u64(UInt64(count)), .i64(0), .u32(0), .dict([])])
      _ = try journal.commit([.request(NewRequest(request, payload: Payload(content)))])
    }
    _ = try journal.commit([
      .state(.inProgress, index: 1, sub: 0, last: UInt64(counts.count), results: [])
    ])
    _ = try journal.commit([
      .state(.committed, index: 1, sub: 0, last: UInt64(counts.count), results: [])
    ])
    try journal.freeze(Term(1))
    return journal
  }

  private static func verdict(_ disk: SimulatedDisk) throws -> JournalVerifier.Verdict {
    let sink = MemoryByteSink()
    var writer = LineWriter(sink)
    var verifier = JBRVerifier(
      journal: "j", files: try JBRDirectory.files("j", on: disk),
      indices: IndexMaker(on: SimulatedDisk(), directory: "t"))
    try verifier.run(to: &writer)
    return verifier.verdict
  }

  @Test func zstdGivesBackThePlainFileAndEveryRangeReadsTheSame() throws {
    let disk = SimulatedDisk()
    let journal = try Self.frozen(disk, [1_500_000, 700_000, 40_000])
    let name = "j/" + JournalNames.data(Term(1), 1)
    let plain = try disk.openForReading(name).read(at: 0, count: 1 << 24)
    let made = try journal.compress(Term(1))
    #expect(made.map(\.byteCount) == [plain.count])
    #expect(try disk.exists(name) == false)
    #expect(try Self.verdict(disk) == .clean)
    let file = try disk.openForReading(name + ".zst").read(at: 0, count: 1 << 24)
    let source = try CompressedSource(MemoryByteSource(file))
    var random = SeededGenerator(seed: 1)
    for _ in 0..<50 {
      let start = Int.random(in: 0..<plain.count, using: &random)
      let count = Int.random(in: 0...1_300_000, using: &random)
      let end = min(plain.count, start + count)
      #expect(try source.read(at: start, count: count) == Array(plain[start..<end]))
    }
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "jbr-zstd-\(UUID().uuidString).zst")
    try Data(file).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let zstd = Process()
    let output = Pipe()
    zstd.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    zstd.arguments = ["zstd", "-dc", url.path]
    zstd.standardOutput = output
    try zstd.run()
    let unpacked = try output.fileHandleForReading.readToEnd()
    zstd.waitUntilExit()
    #expect(zstd.terminationStatus == 0)
    #expect(unpacked == Data(plain))
  }

  @Test func everyFlippedBitOfACompressedFileIsFound() throws {
    let disk = SimulatedDisk()
    let journal = try Self.frozen(disk, [3_000])
    _ = try journal.compress(Term(1))
    var sample = try JournalSample(disk)
    let name = JournalNames.compressed(Term(1), 1)
    // The sample leaves zeros out at the end of logs; a compressed file has none to spare.
    let bytes = try disk.openForReading("j/" + name).read(at: 0, count: 1 << 20)
    sample.files[name] = bytes
    try #require(try sample.verify().verdict == .clean)
    for offset in bytes.indices {
      for bit in 0..<8 {
        sample.files[name]?[offset] ^= 1 << UInt8(bit)
        #expect(try sample.verify().verdict == .damaged, "bit \(bit) at \(offset)")
        sample.files[name]?[offset] ^= 1 << UInt8(bit)
      }
    }
  }

  @Test func aCrashLeavesThePlainFileOrTheCompressedOne() throws {
    let whole = SimulatedDisk()
    let journal = try Self.frozen(whole, [9_000, 9_000])
    let before = whole.point
    _ = try journal.compress(Term(1))
    for point in before + 1...whole.point {
      let disk = SimulatedDisk()
      let journal = try Self.frozen(disk, [9_000, 9_000])
      disk.setFault(.crash, at: point)
      #expect(throws: Failure.self) { try journal.compress(Term(1)) }
      var random = SeededGenerator(seed: UInt64(point))
      var left = [disk.afterKill(), disk.afterLosingAll()]
      for _ in 0..<5 { left.append(disk.afterCrash(random: &random)) }
      for disk in left {
        #expect(try Self.verdict(disk) == .clean, "point \(point)")
        let again = try JournalWriter(on: disk, directory: "j")
        _ = try again.compress(Term(1))
        #expect(try Self.verdict(disk) == .clean, "point \(point)")
      }
    }
  }
}
