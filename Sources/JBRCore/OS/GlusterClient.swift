import Glibc
import Synchronization

/// A connection to a brick through GlusterFS' client library, for the process' whole life: to
/// take one down the library needs ten seconds, so that nobody does.
///
/// Any thread may call it, and each call waits for the brick's answer.
@safe final class GlusterClient: @unchecked Sendable {
  /// The level of the library's log at which there are errors only.
  private static let logLevel: CInt = 4
  /// How often it is looked whether the connection is there.
  private static let intervalMicroseconds: UInt32 = 2000

  let library: GlusterLibrary
  let instance: GlusterLibrary.Instance
  private let gate = Gate()

  /// What became of the connecting: 0, or an errno.
  private let answer = Mutex<CInt?>(nil)

  private init(_ library: GlusterLibrary, _ instance: GlusterLibrary.Instance) {
    self.library = library
    unsafe self.instance = instance
  }

  /// Connects through a client graph.
  ///
  /// - Parameters:
  ///   - volfile: the graph, which somebody has checked: GlusterFS runs commands that are in it.
  ///   - path: where it came from, for messages.
  ///   - address: where the brick is, for messages.
  ///   - milliseconds: how long to wait. A brick that refuses a login, or that never answers, is
  ///     waited for by the library without end.
  /// - Returns: the connection, once the brick has let it in.
  /// - Throws: `unavailable` where GlusterFS is not installed, `cannotOpen` where the brick says
  ///   no, `ioError` where it says nothing. Then the library must not be called again.
  static func connect(
    _ volfile: ByteView, path: String, address: String, milliseconds: Int
  ) throws(Failure) -> GlusterClient {
    let library = try GlusterLibrary()
    let graph = try MemoryFile(volfile)
    let log = try MemoryFile()
    guard let instance = unsafe library.new("jbr") else {
      throw Failure(.unavailable, "GlusterFS' client library does not start", path: path)
    }
    let client = unsafe GlusterClient(library, instance)
    guard unsafe library.setVolfile(instance, graph.path) == 0,
      unsafe library.setLogging(instance, log.path, Self.logLevel) == 0
    else {
      throw Failure(
        .unavailable, "GlusterFS' client library does not start: \(errorText(errno))", path: path)
    }
    // A write to a brick that has just gone must be an error of that call, and no signal.
    signal(SIGPIPE, SIG_IGN)
    _ = try Thread {
      errno = 0
      let result = unsafe library.initialise(client.instance)
      let number = result == 0 ? 0 : errno == 0 ? EIO : errno
      client.answer.withLock { $0 = number }
      // What the library reads is there until it has read it.
      withExtendedLifetime(graph) {}
    }
    try client.wait(milliseconds, log, path, address)
    return client
  }

  private func wait(
    _ milliseconds: Int, _ log: MemoryFile, _ path: String, _ address: String
  ) throws(Failure) {
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(milliseconds)
    while true {
      let answer = answer.withLock { $0 }
      if answer == 0 { return }
      let reason = try GlusterLog.reason(log.text())
      if answer == nil, clock.now < end, reason?.isRefusal != true {
        usleep(Self.intervalMicroseconds)
        continue
      }
      throw Self.failure(answer, reason, milliseconds, path, address)
    }
  }

  private static func failure(
    _ answer: CInt?, _ reason: GlusterLog.Reason?, _ milliseconds: Int, _ path: String,
    _ address: String
  ) -> Failure {
    let why = reason.map { ": " + $0.text } ?? ""
    // The library says ENOENT, and not why, where its own translator is missing.
    if answer == ENOENT || reason?.isMissingFile == true {
      return Failure(
        .unavailable, "GlusterFS lacks a translator\(why); \(GlusterLibrary.packages)",
        path: path)
    }
    if reason?.isRefusal == true {
      return Failure(
        .cannotOpen, "the brick at \(address) refuses the connection\(why)", path: path)
    }
    guard let answer else {
      return Failure(
        .ioError, "the brick at \(address) does not answer within \(milliseconds / 1000) s\(why)",
        path: path)
    }
    return Failure(
      .ioError,
      "cannot connect to the brick at \(address): \(errorText(answer))\(why); "
        + "is its server running?", path: path, errno: answer)
  }

  // MARK: Calls

  /// Lets nobody call any more: to be used before the process ends while other threads may be in
  /// calls. Waits for those, but not for ever.
  func shut(milliseconds: Int) { gate.shut(milliseconds: milliseconds) }

  /// Makes a call; `errno` is that of the call.
  func perform<Result>(_ body: () -> Result) -> Result {
    gate.enter()
    // It leaves errno as it is.
    defer { gate.leave() }
    errno = 0
    return body()
  }

  func checked(_ call: String, _ body: () -> CInt) throws(SystemError) {
    guard perform(body) == 0 else { throw Self.last(call) }
  }

  /// What the last call said. The library forgets its errno in places.
  static func last(_ call: String) -> SystemError { SystemError(errno == 0 ? EIO : errno, call) }

  /// Finds an object by its 16 bytes; nil if there is none.
  func object(_ id: [UInt8]) throws(SystemError) -> (object: GlusterObject, status: stat)? {
    var status = stat()
    let found = unsafe perform {
      unsafe library.object(instance, id, CInt(id.count), &status)
    }
    guard let found = unsafe found else {
      if errno == ENOENT || errno == ESTALE { return nil }
      throw Self.last("lookup")
    }
    return (unsafe GlusterObject(self, found), status)
  }
}

/// What GlusterFS says in its log, which is the only place where it says why.
enum GlusterLog {
  struct Reason {
    var text: String

    /// Whether the brick answered, and said no.
    var isRefusal: Bool { text.contains("SETVOLUME on remote-host failed") }

    /// Whether a part of GlusterFS is not installed.
    var isMissingFile: Bool { text.contains("cannot open shared object file") }
  }

  /// The first error that says that a file is missing or that the brick said no, or else the
  /// first of all, from which the others follow; nil if there is none.
  static func reason(_ log: String) -> Reason? {
    var first: Reason?
    for line in log.split(separator: "\n") where line.contains("] E [") {
      let reason = Reason(text: message(of: line))
      if reason.isRefusal || reason.isMissingFile { return reason }
      first = first ?? reason
    }
    return first
  }

  /// What all errors say, in their order.
  static func errors(_ log: String) -> [String] {
    log.split(separator: "\n").filter { $0.contains("] E [") }.map(message)
  }

  /// A line without time, number and place in the source: what stands behind `0-VOLUME: `.
  private static func message(of line: Substring) -> String {
    guard let start = line.firstRange(of: "] 0-")?.upperBound,
      let end = line[start...].firstRange(of: ": ")?.upperBound
    else { return String(line) }
    var text = line[end...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
