import ArgumentParser
import JBRCore

struct BrickCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "brick",
    abstract: "Make the graphs that the replicas' servers run.",
    discussion: """
      From the bottom: the brick, access control, locks, threads, the journal, a connection to \
      each peer, jbr over journal and peers, statistics, and the server. Of a volume without \
      journal based replication: what glusterd of GlusterFS 10.3 makes.

      Examples:
        jbr-volgen brick -i set.json -o volfiles/
        jbr-volgen brick -i set.json --replica brick0 > brick0.vol
        gluster volume info v --xml | jbr-volgen brick -i - --replica brick-0
      """)

  @OptionGroup var description: DescriptionOptions
  @OptionGroup var replicas: ReplicaOptions
  @OptionGroup var output: GraphOutput

  func run() throws {
    let set = try description.read()
    let generator = description.generator(set)
    var files: [GraphFile] = []
    for replica in try replicas.choose(from: set) {
      let graph = try description.make { () throws(Failure) in try generator.brick(replica) }
      files.append(
        GraphFile(
          graph: graph, name: "\(replica.name).vol", kind: "brick", replica: replica.name))
    }
    description.noteLeftOut(set)
    try output.write(files)
  }
}
