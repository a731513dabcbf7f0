/// Writes what was found equal on several replicas, so that each can be checked against it later,
/// alone. See docs/reconciliation.md for what it proves.
public final class CertificateWriter {
  private let sink: NewFileSink
  private var hasher = CertificateHasher()
  private var tree = ContentHasher()

  /// - Throws: `cannotCreate` where the file exists or cannot be made.
  public init(_ path: String) throws(Failure) { sink = try NewFileSink(path) }

  /// Writes the heading. `hasAllTimes`: whether the mtime of every object is in it.
  public func begin(
    _ marks: [JournalMarks], planID: String?, hasAllTimes: Bool
  ) throws(Failure) {
    try write("certificate") { line in
      line.field("version", Version.toolkit)
      if let planID { line.field("plan_id", planID) }
      line.field("all_times", hasAllTimes)
      line.field("replicas", marks.count)
    }
    for one in marks { try write("certified_replica") { one.write(to: &$0) } }
  }

  public func add(_ directory: DirectoryDigests, listsTimes: Bool) throws(Failure) {
    tree.update(directory)
    try write("certified_directory") { line in
      line.field("path", bytes: directory.path[...])
      line.field("gfid", directory.gfid)
      line.field("entries", directory.nameCount)
      line.field("names", directory.names.description)
      line.field("attributes", directory.attributes.description)
      line.field("xattrs", directory.xattrs.description)
      line.field("content", directory.content.description)
      if listsTimes, !directory.timed.isEmpty {
        line.array("timed") { list in directory.timed.forEach { list.element($0.description) } }
      }
    }
  }

  /// Finishes the file with what was compared.
  public func finish(_ comparison: TreeComparison) throws(Failure) -> CertificateSummary {
    var summary = CertificateSummary(comparison, tree: tree.digest())
    hasher.update(summary)
    summary.digest = hasher.digest()
    try write("certificate_summary") { summary.write(to: &$0) }
    try sink.finish()
    return summary
  }

  private func write(
    _ type: String, _ fields: (inout LineBuilder) throws(Failure) -> Void
  ) throws(Failure) {
    let line = MemoryByteSink()
    var writer = LineWriter(line)
    try writer.write(type, fields)
    try writer.flush()
    hasher.update(line: line.bytes.dropLast())
    try sink.write(line.bytes[...])
  }
}

/// A certificate's last line: what was compared, and the digests that hold it together.
public struct CertificateSummary: Equatable, Sendable {
  public var directories: Int
  public var objects: Int
  public var bytes: Int64
  /// Over all directories.
  public var tree: Digest
  /// Over all lines.
  public var digest = Digest(high: 0, low: 0)

  init(_ comparison: TreeComparison, tree: Digest) {
    directories = comparison.directoryCount
    objects = comparison.objectCount
    bytes = comparison.byteCount
    self.tree = tree
  }

  init(directories: Int, objects: Int, bytes: Int64, tree: Digest, digest: Digest) {
    self.directories = directories
    self.objects = objects
    self.bytes = bytes
    self.tree = tree
    self.digest = digest
  }

  func write(to line: inout LineBuilder) {
    writeTree(to: &line)
    line.field("digest", digest.description)
  }

  /// Writes what was read of a tree now, beside the digest that a certificate has of it.
  public func write(to line: inout LineBuilder, certified: CertificateSummary) {
    writeTree(to: &line)
    line.field("certified_tree_digest", certified.tree.description)
  }

  private func writeTree(to line: inout LineBuilder) {
    line.field("directories", directories)
    line.field("objects", objects)
    line.field("bytes", bytes)
    line.field("tree_digest", tree.description)
  }
}

/// The digest over a certificate's lines.
struct CertificateHasher: ~Copyable {
  private var hasher = ContentHasher()

  mutating func update(line: ByteView) { hasher.update(counted: line) }

  mutating func update(_ summary: CertificateSummary) {
    hasher.update(integer: summary.directories)
    hasher.update(integer: summary.objects)
    hasher.update(integer: summary.bytes)
    hasher.update(summary.tree)
  }

  borrowing func digest() -> Digest { hasher.digest() }
}

extension ContentHasher {
  /// Takes all that is compared of a directory.
  mutating func update(_ directory: DirectoryDigests) {
    update(counted: directory.path)
    update(integer: directory.gfid.high)
    update(integer: directory.gfid.low)
    update(integer: directory.nameCount)
    for digest in [directory.names, directory.attributes, directory.xattrs, directory.content] {
      update(digest)
    }
  }
}
