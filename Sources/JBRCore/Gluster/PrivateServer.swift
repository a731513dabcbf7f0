/// A `glusterfsd` that this process started for a brick of this machine, and ends again.
final class PrivateServer: Sendable {
  /// Debian's place, and that of an installation from source.
  private static let programs = ["/usr/sbin/glusterfsd", "/usr/local/sbin/glusterfsd"]
  private static let startMillisecondsMax = 15_000
  private static let endMillisecondsMax = 10_000
  private static let intervalMicroseconds: UInt32 = 2000
  /// How long a server that fails takes to end.
  private static let failureMilliseconds = 500
  private let child: ChildProcess
  private let graph: GlusterServerGraph
  private let log: MemoryFile

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
    let volfile = try MemoryFile(graph.text.exactBytes[...])
    log = try MemoryFile()
    self.graph = graph
    child = try ChildProcess(program, ["-N", "-f", volfile.path, "-l", log.path, "-L", "ERROR"])
    do throws(Failure) {
      try wait()
    } catch {
      end()
      throw error
    }
  }

  private func wait() throws(Failure) {
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(Self.startMillisecondsMax)
    while !isListening(graph.socket) {
      if let failure = failure(within: 0) { throw failure }
      guard clock.now < end else {
        throw Failure(
          .ioError,
          "the brick's server does not listen within "
            + "\(Self.startMillisecondsMax / 1000) s", path: graph.path)
      }
      sleep(microseconds: Self.intervalMicroseconds)
    }
  }

  /// Why the server ended by itself; nil if it has not. It listens before it looks at the brick,
  /// so that one learns of some troubles only by connecting.
  func failure() -> Failure? { failure(within: Self.failureMilliseconds) }

  private func failure(within milliseconds: Int) -> Failure? {
    var left = milliseconds
    while child.isRunning {
      guard left > 0 else { return nil }
      sleep(microseconds: 1000)
      left -= 1
    }
    let reason = (try? log.text()).flatMap(GlusterLog.reason)
    let why = reason.map { ": " + $0.text } ?? ""
    if reason?.isMissingFile == true {
      return Failure(
        .unavailable, "GlusterFS lacks a translator\(why); \(GlusterLibrary.packages)",
        path: graph.path)
    }
    return Failure(.ioError, "the brick's server has ended at once\(why)", path: graph.path)
  }

  /// Ends the server, and waits until it has let go of the brick.
  func end() {
    child.end(milliseconds: Self.endMillisecondsMax)
    removeSocket(graph.socket)
  }
}
