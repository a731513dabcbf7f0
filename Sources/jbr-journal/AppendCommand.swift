import ArgumentParser
import JBRCore
import JBRTool

struct AppendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "append",
    abstract: "Journals requests from standard input, and echoes each once it is durable.",
    discussion: """
      Takes the request lines that dump prints, in any number; each gets the next index of the \
      current term, whatever id its line has. Lines that are there at once share one flush. A \
      line that cannot be taken ends it; what was echoed before stays.
      """)

  private static let groupCountMax = 256

  @Option(
    help: ArgumentHelp(
      "Bytes that requests leave free on the file system.", valueName: "bytes"))
  var reserve: UInt64 = UInt64(WriterLimits().reserveByteCount)
  @OptionGroup var output: OutputOptions
  @OptionGroup var journal: JournalArgument

  func run() throws {
    var limits = WriterLimits()
    limits.reserveByteCount = Int(clamping: reserve)
    let opened = try journal.open(limits)
    var lines = try LineReader(path: "-")
    var writer = output.makeWriter()
    var group: [(line: Int, request: NewRequest)] = []
    while let line = try lines.next() {
      if !line.isEmpty {
        do throws(Failure) {
          if let request = try decode(line, lines.lineNumber) {
            group.append((lines.lineNumber, request))
          }
        } catch {
          // What came before the bad line is journaled and told first.
          try commit(&group, opened, &writer)
          throw error
        }
      }
      if !lines.hasLine || group.count >= Self.groupCountMax {
        try commit(&group, opened, &writer)
      }
    }
    try commit(&group, opened, &writer)
  }

  private func decode(_ line: ByteView, _ number: Int) throws(Failure) -> NewRequest? {
    guard
      let decoded = try RequestLine.decode(line, lineNumber: number, path: "standard input")
    else { return nil }
    let request = decoded.request
    if request.payloadByteCount > 0, decoded.payload == nil {
      throw Failure(
        .damaged, "is missing: dump with --payload base64 or --payload DIR",
        path: "standard input", at: .line(number), field: "payload")
    }
    var new = NewRequest(
      request, payload: request.payloadByteCount > 0 ? decoded.payload : nil)
    new.client = decoded.details?.client ?? .null
    return new
  }

  private func commit(
    _ group: inout [(line: Int, request: NewRequest)], _ opened: JournalWriter,
    _ writer: inout LineWriter
  ) throws(Failure) {
    guard !group.isEmpty else { return }
    let ids = try opened.commit(group.map { .request($0.request) })
    for (id, entry) in zip(ids, group) {
      try writer.write("appended") { line in
        line.field("id", id.description)
        line.field("term", id.term.rawValue)
        line.field("index", id.index)
        line.field("fop", entry.request.request.fop.name)
        line.field("line", entry.line)
      }
    }
    group = []
    try writer.flush()
  }
}
