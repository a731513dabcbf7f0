/// Words that lines of a plan cite beside the cases of the decision table.
public enum PlanWord: String, CaseIterable, Sendable {
  case restore
  case fullCopy = "full-copy"
  case foreignObject = "foreign-object"
  case overlapped, present, refused
  case foreign, conflict
  case lostSocket = "lost_socket"
  case noBrick = "no_brick"
  case unsafeQuorum = "unsafe_quorum"

  /// The type of the lines that cite it.
  public var lineType: String {
    switch self {
    case .restore, .fullCopy, .foreignObject: "step"
    case .overlapped, .present, .refused: "skip"
    case .foreign, .conflict, .lostSocket, .noBrick, .unsafeQuorum: "plan_finding"
    }
  }

  /// What it means.
  public var explanation: String {
    switch self {
    case .restore:
      """
      No single request is behind it: it becomes as it was before the requests that are void, or \
      as the journals together say.
      """
    case .fullCopy:
      "No single request is behind it: the whole brick becomes a copy of another replica's."
    case .foreignObject:
      """
      No request is behind it: no journal knows what stands there. It stands in the way, or in a \
      directory of which the journals know every name.
      """
    case .overlapped:
      "Later requests write all of it again; the last of them is named."
    case .present:
      "The brick has all of it already, although the replica's journal does not hold it."
    case .refused:
      """
      It happened and changed nothing: the file system's own rules refuse it, wherever it is done.
      """
    case .foreign:
      """
      No journal knows the object. Where it stands in the way, or in a directory of which the \
      journals know every name, it is set aside; elsewhere it stays.
      """
    case .conflict:
      "No rule says what is right, or no replica has it: a person must look. Nothing is done."
    case .lostSocket:
      "A socket that was journaled is on no brick. Nothing is done: whoever binds it makes it anew."
    case .noBrick:
      """
      The replica's brick is not given, and the journals alone do not tell its state. Nothing is \
      planned for it.
      """
    case .unsafeQuorum:
      """
      Fewer replicas vouch for the term than must. What only the others hold becomes void, \
      acknowledged or not.
      """
    }
  }
}
