import Foundation

/// What a tool did.
struct ToolRun: Sendable {
  var status: Int32
  var stdout: [UInt8]
  var stderr: String

  var text: String { String(decoding: stdout, as: UTF8.self) }
}

/// Starts a built executable of this package and waits for its end.
///
/// `environment` is added to this process' own; `wrapper` stands before the tool.
func runTool(
  _ name: String, _ arguments: [String], stdin: [UInt8] = [],
  environment: [String: String] = [:], wrapper: [String] = []
) throws -> ToolRun {
  let scratch = FileManager.default.temporaryDirectory
    .appendingPathComponent("jbr-run-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: scratch) }
  // Files instead of pipes: no tool can then wait for a reader of ours.
  func handle(_ name: String, _ content: [UInt8]) throws -> FileHandle {
    let file = scratch.appendingPathComponent(name)
    try Data(content).write(to: file)
    return try FileHandle(forUpdating: file)
  }
  let process = Process()
  let tool = try builtExecutable(name)
  process.executableURL = wrapper.isEmpty ? tool : URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = (wrapper.isEmpty ? [] : wrapper + [tool.path]) + arguments
  if !environment.isEmpty {
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
  }
  process.standardInput = try handle("in", stdin)
  process.standardOutput = try handle("out", [])
  process.standardError = try handle("err", [])
  try process.run()
  endLate(process)
  process.waitUntilExit()
  let output = try Data(contentsOf: scratch.appendingPathComponent("out"))
  let errors = try Data(contentsOf: scratch.appendingPathComponent("err"))
  // A signal is told apart from any exit status, as a shell does.
  let isSignal = process.terminationReason == .uncaughtSignal
  return ToolRun(
    status: process.terminationStatus + (isSignal ? 128 : 0), stdout: Array(output),
    stderr: String(decoding: errors, as: UTF8.self))
}

/// Starts a built executable of this package and kills it after a while.
///
/// - Returns: its exit status where it had ended by itself before.
func runTool(
  _ name: String, _ arguments: [String], killedAfter milliseconds: Int
) throws -> Int32? {
  let process = Process()
  process.executableURL = try builtExecutable(name)
  process.arguments = arguments
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  usleep(UInt32(milliseconds * 1000))
  kill(process.processIdentifier, SIGKILL)
  process.waitUntilExit()
  return process.terminationReason == .exit ? process.terminationStatus : nil
}

/// Ends a tool that should have ended long ago, so that a test fails and does not hang.
func endLate(_ process: Process) {
  let number = process.processIdentifier
  DispatchQueue.global().asyncAfter(deadline: .now() + 120) { [weak process] in
    if process?.isRunning == true { kill(number, SIGKILL) }
  }
}

/// Executables are built beside the tests' own.
func builtExecutable(_ name: String) throws -> URL {
  let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
  let tests = bundles.first ?? Bundle.main.executableURL
  guard let directory = tests?.deletingLastPathComponent() else {
    throw CocoaError(.fileNoSuchFile)
  }
  return directory.appendingPathComponent(name)
}

/// A file or directory of `Tests/Samples`.
func samplePath(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Samples/\(name)").path
}

/// Gives a test a directory of its own, which goes with it.
func scratch(_ body: (String) throws -> Void) throws {
  let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("jbr-scratch-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  try body(path)
}
