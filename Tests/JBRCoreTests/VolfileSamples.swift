import Foundation
import JBRCore
import Testing

/// The volfiles of `Tests/Samples`: real ones, and the grammar cases with GlusterFS' verdicts.
enum VolfileSamples {
  static let directory = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Samples")

  static let real = names(in: "volfiles")
  static let grammar = names(in: "volfile-grammar")

  static func names(in folder: String) -> [String] {
    let files = try? FileManager.default.contentsOfDirectory(
      atPath: directory.appendingPathComponent(folder).path)
    return (files ?? []).filter { $0.hasSuffix(".vol") }.map { folder + "/" + $0 }.sorted()
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: directory.appendingPathComponent(name)))
  }

  static func graph(_ name: String) throws -> VolumeGraph {
    let parsed = ParsedVolfile(try bytes(name))
    #expect(parsed.findings == [])
    return parsed.graph
  }
}

func parse(_ text: String) -> ParsedVolfile { ParsedVolfile(text.exactBytes) }

/// The rules that a text breaks, in the order of its lines.
func rules(_ text: String) -> [VolfileRule] { parse(text).check().map(\.rule) }

/// A posix volume, on which others can stand.
func posix(_ name: String) -> String {
  "volume \(name)\n type storage/posix\n option directory /b/\(name)\nend-volume\n"
}
