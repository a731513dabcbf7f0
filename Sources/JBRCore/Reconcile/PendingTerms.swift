/// Why a term is not done with on a replica.
public enum PendingReason: String, CaseIterable, Sendable {
  /// The journal is damaged there: requests that others hold may have stood in the damage.
  case damaged
  /// The log ends in records that were never finished.
  case torn
  /// Others hold requests that this one lacks, and nobody knows that they failed.
  case missingHere = "missing_here"
  /// It holds requests that another one lacks, and nobody knows that they failed.
  case extraHere = "extra_here"
  /// Another one holds another request under the same name.
  case digestDiffers = "digest_differs"
  /// It holds requests that another one knows to have failed, and does not know that itself.
  case failedElsewhere = "failed_elsewhere"
  /// Requests are neither committed nor invalid.
  case notCommitted = "not_committed"
  /// Requests are not known to have reached their quorum.
  case unagreed
  /// The term has no reconciliation id and is not below the replica's mark.
  case neverReconciled = "never_reconciled"
  /// Another one has another reconciliation id for it.
  case reconciliationDiffers = "reconciliation_differs"
}

/// Requests that are counted: how many, how many bytes they carry, and on how many objects.
public struct RequestTotals: Sendable {
  public var requests = 0
  public var payloadByteCount: UInt64 = 0
  public var files: Set<GFID> = []

  mutating func add(_ request: RequestHeader) {
    requests += 1
    payloadByteCount &+= request.payloadByteCount
    files.insert(request.gfid)
  }

  mutating func add(_ other: RequestTotals) {
    requests += other.requests
    payloadByteCount &+= other.payloadByteCount
    files.formUnion(other.files)
  }
}

/// What is left to be done about one term on one replica or on all together, and why.
public struct TermStatus: Sendable {
  /// nil for all together.
  public var replica: String?
  public var term: Term
  /// From the superblock; nil in an fdl journal, and of a term that it does not list.
  public var entry: Superblock.TermEntry?
  /// Requests that no rollback of its own names.
  public var held = 0
  public var rolledBack = 0
  /// The requests that some reason names, each once.
  public var pending = RequestTotals()
  /// How many requests each reason names; 0 for one that is about the term itself.
  public var reasons: [PendingReason: Int] = [:]

  public var isPending: Bool { !reasons.isEmpty }

  fileprivate mutating func note(_ new: some Collection<PendingReason>, _ request: RequestHeader) {
    guard !new.isEmpty else { return }
    for reason in new { reasons[reason, default: 0] += 1 }
    pending.add(request)
  }
}

/// Compares what replicas hold by ids and digests.
public struct PendingTerms {
  public let replicas: [JournalHeaders]
  public let idSource: IDSource
  /// One for each term and replica.
  public private(set) var terms: [TermStatus] = []
  /// One for each term, in which a request counts once for all replicas.
  public private(set) var together: [TermStatus] = []

  /// - Throws: `refused` where journals cannot be compared.
  public init(_ replicas: [JournalHeaders]) throws(Failure) {
    var replicas = replicas
    let first = replicas.first { !$0.terms.isEmpty }
    let source = first?.idSource ?? .file
    for replica in replicas where !replica.terms.isEmpty && replica.idSource != source {
      throw Failure(replica.name, replica.idSource, unlike: first?.name ?? "", source)
    }
    try requireOneSet(replicas.map { ($0.name, $0.superblock) })
    if source == .jbr {
      let numbers = try ReignMatching(
        names: replicas.map(\.name), digests: replicas.map(\.digests)
      ).terms
      for column in replicas.indices { replicas[column].renumber(numbers[column]) }
    }
    self.replicas = replicas
    idSource = source
    let all = replicas.reduce(into: Set<Term>()) { all, replica in
      all.formUnion(replica.terms.keys)
      if let superblock = replica.superblock { all.formUnion(superblock.terms.keys) }
    }
    for term in all.sorted() {
      var comparison = TermComparison(term, replicas)
      comparison.run()
      terms += comparison.statuses
      together.append(comparison.together)
    }
  }
}

extension JournalHeaders {
  /// As reigns are matched by.
  fileprivate var digests: [Term: [RequestID: Digest]] {
    var found: [Term: [RequestID: Digest]] = [:]
    for (term, headers) in terms where !headers.requests.isEmpty {
      found[term] = Dictionary(
        headers.requests.map {
          (RequestID(term: term, index: $0.index, sub: $0.sub), $0.digest)
        }, uniquingKeysWith: { first, _ in first })
    }
    return found
  }

  /// Whether the replica's own marks say that a term is decided and applied there.
  fileprivate func isDecided(_ term: Term) -> Bool {
    guard let superblock else { return false }
    return term.rawValue <= max(superblock.decidedUpTo, superblock.prunedUpTo)
      || superblock.terms[term].map { $0.reconciliation != 0 } ?? false
  }

  fileprivate func isPruned(_ term: Term) -> Bool {
    superblock.map { term.rawValue <= $0.prunedUpTo } ?? false
  }
}

/// One term on all replicas, gone through request by request.
private struct TermComparison {
  private let term: Term
  private let headers: [TermHeaders]
  private let isDamaged: [Bool]
  private let isPruned: [Bool]
  private let isDecided: [Bool]
  /// Whether all marks and ids say that the term is reconciled.
  private var isSettled = false
  private(set) var statuses: [TermStatus]
  private(set) var together: TermStatus

  init(_ term: Term, _ replicas: [JournalHeaders]) {
    self.term = term
    headers = replicas.map { $0.terms[term] ?? TermHeaders() }
    isDamaged = zip(replicas, headers).map { $0.isDamaged || $1.isDamaged }
    isPruned = replicas.map { $0.isPruned(term) }
    isDecided = replicas.map { $0.isDecided(term) }
    statuses = replicas.map {
      TermStatus(replica: $0.name, term: term, entry: $0.superblock?.terms[term])
    }
    together = TermStatus(term: term)
    let ids = Set(statuses.compactMap(\.entry).map(\.reconciliation)).subtracting([0])
    isSettled = isDecided.allSatisfy(\.self) && ids.count <= 1
    for column in statuses.indices {
      if isDamaged[column] { statuses[column].reasons[.damaged] = 0 }
      if headers[column].isTorn { statuses[column].reasons[.torn] = 0 }
      guard let entry = statuses[column].entry else { continue }
      if !isDecided[column], !isFresh(column) { statuses[column].reasons[.neverReconciled] = 0 }
      if entry.reconciliation != 0, ids.count > 1 {
        statuses[column].reasons[.reconciliationDiffers] = 0
      }
    }
    for status in statuses { together.reasons.merge(status.reasons) { first, _ in first } }
  }

  /// Whether the term is open on a replica and holds nothing: as a reconciliation leaves it.
  private func isFresh(_ column: Int) -> Bool {
    statuses[column].entry?.state == .current && headers[column].requests.isEmpty
      && headers[column].failed.isEmpty
  }

  mutating func run() {
    var places = headers.map { _ in 0 }
    while true {
      var next: RequestKey?
      for column in headers.indices where places[column] < headers[column].requests.count {
        let key = headers[column].requests[places[column]].key
        next = next.map { min($0, key) } ?? key
      }
      guard let next else { return }
      var row: [RequestHeader?] = headers.map { _ in nil }
      for column in headers.indices where places[column] < headers[column].requests.count {
        let request = headers[column].requests[places[column]]
        guard request.key == next else { continue }
        row[column] = request
        places[column] += 1
      }
      judge(next, row)
    }
  }

  private mutating func judge(_ key: RequestKey, _ row: [RequestHeader?]) {
    guard let sample = row.lazy.compactMap({ $0 }).first else { return }
    let failed = headers.map { $0.failed(key, fop: sample.fop) }
    let isVoid = failed.contains(true)
    let isConflict = row.contains { $0.map { $0.digest != sample.digest } ?? false }
    let isLacking = row.indices.contains {
      row[$0] == nil && !isDamaged[$0] && !isPruned[$0]
    }
    if isVoid { together.rolledBack += 1 } else { together.held += 1 }
    var all: Set<PendingReason> = []
    for (column, request) in row.enumerated() {
      var reasons: [PendingReason] = []
      if failed[column] {
        statuses[column].rolledBack += 1
      } else if request != nil {
        statuses[column].held += 1
        reasons = local(key, column)
      }
      if !isSettled {
        if request != nil {
          if isConflict { reasons.append(.digestDiffers) }
          if isVoid, !failed[column] { reasons.append(.failedElsewhere) }
          if !isVoid, isLacking { reasons.append(.extraHere) }
        } else if !isVoid, !isPruned[column] {
          reasons.append(isDamaged[column] ? .damaged : .missingHere)
        }
      }
      statuses[column].note(reasons, request ?? sample)
      all.formUnion(reasons)
    }
    together.note(all, sample)
  }

  /// What the replica's own journal says of a request that it holds.
  private func local(_ key: RequestKey, _ column: Int) -> [PendingReason] {
    guard let states = headers[column].states else { return [] }
    var reasons: [PendingReason] = []
    if let state = states.state(key.index, sub: key.sub), !state.isFinal {
      reasons.append(.notCommitted)
    }
    if !isDecided[column], !headers[column].agreed.contains(key.index) {
      reasons.append(.unagreed)
    }
    return reasons
  }
}
