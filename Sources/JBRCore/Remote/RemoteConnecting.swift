// Connecting, and connecting again.
extension RemoteConnection {
  func connect(_ state: inout State) throws(Failure) {
    let (stream, end) = try starter.start()
    let channel = WireChannel(stream, seconds: starter.seconds)
    state.channel = channel
    state.end = end
    let bytes: [UInt8]
    do throws(WireChannel.Trouble) {
      try channel.sendPlain(RemoteGreeting(seconds: starter.seconds).bytes)
      bytes = try channel.take(RemoteGreeting.byteCount, patiently: starter.isPatient)
    } catch {
      let status = state.hangUp()
      if case .silence(let seconds) = error {
        throw Failure(.tryAgain, "said nothing for \(seconds) seconds", path: starter.host)
      }
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
        "jbr-reconcile was not found there: install it, or name it in JBR_REMOTE_PATH "
          + "(or ssh was not found here: name it in JBR_RSH)"
      case 255: "cannot be reached: ssh says why"
      default: "the far end ended with status \(status) before it said anything"
      }
    return Failure(.unavailable, why, path: starter.host)
  }

  /// Connects again and asks again for what was under way, if that does no harm.
  func reconnect(
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
