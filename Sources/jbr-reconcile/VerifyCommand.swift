import ArgumentParser
import JBRCore
import JBRTool

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compares the bricks themselves, whole trees, and names every difference.",
    discussion: """
      The mtime is compared where a setattr was the last to set it; otherwise an fdl journal does \
      not say what it must be (--mtime compares all).

      With --plan, once an applied plan's bricks are equal, what was kept to undo it is removed.

      With --certificate each replica is compared, alone, with what --write-certificate wrote when \
      all were equal.
      """)

  @Flag(help: "Compare the mtime of every object.")
  var mtime = false

  @Flag(help: "Compare only objects and names that the journals' requests touch.")
  var touched = false

  @Option(
    help: ArgumentHelp(
      "If all are equal, write to this file, which must not exist, what they hold.",
      valueName: "file"))
  var writeCertificate: String?

  @Option(
    help: ArgumentHelp(
      "Compare the replicas of this plan, if none is named, and put its id into a certificate.",
      valueName: "plan"))
  var plan: String?

  @OptionGroup var undo: UndoOptions

  @Option(
    help: ArgumentHelp(
      "Compare each replica with this certificate, and not with the others.", valueName: "file"))
  var certificate: String?

  @OptionGroup var output: OutputOptions
  @OptionGroup var arguments: ReplicaArguments

  func run() throws {
    let plan = try plan.map { path throws(Failure) in try PlanFile(path: path) }
    let names = try replicas(of: plan)
    try checkOptions(names)
    let hosts = try Hosts(tool: ReconcileTool.toolName)
    defer { hosts.close() }
    // Before the work, not after it.
    let writer = try writeCertificate.map { path throws(Failure) in try CertificateWriter(path) }
    let known = try certificate.map { path throws(Failure) in try CertificateFile(path: path) }
    let bricks = try names.map { name throws(Failure) in
      guard let path = name.brick else {
        throw Failure(.usage, "has no brick: write NAME=JOURNAL,BRICK", path: name.name)
      }
      return try hosts.brick(path)
    }
    let (journals, status) = try readJournals(
      names, through: hosts, tool: ReconcileTool.toolName)
    let results =
      known == nil
      ? try compare(names, bricks, try RequestTable(journals), status, writer, planID: plan?.id)
      : try check(names, bricks, journals, known)
    if status != .ok { throw Finished(status) }
    if results.unreadable { throw Finished(.ioError) }
    if results.different { throw Finished(.found) }
    if let plan, !touched { try forgetUndo(of: plan, hosts) }
  }

  private func replicas(of plan: PlanFile?) throws(Failure) -> [ReplicaName] {
    guard let plan, arguments.replicas.isEmpty else { return try arguments.required() }
    return plan.replicas.map {
      ReplicaName(name: $0.name, journal: $0.journal, brick: $0.brick)
    }
  }

  private func forgetUndo(of plan: PlanFile, _ hosts: Hosts) throws(Failure) {
    let places = undo.places(of: plan.path)
    let application = Application(plan, places: places, through: hosts)
    guard try application.forgetUndo() else { return }
    note("\(places.undo): removed, since the bricks are equal", tool: ReconcileTool.toolName)
  }

  private func checkOptions(_ names: [ReplicaName]) throws(Failure) {
    if certificate != nil {
      guard !mtime, !touched, writeCertificate == nil else {
        throw Failure(
          .usage, "compares what the certificate says, so that no other option fits",
          field: "--certificate")
      }
    } else {
      guard names.count > 1 else {
        throw Failure(
          .usage, "one replica has nothing to be compared with (--certificate compares it alone)")
      }
    }
    guard !touched || writeCertificate == nil else {
      throw Failure(.usage, "is about whole trees", field: "--write-certificate")
    }
  }

  /// Compares the bricks with each other.
  private func compare(
    _ names: [ReplicaName], _ bricks: [any BrickStore], _ table: RequestTable, _ status: ExitStatus,
    _ certificate: CertificateWriter?, planID: String?
  ) throws(Failure) -> (different: Bool, unreadable: Bool) {
    let known = table.objectsWithKnownTime
    let all = mtime
    var comparison = TreeComparison(bricks) { all || known.contains($0) }
    var writer = output.makeWriter()
    try certificate?.begin(table.journalMarks, planID: planID, hasAllTimes: all)
    if let certificate {
      comparison.onDigests = { digests throws(Failure) in
        try certificate.add(digests, listsTimes: !all)
      }
    }
    let report: TreeComparison.Report = { difference throws(Failure) in
      try writer.write("difference") { difference.write(to: &$0, names.map(\.name)) }
    }
    if touched {
      try comparison.run(table.touchedParts, report)
    } else {
      try comparison.run(report)
    }
    try writer.write("replicas_verified") { line in
      line.field("scope", touched ? "touched" : "whole")
      line.field("objects", comparison.objectCount)
      line.field("names", comparison.nameCount)
      line.field("directories", comparison.directoryCount)
      line.field("bytes", comparison.byteCount)
      line.field("differences", comparison.differenceCount)
      line.field("unreadable", comparison.unreadableCount)
      line.field("equal", comparison.differenceCount == 0)
    }
    try writer.flush()
    tellUnreadable(comparison, names)
    var isDifferent = comparison.differenceCount > 0
    if let certificate, status == .ok {
      isDifferent = try !certify(certificate, comparison, table) || isDifferent
    }
    return (isDifferent, comparison.unreadableCount > 0)
  }

  /// - Returns: whether a certificate was written.
  private func certify(
    _ certificate: CertificateWriter, _ comparison: TreeComparison, _ table: RequestTable
  ) throws(Failure) -> Bool {
    guard comparison.differenceCount == 0 else {
      note("the replicas differ: no certificate was written", tool: ReconcileTool.toolName)
      return false
    }
    if let lack = table.lackOfReconciliation {
      note("\(lack): no certificate was written", tool: ReconcileTool.toolName)
      return false
    }
    _ = try certificate.finish(comparison)
    return true
  }

  /// Compares each brick with the certificate.
  private func check(
    _ names: [ReplicaName], _ bricks: [any BrickStore], _ journals: [ReplicaJournal],
    _ certificate: CertificateFile?
  ) throws(Failure) -> (different: Bool, unreadable: Bool) {
    guard let certificate else { return (false, false) }
    var writer = output.makeWriter()
    var results = (different: false, unreadable: false)
    for (column, name) in names.enumerated() {
      let check = try CertificateCheck(certificate, brick: bricks[column]) {
        difference throws(Failure) in
        try writer.write("certificate_difference") { difference.write(to: &$0, replica: name.name) }
      }
      for marks in try RequestTable([journals[column]]).journalMarks { try check.run(marks) }
      try writer.write("certificate_checked") { line in
        line.field("replica", name.name)
        if let id = certificate.planID { line.field("plan_id", id) }
        check.summary.write(to: &line, certified: certificate.summary)
        line.field("differences", check.differenceCount)
        line.field("equal", check.differenceCount == 0)
      }
      try writer.flush()
      tellUnreadable(check.comparison, [name])
      results.different = results.different || check.differenceCount > 0
      results.unreadable = results.unreadable || check.comparison.unreadableCount > 0
    }
    return results
  }

  private func tellUnreadable(_ comparison: TreeComparison, _ names: [ReplicaName]) {
    for place in comparison.unreadable {
      let path = place.path.map { String(decoding: $0, as: UTF8.self) } ?? "an object"
      report(
        Failure(brick: place.error, replica: "\(names[place.replica].name): \(path)"),
        tool: ReconcileTool.toolName)
    }
  }
}
