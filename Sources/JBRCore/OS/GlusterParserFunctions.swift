import CLinux
import Glibc

/// Where in libglusterfs' structures the few pointers stand for which it has no function.
///
/// Taken from its headers of version 10, on 64 bits. Another version is refused, since reading
/// there could be anything; to add one, compare `glusterfs_graph_t`, `xlator_t`, `xlator_list_t`
/// and `volume_opt_list_t` of its headers with these.
enum GlusterLayout {
  static let knownVersions = "10"

  static func isKnown(_ version: String) -> Bool {
    version.split(separator: ".").first.map(String.init) == knownVersions
  }

  static let graphFirst = 32
  static let translatorName = 0
  static let translatorType = 8
  static let translatorNext = 24
  static let translatorChildren = 48
  static let translatorOptions = 56
  static let linkTranslator = 0
  static let linkNext = 8
  static let listOptions = 16
}

/// The functions of libglusterfs that read graphs and options, with the types of its headers.
@unsafe struct GlusterParserFunctions {
  typealias Structure = UnsafeMutableRawPointer
  typealias Text = UnsafePointer<CChar>
  typealias OwnText = UnsafeMutablePointer<CChar>
  typealias Collect =
    @convention(c) (Structure?, OwnText?, Structure?, Structure?) -> CInt

  let new: @convention(c) (Text) -> OpaquePointer?
  let globalContext: UnsafeMutablePointer<Structure?>
  let globalTranslator: Structure
  let setLogLevel: @convention(c) (Structure, CInt) -> Void
  let startLog: @convention(c) (Structure, Text, Text?) -> CInt
  let flushLog: @convention(c) (Structure) -> Void
  let loadOptions: @convention(c) (Text, UnsafeMutablePointer<Structure?>, Structure) -> CInt
  let findOption: @convention(c) (Structure, Text) -> Structure?
  let validateOption:
    @convention(c) (
      Structure, OwnText?, OwnText?, Structure, UnsafeMutablePointer<OwnText?>
    ) -> CInt
  let construct: @convention(c) (UnsafeMutablePointer<FILE>) -> Structure?
  let validateOptions: @convention(c) (Structure, Structure, UnsafeMutablePointer<OwnText?>) -> CInt
  let forEach: @convention(c) (Structure, Collect, Structure?) -> CInt
  let dataText: @convention(c) (Structure?) -> OwnText?

  init() throws(Failure) {
    let client = unsafe try Self.load(GlusterLibrary.name)
    let library = unsafe try Self.load(GlusterParser.name)
    guard let symbol = unsafe dlvsym(client, "glfs_new", "GFAPI_3.4.0") else {
      throw Failure(.unavailable, "has no glfs_new", path: GlusterLibrary.name)
    }
    unsafe new = unsafeBitCast(symbol, to: (@convention(c) (Text) -> OpaquePointer?).self)
    unsafe globalContext = try Self.address(library, "global_ctx")
      .assumingMemoryBound(to: Structure?.self)
    unsafe globalTranslator = try Self.address(library, "global_xlator")
    unsafe setLogLevel = try Self.find(library, "gf_log_set_loglevel")
    unsafe startLog = try Self.find(library, "gf_log_init")
    unsafe flushLog = try Self.find(library, "gf_log_disable_suppression_before_exit")
    unsafe loadOptions = try Self.find(library, "xlator_volopt_dynload")
    unsafe findOption = try Self.find(library, "xlator_volume_option_get_list")
    unsafe validateOption = try Self.find(library, "xlator_option_validate")
    unsafe construct = try Self.find(library, "glusterfs_graph_construct")
    unsafe validateOptions = try Self.find(library, "xlator_options_validate")
    unsafe forEach = try Self.find(library, "dict_foreach")
    unsafe dataText = try Self.find(library, "data_to_str")
  }

  private static func load(_ name: String) throws(Failure) -> Structure {
    // Translators look for the functions of these libraries among all that is loaded.
    guard let handle = unsafe dlopen(name, RTLD_NOW | RTLD_GLOBAL) else {
      throw Failure(
        .unavailable, "cannot be loaded; \(GlusterLibrary.packages)", path: name)
    }
    return unsafe handle
  }

  private static func address(_ library: Structure, _ name: String) throws(Failure) -> Structure {
    guard let symbol = unsafe dlsym(library, name) else {
      throw Failure(.unavailable, "has no \(name)", path: GlusterParser.name)
    }
    return unsafe symbol
  }

  private static func find<Function>(
    _ library: Structure, _ name: String
  ) throws(Failure) -> Function {
    unsafe unsafeBitCast(try address(library, name), to: Function.self)
  }
}
