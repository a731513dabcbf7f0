import ArgumentParser
import JBRCore
import JBRTool

struct ReadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Writes a range of a file to standard output, as the user sees it.",
    discussion: """
      The journal is laid over the brick: requests that the brick has not applied yet are seen \
      already. Of a jbr journal those count that are agreed, or past that; --unagreed adds the \
      others. An fdl journal's requests are on the brick at once. With an index (see index) the \
      cost follows the answer, not the journal.
      """)

  private static let blockByteCount = 1 << 20

  @OptionGroup var file: FileChoice
  @OptionGroup var arguments: ViewArguments

  func run() throws {
    let range = try file.range()
    let view = try file.view(arguments)
    let gfid = try file.object(view)
    let shown = try view.file(gfid, range)
    guard let size = try shown.size() else {
      throw Failure(.cannotOpen, "there is no file \(gfid) in the view", path: arguments.journal)
    }
    if let unknown = try shown.unknown(in: range) {
      throw Failure(
        .refused,
        "bytes \(unknown.lowerBound)..<\(unknown.upperBound) were there before the journal: give --brick",
        path: arguments.journal)
    }
    if !shown.otherSizes.isEmpty {
      note(
        "\(gfid): the journal does not say whether a fallocate made it \(size) bytes long: give --brick",
        tool: "jbr-journal")
    }
    let end = min(range.upperBound, size)
    var offset = range.lowerBound
    let output = DescriptorSink.standardOutput
    while offset < end {
      let bytes = try shown.read(
        at: Int(offset), count: Int(min(end - offset, Int64(Self.blockByteCount))))
      guard !bytes.isEmpty else { break }
      try output.write(bytes[...])
      offset += Int64(bytes.count)
    }
    try ViewArguments.finish(view.lookup)
  }
}

struct BlameCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blame",
    abstract: "Says which request wrote each stretch of a file last.",
    discussion: "A stretch without an id was there before the journal.")

  @OptionGroup var output: OutputOptions
  @OptionGroup var file: FileChoice
  @OptionGroup var arguments: ViewArguments

  func run() throws {
    let range = try file.range()
    let view = try file.view(arguments)
    let gfid = try file.object(view)
    var writer = output.makeWriter()
    for stretch in try view.writers(of: gfid, range) {
      try writer.write("blame") { line in
        line.field("gfid", gfid)
        line.field("offset", stretch.range.lowerBound)
        line.field("length", stretch.range.upperBound - stretch.range.lowerBound)
        guard let id = stretch.id else { return }
        line.field("id", id.description)
        if let state = view.lookup.state(id) { line.field("state", state.name) }
        guard let record = stretch.writer else { return }
        line.field("fop", record.request.fop.name)
        if let details = record.details {
          line.field("time", JournalTime(sinceEpoch: details.time))
        }
      }
    }
    try writer.flush()
    try ViewArguments.finish(view.lookup)
  }
}
