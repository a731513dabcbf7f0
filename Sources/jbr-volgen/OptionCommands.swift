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
  var volfile: VolfileInput

  @Argument(help: ArgumentHelp("Only these options.", valueName: "key"))
  var keys: [String] = []

  @OptionGroup var volumes: VolumeOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let file = volfile
    let graph = try file.readWhole()
    let choice = try volumes.choice(in: graph, of: file)
    var writer = output.makeWriter()
    var count = 0
    let wanted = keys.map { Word($0) }
    for volume in graph.volumes where choice.takes(volume) {
      for option in volume.options where wanted.isEmpty || wanted.contains(option.key) {
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
