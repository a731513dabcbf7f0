import Glibc
import Synchronization

/// Counts posts, and lets threads sleep until there is one for them.
@safe final class Semaphore: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    unsafe semaphore = .allocate(capacity: 1)
    unsafe sem_init(semaphore, 0, 0)
  }

  deinit {
    unsafe sem_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  func post() { unsafe sem_post(semaphore) }
  // It fails only where a signal came between.
  func wait() { while unsafe sem_wait(semaphore) != 0 {} }
}

/// Keeps threads from the same state at the same time.
@safe final class ThreadLock: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  func lock() { unsafe pthread_mutex_lock(mutex) }
  /// Whether nobody had it; it is locked then.
  func tryLock() -> Bool { unsafe pthread_mutex_trylock(mutex) == 0 }
  func unlock() { unsafe pthread_mutex_unlock(mutex) }
}

/// A thread that runs a closure.
@safe final class Thread: Sendable {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private let id: pthread_t

  /// - Throws: `tryAgain` where the system has no room for another thread.
  init(_ run: @escaping @Sendable () -> Void) throws(Failure) {
    let body = unsafe Unmanaged.passRetained(Body(run))
    var made = pthread_t()
    let status = unsafe pthread_create(
      &made, nil,
      { argument in
        if let argument = unsafe argument {
          unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        }
        return nil
      }, body.toOpaque())
    guard status == 0 else {
      unsafe body.release()
      throw Failure(.tryAgain, "no thread can be started", errno: status)
    }
    id = made
  }

  /// Waits until the closure has returned; to be called once.
  func join() { pthread_join(id, nil) }
}

/// Numbers from 0 on, each of which one thread gets.
private final class NextIndex: Sendable {
  private let index = Atomic(0)
  func take() -> Int { index.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// Runs a closure for each of `0..<count`, in no order, on as many threads as there are
/// processors, at most four. Each thread has a buffer of its own, to be used again and again.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int, inout [UInt8]) -> Void) {
  let next = NextIndex()
  let work: @Sendable () -> Void = {
    var buffer: [UInt8] = []
    while true {
      let index = next.take()
      guard index < count else { return }
      body(index, &buffer)
    }
  }
  onThreads(min(4, count, processorCount()), work)
}

private final class SharedResults<Value: Sendable>: Sendable {
  let results = Mutex<[Int: Result<Value, Failure>]>([:])
}

/// What a closure makes of each of some elements, on as many threads as there are processors.
///
/// - Throws: the error of the first element that has one, once all are done.
func concurrentMap<Element: Sendable, Value: Sendable>(
  _ elements: [Element], _ body: @escaping @Sendable (Element) throws(Failure) -> Value
) throws(Failure) -> [Value] {
  let share = SharedResults<Value>()
  concurrently(elements.count) { index, _ in
    let result = Result { () throws(Failure) in try body(elements[index]) }
    share.results.withLock { $0[index] = result }
  }
  let results = share.results.withLock { $0 }
  var values: [Value] = []
  for index in elements.indices {
    if let value = try results[index]?.get() { values.append(value) }
  }
  return values
}

/// Runs a closure on several threads, this one among them, and returns once all are done. Where no
/// further thread can be had, those that are there do it all.
private func onThreads(_ count: Int, _ work: @escaping @Sendable () -> Void) {
  let others = (1..<max(1, count)).compactMap { _ in try? Thread(work) }
  work()
  for thread in others { thread.join() }
}

/// How many threads can run at the same time.
func processorCount() -> Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

/// Runs a closure for each of some elements, in no order, on several threads, and returns once all
/// are done: for work that waits for others more than it computes.
///
/// The compiler does not check that what the closure uses stands several threads.
func sideBySide<Element>(
  _ elements: [Element], threads: Int, _ body: (Element) -> Void
) {
  let next = NextIndex()
  let count = elements.count
  withoutActuallyEscaping(body) { body in
    // Safe: no thread goes on when this returns, and elements are only read.
    nonisolated(unsafe) let (body, elements) = (body, elements)
    let work: @Sendable () -> Void = {
      while true {
        let index = next.take()
        guard index < count else { return }
        unsafe body(elements[index])
      }
    }
    onThreads(min(threads, count), work)
  }
}

/// Lets any number of threads through, until it is shut for good.
final class Gate: Sendable {
  private let insideCount = Atomic(0)
  private let isShut = Atomic(false)

  /// Lets the thread in; behind a shut gate it stays for the rest of the process' life.
  func enter() {
    _ = insideCount.wrappingAdd(1, ordering: .sequentiallyConsistent)
    guard isShut.load(ordering: .sequentiallyConsistent) else { return }
    leave()
    while true { pause() }
  }

  func leave() { _ = insideCount.wrappingSubtract(1, ordering: .sequentiallyConsistent) }

  /// Lets nobody in any more, and waits until nobody is inside, but not for ever.
  func shut(milliseconds: Int) {
    isShut.store(true, ordering: .sequentiallyConsistent)
    for _ in 0..<milliseconds
    where insideCount.load(ordering: .sequentiallyConsistent) > 0 { usleep(1000) }
  }
}

/// Does nothing for a while.
func sleep(microseconds: UInt32) { usleep(microseconds) }
