import Glibc

/// What a path names, links followed.
public enum PathKind: Sendable { case file, directory, other }

/// What a path names; nil if there is nothing.
public func pathKind(_ path: String) throws(Failure) -> PathKind? {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else {
    if errno == ENOENT { return nil }
    throw .system("examine", path: path, .cannotOpen)
  }
  switch status.st_mode & S_IFMT {
  case S_IFREG: return .file
  case S_IFDIR: return .directory
  default: return .other
  }
}

/// A file that is looked at from outside only: it may be asked whether it is there and how long it
/// is, and is never opened.
struct UnreadFile: ByteSource {
  var path: String
  init(_ path: String) { self.path = path }

  func byteCount() throws(Failure) -> Int {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      throw .system("examine", path: path, .cannotOpen)
    }
    return Int(status.st_size)
  }

  func opened() throws(Failure) -> any ByteSource {
    _ = try byteCount()
    return self
  }

  /// What stands there is not known, so that nothing is said to.
  func nextData(from offset: Int) -> Int? { nil }

  func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    throw Failure(.ioError, "is not to be read", path: path)
  }
}

/// The names in a directory as text, sorted; names that are not UTF-8 are left out.
///
/// For directories that hold the tools' own files. Bricks are read by `NativeBrick`, whose names
/// are bytes.
public func directoryNames(_ path: String) throws(Failure) -> [String] {
  guard let stream = unsafe opendir(path) else {
    throw .system("open", path: path, .cannotOpen)
  }
  defer { unsafe closedir(stream) }
  var names: [String] = []
  while let entry = unsafe readdir(stream) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
        unsafe String(validatingCString: $0)
      }
    }
    if let name, name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}
