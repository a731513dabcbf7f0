/// Which requests of a term damage has taken from a journal.
public struct TermLosses: Sendable {
  public var term: Term
  /// Requests that are damaged, with the digest of what they were where a whole body says it.
  public var digests: [RequestID: Digest?] = [:]
  /// Whether damage may have held requests whose names are lost too.
  public var isUncertain = false
  /// The requests that can be read.
  public var states: RequestStates

  init(_ term: Term) {
    self.term = term
    states = RequestStates(term: term)
  }

  /// Takes what a reader of the log reports.
  mutating func note(_ damage: LogDamage) {
    guard let identity = damage.identity else {
      // Of the header's area nothing is lost while the other copy can be read.
      if damage.offset >= FileHeader.areaByteCount { isUncertain = true }
      return
    }
    let types = [EventType.request, .copied].map(\.rawValue)
    guard types.contains(identity.type) else { return }
    let id = RequestID(term: term, index: identity.index, sub: identity.sub)
    if digests[id] == nil { digests[id] = .some(nil) }
  }

  /// Whether another replica's request is wanted.
  func wants(_ id: RequestID) -> Bool {
    digests[id] != nil || isUncertain && states.state(id.index, sub: id.sub) == nil
  }
}

/// Who can supply requests that a journal has lost.
public struct LossSuppliers {
  /// A request that another journal holds whole.
  public struct Offer: Sendable {
    public var journal: String
    public var digest: Digest
    /// Whether that journal holds what a reconciliation copied there, and not the request itself.
    public var isCopy: Bool
  }

  /// A request that is damaged, or may have stood in damage.
  public struct Loss: Sendable {
    public var id: RequestID
    /// Whether the damaged record itself says that it was there.
    public var isCertain: Bool
    /// nil where the damaged record does not say what it was.
    public var digest: Digest?
    public var offers: [Offer]

    /// supplied: by one of the offers. conflict: the offers differ, and nothing says which it
    /// was. lost: nobody here has it.
    public var verdict: String {
      if let digest { return offers.contains { $0.digest == digest } ? "supplied" : "lost" }
      guard let first = offers.first else { return "lost" }
      return offers.allSatisfy { $0.digest == first.digest } ? "supplied" : "conflict"
    }
  }

  /// Looks for a term's losses in other journals; payloads are read, and checked, in full.
  ///
  /// - Throws: errors of the disk. What is damaged there too is no offer.
  public static func find(
    _ losses: TermLosses, in others: [(journal: String, files: JournalFiles)]
  ) throws(Failure) -> [Loss] {
    var found: [RequestID: Loss] = [:]
    for (id, digest) in losses.digests {
      found[id] = Loss(id: id, isCertain: true, digest: digest, offers: [])
    }
    for other in others {
      guard let term = other.files.terms?.first(where: { $0.term == losses.term }),
        var reader = try? TermReader(term)
      else { continue }
      while let item = try reader.next() {
        guard case .request(let record, let request, let body, let details, let payload) = item
        else { continue }
        let id = RequestID(
          term: losses.term, index: record.header.index, sub: record.header.sub)
        guard losses.wants(id), try isWhole(request, body, payload) else { continue }
        found[id, default: Loss(id: id, isCertain: false, digest: nil, offers: [])].offers.append(
          Offer(
            journal: other.journal, digest: body.digest, isCopy: details.copiedBy != nil))
      }
    }
    return found.values.sorted { $0.id < $1.id }
  }

  private static func isWhole(
    _ request: Request, _ body: RequestBody, _ payload: Payload?
  ) throws(Failure) -> Bool {
    guard (payload?.count ?? 0) == Int(clamping: body.dataLength) else { return false }
    do throws(Failure) {
      return try request.contentDigest(payload: payload) == body.digest
    } catch {
      guard error.status == .damaged else { throw error }
      return false
    }
  }
}
