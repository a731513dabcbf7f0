/// Finds the files of a jbr journal, and what its superblock says of them.
public enum JBRDirectory {
  /// How often a directory is listed again that a writer changes all the time.
  private static let listingCountMax = 20

  /// The journal in a directory of a disk.
  public static func files(_ path: String, on disk: any Disk) throws(Failure) -> JournalFiles {
    let open = { @Sendable (name: String) throws(Failure) in
      try disk.openForReading(path + "/" + name)
    }
    return try live(path, { () throws(Failure) in try disk.names(in: path) }, open) { name in
      (try? disk.exists(path + "/" + name)) == true ? try? open(name) : nil
    }
  }

  /// A journal that may be written to meanwhile. `list` gives the names of its files, and `find`
  /// a file that may be there by now.
  static func live(
    _ path: String, _ list: () throws(Failure) -> [String],
    _ open: (String) throws(Failure) -> any ByteSource,
    find: @escaping @Sendable (String) -> (any ByteSource)?
  ) throws(Failure) -> JournalFiles {
    var found = try files(path, try list(), open: open)
    // A term may have come between the list and the superblock. What is missing beside a
    // superblock that is the same before and behind the list is missing indeed.
    for _ in 0..<listingCountMax where !found.missing.isEmpty {
      let generation = found.superblock?.superblock?.generation
      found = try files(path, try list(), open: open)
      if found.superblock?.superblock?.generation == generation { break }
    }
    for index in (found.terms ?? []).indices {
      guard let term = found.terms?[index].term else { continue }
      found.terms?[index].findData = { number in
        find(JournalNames.data(term, number))
          ?? find(JournalNames.compressed(term, number)).flatMap { try? CompressedSource($0) }
      }
    }
    return found
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
    if names.contains(JournalNames.decisions) { found.decisions = try open(JournalNames.decisions) }
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
        if source is UnreadFile {
          files.data[number] = source
          break
        }
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
    for term in superblock.terms.keys.sorted()
    where terms[term]?.events == nil && superblock.hasJoined(term) {
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
