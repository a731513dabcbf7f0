import Foundation
import GlusterTesting
import Testing

/// Bricks, and the graphs that jbr-volgen writes for them: `near`, which a tool serves itself, and
/// `far`, which has a server of its own.
final class GlusterSetting {
  let directory: String
  var native: String { path("native") }
  var near: String { path("near") }
  var far: String { path("far") }
  var nearGraph: String { path("recon/near-client.vol") }
  var farGraph: String { path("recon/far-client.vol") }
  private let port = BrickServer.freePort()
  private(set) var server: BrickServer?

  /// `volumeID` is what the graphs say that the bricks' must be.
  init(volumeID: String? = nil) throws {
    try #require(geteuid() == 0, "tests of bricks on disk need root")
    let name = "/jbr-gl-" + UUID().uuidString.prefix(8)
    directory = FileManager.default.temporaryDirectory.path + name
    try FileManager.default.createDirectory(
      atPath: directory + "/far", withIntermediateDirectories: true)
    let set = """
      {"volume": "v", \(volumeID.map { "\"volume_id\": \"\($0)\", " } ?? "")"replicas": [
      {"name": "near", "host": "127.0.0.1", "port": 34001, "leader": true, "local": true,
      "brick": "\(near)", "journal": "\(directory)/j", "socket": "\(directory)/s"},
      {"name": "far", "host": "127.0.0.1", "port": 34002, "recon_port": \(port),
      "brick": "\(far)", "journal": "\(directory)/j2"}],
      "auth": {"username": "u", "password": "p"}}
      """
    let made = try runTool(
      "jbr-volgen", ["recon", "-i", "-", "-o", path("recon")], stdin: Array(set.utf8))
    try #require(made.status == 0, "\(made.stderr)")
  }

  deinit {
    server = nil
    try? FileManager.default.removeItem(atPath: directory)
  }

  func path(_ name: String) -> String { directory + "/" + name }

  func startFar() throws {
    server = try BrickServer(path("recon/far-brick.vol"), log: path("far.log"), port: port)
  }

  func stopFar() { server = nil }

  func replay(_ arguments: String..., stdin: [UInt8] = []) throws -> ToolRun {
    try runTool("jbr-replay", arguments, stdin: stdin)
  }

  /// What compare-bricks, which shares no code with the tools, says of bricks.
  func differences(_ bricks: String...) throws -> String {
    try output([repository + "/Tests/compare-bricks", "--all-xattrs"] + bricks).text
  }

  /// Servers that work on the near brick, which are to be none when a tool has ended.
  func serversLeft() throws -> String {
    var text = ""
    // One that is ending takes a moment.
    for _ in 0..<200 {
      text = try output(["sh", "-c", "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -F '\(near)'"]).text
      if text.isEmpty { break }
      usleep(10_000)
    }
    return text
  }
}

/// Files as lines: creates with a write each.
func manyFiles(_ count: Int) throws -> [UInt8] {
  var lines: [String] = []
  for number in 1...count {
    let name = [UInt8](text: "f\(number)")
    lines.append(try MadeRequest.create(MadeRequest.root, name, number).line())
    lines.append(try MadeRequest.write(number, at: 0, name).line())
  }
  return numbered(lines)
}

/// Gives lines ids from 1/1 on.
func numbered(_ lines: [String]) -> [UInt8] {
  let text = lines.enumerated().map { index, line in
    line.replacing("\"id\":\"1\\/1\"", with: "\"id\":\"1\\/\(index + 1)\"")
  }
  return Array((text.joined(separator: "\n") + "\n").utf8)
}

/// A tool that runs while the test goes on.
final class RunningTool {
  let process = Process()
  private let errors = Pipe()

  init(
    _ name: String, _ arguments: [String], stdin: [UInt8] = [], into directory: String,
    environment: [String: String] = [:]
  ) throws {
    let input = URL(fileURLWithPath: directory + "/in")
    try Data(stdin).write(to: input)
    process.executableURL = try builtExecutable(name)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: input)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  /// Waits until something is so; false if the tool ended before.
  func wait(until isSo: () -> Bool) -> Bool {
    while process.isRunning {
      if isSo() { return true }
      usleep(2000)
    }
    return false
  }

  /// Sends a signal and waits; the signal that ended it, or its status, and what it told.
  func end(_ signal: Int32?) throws -> (signal: Int32?, status: Int32, stderr: String) {
    if let signal { kill(process.processIdentifier, signal) }
    let told = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let isSignal = process.terminationReason == .uncaughtSignal
    return (
      isSignal ? process.terminationStatus : nil, process.terminationStatus,
      String(decoding: told, as: UTF8.self)
    )
  }
}
