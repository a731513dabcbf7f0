/// What a `GroupCommit` brings into groups, and how a group becomes durable.
///
/// `stage`, `take` and `settle` are never called by two threads at a time; `flush` runs beside
/// them, of one group at a time.
public protocol GroupWork: Sendable {
  associatedtype Item: Sendable
  associatedtype Answer: Sendable
  associatedtype Group: Sendable

  /// Takes an item into the group that gathers; the answer counts once that is durable.
  func stage(_ item: Item) -> Result<Answer, Failure>
  /// Ends the group that gathers, and begins another.
  func take() -> Group
  /// Makes a group durable, or says why it is not.
  func flush(_ group: Group) -> Failure?
  /// Learns what became of a group before the next one is taken.
  func settle(_ group: Group, _ failure: Failure?)
}

/// Brings the requests of many threads into groups, so that one flush serves all that came while
/// the one before it was at work.
///
/// A thread that finds nobody flushing does so itself, which costs no switch to another. Under
/// load a thread of its own goes from flush to flush, and another one wakes those that wait:
/// otherwise the disk would idle while threads are woken.
public final class GroupCommit<Work: GroupWork>: Sendable {
  private let engine: GroupEngine<Work>
  private let threads: [Thread]

  /// - Throws: `tryAgain` where threads cannot be started.
  public init(_ work: Work) throws(Failure) {
    let engine = GroupEngine(work)
    self.engine = engine
    threads = [
      try Thread { engine.flushUntilEnd() },
      try Thread { engine.wakeUntilEnd() },
    ]
  }

  deinit {
    engine.end()
    for thread in threads { thread.join() }
  }

  /// Waits until the item's group is durable.
  ///
  /// - Throws: what staging the item or flushing its group does.
  public func submit(_ item: Work.Item) throws(Failure) -> Work.Answer {
    try engine.submit(item)
  }
}

/// The state that the threads of a `GroupCommit` share.
private final class GroupEngine<Work: GroupWork>: @unchecked Sendable {
  /// A thread that waits for its group.
  private final class Waiter {
    let semaphore = Semaphore()
    /// Set before the semaphore is posted.
    var failure: Failure?
  }

  private let work: Work
  private let mutex = ThreadLock()
  private let hasGroup = Semaphore()
  private let hasFlushed = Semaphore()
  private var gathering: [Waiter] = []
  private var flushed: [(waiters: [Waiter], failure: Failure?)] = []
  private var isFlushing = false
  private var isEnding = false

  init(_ work: Work) { self.work = work }

  func submit(_ item: Work.Item) throws(Failure) -> Work.Answer {
    mutex.lock()
    let answer: Work.Answer
    switch work.stage(item) {
    case .success(let staged): answer = staged
    case .failure(let failure):
      mutex.unlock()
      throw failure
    }
    let waiter = Waiter()
    gathering.append(waiter)
    if isFlushing {
      mutex.unlock()
      waiter.semaphore.wait()
      if let failure = waiter.failure { throw failure }
      return answer
    }
    isFlushing = true
    let (_, failure) = flushGroup()
    // Whoever came meanwhile must not wait for this thread's next turn.
    isFlushing = !gathering.isEmpty
    let goesOn = isFlushing
    mutex.unlock()
    if goesOn { hasGroup.post() }
    if let failure { throw failure }
    return answer
  }

  /// Flushes the group that has gathered; the mutex is held before and after, not meanwhile.
  private func flushGroup() -> (waiters: [Waiter], failure: Failure?) {
    let waiters = gathering
    gathering = []
    let group = work.take()
    mutex.unlock()
    let failure = work.flush(group)
    mutex.lock()
    work.settle(group, failure)
    return (waiters, failure)
  }

  func flushUntilEnd() {
    while true {
      hasGroup.wait()
      mutex.lock()
      while !gathering.isEmpty {
        flushed.append(flushGroup())
        hasFlushed.post()
      }
      isFlushing = false
      let ends = isEnding
      mutex.unlock()
      if ends { return }
    }
  }

  func wakeUntilEnd() {
    while true {
      hasFlushed.wait()
      mutex.lock()
      let groups = flushed
      flushed = []
      let ends = isEnding
      mutex.unlock()
      for (waiters, failure) in groups {
        for waiter in waiters {
          waiter.failure = failure
          waiter.semaphore.post()
        }
      }
      if ends { return }
    }
  }

  /// Nobody waits any more, as whoever does holds the `GroupCommit`.
  func end() {
    mutex.lock()
    isEnding = true
    mutex.unlock()
    hasGroup.post()
    hasFlushed.post()
  }
}
