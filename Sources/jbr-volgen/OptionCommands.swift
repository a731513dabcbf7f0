import ArgumentParser
import JBRCore
import JBRTool

/// Which volumes of a volfile a command is about.
struct VolumeOptions: ParsableArguments {
  @Option(
    name: .customLong("volume"),
    help: ArgumentHelp("Only this volume; may be given several times.", valueName: "name"))
  var names: [String] = []

  @Option(
    name: .customLong("type"),
    help: ArgumentHelp(
      "Only volumes of this translator, such as protocol/client; may be given several times.",
      valueName: "type"))
  var types: [String] = []

  func choice(in graph: VolumeGraph, of file: VolfileInput) throws(Failure) -> VolumeChoice {
    let choice = VolumeChoice(names: names, types: types)
    if let missing = choice.missing(in: graph) {
      throw Failure(.usage, "has no \(missing)", path: file.name)
    }
    return choice
  }
}

struct GetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Print options of a volfile.",
    discussion: """
      A line for each option that counts: of one that comes several times in a volume, the last. \
      Ends with 1 if there is none. Values are printed as they are, passwords too.

      Examples:
        jbr-volgen get brick0.vol
        jbr-volgen get client.vol --type protocol/client remote-host remote-port
      """)

  @Argument(help: ArgumentHelp("The volfile; '-' is standard input.", valueName: "volfile"))
  var volfile: String

  @Argument(help: ArgumentHelp("Only these options.", valueName: "key"))
  var keys: [String] = []

  @OptionGroup var volumes: VolumeOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let file = VolfileInput(volfile)
    let graph = try file.readWhole()
    let choice = try volumes.choice(in: graph, of: file)
    var writer = output.makeWriter()
    var count = 0
    for volume in graph.volumes where choice.takes(volume) {
      for option in volume.options where keys.isEmpty || keys.contains(option.key.text) {
        guard volume.counts(option) else { continue }
        count += 1
        try Self.write(option, of: volume, in: file, &writer)
      }
    }
    try writer.flush()
    if count == 0 { throw Finished(.found) }
  }

  private static func write(
    _ option: VolumeOption, of volume: Volume, in file: VolfileInput, _ writer: inout LineWriter
  ) throws(Failure) {
    try writer.write("volfile_option") { line in
      line.field("file", file.name)
      if let place = option.key.position { line.field("line", place.line) }
      line.field("volume", volume.name.text)
      line.field("translator", volume.type.text)
      line.field("key", option.key.text)
      line.field("value", option.value.text)
    }
  }
}

struct SetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Change options of a volfile.",
    discussion: """
      Prints the changed volfile, or with --write puts it in the file's place and keeps the \
      original beside it as FILE.orig. --volume or --type says which volumes are meant. A change \
      after which 'check' finds an error that was not there before is refused.

      Examples:
        jbr-volgen set client.vol --type protocol/client ping-timeout=10 --write
        jbr-volgen set brick0.vol --volume v-posix --unset volume-id -o other.vol
      """)

  @Argument(help: ArgumentHelp("The volfile; '-' is standard input.", valueName: "volfile"))
  var volfile: String

  @Argument(help: ArgumentHelp("Options and their values.", valueName: "key=value"))
  var settings: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Take this option away; may be given several times.", valueName: "key"))
  var unset: [String] = []

  @OptionGroup var volumes: VolumeOptions

  @Flag(help: "Replace the file itself, and keep the original as FILE.orig.")
  var write = false

  @OptionGroup var output: GraphOutput

  func validate() throws {
    try output.requireNoOutput(with: write)
    guard !settings.isEmpty || !unset.isEmpty else {
      throw ValidationError("Nothing to change: give KEY=VALUE or --unset KEY.")
    }
    guard !volumes.names.isEmpty || !volumes.types.isEmpty else {
      throw ValidationError("Say which volumes are meant: --volume NAME or --type TYPE.")
    }
  }

  func run() throws {
    let file = VolfileInput(volfile)
    let before = try file.readWhole()
    let choice = try volumes.choice(in: before, of: file)
    let pairs = try settings.map { text throws(Failure) in try Self.pair(text) }
    var graph = before
    for index in graph.volumes.indices where choice.takes(graph.volumes[index]) {
      for (key, value) in pairs { graph.volumes[index].set(key, to: value) }
      for key in unset { _ = graph.volumes[index].unset(key) }
    }
    try Self.requireNoNewError(before, graph, file)
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

  /// What a person asks for may be wrong: that is found here, and not by GlusterFS.
  private static func requireNoNewError(
    _ before: VolumeGraph, _ after: VolumeGraph, _ file: VolfileInput
  ) throws(Failure) {
    let known = Set(before.check().filter { $0.severity == .error }.map(\.message))
    let errors = after.check().filter { $0.severity == .error && !known.contains($0.message) }
    if let error = errors.first { throw Failure(.usage, error.message, path: file.name) }
    if let empty = after.volumes.first(where: { $0.options.isEmpty && $0.subvolumes.isEmpty }) {
      throw Failure(
        .usage,
        "volume '\(empty.name.text)' would have neither options nor subvolumes, which GlusterFS "
          + "refuses", path: file.name)
    }
  }
}
