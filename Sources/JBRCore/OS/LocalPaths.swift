import Glibc

/// What this machine says of paths, to find out which of them lead to the same place.
public protocol LocalPaths: Sendable {
  /// The absolute path behind all symbolic links; nil if there is nothing.
  func resolved(_ path: String) -> String?
  /// Which file or directory a path leads to; nil if there is nothing.
  func identity(_ path: String) -> FileIdentity?
  /// Where which file systems, or parts of them, are mounted.
  var mounts: [Mount] { get }
  /// The volume-id that a brick says of itself.
  func volumeID(ofBrick directory: String) -> VolumeIDAnswer
}

/// What a brick says of the volume that it belongs to.
public enum VolumeIDAnswer: Equatable, Sendable {
  case id([UInt8])
  /// It belongs to no volume.
  case none
  /// No such directory is here, or this user may not ask it.
  case unknown
}

/// Paths of which nobody asks this machine.
public struct UnseenPaths: LocalPaths {
  public init() {}
  public func resolved(_ path: String) -> String? { nil }
  public func identity(_ path: String) -> FileIdentity? { nil }
  public var mounts: [Mount] { [] }
  public func volumeID(ofBrick directory: String) -> VolumeIDAnswer { .unknown }
}

/// The paths of this machine. Only looks, and opens nothing.
public struct SystemPaths: LocalPaths {
  public let mounts: [Mount]

  public init() {
    let table = try? File("/proc/self/mountinfo").readAll()
    mounts = Mount.all(in: String(exactly: table ?? []))
  }

  public func resolved(_ path: String) -> String? { pathBehindLinks(path) }

  public func identity(_ path: String) -> FileIdentity? {
    var status = stat()
    guard unsafe stat(systemPath(path), &status) == 0 else { return nil }
    return FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  public func volumeID(ofBrick directory: String) -> VolumeIDAnswer {
    guard isDirectory(directory) else { return .unknown }
    do throws(SystemError) {
      if let bytes = try pathXattr(directory, "trusted.glusterfs.volume-id") { return .id(bytes) }
      return maySeeTrustedXattrs() ? .none : .unknown
    } catch {
      return .unknown
    }
  }
}

/// A file system, or a part of one, and where it is mounted.
public struct Mount: Equatable, Sendable {
  /// The file system, as the kernel numbers it.
  public var device: String
  /// The directory of the file system that is mounted: not `/` where it is a part (bind mounts).
  public var root: String
  public var point: String

  public init(device: String, root: String, point: String) {
    self.device = device
    self.root = root
    self.point = point
  }

  /// Reads what /proc/PID/mountinfo says, see proc(5).
  static func all(in table: String) -> [Mount] {
    table.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 4 else { return nil }
      return Mount(
        device: String(fields[2]), root: unescaped(fields[3]), point: unescaped(fields[4]))
    }
  }

  /// Spaces and the like stand there as three octal digits behind a backslash.
  private static func unescaped(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = String(field).exactBytes[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(exactly: bytes)
  }

  /// A path within this mount, seen from the file system's root; nil if it is outside.
  func inside(_ path: String) -> String? {
    remainder(of: path, below: point).map { root == "/" ? ($0.isEmpty ? "/" : $0) : root + $0 }
  }

  /// Where a path of the file system is seen through this mount; nil if it is not.
  func outside(_ path: String) -> String? {
    remainder(of: path, below: root).map { point == "/" ? ($0.isEmpty ? "/" : $0) : point + $0 }
  }
}

/// What a path has behind a directory's, with its slash; nil if it leads elsewhere.
private func remainder(of path: String, below directory: String) -> String? {
  if directory == "/" { return path == "/" ? "" : path }
  let rest = path.utf8.dropFirst(directory.utf8.count)
  guard path.utf8.starts(with: directory.utf8), rest.first ?? UInt8(ascii: "/") == UInt8(ascii: "/")
  else { return nil }
  return String(Substring(rest))
}
