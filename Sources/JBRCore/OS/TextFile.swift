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
  if !replacing, unsafe access(path, F_OK) == 0 {
    throw Failure(.cannotCreate, "exists; give --force to replace it", path: path)
  }
  let mask = SignalsHeldBack()
  defer { mask.release() }
  let temporary = "\(path).\(getpid()).tmp"
  let file: File
  do throws(Failure) {
    file = try File(
      temporary, O_WRONLY | O_CREAT | O_EXCL, mode: isSecret ? 0o600 : 0o666, failing: .cannotCreate
    )
  } catch {
    // The name that the user gave says more than ours.
    throw Failure(error.status, error.message, path: path, errno: error.errno)
  }
  do throws(Failure) {
    try file.write(bytes)
    try file.synchronize()
    // A link fails where a rename would replace a file that came meanwhile.
    let failed =
      replacing ? unsafe rename(temporary, path) != 0 : unsafe link(temporary, path) != 0
    if failed { throw Failure.system("create", path: path, .cannotCreate) }
  } catch {
    unsafe unlink(temporary)
    throw error
  }
  if !replacing { unsafe unlink(temporary) }
}

/// Makes a directory unless it is there.
public func makeDirectory(_ path: String) throws(Failure) {
  if isDirectory(path) { return }
  guard unsafe mkdir(path, 0o777) == 0 else {
    throw .system("create directory", path: path, .cannotCreate)
  }
}

/// Removes a directory that must be empty.
func removeEmptyDirectory(_ path: String) throws(Failure) {
  guard unsafe rmdir(path) == 0 else { throw .system("remove", path: path, .ioError) }
}

/// The directory in which a path's last component stands.
func directoryPath(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Whether a path leads to a directory.
public func isDirectory(_ path: String) -> Bool {
  var status = stat()
  return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Whether anything has this name.
public func exists(_ path: String) -> Bool {
  var status = stat()
  return unsafe lstat(path, &status) == 0
}

/// Holds back the signals with which people end a process.
private struct SignalsHeldBack {
  private var before = sigset_t()

  init() {
    var held = sigset_t()
    unsafe sigemptyset(&held)
    for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&held, signal) }
    unsafe pthread_sigmask(SIG_BLOCK, &held, &before)
  }

  func release() {
    var mask = before
    unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
  }
}
