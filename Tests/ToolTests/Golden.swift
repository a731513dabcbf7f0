import Foundation
import Testing

/// Compares a text with `Tests/Golden/NAME`, or writes that file with `RECORD=1 swift test`.
func expectGolden(
  _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try expectFile(text, repository + "/Tests/Golden/" + name, sourceLocation: sourceLocation)
}

/// Compares a text with a file of the repository, or writes that file with `RECORD=1`.
func expectFile(
  _ text: String, _ path: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  if ProcessInfo.processInfo.environment["RECORD"] == "1" {
    let folder = (path as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }
  let expected = try String(contentsOfFile: path, encoding: .utf8)
  let (new, old) = (text.split(separator: "\n"), expected.split(separator: "\n"))
  let first = zip(new, old).first { $0 != $1 }
  #expect(
    text == expected,
    "\(path) is stale: \(first.map { "\($0.0)\nwas\n\($0.1)" } ?? "lengths differ")",
    sourceLocation: sourceLocation)
}

/// What a run printed, with its status, and without the names of this run's folders.
func goldenText(_ run: ToolRun, without folder: String) -> String {
  """
  status \(run.status)
  stderr
  \(run.stderr.replacingOccurrences(of: folder + "/", with: ""))stdout
  \(String(decoding: run.stdout, as: UTF8.self).replacingOccurrences(of: folder + "/", with: ""))
  """
}
