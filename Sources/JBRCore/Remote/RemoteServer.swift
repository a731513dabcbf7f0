import Synchronization

/// The far end: does what the tool that started it asks for, until that tool goes away.
///
/// A thread takes requests off the wire, so that it is seen at once when the other side is gone;
/// another one does them, in their order. What was begun then is finished, what waits is left.
public final class RemoteServer: Sendable {
  private let stream: DescriptorStream

  /// Serves who is at the other end of standard input and output.
  public init() { stream = DescriptorStream() }

  init(_ stream: DescriptorStream) { self.stream = stream }

  /// Serves until the other side is gone; all locks are free then.
  ///
  /// - Throws: `usage` if nobody is there who speaks the protocol; `tryAgain` if the other side
  ///   fell silent; `ioError` for what it should not have sent.
  public func run() throws(Failure) {
    let channel = try greet()
    try channel.keepAlive()
    let inbox = Inbox()
    let worker = try Thread {
      let desk = RemoteDesk()
      while let message = inbox.take() {
        do throws(WireChannel.Trouble) { try channel.send(desk.answer(message)) } catch { break }
      }
    }
    var trouble = WireChannel.Trouble.ended(after: [])
    do throws(WireChannel.Trouble) {
      while inbox.put(try channel.receive()) {}
      trouble = .malformed([])
    } catch { trouble = error }
    inbox.close()
    channel.end()
    worker.join()
    switch trouble {
    case .ended: return
    case .silence(let seconds):
      throw Failure(.tryAgain, "nothing was heard for \(seconds) seconds", path: "connection")
    case .malformed:
      throw Failure(.ioError, "what came is no request", path: "connection")
    }
  }

  private func greet() throws(Failure) -> WireChannel {
    // Only until it is known how patient the other side is.
    let first = WireChannel(stream, seconds: Self.greetingSeconds)
    let bytes = try? first.take(RemoteGreeting.byteCount, patiently: false)
    guard let bytes, let greeting = RemoteGreeting(bytes) else {
      throw Failure(
        .usage, "is started by the tools on other hosts, and not by hand", field: "serve")
    }
    let seconds = Int(min(max(greeting.seconds, 1), 86_400))
    let channel = WireChannel(stream, seconds: seconds)
    try? channel.sendPlain(RemoteGreeting(seconds: seconds).bytes)
    guard greeting.version == RemoteGreeting.protocolVersion else {
      throw Failure(.unavailable, "the other side speaks protocol \(greeting.version)")
    }
    return channel
  }

  private static let greetingSeconds = 60
}

/// Requests that came and were not looked at yet.
private final class Inbox: Sendable {
  /// More than any client of ours has under way.
  private static let countMax = 2048
  private static let byteCountMax = 64 << 20

  private struct State {
    var messages: [[UInt8]] = []
    var byteCount = 0
    var isClosed = false
  }
  private let state = Mutex(State())
  private let filled = Semaphore()

  /// - Returns: false for more than a client may send ahead.
  func put(_ message: [UInt8]) -> Bool {
    let fits = state.withLock { state in
      state.messages.append(message)
      state.byteCount += message.count
      return state.messages.count <= Self.countMax && state.byteCount <= Self.byteCountMax
    }
    filled.post()
    return fits
  }

  /// The next message; nil once it is closed, whatever waits.
  func take() -> [UInt8]? {
    filled.wait()
    return state.withLock { state in
      guard !state.isClosed, !state.messages.isEmpty else { return nil }
      let message = state.messages.removeFirst()
      state.byteCount -= message.count
      return message
    }
  }

  func close() {
    state.withLock { $0.isClosed = true }
    filled.post()
  }
}

/// What an answer is of. The numbers are the protocol's.
enum AnswerKind: UInt8, Wire {
  case value = 0
  case failure = 1
  case brickError = 2
}
