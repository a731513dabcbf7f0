import CLinux
import Glibc

/// Attributes and xattrs of the open file or directory itself.
extension Descriptor {
  func setMode(_ mode: UInt32) throws(SystemError) {
    try checked("chmod") { fchmod(number, mode) }
  }

  /// nil leaves it.
  func setOwner(uid: UInt32?, gid: UInt32?) throws(SystemError) {
    try checked("chown") { fchown(number, uid ?? .max, gid ?? .max) }
  }

  /// nil leaves it.
  func setTimes(atime: timespec?, mtime: timespec?) throws(SystemError) {
    let times = Self.times(atime, mtime)
    try checked("utimensat") { unsafe futimens(number, times) }
  }

  /// nil if there is no such xattr.
  func xattr(_ key: some Collection<UInt8>) throws(SystemError) -> [UInt8]? {
    unsafe try Self.xattrValue { space in
      unsafe withName(key) { key in
        making("getxattr") { unsafe fgetxattr(number, key, space.baseAddress, space.count) }
      }
    }
  }

  func setXattr(
    _ key: some Collection<UInt8>, _ value: some Collection<UInt8>, _ mode: XattrFlag = .either
  ) throws(SystemError) {
    let bytes = [UInt8](value)
    try checked("setxattr") {
      unsafe withName(key) { key in
        unsafe fsetxattr(number, key, bytes, bytes.count, mode.rawValue)
      }
    }
  }

  func removeXattr(_ key: some Collection<UInt8>) throws(SystemError) {
    try checked("removexattr") { unsafe withName(key) { unsafe fremovexattr(number, $0) } }
  }

  /// The keys of all xattrs, unsorted.
  func xattrKeys() throws(SystemError) -> [[UInt8]] {
    unsafe try Self.xattrList { space in
      making("listxattr") { unsafe flistxattr(number, space.baseAddress, space.count) }
    }
  }
}
