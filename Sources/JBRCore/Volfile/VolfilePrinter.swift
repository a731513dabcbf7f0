/// Lays a graph out as GlusterFS' own generator does: one statement a line, four spaces within a
/// volume, an empty line between volumes, subvolumes last.
struct VolfilePrinter {
  private static let indent = "    "
  private var text = ""
  private var failure: Failure?

  static func print(_ graph: VolumeGraph) throws(Failure) -> String {
    var printer = VolfilePrinter()
    printer.comments(graph.header, indent: "")
    if !graph.header.isEmpty { printer.text += "\n" }
    for (index, volume) in graph.volumes.enumerated() {
      if index > 0 { printer.text += "\n" }
      printer.volume(volume)
    }
    if !graph.footer.isEmpty { printer.text += "\n" }
    printer.comments(graph.footer, indent: "")
    if let failure = printer.failure { throw failure }
    return printer.text
  }

  private mutating func volume(_ volume: Volume) {
    comments(volume.comments, indent: "")
    line("volume", [volume.name], indent: "")
    line("type", [volume.type])
    for option in volume.options {
      comments(option.comments, indent: Self.indent)
      line("option", [option.key, option.value])
    }
    if !volume.subvolumes.isEmpty {
      comments(volume.subvolumesComments, indent: Self.indent)
      line("subvolumes", volume.subvolumes)
    }
    comments(volume.endComments, indent: Self.indent)
    text += "end-volume\n"
  }

  private mutating func comments(_ lines: [String], indent: String) {
    for line in lines {
      refuse(line, isComment: true)
      text += indent + "#" + line + "\n"
    }
  }

  private mutating func line(_ keyword: String, _ words: [Word], indent: String = Self.indent) {
    text += indent + keyword
    for word in words {
      refuse(word.text, isComment: false)
      text += " " + Self.spelled(word.text)
    }
    text += "\n"
  }

  /// Notes what no volfile can hold, whatever is done about quotes.
  private mutating func refuse(_ text: String, isComment: Bool) {
    guard let byte = text.utf8.first(where: { [0, 10, 96].contains($0) }) else { return }
    let what =
      switch byte {
      case 0: "a NUL byte"
      case 10: "a line break"
      default: "a backtick"
      }
    failure = failure ?? Failure(.damaged, "\(quoted(text)) has \(what): no volfile can hold it")
  }

  /// The word as it is written: in quotes where it would read as something else without.
  static func spelled(_ word: String) -> String {
    let needsQuotes =
      word.isEmpty || word.utf8.first == UInt8(ascii: "#")
      || VolfileKeyword(Array(word.utf8)[...]) != nil
      || word.utf8.contains {
        isVolfileSpace($0) || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
      }
    guard needsQuotes else { return word }
    var text = "\""
    for scalar in word.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { text += "\\" }
      text.unicodeScalars.append(scalar)
    }
    return text + "\""
  }
}

extension VolumeGraph {
  /// The graph as a volfile; reading it gives an equal graph.
  ///
  /// Throws where a word has a line break, a backtick or NUL, which no quotes can carry.
  public func volfile() throws(Failure) -> String { try VolfilePrinter.print(self) }
}
