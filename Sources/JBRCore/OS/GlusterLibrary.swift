import CLinux
import Glibc

/// GlusterFS' client library, loaded when it is needed: nothing of it is needed to build the
/// tools, nor to run them on bricks on disk.
///
/// Of its types nothing is known but that they are pointed to. Functions of which there are
/// several versions are asked for in the one whose arguments are written down here (that of
/// GlusterFS 6), so that another release cannot be called with the wrong ones.
@safe final class GlusterLibrary: @unchecked Sendable {
  typealias Instance = OpaquePointer
  typealias Object = OpaquePointer
  typealias Descriptor = OpaquePointer
  typealias Text = UnsafePointer<CChar>
  typealias Status = UnsafeMutablePointer<stat>

  // The instance.
  let new: @convention(c) (Text) -> Instance?
  let setVolfile: @convention(c) (Instance, Text) -> CInt
  let setLogging: @convention(c) (Instance, Text, CInt) -> CInt
  let initialise: @convention(c) (Instance) -> CInt

  // Objects.
  let object: @convention(c) (Instance, UnsafePointer<UInt8>, CInt, Status?) -> Object?
  let lookup: @convention(c) (Instance, Object, Text, Status, CInt) -> Object?
  let identity: @convention(c) (Object, UnsafeMutablePointer<UInt8>, CInt) -> Int
  let closeObject: @convention(c) (Object) -> CInt
  let setAttributes: @convention(c) (Instance, Object, Status, CInt) -> CInt
  let getXattr: @convention(c) (Instance, Object, Text?, UnsafeMutableRawPointer, Int) -> CInt
  let setXattr: @convention(c) (Instance, Object, Text, UnsafeRawPointer, Int, CInt) -> CInt
  let removeXattr: @convention(c) (Instance, Object, Text) -> CInt
  let readLink: @convention(c) (Instance, Object, UnsafeMutablePointer<CChar>, Int) -> CInt
  let truncate: @convention(c) (Instance, Object, off_t) -> CInt
  let write: @convention(c) (Instance, Object, UnsafeRawPointer, Int, off_t) -> Int

  // Names.
  let link: @convention(c) (Instance, Object, Object, Text) -> CInt
  let unlink: @convention(c) (Instance, Object, Text) -> CInt
  let rename: @convention(c) (Instance, Object, Text, Object, Text) -> CInt

  // Open files and directories.
  let open: @convention(c) (Instance, Object, CInt) -> Descriptor?
  let openDirectory: @convention(c) (Instance, Object) -> Descriptor?
  let close: @convention(c) (Descriptor) -> CInt
  let closeDirectory: @convention(c) (Descriptor) -> CInt
  let read: @convention(c) (Descriptor, UnsafeMutableRawPointer, Int, off_t, CInt, Status?) -> Int
  let seek: @convention(c) (Descriptor, off_t, CInt) -> off_t
  let synchronize: @convention(c) (Descriptor, OpaquePointer?, OpaquePointer?) -> CInt
  let allocate: @convention(c) (Descriptor, CInt, off_t, Int) -> CInt
  let punch: @convention(c) (Descriptor, off_t, Int) -> CInt
  let zero: @convention(c) (Descriptor, off_t, off_t) -> CInt
  let lock: @convention(c) (Descriptor, CInt, UnsafeMutableRawPointer) -> CInt
  let readDirectory:
    @convention(c) (
      Descriptor, UnsafeMutablePointer<dirent>, UnsafeMutablePointer<UnsafeMutablePointer<dirent>?>
    ) -> CInt

  static let name = "libgfapi.so.0"
  /// What to install on Debian: the library, and the translators that it loads.
  static let packages = "apt-get install libgfapi0 glusterfs-common"

  /// Loads the library.
  /// - Throws: `unavailable` where it is missing or too old.
  init() throws(Failure) {
    guard let handle = unsafe dlopen(Self.name, RTLD_NOW) else {
      throw Failure(
        .unavailable, "cannot be loaded: \(Self.loaderError()); \(Self.packages)", path: Self.name)
    }
    let symbols = unsafe Symbols(handle: handle)
    unsafe new = try symbols.find("new")
    unsafe setVolfile = try symbols.find("set_volfile")
    unsafe setLogging = try symbols.find("set_logging")
    unsafe initialise = try symbols.find("init")
    unsafe object = try symbols.find("h_create_from_handle", "GFAPI_3.4.2")
    unsafe lookup = try symbols.find("h_lookupat", "GFAPI_3.7.4")
    unsafe identity = try symbols.find("h_extract_handle", "GFAPI_3.4.2")
    unsafe closeObject = try symbols.find("h_close", "GFAPI_3.4.2")
    unsafe setAttributes = try symbols.find("h_setattrs", "GFAPI_3.4.2")
    unsafe getXattr = try symbols.find("h_getxattrs", "GFAPI_3.5.1")
    unsafe setXattr = try symbols.find("h_setxattrs", "GFAPI_3.5.0")
    unsafe removeXattr = try symbols.find("h_removexattrs", "GFAPI_3.5.1")
    unsafe readLink = try symbols.find("h_readlink", "GFAPI_3.4.2")
    unsafe truncate = try symbols.find("h_truncate", "GFAPI_3.4.2")
    unsafe write = try symbols.find("h_anonymous_write", "GFAPI_3.7.0")
    unsafe link = try symbols.find("h_link", "GFAPI_3.4.2")
    unsafe unlink = try symbols.find("h_unlink", "GFAPI_3.4.2")
    unsafe rename = try symbols.find("h_rename", "GFAPI_3.4.2")
    unsafe open = try symbols.find("h_open", "GFAPI_3.4.2")
    unsafe openDirectory = try symbols.find("h_opendir", "GFAPI_3.4.2")
    unsafe close = try symbols.find("close")
    unsafe closeDirectory = try symbols.find("closedir")
    unsafe read = try symbols.find("pread", "GFAPI_6.0")
    unsafe seek = try symbols.find("lseek")
    unsafe synchronize = try symbols.find("fsync", "GFAPI_6.0")
    unsafe allocate = try symbols.find("fallocate", "GFAPI_3.5.0")
    unsafe punch = try symbols.find("discard", "GFAPI_3.5.0")
    unsafe zero = try symbols.find("zerofill", "GFAPI_3.5.0")
    unsafe lock = try symbols.find("posix_lock")
    unsafe readDirectory = try symbols.find("readdir_r")
  }

  /// What the loader says of the last call that failed.
  private static func loaderError() -> String {
    guard let text = unsafe dlerror() else { return "unknown error" }
    return unsafe String(cString: text)
  }
}

/// The functions of a library that was loaded. It is never unloaded, so that they stay where they
/// are.
@safe private struct Symbols {
  let handle: UnsafeMutableRawPointer

  /// Finds a function. The caller's type for it must be that which the version has.
  func find<Function>(
    _ name: String, _ version: String = "GFAPI_3.4.0"
  ) throws(Failure) -> Function {
    guard let symbol = unsafe dlvsym(handle, "glfs_" + name, version) else {
      throw Failure(
        .unavailable, "has no glfs_\(name) of \(version): GlusterFS 6 or later is needed",
        path: GlusterLibrary.name)
    }
    return unsafe unsafeBitCast(symbol, to: Function.self)
  }
}
