/// What making an index came to.
public struct MadeIndex: Sendable {
  public var term: Term
  public var name: String
  /// How many requests are filed, and under how many different entities and objects.
  public var requests: UInt64
  public var entities: UInt64
  public var objects: UInt64
  public var byteCount: Int
}

/// Makes indices, and compares them with the logs that they are of.
public struct IndexMaker {
  private let disk: any Disk
  private let directory: String

  /// `directory` is a jbr journal's where indices are made, and any other for comparing.
  public init(on disk: any Disk, directory: String) {
    self.disk = disk
    self.directory = directory
  }

  /// Makes the index of a term, in the place of the one that is there. The journal may be written
  /// to meanwhile: what is appended is not filed.
  ///
  /// - Throws: a `damaged` failure for a damaged log, `tryAgain` while somebody else makes the same
  ///   index, errors of the disk.
  public func make(_ files: TermFiles) throws(Failure) -> MadeIndex {
    let reader = try TermReader(files)
    let name = JournalNames.index(files.term)
    let temporary = directory + "/" + name + ".new"
    let lock = try disk.lock(temporary)
    defer { withExtendedLifetime(lock) {} }
    let file = try disk.exists(temporary) ? disk.open(temporary) : disk.create(temporary)
    try file.truncate(to: 0)
    var header = reader.header
    header.kind = .index
    header.number = 0
    header.salt = UniqueID(disk.randomBytes(16)[...])
    header.created = disk.time()
    do throws(Failure) {
      var builder = try IndexBuilder(header, into: file) { () throws(Failure) in try scratch(name) }
      let root = try builder.build(files)
      try file.synchronize()
      try disk.rename(temporary, to: directory + "/" + name)
      try disk.synchronizeDirectory(directory)
      return MadeIndex(
        term: files.term, name: name, requests: root.requests,
        entities: root[.entityFilter].entryCount, objects: root[.objectFilter].entryCount,
        byteCount: try file.byteCount())
    } catch {
      try? disk.remove(temporary)
      throw error
    }
  }

  /// An empty file without a name: gone when nobody holds it any more.
  private func scratch(_ name: String) throws(Failure) -> any DiskFile {
    let random: UInt64 = disk.randomBytes(8)[...].load(0)
    let path = directory + "/" + name + ".scratch-" + random.hexadecimal
    let file = try disk.create(path)
    try disk.remove(path)
    return file
  }

  /// Compares a term's index with what its log says; nil where they agree, or there is none.
  ///
  /// The index is made anew, as far as the old one reaches, and both must hold the same pages. Of
  /// a log that is damaged none can be made: then only the old one's checksums are looked at.
  /// - Throws: errors of the disk.
  public func damage(_ files: TermFiles) throws(Failure) -> LogDamage? {
    guard let source = files.index else { return nil }
    func damage(_ offset: Int, _ field: String, _ message: String) -> LogDamage {
      LogDamage(
        path: source.path, offset: offset, field: field, message: message, term: files.term)
    }
    do throws(Failure) {
      let old = try source.opened()
      let index = try TermIndex(old)
      try index.checkPages()
      let header = try FileHeaderArea.read(old, kind: .index)
      if let first = header.damage.first {
        return damage(first.offset, first.field, first.message)
      }
      let reader = try TermReader(files)
      guard index.root.log == reader.seed else {
        return damage(IndexRoot.offset, "log", "is the index of another log")
      }
      let new = try scratch("index")
      var builder = try IndexBuilder(header.header, into: new) { () throws(Failure) in
        try scratch("index")
      }
      let root = try builder.build(files, upTo: Int(clamping: index.root.covered))
      guard root == index.root else {
        return damage(IndexRoot.offset, "root", "does not say what the log says")
      }
      return try difference(old, new).map {
        damage($0, "page", "does not hold what the log says")
      }
    } catch {
      guard error.status == .damaged else { throw error }
      // Whoever reads the log tells what is wrong with it.
      guard error.path == source.path else { return nil }
      var place = 0
      if case .offset(let offset) = error.place { place = offset }
      return damage(place, error.field ?? "index", error.message)
    }
  }

  private func difference(
    _ old: any ByteSource, _ new: any ByteSource
  ) throws(Failure) -> Int? {
    var offset = 0
    let block = 64 * IndexPage.byteCount
    while true {
      let (left, right) = (
        try old.read(at: offset, count: block), try new.read(at: offset, count: block)
      )
      if left != right {
        let same = zip(left, right).prefix { $0 == $1 }.count
        return (offset + same) / IndexPage.byteCount * IndexPage.byteCount
      }
      if left.isEmpty { return nil }
      offset += left.count
    }
  }
}
