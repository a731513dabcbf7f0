/// Where a plan's steps find bytes of a term that applying the plan makes anew.
extension PlanFile {
  /// A term of a replica's journal.
  struct RepairedTerm: Hashable, Sendable {
    var replica: String
    var term: Term
  }

  /// The bytes of a journal's file as the plan saw it: where its term was set aside as damaged
  /// before the first step, these are in the evidence.
  public func source(_ path: String) -> any ByteSource {
    let name = baseName(path)
    let directory = String(path.dropLast(name.utf8.count + 1))
    guard let file = JournalNames.parse(name), !repaired.isEmpty,
      replicas.contains(where: { replica in
        replica.journal + "/" + name == path
          && repaired.contains(RepairedTerm(replica: replica.name, term: file.term))
      }), let evidence = Self.evidence(of: file, in: directory)
    else { return JournalFileSource(path) }
    return JournalFileSource(evidence)
  }

  /// The last whole file that was set aside; what recovery cut from a file's end is none.
  private static func evidence(of file: JournalNames.TermFile, in directory: String) -> String? {
    let prefix = JournalNames.text(file) + JournalNames.brokenInfix
    let numbers = ((try? directoryNames(directory)) ?? []).compactMap { name in
      name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.count)) : nil
    }
    for number in numbers.sorted(by: >) {
      let path = "\(directory)/\(prefix)\(number)"
      let isWhole =
        switch file {
        case .events: (try? FileHeaderArea.read(PathSource(path), kind: .events)) != nil
        case .data(_, _, compressed: false):
          (try? FileHeaderArea.read(PathSource(path), kind: .data)) != nil
        case .data, .index: true
        }
      if isWhole { return path }
    }
    return nil
  }
}
