/// A request that is to be journaled.
public struct NewRequest: Sendable {
  public var request: Request
  /// As long as the request says.
  public var payload: Payload?
  /// nil lets the term's writer number it, as a leader does.
  public var index: UInt64?
  public var sub: UInt32 = 0
  /// Nanoseconds since 1970; nil for now.
  public var time: Int64?
  public var client = UniqueID.null
  /// Indices of the term that its leader has failed so far.
  public var failed: [ClosedRange<UInt64>] = []
  /// The attempt of a reconciliation that brought it; nil for a request of the leader's.
  public var copiedBy: Term?

  /// What `prepare` found.
  private var known: (digest: Digest, arguments: [UInt8])?

  public init(_ request: Request, payload: Payload? = nil, index: UInt64? = nil, sub: UInt32 = 0) {
    self.request = request
    self.payload = payload
    self.index = index
    self.sub = sub
  }

  /// Does what takes time and depends on nothing but the request, so that a producer does it and
  /// not the one writer; the request must not be changed afterwards.
  ///
  /// - Throws: what reading the payload does.
  mutating func prepare() throws(Failure) {
    known = (try digest(), encodedArguments)
  }

  /// The digest of the request with its payload.
  func digest() throws(Failure) -> Digest {
    if let known { return known.digest }
    return try request.contentDigest(payload: payload)
  }

  var encodedArguments: [UInt8] { known?.arguments ?? ArgumentsCodec.encode(request) }
}

/// What a term's log is to take.
public enum NewEvent: Sendable {
  case request(NewRequest)
  case state(RequestState, index: UInt64, sub: UInt32, last: UInt64, results: [DictEntry])
  case rollback(index: UInt64, sub: UInt32, digest: Digest)
  case agreed(first: UInt64, last: UInt64, byDecision: Bool)
  case decision(DecisionRecord)
  /// Says that what came before is flushed; for a log that falls idle.
  case mark
}

/// What a journal's writer is allowed to use.
public struct WriterLimits: Sendable {
  /// Payloads up to this lie in the event log, so that one flush serves.
  public var inlineByteCount = 16 << 10
  /// A data file that has reached it takes no further payload.
  public var dataFileByteCount = 256 << 20
  /// Space that requests leave free on the file system, in bytes, so that state changes and the
  /// work of others go on when it runs low.
  public var reserveByteCount = 64 << 20
  public var payloadByteCountMax = 1 << 30

  public init() {}
}

extension Request {
  /// The object that a record's header names: the one that the request works on or makes, or
  /// the directory that it changes.
  public var identityGFID: GFID {
    if target != .null { return target }
    if let new = requestedGFID { return new }
    return locs.first { $0.parent != .null }?.parent ?? .null
  }
}
