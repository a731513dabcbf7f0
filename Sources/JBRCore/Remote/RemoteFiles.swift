/// The files of a far host, by paths that begin with its name.
struct RemoteFiles: FilePlace {
  let connection: RemoteConnection
  /// What stands before the host's own paths.
  let prefix: String

  func kind(_ path: String) throws(Failure) -> PathKind? {
    try ask(.kind(own(path)))
  }

  func names(in directory: String) throws(Failure) -> [String] {
    let list: WireList<String> = try ask(.names(own(directory)))
    // They become parts of paths and messages.
    return list.elements.filter { FileName.isComponent(ByteView($0.utf8)) }
  }

  func source(_ path: String) -> any ByteSource { file(path) }

  func file(_ path: String) -> RemoteSource {
    RemoteSource(self, FarFile(own(path)), path: path)
  }

  func byteCountFromOutside(_ path: String) throws(Failure) -> Int {
    try ask(.byteCountFromOutside(own(path)))
  }

  /// The path as the far host knows it.
  func own(_ path: String) -> String { String(path.dropFirst(prefix.count)) }

  func ask<Value: Wire>(_ request: RemoteRequest) throws(Failure) -> Value {
    do throws(RemoteTrouble) { return try connection.ask(request, prefix: prefix) } catch {
      switch error {
      case .failure(let failure): throw failure
      case .brick(let error): throw Failure(error, path: prefix)
      }
    }
  }
}

/// A file of a far host's. Opened, it is the same file until the end, also if the connection is
/// cut between.
struct RemoteSource: ByteSource {
  private let files: RemoteFiles
  fileprivate var file: FarFile
  let path: String

  init(_ files: RemoteFiles, _ file: FarFile, path: String) {
    self.files = files
    self.file = file
    self.path = path
  }

  var mayChange: Bool { true }
  var isFar: Bool { true }

  func byteCount() throws(Failure) -> Int {
    let count: Int = try files.ask(.byteCount(file))
    guard count >= 0 else { throw wrong() }
    return count
  }

  func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let wanted = min(RemoteBrick.blockByteCount, count - bytes.count)
      let stretch = Stretch(at: offset + bytes.count, count: wanted)
      let block: ByteView = try files.ask(.read(file, stretch))
      guard block.count <= wanted else { throw wrong() }
      if bytes.isEmpty { bytes = Array(block) } else { bytes += block }
      if block.count < wanted { break }
    }
    return bytes
  }

  func nextData(from offset: Int) throws(Failure) -> Int? {
    let next: Int? = try files.ask(.nextData(file, offset))
    // What lies before would be read for ever.
    if let next, next < offset { throw wrong() }
    return next
  }

  func opened() throws(Failure) -> any ByteSource {
    guard file.identity == nil else { return self }
    return being(try files.ask(.identity(file)))
  }

  /// The file, which must be the one of this identity.
  func being(_ identity: FileIdentity) -> RemoteSource {
    var known = self
    known.file.identity = identity
    return known
  }

  func ask<Value: Wire>(_ request: RemoteRequest) throws(Failure) -> Value {
    try files.ask(request)
  }

  func decompressedThere() throws(Failure) -> (any ByteSource)? {
    // What is wrong with the file is told where it is found, as of one that is near.
    _ = try decompressed.byteCount()
    return decompressed
  }

  /// A journal's compressed data file as the bytes that it was made of.
  var decompressed: RemoteSource {
    var view = self
    view.file.isDecompressed = true
    return view
  }

  func sums(of stretch: Stretch) throws(Failure) -> ContentSums {
    let sums: ContentSums = try files.ask(.sums(file, stretch))
    guard (0...stretch.count).contains(sums.byteCount) else { throw wrong() }
    return sums
  }

  func expect(sumsOf stretch: Stretch) { files.connection.expect([.sums(file, stretch)]) }

  private func wrong() -> Failure {
    Failure(.ioError, "the far host's answer cannot be right", path: path)
  }
}

extension RemoteSource: FarLog {
  func heads(from place: LogPlace, byteCount: Int) throws(Failure) -> [RecordHead] {
    let found: WireList<RecordHead> = try ask(
      .heads(file, place, UInt32(clamping: byteCount)))
    return found.elements
  }

  func termSums(checkingPayloads: Bool) throws(Failure) -> TermSums? {
    try ask(.termSums(file, checkingPayloads))
  }
}
