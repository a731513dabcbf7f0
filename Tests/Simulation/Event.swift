/// What may happen in a history, each with all that chance decides about it, so that the same
/// events give the same history, and any of them can be left out.
package enum Event: Equatable, Sendable {
  /// A client asks a leader for a change.
  case submit(seed: UInt64)
  /// A client that does not know what became of a request asks again, under the same name.
  case retry(seed: UInt64)
  /// A client reads all that there is.
  case read(seed: UInt64)
  /// A leader gives up the oldest request whose outcome is open.
  case expire(seed: UInt64)
  /// Messages arrive, in any order; a few are lost, or come twice.
  case deliver(seed: UInt64, count: Int)
  case resend
  case destage(replica: Int, count: Int)
  /// The power goes at the n-th effect on the disk, or on the brick, from now on.
  case power(replica: Int, after: Int, onBrick: Bool, seed: UInt64)
  case kill(replica: Int)
  case start(replica: Int)
  case cut(first: Int, second: Int)
  case heal
  case loseDisk(replica: Int)
  case rot(replica: Int, seed: UInt64)
  case prune(replica: Int)
  /// Somebody applies by hand what is in a journal and not agreed.
  case meddle(replica: Int, seed: UInt64)
  /// Somebody begins to reconcile these replicas, by their bits.
  case attempt(members: UInt64, seed: UInt64)
  /// One of those who reconcile does its next steps.
  case advance(run: Int, steps: Int)
}
