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

  /// Whether only the owner may read it.
  var isSecret: Bool {
    graph.volumes.contains { $0.options.contains { $0.key.text.hasSuffix("password") } }
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
    let texts = try Self.texts(of: files)
    if isInto {
      if files.count > 1, exists(output), !isDirectory(output) {
        throw Failure(
          .cannotCreate, "is a file, and \(files.count) graphs need a directory", path: output)
      }
      try makeDirectory(output)
    }
    if !force, let taken = paths.first(where: exists) {
      throw Failure(.cannotCreate, "exists; give --force to replace it", path: taken)
    }
    var writer = lines.makeWriter()
    for (index, file) in files.enumerated() {
      let text = ByteView(texts[index].utf8)
      try writeSmallFile(text, to: paths[index], isSecret: file.isSecret, replacing: force)
      try writer.write("volfile_written") { line in
        line.field("file", paths[index])
        line.field("graph", file.kind)
        if let replica = file.replica { line.field("replica", replica) }
        if let part = file.part { line.field("part", part.rawValue) }
        line.field("volumes", file.graph.volumes.count)
        line.field("bytes", text.count)
      }
    }
    try writer.flush()
  }

  private func writeToStandardOutput(_ files: [GraphFile]) throws(Failure) {
    guard files.count == 1 else {
      // Two graphs in one volfile are a graph with two tops, of which GlusterFS takes the last.
      throw Failure(
        .usage,
        "\(files.count) graphs (\(files.map(\.name).joined(separator: ", "))) "
          + "do not go into one file; choose one, or give -o DIR")
    }
    for text in try Self.texts(of: files) {
      try DescriptorSink.standardOutput.write(ByteView(text.utf8))
    }
  }

  private static func texts(of files: [GraphFile]) throws(Failure) -> [String] {
    var texts: [String] = []
    for file in files { texts.append(try file.graph.volfile()) }
    return texts
  }
}
