import Synchronization
import Testing

@testable import JBRCore

/// Far hosts within this process: real servers at the other end of a socket, which can be cut.
final class FarHost: Sendable {
  private struct State {
    var streams: [DescriptorStream] = []
    var threads: [JBRCore.Thread] = []
    var notes: [String] = []
    /// What serves the next connections instead of a server.
    var serve: (@Sendable (DescriptorStream) -> Void)?
  }
  private let state = Mutex(State())

  /// - Parameter serve: what stands for the server.
  init(serve: (@Sendable (DescriptorStream) -> Void)? = nil) {
    state.withLock { $0.serve = serve }
  }

  deinit { cut() }

  /// The hosts of a command; whatever their names are, this one serves them.
  func hosts(seconds: Int = 30) -> Hosts {
    Hosts(
      Hosts.Programs(shell: [], remote: "", seconds: seconds),
      note: { text in self.state.withLock { $0.notes.append(text) } },
      start: { _ throws(Failure) in
        let stream = try self.connect()
        return (
          stream,
          { () -> Int32 in
            stream.hangUp()
            return 0
          }
        )
      })
  }

  private func connect() throws(Failure) -> DescriptorStream {
    let (near, far) = try DescriptorStream.pair()
    let server: @Sendable (DescriptorStream) -> Void = { try? RemoteServer($0).run() }
    let serve = state.withLock { $0.serve } ?? server
    let thread = try JBRCore.Thread {
      serve(far)
      far.hangUp()
    }
    state.withLock { state in
      state.streams.append(near)
      state.threads.append(thread)
    }
    return near
  }

  /// Cuts all connections.
  func cut() { for stream in state.withLock({ $0.streams }) { stream.hangUp() } }

  /// Waits until all that serves has ended.
  func wait() {
    let threads = state.withLock { state in
      defer { state.threads = [] }
      return state.threads
    }
    for thread in threads { thread.join() }
  }

  var notes: [String] { state.withLock { $0.notes } }
  var connectionCount: Int { state.withLock { $0.streams.count } }
}

/// The failure of something that must fail.
func failure<Value>(of body: () throws -> Value) -> Failure? {
  do {
    _ = try body()
    return nil
  } catch let error as Failure {
    return error
  } catch let error as BrickError {
    return error.source
  } catch {
    return nil
  }
}
