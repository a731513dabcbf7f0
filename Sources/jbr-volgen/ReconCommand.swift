public import ArgumentParser
public import JBRCore
import JBRTool

struct ReconCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recon",
    abstract: "Make the graphs through which a reconciliation reaches single replicas.",
    discussion: """
      For each replica two graphs: the client's, with access by GFID over one connection, and \
      that of a private server of the brick, to which it connects: on a Unix socket for a local \
      replica, at its recon_port for another. Neither has a journal or peers: a graph reaches \
      the brick that it is named after, and no other. With --plan there are graphs for the bricks \
      that the plan's steps change or read, and their comments name the plan.

      Examples:
        jbr-volgen recon -i set.json -o recon/
        jbr-volgen recon -i set.json --plan plan.jsonl -o recon/
        jbr-volgen recon -i set.json --replica brick1 --part client
        gluster volume info v --xml | jbr-volgen recon -i - --local $(hostname) \\
            --socket-directory /run/jbr --recon-port 35001 -o recon/
      """)

  @OptionGroup var description: DescriptionOptions
  @OptionGroup var replicas: ReplicaOptions

  @Option(
    help: ArgumentHelp(
      "Only the replicas whose bricks this plan of jbr-reconcile changes or reads.",
      valueName: "plan"))
  var plan: String?

  @Option(
    help: ArgumentHelp(
      "client: only the client graphs; brick: only the private servers' graphs.",
      valueName: "client|brick"))
  var part: ReconPart?

  @OptionGroup var output: GraphOutput

  func validate() throws {
    if plan != nil, !replicas.names.isEmpty {
      throw ValidationError("--plan and --replica exclude each other.")
    }
  }

  func run() throws {
    let set = try description.read()
    let plan = try plan.map { path throws(Failure) in try PlanFile(path: path) }
    let chosen: [DescribedReplica]
    if let plan {
      chosen = try PlannedBricks(plan: plan, description: set).replicas()
      guard !chosen.isEmpty else {
        return note("\(plan.path): the plan's steps need no brick", tool: toolName)
      }
    } else {
      chosen = try replicas.choose(from: set)
    }
    let generator = description.generator(set, planID: plan?.id)
    var files: [GraphFile] = []
    for replica in chosen {
      for part in part.map({ [$0] }) ?? ReconPart.allCases {
        let graph = try description.make { () throws(Failure) in
          try generator.recon(replica, part)
        }
        files.append(
          GraphFile(
            graph: graph, name: "\(replica.name)-\(part.rawValue).vol", kind: "recon",
            replica: replica.name, part: part, planID: plan?.id))
      }
    }
    try output.write(files)
  }
}

extension ReconPart: ExpressibleByArgument {}
