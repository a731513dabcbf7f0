/// A plan's steps as a script of bash that does by hand what `apply` does.
///
/// Everything that comes from the plan stands in it as words that bash takes as they are; see
/// `shellWord`.
public struct ShellScript {
  private let plan: PlanFile
  private let words: StepText
  private var output: LineWriter
  /// The variables of the bricks and of the journals' files that steps read.
  private var bricks: [String: String] = [:]
  private var sources: [String: String] = [:]

  /// `plan` must have been read with its details.
  public init(_ plan: PlanFile, paths: PlanPaths, to sink: some ByteSink) {
    self.plan = plan
    words = StepText(paths: paths)
    output = LineWriter(sink)
  }

  /// Steps that no command can do, each with why.
  public static func impossible(in plan: PlanFile) -> [(step: Step, why: String)] {
    let bricks = Set(plan.replicas.filter { $0.brick != nil }.map(\.name))
    return plan.steps.compactMap { step in
      ShellStep(step, planID: plan.id).obstacle(bricks: bricks).map { (step, $0) }
    }
  }

  /// Writes all of it. Where a command cannot do a step, the script does nothing but say so.
  public mutating func write() throws(Failure) {
    try addHeading()
    let impossible = Self.impossible(in: plan)
    for (step, why) in impossible {
      let text = "step \(step.number), \(words.what(step)): \(why)"
      try add("# No command can do \(text)")
      try add("printf '%s\\n' \(shellWord(text.utf8)) >&2")
    }
    if !impossible.isEmpty { try add("exit 1\n") }
    try addText(ShellFunctions.text)
    try addChecks()
    for step in plan.steps { try add(step) }
    try add("# Everything must be on the disks.")
    for replica in plan.replicas {
      if let variable = bricks[replica.name] { try add("sync -f -- \"$\(variable)\"") }
    }
    try output.flush()
  }

  private mutating func add(_ line: String) throws(Failure) { try addText(line + "\n") }

  private mutating func addText(_ text: String) throws(Failure) {
    try output.write(lines: ByteView(text.utf8))
  }

  private mutating func addHeading() throws(Failure) {
    try addText(
      """
      #!/bin/bash
      # By hand, what jbr-reconcile apply does with plan \(readableWord(plan.id.utf8)).
      #
      # Run it as root, where the plan was made, and with nobody using bricks and journals.
      # It does not look whether journals and bricks are as the plan saw them:
      # jbr-reconcile apply --dry-run does. It ends at the first error. If it ended early, make a
      # new plan; do not run it again.
      set -euo pipefail
      export LC_ALL=C
      umask 077


      """)
  }

  private mutating func addChecks() throws(Failure) {
    try add("# Before anything is done.")
    if !plan.isLossless {
      let digest = shellWord((plan.lossDigest ?? "").utf8)
      try add("# The plan takes something away: its loss digest must be given, to confirm that.")
      try add(
        "[ \"${1-}\" = \(digest) ] || fail "
          + "'give the loss_digest of the plan as the argument, to confirm what it takes away'")
    }
    try add("[ \"$(id -u)\" = 0 ] || fail 'only root may set trusted.* xattrs'")
    try add(
      "type setfattr getfattr fallocate flock >/dev/null || fail 'a command is missing'")
    try addBricks()
    try addSources()
    try add("")
  }

  private mutating func addBricks() throws(Failure) {
    let needed = Set(
      plan.steps.flatMap { step in
        guard case .write(_, _, .brick(let source)) = step.action else { return [step.replica] }
        return [step.replica, source]
      })
    for (number, replica) in plan.replicas.enumerated() where needed.contains(replica.name) {
      guard let brick = replica.brick else { continue }
      let variable = "brick\(number)"
      bricks[replica.name] = variable
      try add(
        "\(variable)=\(shellWord(Self.place(brick).utf8))  # \(readableWord(replica.name.utf8))")
      try add("need_brick \"$\(variable)\"")
    }
  }

  private mutating func addSources() throws(Failure) {
    var ends: [String: Int] = [:]
    for step in plan.steps {
      guard case .write(_, let range, .journal(_, let file, let offset)) = step.action else {
        continue
      }
      ends[file] = max(ends[file] ?? 0, offset.addingClamped(range.count))
    }
    if ends.keys.contains(where: Self.isCompressed) {
      try add("type zstd >/dev/null || fail 'zstd is missing'")
      try add("unpacked=$(mktemp -d)")
      try add("trap 'rm -rf -- \"$unpacked\"' EXIT")
    }
    for (number, source) in ends.sorted(by: { $0.key < $1.key }).enumerated() {
      let variable = "source\(number)"
      sources[source.key] = variable
      let path = shellWord(Self.place(source.key).utf8)
      if Self.isCompressed(source.key) {
        try add("\(variable)=$unpacked/\(number)")
        try add("zstd -qd -o \"$\(variable)\" -- \(path)")
      } else {
        try add("\(variable)=\(path)")
      }
      try add("need_source \"$\(variable)\" \(source.value)")
    }
  }

  private static func isCompressed(_ path: String) -> Bool { path.hasSuffix(".zst") }

  /// A path that no command takes for an option.
  private static func place(_ path: String) -> String {
    path.hasPrefix("-") ? "./" + path : path
  }

  private mutating func add(_ step: Step) throws(Failure) {
    let request = step.request.map { "request \($0), " } ?? ""
    let reason = readableWord(step.reason.utf8)
    try add("# Step \(step.number), \(words.paths.heading(of: step)): \(words.what(step))")
    try add("# [\(request)\(reason)]")
    let commands = ShellStep(step, planID: plan.id).commands(
      brick: "\"$\(bricks[step.replica] ?? "")\"",
      source: { source in
        switch source {
        case .journal(_, let file, _): "\"$\(sources[file] ?? "")\""
        case .brick(let replica): "\"$\(bricks[replica] ?? "")\""
        }
      })
    for command in commands { try add(command) }
    try add("")
  }
}
