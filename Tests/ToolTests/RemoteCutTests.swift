import Foundation
import Testing

/// What is left of the tools when a connection is cut in the middle, or a user has enough.
@Suite(.serialized) struct RemoteCutTests {
  /// An apply that has begun, and stands still.
  private final class StoppedApply {
    let process = Process()
    private let errors = Pipe()

    init(
      _ set: ReplicaSetSample, _ plan: String, _ environment: [String: String], wrapper: [String]
    ) throws {
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments =
        wrapper + [try builtExecutable("jbr-reconcile").path, "apply", "--yes", plan]
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      process.standardOutput = FileHandle.nullDevice
      process.standardError = errors
      try process.run()
      while process.isRunning {
        let progress = FileManager.default.contents(atPath: plan + ".progress")
        // The first group of steps is done once the second one is announced.
        if progress?.filter({ $0 == UInt8(ascii: "\n") }).count ?? 0 > 1 { break }
        usleep(200)
      }
      kill(process.processIdentifier, SIGSTOP)
      try #require(process.isRunning, "it was done before it could be stopped")
    }

    /// Lets it go on to its end.
    func end() -> (status: Int32, stderr: String) {
      kill(process.processIdentifier, SIGCONT)
      let text = errors.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }
  }

  private func planned(
    _ set: ReplicaSetSample, _ arguments: [String], _ environment: [String: String],
    wrapper: [String] = []
  ) throws -> String {
    let file = set.file("far.jsonl")
    let run = try runTool(
      "jbr-reconcile", ["plan", "-o", file] + arguments, environment: environment,
      wrapper: wrapper)
    #expect(run.status == 0, "\(run.stderr)")
    return file
  }

  private func expectCut(_ end: (status: Int32, stderr: String), host: String) {
    #expect(end.status == 75, "\(end.stderr)")
    let lines = end.stderr.split(separator: "\n").filter { $0.hasPrefix("jbr-") }
    #expect(lines.count == 1, "\(end.stderr)")
    #expect(lines.first?.contains("jbr-reconcile: \(host): ") == true, "\(end.stderr)")
    #expect(lines.first?.contains("run the same command again") == true, "\(end.stderr)")
  }

  /// Runs the same command again until the far end has let go, and expects that all is done.
  private func finish(
    _ set: ReplicaSetSample, _ plan: String, _ arguments: [String],
    _ environment: [String: String], wrapper: [String] = []
  ) throws {
    var run = ToolRun(status: 75, stdout: [], stderr: "")
    for _ in 0..<20 where run.status == 75 {
      run = try runTool(
        "jbr-reconcile", ["apply", "--yes", plan], environment: environment, wrapper: wrapper)
      if run.status == 75 { sleep(1) }
    }
    #expect(run.status == 0, "\(run.stderr)")
    #expect(try run.lines.last?.number("already_applied") ?? 0 > 0)
    let verified = try runTool(
      "jbr-reconcile", ["verify"] + arguments, environment: environment, wrapper: wrapper)
    #expect(verified.status == 0, "\(verified.text.prefix(300))\(verified.stderr)")
    try set.expectEqualBricks()
  }

  @Test func anApplyWhoseCableIsPulledIsFinishedByTheNext() throws {
    let network = try FarNamespaces()
    let set = try ReplicaSetSample("follower-down")
    let environment = try network.environment(seconds: 3)
    let arguments = set.arguments(on: [""] + network.addresses)
    let file = try planned(set, arguments, environment, wrapper: network.wrapper)
    let apply = try StoppedApply(set, file, environment, wrapper: network.wrapper)
    try network.setLink(1, up: false)
    expectCut(apply.end(), host: network.addresses[1])
    try network.setLink(1, up: true)
    try finish(set, file, arguments, environment, wrapper: network.wrapper)
  }

  /// Planning only looks, and goes on over a new connection.
  @Test func aPlanWhoseConnectionIsCutConnectsAgain() throws {
    let set = try ReplicaSetSample("follower-down")
    let stand = try ShellStandIn(set)
    var environment = stand.environment
    environment["JBR_CUT_BEHIND"] = "20000"
    environment["JBR_RSH_TIMEOUT"] = "8"
    let arguments = set.arguments(on: ["", "", "far"])
    let file = set.file("far.jsonl")
    let run = try runTool(
      "jbr-reconcile", ["plan", "-o", file] + arguments, environment: environment)
    #expect(run.status == 0, "\(run.stderr)")
    #expect(run.stderr.contains("jbr-reconcile: far: the connection was cut: connecting again"))
    #expect(try stand.calls().count == 2)
    let near = try set.plan("near.jsonl").of("step").count
    let far = try JSONLine.all(Data(contentsOf: URL(fileURLWithPath: file))).of("step").count
    #expect(near > 0)
    #expect(far == near)
  }

  @Test func anApplyWhoseFarEndIsKilledIsFinishedByTheNext() throws {
    let set = try ReplicaSetSample("follower-down")
    let stand = try ShellStandIn(set)
    let arguments = set.arguments(on: ["", "", "far"])
    let file = try planned(set, arguments, stand.environment)
    let apply = try StoppedApply(set, file, stand.environment, wrapper: [])
    for number in try stand.running(seconds: 0).compactMap({ Int32($0) }) { kill(number, SIGKILL) }
    expectCut(apply.end(), host: "far")
    try finish(set, file, arguments, stand.environment)
  }

  /// Ctrl-C reaches the tool and leaves nothing on either side.
  @Test(arguments: [SIGINT, SIGKILL])
  func anInterruptedApplyLeavesNoProcessBehind(signal: Int32) throws {
    let set = try ReplicaSetSample("follower-down")
    let shell = try SecureShell()
    let stand = try ShellStandIn(set)
    var environment = try shell.environment()
    environment["JBR_REMOTE_PATH"] = stand.farTool
    let arguments = set.arguments(on: ["", "", "127.0.0.1"])
    let file = try planned(set, arguments, environment)
    #expect(try stand.running() == [])
    // The tests' threads block signals, and their children inherit that.
    let unblocking =
      "import os, signal, sys; signal.pthread_sigmask(signal.SIG_SETMASK, []); "
      + "os.execv(sys.argv[1], sys.argv[1:])"
    let apply = try StoppedApply(
      set, file, environment, wrapper: ["python3", "-c", unblocking])
    #expect(try stand.running(seconds: 0).count == 1)
    kill(apply.process.processIdentifier, signal)
    _ = apply.end()
    #expect(apply.process.terminationReason == .uncaughtSignal)
    #expect(try stand.running() == [])
    try finish(set, file, arguments, environment)
  }

  @Test func aFarBrickInUseIsLeftAlone() throws {
    let set = try ReplicaSetSample("14-jbr3-quorum-loss")
    let stand = try ShellStandIn(set)
    let file = try planned(set, set.arguments(on: ["far", "", ""]), stand.environment)
    func expectRefused(_ text: String) throws {
      let run = try runTool(
        "jbr-reconcile", ["apply", "--yes", file], environment: stand.environment)
      #expect(run.status == 75, "\(run.stderr)")
      #expect(run.stderr.contains("far:" + set.brick(0)), "\(run.stderr)")
      #expect(run.stderr.contains(text), "\(run.stderr)")
    }
    for (command, text) in [
      (["sleep", "600"], "in use by process"),
      (["flock", set.brick(0), "sleep", "600"], "locked by another tool"),
    ] {
      let user = Process()
      user.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      user.arguments = command
      user.currentDirectoryURL = URL(
        fileURLWithPath: command[0] == "sleep" ? set.brick(0) : set.directory)
      try user.run()
      usleep(300_000)
      try expectRefused(text)
      // Its child holds the lock, too.
      for child in try output(["pgrep", "-P", "\(user.processIdentifier)"]).text.split(
        separator: "\n")
      {
        if let number = Int32(child) { kill(number, SIGKILL) }
      }
      kill(user.processIdentifier, SIGKILL)
      user.waitUntilExit()
    }
  }
}
