import CChild
import Glibc
import Synchronization

/// A program whose standard input and output this process holds, and that does not outlive it.
final class TalkingChild: Sendable {
  let stream: DescriptorStream
  private let number: pid_t
  private let status = Mutex<CInt?>(nil)

  /// Starts a program that `PATH` leads to.
  /// - Throws: `unavailable` where the system has no room for it.
  init(_ arguments: [String]) throws(Failure) {
    var words = unsafe arguments.map { unsafe strdup($0) }
    unsafe words.append(nil)
    defer { unsafe words.forEach { unsafe free($0) } }
    var number = pid_t()
    let descriptor = unsafe jbr_start_talking_child(words, &number)
    guard descriptor >= 0 else {
      throw .system("start", path: arguments.first ?? "", .unavailable)
    }
    self.number = number
    stream = DescriptorStream(socket: descriptor)
  }

  deinit { _ = end(milliseconds: 0) }

  /// Hangs up and waits for its end; after the time, it is ended.
  /// - Returns: its exit status; 128 and the signal's number for one that a signal ended.
  func end(milliseconds: Int) -> CInt {
    stream.hangUp()
    return status.withLock { known in
      if let known { return known }
      var found: CInt = 0
      for _ in 0..<milliseconds {
        if unsafe waitpid(number, &found, WNOHANG) != 0 { return Self.keep(found, in: &known) }
        usleep(1000)
      }
      kill(number, SIGTERM)
      for _ in 0..<Self.patience {
        if unsafe waitpid(number, &found, WNOHANG) != 0 { return Self.keep(found, in: &known) }
        usleep(1000)
      }
      kill(number, SIGKILL)
      while unsafe waitpid(number, &found, 0) < 0 && errno == EINTR {}
      return Self.keep(found, in: &known)
    }
  }

  /// How many milliseconds it has to end by itself once it was asked to.
  private static let patience = 500

  private static func keep(_ status: CInt, in known: inout CInt?) -> CInt {
    let signal = status & 0x7f
    let result = signal == 0 ? (status >> 8) & 0xff : 128 + signal
    known = result
    return result
  }
}

/// The value of an environment variable; nil where it is missing or empty.
func environmentValue(_ name: String) -> String? {
  guard let value = unsafe getenv(name), unsafe value.pointee != 0 else { return nil }
  return unsafe String(cString: value)
}
