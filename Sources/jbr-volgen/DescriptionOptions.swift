import ArgumentParser
import JBRCore
import JBRTool

/// Of what a graph is made.
struct DescriptionOptions: ParsableArguments {
  @Option(
    name: [.customShort("i"), .customLong("input")],
    help: ArgumentHelp(
      "The replica set: a JSON description, the output of 'gluster volume info --xml', glusterd's "
        + "directory of the volume, or a volfile; '-' is standard input.",
      valueName: "source"))
  var input: String

  @Option(
    help: ArgumentHelp(
      "The volume; needed where the source has several.", valueName: "name"))
  var volume: String?

  @Option(
    help: ArgumentHelp(
      "A JSON description of which any key may be missing, to lay over what the source says.",
      valueName: "file"))
  var overlay: String?

  @Option(
    help: ArgumentHelp(
      "The replicas of this host, or the replica of this name, are on this machine; may be given "
        + "several times.", valueName: "host|name"))
  var local: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where recon's Unix sockets are to be, NAME.sock for each local replica that has none.",
      valueName: "dir"))
  var socketDirectory: String?

  @Option(
    help: ArgumentHelp(
      "The port of recon's first private server on each other host; the next ones follow.",
      valueName: "port"))
  var reconPort: Int?

  func validate() throws {
    if input == "-", overlay == "-" {
      throw ValidationError("Standard input is the source or the overlay, and cannot be both.")
    }
    if let socketDirectory, !socketDirectory.hasPrefix("/") {
      throw ValidationError("--socket-directory must be an absolute path.")
    }
    if let reconPort, !(1...65535).contains(reconPort) {
      throw ValidationError("--recon-port is not from 1 to 65535.")
    }
  }

  /// Reads and validates the source, and says which options of the volume graphs cannot show.
  func read() throws(Failure) -> ReplicaSetDescription {
    var supplement = SourceSupplement()
    supplement.volume = volume
    supplement.local = local
    supplement.socketDirectory = socketDirectory
    supplement.reconPort = reconPort
    if let overlay {
      let bytes = try readSmallFile(overlay, limit: ReplicaSetDescription.byteCountMax)
      supplement.overlay = (bytes, overlay == "-" ? "standard input" : overlay)
    }
    return try ReplicaSetDescription(source: input, named: name, supplement)
  }

  /// Says on standard error what was set for the volume and stands in none of our graphs.
  func noteLeftOut(_ description: ReplicaSetDescription) {
    let left = description.options.withoutPlace
    guard !left.isEmpty else { return }
    note(
      "\(name): no graph made here shows \(left.joined(separator: ", ")); add by hand what is "
        + "missed", tool: toolName)
  }

  func generator(
    _ description: ReplicaSetDescription, planID: String? = nil
  ) -> GraphGenerator {
    GraphGenerator(description, source: name, planID: planID)
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
