import CChild
import Glibc
import Synchronization

/// A program that was started by this process, and does not outlive it.
final class ChildProcess: Sendable {
  private let number: pid_t
  /// Whether it has been waited for; its number may be another process' from then on.
  private let isGone = Mutex(false)

  /// Starts a program; the thread that does so must be one that stays.
  /// - Throws: `unavailable` where the system has no room for it.
  init(_ path: String, _ arguments: [String]) throws(Failure) {
    var words = unsafe ([path] + arguments).map { unsafe strdup($0) }
    unsafe words.append(nil)
    defer { unsafe words.forEach { unsafe free($0) } }
    number = unsafe jbr_start_bound_child(path, words)
    guard number > 0 else { throw .system("start", path: path, .unavailable) }
  }

  deinit { end(milliseconds: 0) }

  /// Whether it still runs.
  var isRunning: Bool {
    isGone.withLock { isGone in
      if !isGone, waitpid(number, nil, WNOHANG) != 0 { isGone = true }
      return !isGone
    }
  }

  /// Asks it to end and waits; after the time, it is ended.
  func end(milliseconds: Int) {
    guard isRunning else { return }
    kill(number, SIGTERM)
    for _ in 0..<milliseconds where isRunning { usleep(1000) }
    isGone.withLock { isGone in
      guard !isGone else { return }
      kill(number, SIGKILL)
      while waitpid(number, nil, 0) < 0 && errno == EINTR {}
      isGone = true
    }
  }
}

/// The first of these that a user may run; nil if there is none.
func executable(_ paths: [String]) -> String? {
  paths.first { unsafe access($0, X_OK) == 0 }
}

/// Whether somebody listens on a Unix socket.
func isListening(_ path: String) -> Bool {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let bytes = [UInt8](path.utf8)
  let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { space in
    // The last byte stays NUL.
    guard bytes.count < space.count else { return false }
    unsafe space.copyBytes(from: bytes)
    return true
  }
  guard fits else { return false }
  let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
  guard number >= 0 else { return false }
  defer { _ = close(number) }
  let size = socklen_t(MemoryLayout<sockaddr_un>.size)
  return unsafe withUnsafePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe connect(number, $0, size) == 0
    }
  }
}

/// Removes a socket that its owner left behind.
func removeSocket(_ path: String) {
  var status = stat()
  guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
  unsafe unlink(path)
}
