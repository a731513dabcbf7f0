import CChild
import Glibc
import Synchronization

/// A program that was started by this process, and does not outlive it.
final class ChildProcess: Sendable {
  private let number: pid_t
  /// How it ended, once it has been waited for; its number may be another process' from then on.
  private let status = Mutex<CInt?>(nil)

  /// Starts a program; the thread that does so must be one that stays.
  /// - Throws: `unavailable` where the system has no room for it.
  init(_ path: String, _ arguments: [String]) throws(Failure) {
    var words = unsafe ([path] + arguments).map { unsafe strdup(systemPath($0)) }
    unsafe words.append(nil)
    defer { unsafe words.forEach { unsafe free($0) } }
    number = unsafe jbr_start_bound_child(systemPath(path), words)
    guard number > 0 else { throw .system("start", path: path, .unavailable) }
  }

  deinit { end(milliseconds: 0) }

  /// Whether it still runs.
  var isRunning: Bool { status.withLock { status in look(&status, WNOHANG) == nil } }

  /// Waits for its end, but not for ever.
  /// - Returns: its exit status; 128 and the signal's number for one that a signal ended, nil if it
  ///   still runs.
  func wait(milliseconds: Int) -> CInt? {
    for _ in 0..<milliseconds where isRunning { usleep(1000) }
    return status.withLock { status in look(&status, WNOHANG) }
  }

  private func look(_ status: inout CInt?, _ flags: CInt) -> CInt? {
    if let status { return status }
    var found: CInt = 0
    var answer = unsafe waitpid(number, &found, flags)
    while answer < 0 && errno == EINTR { answer = unsafe waitpid(number, &found, flags) }
    guard answer != 0 else { return nil }
    let signal = found & 0x7f
    status = signal == 0 ? (found >> 8) & 0xff : 128 + signal
    return status
  }

  /// Asks it to end and waits; after the time, it is ended.
  func end(milliseconds: Int) {
    guard isRunning else { return }
    kill(number, SIGTERM)
    for _ in 0..<milliseconds where isRunning { usleep(1000) }
    status.withLock { status in
      guard status == nil else { return }
      kill(number, SIGKILL)
      _ = look(&status, 0)
    }
  }
}

/// The first of these that a user may run; nil if there is none.
func executable(_ paths: [String]) -> String? {
  paths.first { unsafe access(systemPath($0), X_OK) == 0 }
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
  guard unsafe lstat(systemPath(path), &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
    return
  }
  unsafe unlink(systemPath(path))
}
