import Glibc

/// Output into a file that comes into being whole, and never over another: it is written under a
/// temporary name until it is finished. A signal that ends the process, or letting go of it before
/// it is finished, takes it away again.
public final class NewFileSink: ByteSink {
  /// What the user named.
  public let path: String
  private let temporary: String
  private let file: File
  private var isFinished = false

  /// - Throws: `cannotCreate` if something has the name.
  public init(_ path: String) throws(Failure) {
    guard !exists(path) else {
      throw Failure(.cannotCreate, "exists already: choose another name", path: path)
    }
    self.path = path
    let temporary = "\(path).partial-\(getpid())"
    self.temporary = temporary
    do throws(Failure) {
      file = try File(temporary, O_WRONLY | O_CREAT | O_EXCL, failing: .cannotCreate)
    } catch {
      // The name that the user gave says more than ours.
      throw Failure(error.status, error.message, path: path, errno: error.errno)
    }
    let name = systemPath(temporary)
    Interruption.onSignal { unsafe unlink(name) }
  }

  deinit { if !isFinished { unsafe unlink(systemPath(temporary)) } }

  public func write(_ bytes: ByteView) throws(Failure) { try file.write(bytes) }

  /// Makes it durable and gives it its name.
  public func finish() throws(Failure) {
    try file.synchronize()
    // A link fails where a rename would replace a file that came meanwhile.
    guard unsafe link(systemPath(temporary), systemPath(path)) == 0 else {
      throw .system("create", path: path, .cannotCreate)
    }
    unsafe unlink(systemPath(temporary))
    isFinished = true
    try File(directoryPath(of: path), O_RDONLY | O_DIRECTORY).synchronize()
  }
}
