import Synchronization

/// Lets many threads append to a journal at once: their requests share flushes.
///
/// While one exists the journal's writer is used by nobody else.
public final class JournalCommit: Sendable {
  private let work: JournalGroups
  private let commit: GroupCommit<JournalGroups>

  /// - Throws: `tryAgain` where threads cannot be started.
  public init(_ journal: JournalWriter) throws(Failure) {
    work = JournalGroups(journal)
    commit = try GroupCommit(work)
  }

  /// Takes a request into the current term, and returns when it is durable.
  ///
  /// - Throws: what `JournalWriter.commit` does.
  public func submit(_ request: NewRequest) throws(Failure) -> RequestID {
    var request = request
    try request.prepare()
    return try commit.submit(request)
  }

  /// How many groups were flushed.
  public var flushCount: Int { work.flushCount.load(ordering: .relaxed) }
}

/// The groups of a journal's current term.
private final class JournalGroups: GroupWork, @unchecked Sendable {
  private let journal: JournalWriter
  let flushCount = Atomic(0)

  init(_ journal: JournalWriter) { self.journal = journal }

  func stage(_ request: NewRequest) -> Result<RequestID, Failure> {
    do throws(Failure) { return .success(try journal.stage(request)) } catch {
      return .failure(error)
    }
  }

  func take() -> [TermGroup] { journal.takeGroups() }

  func flush(_ groups: [TermGroup]) -> Failure? {
    flushCount.wrappingAdd(1, ordering: .relaxed)
    do throws(Failure) {
      for group in groups { try group.write() }
      return nil
    } catch { return error }
  }

  func settle(_ groups: [TermGroup], _ failure: Failure?) { journal.settle(groups, failure) }
}

extension JournalWriter {
  /// Takes a request into the current term's group, to be flushed with it.
  fileprivate func stage(_ request: NewRequest) throws(Failure) -> RequestID {
    guard let term = currentTerm else { throw noTerm() }
    try requireWritable(term)
    guard let id = try writers[term]?.stage([.request(request)]).first else { throw noTerm() }
    return id
  }

  fileprivate func takeGroups() -> [TermGroup] {
    guard let term = currentTerm, let group = writers[term]?.take() else { return [] }
    return [group]
  }

  fileprivate func settle(_ groups: [TermGroup], _ failure: Failure?) {
    for group in groups { writers[group.term]?.settle(group, failure) }
  }
}
