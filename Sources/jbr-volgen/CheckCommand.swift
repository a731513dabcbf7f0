import ArgumentParser
import JBRCore
import JBRTool

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say what is wrong with volfiles, all of it at once.",
    discussion: """
      A line for each finding, and one for each file. Ends with 1 if there are only warnings \
      (unused volumes, unknown or repeated options), and with 65 if there are errors: what \
      GlusterFS refuses, and what it would silently make another graph of. Nothing is run.

      Options are held against the installed GlusterFS' own lists where there is one, and against \
      a built-in list of 10.3's elsewhere. --real has the installed GlusterFS itself read each \
      graph, in a process of its own, and compares what it makes of it.

      Examples:
        jbr-volgen check /var/lib/glusterd/vols/*/*.vol
        jbr-volgen check --real brick0.vol
        jbr-volgen client -i set.json | jbr-volgen check -
      """)

  @Flag(
    help: """
      Have the installed GlusterFS read each graph, too, without starting it or opening anything.
      """)
  var real = false

  @OptionGroup var table: OptionTableOptions

  @Flag(
    help: """
      Do not look at the paths of this machine: compare no volume-ids, and paths by their text.
      """)
  var noBricks = false

  @Argument(help: ArgumentHelp("Volfiles; '-' is standard input.", valueName: "volfile"))
  var volfiles: [VolfileInput]

  @OptionGroup var output: OutputOptions

  func validate() throws { try VolfileInput.requireOneStandardInput(volfiles) }

  func run() throws {
    var writer = output.makeWriter()
    var check = VolfileCheck(isReal: real, options: table.optionTable, looksAtBricks: !noBricks)
    try check.check(volfiles, &writer)
    try writer.flush()
    if let status = check.status { throw Finished(status) }
  }
}

/// Who is asked for translators' options.
struct OptionTableOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "installed: ask the installed GlusterFS for its translators' options; built-in: do not.",
      discussion: "The default is installed where there is a GlusterFS, and built-in elsewhere.",
      valueName: "installed|built-in"))
  var optionTable: OptionSource?
}

/// Where translators' options are looked up.
enum OptionSource: String, CaseIterable, ExpressibleByArgument {
  case installed
  case builtIn = "built-in"
}
