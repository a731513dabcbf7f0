/// Makes the files of a jbr journal, with their headers.
struct JournalFileMaker {
  let disk: any Disk
  let directory: String
  let volume: UniqueID
  let replica: UniqueID
  /// The superblock's generation.
  var generation: UInt64

  func path(_ name: String) -> String { directory + "/" + name }

  func header(_ kind: FileHeader.Kind, _ term: Term, number: UInt32 = 0) -> FileHeader {
    FileHeader(
      kind: kind, number: number, volume: volume, replica: replica, term: term,
      salt: UniqueID(disk.randomBytes(16)[...]), created: disk.time(), generation: generation)
  }

  /// Makes a data file, durable with its name.
  func makeData(_ term: Term, _ number: UInt32) throws(Failure) -> DataAppender {
    let path = path(JournalNames.data(term, number))
    // Left by a crash before any record could name it, or by a group that was refused.
    if try disk.exists(path) { try disk.remove(path) }
    let file = try disk.create(path)
    let header = header(.data, term, number: number)
    try file.allocate(to: FileHeader.areaByteCount)
    try file.write(header.encoded[...], at: 0)
    try file.synchronize()
    try disk.synchronizeDirectory(directory)
    return try DataAppender(
      file, number: number, seed: header.seed, position: FileHeader.areaByteCount)
  }

  /// Opens a data file for reading, be it compressed.
  func openData(_ term: Term, _ number: UInt32) throws(Failure) -> any ByteSource {
    let plain = path(JournalNames.data(term, number))
    let compressed = path(JournalNames.compressed(term, number))
    if try !disk.exists(plain), try disk.exists(compressed) {
      return try CompressedSource(try disk.openForReading(compressed))
    }
    return try disk.openForReading(plain)
  }

  /// Copies what is about to be cut from a file into one beside it, durable with its name. The
  /// answer is that one's name.
  func keepAside(_ name: String, _ source: any ByteSource, from start: Int) throws(Failure)
    -> String
  {
    var number = 1
    while try disk.exists(path("\(name).broken-\(number)")) { number += 1 }
    let kept = "\(name).broken-\(number)"
    let file = try disk.create(path(kept))
    var offset = start
    while let next = try source.nextData(from: offset) {
      let begin = max(next, offset)
      let bytes = try source.read(at: begin, count: DataFile.blockByteCount)
      if bytes.isEmpty { break }
      try file.write(bytes[...], at: begin - start)
      offset = begin + bytes.count
    }
    try file.synchronize()
    try disk.synchronizeDirectory(directory)
    return kept
  }
}

/// ENOSPC, which every Linux numbers so.
let noSpace: Int32 = 28
