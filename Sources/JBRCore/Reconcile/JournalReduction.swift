/// Requests that all replicas hold alike and have applied: of them sums are enough.
struct UniformRequests: Equatable, Sendable {
  /// The stretches of indices that were compared by their sums.
  var indices = AgreedRanges()
  /// Of those that were not loaded singly.
  var count: UInt64 = 0
  var digest = Digest(high: 0, low: 0)
}

/// Reads the journals of a replica set for a plan without bricks, and keeps only the requests on
/// which it can depend: those that some replica lacks, holds otherwise or has not applied, and all
/// that touch what these touch. So memory follows the difference and not the journals.
public struct JournalReduction {
  public private(set) var journals: [ReplicaJournal]
  /// By term.
  private(set) var uniform: [Term: UniformRequests] = [:]

  private let blockSize: UInt64
  private var scans: [JournalScan]
  /// The journal that is searched for what all hold: one that is here, if any is.
  private let nearest: Int
  private var isReducible = true

  /// - Returns: nil where all requests must be read: the journals are of no set, or something is
  ///   damaged or recorded, or nearly everything differs.
  /// - Throws: errors of the disk.
  public init?(_ files: [(name: String, files: JournalFiles)]) throws(Failure) {
    try self.init(files, blockSize: RequestBlock.size)
  }

  /// `blockSize`: how many indices are summed together.
  init?(
    _ files: [(name: String, files: JournalFiles)], blockSize: UInt64
  ) throws(Failure) {
    self.blockSize = blockSize
    let superblocks = files.map { $0.files.superblock?.superblock }
    let decided = superblocks.compactMap { $0?.decidedUpTo }.max() ?? 0
    guard superblocks.allSatisfy({ ($0?.replicas ?? 0) > 0 }),
      // What was decided or pruned before is told by records, request by request.
      files.allSatisfy({ $0.files.terms?.allSatisfy { $0.term.rawValue > decided } ?? true })
    else { return nil }
    scans = try concurrentMap(files) { file throws(Failure) in
      try JournalScan(name: file.name, files: file.files, blockSize: blockSize)
    }
    nearest = files.firstIndex { !$0.files.isFar } ?? 0
    journals = []
    guard scans.allSatisfy({ $0.journal.damages.isEmpty && $0.journal.torn.isEmpty }) else {
      return nil
    }
    let suspects = findSuspects()
    guard isReducible else { return nil }
    for column in scans.indices {
      for (term, blocks) in suspects.sorted(by: { $0.key < $1.key }) {
        try scans[column].load(blocks, of: term)
      }
    }
    guard scans.allSatisfy({ $0.journal.damages.isEmpty }) else { return nil }
    guard try addRelated(to: suspects) else { return nil }
    for column in scans.indices { try scans[column].checkPayloads() }
    journals = scans.map(\.journal)
  }

  /// The blocks of each term in which a request may have to be done or undone somewhere. All others
  /// become sums.
  private mutating func findSuspects() -> [Term: Set<UInt64>] {
    var found: [Term: Set<UInt64>] = [:]
    let terms = Set(scans.flatMap(\.blocks.keys))
    for term in terms {
      let standings = scans.map { $0.journal.knowledge?.standing(of: term) }
      guard standings.allSatisfy({ $0 == .whole }),
        !scans.contains(where: {
          $0.journal.knowledge?.decisions.contains { $0.terms.contains(term.rawValue) } ?? true
        })
      else {
        isReducible = false
        return [:]
      }
      found[term] = suspects(in: term)
    }
    return found
  }

  private mutating func suspects(in term: Term) -> Set<UInt64> {
    let numbers = Set(scans.flatMap { ($0.blocks[term] ?? [:]).keys })
    var found = Set(
      numbers.filter { number in
        guard let first = scans[0].blocks[term]?[number] else { return true }
        return !scans.allSatisfy { $0.blocks[term]?[number]?.holdsTheSame(as: first) ?? false }
      })
    for scan in scans {
      guard let knowledge = scan.journal.knowledge else { continue }
      let states = knowledge.contents[term]?.states
      for run in states?.runs ?? [] where run.state != .committed {
        found.formUnion(numbers.overlapping(run.first...run.last, blockSize))
      }
      for range in knowledge.failed(in: term).indices.ranges {
        found.formUnion(numbers.overlapping(range, blockSize))
      }
    }
    var sums = UniformRequests()
    for number in numbers.subtracting(found) {
      let first = number * blockSize
      sums.indices.insert(first, through: first + (blockSize - 1))
      guard let block = scans[0].blocks[term]?[number] else { continue }
      sums.count += block.count
      sums.digest.add(block.digest)
    }
    uniform[term] = sums
    // Half of a journal in memory costs as much as all of it, and is read twice.
    if found.count > 16, found.count * 2 > numbers.count { isReducible = false }
    return found
  }

  /// Adds, from the nearest journal, what touches the same things as the suspects do.
  private mutating func addRelated(to suspects: [Term: Set<UInt64>]) throws(Failure) -> Bool {
    guard scans.contains(where: { !$0.journal.records.isEmpty }) else { return true }
    var search = RelatedRequests()
    for scan in scans {
      for record in scan.journal.records { search.note(record.request) }
    }
    var places: [Term: Set<Int>] = [:]
    repeat {
      search.begin()
      for term in scans[nearest].files.terms ?? [] {
        let known = suspects[term.term] ?? []
        let found = try search.places(in: term) { known.contains($0 / blockSize) }
        places[term.term, default: []].formUnion(found)
      }
    } while search.hasGrown
    for term in scans[nearest].files.terms ?? [] {
      let wanted = places[term.term] ?? []
      guard UInt64(wanted.count) <= (uniform[term.term]?.count ?? 0) / 2 + 100_000 else {
        return false
      }
      try addRecords(term, at: wanted)
    }
    return true
  }

  private mutating func addRecords(
    _ term: TermFiles, at places: Set<Int>
  ) throws(Failure) {
    guard let first = places.min(), let last = places.max() else { return }
    var stretch = TermStretch(term, try TermReader(term), first..<last + 1)
    var records: [JournalRecord] = []
    while let record = try stretch.next({ places.contains($0.offset) }) {
      records.append(record)
      guard let details = record.details else { continue }
      uniform[term.term]?.count -= 1
      uniform[term.term]?.digest.subtract(
        index: record.id.index, sub: record.id.sub, digest: details.digest)
    }
    // All hold the same there, and have applied it.
    for column in scans.indices { scans[column].add(records) }
  }
}

extension Set<UInt64> {
  /// The blocks among these in which some indices lie.
  fileprivate func overlapping(_ indices: ClosedRange<UInt64>, _ size: UInt64) -> [UInt64] {
    let range = indices.lowerBound / size...indices.upperBound / size
    return UInt64(count) < range.upperBound - range.lowerBound
      ? filter(range.contains) : range.filter(contains)
  }
}
