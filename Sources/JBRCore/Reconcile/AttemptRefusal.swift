/// Why a step of an attempt to reconcile is refused. Nothing was changed.
public enum AttemptRefusal: Error, Equatable, Sendable {
  /// The participant has promised another attempt. A stale one must not write over what a newer
  /// one did (finding 4).
  case stale(attempt: Term, promised: Term)
  /// A server acts on the journal; only it may fence itself.
  case serverIsRunning
  /// The participant restarted since it was fenced: what was done there may be lost (finding 11).
  case restarted(was: UInt64, now: UInt64)
  /// The journal lacks the content of a request that happened (finding 10).
  case contentMissing(RequestID)
  /// No decision tells what became of a term that others have done with: see `CatchUp`.
  case termsMissing(from: Term)
  /// Nothing is touched before the attempt's record is here (finding 3).
  case notRecorded(attempt: Term)
  /// The record lists one request twice, or terms that it is not about.
  case malformed(Term)
  case duplicateReplica(String)
  case tooManyReplicas(Int, of: Int)
  /// Nothing is below the attempt's number that is not decided.
  case nothingToDecide(attempt: Term)
  /// Too few can answer for all of a term; no later one may be decided either (findings 2, 9).
  case tooFewVouch(Term, needed: Int, vouching: [String])
  /// No rule may choose between these.
  case conflicts([RequestID: FateCase])
  /// One attempt recorded two tables.
  case recordsDisagree(Term, attempt: Term)
}
