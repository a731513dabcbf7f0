import ArgumentParser
import JBRCore
import JBRTool

/// Whose a new journal is.
struct JournalIdentity: ParsableArguments {
  @Option(help: ArgumentHelp("The replica's name.", valueName: "name"))
  var name = ""

  @Option(
    help: ArgumentHelp("The volume's UUID; a random one if left out.", valueName: "uuid"))
  var volume: String?

  @Option(help: ArgumentHelp("How many replicas the set has.", valueName: "count"))
  var replicas: UInt32 = 0

  @Option(
    help: ArgumentHelp("How many of them, in percent, acknowledge a write.", valueName: "percent"))
  var quorumPercent: UInt32 = 0

  /// The first superblock. The replica's id is new with each, so that a disk that was lost and
  /// made anew is told from what it was.
  func superblock(on disk: any Disk) throws(Failure) -> Superblock {
    guard quorumPercent <= 100 else {
      throw Failure(.usage, "\(quorumPercent) is more than 100", field: "--quorum-percent")
    }
    guard quorumPercent == 0 || replicas > 0 else {
      throw Failure(.usage, "says nothing without --replicas", field: "--quorum-percent")
    }
    var superblock = Superblock(
      volume: try id(disk), replica: UniqueID.fresh(on: disk), created: disk.time(),
      name: [UInt8](name.utf8))
    superblock.replicas = replicas
    superblock.quorumPercent = quorumPercent
    return superblock
  }

  private func id(_ disk: any Disk) throws(Failure) -> UniqueID {
    guard let volume else { return UniqueID.fresh(on: disk) }
    guard let id = UniqueID(volume) else {
      throw Failure(.usage, "\"\(volume)\" is not a UUID", field: "--volume")
    }
    return id
  }
}

/// The journal that a command changes.
struct JournalArgument: ParsableArguments {
  @Argument(help: ArgumentHelp("The jbr journal's directory.", valueName: "journal"))
  var journal: String

  func open(_ limits: WriterLimits = WriterLimits()) throws(Failure) -> JournalWriter {
    guard JournalNames.areJournal(try SystemDisk().names(in: journal)) else {
      throw Failure(.cannotOpen, "holds no jbr journal: create makes one", path: journal)
    }
    let writer = try JournalWriter(on: SystemDisk(), directory: journal, limits: limits)
    for cut in writer.cuts {
      note(
        "\(journal)/\(cut.file): \(cut.byteCount) bytes from offset \(cut.offset) on were torn; \(cut.keptAs) keeps them",
        tool: "jbr-journal")
    }
    return writer
  }
}

extension LineWriter {
  /// Prints where a term stands.
  mutating func write(
    _ term: Term, of superblock: Superblock?, journal: String
  ) throws(Failure) {
    guard let entry = superblock?.terms[term] else { return }
    try write("term_state") { line in
      line.field("journal", journal)
      line.field("term", term.rawValue)
      line.field("state", entry.state.name)
      if entry.reconciliation != 0 {
        line.field("reconciliation_id", entry.reconciliation.hexadecimal)
      }
    }
  }
}
