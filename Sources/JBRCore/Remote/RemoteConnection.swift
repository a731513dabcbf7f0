import Synchronization

/// How a far host is reached: starts what serves there.
struct RemoteStarter: Sendable {
  /// For messages.
  var host: String
  /// How long both sides may be silent.
  var seconds: Int
  /// Whether the far end may take as long as it likes to say who it is.
  var isPatient = false
  /// The stream to the far end, and what tells how it ended once it did.
  var start: @Sendable () throws(Failure) -> Far
  /// Tells the user something.
  var note: @Sendable (String) -> Void
}

/// The way to one far host. Many requests can be under way at once; the answers come in order.
///
/// What is only looked at is asked for again over a new connection if the old one was cut. Once
/// something was locked or changed there, a cut is the end: what the far end came to do is seen by
/// the next run.
final class RemoteConnection: Sendable {
  let starter: RemoteStarter
  private let state = Mutex(State())

  struct State {
    var channel: WireChannel?
    var end: (@Sendable () -> Int32)?
    var nextNumber: UInt64 = 1
    /// What was sent and not answered, in order.
    var underWay: [Sent] = []
    /// What was asked for ahead, by its message. Looks at a brick stay until it is changed.
    var answers: [[UInt8]: Answer] = [:]
    var answersByteCount = 0
    var asked: Set<[UInt8]> = []
    /// The bricks that are open there, by their numbers.
    var bricks: [String] = []
    /// Whether the far end holds what a new connection would not.
    var isBound = false
    var retriesLeft = 3
    /// Why nothing goes any more.
    var lost: Failure?
    /// The first change that failed and was not told yet.
    var failedChange: Answer?
    /// What connections that are gone had moved.
    var earlier = (sent: 0, received: 0)
  }

  /// What was sent.
  struct Sent {
    var number: UInt64
    var message: [UInt8]
    /// Whether it may be sent again.
    var isHarmless: Bool
    /// Whether nobody waits for the answer.
    var isQuiet: Bool
    /// Whether the answer stays when it was given out: somebody said that it will be needed.
    var isKept = false
  }

  /// What came back.
  struct Answer {
    var kind: AnswerKind
    var body: ByteView
  }

  init(_ starter: RemoteStarter) { self.starter = starter }

  /// The bytes that went over the wire so far, both ways.
  var byteCounts: (sent: Int, received: Int) {
    state.withLock { state in
      let now = state.channel?.byteCounts ?? (sent: 0, received: 0)
      return (state.earlier.sent + now.sent, state.earlier.received + now.received)
    }
  }

  /// Ends the far end; nothing can be asked any more.
  func close() {
    state.withLock { state in
      state.lost = state.lost ?? Failure(.ioError, "was closed", path: starter.host)
      state.hangUp()
    }
  }

  /// - Throws: if the connection was lost, what everything says since.
  func requireWhole() throws(Failure) {
    if let lost = state.withLock({ $0.lost }) { throw lost }
  }

  /// Asks, and waits for the answer; one that was asked for ahead may be here.
  func ask<Value: Wire>(
    _ request: RemoteRequest, prefix: String, as type: Value.Type = Value.self
  ) throws(RemoteTrouble) -> Value {
    let answer: Answer
    do throws(Failure) {
      answer = try locked { state throws(Failure) in
        let wanted = request.message
        if let known = state.take(wanted, isKept: request.isLook) { return known }
        if !request.isHarmless { try bind(&state) }
        if !state.asked.contains(wanted) {
          try send(Sent(request), &state)
        }
        while true {
          if let found = try receive(&state, wanted: wanted) { return found }
        }
      }
    } catch { throw .failure(error) }
    return try read(answer, prefix)
  }

  /// Asks ahead.
  func expect(_ requests: [RemoteRequest]) {
    // Whoever asks is told what is wrong.
    try? locked { state throws(Failure) in
      for request in requests {
        var sent = Sent(request)
        guard state.answers[sent.message] == nil, !state.asked.contains(sent.message) else {
          continue
        }
        sent.isKept = request.isLook
        try send(sent, &state)
      }
    }
  }

  /// Has something changed, without waiting for it: `settle` tells whether all was done.
  func begin(_ request: RemoteRequest) throws(Failure) {
    try locked { state throws(Failure) in
      try bind(&state)
      try send(Sent(request), &state)
    }
  }

  /// Waits until all that was begun is done.
  func settle(prefix: String) throws(RemoteTrouble) {
    let failed: Answer?
    do throws(Failure) {
      failed = try locked { state throws(Failure) in
        while !state.underWay.isEmpty { _ = try receive(&state, wanted: nil) }
        defer { state.failedChange = nil }
        return state.failedChange
      }
    } catch { throw .failure(error) }
    if let failed { let _: WireNothing = try read(failed, prefix) }
  }

  /// Opens a brick there; the answer is its number.
  func openBrick(_ path: String, prefix: String) throws(RemoteTrouble) -> UInt32 {
    let number: UInt32 = try ask(.openBrick(path), prefix: prefix)
    state.withLock { state in
      if Int(number) == state.bricks.count { state.bricks.append(path) }
    }
    return number
  }
}

extension RemoteConnection {
  private static let underWayMax = 512
  /// With one more message still less than the far end takes ahead.
  private static let underWayByteCountMax = 32 << 20
  private static let answersByteCountMax = 64 << 20

  private func locked<Result>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let result: Swift.Result<Result, Failure> = state.withLock { state in
      do throws(Failure) {
        if let lost = state.lost { throw lost }
        if state.channel == nil { try connect(&state) }
        return .success(try body(&state))
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// From here on the far end holds what a new connection would not.
  private func bind(_ state: inout State) throws(Failure) {
    state.isBound = true
    // What was looked at ahead may be otherwise from here on.
    while state.underWay.contains(where: \.isHarmless) { _ = try receive(&state, wanted: nil) }
    state.forget()
  }

  private func send(
    _ new: Sent, _ state: inout State
  ) throws(Failure) {
    while state.underWay.count >= Self.underWayMax
      || state.underWayByteCount > Self.underWayByteCountMax
    { _ = try receive(&state, wanted: nil) }
    // Nobody asks for so much ahead and then leaves it: make room.
    if state.answersByteCount > Self.answersByteCountMax { state.forget() }
    var sent = new
    sent.number = state.nextNumber
    state.nextNumber += 1
    state.underWay.append(sent)
    state.asked.insert(sent.message)
    do throws(WireChannel.Trouble) { try state.transmit(sent.number, sent.message) } catch {
      try reconnect(because: error, &state)
    }
  }

  /// Takes the next answer; what is not wanted now is kept.
  private func receive(
    _ state: inout State, wanted: [UInt8]?
  ) throws(Failure) -> Answer? {
    let bytes: [UInt8]
    do throws(WireChannel.Trouble) {
      guard let channel = state.channel else { throw .ended(after: []) }
      bytes = try channel.receive()
    } catch {
      try reconnect(because: error, &state)
      return nil
    }
    var reader = WireReader(bytes[...])
    guard let first = state.underWay.first, let number: UInt64 = try? reader.integer(),
      number == first.number, let kind = try? AnswerKind(from: &reader)
    else { throw nonsense(&state) }
    state.underWay.removeFirst()
    state.asked.remove(first.message)
    let answer = Answer(kind: kind, body: bytes.dropFirst(9))
    if first.message == wanted {
      if first.isKept { state.keep(answer, first.message) }
      return answer
    }
    if first.isHarmless {
      state.keep(answer, first.message)
    } else if kind != .value, !first.isQuiet, state.failedChange == nil {
      state.failedChange = answer
    }
    return nil
  }

  func nonsense(_ state: inout State) -> Failure {
    let failure = Failure(
      .ioError, "what came from there is no answer of jbr-reconcile's: is the same version there?",
      path: starter.host)
    state.lost = failure
    state.hangUp()
    return failure
  }

  private func read<Value: Wire>(
    _ answer: Answer, _ prefix: String
  ) throws(RemoteTrouble) -> Value {
    let trouble: RemoteTrouble
    do throws(FormatError) {
      switch answer.kind {
      case .value: return try WireReader.read(answer.body)
      case .failure:
        var failure: Failure = try WireReader.read(answer.body)
        failure.path = failure.path.map { prefix + $0 } ?? starter.host
        trouble = .failure(failure)
      case .brickError:
        var error: BrickError = try WireReader.read(answer.body)
        if let path = error.source?.path { error.source?.path = prefix + path }
        trouble = .brick(error)
      }
    } catch {
      trouble = .failure(state.withLock { nonsense(&$0) })
    }
    throw trouble
  }
}

extension RemoteConnection.Sent {
  fileprivate init(_ request: RemoteRequest) {
    self.init(
      number: 0, message: request.message, isHarmless: request.isHarmless,
      isQuiet: request.isQuiet)
  }
}

extension RemoteConnection.State {
  fileprivate mutating func take(
    _ message: [UInt8], isKept: Bool
  ) -> RemoteConnection.Answer? {
    if isKept { return answers[message] }
    guard let found = answers.removeValue(forKey: message) else { return nil }
    answersByteCount -= Self.byteCount(message, found.body)
    return found
  }

  fileprivate mutating func keep(_ answer: RemoteConnection.Answer, _ message: [UInt8]) {
    answers[message] = answer
    answersByteCount += Self.byteCount(message, answer.body)
  }

  fileprivate var underWayByteCount: Int { underWay.reduce(0) { $0 + $1.message.count } }

  /// About what an answer takes in memory.
  private static func byteCount(_ message: [UInt8], _ body: ByteView) -> Int {
    message.count + body.count + 256
  }

  fileprivate mutating func forget() {
    answers = [:]
    answersByteCount = 0
  }

  func transmit(_ number: UInt64, _ message: [UInt8]) throws(WireChannel.Trouble) {
    guard let channel else { throw .ended(after: []) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + message.count)
    bytes.append(integer: number)
    try channel.send(bytes + message)
  }

  /// Ends the connection, and returns how the far end ended.
  @discardableResult
  mutating func hangUp() -> Int32 {
    if let counts = channel?.byteCounts {
      earlier.sent += counts.sent
      earlier.received += counts.received
    }
    channel?.end()
    channel = nil
    defer { end = nil }
    return end?() ?? 0
  }
}
