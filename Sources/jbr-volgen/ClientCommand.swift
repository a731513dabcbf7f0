import ArgumentParser
import JBRCore

struct ClientCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "client",
    abstract: "Make the graph that a client mounts.",
    discussion: """
      A connection to each replica, the jbr client over them, and the performance translators \
      that the description names.

      Examples:
        jbr-volgen client -i set.json -o client.vol
        jq '.performance = ["write-behind"]' set.json | jbr-volgen client -i -
      """)

  @OptionGroup var description: DescriptionOptions
  @OptionGroup var output: GraphOutput

  func run() throws {
    let graph = description.generator(try description.read()).client()
    try output.write([GraphFile(graph: graph, name: "client.vol", kind: "client")])
  }
}
