import Glibc
import Synchronization

/// A directory that comes into being whole or not at all.
///
/// Its files are made beside it under a temporary name, and renamed into place in one step. On
/// Ctrl-C, SIGTERM and SIGHUP what was made is removed again.
public final class StagingDirectory: Sendable {
  /// What the user named.
  public let path: String
  private let staging: String
  private let made = Mutex<Made>(Made())

  private struct Made {
    /// Folders and files in the order in which they were made.
    var folders: [String] = []
    var files: [String] = []
    var isFinished = false
  }

  /// Begins a directory.
  ///
  /// - Parameter path: must not exist, or be an empty directory.
  /// - Throws: a `cannotCreate` failure.
  public init(_ path: String) throws(Failure) {
    let trimmed = path.count > 1 && path.last == "/" ? String(path.dropLast()) : path
    self.path = trimmed
    staging = "\(trimmed).partial-\(getpid())"
    switch try pathKind(trimmed) {
    case nil: break
    case .directory:
      guard try directoryNames(trimmed).isEmpty else {
        throw Failure(
          .cannotCreate, "is not empty: name a new directory, nothing is overwritten",
          path: trimmed)
      }
    default: throw Failure(.cannotCreate, "exists and is no directory", path: trimmed)
    }
    try make(staging)
    Interruption.onSignal { [self] in discard() }
  }

  private func make(_ folder: String) throws(Failure) {
    guard unsafe mkdir(systemPath(folder), 0o777) == 0 else {
      throw .system("create", path: folder, .cannotCreate)
    }
    made.withLock { $0.folders.append(folder) }
  }

  /// Where files are made until they are finished.
  public var workingPath: String { staging }

  /// Takes over the files that others made in the working directory, to keep or to discard.
  public func adopt() throws(Failure) {
    let names = try directoryNames(staging)
    made.withLock { made in
      for name in names where !made.files.contains(staging + "/" + name) {
        made.files.append(staging + "/" + name)
      }
    }
  }

  /// Makes a file in a folder of the directory, and the folder with its first file.
  public func makeFile(_ name: String, in folder: String) throws(Failure) -> File {
    let directory = staging + "/" + folder
    if !made.withLock({ $0.folders.contains(directory) }) { try make(directory) }
    let path = directory + "/" + name
    let file = try File(path, O_RDWR | O_CREAT | O_EXCL, failing: .cannotCreate)
    made.withLock { $0.files.append(path) }
    return file
  }

  /// Puts the directory in its place.
  ///
  /// - Parameter folder: one whose files come to lie in the directory itself; nil for none.
  /// - Throws: a `cannotCreate` failure; then all is as before.
  public func finish(flattening folder: String?) throws(Failure) {
    if let folder { try flatten(staging + "/" + folder) }
    for folder in made.withLock({ $0.folders }) {
      try File(folder, O_RDONLY | O_DIRECTORY).synchronize()
    }
    // Under the lock, so that a signal finds either all of it or nothing.
    let failure: Failure? = made.withLock { made in
      guard unsafe rename(systemPath(staging), systemPath(path)) == 0 else {
        return .system("create", path: path, .cannotCreate)
      }
      made.isFinished = true
      return nil
    }
    if let failure { throw failure }
    try File(directoryPath(of: path), O_RDONLY | O_DIRECTORY).synchronize()
  }

  private func flatten(_ folder: String) throws(Failure) {
    let failure: Failure? = made.withLock { made in
      for (index, file) in made.files.enumerated() where file.hasPrefix(folder + "/") {
        let moved = staging + file.dropFirst(folder.count)
        guard unsafe rename(systemPath(file), systemPath(moved)) == 0 else {
          return .system("create", path: moved, .cannotCreate)
        }
        made.files[index] = moved
      }
      made.folders.removeAll { $0 == folder }
      _ = unsafe rmdir(systemPath(folder))
      return nil
    }
    if let failure { throw failure }
  }

  /// Removes what was made, unless it is in its place.
  public func discard() {
    made.withLock { made in
      guard !made.isFinished else { return }
      for file in made.files.reversed() { _ = unsafe unlink(systemPath(file)) }
      for folder in made.folders.reversed() { _ = unsafe rmdir(systemPath(folder)) }
      made.isFinished = true
    }
  }
}

/// A file that comes into being whole or not at all, and never over another.
public enum NewFile {
  /// Writes a file under a temporary name and links it into place.
  ///
  /// - Parameters:
  ///   - path: must not exist.
  ///   - payload: what goes into it.
  /// - Throws: a `cannotCreate` failure; what reading the payload does.
  public static func write(_ path: String, _ payload: Payload) throws(Failure) {
    let temporary = "\(path).partial-\(getpid())"
    let file = try File(temporary, O_WRONLY | O_CREAT | O_EXCL, failing: .cannotCreate)
    defer { _ = unsafe unlink(systemPath(temporary)) }
    var done = 0
    while done < payload.count {
      let part = payload.slice(from: done, count: min(1 << 20, payload.count - done))
      try file.write(try part.read()[...])
      done += part.count
    }
    guard unsafe link(systemPath(temporary), systemPath(path)) == 0 else {
      throw .system("create", path: path, .cannotCreate)
    }
  }

  /// Makes a directory unless it is there.
  public static func makeDirectory(_ path: String) throws(Failure) {
    guard try pathKind(path) != .directory else { return }
    guard unsafe mkdir(systemPath(path), 0o777) == 0 else {
      throw .system("create", path: path, .cannotCreate)
    }
  }
}
