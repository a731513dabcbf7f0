import ArgumentParser
import JBRCore

struct ClientCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "client",
    abstract: "Make the graph that a client mounts.",
    discussion: """
      A connection to each replica, the jbr client over those of a set, a distribute over several \
      sets, and the performance translators that the description names. Of a volume without \
      journal based replication: what glusterd of GlusterFS 10.3 makes.

      Examples:
        jbr-volgen client -i set.json -o client.vol
        jq '.performance = ["write-behind"]' set.json | jbr-volgen client -i -
        jbr-volgen client -i /var/lib/glusterd/vols/v | jbr-volgen diff - mounted.vol
      """)

  @OptionGroup var description: DescriptionOptions
  @OptionGroup var output: GraphOutput

  func run() throws {
    let set = try description.read()
    let generator = description.generator(set)
    let graph = try description.make { () throws(Failure) in try generator.client() }
    description.noteLeftOut(set)
    try output.write([GraphFile(graph: graph, name: "client.vol", kind: "client")])
  }
}
