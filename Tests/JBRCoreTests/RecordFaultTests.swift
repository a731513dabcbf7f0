import Foundation
import Histories
import Synchronization
import Testing

@testable import JBRCore

extension FaultStage {
  fileprivate static let batchCount = 6

  /// Replays all, with the undo file's calls failing as told.
  fileprivate func replay(undoFaults: InjectedFaults) -> Result<[Outcome], Failure> {
    do throws(Failure) {
      let brick = try NativeBrick(path: path)
      let replayer = try Replayer(Self.requests, onto: brick)
      replayer.batchCountMax = Self.batchCount
      let target = try UndoTarget(brick)
      replayer.keep(UndoKeeper(try UndoFile(undo, for: target, faults: undoFaults), of: target))
      var outcomes: [Outcome] = []
      _ = try replayer.run { outcomes.append($1) }
      return .success(outcomes)
    } catch { return .failure(error) }
  }

  /// Undoes all, with the undo file's calls failing as told.
  fileprivate func undoAll(
    _ faults: InjectedFaults? = nil, isUnchecked: Bool = false
  ) throws(Failure) {
    let target = try UndoTarget(try NativeBrick(path: path))
    let run = UndoRun(
      try UndoFile(undo, faults: faults), of: target, isUnchecked: isUnchecked)
    try run.check()
    _ = try run.run { _, _ in }
  }

  /// Two bricks that were made alike differ in times.
  fileprivate func timelessTree() throws -> String {
    try treeText(NativeBrick(path: path), timed: [])
  }

  // MARK: The journal

  fileprivate var journal: String { directory.path + "/journal" }

  fileprivate func makeJournal() throws {
    try JournalWriter.create(
      on: SystemDisk(), directory: journal, superblock: JournalWorkload.superblock())
    let writer = try JournalWriter(on: SystemDisk(), directory: journal)
    try writer.open(Term(1))
    _ = try writer.commit(
      Self.requests.map { .request(NewRequest($0.request, payload: $0.payload)) })
  }

  /// Replays all with states recorded, with the journal's calls failing as told.
  fileprivate func replay(journalFaults: InjectedFaults) -> Result<[Outcome], Failure> {
    do throws(Failure) {
      let knowledge = try JournalKnowledge(try JournalFiles.find(journal))
      let requests = Self.requests.map { request in
        var request = request
        request.results = knowledge?.results(request.id) ?? []
        return request
      }
      let writer = try JournalWriter(
        on: SystemDisk(faults: journalFaults), directory: journal)
      let replayer = try Replayer(requests, onto: try NativeBrick(path: path))
      replayer.batchCountMax = Self.batchCount
      replayer.keep(JournalStates(writer))
      var outcomes: [Outcome] = []
      _ = try replayer.run { outcomes.append($1) }
      return .success(outcomes)
    } catch { return .failure(error) }
  }

  fileprivate func states() throws -> [RequestState?] {
    let knowledge = try #require(try JournalKnowledge(try JournalFiles.find(journal)))
    return Self.requests.map { knowledge.state($0.id) }
  }
}

@Suite("Replaying where what is kept beside the brick fails")
struct RecordFaultTests {
  private static let errors: [Int32] = [5, 28, 122]

  /// The tree without times before the replay, and behind all of it.
  private struct Trees {
    var before: String
    var after: String
    var callCount: Int

    init(_ replay: (FaultStage, InjectedFaults) -> Result<[Outcome], Failure>) throws {
      let stage = try FaultStage()
      try stage.makeJournal()
      before = try stage.timelessTree()
      let faults = InjectedFaults()
      let outcomes = try replay(stage, faults).get()
      #expect(outcomes.allSatisfy { $0.word != "failed" && $0.word != "refused" })
      after = try stage.timelessTree()
      callCount = faults.count
      #expect(callCount > 20)
    }
  }

  // MARK: The undo file

  /// One call after the other fails for the undo file, or all from one on, as on a full disk:
  /// nothing is touched that the file cannot bring back.
  @Test(arguments: [true, false])
  func whatCannotBeKeptIsNotTouched(once: Bool) throws {
    let trees = try Trees { $0.replay(undoFaults: $1) }
    for order in 0..<trees.callCount {
      let number = Self.errors[order % 3]
      let faults = InjectedFaults(order..<(once ? order + 1 : .max), number)
      for isUndone in [true, false] {
        let stage = try FaultStage()
        let run = stage.replay(undoFaults: InjectedFaults(faults.range, number))
        guard case .failure(let failure) = run else {
          Issue.record("\(order): nobody was told")
          continue
        }
        #expect(failure.errno == number, "\(order): \(failure)")
        #expect(failure.path?.hasPrefix(stage.directory.path) == true, "\(order): \(failure)")
        if !isUndone { try finish(stage, trees, order, once) }
        try undoWhatThereIs(stage, order)
        let now = try stage.timelessTree()
        #expect(now == trees.before, "\(order): \(firstDifferences(trees.before, now))")
      }
    }
  }

  /// Replays again, in the same file. Only where a failed flush could not be taken back either
  /// may the file say that the replay came to its end, which it did.
  private func finish(
    _ stage: FaultStage, _ trees: Trees, _ order: Int, _ once: Bool
  ) throws {
    switch stage.replay(undoFaults: InjectedFaults()) {
    case .success(let outcomes):
      #expect(outcomes.allSatisfy { $0.word != "failed" }, "\(order): \(outcomes)")
    case .failure(let failure):
      #expect(failure.message.contains("came to its end"), "\(order): \(failure)")
      #expect(!once && order >= trees.callCount - 2, "\(order)")
    }
    let after = try stage.timelessTree()
    #expect(after == trees.after, "\(order): \(firstDifferences(trees.after, after))")
  }

  /// Flushes fail from some time on.
  private final class NoFlush: CallFaults {
    let isOn = Mutex(false)
    func failure(of call: String) -> Int32? {
      call == "fsync" && isOn.withLock { $0 } ? JBRCore.EIO : nil
    }
    func countTaken(of count: Int) -> Int { count }
  }

  /// What a failed flush left out can be read as long as the machine runs, and no longer.
  @Test func whatWasNotFlushedIsNotReliedOn() throws {
    let stage = try FaultStage()
    let faults = NoFlush()
    let target = try UndoTarget(try NativeBrick(path: stage.path))
    let file = try UndoFile(stage.undo, for: target, faults: faults)
    let first = EntryName(parent: .root, name: [97])
    try file.add(.name(first, nil))
    try file.mark(.begin)
    faults.isOn.withLock { $0 = true }
    try file.add(.name(EntryName(parent: .root, name: [98]), nil))
    #expect(throws: Failure.self) { try file.mark(.begin) }
    #expect(try UndoFile(stage.undo).state.names.keys.map { $0 } == [first])
  }

  /// A file without a whole beginning brings nothing back, and needs not.
  private func undoWhatThereIs(_ stage: FaultStage, _ order: Int) throws {
    let file: UndoFile
    do throws(Failure) { file = try UndoFile(stage.undo) } catch {
      #expect([.cannotOpen, .damaged].contains(error.status), "\(order): \(error)")
      return
    }
    guard file.wholeByteCount > 0 else { return }
    try stage.undoAll(isUnchecked: true)
  }

  @Test func undoingGoesOnWhereItsFileFailed() throws {
    let trees = try Trees { $0.replay(undoFaults: $1) }
    let counted = InjectedFaults()
    let whole = try FaultStage()
    _ = try whole.replay(undoFaults: InjectedFaults()).get()
    try whole.undoAll(counted)
    #expect(counted.count > 10)
    for order in 0..<counted.count {
      for end in [order + 1, .max] {
        let stage = try FaultStage()
        _ = try stage.replay(undoFaults: InjectedFaults()).get()
        let number = Self.errors[order % 3]
        let failure = failure { try stage.undoAll(InjectedFaults(order..<end, number)) }
        #expect(failure?.errno == number, "\(order): \(failure as Any)")
        let again = JBRCoreTests.failure { try stage.undoAll() }
        if let again {
          // As above: it was.
          #expect(again.message.contains("was undone already"), "\(order): \(again)")
          #expect(order >= counted.count - 2 && end == .max)
        }
        let now = try stage.timelessTree()
        #expect(now == trees.before, "\(order): \(firstDifferences(trees.before, now))")
      }
    }
  }

  // MARK: The journal's states

  /// Notes how a brick is behind each batch.
  private final class TreesOfBatches: ReplayKeeper {
    let stage: FaultStage
    var trees: [String] = []
    init(_ stage: FaultStage) { self.stage = stage }
    func begin(_ batch: [ReplayStep]) { note() }
    func touched(_ batch: [ReplayStep]) {}
    func flushed(_ batch: [ReplayStep]) {}
    func finish(_ steps: [ReplayStep], isWhole: Bool) { note() }

    private func note() {
      do { trees.append(try stage.timelessTree()) } catch { Issue.record(error) }
    }
  }

  /// What the brick has of a batch, the journal says is in progress at least.
  @Test(arguments: [true, false])
  func whatCannotBeRecordedIsNotTouched(once: Bool) throws {
    let trees = try Trees { $0.replay(journalFaults: $1) }
    let stage = try FaultStage()
    let replayer = try Replayer(FaultStage.requests, onto: try NativeBrick(path: stage.path))
    let batches = TreesOfBatches(stage)
    replayer.batchCountMax = FaultStage.batchCount
    replayer.keepers = [batches]
    var words: [String] = []
    _ = try replayer.run { words.append($1.word) }
    try #require(batches.trees.count == 5 && Set(batches.trees).count == 5)
    var told = 0
    var batchCounts: Set<Int> = []
    for order in 0..<trees.callCount {
      let stage = try FaultStage()
      try stage.makeJournal()
      let number = Self.errors[order % 3]
      let run = stage.replay(
        journalFaults: InjectedFaults(order..<(once ? order + 1 : .max), number))
      if case .failure(let failure) = run {
        told += 1
        #expect(failure.errno == number, "\(order): \(failure)")
        #expect(failure.path?.hasPrefix(stage.journal) == true, "\(order): \(failure)")
      }
      let count = try #require(batches.trees.firstIndex(of: try stage.timelessTree()))
      batchCounts.insert(count)
      let touched = zip(words, try stage.states()).prefix(count * FaultStage.batchCount)
      for (word, state) in touched where word == "applied" {
        #expect(state != .uncommitted, "\(order)")
      }
      let again = try stage.replay(journalFaults: InjectedFaults()).get()
      #expect(again.allSatisfy { $0.word != "failed" }, "\(order): \(again)")
      let after = try stage.timelessTree()
      #expect(after == trees.after, "\(order): \(firstDifferences(trees.after, after))")
      #expect(try stage.states().allSatisfy { $0 == .committed }, "\(order)")
    }
    #expect(told > trees.callCount / 2, "\(told) of \(trees.callCount)")
    #expect(batchCounts.count == 5)
  }

  // MARK: Both

  @Test func signalsAndShortWritesChangeNothing() throws {
    let ways: [(FaultStage, InjectedFaults) -> Result<[Outcome], Failure>] = [
      { $0.replay(undoFaults: $1) }, { $0.replay(journalFaults: $1) },
    ]
    for replay in ways {
      let trees = try Trees(replay)
      var all = stride(from: 0, to: trees.callCount, by: 3)
        .map { InjectedFaults($0..<$0 + 3, 4) }
      all.append(InjectedFaults(isShort: true))
      for faults in all {
        let stage = try FaultStage()
        try stage.makeJournal()
        let outcomes = try replay(stage, faults).get()
        #expect(outcomes.allSatisfy { $0.word != "failed" })
        #expect(try stage.timelessTree() == trees.after)
        guard FileManager.default.fileExists(atPath: stage.undo) else {
          #expect(try stage.states().allSatisfy { $0 == .committed })
          continue
        }
        try stage.undoAll(InjectedFaults(isShort: true))
        #expect(try stage.timelessTree() == trees.before)
      }
    }
  }
}
