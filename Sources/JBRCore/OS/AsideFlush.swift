import Synchronization

/// The flush of a file system that runs while others go on.
final class AsideFlush: Sendable {
  private final class Result: Sendable { let error = Mutex<SystemError?>(nil) }
  private let result = Result()
  private let thread: Thread

  /// Begins it; nil where no thread can be started.
  init?(_ descriptor: Descriptor) {
    let result = result
    do throws(Failure) {
      thread = try Thread {
        do throws(SystemError) { try descriptor.synchronizeFileSystem() } catch {
          result.error.withLock { $0 = error }
        }
      }
    } catch { return nil }
  }

  /// Returns when it is done; to be called once.
  func wait() throws(SystemError) {
    thread.join()
    if let error = result.error.withLock({ $0 }) { throw error }
  }
}
