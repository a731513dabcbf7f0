import ArgumentParser
import JBRTool

struct ReconcileTool: ParsableCommand {
  static let toolName = "jbr-reconcile"
  static let configuration = CommandConfiguration(
    commandName: toolName,
    abstract: "Decides what to replay where after failures, does it, and proves it.",
    discussion: """
      Examples:
        jbr-reconcile status r0=/jnl/r0 r1=/jnl/r1 r2=/jnl/r2
        jbr-reconcile status r0=/jnl/r0 r1=hostb:/jnl/r1 r2=hostc:/jnl/r2
        jbr-reconcile plan -o p.jsonl r0=/jnl/r0,/brick/r0 r1=/jnl/r1,/brick/r1 r2=/jnl/r2,/brick/r2
        jq 'select(.type == "step")' p.jsonl
        jbr-reconcile apply p.jsonl --yes
        jbr-reconcile verify --plan p.jsonl
      """,
    version: versionText,
    subcommands: [
      StatusCommand.self, PlanCommand.self, WhatIfCommand.self, ShowCommand.self,
      ApplyCommand.self, UndoCommand.self, VerifyCommand.self, ExplainCommand.self,
      ServeCommand.self,
    ])
}
