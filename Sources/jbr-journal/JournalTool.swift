import ArgumentParser
import JBRTool

struct JournalTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jbr-journal",
    abstract: "Looks into, checks and writes the journals of a replica.",
    discussion: """
      A JOURNAL is a directory of fdl pairs (X-meta-N.jnl, X-data-N.jnl), a directory of runs \
      (run1, run2, …), one meta file, or the directory of a jbr journal.

      Examples:
        jbr-journal dump --term 3..7 --fop writev /var/lib/jnl | jq .offset
        jbr-journal dump --payload base64 old | jbr-journal import --format fdl new
        jbr-journal verify replica0 replica1 replica2
        jbr-journal read --path dir/file --brick brick /var/lib/jnl
      """,
    version: versionText,
    subcommands: [
      DumpCommand.self, FollowCommand.self, ImportCommand.self, StatCommand.self,
      VerifyCommand.self,
      CreateCommand.self,
      AppendCommand.self, SetStateCommand.self, CloseCommand.self, ConvertCommand.self,
      PruneCommand.self, CompressCommand.self, IndexCommand.self, ReadCommand.self,
      BlameCommand.self, AtCommand.self, PathsCommand.self, RedactCommand.self,
    ])
}
