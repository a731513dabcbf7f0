import ArgumentParser
import JBRCore
import JBRTool

/// What must be known of the replica set beside its journals.
struct SetOptions: ParsableArguments {
  @Option(
    name: .customLong("replicas"),
    help: ArgumentHelp(
      "How many replicas the set has, those that are away included.", valueName: "count"))
  var count: Int?

  @Option(
    help: ArgumentHelp(
      "How many percent of the replicas a write was acknowledged by.", valueName: "percent"))
  var quorumPercent: Int?

  @Option(help: ArgumentHelp("The replica that led.", valueName: "name"))
  var leader: String?

  var resolved: ReplicaSetOptions {
    ReplicaSetOptions(replicas: count, quorumPercent: quorumPercent, leader: leader)
  }
}
