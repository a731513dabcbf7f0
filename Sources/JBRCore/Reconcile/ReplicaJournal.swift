/// A replica as a user names it: `NAME=JOURNAL[,BRICK]`.
public struct ReplicaName: Equatable, Sendable {
  public var name: String
  public var journal: String
  /// nil where only the journal is given.
  public var brick: String?

  public init(name: String, journal: String, brick: String? = nil) {
    self.name = name
    self.journal = journal
    self.brick = brick
  }

  /// Parses what stands on the command line.
  public init(parsing text: String) throws(Failure) {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw Failure(.usage, "'\(text)' is no replica: write NAME=JOURNAL[,BRICK]")
    }
    let paths = text[text.index(after: equals)...].split(
      separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    guard let journal = paths.first, !journal.isEmpty, paths.last?.isEmpty == false else {
      throw Failure(.usage, "'\(text)' names no journal: write NAME=JOURNAL[,BRICK]")
    }
    for path in paths { _ = try RemotePath(parsing: String(path)) }
    self.init(
      name: String(text[..<equals]), journal: String(journal),
      brick: paths.count == 2 ? String(paths[1]) : nil)
  }

  /// Checks that no name, journal or brick stands twice: one brick compared with itself would
  /// prove nothing, and steps for two replicas would fight on it.
  public static func requireDistinct(_ replicas: [ReplicaName]) throws(Failure) {
    var seen: Set<String> = []
    for replica in replicas where !seen.insert(replica.name).inserted {
      throw Failure(.usage, "replica \(replica.name) is given twice")
    }
    var paths: [String: String] = [:]
    for replica in replicas {
      for path in [replica.journal] + (replica.brick.map { [$0] } ?? []) {
        guard let other = paths.updateValue(replica.name, forKey: pathBehindLinks(path) ?? path),
          other != replica.name
        else { continue }
        throw Failure(.usage, "is given for both \(other) and \(replica.name)", path: path)
      }
    }
  }
}

extension Hosts {
  /// Reads the journals of all replicas, in their order.
  public func replicaJournals(_ names: [ReplicaName]) throws(Failure) -> [ReplicaJournal] {
    try results(names).map { result throws(Failure) in try result.get() }
  }

  /// The same with what is wrong with each.
  func results(_ names: [ReplicaName]) throws(Failure) -> [Result<ReplicaJournal, Failure>] {
    let paths = names.map(\.journal)
    let known = try known(for: paths)
    return try nearestFirst(paths) { place throws(Failure) in
      do throws(Failure) {
        return .success(
          try ReplicaJournal(
            name: names[place].name, files: journal(paths[place]), known: known))
      } catch { return .failure(error) }
    }
  }
}

/// All that one replica's journal says.
public struct ReplicaJournal: Sendable {
  public var name: String
  public var idSource: IDSource
  /// In the order in which they stand in the journal, named within this journal alone.
  public var records: [JournalRecord] = []
  /// Of a jbr journal: the requests that the replica knows to have failed, named within it, be
  /// they here or not. An fdl journal has records of rollbacks for that.
  public var failed: Set<RequestID> = []
  /// What a jbr journal knows beside its requests; nil for an fdl journal, and for one without a
  /// superblock.
  public var knowledge: ReplicaKnowledge?
  /// Records of a jbr journal whose payload is damaged, by their position.
  var unreadable: Set<Int> = []
  public var damages: [Failure] = []
  /// Places of a jbr journal's logs that are damaged, and in which requests may have stood.
  private(set) var lostPlaces: [LogDamage] = []
  /// Records that the writer never finished, with the file and offset of each.
  public var torn: [Failure] = []
  /// Files left over from an earlier life, which were not read.
  public var stale: [String] = []
  /// The digest of all that was read.
  public var digest = Digest(high: 0, low: 0)

  /// Whether payloads are on another host.
  var isFar: Bool { records.lazy.compactMap(\.payload).first?.source.isFar ?? false }

  /// Whether the journal says of which replica set it is, which one that was converted or made by
  /// hand does not.
  var namesSet: Bool { knowledge.map { $0.superblock.replicas > 0 } ?? false }

  /// Whether the journal can answer for all that it ever held.
  public var isWhole: Bool { damages.isEmpty }

  /// Reads a journal from its beginning to its end.
  ///
  /// `known`: what other journals of the set were read with, which need not come from another host
  ///   again; this one's requests are added.
  public init(
    name: String, files: JournalFiles, known: KnownBlocks<JournalRecord>? = nil
  ) throws(Failure) {
    self.name = name
    idSource = .journal
    var hasher = ContentHasher()
    try takeSuperblock(files)
    for part in files.parts {
      let first = records.count
      if try takeFar(part, known, &hasher) { continue }
      try read(part, &hasher)
      try checkPayloads(records[first...].indices)
      if let known { teach(known, records[first...].indices) }
    }
    try checkDataFiles(files)
    digest = hasher.digest()
  }

  private mutating func read(
    _ files: JournalFiles, _ hasher: inout ContentHasher
  ) throws(Failure) {
    var reader = try JournalReader(files)
    idSource = reader.idSource
    while let item = try reader.next() {
      switch item {
      case .record(let record): take(record, &hasher)
      case .damage(let failure):
        hasher.update(counted: failure.description.utf8)
        note(failure)
      case .fileEnd(let end):
        if case .torn(let offset) = end.end {
          torn.append(
            Failure(
              .found, "the record was never finished: a torn tail", path: end.pair.meta.path,
              at: .offset(offset), field: "ext_length"))
        }
      case .stale(let pair): stale.append(pair.meta.path)
      // What reconciliation and recovery write is no part of what a plan is computed from.
      case .event: break
      case .termEnd(let end): take(end, &hasher)
      }
    }
    lostPlaces += reader.logDamages.filter(\.mayHideRequest)
  }

  /// Takes out all that is said of requests of some terms, which are numbered as the journal does.
  mutating func removeRequests(of isRemoved: (Term) -> Bool) {
    var kept: [JournalRecord] = []
    var stillUnreadable: Set<Int> = []
    for (position, record) in records.enumerated() where !isRemoved(record.id.term) {
      if unreadable.contains(position) { stillUnreadable.insert(kept.count) }
      kept.append(record)
    }
    records = kept
    unreadable = stillUnreadable
    failed = failed.filter { !isRemoved($0.term) }
  }

  /// Takes a request that nothing else is to be learnt from.
  mutating func take(_ record: JournalRecord) {
    let illegalities = record.illegalities
    damages += illegalities
    // What no writer makes is damage, and is not counted as a copy of the request.
    if illegalities.isEmpty { records.append(record) }
  }

  private mutating func take(_ record: JournalRecord, _ hasher: inout ContentHasher) {
    take(record)
    guard let details = record.details else {
      return hasher.update(counted: record.request.encoded)
    }
    for range in details.failed {
      knowledge?.failedByLeader[record.id.term, default: []].insert(range)
    }
  }

  /// Takes what requests of a term say that their leader has failed.
  mutating func noteFailed(_ failed: AgreedRanges, in term: Term) {
    for range in failed.ranges {
      knowledge?.failedByLeader[term, default: []].insert(range)
    }
  }

  /// Notes damage of a log, and whether requests may be lost with it.
  mutating func note(_ damage: LogDamage) {
    note(damage.failure)
    if damage.mayHideRequest { lostPlaces.append(damage) }
  }

  /// Notes damage, and which term it is of.
  mutating func note(_ failure: Failure) {
    damages.append(failure)
    guard let path = failure.path, let file = JournalNames.parse(baseName(path)) else { return }
    knowledge?.damagedTerms.insert(file.term)
  }
}

// Of jbr journals.
extension ReplicaJournal {
  /// A journal of which nothing was read yet.
  init(name: String, idSource: IDSource) {
    self.name = name
    self.idSource = idSource
  }

  mutating func takeSuperblock(_ files: JournalFiles) throws(Failure) {
    guard let superblock = files.superblock?.superblock else { return }
    knowledge = ReplicaKnowledge(superblock)
    guard let decisions = files.decisions else { return }
    do throws(Failure) { knowledge?.decisions = try DecisionLog.read(decisions) } catch {
      guard error.status == .damaged else { throw error }
      knowledge?.decisionsAreDamaged = true
      damages.append(error)
    }
  }

  /// Takes a term of a journal on another host from its sums: what others hold just so is known, and
  /// only the rest is read.
  ///
  /// - Returns: false where everything must be read.
  private mutating func takeFar(
    _ files: JournalFiles, _ known: KnownBlocks<JournalRecord>?, _ hasher: inout ContentHasher
  ) throws(Failure) -> Bool {
    guard files.missing.isEmpty, let term = files.terms?.first,
      let (sums, end) = try term.farSums(checkingPayloads: true)
    else { return false }
    let (values, unknown) = sums.parted(known, in: term.term)
    // Where they were read they were checked, and here by whoever summed them up.
    for record in values.joined() { take(record) }
    let first = records.count
    for record in try term.requests(in: unknown) { take(record) }
    noteFailed(sums.failed, in: term.term)
    take(end, &hasher)
    let special = records[first...].indices.filter { position in
      unknown[records[position].id.index / RequestBlock.size]?.isSpecial ?? true
    }
    try checkPayloads(special)
    if let known { teach(known, records[first...].indices) }
    return true
  }

  /// Has others know what was read here.
  private func teach(_ known: KnownBlocks<JournalRecord>, _ positions: Range<Int>) {
    var sorter = BlockSorter<JournalRecord>()
    for position in positions {
      let record = records[position]
      guard let details = record.details else { continue }
      sorter.take(
        record, record.id, details.digest,
        isSpecial: details.copiedBy != nil || unreadable.contains(position))
    }
    sorter.teach(known)
  }

  mutating func take(_ end: TermEnd, _ hasher: inout ContentHasher) {
    failed.formUnion(end.content.states.failed)
    knowledge?.contents[end.term] = end.content
    hasher.update(end.content)
    if case .torn(let offset) = end.end {
      torn.append(
        Failure(
          .found, "records were never finished: a torn tail", path: end.path,
          at: .offset(offset), field: "type"))
    }
  }

  /// Looks whether the data files of terms that may have to be decided can take more, as they must
  /// before the replica records a decision. One that cannot is damaged like its log.
  private mutating func checkDataFiles(_ files: JournalFiles) throws(Failure) {
    guard let decided = knowledge?.superblock.decidedUpTo else { return }
    var byteCounts: [String: Int] = [:]
    for term in files.terms ?? [] where term.term.rawValue > decided {
      for (_, source) in term.data.sorted(by: { $0.key < $1.key })
      where !(source is CompressedSource) {
        do throws(Failure) {
          let damage = try DataFile(source).damage
          for one in damage { note(one.failure) }
          byteCounts[source.path] = try source.byteCount()
        } catch {
          guard error.status == .damaged else { throw error }
          note(error)
        }
      }
    }
    for (position, record) in records.enumerated() where unreadable.contains(position) {
      // A file that is gone or cut short cannot be gone on with either.
      let end = record.payload.map { $0.offset + $0.count } ?? .max
      let isCut = record.payload.map { byteCounts[$0.source.path] ?? .max < end } ?? true
      if isCut { knowledge?.damagedTerms.insert(record.id.term) }
    }
  }

  /// Looks whether the payloads of requests that may have to be decided can be read; what is
  /// damaged was here all the same.
  ///
  /// `positions`: which requests.
  mutating func checkPayloads(_ positions: some Sequence<Int>) throws(Failure) {
    guard let decided = knowledge?.superblock.decidedUpTo else { return }
    var checks = PayloadChecks()
    for position in positions {
      let record = records[position]
      guard record.id.term.rawValue > decided, record.request.payloadByteCount > 0 else { continue }
      guard let payload = record.payload else {
        unreadable.insert(position)
        continue
      }
      // The reader of the log has checked what lies inline.
      guard payload.source.path != record.path else { continue }
      checks.add(payload, tag: position)
      if checks.byteCount > 1 << 28 { try noteUnreadable(&checks) }
    }
    try noteUnreadable(&checks)
  }

  private mutating func noteUnreadable(_ checks: inout PayloadChecks) throws(Failure) {
    for (position, failure) in checks.run() {
      guard failure.status == .damaged else { throw failure }
      unreadable.insert(position)
      damages.append(failure)
    }
  }
}

extension ContentHasher {
  /// Takes a term's requests and their states. Copies come and go with attempts, and are no part of
  /// what a plan is computed from.
  fileprivate mutating func update(_ content: TermContent) {
    let states = content.states
    update(integer: states.term.rawValue)
    update(integer: content.totals.requests)
    update(integer: content.totals.digest.high)
    update(integer: content.totals.digest.low)
    for run in states.runs {
      update(integer: run.first)
      update(integer: run.last)
      update(integer: UInt64(run.state.rawValue))
    }
    for (id, state) in states.subs.sorted(by: { $0.key < $1.key }) {
      update(integer: id.index)
      update(integer: UInt64(id.sub))
      update(integer: UInt64(state.rawValue))
    }
    for id in states.overtaken.sorted() { update(integer: id.index) }
  }
}
