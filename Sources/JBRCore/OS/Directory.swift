import Glibc

/// What a path names, links followed.
public enum PathKind: Sendable { case file, directory, other }

/// What a path names; nil if there is nothing.
public func pathKind(_ path: String) throws(Failure) -> PathKind? {
  var status = stat()
  guard unsafe stat(systemPath(path), &status) == 0 else {
    if errno == ENOENT { return nil }
    throw .system("examine", path: path, .cannotOpen)
  }
  switch status.st_mode & S_IFMT {
  case S_IFREG: return .file
  case S_IFDIR: return .directory
  default: return .other
  }
}

/// The names in a directory as text, sorted; names that are not UTF-8 are left out.
///
/// For directories that hold the tools' own files. Bricks are read by `NativeBrick`, whose names
/// are bytes.
public func directoryNames(_ path: String) throws(Failure) -> [String] {
  guard let stream = unsafe opendir(systemPath(path)) else {
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
