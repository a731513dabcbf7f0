import Histories
import Testing

@testable import JBRCore

/// Following a journal while it is written.
@Suite struct JournalFollowerTests {
  /// A writer's life, and the requests in the order of their terms.
  private struct Life {
    var steps: [DiskStep] = []
    var requests: [RequestID: Digest] = [:]

    init(seed: UInt64) throws {
      let disk = RecordingDisk(seed: seed)
      var random = SeededGenerator(seed: seed, byteCountMax: 40)
      try JournalWriter.create(on: disk, directory: "j", superblock: JournalWorkload.superblock())
      let journal = try JournalWriter(on: disk, directory: "j", limits: JournalWorkload.limits)
      var terms: [Term] = []
      for number in 0..<30 {
        if number % 8 == 0 {
          let next = Term((terms.last?.rawValue ?? 0) + UInt64.random(in: 1...2, using: &random))
          try journal.open(next)
          terms.append(next)
        }
        var group: [NewEvent] = []
        var digests: [Digest] = []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let (request, payload) = random.journaled()
          group.append(.request(NewRequest(request, payload: payload)))
          digests.append(try request.contentDigest(payload: payload))
        }
        for (id, digest) in zip(try journal.commit(group), digests) { requests[id] = digest }
        if number % 5 == 4 { try Self.end(terms[max(0, terms.count - 2)], journal) }
      }
      steps = disk.steps
    }

    /// Takes what can be taken of a term's requests to their end, and then the term.
    private static func end(_ term: Term, _ journal: JournalWriter) throws {
      guard let last = journal.states(of: term)?.indices?.upperBound else { return }
      _ = try? journal.commit(
        [.state(.invalid, index: 1, sub: 0, last: last, results: [])], in: term)
      guard term != journal.currentTerm, journal.states(of: term)?.areFinal == true else { return }
      try journal.freeze(term)
    }
  }

  /// What a follower gave out.
  private struct Followed {
    var requests: [RequestID: Digest] = [:]
    var last: [Term: UInt64] = [:]
    var sealedCount = 0

    mutating func take(_ item: JournalItem, _ what: Comment) throws {
      switch item {
      case .damage(let failure): Issue.record("\(what.rawValue): \(failure)")
      case .record(let record):
        #expect(requests[record.id] == nil, "\(what.rawValue): \(record.id) twice")
        #expect(last[record.id.term] ?? 0 < record.id.index, what)
        last[record.id.term] = record.id.index
        requests[record.id] = try record.request.contentDigest(payload: record.payload)
      case .termEnd: sealedCount += 1
      default: break
      }
    }
  }

  /// `stepMax`: how many steps the writer takes at most between two reads of the follower; with 0
  /// it takes one whenever the follower has nothing to give.
  @Test(arguments: seeds(4), [0, 1, 3, 40])
  func everyRequestComesOnceAndInOrderWhateverTheWriterIsIn(
    seed: UInt64, stepMax: Int
  ) throws {
    let life = try Life(seed: seed)
    let disk = LiveDisk(life.steps, seed: seed, stepMax: stepMax)
    while try !disk.exists("j/superblock-2") { try disk.step() }
    var follower = JournalFollower("j") { path throws(Failure) in try disk.journal(path) }
    var followed = Followed()
    let what: Comment = "seed \(seed), at most \(stepMax) steps"
    // Twice in vain behind the writer's last step.
    var vainCount = 0
    while vainCount < 2 {
      vainCount += disk.isDone ? 1 : 0
      while let item = try follower.next() { try followed.take(item, what) }
      try disk.step()
    }
    #expect(followed.requests == life.requests, what)
    #expect(followed.sealedCount > 0, what)
  }

  /// Terms that are pruned at once, between the first item of the first and the next.
  @Test(arguments: [true, false])
  func aTermThatIsPrunedBeforeItIsReadIsNeitherDamageNorLeftOut(hasData: Bool) throws {
    let disk = RecordingDisk(seed: 1)
    try JournalWriter.create(on: disk, directory: "j", superblock: JournalWorkload.superblock())
    let journal = try JournalWriter(on: disk, directory: "j", limits: JournalWorkload.limits)
    let count = hasData ? 900 : 9
    let write = NewRequest(
      .write(.root, count: count, at: 0), payload: Payload([UInt8](repeating: 7, count: count)))
    for term in [Term(1), Term(2)] {
      try journal.open(term)
      _ = try journal.commit([.request(write), .request(write)])
      _ = try journal.commit([.state(.invalid, index: 1, sub: 0, last: 2, results: [])])
      try journal.freeze(term)
    }
    let before = disk.steps.count
    for term in [Term(1), Term(2)] { try journal.retire(term, reconciliation: 9) }
    _ = try journal.prune()
    let live = LiveDisk(disk.steps, seed: 1, stepMax: 0)
    for _ in 0..<before { try live.step() }
    var follower = JournalFollower("j") { path throws(Failure) in try live.journal(path) }
    guard case .event = try follower.next() else {
      Issue.record("a term begins with its opening")
      return
    }
    while !live.isDone { try live.step() }
    var ids: [String] = []
    let error = #expect(throws: Failure.self) {
      while let item = try follower.next() {
        if case .record(let record) = item { ids.append(record.id.description) }
        if case .damage(let failure) = item { Issue.record("\(failure)") }
      }
    }
    #expect(error?.status == .tryAgain)
    // What was open is read; a data file was not.
    #expect(ids == (hasData ? [] : ["1/1", "1/2"]))
  }

  @Test func aTermThatComesWhileTheDirectoryIsListedIsNotMissing() throws {
    let disk = SimulatedDisk()
    try JournalWriter.create(on: disk, directory: "j", superblock: JournalWorkload.superblock())
    let journal = try JournalWriter(on: disk, directory: "j", limits: JournalWorkload.limits)
    var listCount = 0
    let list = { () throws(Failure) -> [String] in
      listCount += 1
      let names = try disk.names(in: "j")
      if listCount < 3 { try journal.open(Term(UInt64(listCount))) }
      return names
    }
    let open = { (name: String) throws(Failure) in try disk.openForReading("j/" + name) }
    let files = try JBRDirectory.live("j", list, open) { _ in nil }
    #expect(files.missing == [])
    #expect(files.terms?.map(\.term) == [Term(1), Term(2)])
    try disk.remove("j/" + JournalNames.events(Term(1)))
    let damaged = try JBRDirectory.live("j", list, open) { _ in nil }
    #expect(damaged.missing.count == 1)
  }

  @Test func damageIsToldOnceAndLaterTermsStillCome() throws {
    let disk = SimulatedDisk()
    try JournalWriter.create(on: disk, directory: "j", superblock: JournalWorkload.superblock())
    let journal = try JournalWriter(on: disk, directory: "j", limits: JournalWorkload.limits)
    try journal.open(Term(1))
    func append() throws {
      _ = try journal.commit([.request(NewRequest(.mkdir("a", .root)))])
    }
    for _ in 0..<3 { try append() }
    let log = try disk.open("j/" + JournalNames.events(Term(1)))
    let second = try #require(try offsets(log).dropFirst(2).first)
    try log.write([0x5a], at: second + EventHeader.byteCount + 3)
    var follower = JournalFollower("j") { path throws(Failure) in
      try JBRDirectory.files(path, on: disk)
    }
    var (ids, damage): ([String], [Failure]) = ([], [])
    for round in 0..<4 {
      while let item = try follower.next() {
        if case .record(let record) = item { ids.append(record.id.description) }
        if case .damage(let failure) = item { damage.append(failure) }
      }
      if round == 1 { try journal.open(Term(2)) }
      if round == 2 { try append() }
    }
    #expect(ids == ["1/1", "1/3", "2/1"])
    #expect(damage.map(\.field) == ["body"])
  }

  private func offsets(_ log: any ByteSource) throws -> [Int] {
    var reader = try EventLogReader(log)
    var found: [Int] = []
    while case .event(let record) = try reader.next() { found.append(record.offset) }
    return found
  }

  @Test func aJournalThatIsMadeAnewIsNotTakenForTheOldOne() throws {
    let disks = [SimulatedDisk(seed: 1), SimulatedDisk(seed: 2)]
    for (number, disk) in disks.enumerated() {
      var superblock = JournalWorkload.superblock()
      superblock.replica = UniqueID(high: 5, low: UInt64(number))
      try JournalWriter.create(on: disk, directory: "j", superblock: superblock)
      let journal = try JournalWriter(on: disk, directory: "j", limits: JournalWorkload.limits)
      try journal.open(Term(1))
      _ = try journal.commit([.request(NewRequest(.mkdir("a", .root)))])
    }
    var round = 0
    var follower = JournalFollower("j") { path throws(Failure) in
      round += 1
      return try JBRDirectory.files(path, on: disks[round > 3 ? 1 : 0])
    }
    let error = #expect(throws: Failure.self) {
      for _ in 0..<10 { while try follower.next() != nil {} }
    }
    #expect(error?.status == .tryAgain)
    #expect(round == 4)
  }
}
