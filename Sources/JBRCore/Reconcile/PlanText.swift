/// A plan as text for people.
public struct PlanText {
  private let plan: PlanFile
  private let paths: PlanPaths
  private let steps: StepText
  private var output: LineWriter

  /// `plan` must have been read with its details.
  public init(_ plan: PlanFile, paths: PlanPaths, to sink: some ByteSink) {
    self.plan = plan
    self.paths = paths
    steps = StepText(paths: paths)
    output = LineWriter(sink)
  }

  /// Writes all of it.
  public mutating func write() throws(Failure) {
    try addHeading()
    try addLosses()
    try addFindings()
    for replica in plan.replicas { try add(replica) }
    try addReasons()
    try addSummary()
    try output.flush()
  }

  private mutating func add(_ line: String) throws(Failure) {
    try output.write(lines: ByteView((line + "\n").utf8))
  }

  private mutating func addHeading() throws(Failure) {
    try add("Plan \(plan.id)")
    guard let heading = plan.details.heading else { return }
    let leader = heading.leader.map { "led by \(word($0))" } ?? "the leader is not among these"
    try add(
      "Made by jbr \(heading.version) for \(heading.replica_count) replicas, quorum "
        + "\(heading.quorum), \(leader).")
    try add("\nComputed from")
    for replica in plan.replicas {
      try add("  \(word(replica.name)): journal \(word(replica.journal)), digest \(replica.digest)")
      try add("    " + (replica.brick.map { "brick \(word($0))" } ?? "no brick was given"))
    }
    if heading.replica_count > plan.replicas.count {
      try add("  \(heading.replica_count - plan.replicas.count) of the set's replicas were away.")
    }
  }

  private mutating func addLosses() throws(Failure) {
    try add("\nLosses")
    if plan.isLossless {
      try add("  \(Plan.noLoss)")
    } else {
      try add("  \(Plan.someLoss)")
      try add("  To apply the plan all the same, give --accept-loss \(plan.lossDigest ?? "")")
    }
    try addDamagedPlaces()
    let losses = plan.details.losses
    if losses.isEmpty {
      return try add(
        "  No \(plan.details.damagedPlaces.isEmpty ? "" : "other ")request becomes void.")
    }
    try add(
      "  \(losses.count.counted("request")) become\(losses.count == 1 ? "s" : "") void or in conflict:"
    )
    for loss in losses {
      let old = loss.from_path.map { readableWord($0.bytes) + " to " } ?? ""
      let path =
        loss.path.map { readableWord($0.bytes) }
        ?? loss.gfid.flatMap { GFID($0) }.map {
          paths.text($0)
        }
      var line = "    \(loss.id) \(loss.fop) \(old)\(path ?? "(path not known)")"
      if let offset = loss.offset?.value, let length = loss.length?.value {
        line += ", " + steps.bytes(from: offset, count: length)
      }
      let heard =
        loss.acknowledged == "never" ? "was never acknowledged" : "may have been acknowledged"
      try add("\(line): \(heard) [\(loss.case)]")
    }
  }

  /// Where requests may be lost of which nobody knows.
  private mutating func addDamagedPlaces() throws(Failure) {
    for place in plan.details.damagedPlaces {
      var line = "  What stood in \(readableWord(place.file.utf8)) of \(word(place.replica)) from "
      line += "offset \(place.file_offset.value) on"
      if let length = place.length?.value { line += ", \(length) bytes" }
      if let records = place.records?.value { line += ", \(Int(records).counted("record"))" }
      if let id = place.id { line += ", with \(id) (\(place.fop ?? ""))" }
      try add(line + ", term \(place.term.value): a lost request may have been acknowledged")
    }
  }

  private mutating func addFindings() throws(Failure) {
    guard !plan.details.findings.isEmpty else { return }
    try add("\nFindings")
    for finding in plan.details.findings {
      let path =
        finding.path.map { readableWord($0.bytes) } ?? finding.gfid
        .flatMap { GFID($0) }.map { paths.text($0) } ?? finding.name.map { readableWord($0.bytes) }
      let request = finding.id.map { ", request \($0)" } ?? ""
      let place = finding.replica.map { " on \(word($0))" } ?? ""
      let what = finding.term.map { "term \($0.value)" } ?? path ?? "(path not known)"
      try add(
        "  \(finding.kind)\(place): \(what)\(request): " + word(finding.message, isSentence: true))
    }
  }

  private mutating func add(_ replica: PlanFile.Replica) throws(Failure) {
    let steps = plan.steps.filter { $0.replica == replica.name }
    guard !steps.isEmpty else { return try add("\n\(word(replica.name)): nothing to do") }
    var order: [String] = []
    var groups: [String: [Step]] = [:]
    for step in steps {
      let key = step.gfid?.description ?? "step \(step.number)"
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(step)
    }
    try add(
      "\n\(word(replica.name)): \(steps.count.counted("step")) on \(order.count.counted("object")), "
        + "\(byteCount(steps).counted("byte")) to write")
    for key in order {
      let group = groups[key] ?? []
      try add("  " + heading(of: group))
      for step in group {
        let request = step.request.map { "request \($0), " } ?? ""
        try add("    \(step.number). \(self.steps.what(step))  [\(request)\(step.reason)]")
      }
    }
  }

  private func heading(of group: [Step]) -> String {
    let written = byteCount(group)
    let cost = written > 0 ? ", \(written.counted("byte"))" : ""
    guard let gfid = group.first?.gfid else {
      return (group.first?.names.first.map { paths.text($0) } ?? "") + ", no GFID"
    }
    guard paths.path(of: gfid) != nil else { return paths.text(gfid) + cost }
    return "\(paths.text(gfid)) (\(gfid))\(cost)"
  }

  private mutating func addReasons() throws(Failure) {
    let cited = Set(plan.steps.map(\.reason) + plan.details.losses.map(\.case))
    guard !cited.isEmpty else { return }
    try add("\nReasons")
    for one in FateCase.allCases where cited.contains(one.rawValue) {
      try add("  \(one.rawValue) (\(one.fate.rawValue)): \(one.explanation)")
    }
    for word in PlanWord.allCases where cited.contains(word.rawValue) {
      try add("  \(word.rawValue): \(word.explanation)")
    }
  }

  private mutating func addSummary() throws(Failure) {
    try add("\nSummary")
    if let summary = plan.details.summary {
      try add(
        "  requests: \(summary.forward) forward, \(summary.void) void, "
          + "\(summary.conflicts) in conflict; foreign objects: \(summary.foreign)")
    }
    let skips = plan.details.skipCounts.sorted { $0.key < $1.key }
    if !skips.isEmpty {
      try add(
        "  lacked by a replica, and no step needed: "
          + skips.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
    }
    for replica in plan.replicas {
      let steps = plan.steps.filter { $0.replica == replica.name }
      try add(
        "  \(word(replica.name)): \(steps.count.counted("step")), "
          + byteCount(steps).counted("byte"))
    }
    let cost = plan.cost
    try add(
      "  all: \(plan.steps.count.counted("step")), \(cost.byteCount.counted("byte")), "
        + cost.callCount.counted("call"))
    try add(
      "  estimated: \(cost.seconds.counted("second")), at \(StepCost.byteCountPerSecond) bytes and "
        + "\(StepCost.callCountPerSecond) calls a second")
  }

  private func byteCount(_ steps: [Step]) -> Int64 { StepCost(steps).byteCount }

  /// Text of the plan, fit for a terminal.
  private func word(_ text: String, isSentence: Bool = false) -> String {
    isSentence ? Failure.visible(text) : readableWord(text.utf8)
  }
}
