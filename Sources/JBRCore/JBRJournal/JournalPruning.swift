/// What a prune would delete.
public enum JournalPruning {
  /// The retired terms that no other holds back, with the lengths of their files; writes nothing.
  public static func candidates(
    _ directory: String, on disk: any Disk
  ) throws(Failure) -> [(term: Term, byteCount: Int)] {
    guard let superblock = try SuperblockStore(disk, directory: directory).load().superblock
    else {
      throw Failure(
        .damaged, "no copy is whole: nothing can be pruned", path: directory,
        field: "superblock")
    }
    var terms: [Term: Int] = [:]
    for (term, entry) in superblock.terms.sorted(by: { $0.key < $1.key }) {
      guard entry.state == .retired else { break }
      terms[term] = 0
    }
    for name in try disk.names(in: directory) {
      guard let term = JournalNames.parse(name)?.term, terms[term] != nil else { continue }
      terms[term, default: 0] += try disk.openForReading(directory + "/" + name).byteCount()
    }
    return terms.sorted { $0.key < $1.key }.map { (term: $0.key, byteCount: $0.value) }
  }
}

extension UniqueID {
  /// A new UUID of version 4.
  public static func fresh(on disk: any Disk) -> UniqueID {
    var bytes = disk.randomBytes(16)
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    return UniqueID(bytes[...])
  }
}
