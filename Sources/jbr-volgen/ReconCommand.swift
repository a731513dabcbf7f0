public import ArgumentParser
public import JBRCore

struct ReconCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recon",
    abstract: "Make the graphs through which a reconciliation reaches single replicas.",
    discussion: """
      For each replica two graphs: the client's, with access by GFID over one connection, and \
      that of a private server of the brick, to which it connects: on a Unix socket for a local \
      replica, at its recon_port for another. Neither has a journal or peers: a graph reaches \
      the brick that it is named after, and no other.

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
      for part in part.map({ [$0] }) ?? ReconPart.allCases {
        let graph = try description.make { () throws(Failure) in
          try generator.recon(replica, part)
        }
        files.append(
          GraphFile(
            graph: graph, name: "\(replica.name)-\(part.rawValue).vol", kind: "recon",
            replica: replica.name, part: part))
      }
    }
    try output.write(files)
  }
}

extension ReconPart: ExpressibleByArgument {}
