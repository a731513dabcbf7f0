import ArgumentParser
import JBRCore
import JBRTool

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say in what two volfiles mean something else.",
    discussion: """
      A line for each volume, type, option or subvolume in which they differ, and one for both \
      files. Layout, comments and the order of options mean nothing, and neither does the order \
      of volumes, but for the last. Ends with 1 if there are differences. A volfile that defines a \
      name twice, which GlusterFS refuses, is not compared. Values are printed as they are, \
      passwords too.

      Examples:
        jbr-volgen diff old.vol new.vol
        jbr-volgen client -i set.json | jbr-volgen diff mounted.vol -
      """)

  @Argument(help: ArgumentHelp("A volfile; '-' is standard input.", valueName: "left"))
  var left: VolfileInput

  @Argument(help: ArgumentHelp("Another one.", valueName: "right"))
  var right: VolfileInput

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try VolfileInput.requireOneStandardInput([left, right])
  }

  func run() throws {
    let differences = try left.readWhole(byName: true)
      .differences(to: try right.readWhole(byName: true))
    var writer = output.makeWriter()
    for difference in differences { try Self.write(difference, &writer) }
    try writer.write("volfile_diff") { line in
      line.field("left", left.name)
      line.field("right", right.name)
      line.field("differences", differences.count)
    }
    try writer.flush()
    if !differences.isEmpty { throw Finished(.found) }
  }

  private static func write(
    _ difference: GraphDifference, _ writer: inout LineWriter
  ) throws(Failure) {
    try writer.write("volfile_difference") { line in
      line.field("kind", difference.kind.rawValue)
      if let volume = difference.volume { line.field("volume", volume) }
      if let key = difference.key { line.field("key", key) }
      if let left = difference.left { line.field("left", left) }
      if let right = difference.right { line.field("right", right) }
      if let place = difference.leftPosition { line.field("left_line", place.line) }
      if let place = difference.rightPosition { line.field("right_line", place.line) }
    }
  }
}
