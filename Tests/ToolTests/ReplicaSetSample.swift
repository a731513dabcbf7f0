import Foundation
import Testing

/// Three real replicas, journals and bricks, unpacked for a test and removed with it.
final class ReplicaSetSample {
  private let journals: JournalSample
  /// The replicas' names, in order.
  let names: [String]

  /// One of `Tests/Samples`, or `Samples/follower-down`.
  convenience init(_ name: String) throws {
    try self.init(
      archive: name == "follower-down"
        ? repository + "/Samples/follower-down.tar.zst" : samplePath(name + ".tar.zst"))
  }

  /// Any archive of a case.
  init(archive: String) throws {
    journals = try JournalSample(archive: archive)
    names = journals.replicas.map { ($0 as NSString).lastPathComponent }
    for replica in journals.replicas {
      let files = try FileManager.default.contentsOfDirectory(atPath: replica)
      let tree = try #require(files.first { $0.hasPrefix("brick-tree.tar") })
      try system([
        "tar", "--xattrs", "--xattrs-include=*", "-xSf", replica + "/" + tree, "-C", replica,
      ])
    }
  }

  /// The folder that all lies in.
  var directory: String { journals.directory }

  func journal(_ number: Int) -> String { journals.replicas[number] }

  func brick(_ number: Int) -> String { journal(number) + "/brick\(number)" }

  /// A path for a file of the test's own.
  func file(_ name: String) -> String { directory + "/" + name }

  /// The replicas as the tools want them.
  var arguments: [String] {
    names.indices.map { "\(names[$0])=\(journal($0)),\(brick($0))" }
  }

  func reconcile(_ arguments: String...) throws -> ToolRun {
    try runTool("jbr-reconcile", arguments)
  }

  /// Plans into `plan.jsonl`, and returns the plan's lines.
  func plan(_ name: String = "plan.jsonl") throws -> [JSONLine] {
    let run = try runTool("jbr-reconcile", ["plan", "-o", file(name)] + arguments)
    #expect(run.status == 0, "\(run.stderr)")
    #expect(run.stdout == [])
    return try JSONLine.all(Data(contentsOf: URL(fileURLWithPath: file(name))))
  }

  func verify(_ options: String...) throws -> ToolRun {
    try runTool("jbr-reconcile", ["verify"] + options + arguments)
  }

  /// Compares the bricks without any code of the tools.
  func expectEqualBricks(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let bricks = names.indices.map(brick)
    let (status, text) = try output(
      [repository + "/Tests/compare-bricks", "--count"]
        + bricks.flatMap { ["--from-tar", $0] } + bricks)
    #expect(status == 0, "\(text)", sourceLocation: sourceLocation)
  }

  /// Writes one byte of a file anew, so that it is another.
  func flipByte(at offset: UInt64, of path: String) throws {
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    defer { try? file.close() }
    try file.seek(toOffset: offset)
    let byte = try #require(try file.read(upToCount: 1)?.first)
    try file.seek(toOffset: offset)
    try file.write(contentsOf: Data([byte ^ 0x55]))
  }
}

/// One line of a tool's output.
struct JSONLine {
  var fields: [String: Any]

  static func all(_ data: Data) throws -> [JSONLine] {
    try data.split(separator: UInt8(ascii: "\n")).map { line in
      let value = try JSONSerialization.jsonObject(with: Data(line))
      return JSONLine(fields: try #require(value as? [String: Any]))
    }
  }

  var type: String { text("type") ?? "" }
  func text(_ key: String) -> String? { fields[key] as? String }
  func number(_ key: String) -> Int? { fields[key] as? Int }
  func list(_ key: String) -> [String]? { fields[key] as? [String] }
}

extension ToolRun {
  var lines: [JSONLine] { get throws { try JSONLine.all(Data(stdout)) } }
}

extension [JSONLine] {
  func of(_ type: String) -> [JSONLine] { filter { $0.type == type } }
}

/// Runs a command of the system, which must succeed.
func system(_ command: [String]) throws {
  let (status, text) = try output(command)
  try #require(status == 0, "\(command): \(text)")
}

/// Runs a command of the system.
func output(_ command: [String]) throws -> (status: Int32, text: String) {
  let process = Process()
  let pipe = Pipe()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = command
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}
