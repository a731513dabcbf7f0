/// The GlusterFS of this machine, asked for its opinion by processes of our own: a crash or a hang
/// of its library is an error that names the file, and nothing of it stays behind.
public final class InstalledGluster {
  private static let answerByteCountMax = 1 << 30
  private let tool: String
  private let milliseconds: Int
  private var version: String?
  private var installed: [Word: Bool] = [:]
  private var answers: [OptionQuestion: OptionAnswer] = [:]

  /// - Parameters:
  ///   - tool: a program that answers to `inquire`; this process' own by default.
  ///   - milliseconds: how long to wait for an answer; 10,000 bricks take a few seconds.
  public init(tool: String = "/proc/self/exe", milliseconds: Int = 60_000) {
    self.tool = tool
    self.milliseconds = milliseconds
  }

  /// What the installed translators say of all options of a graph.
  ///
  /// - Throws: `unavailable` where there is no GlusterFS, or an unknown one; `ioError` where its
  ///   library crashes or hangs.
  public func options(of graph: VolumeGraph) throws(Failure) -> OptionTable {
    try learn([graph])
    return OptionTable(
      version: version, installed: Set(installed.filter(\.value).keys), answers: answers)
  }

  /// Asks about several graphs at once, so that `options` need not start a process for each.
  public func learn(_ graphs: [VolumeGraph]) throws(Failure) {
    var types: Set<Word> = []
    var questions: Set<OptionQuestion> = []
    for graph in graphs {
      types.formUnion(graph.types.filter { installed[$0] == nil })
      questions.formUnion(graph.optionQuestions.filter { answers[$0] == nil })
    }
    if version == nil || !types.isEmpty || !questions.isEmpty {
      try ask(types.sorted(), Array(questions))
    }
  }

  private func ask(_ types: [Word], _ questions: [OptionQuestion]) throws(Failure) {
    var texts = [String(types.count)] + types.map(\.text)
    for question in questions { texts += question.texts }
    var reply = GlusterReply(try ask(.options, TextList.bytes(texts)))
    version = try reply.version()
    for type in types { installed[type] = try reply.next() == "installed" }
    for question in questions {
      let (word, why) = (try reply.next(), try reply.next())
      let answer: OptionAnswer =
        switch word {
        case "valid": .valid
        case "invalid": .invalid(why)
        case "unknown-option": .unknownOption
        default: .unknownTranslator
        }
      answers[question] = answer
    }
  }

  /// Has GlusterFS read a volfile and validate its options. Nothing is started or opened.
  ///
  /// The volfile must be safe, see `VolfileSafety`.
  public func read(_ bytes: [UInt8]) throws(Failure) -> GlusterVerdict {
    var reply = GlusterReply(try ask(.graph, bytes))
    return try GlusterVerdict(&reply)
  }

  /// Starts the process that answers, and waits for it.
  private func ask(_ inquiry: GlusterInquiry, _ question: [UInt8]) throws(Failure) -> [String] {
    let input = try MemoryFile(question[...])
    let output = try MemoryFile()
    let log = try MemoryFile()
    let child = try ChildProcess(
      tool, ["inquire", inquiry.rawValue, input.path, output.path, log.path])
    let status = child.wait(milliseconds: milliseconds)
    let texts = TextList.texts(try readSmallFile(output.path, limit: Self.answerByteCountMax))
    if status == 0, texts.last == GlusterInquiry.end { return texts.dropLast() }
    child.end(milliseconds: 0)
    let what =
      switch status {
      case nil: "does not answer within \(Double(milliseconds) / 1000) s"
      case let status? where status > 128: "crashes (signal \(status - 128))"
      case let status?: "ends without an answer (exit status \(status))"
      }
    throw Failure(.ioError, "the installed GlusterFS \(what) when it is asked about it")
  }
}

/// Reads an answer word by word.
struct GlusterReply {
  private var words: ArraySlice<String>

  init(_ words: [String]) { self.words = words[...] }

  mutating func next() throws(Failure) -> String {
    guard let word = words.popFirst() else {
      throw Failure(.ioError, "the installed GlusterFS gave half an answer")
    }
    return word
  }

  mutating func count() throws(Failure) -> Int {
    let word = try next()
    guard let count = Int(word), (0...words.count).contains(count) else {
      throw Failure(.ioError, "the installed GlusterFS gave an answer without sense")
    }
    return count
  }

  mutating func texts() throws(Failure) -> [String] {
    let count = try count()
    defer { words = words.dropFirst(count) }
    return Array(words.prefix(count))
  }

  var isAtEnd: Bool { words.isEmpty }

  /// The heading: which version answers, or why none does.
  mutating func version() throws(Failure) -> String {
    let word = try next()
    if word == "version" { return try next() }
    let path = try next()
    throw Failure(.unavailable, try next(), path: path.isEmpty ? nil : path)
  }
}
