import ArgumentParser
import JBRCore
import JBRTool

/// The formats that a journal can be written in.
enum JournalFormat: String, ExpressibleByArgument, CaseIterable { case fdl, jbr }

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Writes a journal anew in a format, fdl or jbr.",
    discussion: """
      Requests keep their ids, order and payloads. To fdl, what it has no room for is left out: \
      times, clients, states and other events; an id goes into xdata as JBR's index. The \
      directory comes into being whole or not at all. A damaged journal is not converted.
      """)

  @Option(help: ArgumentHelp("What is written.", valueName: "fdl|jbr"))
  var format: JournalFormat
  @OptionGroup var identity: JournalIdentity
  @Argument(help: ArgumentHelp("The journal to read.", valueName: "journal"))
  var journal: String
  @Argument(help: ArgumentHelp("The directory to make.", valueName: "outdir"))
  var directory: String

  func run() throws {
    let files = try JournalFiles.find(journal)
    try JournalRewrite.write(files, as: format, directory, identity) { $0 }
  }
}

/// Writes a journal's items anew, each as `rewriting` makes it, in a directory that comes into
/// being whole or not at all.
enum JournalRewrite {
  static func write(
    _ files: JournalFiles, as format: JournalFormat, _ directory: String,
    _ identity: JournalIdentity, rewriting: (JournalItem) -> JournalItem
  ) throws {
    switch format {
    case .jbr:
      try JBROutput.write(directory, identity) { importer throws(Failure) in
        try JournalConversion.toJBR(files, &importer, rewriting: rewriting)
      }
    case .fdl:
      try FDLOutput.write(directory) { importer throws(Failure) in
        try JournalConversion.toFDL(files, &importer, rewriting: rewriting)
      }
    }
  }
}

/// Makes a jbr journal that comes into being whole or not at all.
enum JBROutput {
  static func write(
    _ directory: String, _ identity: JournalIdentity,
    _ fill: (inout JBRImporter) throws(Failure) -> Void
  ) throws {
    let disk = SystemDisk()
    let superblock = try identity.superblock(on: disk)
    let staging = try StagingDirectory(directory)
    do throws(Failure) {
      try JournalWriter.create(
        on: disk, directory: staging.workingPath, superblock: superblock)
      var limits = WriterLimits()
      limits.reserveByteCount = 0
      var importer = JBRImporter(
        try JournalWriter(on: disk, directory: staging.workingPath, limits: limits))
      try fill(&importer)
      try importer.finish()
      try staging.adopt()
      try staging.finish(flattening: nil)
    } catch {
      try? staging.adopt()
      staging.discard()
      throw error
    }
  }
}

/// Makes an fdl journal that comes into being whole or not at all.
enum FDLOutput {
  static func write(
    _ directory: String, _ fill: (inout JournalImporter) throws(Failure) -> Void
  ) throws {
    let staging = try StagingDirectory(directory)
    do throws(Failure) {
      var importer = JournalImporter(StagedRuns(directory: staging))
      try fill(&importer)
      try importer.finish()
      // A journal of one run is a folder of pairs, unless the dump says otherwise.
      let isFlat = importer.firstRunIsFlat ?? (importer.runCount == 1)
      try staging.finish(flattening: isFlat ? StagedRuns.folder(1) : nil)
    } catch {
      staging.discard()
      throw error
    }
  }
}

/// Puts each run's files into its folder.
struct StagedRuns: JournalStore {
  var directory: StagingDirectory

  static func folder(_ run: Int) -> String { "run\(run)" }

  func make(_ name: String, run: Int) throws(Failure) -> any JournalOutput {
    try directory.makeFile(name, in: Self.folder(run))
  }
}
