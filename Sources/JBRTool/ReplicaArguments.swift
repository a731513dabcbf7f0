public import ArgumentParser
public import JBRCore

/// The replicas that a tool works on.
public struct ReplicaArguments: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A replica: its name, its journal, and its brick if there is one.",
      valueName: "name=journal[,brick]"))
  public var replicas: [String] = []

  public init() {}

  /// The replicas, of which no name stands twice.
  public func required() throws(Failure) -> [ReplicaName] {
    guard !replicas.isEmpty else {
      throw Failure(.usage, "no replica is given: write NAME=JOURNAL[,BRICK]")
    }
    let names = try replicas.map { text throws(Failure) in try ReplicaName(parsing: text) }
    try ReplicaName.requireDistinct(names)
    return names
  }
}

/// Reads the journals of all replicas, and says on standard error what is wrong with them.
///
/// - Returns: the journals, and `damaged` if any is.
public func readJournals(
  _ names: [ReplicaName], through hosts: Hosts, tool: String
) throws(Failure) -> (journals: [ReplicaJournal], status: ExitStatus) {
  var status = ExitStatus.ok
  let journals = try hosts.replicaJournals(names)
  for journal in journals {
    for failure in journal.damages + journal.torn { report(failure, tool: tool) }
    for path in journal.stale {
      note("\(path): left over from an earlier run, not read", tool: tool)
    }
    if !journal.isWhole { status = .damaged }
  }
  return (journals, status)
}

extension Hosts {
  /// The hosts that a tool's arguments name; what there is to tell goes to standard error.
  public convenience init(tool: String) throws(Failure) {
    try self.init { JBRTool.note($0, tool: tool) }
  }
}
