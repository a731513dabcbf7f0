import ArgumentParser
import JBRCore
import JBRTool

struct TermsTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jbr-terms",
    abstract: "Lists the terms that replicas hold, and the state of each request in them.",
    discussion: """
      One line for each replica and term, or with --requests one line for each request, with one \
      column for each replica: held, absent, rolled_back or damaged.

      Examples:
        jbr-terms r0=/jnl/r0 r1=/jnl/r1 r2=/jnl/r2 | jq 'select(.absent > 0)'
        jbr-terms --requests --term 3 r0=/jnl/r0 r1=/jnl/r1 | jq 'select(.diverges)'
      """,
    version: versionText)

  @Flag(help: "One line for each request, with one column for each replica.")
  var requests = false

  @OptionGroup var select: SelectOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var arguments: ReplicaArguments

  func run() throws {
    let selection = try select.selection()
    let names = try arguments.required()
    let hosts = try Hosts(tool: "jbr-terms")
    defer { hosts.close() }
    let (journals, status) = try readJournals(names, through: hosts, tool: "jbr-terms")
    let table = try RequestTable(journals)
    let selected = rows(admittedBy: selection, in: table)
    var search = RequestSearch(selection)
    for row in table.rows { search.meet(row.id) }
    var writer = output.makeWriter()
    if requests {
      try write(selected, table, to: &writer)
    } else {
      let ids = Set(selected.map(\.id))
      for listing in table.listings(including: { ids.contains($0.id) }) {
        try writer.write("term") { listing.write(to: &$0, idSource: table.idSource) }
      }
    }
    try writer.flush()
    let missing = search.failures(in: names.map(\.journal))
    for failure in missing { report(failure, tool: "jbr-terms") }
    if status != .ok { throw Finished(status) }
    if let failure = missing.first { throw Finished(failure.status) }
  }

  /// The rows that a selection admits; in reverse, the first of them are the last of all.
  private func rows(
    admittedBy selection: Selection, in table: RequestTable
  ) -> [RequestRow] {
    var filter = SelectionFilter(selection)
    var selected: [RequestRow] = []
    for row in table.rows {
      guard let (_, record) = table.record(of: row) else { continue }
      if filter.matches(row.id, record.request) { selected.append(row) }
      filter.step(over: record.request)
    }
    if selection.reverse { selected.reverse() }
    return Array(selected.prefix(selection.limit ?? selected.count))
  }

  private func write(
    _ rows: [RequestRow], _ table: RequestTable, to writer: inout LineWriter
  ) throws(Failure) {
    let first = table.rows.first { $0.diverges }?.id
    for row in rows {
      try writer.write("request_state") { row.write(to: &$0, table, isFirst: row.id == first) }
    }
    for orphan in table.orphans {
      try writer.write("orphan_rollback") { orphan.write(to: &$0) }
    }
    try writer.write("divergence") { line in
      line.field("requests", table.rows.count)
      line.field("diverging", table.rows.filter(\.diverges).count)
      if let first { line.field("first", first.description) }
    }
  }
}
