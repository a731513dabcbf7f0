import Foundation

/// A real journal, unpacked for a test and removed with it.
final class JournalSample {
  let name: String
  let directory: String

  /// Unpacks `CASE.tar.zst`, as root, or without what only root may; `only` what has such a name.
  init(archive: String, only pattern: String = "*") throws {
    name = ((archive as NSString).lastPathComponent as NSString).deletingPathExtension
      .replacingOccurrences(of: ".tar", with: "")
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("jbr-sample-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    directory = folder.path
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", "--zstd", "-xSf", archive, "-C", directory, "--wildcards", pattern]
    try tar.run()
    tar.waitUntilExit()
    guard tar.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
  }

  /// One of `Tests/Samples`.
  convenience init(_ name: String) throws {
    try self.init(archive: samplePath(name + ".tar.zst"))
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// The journals in it, by replica.
  var replicas: [String] {
    let root = directory + "/" + name
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return names.filter { $0.hasPrefix("replica") }.sorted().map { root + "/" + $0 }
  }

  /// The names and contents of the journal files below a folder.
  static func files(_ folder: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder)
    where name.hasSuffix(".jnl") {
      files[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
    }
    return files
  }
}

/// The repository's root.
let repository = URL(fileURLWithPath: samplePath("")).deletingLastPathComponent()
  .deletingLastPathComponent().path

/// Checks JSON lines against `docs/schema`; returns what the validator says of them.
func validate(_ lines: [UInt8]) throws -> (status: Int32, text: String) {
  let file = FileManager.default.temporaryDirectory
    .appendingPathComponent("jbr-lines-\(UUID().uuidString)")
  try Data(lines).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  let process = Process()
  let output = Pipe()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [
    "python3", repository + "/Tests/validate-json-lines", repository + "/docs/schema",
  ]
  process.standardInput = try FileHandle(forReadingFrom: file)
  process.standardOutput = output
  process.standardError = output
  try process.run()
  let said = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: said, as: UTF8.self))
}
