import Synchronization

/// How a far host is reached: starts what serves there.
struct RemoteStarter: Sendable {
  /// For messages.
  var host: String
  /// How long both sides may be silent.
  var seconds: Int
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
    var underWay: [(number: UInt64, message: [UInt8], isHarmless: Bool)] = []
    /// What was asked for ahead, by its message.
    var answers: [[UInt8]: Answer] = [:]
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
        if let known = state.take(wanted) { return known }
        if !request.isHarmless { state.isBound = true }
        if !state.asked.contains(wanted) {
          try send(wanted, isHarmless: request.isHarmless, &state)
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
        let message = request.message
        guard state.answers[message] == nil, !state.asked.contains(message) else { continue }
        try send(message, isHarmless: true, &state)
      }
    }
  }

  /// Has something changed, without waiting for it: `settle` tells whether all was done.
  func begin(_ request: RemoteRequest) throws(Failure) {
    try locked { state throws(Failure) in
      state.isBound = true
      // What was looked at ahead may be otherwise from here on.
      while state.underWay.contains(where: \.isHarmless) { _ = try receive(&state, wanted: nil) }
      state.answers = [:]
      try send(request.message, isHarmless: false, &state)
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
  private static let answersMax = 1 << 16

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

  private func send(
    _ message: [UInt8], isHarmless: Bool, _ state: inout State
  ) throws(Failure) {
    while state.underWay.count >= Self.underWayMax { _ = try receive(&state, wanted: nil) }
    // Nobody asks for so much ahead and then leaves it: make room.
    if state.answers.count > Self.answersMax { state.answers = [:] }
    let number = state.nextNumber
    state.nextNumber += 1
    state.underWay.append((number, message, isHarmless))
    state.asked.insert(message)
    do throws(WireChannel.Trouble) { try state.transmit(number, message) } catch {
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
    if first.message == wanted { return answer }
    if first.isHarmless {
      state.answers[first.message] = answer
    } else if kind != .value, state.failedChange == nil {
      state.failedChange = answer
    }
    return nil
  }

  private func nonsense(_ state: inout State) -> Failure {
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

extension RemoteConnection.State {
  fileprivate mutating func take(_ message: [UInt8]) -> RemoteConnection.Answer? {
    answers.removeValue(forKey: message)
  }

  fileprivate func transmit(_ number: UInt64, _ message: [UInt8]) throws(WireChannel.Trouble) {
    guard let channel else { throw .ended(after: []) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + message.count)
    bytes.append(integer: number)
    try channel.send(bytes + message)
  }

  /// Ends the connection, and returns how the far end ended.
  @discardableResult
  fileprivate mutating func hangUp() -> Int32 {
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

// Connecting, and connecting again.
extension RemoteConnection {
  private func connect(_ state: inout State) throws(Failure) {
    let (stream, end) = try starter.start()
    let channel = WireChannel(stream, seconds: starter.seconds)
    state.channel = channel
    state.end = end
    let bytes: [UInt8]
    do throws(WireChannel.Trouble) {
      try channel.sendPlain(RemoteGreeting(seconds: starter.seconds).bytes)
      // Somebody may have to type a passphrase first.
      bytes = try channel.take(RemoteGreeting.byteCount, patiently: true)
    } catch {
      let status = state.hangUp()
      if case .ended(let after) = error, !after.isEmpty { throw noise(after) }
      throw unreachable(status)
    }
    guard let greeting = RemoteGreeting(bytes) else {
      state.hangUp()
      throw noise(bytes)
    }
    guard greeting.version == RemoteGreeting.protocolVersion else {
      state.hangUp()
      throw Failure(
        .unavailable,
        "jbr \(Failure.visible(greeting.toolkit)) there speaks protocol \(greeting.version), and "
          + "this one \(RemoteGreeting.protocolVersion): install the same version on both",
        path: starter.host)
    }
    try channel.keepAlive()
  }

  private func noise(_ bytes: [UInt8]) -> Failure {
    let text = Failure.visible(String(decoding: bytes.prefix(40), as: UTF8.self))
    return Failure(
      .unavailable,
      "answered \"\(text)\" where jbr-reconcile should: login scripts there must print nothing",
      path: starter.host)
  }

  private func unreachable(_ status: Int32) -> Failure {
    let why =
      switch status {
      case 127, 126:
        "jbr-reconcile cannot be started there: install it, or name it in JBR_REMOTE_PATH"
      case 255: "cannot be reached: ssh says why"
      default: "the far end ended with status \(status) before it said anything"
      }
    return Failure(.unavailable, why, path: starter.host)
  }

  /// Connects again and asks again for what was under way, if that does no harm.
  private func reconnect(
    because trouble: WireChannel.Trouble, _ state: inout State
  ) throws(Failure) {
    if case .malformed = trouble { throw nonsense(&state) }
    state.hangUp()
    let why =
      if case .silence(let seconds) = trouble {
        "nothing was heard for \(seconds) seconds"
      } else {
        "the connection was cut"
      }
    guard !state.isBound, state.retriesLeft > 0 else {
      throw lose(why, &state)
    }
    state.retriesLeft -= 1
    starter.note("\(starter.host): \(why): connecting again")
    do throws(Failure) { try connect(&state) } catch {
      starter.note(error.description)
      throw lose(why, &state)
    }
    do throws(WireChannel.Trouble) { try repeatAll(&state) } catch {
      try reconnect(because: error, &state)
    }
  }

  /// Opens the bricks again, in their order, and sends again what was not answered.
  private func repeatAll(_ state: inout State) throws(WireChannel.Trouble) {
    guard let channel = state.channel else { throw .ended(after: []) }
    for (number, path) in state.bricks.enumerated() {
      try state.transmit(0, RemoteRequest.openBrick(path).message)
      var expected: [UInt8] = []
      expected.append(integer: UInt64(0))
      expected += AnswerKind.value.message + UInt32(number).message
      guard try channel.receive() == expected else { throw .malformed([]) }
    }
    for request in state.underWay { try state.transmit(request.number, request.message) }
  }

  private func lose(_ why: String, _ state: inout State) -> Failure {
    let failure = Failure(
      .tryAgain, "\(why): run the same command again, which goes on where this one ended",
      path: starter.host)
    state.lost = failure
    return failure
  }
}
