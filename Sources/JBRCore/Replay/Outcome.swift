/// What became of one request on one replica.
public enum Outcome: Equatable, Sendable {
  case applied
  /// In a dry run: it would be applied.
  case wouldApply
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
  /// The journal says that it was rolled back: it never happened.
  case invalid
  /// The journal does not say that it reached its quorum: it may turn out not to have happened.
  case unagreed
}

extension Outcome {
  /// The word for it in output.
  public var word: String {
    switch self {
    case .applied: "applied"
    case .wouldApply: "would_apply"
    case .alreadyApplied: "already_applied"
    case .skipped: "skipped"
    case .refused: "refused"
    case .failed: "failed"
    }
  }

  var isFailed: Bool {
    if case .failed = self { true } else { false }
  }

  /// Errors that are no answer to the request itself but trouble of the brick or its disk. A GFID
  /// that is missing is one: something that the request needs was never replayed.
  static let troubles: Set<Int32> = [
    EIO, ENOMEM, EACCES, EBUSY, ENFILE, EMFILE, ETXTBSY, ENOSPC, EROFS, ESTALE, EUCLEAN, EDQUOT,
    ENOTCONN, ETIMEDOUT,
  ]

  /// What an error of the brick means.
  init(_ error: BrickError) {
    let isTrouble =
      Self.troubles.contains(error.errno) || error.call == Layout.gfidCall
      || error.call == Layout.unsupportedCall
    self = isTrouble ? .failed(error) : .refused(error)
  }
}
