import ArgumentParser
import JBRCore

/// A volfile as it is named on the command line.
struct VolfileInput: ExpressibleByArgument {
  private let path: String

  /// No file has an empty name; a script may have a variable that is.
  init?(argument: String) {
    if argument.isEmpty { return nil }
    path = argument
  }

  private var isStandardInput: Bool { path == "-" }

  static func requireOneStandardInput(_ files: [VolfileInput]) throws {
    guard files.count(where: \.isStandardInput) <= 1 else {
      throw ValidationError("Standard input is one volfile, and cannot be several.")
    }
  }

  /// The name in messages.
  var name: String { isStandardInput ? "standard input" : path }

  /// The name without its directories, for a copy elsewhere.
  var baseName: String {
    isStandardInput ? "stdin.vol" : path.split(separator: "/").last.map(String.init) ?? path
  }

  func bytes() throws(Failure) -> [UInt8] {
    try readSmallFile(path, limit: ParsedVolfile.byteCountMax)
  }

  func read() throws(Failure) -> ParsedVolfile { ParsedVolfile(try bytes()) }

  /// Reads a volfile in whose grammar nothing is wrong; `byName`: and no name of which stands for
  /// two volumes, so that it says which one is meant.
  func readWhole(byName: Bool = false) throws(Failure) -> VolumeGraph {
    try read().wholeGraph(path: name, isByName: byName)
  }

  /// Puts a graph in the file's place, and keeps the original.
  /// - Returns: the original's new name; nil if the file has these bytes already.
  func replace(with bytes: ByteView) throws(Failure) -> String? {
    guard !isStandardInput else {
      throw Failure(.usage, "--write needs a file, and standard input is none")
    }
    if try readSmallFile(path, limit: ParsedVolfile.byteCountMax)[...] == bytes { return nil }
    return try replaceSmallFile(path, with: bytes)
  }
}
