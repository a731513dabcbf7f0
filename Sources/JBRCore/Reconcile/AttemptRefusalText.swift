extension AttemptRefusal {
  /// The refusal as a user sees it.
  public func failure(path: String? = nil) -> Failure { Failure(status, message, path: path) }

  private var status: ExitStatus {
    switch self {
    case .stale, .serverIsRunning, .restarted, .notRecorded: .tryAgain
    case .contentMissing, .termsMissing, .nothingToDecide, .tooFewVouch, .conflicts: .refused
    case .malformed, .recordsDisagree: .damaged
    case .duplicateReplica, .tooManyReplicas: .usage
    }
  }

  private var message: String {
    switch self {
    case .stale(let attempt, let promised):
      "attempt \(attempt) is out of date: \(promised) was promised meanwhile; plan again"
    case .serverIsRunning: "a server acts on the journal: stop it first"
    case .restarted(let was, let now):
      "the replica was in its boot \(was) when it was fenced and is in \(now): apply again"
    case .contentMissing(let id):
      "the journal lacks the content of \(id), which happened: bring a replica that has it"
    case .termsMissing(let term):
      """
      nobody can tell what became of term \(term), which others have done with and pruned: this \
      replica needs a full copy
      """
    case .notRecorded(let attempt): "no decision of attempt \(attempt) is recorded here"
    case .malformed(let attempt): "the decision of attempt \(attempt) makes no sense"
    case .duplicateReplica(let name): "replica \(name) is given twice"
    case .tooManyReplicas(let count, let all): "\(count) replicas are given, of \(all)"
    case .nothingToDecide(let attempt): "nothing below \(attempt) is left to decide"
    case .tooFewVouch(let term, let needed, let names):
      """
      term \(term) needs \(needed) replicas that vouch for it, and \(names.count) \
      do\(names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"): bring more replicas
      """
    case .conflicts(let cases):
      "no rule may choose: "
        + cases.sorted { $0.key < $1.key }.prefix(5).map { "\($0.key) \($0.value.rawValue)" }
        .joined(separator: ", ") + (cases.count > 5 ? " and \(cases.count - 5) more" : "")
    case .recordsDisagree(let term, let attempt):
      "attempt \(attempt) recorded two decisions on term \(term)"
    }
  }
}
