/// What became of one request on one replica.
public enum Outcome: Equatable, Sendable {
  case applied
  /// The brick already holds all that is still wanted of it.
  case alreadyApplied
  /// Not done, and not needed.
  case skipped(SkipReason)
  /// The file system's own rules say no, as they did on the brick that journaled it.
  case refused(BrickError)
  /// Trouble: the brick could not do what it should.
  case failed(BrickError)
}

/// Why a request needs nothing done.
public enum SkipReason: Equatable, Sendable {
  /// All that it writes is written again by later requests, of which this is the last.
  case overlapped(by: RequestID)
  /// A rollback or another record that changes no tree.
  case changesNothing
  /// It works on an object that an earlier request removed, by a descriptor that was still open.
  case objectRemoved(by: RequestID)
}
