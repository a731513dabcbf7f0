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
        guard let other = paths.updateValue(replica.name, forKey: resolved(path) ?? path),
          other != replica.name
        else { continue }
        throw Failure(.usage, "is given for both \(other) and \(replica.name)", path: path)
      }
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
  public var damages: [Failure] = []
  /// Records that the writer never finished, with the file and offset of each.
  public var torn: [Failure] = []
  /// Files left over from an earlier life, which were not read.
  public var stale: [String] = []
  /// The digest of all that was read.
  public var digest = Digest(high: 0, low: 0)

  /// Whether payloads are on another host.
  var isFar: Bool { records.lazy.compactMap(\.payload).first?.source.isFar ?? false }

  /// Whether the journal can answer for all that it ever held.
  public var isWhole: Bool { damages.isEmpty }

  /// Reads a journal from its beginning to its end.
  public init(name: String, files: JournalFiles) throws(Failure) {
    var reader = try JournalReader(files)
    self.name = name
    idSource = reader.idSource
    var hasher = ContentHasher()
    while let item = try reader.next() {
      switch item {
      case .record(let record):
        hasher.update(counted: record.request.encoded)
        // What no writer makes is damage, and is not counted as a copy of the request.
        let illegalities = record.illegalities
        if illegalities.isEmpty { records.append(record) }
        damages += illegalities
      case .damage(let failure):
        hasher.update(counted: failure.description.utf8)
        damages.append(failure)
      case .fileEnd(let end):
        if case .torn(let offset) = end.end {
          torn.append(
            Failure(
              .found, "the record was never finished: a torn tail", path: end.pair.meta.path,
              at: .offset(offset), field: "ext_length"))
        }
      case .stale(let pair): stale.append(pair.meta.path)
      case .event(let event): hasher.update(integer: event.record.checksum)
      case .termEnd(let end):
        failed.formUnion(end.content.states.failed)
        if case .torn(let offset) = end.end {
          torn.append(
            Failure(
              .found, "records were never finished: a torn tail", path: end.path,
              at: .offset(offset), field: "type"))
        }
      }
    }
    digest = hasher.digest()
  }
}
