import ArgumentParser
import JBRCore

/// From which description a graph is made.
struct DescriptionOptions: ParsableArguments {
  @Option(
    name: [.customShort("i"), .customLong("input")],
    help: ArgumentHelp(
      "The description of the replica set, in JSON; '-' is standard input.",
      valueName: "description"))
  var input: String

  /// Reads and validates the description.
  func read() throws(Failure) -> ReplicaSetDescription {
    let bytes = try readSmallFile(input, limit: ReplicaSetDescription.byteCountMax)
    return try ReplicaSetDescription(json: bytes, path: name)
  }

  func generator(_ description: ReplicaSetDescription) -> GraphGenerator {
    GraphGenerator(description, source: name)
  }

  /// Makes a graph; an error in the description names its file.
  func make(_ graph: () throws(Failure) -> VolumeGraph) throws(Failure) -> VolumeGraph {
    do {
      return try graph()
    } catch {
      var named = error
      named.path = name
      throw named
    }
  }

  private var name: String { input == "-" ? "standard input" : input }
}

/// Of which replicas graphs are made.
struct ReplicaOptions: ParsableArguments {
  @Option(
    name: .customLong("replica"),
    help: ArgumentHelp(
      "Only this replica; may be given several times. The default is all.", valueName: "name"))
  var names: [String] = []

  /// The chosen replicas, in the description's order.
  func choose(
    from description: ReplicaSetDescription
  ) throws(Failure) -> [DescribedReplica] {
    for name in names where !description.replicas.contains(where: { $0.name == name }) {
      let known = description.replicas.map(\.name).joined(separator: ", ")
      throw Failure(.usage, "--replica \(name): no such replica; there are \(known)")
    }
    return description.replicas.filter { names.isEmpty || names.contains($0.name) }
  }
}
