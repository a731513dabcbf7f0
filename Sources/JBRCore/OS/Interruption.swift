import Glibc
import Synchronization

/// What is done before a signal ends the process.
///
/// A thread waits for the signals, so that the clean-up is ordinary code and no signal handler.
public enum Interruption {
  private static let actions = Mutex<[@Sendable () -> Void]>([])

  /// Has an action done when SIGINT, SIGTERM or SIGHUP comes; then the signal ends the process.
  public static func onSignal(_ action: @escaping @Sendable () -> Void) {
    let isFirst = actions.withLock { actions in
      actions.append(action)
      return actions.count == 1
    }
    guard isFirst else { return }
    var signals = sigset_t.endingProcess
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    var thread = pthread_t()
    let started = unsafe pthread_create(&thread, nil, { _ in unsafe Interruption.wait() }, nil)
    // Without a thread the signals must end the process as they always do.
    if started != 0 { unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
  }

  private static func wait() -> UnsafeMutableRawPointer? {
    var signals = sigset_t.endingProcess
    var number: CInt = 0
    while unsafe sigwait(&signals, &number) != 0 {}
    for action in actions.withLock({ $0 }) { action() }
    // The caller sees that a signal ended the tool, as a shell expects of Ctrl-C.
    endProcess(by: number)
    return nil
  }
}

extension sigset_t {
  /// The signals with which people end a tool, but those that whoever started it had it ignore, as
  /// nohup(1) does.
  static var endingProcess: sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) {
      unsafe sigaddset(&set, number)
    }
    return set
  }

  private static func isIgnored(_ number: CInt) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(number, nil, &action) == 0 else { return false }
    let handler = unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    let ignoring = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
    return handler == ignoring
  }
}

/// Waits for the signals with which people end a tool that would go on for ever.
public struct SignalWait: Sendable {
  /// From here on the signals wait until they are asked for.
  public init() {
    var set = sigset_t.endingProcess
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Whether one of the signals has come, or comes within the time.
  public func wait(milliseconds: Int) -> Bool { received(milliseconds: milliseconds) != nil }

  /// The signal that has come, or comes within the time.
  func received(milliseconds: Int) -> CInt? {
    var set = sigset_t.endingProcess
    var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
    let number = unsafe sigtimedwait(&set, nil, &time)
    return number > 0 ? number : nil
  }
}

/// Ends the process by a signal, as if it had never been held back.
func endProcess(by number: CInt) {
  var set = sigset_t()
  unsafe sigemptyset(&set)
  unsafe sigaddset(&set, number)
  signal(number, SIG_DFL)
  unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
  kill(getpid(), number)
}
