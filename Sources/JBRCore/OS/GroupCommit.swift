import Glibc

/// Brings the requests of many threads into groups, each of which one of them carries out.
///
/// While a group is at work the next one gathers: so one flush serves all that came meanwhile.
@safe public final class GroupCommit<Item: Sendable, Answer: Sendable>: @unchecked Sendable {
  public typealias Work = @Sendable ([Item]) -> [Result<Answer, Failure>]

  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let isDone: UnsafeMutablePointer<pthread_cond_t>
  private let work: Work
  private var waiting: [Item] = []
  private var isWorking = false
  /// The number of the group that gathers now.
  private var gathering = 0
  /// Answers of groups that somebody still has to take.
  private var answers: [Int: (results: [Result<Answer, Failure>], takers: Int)] = [:]

  /// `work` gives one answer for each item, in order; it never runs twice at a time.
  public init(_ work: @escaping Work) {
    unsafe mutex = .allocate(capacity: 1)
    unsafe isDone = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(isDone, nil)
    self.work = work
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe pthread_cond_destroy(isDone)
    unsafe mutex.deallocate()
    unsafe isDone.deallocate()
  }

  /// Waits until the item's group has been carried out.
  public func submit(_ item: Item) throws(Failure) -> Answer {
    unsafe pthread_mutex_lock(mutex)
    let group = gathering
    let position = waiting.count
    waiting.append(item)
    while answers[group] == nil {
      if isWorking {
        unsafe pthread_cond_wait(isDone, mutex)
      } else {
        carryOut()
      }
    }
    let result = take(group, position)
    unsafe pthread_mutex_unlock(mutex)
    return try result.get()
  }

  /// Carries out the group that has gathered; the mutex is held before and after.
  private func carryOut() {
    let items = waiting
    let group = gathering
    waiting = []
    gathering += 1
    isWorking = true
    unsafe pthread_mutex_unlock(mutex)
    let results = work(items)
    unsafe pthread_mutex_lock(mutex)
    isWorking = false
    answers[group] = (results, items.count)
    unsafe pthread_cond_broadcast(isDone)
  }

  private func take(_ group: Int, _ position: Int) -> Result<Answer, Failure> {
    guard let entry = answers[group] else {
      return .failure(Failure(.ioError, "the group was lost"))
    }
    answers[group] = entry.takers > 1 ? (entry.results, entry.takers - 1) : nil
    return entry.results[position]
  }
}
