/// Finds the files of a jbr journal, and what its superblock says of them.
public enum JBRDirectory {
  /// The journal in a directory of a disk.
  public static func files(_ path: String, on disk: any Disk) throws(Failure) -> JournalFiles {
    try files(path, try disk.names(in: path)) { name throws(Failure) in
      try disk.openForReading(path + "/" + name)
    }
  }

  /// `open` gives the bytes of a file by its name in the directory.
  static func files(
    _ path: String, _ names: [String], open: (String) throws(Failure) -> any ByteSource
  ) throws(Failure) -> JournalFiles {
    var found = JournalFiles(path: path, pairs: [])
    var copies: [String: any ByteSource] = [:]
    for name in JournalNames.superblocks where names.contains(name) {
      copies[name] = try open(name)
    }
    let loaded = try SuperblockStore.load(copies, directory: path)
    found.superblock = loaded
    let superblock = loaded.superblock
    var terms: [Term: TermFiles] = [:]
    for name in names.sorted() {
      guard let file = JournalNames.parse(name) else { continue }
      if let superblock, isLeftOver(file.term, superblock) { continue }
      let source = try open(name)
      var files = terms[file.term] ?? TermFiles(term: file.term, events: nil)
      switch file {
      case .events: files.events = source
      case .index: files.index = source
      case .data(_, let number, let isCompressed):
        // Both are there where a compression was cut off: the plain one counts.
        guard isCompressed else {
          files.data[number] = source
          break
        }
        if names.contains(JournalNames.data(file.term, number)) { break }
        do throws(Failure) { files.data[number] = try CompressedSource(source) } catch {
          guard error.status == .damaged else { throw error }
          found.missing.append(error)
        }
      }
      terms[file.term] = files
    }
    judge(&found, &terms, loaded)
    found.terms = terms.values.sorted { $0.term < $1.term }
    return found
  }

  /// Whether a term's files are of no account: pruned, or of an opening that was cut off.
  private static func isLeftOver(_ term: Term, _ superblock: Superblock) -> Bool {
    term.rawValue <= superblock.prunedUpTo || !superblock.hasJoined(term)
  }

  /// Compares what is there with what the superblock remembers.
  private static func judge(
    _ found: inout JournalFiles, _ terms: inout [Term: TermFiles], _ loaded: SuperblockStore.Loaded
  ) {
    guard let superblock = loaded.superblock else {
      found.missing.append(
        Failure(
          .damaged, "no copy is whole: this is a lost disk, which can vouch for nothing",
          path: found.path, field: "superblock"))
      return
    }
    for damage in loaded.damage where damage.field != "generation" {
      found.missing.append(damage.failure)
    }
    for term in superblock.terms.keys.sorted() where terms[term]?.events == nil {
      found.missing.append(
        Failure(
          .damaged, "is missing: term \(term) was joined and not pruned",
          path: found.path + "/" + JournalNames.events(term)))
    }
    for (term, files) in terms {
      var owned = files
      owned.superblock = superblock
      terms[term] = owned
    }
  }
}
