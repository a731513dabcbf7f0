import Glibc

extension File {
  /// Opens a directory and holds a lock on it until the last reference is gone.
  /// - Throws: `tryAgain` if somebody else holds it.
  public static func locking(_ path: String) throws(Failure) -> File {
    let file = try File(path, O_RDONLY | O_DIRECTORY)
    guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw Failure(.tryAgain, "is locked by another tool", path: path, errno: errno)
    }
    return file
  }
}
