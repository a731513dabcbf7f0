import Glibc

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
