import Glibc

/// Where an object can be worked on: itself, where it is open, or a name in an open directory.
struct Located {
  private enum Place {
    case itself(Descriptor)
    case named(Descriptor, [UInt8])
  }
  private let place: Place
  let status: stat

  /// An open directory or file.
  init(_ opened: Descriptor) throws(SystemError) {
    place = .itself(opened)
    status = try opened.status()
  }

  /// What stands at a name, whose status was just read.
  init(_ directory: Descriptor, _ name: [UInt8], _ status: stat) {
    place = .named(directory, name)
    self.status = status
  }

  var type: ObjectType { ObjectType(mode: status.st_mode) }

  func setMode(_ mode: UInt32) throws(SystemError) {
    switch place {
    case .itself(let opened): try opened.setMode(mode)
    case .named(let directory, let name): try directory.setMode(name, mode)
    }
  }

  func setOwner(uid: UInt32?, gid: UInt32?) throws(SystemError) {
    switch place {
    case .itself(let opened): try opened.setOwner(uid: uid, gid: gid)
    case .named(let directory, let name): try directory.setOwner(name, uid: uid, gid: gid)
    }
  }

  func setTimes(atime: timespec?, mtime: timespec?) throws(SystemError) {
    switch place {
    case .itself(let opened): try opened.setTimes(atime: atime, mtime: mtime)
    case .named(let directory, let name): try directory.setTimes(name, atime: atime, mtime: mtime)
    }
  }

  func xattr(_ key: some Collection<UInt8>) throws(SystemError) -> [UInt8]? {
    switch place {
    case .itself(let opened): try opened.xattr(key)
    case .named(let directory, let name): try directory.xattr(name, key)
    }
  }

  func setXattr(
    _ key: some Collection<UInt8>, _ value: some Collection<UInt8>, _ mode: XattrFlag = .either
  ) throws(SystemError) {
    switch place {
    case .itself(let opened): try opened.setXattr(key, value, mode)
    case .named(let directory, let name): try directory.setXattr(name, key, value, mode)
    }
  }

  func removeXattr(_ key: some Collection<UInt8>) throws(SystemError) {
    switch place {
    case .itself(let opened): try opened.removeXattr(key)
    case .named(let directory, let name): try directory.removeXattr(name, key)
    }
  }

  func xattrKeys() throws(SystemError) -> [[UInt8]] {
    switch place {
    case .itself(let opened): try opened.xattrKeys()
    case .named(let directory, let name): try directory.xattrKeys(name)
    }
  }

  func readLink() throws(SystemError) -> [UInt8] {
    guard case .named(let directory, let name) = place else {
      throw SystemError(EINVAL, "readlink")
    }
    return try directory.readLink(name)
  }

  /// Gives it one more name; a directory can have none.
  func link(to directory: Descriptor, as name: some Collection<UInt8>) throws(SystemError) {
    switch place {
    case .itself(let opened): try opened.link(to: directory, as: name)
    case .named(let own, let old): try own.link(old, to: directory, as: name)
    }
  }

  /// Opens a regular file, and nothing that took its place since it was looked at.
  func open(_ flags: CInt) throws(SystemError) -> Descriptor {
    switch place {
    case .itself(let opened): return opened
    case .named(let directory, let name):
      let file = try directory.open(name, flags)
      guard try InodeNumber(file.status()) == InodeNumber(status) else {
        throw SystemError(ESTALE, "open")
      }
      return file
    }
  }
}
