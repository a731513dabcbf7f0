/// A far host's disk, by paths that begin with its name; every primitive is done there by
/// a `SystemDisk`. What is locked stays so until the connection ends. Time and random bytes are
/// those of this host: one clock for all replicas.
final class RemoteDisk: Disk {
  private let files: RemoteFiles
  private let near = SystemDisk()

  init(_ files: RemoteFiles) { self.files = files }

  func names(in directory: String) throws(Failure) -> [String] { try files.names(in: directory) }

  func exists(_ path: String) throws(Failure) -> Bool { try files.kind(path) != nil }

  func makeDirectory(_ path: String) throws(Failure) {
    try change(.makeDirectory(files.own(path)))
  }

  func create(_ path: String) throws(Failure) -> any DiskFile {
    try opening(.create(files.own(path)), path)
  }

  func open(_ path: String) throws(Failure) -> any DiskFile {
    try opening(.open(files.own(path)), path)
  }

  private func opening(_ change: DiskChange, _ path: String) throws(Failure) -> RemoteDiskFile {
    let opened: FarOpening = try files.ask(.disk(change))
    return RemoteDiskFile(
      files.file(path).being(opened.second), number: opened.first, files.connection)
  }

  func openForReading(_ path: String) throws(Failure) -> any ByteSource {
    try files.file(path).opened()
  }

  func rename(_ path: String, to new: String) throws(Failure) {
    try change(.rename(files.own(path), files.own(new)))
  }

  func remove(_ path: String) throws(Failure) { try change(.remove(files.own(path))) }

  func synchronizeDirectory(_ path: String) throws(Failure) {
    try change(.synchronizeDirectory(files.own(path)))
  }

  func freeByteCount(_ path: String) throws(Failure) -> Int {
    max(0, try files.ask(.freeByteCount(files.own(path))))
  }

  func lock(_ path: String) throws(Failure) -> any AnyObject & Sendable {
    try change(.lock(files.own(path)))
    return files.connection
  }

  func time() -> Int64 { near.time() }
  func randomBytes(_ count: Int) -> [UInt8] { near.randomBytes(count) }

  private func change(_ change: DiskChange) throws(Failure) {
    let _: WireNothing = try files.ask(.disk(change))
  }
}

/// A file of a far host's that is written. Writes go out without waiting for their answers: what
/// failed of them is told by whatever is done next that does wait, at the latest `synchronize`.
final class RemoteDiskFile: DiskFile {
  fileprivate let source: RemoteSource
  private let number: UInt32
  private let connection: RemoteConnection

  init(_ source: RemoteSource, number: UInt32, _ connection: RemoteConnection) {
    self.source = source
    self.number = number
    self.connection = connection
  }

  deinit {
    // If it cannot be said, the connection is gone, and the file closed with it.
    try? connection.begin(.disk(.close(number)))
  }

  var path: String { source.path }
  var mayChange: Bool { true }
  var isFar: Bool { true }

  func byteCount() throws(Failure) -> Int { try source.byteCount() }

  func read(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
    try source.read(at: offset, count: count)
  }

  func nextData(from offset: Int) throws(Failure) -> Int? { try source.nextData(from: offset) }

  func sums(of stretch: Stretch) throws(Failure) -> ContentSums { try source.sums(of: stretch) }

  func write(_ bytes: ByteView, at offset: Int) throws(Failure) {
    var rest = bytes
    while !rest.isEmpty {
      let part = rest.prefix(RemoteBrick.blockByteCount)
      let place = offset + bytes.count - rest.count
      try connection.begin(.disk(.write(number, at: place, part)))
      rest = rest.dropFirst(part.count)
    }
  }

  func allocate(to count: Int) throws(Failure) { try change(.allocate(number, count)) }
  func truncate(to count: Int) throws(Failure) { try change(.truncate(number, count)) }
  func synchronize() throws(Failure) { try change(.synchronize(number)) }

  private func change(_ change: DiskChange) throws(Failure) {
    let _: WireNothing = try source.ask(.disk(change))
  }
}

extension RemoteDiskFile: FarLog {
  func heads(from place: LogPlace, byteCount: Int) throws(Failure) -> [RecordHead] {
    try source.heads(from: place, byteCount: byteCount)
  }

  func termSums(checkingPayloads: Bool) throws(Failure) -> TermSums? {
    try source.termSums(checkingPayloads: checkingPayloads)
  }
}
