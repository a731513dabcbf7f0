import JBRCore
import JBRTool

/// Checks volfiles one after the other, and keeps what the tool's end depends on.
struct VolfileCheck {
  let isReal: Bool
  let options: OptionSource?
  /// What this machine says of the bricks; nothing if nobody is to look.
  private let paths: any LocalPaths
  private let gluster = InstalledGluster()
  /// Why the installed GlusterFS cannot be asked; nil as long as it can.
  private var absence: Failure?
  private var failures: [Failure] = []
  private var hasWarnings = false

  init(isReal: Bool, options: OptionSource?, looksAtBricks: Bool) {
    self.isReal = isReal
    self.options = options
    paths = looksAtBricks ? SystemPaths() : UnseenPaths()
  }

  /// How the tool ends; nil if all is well.
  var status: ExitStatus? { Failure.status(of: failures) ?? (hasWarnings ? .found : nil) }

  /// Reports an error, and goes on.
  private mutating func note(_ failure: Failure) {
    report(failure, tool: toolName)
    failures.append(failure)
  }

  // MARK: Files

  /// What was read of a file.
  private struct Entry {
    var bytes: [UInt8]
    var parsed: ParsedVolfile
  }

  private static let entryCountMax = 1000
  /// How much of volfiles is kept at once, beside a single larger one.
  private static let byteCountMax = 4 << 20

  /// Checks many files in their order. They are read some at a time, so that the installed
  /// GlusterFS is not started for each.
  mutating func check(_ files: [VolfileInput], _ writer: inout LineWriter) throws(Failure) {
    var rest = files[...]
    while !rest.isEmpty {
      var results: [(file: VolfileInput, result: Result<Entry, Failure>)] = []
      var byteCount = 0
      while byteCount < Self.byteCountMax, results.count < Self.entryCountMax,
        let file = rest.popFirst()
      {
        let result = Self.entry(file)
        byteCount += (try? result.get().bytes.count) ?? 0
        results.append((file, result))
      }
      learn(results.compactMap { try? $0.result.get().parsed.graph })
      for (file, result) in results { try check(result, of: file, &writer) }
    }
  }

  private static func entry(_ file: VolfileInput) -> Result<Entry, Failure> {
    do throws(Failure) {
      let bytes = try file.bytes()
      return .success(Entry(bytes: bytes, parsed: ParsedVolfile(bytes)))
    } catch {
      return .failure(error)
    }
  }

  /// Asks about all graphs at once. If that fails, each is asked about alone, which shows whose
  /// fault it is.
  private func learn(_ graphs: [VolumeGraph]) {
    guard options != .builtIn || isReal, absence == nil, graphs.count > 1 else { return }
    try? gluster.learn(graphs)
  }

  private mutating func check(
    _ result: Result<Entry, Failure>, of file: VolfileInput, _ writer: inout LineWriter
  ) throws(Failure) {
    do throws(Failure) {
      try check(try result.get(), of: file, &writer)
    } catch {
      // Standard output is no file to go on without; the other volfiles are worth a look.
      guard error.path == file.name else { throw error }
      try writer.flush()
      note(error)
    }
  }

  private mutating func check(
    _ entry: Entry, of file: VolfileInput, _ writer: inout LineWriter
  ) throws(Failure) {
    let (bytes, parsed) = (entry.bytes, entry.parsed)
    let installed = installedTable(parsed.graph, file)
    let table = options == .builtIn ? .builtIn : installed
    var findings = parsed.check(options: table, paths: paths)
    let lacks = parsed.graph.typesLacking(in: installed)
    let real = isReal ? try read(bytes, file) : nil
    if let verdict = real?.verdict, lacks.isEmpty {
      findings += verdict.findings(parsed, besides: findings)
    }
    for finding in findings { try write(finding, file, &writer) }
    if let real { try write(real, lacks, file, &writer) }
    try summarise(findings, parsed.graph, table, file, &writer)
  }

  // MARK: The installed GlusterFS

  /// What the installed translators say; our own table where there are none, which is an error
  /// only if they were asked for by name.
  private mutating func installedTable(
    _ graph: VolumeGraph, _ file: VolfileInput
  ) -> OptionTable {
    guard options != .builtIn || isReal, absence == nil else { return .builtIn }
    do throws(Failure) {
      return try gluster.options(of: graph)
    } catch {
      if error.status == .unavailable {
        absence = error
        if options == .installed || isReal { note(error) }
      } else {
        note(Failure(error.status, error.message, path: file.name))
      }
      return .builtIn
    }
  }

  /// What became of showing a file to GlusterFS.
  private struct Reading {
    var verdict: GlusterVerdict?
    /// Why it was not shown.
    var objection: String?
  }

  private mutating func read(_ bytes: [UInt8], _ file: VolfileInput) throws(Failure) -> Reading {
    if let objection = VolfileSafety.objection(to: bytes) { return Reading(objection: objection) }
    if absence != nil { return Reading(objection: "there is no GlusterFS that could read it") }
    do throws(Failure) {
      return Reading(verdict: try gluster.read(bytes))
    } catch {
      if error.status == .unavailable { absence = error }
      note(Failure(error.status, error.message, path: error.path ?? file.name))
      return Reading(objection: error.message)
    }
  }

  // MARK: Lines

  private func write(
    _ finding: VolfileFinding, _ file: VolfileInput, _ writer: inout LineWriter
  ) throws(Failure) {
    try writer.write("volfile_finding") { line in
      line.field("file", file.name)
      if let position = finding.position {
        line.field("line", position.line)
        line.field("column", position.column)
      }
      if let volume = finding.volume { line.field("volume", volume) }
      line.field("rule", finding.rule.rawValue)
      line.field("severity", finding.severity.rawValue)
      line.field("message", finding.message)
    }
  }

  private mutating func write(
    _ reading: Reading, _ lacks: [String], _ file: VolfileInput, _ writer: inout LineWriter
  ) throws(Failure) {
    try writer.write("volfile_real") { line in
      line.field("file", file.name)
      if let version = reading.verdict?.version { line.field("glusterfs", version) }
      let verdict =
        reading.verdict.map { $0.isAccepted ? "accepted" : lacks.isEmpty ? "refused" : "lacking" }
      line.field("verdict", verdict ?? "not-shown")
      if let count = reading.verdict?.volumeCount { line.field("volumes", count) }
      if let top = reading.verdict?.top { line.field("top", top) }
      if reading.verdict != nil, !lacks.isEmpty { line.texts("lacks", lacks) }
      if let objection = reading.objection { line.texts("reasons", [objection]) }
      if let reasons = reading.verdict?.reasons, !reasons.isEmpty { line.texts("reasons", reasons) }
    }
    guard let verdict = reading.verdict, !lacks.isEmpty else { return }
    try writer.flush()
    note(
      Failure(
        .unavailable,
        "GlusterFS \(verdict.version) lacks \(lacks.joined(separator: ", ")), and cannot read it; "
          + "their options were checked against the built-in table", path: file.name))
  }

  private mutating func summarise(
    _ findings: [VolfileFinding], _ graph: VolumeGraph, _ table: OptionTable, _ file: VolfileInput,
    _ writer: inout LineWriter
  ) throws(Failure) {
    let errors = findings.count { $0.severity == .error }
    try writer.write("volfile_check") { line in
      line.field("file", file.name)
      line.field("volumes", graph.volumes.count)
      if let top = graph.top { line.field("top", top) }
      line.field("errors", errors)
      line.field("warnings", findings.count - errors)
      line.field("option_table", table.version == nil ? "built-in" : "installed")
      line.field("glusterfs", table.version ?? Translator.tableVersion)
    }
    if errors > 0 {
      failures.append(Failure(.damaged, "has errors", path: file.name))
    } else if !findings.isEmpty {
      hasWarnings = true
    }
  }
}

extension LineBuilder {
  fileprivate mutating func texts(_ key: String, _ texts: [String]) {
    array(key) { array in
      for text in texts { array.element(text) }
    }
  }
}
