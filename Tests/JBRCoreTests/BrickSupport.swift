import Foundation
import Testing

@testable import JBRCore

/// A directory of a test's own, removed with its last reference.
final class TemporaryDirectory: @unchecked Sendable {
  let path: String

  init() throws {
    path = Self.base + "/jbr-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// In memory where that holds bricks, since a replay waits for its file system's flush. The
  /// tools' own tests are on disk.
  private static let base: String = {
    let usual = FileManager.default.temporaryDirectory.path
    let memory = "/dev/shm"
    let room = try? FileManager.default.attributesOfFileSystem(forPath: memory)
    guard let free = room?[.systemFreeSize] as? Int64, free > 2 << 30,
      let directory = try? Descriptor(directory: memory)
    else { return usual }
    let probe = [UInt8]("jbr-test-probe-\(UUID().uuidString)".utf8)
    defer { try? directory.unlink(probe) }
    do {
      try directory.makeNode(probe, mode: UInt32(S_IFREG) | 0o600)
      try directory.setXattr(probe, "trusted.probe".utf8, [1])
      try directory.setXattr(probe, "user.probe".utf8, [1])
      return memory
    } catch {
      return usual
    }
  }()

  /// By rm, which also removes trees that are too deep for paths.
  deinit { _ = try? run("rm", ["-rf", path]) }
}

/// What a program printed and how it ended.
struct ProgramResult {
  var status: Int32
  var output: String
}

func run(_ program: String, _ arguments: [String]) throws -> ProgramResult {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return ProgramResult(
    status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
}

/// Bricks carry trusted.* xattrs, which only root may set.
let isRoot: Bool = {
  if geteuid() == 0 { return true }
  print("NOTE: tests of bricks on disk need root, and fail without.")
  return false
}()

/// The project's directory.
let projectPath: String = {
  var url = URL(fileURLWithPath: #filePath)
  for _ in 0..<3 { url.deleteLastPathComponent() }
  return url.path
}()

/// The independent comparison of bricks; what it prints where they differ, else nothing.
func differences(_ bricks: [String], _ options: [String] = []) throws -> String {
  let result = try run(projectPath + "/Tests/compare-bricks", options + bricks)
  if result.status > 1 { throw ComparisonFailed(output: result.output) }
  return result.output
}

struct ComparisonFailed: Error { var output: String }

/// A journal that a real GlusterFS wrote, and the brick that it left.
struct SampleCase {
  let directory: TemporaryDirectory
  /// The directory of the replica's journal.
  let journal: String
  let brick: String

  /// nil where the archive is not at hand: only the small ones are in the project.
  init?(_ name: String, replica: Int = 0) throws {
    let places = [
      projectPath + "/Tests/Samples/", projectPath + "/../shared/journals/",
    ]
    guard
      let archive = places.map({ $0 + name + ".tar.zst" })
        .first(where: FileManager.default.fileExists)
    else {
      print("NOTE: \(name) is not in Tests/Samples nor in ../shared/journals, and is not tried.")
      return nil
    }
    directory = try TemporaryDirectory()
    try Self.unpack(["--zstd", "-xSf", archive, "-C", directory.path])
    journal = directory.path + "/\(name)/replica\(replica)"
    try Self.unpack([
      "--xattrs", "--xattrs-include=*", "-xzf", journal + "/brick-tree.tar.gz", "-C",
      directory.path,
    ])
    brick = directory.path + "/brick\(replica)"
  }

  private static func unpack(_ arguments: [String]) throws {
    let result = try run("tar", arguments)
    if result.status != 0 { throw ComparisonFailed(output: result.output) }
  }
}

/// All records of a journal, in order; damage fails the test.
func records(_ path: String) throws -> [JournalRecord] {
  var reader = try JournalReader(JournalFiles.find(path))
  var found: [JournalRecord] = []
  while let item = try reader.next() {
    switch item {
    case .record(let record): found.append(record)
    case .damage(let failure): throw failure
    case .fileEnd, .stale, .event, .termEnd: break
    }
  }
  return found
}
