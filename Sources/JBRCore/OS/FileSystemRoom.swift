import Glibc

/// How much room a file system has left.
public struct FileSystemRoom: Equatable, Sendable {
  /// Tells file systems apart.
  public var device: UInt64
  public var isReadOnly: Bool
  /// What anybody may use: what is reserved for root stays out of it.
  public var freeByteCount: Int64
  /// nil where the file system makes inodes as they are needed.
  public var freeInodeCount: Int64?
  public var blockByteCount: Int64

  public init(
    device: UInt64, isReadOnly: Bool = false, freeByteCount: Int64, freeInodeCount: Int64? = nil,
    blockByteCount: Int64 = 4096
  ) {
    self.device = device
    self.isReadOnly = isReadOnly
    self.freeByteCount = freeByteCount
    self.freeInodeCount = freeInodeCount
    self.blockByteCount = blockByteCount
  }
}

extension Descriptor {
  /// How much room the file system has on which this lies.
  func room() throws(SystemError) -> FileSystemRoom {
    var result = statvfs()
    try checked("statvfs") { unsafe fstatvfs(number, &result) }
    let block = Int64(clamping: result.f_frsize)
    let (free, overflow) = Int64(clamping: result.f_bavail).multipliedReportingOverflow(by: block)
    return FileSystemRoom(
      device: UInt64(try status().st_dev), isReadOnly: result.f_flag & UInt(ST_RDONLY) != 0,
      freeByteCount: overflow ? .max : free,
      freeInodeCount: result.f_files == 0 ? nil : Int64(clamping: result.f_favail),
      blockByteCount: max(1, block))
  }

  /// Makes a file without a name and lets it go, which leaves no trace, be it in the directory's
  /// times: whether one may write here is known only once one has. Where a file system has no such
  /// files, a named one comes and goes.
  func tryMakingFile(_ body: (Descriptor) throws(SystemError) -> Void) throws(SystemError) {
    if let file = try makeNameless(mode: 0o600) { return try body(file) }
    let name = [UInt8](".jbr-check-\(getpid())".utf8)
    let file = try open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    do throws(SystemError) { try body(file) } catch {
      try? unlink(name)
      throw error
    }
    try unlink(name)
  }
}
