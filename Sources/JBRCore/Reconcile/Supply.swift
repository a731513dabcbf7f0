/// A request's name with the digest of its content: what one journal can get from another.
struct ContentKey: Hashable, Sendable {
  var id: RequestID
  var digest: Digest
}

/// Content of a term that happened and that a participant's journal does not hold.
struct ContentLack: Sendable {
  var term: Term
  /// Whether the term is damaged or gone here, and is made anew from what others hold.
  var isRepair: Bool
  /// By index.
  var content: [ContentKey]
}

extension Attempt {
  /// What a participant's journal must get before it may record a decision (finding 10).
  func lacks(of replica: String, _ decision: DecisionRecord, _ catchUp: CatchUp) -> [ContentLack] {
    guard let promise = promises.first(where: { $0.replica == replica }) else { return [] }
    let decisions = [decision] + catchUp.earlier
    return Set(decisions.flatMap { $0.tables.map(\.term) }).sorted().compactMap { term in
      guard term.rawValue > promise.decidedUpTo, let table = decisions.table(of: term)?.table
      else { return nil }
      let standing = promise.view(of: term).standing
      let isRepair = standing == .damaged || standing == .missing
      let view = isRepair ? nil : promise.terms[term]
      let content = table.digests.filter { id, digest in
        !(view?.hasContent(id, digest) ?? false)
      }.map { ContentKey(id: $0.key, digest: $0.value) }.sorted { $0.id < $1.id }
      guard isRepair || !content.isEmpty else { return nil }
      return ContentLack(term: term, isRepair: isRepair, content: content)
    }
  }

  /// The terms that a participant's journal must get anew once the decision binds, although it
  /// vouches for them: what it holds there is damaged, or not what was decided.
  func remakes(
    of replica: String, _ decision: DecisionRecord, _ catchUp: CatchUp
  ) -> [ContentLack] {
    // All others hold everything by then; alone, a journal has nobody to ask.
    guard promises.count > 1, let promise = promises.first(where: { $0.replica == replica }) else {
      return []
    }
    let decisions = [decision] + catchUp.earlier
    return promise.terms.sorted { $0.key < $1.key }.compactMap { term, view in
      guard term.rawValue > promise.decidedUpTo, view.standing == .whole,
        let digests = decisions.table(of: term)?.table.digests, view.isSpoiled(digests)
      else { return nil }
      let content = digests.map { ContentKey(id: $0.key, digest: $0.value) }
      return ContentLack(term: term, isRepair: true, content: content.sorted { $0.id < $1.id })
    }
  }
}

/// Content that one replica's journal gets from others.
public struct Supply: Equatable, Sendable {
  public var replica: String
  public var term: Term
  public var requestCount = 0
  public var byteCount: UInt64 = 0
  public var isRepair: Bool
  /// In the order in which they are first asked.
  public var suppliers: [String] = []

  init(_ lack: ContentLack, to replica: String) {
    self.replica = replica
    term = lack.term
    isRepair = lack.isRepair
  }

  mutating func note(_ source: (name: String, record: JournalRecord)) {
    requestCount += 1
    byteCount &+= source.record.request.payloadByteCount
    if !suppliers.contains(source.name) { suppliers.append(source.name) }
  }

  /// Writes the supply as a line's keys.
  func write(to line: inout LineBuilder) {
    line.field("replica", replica)
    line.field("term", term.rawValue)
    line.field("why", isRepair ? "repair" : "missing")
    line.field("requests", requestCount)
    line.field("payload_bytes", byteCount)
    line.array("from") { list in suppliers.forEach { list.element($0) } }
  }
}

/// Journals in which content is looked for, the first one first.
struct ContentSources {
  private let journals: [(name: String, positions: [ContentKey: Int], records: [JournalRecord])]

  init(_ journals: [ReplicaJournal], but name: String) {
    self.journals = journals.filter { $0.name != name }.map { journal in
      var positions: [ContentKey: Int] = [:]
      for (position, record) in journal.records.enumerated()
      where !journal.unreadable.contains(position) {
        guard let digest = record.details?.digest else { continue }
        let key = ContentKey(id: record.id, digest: digest)
        if positions[key] == nil { positions[key] = position }
      }
      return (journal.name, positions, journal.records)
    }
  }

  func find(_ key: ContentKey) -> (name: String, record: JournalRecord)? {
    for journal in journals {
      if let position = journal.positions[key] { return (journal.name, journal.records[position]) }
    }
    return nil
  }
}

extension Decision {
  /// What the journals will get from each other before the decision is recorded; nothing for fdl
  /// journals, and where something conflicts.
  ///
  /// `copied`: replicas whose brick becomes a copy, so that they need no earlier decisions.
  public func supplies(copied: Set<String> = []) -> [Supply] {
    guard let attempt, fates.allSatisfy(\.conflicts.isEmpty) else { return [] }
    let record = attempt.record(of: fates)
    return attempt.promises.flatMap { promise -> [Supply] in
      let name = promise.replica
      let catchUp =
        copied.contains(name) ? .fullCopy : attempt.catchUp(of: name) ?? .decisions([])
      let remakes = attempt.remakes(of: name, record, catchUp)
      let lacks = attempt.lacks(of: name, record, catchUp).filter { lack in
        !remakes.contains { $0.term == lack.term }
      }
      guard !lacks.isEmpty || !remakes.isEmpty else { return [] }
      let sources = ContentSources(inputs.table.replicas, but: name)
      // Others first get from it what it alone holds.
      let own = ContentSources(inputs.table.replicas.filter { $0.name == name }, but: "")
      return (lacks + remakes).sorted { $0.term < $1.term }.map { lack in
        var supply = Supply(lack, to: name)
        for key in lack.content {
          if let source = sources.find(key) ?? own.find(key) { supply.note(source) }
        }
        return supply
      }
    }
  }
}
