@testable import JBRCore

/// How far an attempt has come at its participants.
struct AttemptProgress: Equatable, Sendable {
  let participants: Set<String>
  private(set) var recorded: Set<String> = []
  private(set) var finished: Set<String> = []

  init(_ attempt: Attempt) { participants = Set(attempt.promises.map(\.replica)) }

  /// Takes that a participant has recorded the decision.
  mutating func noteRecorded(_ replica: String) { recorded.insert(replica) }

  /// Takes that a participant has finished.
  mutating func noteFinished(_ replica: String) { finished.insert(replica) }

  /// Whether anything may be touched: no brick, state or id before all have recorded (finding 3).
  var mayApply: Bool { recorded == participants }

  /// Whether a leader of the opened term may start: one that finished, after all did.
  func mayLead(_ replica: String) -> Bool {
    finished == participants && finished.contains(replica)
  }
}
