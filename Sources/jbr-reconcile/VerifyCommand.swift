import ArgumentParser
import JBRCore
import JBRTool

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compares the bricks themselves, whole trees, and names every difference.",
    discussion: """
      The mtime is compared where a setattr was the last to set it; otherwise an fdl journal does \
      not say what it must be (--mtime compares all). With --plan, once an applied plan's bricks \
      are equal, what was kept to undo it is removed.
      """)

  @Flag(help: "Compare the mtime of every object.")
  var mtime = false

  @Option(
    help: ArgumentHelp(
      "Compare the replicas of this plan, instead of naming them.", valueName: "plan"))
  var plan: String?

  @OptionGroup var undo: UndoOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var arguments: ReplicaArguments

  func run() throws {
    let names = try plan.map { try replicas(of: $0) } ?? arguments.required()
    guard names.count > 1 else {
      throw Failure(.usage, "one replica has nothing to be compared with")
    }
    let hosts = try Hosts(tool: ReconcileTool.toolName)
    defer { hosts.close() }
    let bricks = try names.map { name throws(Failure) in
      guard let path = name.brick else {
        throw Failure(.usage, "has no brick: write NAME=JOURNAL,BRICK", path: name.name)
      }
      return try hosts.brick(path)
    }
    let (journals, status) = try readJournals(
      names, through: hosts, tool: ReconcileTool.toolName)
    let known = try RequestTable(journals).objectsWithKnownTime
    let all = mtime
    var comparison = TreeComparison(bricks) { all || known.contains($0) }
    var writer = output.makeWriter()
    try comparison.run { difference throws(Failure) in
      try writer.write("difference") { difference.write(to: &$0, names.map(\.name)) }
    }
    try writer.write("replicas_verified") { line in
      line.field("objects", comparison.objectCount)
      line.field("bytes", comparison.byteCount)
      line.field("differences", comparison.differenceCount)
      line.field("equal", comparison.differenceCount == 0)
    }
    try writer.flush()
    if status != .ok { throw Finished(status) }
    if comparison.differenceCount > 0 { throw Finished(.found) }
    if let plan { try forgetUndo(of: plan, through: hosts) }
  }

  private func replicas(of plan: String) throws -> [ReplicaName] {
    guard arguments.replicas.isEmpty else {
      throw ValidationError("Name replicas, or a --plan that names them.")
    }
    return try PlanFile(path: plan).replicas.map {
      ReplicaName(name: $0.name, journal: $0.journal, brick: $0.brick)
    }
  }

  private func forgetUndo(of plan: String, through hosts: Hosts) throws {
    let places = undo.places(of: plan)
    let application = Application(try PlanFile(path: plan), places: places, through: hosts)
    guard try application.forgetUndo() else { return }
    note("\(places.undo): removed, since the bricks are equal", tool: ReconcileTool.toolName)
  }
}
