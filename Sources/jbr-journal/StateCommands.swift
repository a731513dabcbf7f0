import ArgumentParser
import JBRCore
import JBRTool

struct SetStateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set-state",
    abstract: "Takes requests, or a term, into another state.",
    discussion: """
      Requests, named with --request or with --term and --index: in-progress, need-fsync, \
      committed, invalid. A term, named with --term: current (opens it; it must be above all \
      others), draining, frozen, retired. Only legal changes are made: all of them or none.
      """)

  @Argument(help: ArgumentHelp("The state.", valueName: "state"))
  var state: String
  @Option(help: ArgumentHelp("A request, as 3/17; may be repeated.", valueName: "id"))
  var request: [String] = []
  @Option(help: ArgumentHelp("The term.", valueName: "number"))
  var term: UInt64?
  @Option(
    help: ArgumentHelp("Requests of the term: 1, 1..20, ends included.", valueName: "range"))
  var index: String?
  @Option(
    help: ArgumentHelp(
      "For retired: the reconciliation id, 16 hexadecimal digits, equal on all replicas.",
      valueName: "id"))
  var reconciliationId: String?
  @OptionGroup var output: OutputOptions
  @OptionGroup var journal: JournalArgument

  func run() throws {
    var writer = output.makeWriter()
    if let state = RequestState(name: state) {
      try change(to: state, &writer)
    } else {
      try changeTerm(&writer)
    }
    try writer.flush()
  }

  private func change(to state: RequestState, _ writer: inout LineWriter) throws {
    var changes: [Term: [NewEvent]] = [:]
    for text in request {
      let id = try Selection.request(text, option: "--request")
      changes[id.term, default: []].append(
        .state(state, index: id.index, sub: id.sub, last: id.index, results: []))
    }
    if let index {
      guard let term else {
        throw Failure(.usage, "needs --term as well", field: "--index")
      }
      let range = try Selection.range(index, option: "--index")
      changes[Term(term), default: []].append(
        .state(state, index: range.lowerBound, sub: 0, last: range.upperBound, results: []))
    }
    guard !changes.isEmpty else {
      throw Failure(.usage, "name requests with --request, or with --term and --index")
    }
    guard changes.count == 1 else {
      throw Failure(.usage, "takes requests of one term at a time", field: "--request")
    }
    let opened = try journal.open()
    for (term, events) in changes {
      _ = try opened.commit(events, in: term)
      for case .state(_, let first, let sub, let last, _) in events {
        try writer.write("state_set") { line in
          line.field("journal", journal.journal)
          line.field("term", term.rawValue)
          line.field("first", first)
          line.field("last", last)
          if sub > 0 { line.field("sub", sub) }
          line.field("state", state.name)
        }
      }
    }
  }

  private func changeTerm(_ writer: inout LineWriter) throws {
    let names = RequestState.allCases.map(\.name) + Superblock.TermState.allCases.map(\.name)
    guard let wanted = Superblock.TermState.allCases.first(where: { $0.name == state }) else {
      throw Failure(
        .usage, "\"\(state)\" is not a state: \(names.joined(separator: ", "))", field: "state")
    }
    guard let number = term, index == nil, request.isEmpty else {
      throw Failure(.usage, "\(state) is a state of terms: name one with --term", field: "state")
    }
    let term = Term(number)
    let opened = try journal.open()
    switch wanted {
    case .current: try opened.open(term)
    case .draining: try opened.close(term)
    case .frozen: try opened.freeze(term)
    case .retired: try opened.retire(term, reconciliation: try reconciliation())
    }
    try writer.write(term, of: opened.superblock, journal: journal.journal)
  }

  private func reconciliation() throws(Failure) -> UInt64 {
    guard let text = reconciliationId, text.utf8.count == 16, let id = UInt64(text, radix: 16)
    else {
      throw Failure(
        .usage, "retired needs the id that is equal on all replicas, 16 hexadecimal digits",
        field: "--reconciliation-id")
    }
    return id
  }
}

struct CloseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "close",
    abstract: "Ends a term's taking of requests; freezes it if nothing more will come of any.")

  @Option(
    help: ArgumentHelp("The term; the current one if left out.", valueName: "number"))
  var term: UInt64?
  @OptionGroup var output: OutputOptions
  @OptionGroup var journal: JournalArgument

  func run() throws {
    let opened = try journal.open()
    let named = term.map { Term($0) }
    guard let term = named ?? opened.currentTerm else {
      throw Failure(.refused, "no term is current: name one with --term", path: journal.journal)
    }
    try opened.close(term)
    if opened.states(of: term)?.areFinal == true { try opened.freeze(term) }
    var writer = output.makeWriter()
    try writer.write(term, of: opened.superblock, journal: journal.journal)
    try writer.flush()
  }
}

struct PruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Deletes the files of retired terms, and of no others.",
    discussion: "A retired term behind one that is not stays too, until that one is retired.")

  @Flag(name: [.customShort("n"), .long], help: "Only say what would be deleted.")
  var dryRun = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var journal: JournalArgument

  func run() throws {
    var writer = output.makeWriter()
    for (term, byteCount) in try pruned() {
      try writer.write("pruned") { line in
        line.field("journal", journal.journal)
        line.field("term", term.rawValue)
        line.field("bytes", byteCount)
        line.field("dry_run", dryRun)
      }
    }
    try writer.flush()
  }

  private func pruned() throws(Failure) -> [(term: Term, byteCount: Int)] {
    dryRun
      ? try JournalPruning.candidates(journal.journal, on: SystemDisk())
      : try journal.open().prune()
  }
}
