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
}
