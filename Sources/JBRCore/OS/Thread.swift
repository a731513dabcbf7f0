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

/// Runs a closure for each of `0..<count`, in no order, on as many threads as there are
/// processors, at most four. Each thread has a buffer of its own, to be used again and again.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int, inout [UInt8]) -> Void) {
  final class Next: Sendable { let index = Atomic(0) }
  let next = Next()
  let work: @Sendable () -> Void = {
    var buffer: [UInt8] = []
    while true {
      let index = next.index.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      body(index, &buffer)
    }
  }
  let threadCount = min(4, count, processorCount())
  // Where no further thread can be had, this one does it all.
  let threads = (1..<max(threadCount, 1)).compactMap { _ in try? Thread(work) }
  work()
  for thread in threads { thread.join() }
}

/// How many threads can run at the same time.
func processorCount() -> Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

/// Does nothing for a while.
func sleep(microseconds: UInt32) { usleep(microseconds) }
