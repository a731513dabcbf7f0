import CLinux
import Glibc

/// A file without a name, in memory, that libraries and child processes open by a path: what is
/// in it, a password perhaps, is gone with the process, however that ends.
final class MemoryFile: Sendable {
  private let file: File

  /// Where this process opens it, and a child that it starts.
  var path: String { "/proc/self/fd/\(file.descriptor)" }

  /// - Throws: `tryAgain` where the process has no room for one more file.
  init(_ bytes: ByteView = []) throws(Failure) {
    let number = unsafe memfd_create("jbr", 0)
    guard number >= 0 else { throw .system("create", path: "file in memory", .tryAgain) }
    file = File(descriptor: number, path: "file in memory")
    try file.write(bytes, at: 0)
  }

  /// All that was written to it, by whomever.
  func text() throws(Failure) -> String {
    String(decoding: try file.read(at: 0, count: file.byteCount()), as: UTF8.self)
  }
}

extension File {
  /// A file that is there, to write into.
  convenience init(toFill path: String) throws(Failure) {
    try self.init(path, O_WRONLY, failing: .cannotCreate)
  }
}
