import Synchronization

/// A brick behind GlusterFS, ready to be changed: connected, and locked against other replays.
///
/// Whoever has one calls `close` at the end, and then ends the process without more ado: the
/// library's threads go on until then.
public final class GlusterReplica {
  /// How long a brick may take to answer. A refused login shows long before.
  private static let connectMilliseconds = 10_000
  /// How long a signal waits for the call that is being made.
  private static let callMilliseconds = 2_000

  public let brick: GlusterBrick
  /// The brick's directory, where it is on this machine and its server is ours.
  public let native: NativeBrick?
  private let server: PrivateServer?
  private let calls = Calls()

  /// Connects to a brick. If the graph's private server is to be started, the brick must be used
  /// by nobody else.
  ///
  /// - Parameters:
  ///   - graph: leads to the brick.
  ///   - creating: whether an empty or missing directory becomes a brick, as with `NativeBrick`;
  ///     for a brick of this machine only.
  ///   - isLocking: whether the brick is to be changed.
  ///   - preparing: what is to be done on a brick of this machine before its server sees it.
  /// - Throws: `unavailable` where GlusterFS is not installed, `tryAgain` where the brick is in
  ///   use, `cannotOpen` where it refuses the login, `ioError` where it does not answer.
  public init(
    _ graph: GlusterGraph, creating: Bool = false, isLocking: Bool = true,
    preparing: (NativeBrick) throws(Failure) -> Void = { _ in }
  ) throws(Failure) {
    if let server = graph.server {
      let directory = try Self.takeOver(server, creating: creating)
      try preparing(directory)
      native = directory
      self.server = try PrivateServer(server)
    } else {
      native = nil
      server = nil
    }
    // Before the library has threads, which would take the signals.
    let calls = calls
    if let server {
      Interruption.onSignal {
        calls.ending.lock()
        calls.client.withLock { $0 }?.shut(milliseconds: Self.callMilliseconds)
        server.end()
      }
    }
    do throws(Failure) {
      let client = try GlusterClient.connect(
        graph.text.exactBytes[...], path: graph.path, address: graph.address,
        milliseconds: Self.connectMilliseconds)
      calls.client.withLock { $0 = client }
      brick = GlusterBrick(client, native: native)
      if isLocking { try lock(graph.path) }
    } catch {
      calls.ending.lock()
      let cause = server?.failure()
      server?.end()
      throw cause ?? error
    }
  }

  /// What the thread that waits for signals must know.
  private final class Calls: Sendable {
    /// Who makes calls, once there are any.
    let client = Mutex<GlusterClient?>(nil)
    /// Locked for good by who ends the server: a signal, or else the run. The other one waits for
    /// the process' end, and takes an ended server for no trouble.
    let ending = ThreadLock()
  }

  /// Locks a brick of this machine and finishes what a replay onto its directory left half-done,
  /// before a server sees it.
  private static func takeOver(
    _ server: GlusterServerGraph, creating: Bool
  ) throws(Failure) -> NativeBrick {
    if let user = processUsing([server.brick]) {
      throw Failure(
        .tryAgain, "is in use: process \(user.process) has \(user.path) open; stop it first",
        path: server.brick)
    }
    let brick = try NativeBrick(path: server.brick, creating: creating)
    try brick.lock()
    do throws(BrickError) {
      _ = try brick.openScratch()
      let key = ByteView("trusted.glusterfs.volume-id".utf8)
      if creating, let id = server.volumeID, try brick.xattr(.root, key) == nil {
        try brick.setXattr(.root, key, id.bytes[...], .create)
      }
    } catch {
      throw Failure(error, path: server.brick)
    }
    return brick
  }

  private func lock(_ path: String) throws(Failure) {
    do throws(BrickError) {
      guard try brick.lock() else {
        throw BrickError(EBUSY, "lock")
      }
    } catch  where error.errno == EBUSY {
      throw Failure(.tryAgain, "the brick is in use by another replay", path: path)
    } catch  where error.errno == ENOSYS || error.errno == EOPNOTSUPP {
      throw Failure(
        .unavailable,
        "the brick's graph lacks features/locks, by which replays keep off each "
          + "other", path: path)
    } catch {
      throw Failure(error, path: path)
    }
  }

  /// Lets others at the brick, and ends the private server if there is one.
  public func close() {
    calls.ending.lock()
    brick.unlock()
    server?.end()
  }
}
