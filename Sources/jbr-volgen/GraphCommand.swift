import ArgumentParser
import JBRCore

struct GraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Draw a volfile, in Graphviz' language.",
    discussion: """
      A box for each volume, coloured by the folder of its translator, and arrows to the volumes \
      that it uses. No password is shown.

      Examples:
        jbr-volgen graph client.vol | dot -Tsvg > client.svg
        jbr-volgen graph --options brick0.vol -o brick0.dot
      """)

  @Argument(help: ArgumentHelp("The volfile; '-' is standard input.", valueName: "volfile"))
  var volfile: VolfileInput

  @Flag(help: "Show the volumes' options, too.")
  var options = false

  @OptionGroup var output: GraphOutput

  func run() throws {
    let file = volfile
    let name = file.baseName
    let stem = name.hasSuffix(".vol") ? String(name.dropLast(4)) : name
    try output.write([
      GraphFile(
        graph: try file.readWhole(byName: true), name: stem + ".dot", kind: "graph",
        layout: .picture(withOptions: options))
    ])
  }
}
