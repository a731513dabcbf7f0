import CLinux
import Glibc

/// GlusterFS' own parser and its translators' options, in libglusterfs, loaded when they are asked.
///
/// To be used in a process of its own: what this library is given can end the process, it remembers
/// what one graph left behind when the next one is read, and it prints on standard output. Nothing
/// that it makes is ever freed.
@safe final class GlusterParser {
  static let name = "libglusterfs.so.0"
  private static let errorLevel: CInt = 4

  /// The installed GlusterFS' version, such as `10.3`.
  let version: String
  private let functions: GlusterParserFunctions
  private let context: UnsafeMutableRawPointer
  /// The options of each type that was asked for; nil for one that is not installed.
  private var tables: [String: UnsafeMutableRawPointer?] = unsafe [:]

  /// Loads the libraries and lets them write their log to a file.
  /// - Throws: `unavailable` where GlusterFS is missing, or is one whose structures are not known.
  init(log: String) throws(Failure) {
    unsafe functions = try GlusterParserFunctions()
    // A context that is whole, which libglusterfs alone does not make.
    guard unsafe functions.new("jbr-volgen") != nil,
      let context = unsafe functions.globalContext.pointee
    else { throw Failure(.unavailable, "does not start", path: GlusterLibrary.name) }
    unsafe self.context = context
    unsafe functions.setLogLevel(context, Self.errorLevel)
    guard unsafe functions.startLog(context, log, nil) == 0 else {
      throw Failure(.unavailable, "cannot write its log", path: Self.name)
    }
    version = unsafe try Self.installedVersion(functions)
  }

  /// The version, which the library does not tell, from where it finds its translators.
  private static func installedVersion(
    _ functions: GlusterParserFunctions
  ) throws(Failure) -> String {
    var handle: UnsafeMutableRawPointer?
    // More than the list is in any version, since it is not known yet which one this is.
    let list = unsafe emptyList()
    guard unsafe functions.loadOptions("storage/posix", &handle, list) == 0,
      let symbol = unsafe dlsym(handle, "xlator_api")
    else {
      throw Failure(
        .unavailable, "finds no translators; \(GlusterLibrary.packages)", path: name)
    }
    var place = unsafe linux_symbol_place()
    guard unsafe dladdr(symbol, &place) != 0, let path = unsafe place.path else {
      throw Failure(.unavailable, "does not say where its translators are", path: name)
    }
    let parts = unsafe String(cString: path).split(separator: "/")
    guard let end = parts.lastIndex(of: "xlator"), end > 0 else {
      throw Failure(.unavailable, "does not say which version it is", path: name)
    }
    let version = String(parts[end - 1])
    guard GlusterLayout.isKnown(version) else {
      throw Failure(
        .unavailable,
        "is of GlusterFS \(version), whose structures are not known; "
          + "known is \(GlusterLayout.knownVersions)", path: name)
    }
    return version
  }

  private static func emptyList() -> UnsafeMutableRawPointer {
    let list = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 16)
    unsafe list.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
    // A list of the library's that is empty points to itself.
    unsafe list.storeBytes(of: list, as: UnsafeMutableRawPointer.self)
    unsafe list.storeBytes(
      of: list, toByteOffset: MemoryLayout<Int>.size, as: UnsafeMutableRawPointer.self)
    return unsafe list
  }

  // MARK: Options

  /// Whether a translator is installed. Its code is loaded, and none of it is called. What is no
  /// plain type is not: the library would load any file that it leads to.
  func isInstalled(_ type: String) -> Bool { unsafe table(type) != nil }

  private func table(_ type: String) -> UnsafeMutableRawPointer? {
    if let known = unsafe tables[type] { return unsafe known }
    guard isPlainTranslatorType(type) else { return nil }
    var handle: UnsafeMutableRawPointer?
    let list = unsafe Self.emptyList()
    let found: UnsafeMutableRawPointer? =
      unsafe functions.loadOptions(type, &handle, list) == 0 ? list : nil
    unsafe tables[type] = .some(found)
    return unsafe found
  }

  /// What the translator itself says of an option.
  func answer(_ type: String, _ key: String, _ value: String) -> OptionAnswer {
    guard let list = unsafe table(type) else { return .unknownTranslator }
    guard
      unsafe list.load(
        fromByteOffset: GlusterLayout.listOptions, as: UnsafeMutableRawPointer?.self) != nil,
      let option = unsafe functions.findOption(list, systemPath(key))
    else { return .unknownOption }
    var complaint: UnsafeMutablePointer<CChar>?
    // It writes into neither, though it is not declared so.
    let keyCopy = unsafe strdup(systemPath(key))
    let valueCopy = unsafe strdup(systemPath(value))
    defer {
      unsafe free(keyCopy)
      unsafe free(valueCopy)
    }
    let status = unsafe functions.validateOption(
      functions.globalTranslator, keyCopy, valueCopy, option, &complaint)
    // A complaint counts for the library itself also where the status says that all is well.
    if let complaint = unsafe complaint { return .invalid(unsafe pathText(complaint)) }
    return status == 0 ? .valid : .invalid("is not valid")
  }

  // MARK: Graphs

  /// Has the library read a volfile; nil if it refuses it. Its log says why.
  ///
  /// The volfile must hold no backtick, since the library runs what follows as a command, and only
  /// plain types.
  func read(_ path: String) throws(Failure) -> [GlusterVolume]? {
    guard let file = unsafe fopen(path, "re") else {
      throw .system("open", path: path, .cannotOpen)
    }
    guard let graph = unsafe functions.construct(file) else { return nil }
    var volumes: [GlusterVolume] = []
    var next = unsafe pointer(at: GlusterLayout.graphFirst, of: graph)
    while let translator = unsafe next {
      unsafe volumes.append(volume(translator))
      unsafe next = pointer(at: GlusterLayout.translatorNext, of: translator)
    }
    return volumes
  }

  /// Writes all that the log holds back.
  func flushLog() { unsafe functions.flushLog(context) }

  private func volume(_ translator: UnsafeMutableRawPointer) -> GlusterVolume {
    var volume = GlusterVolume()
    unsafe volume.name = text(at: GlusterLayout.translatorName, of: translator)
    unsafe volume.type = text(at: GlusterLayout.translatorType, of: translator)
    var child = unsafe pointer(at: GlusterLayout.translatorChildren, of: translator)
    while let link = unsafe child {
      if let one = unsafe pointer(at: GlusterLayout.linkTranslator, of: link) {
        unsafe volume.subvolumes.append(text(at: GlusterLayout.translatorName, of: one))
      }
      unsafe child = pointer(at: GlusterLayout.linkNext, of: link)
    }
    guard let options = unsafe pointer(at: GlusterLayout.translatorOptions, of: translator)
    else { return volume }
    let found = GlusterOptions()
    // Safe: the call ends before the object does.
    let context = unsafe Unmanaged.passUnretained(found).toOpaque()
    let collect: GlusterParserFunctions.Collect = { _, key, data, context in
      guard let key = unsafe key, let context = unsafe context else { return 0 }
      let found = unsafe Unmanaged<GlusterOptions>.fromOpaque(context).takeUnretainedValue()
      unsafe found.take(pathText(key), data)
      return 0
    }
    unsafe found.text = functions.dataText
    _ = unsafe functions.forEach(options, collect, context)
    volume.options = found.options.sorted { ExactText($0.key) < ExactText($1.key) }
    var complaint: UnsafeMutablePointer<CChar>?
    if unsafe functions.validateOptions(translator, options, &complaint) != 0 {
      volume.complaint = unsafe complaint.map { unsafe pathText($0) } ?? "is not valid"
    }
    return volume
  }

  private func pointer(
    at offset: Int, of structure: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer? {
    // Safe: the version was compared with those whose structures have a pointer there.
    unsafe structure.load(fromByteOffset: offset, as: UnsafeMutableRawPointer?.self)
  }

  private func text(at offset: Int, of structure: UnsafeMutableRawPointer) -> String {
    guard let text = unsafe pointer(at: offset, of: structure) else { return "" }
    return unsafe pathText(text.assumingMemoryBound(to: CChar.self))
  }
}

/// Takes the options of one volume out of a dictionary of the library's.
@safe private final class GlusterOptions {
  var options: [GlusterOption] = []
  var text: (@convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutablePointer<CChar>?)?

  func take(_ key: String, _ data: UnsafeMutableRawPointer?) {
    guard let value = unsafe text?(data) else { return }
    options.append(GlusterOption(key: key, value: unsafe pathText(value)))
  }
}
