import ArgumentParser
import JBRCore
import JBRTool

struct SetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Change options of a volfile.",
    discussion: """
      Prints the changed volfile, or with --write puts it in the file's place and keeps the \
      original beside it as FILE.orig. --volume or --type says which volumes are meant. A change \
      after which 'check' finds an error or an unknown option that was not there before is \
      refused, unless --force is given; options are looked up as 'check' does.

      Examples:
        jbr-volgen set client.vol --type protocol/client ping-timeout=10 --write
        jbr-volgen set brick0.vol --volume v-posix --unset volume-id -o other.vol
      """)

  @Argument(help: ArgumentHelp("The volfile; '-' is standard input.", valueName: "volfile"))
  var volfile: VolfileInput

  @Argument(help: ArgumentHelp("Options and their values.", valueName: "key=value"))
  var settings: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Take this option away; may be given several times.", valueName: "key"))
  var unset: [String] = []

  @OptionGroup var volumes: VolumeOptions
  @OptionGroup var table: OptionTableOptions

  @Flag(help: "Replace the file itself, and keep the original as FILE.orig.")
  var write = false

  @OptionGroup var output: GraphOutput

  func validate() throws {
    // Here --force is about the change, too.
    try output.requireNoOutput(with: write, norForce: false)
    guard !settings.isEmpty || !unset.isEmpty else {
      throw ValidationError("Nothing to change: give KEY=VALUE or --unset KEY.")
    }
    guard !volumes.names.isEmpty || !volumes.types.isEmpty else {
      throw ValidationError("Say which volumes are meant: --volume NAME or --type TYPE.")
    }
  }

  func run() throws {
    let file = volfile
    let before = try file.readWhole(byName: true)
    let choice = try volumes.choice(in: before, of: file)
    let pairs = try settings.map { text throws(Failure) in try Self.pair(text) }
    var graph = before
    for index in graph.volumes.indices where choice.takes(graph.volumes[index]) {
      for (key, value) in pairs { graph.volumes[index].set(key, to: value) }
      for key in unset { _ = graph.volumes[index].unset(key) }
    }
    noteMissing(before.volumes.filter(choice.takes), of: file)
    try Self.requireWords(graph, file)
    try judge(before, graph, file)
    let changed = GraphFile(graph: graph, name: file.baseName, kind: "set")
    if write {
      try output.replace([(file, changed)])
    } else {
      try output.write([changed])
    }
  }

  private static func pair(_ text: String) throws(Failure) -> (String, String) {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw Failure(.usage, "'\(text)' is not KEY=VALUE")
    }
    let key = String(text[..<equals])
    let value = String(text[text.index(after: equals)...])
    guard !value.isEmpty else {
      throw Failure(.usage, "'\(text)' has no value, which GlusterFS ignores; use --unset \(key)")
    }
    guard text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 && $0 != "`" }) else {
      throw Failure(
        .usage, "option \(key) has a backtick or a control character, which no volfile can hold")
    }
    return (key, value)
  }

  /// What cannot be taken away may be misspelt.
  private func noteMissing(_ volumes: [Volume], of file: VolfileInput) {
    for key in unset
    where !volumes.contains(where: { $0.options.contains { $0.key == Word(key) } }) {
      note("\(file.name): no option \(key) was there to take away", tool: toolName)
    }
  }

  /// Refuses what could not be written, whatever is forced.
  private static func requireWords(
    _ graph: VolumeGraph, _ file: VolfileInput
  ) throws(Failure) {
    guard
      let empty = graph.volumes.first(where: { $0.options.isEmpty && $0.subvolumes.isEmpty })
    else { return }
    throw Failure(
      .usage,
      "volume '\(empty.name.text)' would have neither options nor subvolumes, which GlusterFS "
        + "refuses", path: file.name)
  }

  /// What a person asks for may be wrong: that is found here, and not by GlusterFS.
  private func judge(
    _ before: VolumeGraph, _ after: VolumeGraph, _ file: VolfileInput
  ) throws(Failure) {
    // Of both at once: GlusterFS is started for each question.
    let both = VolumeGraph(volumes: before.volumes + after.volumes)
    let objections = before.objections(
      to: after, options: try optionTable(of: both, file), paths: SystemPaths())
    guard let first = objections.first else { return }
    guard output.force else {
      throw Failure(
        .usage, first.message + "; --force sets it all the same", path: file.name,
        field: first.volume.map { "volume '\($0)'" })
    }
    for objection in objections { note("\(file.name): \(objection.message)", tool: toolName) }
  }

  /// The table by which check judges.
  private func optionTable(
    of graph: VolumeGraph, _ file: VolfileInput
  ) throws(Failure) -> OptionTable {
    if table.optionTable == .builtIn { return .builtIn }
    do throws(Failure) {
      return try InstalledGluster().options(of: graph)
    } catch {
      guard error.status == .unavailable else {
        throw Failure(
          error.status, error.message + "; --option-table built-in does not ask it",
          path: file.name)
      }
      if table.optionTable == .installed { throw error }
      return .builtIn
    }
  }
}
