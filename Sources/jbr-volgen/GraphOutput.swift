import ArgumentParser
import JBRCore
import JBRTool

/// A graph that is to be written, and what it is of.
struct GraphFile {
  var graph: VolumeGraph
  /// The file's name in a directory of graphs.
  var name: String
  /// For the line that says what was written: which graph, of which replica, which part.
  var kind: String
  var replica: String?
  var part: ReconPart?
  var planID: String?
  var layout = Layout.volfile

  enum Layout { case volfile, picture(withOptions: Bool) }

  func bytes() throws(Failure) -> [UInt8] {
    switch layout {
    case .volfile: try graph.volfile().exactBytes
    case .picture(let withOptions): [UInt8](graph.picture(withOptions: withOptions).utf8)
    }
  }

  /// Whether only the owner may read it.
  var isSecret: Bool {
    if case .picture = layout { return false }
    return graph.volumes.contains { $0.options.contains(where: \.isSecret) }
  }
}

extension GraphFile {
  /// The line that says what was written.
  fileprivate func writeLine(
    path: String, byteCount: Int, kept: String? = nil, isInPlace: Bool = false,
    _ writer: inout LineWriter
  ) throws(Failure) {
    try writer.write("volfile_written") { line in
      line.field("file", path)
      line.field("graph", kind)
      if let replica { line.field("replica", replica) }
      if let part { line.field("part", part.rawValue) }
      if let planID { line.field("plan_id", planID) }
      line.field("volumes", graph.volumes.count)
      line.field("bytes", byteCount)
      if isInPlace { line.field("changed", kept != nil) }
      if let kept { line.field("kept", kept) }
    }
  }
}

/// Where graphs go.
struct GraphOutput: ParsableArguments {
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp(
      "Write here instead of on standard output: a file for one graph, a directory for several.",
      discussion: """
        A directory is made if it is missing. A line on standard output says what was written.
        """,
      valueName: "file|dir"))
  var output: String?

  @Flag(help: "Replace files that exist.")
  var force = false

  @OptionGroup var lines: OutputOptions

  /// Writes all of the graphs, or none if one of the files exists.
  func write(_ files: [GraphFile]) throws(Failure) {
    guard let output, output != "-" else { return try writeToStandardOutput(files) }
    let isInto = files.count > 1 || output.hasSuffix("/") || isDirectory(output)
    let directory = output.hasSuffix("/") ? output : output + "/"
    let paths = files.map { isInto ? directory + $0.name : output }
    let contents = try zip(paths, files).map { path, file throws(Failure) in
      SmallFile(path: path, bytes: try file.bytes()[...], isSecret: file.isSecret)
    }
    if isInto {
      try Self.requireDistinct(paths)
      if files.count > 1, exists(output), !isDirectory(output) {
        throw Failure(
          .cannotCreate, "is a file, and \(files.count) graphs need a directory", path: output)
      }
      try makeDirectory(output)
    }
    try writeSmallFiles(contents, replacing: force)
    var writer = lines.makeWriter()
    for (content, file) in zip(contents, files) {
      try file.writeLine(path: content.path, byteCount: content.bytes.count, &writer)
    }
    try writer.flush()
  }

  /// Puts each graph in the place of the volfile that it was made of.
  func replace(_ files: [(input: VolfileInput, file: GraphFile)]) throws(Failure) {
    let contents = try files.map { _, file throws(Failure) in try file.bytes()[...] }
    var writer = lines.makeWriter()
    for (index, (input, file)) in files.enumerated() {
      let kept = try input.replace(with: contents[index])
      try file.writeLine(
        path: input.name, byteCount: contents[index].count, kept: kept, isInPlace: true,
        &writer)
    }
    try writer.flush()
  }

  /// Refuses to write in two places.
  func requireNoOutput(with write: Bool, norForce: Bool = true) throws {
    guard write else { return }
    if output != nil { throw ValidationError("--write and -o exclude each other.") }
    if norForce, force {
      throw ValidationError("--force goes with -o; --write keeps the original.")
    }
  }

  private func writeToStandardOutput(_ files: [GraphFile]) throws(Failure) {
    guard files.count == 1 else {
      // Two graphs in one volfile are a graph with two tops, of which GlusterFS takes the last.
      throw Failure(
        .usage,
        "\(files.count) graphs (\(files.map(\.name).joined(separator: ", "))) "
          + "do not go into one file; choose one, or give -o DIR")
    }
    for file in files { try DescriptorSink.standardOutput.write(try file.bytes()[...]) }
  }

  /// Of volfiles of several directories two may have the same name.
  private static func requireDistinct(_ paths: [String]) throws(Failure) {
    var seen: Set<ExactText> = []
    guard let twice = paths.first(where: { !seen.insert(ExactText($0)).inserted }) else { return }
    throw Failure(
      .usage, "two of the graphs would be written there; write them one by one", path: twice)
  }
}
