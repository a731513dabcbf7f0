import Foundation
import Testing

/// A directory for a test's bricks, removed with it.
final class Workshop {
  let path: String

  init() throws {
    // Bricks carry trusted.* xattrs, which only root may set.
    try #require(geteuid() == 0, "tests of bricks on disk need root")
    path = FileManager.default.temporaryDirectory.path + "/jbr-replay-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// An xattr's value as hexadecimal digits; nil where there is none.
  func xattr(_ path: String, _ key: String) throws -> String? {
    let script = "import os,sys; print(os.getxattr(sys.argv[1], sys.argv[2]).hex())"
    let (status, text) = try output(["python3", "-c", script, path, key])
    return status == 0 ? text.trimmingCharacters(in: .whitespacesAndNewlines) : nil
  }

  /// What compare-bricks, which shares no code with the tools, says of two bricks.
  func differences(_ bricks: String...) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: repository + "/Tests/compare-bricks")
    process.arguments = ["--all-xattrs"] + bricks
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: said, as: UTF8.self)
  }
}

func objects(_ run: ToolRun) throws -> [[String: Any]] {
  try run.text.split(separator: "\n").map {
    try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
  }
}

func words(_ run: ToolRun, _ key: String) throws -> [String] {
  try objects(run).compactMap { $0[key] as? String }
}
