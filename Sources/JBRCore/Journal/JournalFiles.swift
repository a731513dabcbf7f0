/// A meta file and the data file that belongs to it.
public struct JournalPair: Sendable {
  /// From 1; a writer's restart begins a new one.
  public var run: Int
  /// The N of `X-meta-N.jnl`.
  public var fileNumber: UInt64
  public var meta: any ByteSource
  public var data: any ByteSource
  /// Whether no pair with a higher number follows in the same run.
  public var isLast: Bool

  public init(
    run: Int, fileNumber: UInt64, meta: any ByteSource, data: any ByteSource, isLast: Bool
  ) {
    self.run = run
    self.fileNumber = fileNumber
    self.meta = meta
    self.data = data
    self.isLast = isLast
  }
}

/// The files of one replica's journal, in the order in which they were written.
public struct JournalFiles: Sendable {
  /// As the user named it.
  public var path: String
  public var pairs: [JournalPair]
  /// Files that must have been there and are not: evidence that was lost.
  public var missing: [Failure]
  /// The terms of a jbr journal, ascending; nil for an fdl journal.
  public var terms: [TermFiles]?
  /// What was found of a jbr journal's superblock; nil for an fdl journal.
  public var superblock: SuperblockStore.Loaded?
  /// What a jbr journal records of reconciliations; nil where there were none.
  var decisions: (any ByteSource)?

  public init(
    path: String, pairs: [JournalPair], missing: [Failure] = [], terms: [TermFiles]? = nil
  ) {
    self.path = path
    self.pairs = pairs
    self.missing = missing
    self.terms = terms
  }
}

/// The name of a journal file: `X-meta-N.jnl` or `X-data-N.jnl`.
struct JournalFileName {
  var identity: Substring
  var isMeta: Bool
  var number: UInt64

  init?(_ name: some StringProtocol) {
    let text = Substring(name)
    guard text.hasSuffix(".jnl") else { return nil }
    let parts = text.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 3, let number = UInt64(parts[parts.count - 1]) else { return nil }
    switch parts[parts.count - 2] {
    case "meta": isMeta = true
    case "data": isMeta = false
    default: return nil
    }
    identity = text.dropLast(4 + parts[parts.count - 1].count + 6)
    self.number = number
  }

  static func text(_ identity: some StringProtocol, meta: Bool, _ number: UInt64) -> String {
    "\(identity)-\(meta ? "meta" : "data")-\(number).jnl"
  }
}

extension JournalFiles {
  /// Finds the files that a user's path names: a directory of pairs, a directory of runs, or
  /// one meta file.
  public static func find(_ path: String) throws(Failure) -> JournalFiles {
    try find(path, in: SystemFiles())
  }

  /// The same where the path is of another machine's.
  public static func find(
    _ path: String, in place: any FilePlace
  ) throws(Failure) -> JournalFiles {
    try find(path, in: place) { place.source($0) }
  }

  /// The same for somebody who leaves the data: data files are listed and looked at from outside,
  /// and not opened.
  public static func findLeavingData(
    _ path: String, in place: any FilePlace = SystemFiles()
  ) throws(Failure) -> JournalFiles {
    try find(path, in: place) { UnreadFile($0, in: place) }
  }

  private static func find(
    _ path: String, in place: any FilePlace, _ data: (String) -> any ByteSource
  ) throws(Failure) -> JournalFiles {
    switch try place.kind(path) {
    case .directory: try inDirectory(path, place, data)
    case .file: try single(path, place, data)
    case .other: throw Failure(.cannotOpen, "is neither a directory nor a file", path: path)
    case nil: throw Failure(.cannotOpen, "cannot open: \(errorText(2))", path: path, errno: 2)
    }
  }

  private static func single(
    _ path: String, _ place: any FilePlace, _ makeData: (String) -> any ByteSource
  ) throws(Failure) -> JournalFiles {
    let slash = path.lastIndex(of: "/")
    let name = slash.map { path[path.index(after: $0)...] } ?? Substring(path)
    let folder = slash.map { String(path[..<$0]) + "/" } ?? ""
    guard let parsed = JournalFileName(name), parsed.isMeta else {
      throw Failure(
        .damaged, "is no journal: the name of one is X-meta-N.jnl, or a directory's", path: path)
    }
    let next = JournalFileName.text(parsed.identity, meta: true, parsed.number &+ 1)
    let data = folder + JournalFileName.text(parsed.identity, meta: false, parsed.number)
    return JournalFiles(
      path: path,
      pairs: [
        JournalPair(
          run: 1, fileNumber: parsed.number, meta: place.source(path), data: makeData(data),
          isLast: try place.kind(folder + next) == nil)
      ])
  }

  private static func inDirectory(
    _ path: String, _ place: any FilePlace, _ data: (String) -> any ByteSource
  ) throws(Failure) -> JournalFiles {
    let names = try place.names(in: path)
    if JournalNames.areJournal(names) {
      return try JBRDirectory.live(
        path, { () throws(Failure) in try place.names(in: path) },
        { name in
          switch JournalNames.parse(name) {
          case .data: data(path + "/" + name)
          default: place.source(path + "/" + name)
          }
        },
        find: { name in
          (try? place.kind(path + "/" + name)) == nil ? nil : place.source(path + "/" + name)
        })
    }
    var files = JournalFiles(path: path, pairs: [])
    var runs: [(number: Int, path: String)] = []
    for name in names where name.hasPrefix("run") {
      guard let number = Int(name.dropFirst(3)), number > 0,
        try place.kind(path + "/" + name) == .directory
      else { continue }
      runs.append((number, path + "/" + name))
    }
    if names.contains(where: { JournalFileName($0)?.isMeta == true }) {
      guard !runs.contains(where: { $0.number == 1 }) else {
        throw Failure(.damaged, "holds both journal files and a run1", path: path)
      }
      runs.append((1, path))
    }
    runs.sort { $0.number < $1.number }
    var expected = 1
    for run in runs {
      if run.number != expected {
        files.missing.append(Failure(.damaged, "run\(expected) is missing", path: path))
      }
      expected = run.number &+ 1
      try files.addRun(run.number, run.path, place, data)
    }
    guard !files.pairs.isEmpty else {
      throw Failure(
        .cannotOpen, "holds no journal: neither X-meta-N.jnl nor the files of a jbr journal",
        path: path)
    }
    return files
  }

  private mutating func addRun(
    _ run: Int, _ folder: String, _ place: any FilePlace, _ data: (String) -> any ByteSource
  ) throws(Failure) {
    let metas = try place.names(in: folder).compactMap(JournalFileName.init).filter(\.isMeta)
      .sorted { $0.number < $1.number }
    if let first = metas.first, let other = metas.first(where: { $0.identity != first.identity }) {
      throw Failure(
        .usage, "holds journals of both \(first.identity) and \(other.identity): name one file",
        path: folder)
    }
    var expected: UInt64 = 1
    for (position, name) in metas.enumerated() {
      if name.number != expected {
        missing.append(
          Failure(
            .damaged,
            "file \(expected) is missing: \(JournalFileName.text(name.identity, meta: true, expected))",
            path: folder))
      }
      expected = name.number &+ 1
      func path(_ meta: Bool) -> String {
        folder + "/" + JournalFileName.text(name.identity, meta: meta, name.number)
      }
      pairs.append(
        JournalPair(
          run: run, fileNumber: name.number, meta: place.source(path(true)),
          data: data(path(false)), isLast: position == metas.count - 1))
    }
  }
}
