/// A `glusterfsd` that this process started for a brick of this machine, and ends again.
final class PrivateServer: Sendable {
  /// Debian's place, and that of an installation from source.
  private static let programs = ["/usr/sbin/glusterfsd", "/usr/local/sbin/glusterfsd"]
  private static let startMillisecondsMax = 15_000
  private static let endMillisecondsMax = 10_000
  private static let intervalMicroseconds: UInt32 = 2000
  private let child: ChildProcess
  private let socket: String

  /// Starts the server and waits until it listens. Nobody may use the brick: see
  /// `processUsing`.
  init(_ graph: GlusterServerGraph) throws(Failure) {
    guard let program = executable(Self.programs) else {
      throw Failure(
        .unavailable, "is missing: \(GlusterLibrary.packages)", path: Self.programs[0])
    }
    guard !isListening(graph.socket) else {
      throw Failure(.tryAgain, "a process listens there already", path: graph.socket)
    }
    let volfile = try MemoryFile(ByteView(graph.text.utf8))
    let log = try MemoryFile()
    child = try ChildProcess(program, ["-N", "-f", volfile.path, "-l", log.path, "-L", "ERROR"])
    socket = graph.socket
    do throws(Failure) {
      try wait(graph, log)
    } catch {
      end()
      throw error
    }
  }

  private func wait(_ graph: GlusterServerGraph, _ log: MemoryFile) throws(Failure) {
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(Self.startMillisecondsMax)
    while !isListening(socket) {
      let isRunning = child.isRunning
      if isRunning, clock.now < end {
        sleep(microseconds: Self.intervalMicroseconds)
        continue
      }
      let reason = try GlusterLog.reason(log.text())
      let why = reason.map { ": " + $0.text } ?? ""
      if reason?.isMissingFile == true {
        throw Failure(
          .unavailable, "GlusterFS lacks a translator\(why); \(GlusterLibrary.packages)",
          path: graph.path)
      }
      throw Failure(
        .ioError,
        isRunning
          ? "the brick's server does not listen within \(Self.startMillisecondsMax / 1000) s\(why)"
          : "the brick's server has ended at once\(why)", path: graph.path)
    }
  }

  /// Ends the server, and waits until it has let go of the brick.
  func end() {
    child.end(milliseconds: Self.endMillisecondsMax)
    removeSocket(socket)
  }
}
