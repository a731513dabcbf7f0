import Histories
import Testing

@testable import JBRCore

/// Following an fdl journal while GlusterFS' own steps are taken.
@Suite struct FDLFollowerTests {
  /// A file that grows under its readers.
  private final class GrowingFile: ByteSource, @unchecked Sendable {
    let path: String
    var bytes: [UInt8] = []
    var isThere = false
    init(_ path: String) { self.path = path }

    private func content() throws(Failure) -> [UInt8] {
      guard isThere else { throw Failure(.cannotOpen, "no such file", path: path, errno: 2) }
      return bytes
    }
    func byteCount() throws(Failure) -> Int { try content().count }
    func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
      MemoryByteSource(try content()).read(at: offset, count: count)
    }
    func opened() throws(Failure) -> any ByteSource {
      _ = try content()
      return self
    }
  }

  /// A journal of pairs and runs, written in steps as a reader may see them.
  private final class GrowingJournal {
    private(set) var pairs: [(run: Int, number: UInt64, meta: GrowingFile, data: GrowingFile)] = []
    private var used = (meta: 0, data: 0)
    /// Called behind each step.
    var look: () throws -> Void = {}

    func files() -> JournalFiles {
      let seen = pairs.filter { $0.meta.isThere }
      return JournalFiles(
        path: "f",
        pairs: seen.enumerated().map { position, pair in
          let isLast = position + 1 == seen.count || seen[position + 1].run != pair.run
          return JournalPair(
            run: pair.run, fileNumber: pair.number, meta: pair.meta, data: pair.data,
            isLast: isLast)
        })
    }

    /// Opens the next pair, preallocated; the one before is cut to its length, if it is closed.
    func begin(run: Int, closing: Bool) throws {
      if closing, let last = pairs.last {
        last.meta.bytes.removeLast(last.meta.bytes.count - used.meta)
        try look()
        last.data.bytes.removeLast(last.data.bytes.count - used.data)
        try look()
      }
      let number = pairs.last.map { $0.run == run ? $0.number + 1 : 1 } ?? 1
      let name = { (kind: String) in "run\(run)/a-\(kind)-\(number).jnl" }
      pairs.append((run, number, GrowingFile(name("meta")), GrowingFile(name("data"))))
      used = (0, 0)
      for file in [pairs[pairs.count - 1].meta, pairs[pairs.count - 1].data] {
        // A pause of the follower is longer than a writer takes from one file to the other.
        file.bytes = [UInt8](repeating: 0, count: 4096)
        file.isThere = true
        try look()
      }
    }

    func append(_ request: Request, _ payload: [UInt8]) throws {
      let pair = pairs[pairs.count - 1]
      pair.data.bytes.replaceSubrange(used.data..<used.data + payload.count, with: payload)
      try look()
      let record = request.encoded
      // The length comes last.
      for range in [0..<4, 8..<max(9, record.count / 2), record.count / 2..<record.count, 4..<8] {
        for index in range { pair.meta.bytes[used.meta + index] = record[index] }
        try look()
      }
      used.meta += record.count
      used.data += payload.count
    }
  }

  private func follower(_ journal: GrowingJournal) -> JournalFollower {
    JournalFollower("f") { _ throws(Failure) in journal.files() }
  }

  /// What a reader says that comes when all is written.
  private func ids(_ files: JournalFiles) throws -> [RequestID] {
    var reader = try JournalReader(files)
    var found: [RequestID] = []
    while let item = try reader.next() {
      if case .record(let record) = item { found.append(record.id) }
    }
    return found
  }

  @Test(arguments: seeds(3), [true, false])
  func everyRequestComesOnceWhateverTheWriterIsIn(seed: UInt64, isNumbered: Bool) throws {
    var generator = ChangeGenerator(seed: seed)
    let brick = ModelBrick.empty()
    let journal = GrowingJournal()
    var follower = follower(journal)
    var found: [RequestID] = []
    func look() throws {
      while let item = try follower.next() {
        switch item {
        case .record(let record): found.append(record.id)
        case .damage(let failure): Issue.record("seed \(seed): \(failure)")
        default: break
        }
      }
    }
    try journal.begin(run: 1, closing: false)
    journal.look = look
    for number in 1...60 as ClosedRange<UInt64> {
      if number % 13 == 0 { try journal.begin(run: number > 40 ? 2 : 1, closing: number < 50) }
      // Neighbours come in any order; at last a leader begins anew.
      let place = number > 50 ? number - 50 : number
      let index = number % 6 == 1 && place > 1 ? place - 1 : number % 6 == 0 ? place + 1 : place
      var change = generator.change(brick, index: index)
      if !isNumbered { change.request.values[change.request.values.count - 1] = .dict([]) }
      change.apply(to: brick)
      try journal.append(change.request, change.bytes)
    }
    for _ in 0..<3 { try look() }
    #expect(found == (try ids(journal.files())))
    #expect(found.count == 60)
  }

  @Test func damageIsToldOnceBehindWhatStandsBeforeIt() throws {
    let journal = GrowingJournal()
    try journal.begin(run: 1, closing: false)
    for number in 0..<4 { try journal.append(.mkdir("a\(number)", .root), []) }
    let second = try #require(try ends(journal).first)
    journal.pairs[0].meta.bytes[second + 1] = 200
    try journal.begin(run: 2, closing: false)
    try journal.append(.mkdir("b", .root), [])
    var follower = follower(journal)
    var told: [String] = []
    for _ in 0..<4 {
      while let item = try follower.next() {
        if case .record(let record) = item { told.append(record.id.description) }
        if case .damage(let failure) = item { told.append(failure.field ?? "") }
      }
    }
    #expect(told == ["1/1", "fop_type", "2/1"] || told == ["1/1", "fop", "2/1"])
  }

  private func ends(_ journal: GrowingJournal) throws -> [Int] {
    var reader = FDLMetaReader(journal.pairs[0].meta)
    var found: [Int] = []
    while let record = try reader.next() { found.append(record.offset + record.byteCount) }
    return found
  }

  /// A request that comes late could also be of a leader that begins anew, until the next comes.
  @Test(arguments: [true, false])
  func aRequestWaitsForTheNextThatTellsItsName(isFollowed: Bool) throws {
    let journal = GrowingJournal()
    try journal.begin(run: 1, closing: false)
    func append(_ index: UInt64) throws {
      try journal.append(RequestMaker(index: index).truncate(.root, to: Int64(index)), [])
    }
    try append(1)
    for index in 3...12 as ClosedRange<UInt64> { try append(index) }
    var follower = follower(journal)
    var ids: [String] = []
    func look() throws {
      while let item = try follower.next() {
        if case .record(let record) = item { ids.append(record.id.description) }
      }
    }
    try look()
    #expect(ids.count == 11)
    try append(2)
    try look()
    #expect(ids.count == 11)
    if isFollowed { try append(13) }
    for _ in 0..<2 { try look() }
    #expect(ids.dropFirst(11) == (isFollowed ? ["1/2", "1/13"] : ["2/2"]))
  }

  @Test func whatWasThereIsPassedOverWholly() throws {
    let journal = GrowingJournal()
    try journal.begin(run: 1, closing: false)
    // The last comes late, so that its name is not certain.
    for index in [1, 2, 4, 3] as [UInt64] {
      try journal.append(RequestMaker(index: index).truncate(.root, to: Int64(index)), [])
    }
    var follower = follower(journal)
    follower.isPassingOver = true
    var count = 0
    while try follower.next() != nil { count += 1 }
    #expect(count == 4)
    follower.isPassingOver = false
    for _ in 0..<3 { #expect(try follower.next() == nil) }
    try journal.append(RequestMaker(index: 5).truncate(.root, to: 5), [])
    guard case .record(let record) = try follower.next() else {
      Issue.record("the new one does not come")
      return
    }
    #expect(record.id == RequestID(term: Term(1), index: 5))
  }

  @Test(arguments: [1, 3])
  func aJournalThatIsMadeAnewIsNotTakenForTheOldOne(count: Int) throws {
    let journal = GrowingJournal()
    try journal.begin(run: 1, closing: false)
    for number in 0..<2 { try journal.append(.mkdir("a\(number)", .root), []) }
    let other = GrowingJournal()
    try other.begin(run: 1, closing: false)
    for number in 0..<count { try other.append(.mkdir("b\(number)", .root), []) }
    var now = journal
    var follower = JournalFollower("f") { _ throws(Failure) in now.files() }
    while try follower.next() != nil {}
    now = other
    let error = #expect(throws: Failure.self) { while try follower.next() != nil {} }
    #expect(error?.status == .tryAgain)
  }
}
