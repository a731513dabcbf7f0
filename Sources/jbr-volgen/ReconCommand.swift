public import ArgumentParser
public import JBRCore

struct ReconCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recon",
    abstract: "Make the graphs through which a reconciliation reaches single replicas.",
    discussion: """
      For each replica the client graph: access by GFID over one connection. For a local one also \
      the graph of a private server of its brick on a Unix socket, to which its client graph \
      then connects. A graph reaches the brick that it is named after, and no other.

      Examples:
        jbr-volgen recon -i set.json -o recon/
        jbr-volgen recon -i set.json --replica brick1 --part client
      """)

  @OptionGroup var description: DescriptionOptions
  @OptionGroup var replicas: ReplicaOptions

  @Option(
    help: ArgumentHelp(
      "client: only the client graphs; brick: only the private servers' graphs.",
      valueName: "client|brick"))
  var part: ReconPart?

  @OptionGroup var output: GraphOutput

  func run() throws {
    let set = try description.read()
    let generator = description.generator(set)
    var files: [GraphFile] = []
    for replica in try replicas.choose(from: set) {
      for part in parts(of: replica) {
        let graph = try description.make { () throws(Failure) in
          try generator.recon(replica, part)
        }
        files.append(
          GraphFile(
            graph: graph, name: "\(replica.name)-\(part.rawValue).vol", kind: "recon",
            replica: replica.name, part: part))
      }
    }
    guard !files.isEmpty else {
      throw Failure(.usage, "--part brick: none of the replicas is local")
    }
    try output.write(files)
  }

  /// A part that was asked for of a replica by name must be there; one of all is where it can be.
  private func parts(of replica: DescribedReplica) -> [ReconPart] {
    let all = GraphGenerator.reconParts(of: replica)
    guard let part else { return all }
    return all.contains(part) || replicas.names.contains(replica.name) ? [part] : []
  }
}

extension ReconPart: ExpressibleByArgument {}
