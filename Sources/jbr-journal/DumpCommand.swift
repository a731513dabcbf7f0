import ArgumentParser
import JBRCore
import JBRTool

struct DumpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dump",
    abstract: "Prints requests, one a line.",
    discussion: """
      Without a selection, a line for each file's end and for bytes outside of records is \
      printed too, so that import can write the same files again.
      """)

  @OptionGroup var select: SelectOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var cursor: CursorOptions

  @Option(
    help: ArgumentHelp(
      "What becomes of payloads: left out, put into the line, or into files of their own in DIR.",
      valueName: "none|base64|DIR"))
  var payload = "none"

  @OptionGroup var arguments: JournalArguments

  func run() throws {
    let selection = try select.selection(ofJournals: true)
    let journals = try arguments.required()
    let payloads = PayloadChoice(payload)
    if case .directory(let path) = payloads {
      guard journals.count == 1 else {
        throw Failure(
          .usage, "takes one journal at a time, as files are named by run, file and ordinal",
          field: "--payload")
      }
      try NewFile.makeDirectory(path)
    }
    let dump = Dump(
      selection: selection, payloads: payloads, isTable: output.isTable,
      after: try cursor.cursor(journals), printsCursors: cursor.cursor,
      keepsCursor: cursor.cursorFile != nil)
    var scan = JournalScan(output.makeWriter(), selection)
    var last: JournalCursor?
    try scan.each(journals) { scan, path, reader throws(Failure) in
      try dump.run(&scan, path, &reader) { last = $0 }
    }
    if let last { try cursor.keep(last) }
    try scan.finish()
  }
}

/// What becomes of payloads.
enum PayloadChoice: Equatable {
  case none, base64
  case directory(String)

  init(_ text: String) {
    switch text {
    case "none": self = .none
    case "base64": self = .base64
    default: self = .directory(text)
    }
  }
}
