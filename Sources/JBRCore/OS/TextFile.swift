import CLinux
import Glibc

/// Reads a whole file, or standard input for `-`, that is small by its nature. More bytes than the
/// limit, which no such file needs, are an error.
public func readSmallFile(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
  // A duplicate, so that closing it leaves the process' own descriptor alone.
  let file = path == "-" ? File(descriptor: dup(0), path: "standard input") : try File(path)
  guard try file.status().st_mode & S_IFMT != S_IFDIR else {
    throw Failure(.cannotOpen, "is a directory", path: file.path)
  }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let got = unsafe block.withUnsafeMutableBytes { space in
      retrying { unsafe read(file.descriptor, space.baseAddress, space.count) }
    }
    guard got >= 0 else { throw .system("read", path: file.path, .ioError) }
    if got == 0 { return bytes }
    guard bytes.count + got <= limit else {
      throw Failure(
        .damaged, "has more than \(limit) bytes, which no such file needs", path: file.path)
    }
    bytes += block[..<got]
  }
}

/// Writes a whole small file so that nobody ever sees half of it: under another name first, then
/// flushed and renamed. A signal that ends the process waits until the file is there.
/// Only the owner may read a secret one.
public func writeSmallFile(
  _ bytes: ByteView, to path: String, isSecret: Bool = false, replacing: Bool
) throws(Failure) {
  try writeSmallFiles(
    [SmallFile(path: path, bytes: bytes, isSecret: isSecret)], replacing: replacing)
}

/// A small file that is to be written.
public struct SmallFile {
  public var path: String
  public var bytes: ByteView
  /// Whether only the owner may read it.
  public var isSecret: Bool

  public init(path: String, bytes: ByteView, isSecret: Bool = false) {
    self.path = path
    self.bytes = bytes
    self.isSecret = isSecret
  }
}

/// From so many on files are flushed by flushing their file system: one by one takes a
/// millisecond and more each.
private let flushTogetherCountMin = 64

/// Writes small files of one directory. None gets its name before all are flushed.
public func writeSmallFiles(_ files: [SmallFile], replacing: Bool) throws(Failure) {
  let places = try files.map { file throws(Failure) in try place(of: file.path) }
  if !replacing, let taken = files.first(where: { exists($0.path) }) {
    throw Failure(.cannotCreate, "exists; give --force to replace it", path: taken.path)
  }
  let mask = SignalsHeldBack()
  defer { mask.release() }
  let isTogether = files.count >= flushTogetherCountMin
  var temporaries: [String] = []
  defer { for name in temporaries { unsafe unlink(systemPath(name)) } }
  for (file, place) in zip(files, places) {
    let temporary = "\(place).\(getpid()).tmp"
    let written = try newFile(temporary, for: file)
    temporaries.append(temporary)
    try written.write(file.bytes)
    if !isTogether { try written.synchronize() }
  }
  if isTogether, let first = temporaries.first {
    let file = try File(first)
    guard withExtendedLifetime(file, { syncfs(file.descriptor) }) == 0 else {
      throw .system("flush", path: first, .ioError)
    }
  }
  for (temporary, (file, place)) in zip(temporaries, zip(files, places)) {
    // A link fails where a rename would replace a file that came meanwhile.
    let failed =
      replacing
      ? unsafe rename(systemPath(temporary), systemPath(place)) != 0
      : unsafe link(systemPath(temporary), systemPath(place)) != 0
    if failed { throw Failure.system("create", path: file.path, .cannotCreate) }
  }
}

/// Where a file is to be written: a symbolic link stays one, and what is no file, such as a device,
/// is never replaced by one.
private func place(of path: String) throws(Failure) -> String {
  do throws(Failure) {
    guard let kind = try pathKind(path) else { return path }
    guard kind == .file else {
      throw Failure(.cannotCreate, "is no regular file, and is not replaced by one", path: path)
    }
    return try resolvedPath(path)
  } catch {
    throw Failure(.cannotCreate, error.message, path: path, errno: error.errno)
  }
}

private func newFile(_ temporary: String, for file: SmallFile) throws(Failure) -> File {
  do throws(Failure) {
    return try File(
      temporary, O_WRONLY | O_CREAT | O_EXCL, mode: file.isSecret ? 0o600 : 0o666,
      failing: .cannotCreate)
  } catch {
    // The name that the user gave says more than ours.
    throw Failure(
      .cannotCreate, "cannot create: \(errorText(error.errno ?? 0))", path: file.path,
      errno: error.errno)
  }
}

/// Replaces a small file by a whole new one, with the same owner and mode, and keeps the original:
/// the file has its name or the new one's at every moment, and nothing that was kept is overwritten.
/// A name that is a symbolic link stays one.
/// - Returns: the original's new name: the file's with `.orig`, and a number if that is taken.
public func replaceSmallFile(_ path: String, with bytes: ByteView) throws(Failure) -> String {
  let place = try resolvedPath(path)
  let mask = SignalsHeldBack()
  defer { mask.release() }
  let status = try File(place).status()
  let temporary = "\(place).\(getpid()).tmp"
  let file = try File(
    temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600, failing: .cannotCreate)
  do throws(Failure) {
    try file.write(bytes)
    guard fchown(file.descriptor, status.st_uid, status.st_gid) == 0,
      fchmod(file.descriptor, status.st_mode & 0o7777) == 0
    else { throw Failure.system("keep owner and mode of", path: path, .cannotCreate) }
    try file.synchronize()
    let kept = try keep(place)
    guard unsafe rename(systemPath(temporary), systemPath(place)) == 0 else {
      let failure = Failure.system("replace", path: path, .cannotCreate)
      unsafe unlink(systemPath(kept))
      throw failure
    }
    return kept
  } catch {
    unsafe unlink(systemPath(temporary))
    throw error
  }
}

/// Gives a file a second name under which it is kept.
private func keep(_ path: String) throws(Failure) -> String {
  var kept = path + ".orig"
  var number = 1
  while unsafe link(systemPath(path), systemPath(kept)) != 0 {
    guard errno == EEXIST else { throw .system("keep", path: path, .cannotCreate) }
    kept = "\(path).orig-\(number)"
    number += 1
  }
  return kept
}

/// The path without symbolic links.
private func resolvedPath(_ path: String) throws(Failure) -> String {
  guard let resolved = unsafe realpath(systemPath(path), nil) else {
    throw .system("open", path: path, .cannotOpen)
  }
  defer { unsafe free(resolved) }
  return unsafe pathText(resolved)
}

/// Makes a directory unless it is there.
public func makeDirectory(_ path: String) throws(Failure) {
  if isDirectory(path) { return }
  guard unsafe mkdir(systemPath(path), 0o777) == 0 else {
    throw .system("create directory", path: path, .cannotCreate)
  }
}

/// Removes a directory that must be empty.
func removeEmptyDirectory(_ path: String) throws(Failure) {
  guard unsafe rmdir(systemPath(path)) == 0 else { throw .system("remove", path: path, .ioError) }
}

/// The directory in which a path's last component stands.
func directoryPath(of path: String) -> String {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Whether a path leads to a directory.
public func isDirectory(_ path: String) -> Bool {
  var status = stat()
  return unsafe stat(systemPath(path), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Whether anything has this name.
public func exists(_ path: String) -> Bool {
  var status = stat()
  return unsafe lstat(systemPath(path), &status) == 0
}

/// Holds back the signals with which people end a process.
private struct SignalsHeldBack {
  private var before = sigset_t()

  init() {
    var held = sigset_t.endingProcess
    unsafe pthread_sigmask(SIG_BLOCK, &held, &before)
  }

  func release() {
    var mask = before
    unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
  }
}
