import Glibc

/// Bytes that go both ways between two processes. Who waits never waits for ever.
///
/// One thread may receive while others send; those that send must keep apart themselves.
final class DescriptorStream: Sendable {
  /// What a pipe takes without blocking once it takes anything (PIPE_BUF).
  private static let partByteCount = 4096
  private let input: CInt
  private let output: CInt
  /// Whether the two are a socket of its own, to be closed with it.
  private let isSocket: Bool

  /// What receiving and sending come to.
  enum Outcome: Equatable {
    case done(Int)
    /// Nothing could be done within the time.
    case silence
    /// The other end is gone.
    case ended
  }

  init(socket: CInt) {
    input = socket
    output = socket
    isSocket = true
  }

  /// Standard input and output.
  init() {
    input = 0
    output = 1
    isSocket = false
  }

  deinit { if isSocket { _ = close(input) } }

  /// Two ends of one stream.
  static func pair() throws(Failure) -> (DescriptorStream, DescriptorStream) {
    var ends: [CInt] = [0, 0]
    let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else {
      throw .system("open", path: "socket", .unavailable)
    }
    return (DescriptorStream(socket: ends[0]), DescriptorStream(socket: ends[1]))
  }

  /// Ends it for both sides; who waits for it goes on.
  func hangUp() {
    guard isSocket else { return }
    shutdown(input, CInt(SHUT_RDWR))
  }

  /// Appends what has come, at most `countMax` bytes, to a buffer.
  func receive(into buffer: inout [UInt8], countMax: Int, milliseconds: Int) -> Outcome {
    guard wait(input, POLLIN, milliseconds) else { return .silence }
    let block = unsafe [UInt8](unsafeUninitializedCapacity: countMax) { space, used in
      used = max(0, retrying { unsafe Glibc.read(input, space.baseAddress, countMax) })
    }
    buffer += block
    return block.isEmpty ? .ended : .done(block.count)
  }

  /// Sends a first part of some bytes.
  func send(_ bytes: ByteView, milliseconds: Int) -> Outcome {
    guard wait(output, POLLOUT, milliseconds) else { return .silence }
    let sent = unsafe bytes.withUnsafeBytes { space in
      retrying {
        isSocket
          ? unsafe Glibc.send(
            output, space.baseAddress, space.count,
            CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
          : unsafe Glibc.write(
            output, space.baseAddress, min(space.count, Self.partByteCount))
      }
    }
    if sent >= 0 { return .done(sent) }
    return errno == EAGAIN ? .silence : .ended
  }

  private func wait(_ descriptor: CInt, _ events: CInt, _ milliseconds: Int) -> Bool {
    var look = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    return retrying { unsafe poll(&look, 1, CInt(clamping: milliseconds)) } > 0
  }
}
