/// Something that a plan cannot settle by itself, or that a person should know.
public struct PlanFinding: Equatable, Sendable {
  public enum Kind: String, Sendable {
    /// An object that no journal knows.
    case foreign
    /// No rule says what is right, or no replica has it.
    case conflict
    /// A socket that was journaled and that no brick has: nothing is done.
    case lostSocket = "lost_socket"
    /// A replica without a brick, where journals alone do not tell its state: nothing is planned.
    case noBrick = "no_brick"
    /// Fewer vouch for a term than must, as a person wants it: something may be lost.
    case unsafeQuorum = "unsafe_quorum"
  }
  public var kind: Kind
  /// Empty for replicas that are not given.
  public var replica: String
  public var gfid: GFID?
  public var name: EntryName?
  public var request: RequestID?
  public var message: String
  public var term: Term?

  static func noBrick(_ replica: ReplicaName) -> PlanFinding {
    PlanFinding(
      kind: .noBrick, replica: replica.name, gfid: nil, name: nil, request: nil,
      message: """
        the journals do not begin at an empty brick, and its brick is not given: nothing is \
        planned for it
        """)
  }
}
