import JBRCore

/// A volfile as it is named on the command line.
struct VolfileInput {
  private let path: String

  init(_ path: String) { self.path = path }

  /// The name in messages.
  var name: String { path == "-" ? "standard input" : path }

  /// The name without its directories, for a copy elsewhere.
  var baseName: String {
    path == "-" ? "stdin.vol" : path.split(separator: "/").last.map(String.init) ?? path
  }

  func bytes() throws(Failure) -> [UInt8] {
    try readSmallFile(path, limit: ParsedVolfile.byteCountMax)
  }

  func read() throws(Failure) -> ParsedVolfile { ParsedVolfile(try bytes()) }

  /// Reads a volfile in whose grammar nothing is wrong.
  func readWhole() throws(Failure) -> VolumeGraph {
    let parsed = try read()
    if let finding = parsed.findings.first {
      let others = parsed.findings.count - 1
      throw Failure(
        .damaged, finding.message + (others > 0 ? " (and \(others) more; see check)" : ""),
        path: name,
        at: finding.position.map { .position(line: $0.line, column: $0.column) })
    }
    return parsed.graph
  }

  /// Puts a graph in the file's place, and keeps the original.
  /// - Returns: the original's new name; nil if the file has these bytes already.
  func replace(with text: String) throws(Failure) -> String? {
    guard path != "-" else {
      throw Failure(.usage, "--write needs a file, and standard input is none")
    }
    let bytes = ByteView(text.utf8)
    if try readSmallFile(path, limit: ParsedVolfile.byteCountMax)[...] == bytes { return nil }
    return try replaceSmallFile(path, with: bytes)
  }
}
