import Glibc

/// Holds work back to a number of bytes a second.
///
/// What was not used in the last moments may be used at once, but no more than a tenth of a
/// second's worth, so that a pause is followed by no burst.
final class Throttle {
  private static let burstSeconds = 0.1
  private let byteCountPerSecond: Double
  private let clock = ContinuousClock()
  /// When everything that was let through so far would be done at the rate.
  private var free: ContinuousClock.Instant

  /// `byteCountPerSecond` must be above 0.
  init(byteCountPerSecond: Int) {
    precondition(byteCountPerSecond > 0)
    self.byteCountPerSecond = Double(byteCountPerSecond)
    free = clock.now
  }

  /// Returns when so many more bytes may be written.
  func wait(for byteCount: Int) {
    let now = clock.now
    free = max(free, now - .seconds(Self.burstSeconds))
    free += .seconds(Double(byteCount) / byteCountPerSecond)
    if free > now { sleep(free - now) }
  }

  private func sleep(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    var left = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    // A signal cuts a sleep short; the rest is slept then.
    var rest = timespec()
    while unsafe nanosleep(&left, &rest) != 0 && errno == EINTR { left = rest }
  }
}
