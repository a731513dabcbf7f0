/// What compressing a data file came to.
public struct CompressedFile: Sendable {
  public var name: String
  public var byteCount: Int
  public var compressedByteCount: Int
}

extension JournalWriter {
  /// Compresses the data files of a frozen or retired term, those that are not yet.
  ///
  /// A file is written under another name, flushed, read back and compared with the original's
  /// digest before it gets its own name; only then the original goes.
  public func compress(_ term: Term) throws(Failure) -> [CompressedFile] {
    guard let state = superblock.terms[term]?.state else {
      throw Failure(.refused, "there is no term \(term)", path: directory)
    }
    guard state == .frozen || state == .retired else {
      throw Failure(.refused, "term \(term) is \(state.name): freeze it first", path: directory)
    }
    var made: [CompressedFile] = []
    for name in try disk.names(in: directory).sorted() {
      guard case .data(term, let number, compressed: false) = JournalNames.parse(name) else {
        continue
      }
      made.append(try compress(name, as: JournalNames.compressed(term, number)))
    }
    return made
  }

  private func compress(_ name: String, as new: String) throws(Failure) -> CompressedFile {
    let original = try disk.openForReading(maker.path(name))
    let temporary = maker.path(new + ".new")
    if try disk.exists(temporary) { try disk.remove(temporary) }
    let file = try disk.create(temporary)
    try CompressedData.write(original, to: file)
    try file.synchronize()
    let compressed = try CompressedSource(try disk.openForReading(temporary))
    let (old, read) = (try original.trailerEntry(), try compressed.trailerEntry())
    guard old == read, compressed.digest == old.digest else {
      throw Failure(
        .ioError, "what was compressed does not read back as it was: nothing is changed",
        path: maker.path(name))
    }
    try disk.rename(temporary, to: maker.path(new))
    try disk.synchronizeDirectory(directory)
    try disk.remove(maker.path(name))
    try disk.synchronizeDirectory(directory)
    return CompressedFile(
      name: name, byteCount: Int(clamping: old.byteCount),
      compressedByteCount: try file.byteCount())
  }
}
