import Synchronization

/// Frames that go both ways over a stream of bytes.
///
/// A frame is its length as sent, its length as meant (both 32 bits, little-endian), and as many
/// bytes: as they are if the two are equal, else one zstd frame. A frame without bytes says only
/// that the sender is still there. Both sides send these all the time: a cable that is pulled
/// closes no connection, and the far end must not keep its locks for ever.
final class WireChannel: Sendable {
  /// More than any message has, and little enough to be allocated on a stranger's word.
  static let frameByteCountMax = 16 << 20
  /// Below this, compressing is not worth its time.
  private static let compressedByteCountMin = 512
  private static let blockByteCount = 256 << 10
  private static let headerByteCount = 8

  /// How frames end that do not come or cannot go.
  enum Trouble: Error {
    /// With what came last, if it was no whole frame.
    case ended(after: [UInt8])
    case silence(seconds: Int)
    /// Bytes that are no frame.
    case malformed([UInt8])
  }

  private let stream: DescriptorStream
  private let seconds: Int
  private let received = Mutex(Received())
  private let sending = Mutex(())
  private let isOver = Atomic(false)
  private let sentCount = Atomic(0)
  private let receivedCount = Atomic(0)

  private struct Received {
    var buffer: [UInt8] = []
    var start = 0
  }

  /// `seconds`: how long the other side may be silent.
  init(_ stream: DescriptorStream, seconds: Int) {
    self.stream = stream
    self.seconds = seconds
  }

  /// The bytes that went over the wire so far.
  var byteCounts: (sent: Int, received: Int) {
    (sentCount.load(ordering: .relaxed), receivedCount.load(ordering: .relaxed))
  }

  /// Ends the channel for who waits in it.
  func end() { isOver.store(true, ordering: .relaxed) }

  /// Says that this side is there, until the channel ends.
  func keepAlive() throws(Failure) {
    let interval = max(1, seconds * 1000 / 4)
    _ = try Thread { [weak self] in
      var waited = 0
      while true {
        guard let self, !self.isOver.load(ordering: .relaxed) else { return }
        if waited >= interval {
          waited = 0
          do { try self.sendFrame([], contentCount: 0) } catch { return }
        }
        waited += Self.tickMilliseconds
        sleep(microseconds: UInt32(Self.tickMilliseconds) * 1000)
      }
    }
  }

  private static let tickMilliseconds = 50

  func send(_ message: [UInt8]) throws(Trouble) {
    if message.count >= Self.compressedByteCountMin,
      let frame = try? Zstd.frame(message[...]), frame.count < message.count
    {
      return try sendFrame(frame, contentCount: message.count)
    }
    try sendFrame(message, contentCount: message.count)
  }

  private func sendFrame(_ bytes: [UInt8], contentCount: Int) throws(Trouble) {
    var frame: [UInt8] = []
    frame.reserveCapacity(Self.headerByteCount + bytes.count)
    frame.append(integer: UInt32(bytes.count))
    frame.append(integer: UInt32(contentCount))
    frame += bytes
    try sendPlain(frame)
  }

  /// Sends bytes that are no frame.
  func sendPlain(_ bytes: [UInt8]) throws(Trouble) {
    let trouble = sending.withLock { _ in sendAll(bytes) }
    if let trouble { throw trouble }
  }

  private func sendAll(_ frame: [UInt8]) -> Trouble? {
    var rest = frame[...]
    var silent = 0
    while !rest.isEmpty {
      if isOver.load(ordering: .relaxed) { return .ended(after: []) }
      switch stream.send(rest, milliseconds: Self.tickMilliseconds) {
      case .done(let count):
        rest = rest.dropFirst(count)
        silent = 0
        sentCount.wrappingAdd(count, ordering: .relaxed)
      case .silence:
        silent += Self.tickMilliseconds
        if silent > seconds * 1000 { return .silence(seconds: seconds) }
      case .ended: return .ended(after: [])
      }
    }
    return nil
  }

  /// The next message; waits for it as long as the other side is there.
  func receive(patiently: Bool = false) throws(Trouble) -> [UInt8] {
    while true {
      let header = try take(Self.headerByteCount, patiently: patiently)
      let sent = Int(header[...].load(0, as: UInt32.self))
      let content = Int(header[...].load(4, as: UInt32.self))
      guard sent <= content, content <= Self.frameByteCountMax else { throw .malformed(header) }
      if content == 0 { continue }
      let bytes = try take(sent, patiently: false)
      if sent == content { return bytes }
      guard let message = Zstd.content(bytes[...], count: content) else {
        throw .malformed(header)
      }
      return message
    }
  }

  /// Takes bytes as they come, without a frame; `patiently` for what people may have to type
  /// a passphrase for.
  func take(_ count: Int, patiently: Bool) throws(Trouble) -> [UInt8] {
    let result = received.withLock { taking(count, patiently: patiently, &$0) }
    return try result.get()
  }

  private func taking(
    _ count: Int, patiently: Bool, _ received: inout Received
  ) -> Result<[UInt8], Trouble> {
    var silent = 0
    while received.buffer.count - received.start < count {
      if isOver.load(ordering: .relaxed) { return .failure(.ended(after: [])) }
      let outcome = stream.receive(
        into: &received.buffer, countMax: Self.blockByteCount, milliseconds: Self.tickMilliseconds)
      switch outcome {
      case .done(let count):
        silent = 0
        receivedCount.wrappingAdd(count, ordering: .relaxed)
      case .silence:
        silent += Self.tickMilliseconds
        if silent > seconds * 1000, !patiently { return .failure(.silence(seconds: seconds)) }
      case .ended:
        return .failure(.ended(after: Array(received.buffer[received.start...])))
      }
    }
    let bytes = Array(received.buffer[received.start..<received.start + count])
    received.start += count
    if received.start == received.buffer.count {
      received.buffer.removeAll(keepingCapacity: true)
      received.start = 0
    } else if received.start > Self.frameByteCountMax {
      received.buffer.removeFirst(received.start)
      received.start = 0
    }
    return .success(bytes)
  }
}
