import Foundation
import Testing

/// A program that stands for ssh: what it is told to do on a host it does here, and writes down
/// what was asked and what went over the wire. `JBR_CUT_BEHIND` has it cut the first connection
/// behind so many bytes of answers.
final class ShellStandIn {
  private let directory: String

  convenience init(_ set: ReplicaSetSample) throws { try self.init(directory: set.directory) }

  init(directory: String) throws {
    self.directory = directory
    let tool = try builtExecutable("jbr-reconcile").path
    try script(
      "rsh",
      """
      echo "$1 $2 $4" >>\(directory)/calls
      shift 3
      if [ -n "$JBR_CUT_BEHIND" ] && [ ! -e \(directory)/was-cut ]; then
        touch \(directory)/was-cut
        \(directory)/far "$@" | stdbuf -o0 head -c "$JBR_CUT_BEHIND"
        exit
      fi
      tee -a \(directory)/wire | \(directory)/far "$@" | tee -a \(directory)/wire \(directory)/answers
      """)
    try script("far", "echo $$ >>\(directory)/pids\nexec \(tool) \"$@\"")
  }

  private func script(_ name: String, _ text: String) throws {
    let path = directory + "/" + name
    try Data("#!/bin/sh\n\(text)\n".utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  var environment: [String: String] {
    ["JBR_RSH": directory + "/rsh --opt", "JBR_REMOTE_PATH": "tool"]
  }

  /// What starts the far end, which says who it is.
  var farTool: String { directory + "/far" }

  private func lines(_ name: String) throws -> [String] {
    let path = directory + "/" + name
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  func calls() throws -> [String] { try lines("calls") }

  /// The far ends that have not ended within a while.
  func running(seconds: Int = 10) throws -> [String] {
    var left: [String] = []
    for _ in 0...seconds * 50 {
      left = try lines("pids").filter {
        let words = FileManager.default.contents(atPath: "/proc/\($0)/cmdline") ?? Data()
        return String(decoding: words, as: UTF8.self).contains("serve")
      }
      if left.isEmpty { break }
      usleep(20_000)
    }
    return left
  }

  /// How many bytes of answers came in all, but for those of connections that were cut.
  func answerByteCount() throws -> Int {
    try #require(
      try FileManager.default.attributesOfItem(atPath: directory + "/answers")[.size] as? Int)
  }

  /// How many bytes go over the wire while something is done, which must succeed.
  func count(_ body: () throws -> ToolRun) throws -> Int {
    let wire = directory + "/wire"
    try Data().write(to: URL(fileURLWithPath: wire))
    let run = try body()
    #expect(run.status == 0, "\(run.stderr)")
    #expect(try running() == [])
    return try #require(
      try FileManager.default.attributesOfItem(atPath: wire)[.size] as? Int)
  }
}
