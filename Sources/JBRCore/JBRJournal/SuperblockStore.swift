/// Keeps a replica's superblock: two copies, replaced one after the other.
public struct SuperblockStore: Sendable {
  let disk: any Disk
  let directory: String

  /// What was found of a superblock.
  public struct Loaded: Sendable {
    /// nil where no copy is whole.
    public var superblock: Superblock?
    /// A copy that is missing, damaged, or older than the other.
    public var damage: [LogDamage] = []
    /// Whether neither file is there.
    public var isAbsent = false
  }

  public init(_ disk: any Disk, directory: String) {
    self.disk = disk
    self.directory = directory
  }

  /// Reads both copies; writes nothing.
  ///
  /// - Throws: errors of the disk, and a `damaged` failure for a version that is not known.
  public func load() throws(Failure) -> Loaded {
    var sources: [String: any ByteSource] = [:]
    for name in JournalNames.superblocks {
      let path = directory + "/" + name
      if try disk.exists(path) { sources[name] = try disk.openForReading(path) }
    }
    return try Self.load(sources, directory: directory)
  }

  /// Reads the copies that are there.
  static func load(
    _ sources: [String: any ByteSource], directory: String
  ) throws(Failure) -> Loaded {
    var loaded = Loaded()
    var trouble: Failure?
    loaded.isAbsent = sources.isEmpty
    for name in JournalNames.superblocks {
      let path = directory + "/" + name
      guard let source = sources[name] else {
        loaded.damage.append(
          LogDamage(path: path, offset: 0, field: "superblock", message: "the copy is missing"))
        continue
      }
      let bytes: [UInt8]
      do throws(Failure) {
        bytes = try source.read(at: 0, count: Superblock.byteCountMax)
      } catch {
        trouble = trouble ?? error
        loaded.damage.append(
          LogDamage(path: path, offset: 0, field: "superblock", message: error.message))
        continue
      }
      do throws(FormatError) {
        let copy = try Superblock(bytes)
        loaded.take(copy, path)
      } catch {
        var damage = LogDamage(
          path: path, offset: error.offset, field: error.field,
          message: error.reason.description)
        if case .checksum(let expected, let found) = error.reason {
          (damage.expected, damage.found) = (expected, found)
        }
        loaded.damage.append(damage)
      }
    }
    // A disk that cannot be read now is not one that was lost.
    if loaded.superblock == nil, let trouble { throw trouble }
    return loaded
  }

  /// Writes the first superblock of a journal.
  public func create(_ superblock: Superblock) throws(Failure) {
    for name in JournalNames.superblocks { try replace(name, superblock) }
  }

  /// Replaces both copies, and returns when they are durable. The answer has the next generation.
  ///
  /// - Throws: `refused` for one that would forget or take back something.
  public func update(_ old: Superblock, to new: Superblock) throws(Failure) -> Superblock {
    var next = new
    next.generation = old.generation + 1
    if let reason = old.refusal(of: next) {
      throw Failure(.refused, reason, path: directory, field: "superblock")
    }
    for name in JournalNames.superblocks { try replace(name, next) }
    return next
  }

  private func replace(_ name: String, _ superblock: Superblock) throws(Failure) {
    let temporary = directory + "/\(name).new"
    if try disk.exists(temporary) { try disk.remove(temporary) }
    let file = try disk.create(temporary)
    try file.write(superblock.encoded[...], at: 0)
    try file.synchronize()
    try disk.rename(temporary, to: directory + "/" + name)
    try disk.synchronizeDirectory(directory)
  }
}

extension SuperblockStore.Loaded {
  fileprivate mutating func take(_ copy: Superblock, _ path: String) {
    guard let first = superblock else {
      superblock = copy
      return
    }
    if copy.generation > first.generation { superblock = copy }
    guard copy != first else { return }
    damage.append(
      LogDamage(
        path: path, offset: 24, field: "generation",
        message: "the copies are of generations \(first.generation) and \(copy.generation): "
          + "an update was cut off",
        expected: first.generation, found: copy.generation))
  }
}
