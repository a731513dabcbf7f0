import ArgumentParser
import JBRTool

/// The tool's name, for lines on standard error.
let toolName = "jbr-volgen"

struct Volgen: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: toolName,
    abstract: "Write, read and check volfiles.",
    discussion: """
      A volfile is a graph of GlusterFS translators. The graphs on which bricks, clients and \
      reconciliation run are made from a description of the replica set in JSON, from what \
      GlusterFS says of a volume, or from another volfile. 'check' says what is wrong with a \
      volfile before GlusterFS sees it, 'diff' in what two mean something else, and 'set' changes \
      one. Nothing that is in it is run.

      Examples:
        jbr-volgen brick -i set.json --replica brick0 > brick0.vol
        jbr-volgen client -i set.json -o client.vol
        jbr-volgen recon -i set.json -o recon/
        jbr-volgen recon -i /var/lib/glusterd/vols/v --local $(hostname) \\
            --socket-directory /run
        jbr-volgen diff old.vol new.vol
        jbr-volgen check *.vol | jq 'select(.severity == "error")'
      """,
    version: versionText,
    subcommands: [
      ReconCommand.self, BrickCommand.self, ClientCommand.self, CheckCommand.self,
      FormatCommand.self, DiffCommand.self, GraphCommand.self, GetCommand.self, SetCommand.self,
      InquireCommand.self,
    ])
}
