import Foundation
import JBRCore
import Testing

/// Volfiles that chance has changed, and what the installed GlusterFS makes of them beside us.
@Suite struct VolfileMutantTests {
  private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  /// What is put between, each with a meaning somewhere.
  private static let words = [
    "volume", "type", "subvolumes", "option", "end-volume", "subvolumeS", "\"", "\\", "#", "\n",
    "\r", "\u{b}", "\u{c}", "\0", "é", "\"\"", "\"a b\"", "\"a\nb\"", "\"\\\"\\\\\"", "end-volumes",
    "a#b", "a\"b", "p", "storage/posix", "directory", "/x", "\u{feff}",
  ].map { Array($0.utf8) }

  /// The samples that GlusterFS takes: one change makes of them what it may still take.
  private static func seeds() throws -> [[UInt8]] {
    let folder = samplePath("volfile-grammar")
    let verdicts = try JSONDecoder().decode(
      [String: String].self,
      from: Data(contentsOf: URL(fileURLWithPath: folder + "/verdicts.json")))
    return try verdicts.filter { $0.value == "accepted" }.keys.sorted().map {
      Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/" + $0)))
    }
  }

  private static func mutant(_ seed: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = seed
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let word = words.randomElement(using: &random) ?? []
    switch Int.random(in: 0..<4, using: &random) {
    case 0: bytes.remove(at: place)
    case 1: bytes.insert(contentsOf: word, at: place)
    case 2: bytes.insert(contentsOf: [0x20] + word + [0x20], at: place)
    default:
      var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      let line = lines.remove(at: Int.random(in: 0..<lines.count, using: &random))
      if Bool.random(using: &random) {
        lines.insert(line, at: Int.random(in: 0...lines.count, using: &random))
      }
      bytes = Array(lines.joined(separator: [0x0A]))
    }
    return bytes
  }

  @Test(arguments: [1, 2] as [UInt64])
  func theInstalledGlusterFSJudgesMutantsAsWeDo(seed: UInt64) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/jbr-mutants-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var random = SeededGenerator(state: seed &* 7919 &+ 1)
    let seeds = try Self.seeds()
    var paths: [String] = []
    for index in 0..<80 {
      paths.append("\(folder)/\(index).vol")
      let bytes = Self.mutant(try #require(seeds.randomElement(using: &random)), &random)
      try Data(bytes).write(to: URL(fileURLWithPath: paths[index]))
    }
    let run = try runTool("jbr-volgen", ["check", "--real", "--no-bricks"] + paths)
    #expect(run.stderr == "")
    var errors: Set<String> = []
    var counts: [String: Int] = [:]
    let isStricter = Set(VolfileRule.allCases.filter { !$0.isGlusterFSOwn }.map(\.rawValue))
    for line in run.text.split(separator: "\n") {
      let fields = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      let rule = fields?["rule"] as? String ?? ""
      if fields?["severity"] as? String == "error" { errors.insert(rule) }
      if let verdict = fields?["verdict"] as? String {
        counts[verdict, default: 0] += 1
        // GlusterFS is never stricter, and we are only by a named rule.
        let file = fields?["file"] as? String ?? ""
        let text = try? String(contentsOfFile: file, encoding: .utf8)
        let message: Comment = "seed \(seed): \(text ?? file): \(errors.sorted())"
        if verdict == "refused" { #expect(!errors.isEmpty, message) }
        if verdict == "accepted" { #expect(errors.isSubset(of: isStricter), message) }
        #expect(!errors.contains("glusterfs") || text == nil, message)
        errors = []
      }
    }
    #expect(counts["accepted", default: 0] >= 5 && counts["refused", default: 0] >= 20)
  }

  @Test func tenThousandBricksAreCheckedInTime() throws {
    let brickCount = 10_000
    var text = ""
    for brick in 0..<brickCount {
      text += """
        volume v-client-\(brick)
            type protocol/client
            option ping-timeout 42
            option remote-host server\(brick / 100).example.com
            option remote-subvolume /bricks/b\(brick)
            option transport-type socket
            option send-gids true
        end-volume

        """
    }
    for pair in stride(from: 0, to: brickCount, by: 2) {
      text += """
        volume v-replicate-\(pair / 2)
            type cluster/replicate
            option afr-pending-xattr v-client-\(pair),v-client-\(pair + 1)
            subvolumes v-client-\(pair) v-client-\(pair + 1)
        end-volume

        """
    }
    let names = (0..<brickCount / 2).map { "v-replicate-\($0)" }.joined(separator: " ")
    text += "volume v\n type cluster/distribute\n subvolumes \(names)\nend-volume\n"
    let begin = ContinuousClock.now
    let run = try runTool("jbr-volgen", ["check", "-"], stdin: Array(text.utf8))
    #expect(run.status == 0)
    // A release build takes half a second; this one is not optimised, and not alone.
    #expect(ContinuousClock.now - begin < .seconds(40))
  }
}
